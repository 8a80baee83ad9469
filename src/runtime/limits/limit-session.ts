/** Time limits that are a session's: set for a run, and put back after it. */
import type { SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { RuntimeSettings } from '../types.ts'

/** Gives what puts the session's own limits back. */
export async function limitSession(
  connection: Connection,
  dialect: SessionDialect,
  { lockTimeout, statementTimeoutMs }: Pick<RuntimeSettings, 'lockTimeout' | 'statementTimeoutMs'>,
): Promise<() => Promise<void>> {
  const limits = dialect.session.limits?.session
  if (limits === undefined || (lockTimeout === undefined && statementTimeoutMs === undefined)) return async () => {}
  const statements = limits.set({
    ...(lockTimeout === undefined ? {} : { lockMs: lockTimeout.ms }),
    unlessSet: lockTimeout?.unlessSet === true,
    ...(statementTimeoutMs === undefined ? {} : { statementMs: statementTimeoutMs }),
  })
  await connection.script(statements)
  return async () => {
    if (!connection.closed) await connection.script(limits.reset).catch(() => {})
  }
}
