/** Removes passwords from text that may be shown: URLs, key=value connection strings, libpq variables. */

/** `scheme://user:password@` and `password=` in queries and connection strings become `***`; the rest is unchanged. */
export function redact(text: string): string {
  return text
    .replace(
      /([a-z][a-z0-9+.-]*:\/\/)([^\s'"`]*)/gi,
      (_, scheme: string, rest: string) => scheme + redactAuthority(rest),
    )
    .replace(
      /\b(password|passwd|pwd|pgpassword|sslpassword)(\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&'",}]+)/gi,
      '$1$2***',
    )
}

/** A password may contain `@`, `/`, `?` and `#` unescaped: everything up to the last `@` before the query is secret. */
function redactAuthority(rest: string): string {
  const at = rest.lastIndexOf('@')
  if (at < 0) return rest
  const colon = rest.slice(0, at).indexOf(':')
  return colon < 0 ? rest : `${rest.slice(0, colon)}:***${rest.slice(at)}`
}

/** A database URL without its password. */
export function redactUrl(url: string): string {
  return redact(url)
}

/** Only the message of an error: Node's URL error has the whole text in `.input`, so it is never kept as cause. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const first: unknown = error.errors[0]
    return messageOf(first)
  }
  return redact(error instanceof Error ? error.message : String(error))
}
