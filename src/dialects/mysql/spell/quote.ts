/** How names and constants are written for MySQL and MariaDB, in any sql_mode but NO_BACKSLASH_ESCAPES. */
import type { LiteralValue, Ref } from '../../../schema/model.ts'

/** A name in backticks: right with and without ANSI_QUOTES, and for every reserved word of every version. */
export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A table, view or sequence; `schema` is another database. */
export function quoteRef(ref: Ref): string {
  return ref.schema === undefined ? quote(ref.name) : `${quote(ref.schema)}.${quote(ref.name)}`
}

export function list(names: readonly string[]): string {
  return `(${names.map(quote).join(', ')})`
}

/** A string constant. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`
}

/** The value of a constant that a user or the server wrote; undefined where the text is not a constant. */
export function unquoted(sql: string): string | undefined {
  const found = /^'((?:[^'\\]|\\[\s\S]|'')*)'$/u.exec(sql)
  return found === null ? undefined : unescaped(found[1]!)
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', '0': '\0', Z: '\u001a' }

/** The content of a string constant without its escapes. */
export function unescaped(inner: string): string {
  return inner.replaceAll(/''|\\([\s\S])/gu, (all, c: string | undefined) => {
    if (all === "''") return "'"
    // `\%` and `\_` keep their backslash (manual, String Literals).
    if (c === '%' || c === '_') return all
    return escapes[c!] ?? c!
  })
}

/** A value as a constant; times are written in UTC. */
export function literal(value: LiteralValue | Date | Uint8Array | bigint | object | undefined): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'NULL'
  if (value instanceof Date) return text(value.toISOString().replace('T', ' ').replace('Z', ''))
  if (value instanceof Uint8Array)
    return `X'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`
  return text(typeof value === 'string' ? value : JSON.stringify(value))
}
