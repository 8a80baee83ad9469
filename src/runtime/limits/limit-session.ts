/** Time limits of a transaction, by what its statements are; and those that are a session's: set for a run, and put back after it. */
import type { SessionDialect, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { RuntimeSettings } from '../types.ts'

type Configured = Pick<RuntimeSettings, 'lockTimeout' | 'statementTimeoutMs'>

/** Expressions that set them for all statements of the transaction, since it keeps its locks to its end; without any that blocks clients, it may wait. */
export function limitTransaction(
  dialect: SessionDialect,
  { lockTimeout, statementTimeoutMs }: Configured,
  statements: readonly Statement[],
): readonly string[] {
  const limits = dialect.session.limits?.transaction
  if (limits === undefined || statements.length === 0) return []
  const short = lockTimeout !== undefined && statements.some((st) => st.run === undefined && limits.keepsOut(st.sql))
  return limits.set({
    ...(short ? { lockMs: lockTimeout.ms } : {}),
    unlessSet: lockTimeout?.unlessSet === true,
    ...(statementTimeoutMs === undefined ? {} : { statementMs: statementTimeoutMs }),
  })
}

/** Gives what puts the session's own limits back. */
export async function limitSession(
  connection: Connection,
  dialect: SessionDialect,
  { lockTimeout, statementTimeoutMs }: Configured,
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
