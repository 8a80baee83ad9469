/** The lock on a server without advisory locks: a row that is held until its lease ends, and renewed while its holder lives. */
import type { LeaseSql, SessionDialect } from '../../dialects/dialect.ts'
import type { Connection, Rows } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { Bookkeeping, lockTable } from '../bookkeeping.ts'
import { distrust, exposureOf, guardedRows, isDuplicate, statementError } from '../history.ts'
import { isTrue } from '../lock.ts'
import { asOwn, rowsOf, together } from '../together.ts'
import type { RuntimeSettings } from '../types.ts'

/** Renewed three times in this period; a killed holder keeps others waiting for as long. */
const leaseMs = 15_000

export interface LeasePlace {
  readonly connection: Connection
  readonly dialect: SessionDialect
  readonly settings: RuntimeSettings
  /** Where the bookkeeping tables are. */
  readonly schema: string
  readonly key: bigint
}

/** Takes the lock; undefined where another session holds it. The returned function throws if the lease was lost. Throws VERSION.TABLE. */
export async function takeLease(place: LeasePlace): Promise<(() => Promise<void>) | undefined> {
  const { connection, dialect } = place
  const sql = leaseOf(dialect)
  const table = tableOf(place)
  const lease = { key: String(place.key), owner: globalThis.crypto.randomUUID(), ms: leaseMs }
  const guard = await ready(place, sql, table)
  const ask = (query: string): Promise<Rows> => guardedRows(connection, dialect, guard, query)
  if ((await ask(sql.take(table, lease))).length === 0) return undefined
  let lost: unknown
  const renew = async (): Promise<void> => {
    try {
      const rows = await ask(sql.renew(table, lease))
      if (rows.length === 0) lost ??= new Error('the lease had ended')
    } catch (error) {
      lost ??= error
    }
  }
  const beat = setInterval(() => void renew(), leaseMs / 3)
  beat.unref()
  return async () => {
    clearInterval(beat)
    if (!connection.closed) await ask(sql.release(table, lease)).catch(() => [])
    if (lost !== undefined)
      throw new AmbixError('DATABASE.LOCKED', 'The lease of the migration lock was lost while the revision ran', {
        why: messageOf(lost),
        next: ['Run the same command again: it looks where the database stands, and goes on from there'],
        cause: lost,
      })
  }
}

export async function leaseIsFree(place: LeasePlace): Promise<boolean> {
  const guard = await ready(place, leaseOf(place.dialect), tableOf(place))
  const rows = await guardedRows(
    place.connection,
    place.dialect,
    guard,
    leaseOf(place.dialect).isFree(tableOf(place), String(place.key)),
  )
  return isTrue(rows[0]?.[0])
}

function leaseOf(dialect: SessionDialect): LeaseSql {
  const { lease } = dialect.session
  if (lease !== undefined) return lease
  throw new AmbixError('CONFIG.INVALID', `There is no lock for ${dialect.name} but that of the server`, {
    next: ['Take `capabilities.advisoryLock` out of the configuration'],
  })
}

const tableOf = ({ dialect, settings, schema }: LeasePlace): string => new Bookkeeping(dialect, settings, schema).lock

/** Creates the table where it is missing; returns what locks and inspects it again in each transaction, where another role could change it. */
async function ready(
  { connection, dialect, schema }: LeasePlace,
  sql: LeaseSql,
  table: string,
): Promise<readonly string[]> {
  const { own } = dialect.session
  const rows = own === undefined ? [] : await rowsOf(connection, dialect, own.inspect(schema, [lockTable]))
  const problem = rows.find((r) => r[0] !== null && r[2] !== null)
  if (problem !== undefined) throw distrust(lockTable, problem[2]!)
  const { exposed, held } = exposureOf(rows)
  const guard = own === undefined || !exposed ? [] : own.guard(schema, [lockTable], [table], held)
  if (rows.some((r) => r[0] === lockTable)) return guard
  try {
    await together(connection, dialect, asOwn(dialect, [sql.create(table)]))
  } catch (error) {
    // Another deployer was faster.
    if (!isDuplicate(connection, error))
      throw statementError(connection, error, 'The table of the lock cannot be made', dialect, sql.create(table))
  }
  return guard
}
