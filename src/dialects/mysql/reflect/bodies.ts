/** Bodies of routines, triggers and events as they were written: information_schema takes one backslash of two out of their texts. */
import type { Connection } from '../../../drivers/driver.ts'
import { lexSql } from '../../../util/split-sql.ts'
import { backtickText } from '../../../util/sql-text.ts'
import { quote } from '../spell/quote.ts'

type Row = readonly (string | null)[]

const isOdd = (body: string | null | undefined): boolean => /[\\\u0080-\uffff]/u.test(body ?? '')

/** The characteristics that the server prints between the head of a routine and its body, each on a line. */
const characteristics =
  /^[^\n]*\n(?: {4}(?:DETERMINISTIC|NO SQL|READS SQL DATA|MODIFIES SQL DATA|SQL SECURITY INVOKER|COMMENT '(?:[^'\\]|''|\\.)*')\n)*/su

/** Where the first token after `at` begins for which `is` holds. */
function after(sql: string, is: (word: string, depth: number) => boolean): number | undefined {
  let found: number | undefined
  let depth = 0
  lexSql(
    sql,
    (kind, start, end) => {
      const token = sql.slice(start, end)
      if (kind === 'mark') depth += token === '(' ? 1 : token === ')' ? -1 : 0
      if ((kind !== 'word' && kind !== 'mark') || !is(token.toLowerCase(), depth)) return undefined
      found = end
      return sql.length
    },
    { ...backtickText, doubleQuotedStrings: true },
  )
  return found
}

/** What is run, of a whole CREATE statement as the server keeps it. */
export function bodyIn(kind: 'ROUTINE' | 'TRIGGER' | 'EVENT', created: string): string | undefined {
  if (kind === 'ROUTINE') {
    const head = after(created, (word, depth) => word === ')' && depth === 0)
    return head === undefined ? undefined : created.slice(head).replace(characteristics, '').trim()
  }
  let last = ''
  const at = after(created, (word) => {
    const isHere = kind === 'EVENT' ? word === 'do' : word === 'row' && last === 'each'
    last = word
    return isHere
  })
  if (at === undefined) return undefined
  const rest = created.slice(at).trim()
  return kind === 'EVENT' ? rest : rest.replace(/^(?:FOLLOWS|PRECEDES)\s+(?:`(?:[^`]|``)+`|[\w$]+)\s+/iu, '')
}

/** The rows with the text of `column` as SHOW CREATE has it, where it may differ; as it is where that cannot be had. */
export async function asWritten(
  db: Connection,
  rows: readonly Row[],
  column: number,
  named: (row: Row) => { readonly kind: 'ROUTINE' | 'TRIGGER' | 'EVENT'; readonly word: string; readonly name: string },
): Promise<readonly Row[]> {
  const out: Row[] = []
  for (const row of rows) {
    if (!isOdd(row[column])) {
      out.push(row)
      continue
    }
    const { kind, word, name } = named(row)
    const [shown] = await db.values(`SHOW CREATE ${word} ${quote(name)}`).catch((): readonly Row[] => [])
    const created = shown?.[kind === 'EVENT' ? 3 : 2]
    const escapes = shown?.[1]?.includes('NO_BACKSLASH_ESCAPES') !== true
    const body = escapes && typeof created === 'string' ? bodyIn(kind, created) : undefined
    out.push(body === undefined ? row : row.with(column, body))
  }
  return out
}
