/** Why there is no scratch database, and which other places can be named. */
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { isSessionEnd } from '../../util/ended-session.ts'

export function notAllowed(why: string | undefined, right: string | undefined, cause: unknown): unknown {
  if (why === undefined) return cause
  return new AmbixError('DATABASE.CONNECT', 'No scratch database can be created on the server', {
    why,
    next: [
      ...(right === undefined ? [] : [right]),
      'Let the user create databases, or name a place with `scratch` in the configuration: the URL of an empty database',
    ],
    cause,
  })
}

/** The wipe drops what other roles own, too. */
export function notEmptied(connection: Connection, error: unknown): unknown {
  const said = connection.describeError(error)
  if (said === undefined || isSessionEnd(connection, error)) return error
  return new AmbixError('DATABASE.CONNECT', `The transaction for trying things cannot be emptied: ${said.message}`, {
    why: "With `scratch: 'transaction'` everything in the database is dropped in a transaction that is rolled back, so the user must own it all.",
    next: [
      'Leave `scratch` out, or name another place: `pglite`, or the URL of an empty database',
      'Or connect as a user that owns all objects of the database, extensions too',
    ],
    cause: error,
  })
}
