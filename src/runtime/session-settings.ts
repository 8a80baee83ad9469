/** Settings of a revision (search_path, role) must not affect ambix's own rows or the next revision. */
import type { SessionSql, Statement } from '../dialects/dialect.ts'

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
