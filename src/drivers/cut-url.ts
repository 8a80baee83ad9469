/** A URL that was cut within its password: what was read as its host and its database are parts of a secret. */
import { AmbixError } from '../errors.ts'

/** Whether an `@` stands behind the host that is read from the URL, and before its options. */
export function isCut(url: string): boolean {
  const rest = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\?[\w.]+=.*$/s, '')
  const end = rest.search(/[/?#]/)
  return end >= 0 && rest.lastIndexOf(':', end) >= 0 && rest.includes('@', end)
}

/** The error of a failed connection; another one, which names neither host nor database, where the URL was cut. */
export function withoutSecret(url: string, error: AmbixError): AmbixError {
  if (!isCut(url)) return error
  return new AmbixError('DATABASE.URL', 'The database URL is cut in its password', {
    why: 'An @ stands behind what is read as its host, as where a password has /, ? or # in it; there is no connection to what was read.',
    next: [
      'Write special characters of the user and the password percent-encoded: @ as %40, / as %2F, ? as %3F, # as %23, % as %25',
      'Where the @ is part of the name of the database, write it as %40 too',
    ],
  })
}
