/** Whether a text of SQL names a thing: by its tokens, so that strings and parts of other words do not count. */
import { tokens } from './tokens.ts'

/** The bare and quoted names in a text, unquoted. */
export function namesIn(sql: string): ReadonlySet<string> {
  return new Set(tokens(sql).flatMap((t) => (t.name === undefined ? [] : [t.name])))
}

/** Whether the text has the name anywhere; a name that is a part of another does not count. */
export function mentions(sql: string, name: string): boolean {
  return sql.toLowerCase().includes(name.toLowerCase()) && namesIn(sql).has(name)
}
