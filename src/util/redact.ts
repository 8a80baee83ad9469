/** Removes passwords from text that may be shown: URLs, key=value connection strings, libpq variables. */

/** `user:password@`, with a scheme or without, and `password=` in queries and connection strings become `***`; the rest is unchanged. */
export function redact(text: string): string {
  return (
    text
      // A blank, a quote or a line break in a password does not end it.
      .replace(/\b((?!https?:|file:)[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^@]{0,200}@/gi, '$1:***@')
      .replace(
        /([a-z][a-z0-9+.-]*:\/\/)([^\s]*)/gi,
        (_, scheme: string, rest: string) => scheme + redactAuthority(rest),
      )
      .replace(secretKey, '$1$2***')
      .replace(/(^|[\s'"`(])((?:[a-z]+:)?[\w.%-]+):[^\s:@/*]+@(?!head|base|[+-]?\d+\b(?!\.))/gi, '$1$2:***@')
  )
}

const secretKey =
  /\b(password|passwd|pwd|pgpassword|sslpassword)(\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&'",}]+)/gi

/** A password may contain `@`, `/`, `?` and `#` unescaped: everything up to the last `@` before the query is secret. */
function redactAuthority(rest: string): string {
  const at = rest.lastIndexOf('@')
  if (at < 0) return rest
  const colon = rest.slice(0, at).indexOf(':')
  return colon < 0 ? rest : `${rest.slice(0, colon)}:***${rest.slice(at)}`
}

/** A database URL without its password. The whole text is the URL: blanks, quotes and line breaks in it are part of it. */
export function redactUrl(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0]
  if (scheme === undefined) return redact(url)
  const rest = url.slice(scheme.length)
  // Without an @ the URL may have been cut in its password: what follows the colon is shown where it is a port.
  if (!rest.includes('@')) {
    const cut = /^([^/?#:[]*):(?!\d*(?:[/?#]|$))/.exec(rest)
    if (cut !== null && !/^[a-z]$/i.test(cut[1]!)) return `${scheme}${cut[1]}:***`
  }
  return scheme + redactAuthority(rest).replace(/([?&](?:ssl)?password=)[^&#]*/gi, '$1***')
}

/** Only the message of an error: Node's URL error has the whole text in `.input`, so it is never kept as cause. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const first: unknown = error.errors[0]
    return messageOf(first)
  }
  return redact(thrownText(error))
}

/** The message of what was thrown, whatever it is: code of the project throws what cannot be written as text, too. */
export function thrownText(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown)
  } catch {
    return `${typeof thrown === 'function' ? 'a function' : 'an object'} that cannot be written as text`
  }
}
