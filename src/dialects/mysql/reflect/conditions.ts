/** Whether two conditions, as the server prints them, allow the same values: lists and chains of equalities in any order. */
import { lexSql } from '../../../util/split-sql.ts'
import { backtickText } from '../../../util/sql-text.ts'

export function sameCondition(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b)
}

/** The parts of a text between a separator at its top level. */
function parts(sql: string, separator: string): readonly string[] {
  const out: string[] = []
  let depth = 0
  let from = 0
  // BETWEEN has an AND of its own.
  let between = false
  lexSql(
    sql,
    (_kind, start, end) => {
      const token = sql.slice(start, end).toLowerCase()
      if (token === '(') depth++
      else if (token === ')') depth--
      else if (depth === 0 && token === 'between') between = true
      else if (depth === 0 && token === separator) {
        if (separator === 'and' && between) between = false
        else {
          out.push(sql.slice(from, start).trim())
          from = end
        }
      }
    },
    backtickText,
  )
  return [...out, sql.slice(from).trim()]
}

/** Without brackets around the whole text. */
function inside(sql: string): string {
  const s = sql.trim()
  if (!s.startsWith('(') || !s.endsWith(')')) return s
  let depth = 0
  let closed = -1
  lexSql(
    s,
    (_kind, start) => {
      if (s[start] === '(') depth++
      else if (s[start] === ')' && --depth === 0 && closed < 0) closed = start
    },
    backtickText,
  )
  return closed === s.length - 1 ? inside(s.slice(1, -1)) : s
}

function canonical(given: string): string {
  const sql = inside(given)
  const all = parts(sql, 'and')
  if (all.length > 1) return [...new Set(all.map(canonical))].sort().join(' and ')
  const choices = parts(sql, 'or')
  const lists = new Map<string, Set<string>>()
  const rest: string[] = []
  for (const part of choices) {
    const list = listed(inside(part))
    if (list === undefined) rest.push(choices.length === 1 ? inside(part) : canonical(part))
    else lists.set(list.subject, new Set([...(lists.get(list.subject) ?? []), ...list.values]))
  }
  const spelled = [...lists].map(([subject, values]) => `${subject} in (${[...values].sort().join(',')})`)
  return [...new Set([...spelled, ...rest])].sort().join(' or ')
}

/** `a = 1` and `a in (1,2)` as a subject and its values. */
function listed(sql: string): { readonly subject: string; readonly values: readonly string[] } | undefined {
  const equal = /^((?:`(?:[^`]|``)*`))\s*=\s*('(?:[^'\\]|''|\\.)*'|-?[\d.]+)$/su.exec(sql)
  if (equal !== null) return { subject: equal[1]!, values: [equal[2]!] }
  const list = /^(.+?)\s+in\s*\((.*)\)$/isu.exec(sql)
  if (list === null || /\bnot$/iu.test(list[1]!) || parts(sql, 'or').length > 1) return undefined
  return { subject: list[1]!.trim(), values: parts(list[2]!, ',') }
}
