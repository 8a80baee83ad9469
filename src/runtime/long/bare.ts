/** What a statement outside of any transaction needs of its session; behind a pooler the next statement may come to another one. */
import type { SessionDialect, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { ownRows } from '../together.ts'
import type { RevisionStep } from '../types.ts'
import type { Run } from './journal.ts'

/** Sets it, and gives what puts it back. Batches set it in each of their transactions. Throws DATABASE.CONNECT. */
export async function enterBare(run: Run, step: RevisionStep, statement: Statement): Promise<() => Promise<void>> {
  const { connection, dialect } = run.options
  if (statement.batches !== undefined) return async () => {}
  const { bare } = dialect.session
  const allRows = statement.allRows === true ? dialect.session.allRows : undefined
  if (allRows !== undefined && (await isPooled(connection, dialect))) throw noSession(run, step)
  if (bare !== undefined) await connection.values(bare.before(connection.backend))
  if (allRows !== undefined) await connection.script(allRows.sessionOn)
  return async () => {
    if (connection.closed) return
    if (allRows !== undefined) await connection.script(allRows.sessionOff)
    if (bare !== undefined) await connection.values(bare.after(connection.backend))
  }
}

/** Whether another process answers than the one that the session was begun with. */
export async function isPooled(connection: Connection, dialect: SessionDialect): Promise<boolean> {
  const { sessionId } = dialect.session.bookkeeping
  if (connection.backend === undefined || sessionId === undefined) return false
  const rows = await ownRows(connection, dialect, `SELECT ${sessionId}`)
  return Number(rows[0]?.[0]) !== connection.backend
}

function noSession(run: Run, step: RevisionStep): AmbixError {
  return new AmbixError(
    'DATABASE.CONNECT',
    `Revision ${step.revision} needs a session of its own, and a pooler is between`,
    {
      why: 'A statement of it changes rows outside of a transaction and must see all of them (row_security = off). Through a pooler that shares connections the setting would reach other clients, and not this statement.\nThat statement was not run.',
      next: ['Connect to the server itself for migrations'],
      data: { revision: step.revision, applied: run.applied.map((a) => a.revision) },
    },
  )
}
