/** Where in the user's modules a table or a column of it is declared: by its text, since the objects do not know. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Ref } from '../schema/model.ts'

/** `src/schema.ts:12:3`; undefined where no file has the name literally (a computed name). */
export function declaredAt(
  files: readonly string[],
  projectDir: string,
  table: Ref,
  column: string | undefined,
): string | undefined {
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const call = new RegExp(String.raw`\b\w*[tT]able\w*\(\s*(["'\x60])${escaped(table.name)}\1`).exec(text)
    if (call === null) continue
    const rest = text.slice(call.index)
    const end = rest.slice(1).search(/\n(?:export |const |let |var )/)
    const body = end < 0 ? rest : rest.slice(0, end + 1)
    const at = call.index + (column === undefined ? 0 : columnIn(body, column))
    const before = text.slice(0, at).split('\n')
    return `${relative(projectDir, file)}:${before.length}:${before.at(-1)!.length + 1}`
  }
  return undefined
}

/** By the name that the column is given, or by its key: as it is, or in camel case. */
function columnIn(body: string, column: string): number {
  const named = new RegExp(String.raw`\.named\(\s*(["'\x60])${escaped(column)}\1`).exec(body)
  if (named !== null) return body.lastIndexOf('\n', named.index) + indentOf(body, named.index)
  const camel = column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  for (const key of [column, camel]) {
    const found = new RegExp(String.raw`(?:^|[\s{,])(["']?)${escaped(key)}\1\s*:`, 'm').exec(body)
    if (found !== null) return found.index + found[0].search(/\S/) + (found[0].trimStart().startsWith('{') ? 1 : 0)
  }
  return 0
}

/** Characters from the start of the line to its first word. */
function indentOf(body: string, at: number): number {
  const start = body.lastIndexOf('\n', at) + 1
  return 1 + body.slice(start).search(/\S/)
}

const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
