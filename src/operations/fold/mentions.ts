/** Whether an SQL text names a column: by its tokens, so that strings and parts of other words do not count. */
import { beside, tokens } from './tokens.ts'

/** The bare and quoted names in a text, unquoted; those before a bracket are functions. */
export function namesIn(sql: string): ReadonlySet<string> {
  const list = tokens(sql)
  return new Set(
    list.flatMap((t, i) => (t.name === undefined || list[beside(list, i, 1)]?.text === '(' ? [] : [t.name])),
  )
}

/** Whether the text has the name anywhere; a name that is a part of another does not count. */
export function mentions(sql: string, name: string): boolean {
  const written = name.replaceAll('"', '""').toLowerCase()
  return sql.toLowerCase().includes(written) && namesIn(sql).has(name)
}
