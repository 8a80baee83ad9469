/**
 * Revisions as ambix writes them are JavaScript but for a few type annotations at known places. Here those are overwritten with blanks,
 * so that the file needs no transformer, and each position in it stays as it is.
 */

import { compileFunction } from 'node:vm'

/** Where a text, a template or a comment ends, and the words and signs that decide whether the file is plain. */
const piece =
  /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|['"`/<@#]|-->|\b(?:export|import|return|await|arguments|require|module|exports|__dirname|__filename|new\s*\.\s*target)\b/g

const exportedConst = /export const ([A-Za-z_$][\w$]*)(: [\w |[\]]+)? =/y
const exportedFunction =
  /export (?:async )?function ([A-Za-z_$][\w$]*)(\((?:[A-Za-z_$][\w$]*(?:: \w+)?(?:, [A-Za-z_$][\w$]*(?:: \w+)?)*(?:, )?)?\))(: (?:void|Promise<void>))? \{/y
const typeImport = /import type [^;'"`]* from (?:'[^'\n]*'|"[^"\n]*");?(?=\r?\n)/y
const valueImport = /import (\{[\w$\s,]*\}|\* as [A-Za-z_$][\w$]*) from ('[^'\\\n]*'|"[^"\\\n]*");?(?=\r?\n)/y

/**
 * The body of a function that takes `__import` and returns the exports; undefined where the file has anything that is not known to mean
 * the same there: what is left of TypeScript does not compile as JavaScript, but for `<`, and then there is no body either.
 */
export function plainBody(source: string, builtins: Readonly<Record<string, object>>): string | undefined {
  const names = new Set<string>()
  let out = ''
  let copied = 0
  /** Whether there was nothing but imports and comments so far: imports are evaluated first wherever they are. */
  let head = true
  piece.lastIndex = 0
  for (let found = piece.exec(source), end = 0; found !== null; found = piece.exec(source)) {
    const [text] = found
    const at = found.index
    head &&= source.slice(end, at).trim() === ''
    end = at + text.length
    if (text.length > 1 && !/^[a-z_-]/.test(text)) continue
    if ((text !== 'export' && text !== 'import') || (at > 0 && source[at - 1] !== '\n')) return undefined
    const written =
      text === 'import' ? (head ? importAt(source, at, builtins) : undefined) : exportAt(source, at, names)
    if (written === undefined) return undefined
    head &&= text === 'import'
    out += source.slice(copied, at) + written.text
    copied = end = piece.lastIndex = written.end
  }
  if (names.size === 0) return undefined
  // In a block a function that is declared twice is an error, as it is in a module.
  return `${opening}${out}${source.slice(copied)}\nreturn {__proto__:null,${[...names].join(',')}}}`
}

/** Stands before the source in its first line. */
export const opening = '"use strict";{'

interface Written {
  readonly text: string
  readonly end: number
}

function exportAt(source: string, at: number, names: Set<string>): Written | undefined {
  exportedConst.lastIndex = exportedFunction.lastIndex = at
  const constant = exportedConst.exec(source)
  const found = constant ?? exportedFunction.exec(source)
  if (found === null) return undefined
  const name = found[1]!
  if (names.has(name) || name === '__proto__') return undefined
  names.add(name)
  const [all] = found
  let text = `       ${all.slice('export '.length)}`
  if (constant !== null) text = blank(text, constant[2])
  else {
    text = blank(text, found[3])
    text = text.replace(found[2]!, found[2]!.replace(/: \w+/g, spaces))
  }
  return { text, end: at + all.length }
}

const spaces = (text: string): string => ' '.repeat(text.length)

const blank = (text: string, part: string | undefined): string =>
  part === undefined
    ? text
    : text.slice(0, text.lastIndexOf(part)) + spaces(part) + text.slice(text.lastIndexOf(part) + part.length)

function importAt(source: string, at: number, builtins: Readonly<Record<string, object>>): Written | undefined {
  typeImport.lastIndex = valueImport.lastIndex = at
  const [type] = typeImport.exec(source) ?? []
  // One statement only: a second one would begin with a word of its own.
  if (type !== undefined)
    return type.indexOf('import', 1) > 0
      ? undefined
      : { text: type.includes('\n') ? type.replace(/[^\r\n]/g, ' ') : spaces(type), end: at + type.length }
  const [all, what, from] = valueImport.exec(source) ?? []
  if (all === undefined) return undefined
  const module = from!.slice(1, -1)
  if (!Object.hasOwn(builtins, module)) return undefined
  const end = at + all.length
  if (what![0] === '*') return { text: `const ${what!.slice('* as '.length)} = __import(${from!});`, end }
  const taken = what!.slice(1, -1).split(',')
  for (const entry of taken) {
    const [name = ''] = entry.trim().split(/\s/)
    if (name !== '' && !(name in builtins[module]!)) return undefined
  }
  return {
    text: `const {${taken.map((t) => t.replace(/(\S\s+)as(\s+\S)/, '$1:$2')).join(',')}} = __import(${from!});`,
    end,
  }
}

const defaultExport = /export default (?!(?:async\b|function\b|class\b|abstract\b|interface\b|enum\b))/y
const anyImport =
  /import (?:([A-Za-z_$][\w$]*)|(\{[\w$\s,]*\})|\* as ([A-Za-z_$][\w$]*)) from (?:'[^'\\\n]*'|"[^"\\\n]*");?(?=\r?\n)/y

/**
 * A whole module as JavaScript, with every position where it was; undefined where it may have more of TypeScript than annotations of
 * exports and imports of types.
 */
export function plainText(file: string, source: string): string | undefined {
  if (!/\.m?ts$/.test(file)) return undefined
  const names = new Set<string>()
  const imported: string[] = []
  const code: string[] = []
  let out = ''
  let body = ''
  let copied = 0
  let end = 0
  piece.lastIndex = 0
  for (let found = piece.exec(source); found !== null; found = piece.exec(source)) {
    const [text] = found
    const at = found.index
    code.push(source.slice(end, at))
    end = at + text.length
    if (text.length > 1 && !/^[a-z_-]/.test(text)) continue
    if ((text !== 'export' && text !== 'import') || (at > 0 && source[at - 1] !== '\n')) return undefined
    const written = text === 'import' ? moduleImport(source, at, imported) : moduleExport(source, at, names)
    if (written === undefined) return undefined
    const between = source.slice(copied, at)
    out += between + written.text
    body += between + written.body
    copied = end = piece.lastIndex = written.end
  }
  const rest = source.slice(copied)
  code.push(source.slice(end))
  const all = code.join(' ')
  // An import that only types would use is none in TypeScript; fields of classes depend on its settings.
  if (/\bclass\b/.test(all)) return undefined
  if (!imported.every((name) => mentions(all, name))) return undefined
  try {
    // A function inside is only looked at, and compiled by nobody.
    compileFunction(`function check() {${opening}${body}${rest}\n}}`)
  } catch {
    return undefined
  }
  return out + rest
}

/** Whether the name occurs by itself, and not as a property. */
function mentions(code: string, name: string): boolean {
  const part = /[\w$.]/
  for (let at = code.indexOf(name); at >= 0; at = code.indexOf(name, at + 1)) {
    const next = code[at + name.length]
    if ((at === 0 || !part.test(code[at - 1]!)) && (next === undefined || next === '.' || !part.test(next))) return true
  }
  return false
}

/** `body`: the same where neither imports nor exports can be. */
interface WrittenTwice extends Written {
  readonly body: string
}

function moduleExport(source: string, at: number, names: Set<string>): WrittenTwice | undefined {
  defaultExport.lastIndex = at
  const all = defaultExport.exec(source)?.[0]
  if (all !== undefined) {
    if (names.has('default')) return undefined
    names.add('default')
    return { text: all, body: 'void ', end: at + all.length }
  }
  const written = exportAt(source, at, names)
  return written && { text: `export ${written.text.slice('export '.length)}`, body: written.text, end: written.end }
}

function moduleImport(source: string, at: number, imported: string[]): WrittenTwice | undefined {
  typeImport.lastIndex = anyImport.lastIndex = at
  const type = typeImport.exec(source)?.[0]
  if (type !== undefined) {
    const written = importAt(source, at, {})
    return written && { ...written, body: written.text }
  }
  const [all, one, several, whole] = anyImport.exec(source) ?? []
  if (all === undefined) return undefined
  const end = at + all.length
  const single = one ?? whole
  const taken = single === undefined ? several!.slice(1, -1).split(',') : [single]
  const locals = taken
    .map((t) =>
      t
        .trim()
        .split(/\s+as\s+/)
        .at(-1)!,
    )
    .filter((name) => name !== '')
  imported.push(...locals)
  return { text: all, body: `const [${locals.join(', ')}] = 0;`, end }
}
