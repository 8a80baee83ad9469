/** Settings of a revision (search_path, role) must not affect ambix's own rows or the next revision. */
import type { SessionDialect, SessionSql, Statement } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import type { RuntimeSettings } from './types.ts'

const sets =
  /^\s*(?:set|reset|discard)\b|\bset_config\s*\(|\bset\s+(?:session\s+|local\s+)?(?:search_path|role|standard_conforming_strings|session\s+authorization|session_replication_role|row_security|datestyle|timezone)\b/imu

/** Whether the statements may change session settings: user code always may. */
export function mayChangeSettings(statements: readonly Statement[]): boolean {
  return statements.some(
    (s) => s.run !== undefined || ((s.source.kind === 'execute' || s.source.kind === 'custom') && sets.test(s.sql)),
  )
}

/** Before SQL that others run, where one of the texts has a backslash: ambix's own sessions are set so when they are opened. */
export function plainStrings(session: SessionSql, texts: readonly string[]): readonly string[] {
  return session.plainStrings === undefined || !texts.some((text) => text.includes('\\')) ? [] : [session.plainStrings]
}

/** Before the first statement of a revision. */
export function keepSettings(session: SessionSql, all: readonly Statement[]): readonly string[] {
  return session.settings === undefined || !mayChangeSettings(all) ? [] : [session.settings.keep('session')]
}

/** Around ambix's own rows: the settings before the revision, and afterwards those that it had set. */
export function ownSettings(
  session: SessionSql,
  all: readonly Statement[],
  goesOn: boolean,
): { readonly before: readonly string[]; readonly after: readonly string[] } {
  const { settings } = session
  if (settings === undefined || !mayChangeSettings(all)) return { before: [], after: [] }
  return goesOn
    ? { before: [settings.keep('revision'), settings.restore('session')], after: [settings.restore('revision')] }
    : { before: [settings.restore('session')], after: [] }
}

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
    next: [
      session.advice?.(said, { role }) ?? `Grant USAGE on the schema ${schema} to ${role}`,
      'Where it is closed on purpose: set `versionTableSchema` to the schema of the version table in the configuration',
    ],
  })
}
