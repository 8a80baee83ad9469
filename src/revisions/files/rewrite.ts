/** Changes the parents of a revision file, for `rebase` and `splice`: the line of its header, and its doc comment. */
import { AmbixError } from '../../errors.ts'
import { parseHeader } from './header.ts'

/**
 * The text of a revision file with other parents; everything else is unchanged. The result is parsed again before it is
 * returned. Throws REVISION.HEADER where the line cannot be found or rewritten safely.
 *
 * @example replaceFile(file, withParents(text, file, ['91bb0c5e77aa']))
 */
export function withParents(text: string, file: string, parents: readonly string[]): string {
  const before = parseHeader(text, file)!
  const changed = file.endsWith('.sql') ? inSql(text, parents) : inModule(text, parents)
  const after = parseHeader(changed, file)!
  const same =
    after.id === before.id &&
    after.downRevision.join() === parents.join() &&
    after.branchLabels.join() === before.branchLabels.join()
  if (same) return changed
  throw new AmbixError('REVISION.HEADER', `The parents of ${file} cannot be rewritten.`, {
    next: [`write downRevision by hand: ${parents.join(', ') || 'null'}`],
    data: { file, parents },
  })
}

function inSql(text: string, parents: readonly string[]): string {
  const value = parents.length === 0 ? 'none' : parents.join(', ')
  return text.replace(
    /^([ \t]*--[ \t]*(?:down[ _-]?revision|revises)[ \t]*:)[^\r\n]*/im,
    (_, key: string) => `${key} ${value}`,
  )
}

function inModule(text: string, parents: readonly string[]): string {
  const quote = /\bdownRevision\b[^=\n]*=\s*(?:\[\s*)?(["'`])/.exec(text)?.[1] ?? "'"
  const list = parents.map((id) => `${quote}${id}${quote}`)
  const value = list.length === 0 ? 'null' : list.length === 1 ? list[0]! : `[${list.join(', ')}]`
  const line =
    /^([ \t]*(?:export\s+(?:const|let|var)\s+|(?:module\.)?exports\.)downRevision\b)([^=\n]*?)(\s*=\s*)(\[[^\]]*\]|\([^)]*\)|"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|null|undefined)/m
  const changed = text.replace(line, (_, name: string, type: string, equals: string) => {
    // `: string` would no longer fit an array or null.
    const annotation = type.trim() === '' || parents.length === 1 ? type : ': string | readonly string[] | null'
    return `${name}${annotation}${equals}${value}`
  })
  const shown = parents.join(', ')
  return changed.replace(/^([ \t]*\*?[ \t]*Revises:)[^\r\n]*/m, (_, key: string) =>
    shown === '' ? key : `${key} ${shown}`,
  )
}
