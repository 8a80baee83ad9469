/** Refuses to take for empty what the role may not see. */
import type { SessionDialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import type { RuntimeSettings } from './types.ts'

/** A schema of the path that the role may not use looks like none: what is in it would be taken for missing. */
export async function refuseClosed(
  connection: Connection,
  { session }: SessionDialect,
  settings: Pick<RuntimeSettings, 'versionTableSchema'> = {},
): Promise<void> {
  if (session.closedSchemas === undefined || settings.versionTableSchema !== undefined) return
  const [closed] = await connection.values(session.closedSchemas)
  const [schema, role] = closed ?? []
  if (typeof schema !== 'string' || typeof role !== 'string') return
  const said = { code: '42501', message: `permission denied for schema ${schema}` }
  throw new AmbixError('VERSION.TABLE', `The role ${role} may not use the schema ${schema} of its search_path`, {
    why: 'What is in it cannot be told from what is not there.',
    next: [session.advice?.(said, { role }) ?? `Grant USAGE on the schema ${schema} to ${role}`],
  })
}
