/** Names of databases in DDL that is tried in a scratch database: the target's own is left out, and nothing is made in another. */
import { backtickText } from '../../../util/sql-text.ts'
import { lexSql } from '../../../util/split-sql.ts'

interface Token {
  /** Of a word or a quoted name, what it names; else the text. */
  readonly text: string
  readonly kind: 'word' | 'name' | 'other'
  readonly start: number
  readonly end: number
}

function tokensOf(sql: string): readonly Token[] {
  const out: Token[] = []
  lexSql(
    sql,
    (kind, start, end) => {
      if (kind === 'line-comment' || kind === 'block-comment') return
      const text = sql.slice(start, end)
      if (kind === 'name') out.push({ text: text.slice(1, -1).replaceAll('``', '`'), kind, start, end })
      // A name where sql_mode says ANSI_QUOTES; as a string it would qualify nothing.
      else if (kind === 'string' && text.startsWith('"'))
        out.push({ text: text.slice(1, -1).replaceAll('""', '"'), kind: 'name', start, end })
      else out.push({ text, kind: kind === 'word' ? kind : 'other', start, end })
    },
    { ...backtickText, doubleQuotedStrings: true },
  )
  return out
}

const isDot = (token: Token | undefined): boolean => token?.kind === 'other' && token.text === '.'
const word = (token: Token | undefined): string => (token?.kind === 'word' ? token.text.toLowerCase() : '')

/** Whether the token is a name with another after it, as a database's is. */
const qualifies = (tokens: readonly Token[], at: number): boolean =>
  tokens[at] !== undefined && tokens[at].kind !== 'other' && isDot(tokens[at + 1]) && !isDot(tokens[at - 1])

const kinds = new Set(['table', 'view', 'trigger', 'procedure', 'function', 'event', 'sequence', 'index', 'package'])
const routines = new Set(['trigger', 'procedure', 'function', 'event', 'package'])
const between = new Set([
  'if',
  'not',
  'exists',
  'into',
  'from',
  'ignore',
  'low_priority',
  'high_priority',
  'delayed',
  'quick',
  'table',
])

interface Head {
  /** `table`, `trigger`; of a statement on rows, empty. */
  readonly kind: string
  /** Where the names stand of what is made, changed or dropped. */
  readonly names: readonly number[]
}

/** What a statement makes, changes or drops; undefined where it only reads. */
function headOf(tokens: readonly Token[]): Head | undefined {
  const verb = word(tokens[0])
  const past = (at: number): number => {
    let next = at
    while (between.has(word(tokens[next]))) next++
    return next
  }
  if (/^(insert|replace|update|delete)$/u.test(verb)) return { kind: '', names: [past(1)] }
  if (verb === 'truncate') return { kind: 'table', names: [past(1)] }
  if (!/^(create|alter|drop|rename)$/u.test(verb)) return undefined
  const at = tokens.findIndex((t) => kinds.has(word(t)))
  if (at < 0) return undefined
  const kind = word(tokens[at])
  const names = [past(at + 1)]
  if (kind === 'index' || kind === 'trigger') {
    const on = tokens.findIndex((t, i) => i > at && word(t) === 'on')
    if (on > 0) names.push(past(on + 1))
  }
  // Each of a list; of a rename, the new names too.
  if (verb === 'drop' || verb === 'rename')
    for (let i = names[0]! + 1; i < tokens.length; i++)
      if (tokens[i]!.text === ',' || word(tokens[i]) === 'to') names.push(i + 1)
  return { kind, names }
}

/** The other database in which the statement would make, change or drop something. */
export function reachesOther(sql: string): string | undefined {
  const tokens = tokensOf(sql)
  const at = headOf(tokens)?.names.find((i) => qualifies(tokens, i))
  return at === undefined ? undefined : tokens[at]!.text
}

const before = new Set(['references', 'from', 'join', 'into', 'update', 'table', 'like'])

/**
 * The statement without the name of `database` where it qualifies. Within bodies of routines a name without quotes stays, as
 * the server keeps it there.
 */
export function withoutOwnDatabase(sql: string, database: string): string {
  if (!sql.includes(database.replaceAll('`', '``'))) return sql
  const tokens = tokensOf(sql)
  const head = headOf(tokens)
  const isBody = routines.has(head?.kind ?? '')
  let out = ''
  let from = 0
  for (const [i, token] of tokens.entries()) {
    if (token.text !== database || !qualifies(tokens, i)) continue
    const isTable = (!isBody && before.has(word(tokens[i - 1]))) || isDot(tokens[i + 3])
    if (token.kind === 'word' && head?.names.includes(i) !== true && !isTable) continue
    out += sql.slice(from, token.start)
    from = tokens[i + 1]!.end
  }
  return out + sql.slice(from)
}
