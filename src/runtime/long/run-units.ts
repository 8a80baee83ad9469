/** Runs a revision that takes several transactions or statements of their own, under a lock that outlives their commits. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { Locked, StateChanged } from '../failure.ts'
import { readState } from '../history.ts'
import { isTrue } from '../lock.ts'
import type { Unit } from '../plan.ts'
import type { RevisionStep } from '../types.ts'
import { type Run } from './journal.ts'
import { takeLease } from './lease.ts'
import { LongStep } from './long-step.ts'

/**
 * Takes the lock of a session before the revision is compiled, since that reads the database; returns the function that releases
 * it. Throws Locked, and StateChanged where another deployer was faster.
 */
export async function lockSession(run: Run): Promise<() => Promise<void>> {
  const { connection, dialect, settings } = run.options
  const { unlock } = dialect.session
  const lease =
    settings.leaseLock === true
      ? await takeLease({ connection, dialect, settings, schema: run.seen.schema, key: run.session.key })
      : undefined
  if (settings.leaseLock === true && lease === undefined) throw new Locked()
  if (lease === undefined) await takeLock(run, connection)
  const release = async (): Promise<void> => {
    await lease?.()
    if (unlock !== undefined && !connection.closed) await connection.script(unlock(run.session.key)).catch(() => {})
  }
  try {
    const { heads } = await readState(connection, dialect, settings)
    if (heads.join('\n') !== [...run.heads].sort().join('\n')) throw new StateChanged()
    return release
  } catch (error) {
    await release()
    throw error
  }
}

/** Runs the units one by one; those that are done by the journal are skipped. Throws as `runSteps` does. */
export async function runUnits(run: Run, step: RevisionStep, units: readonly Unit[]): Promise<void> {
  const { connection, openAnother, dialect, settings } = run.options
  const { unlock } = dialect.session
  // The lock is already held around the whole revision.
  if (settings.leaseLock === true) return new LongStep(run, step, units, undefined, true).go()
  if (unlock !== undefined) {
    // The lock belongs to the session: it outlives the commits of the units, and ends with the connection.
    await takeLock(run, connection)
    try {
      await new LongStep(run, step, units, undefined, true).go()
    } finally {
      if (!connection.closed) await connection.script(unlock(run.session.key)).catch(() => {})
    }
    return
  }
  // The lock is held by an idle READ COMMITTED transaction on a connection of its own, so that it disturbs no concurrent build.
  // Where every part is a transaction, each takes the lock itself, and one connection is enough.
  const needed = units.some((u) => u.kind === 'alone' || u.own === true)
  const second = needed && connection.singleSession !== true ? openAnother : undefined
  const keeper = second === undefined ? undefined : await second()
  try {
    if (keeper !== undefined) {
      await takeLock(run, keeper)
      await bothWork(run, step, keeper)
    }
    await new LongStep(run, step, units, keeper).go()
  } finally {
    if (keeper !== undefined) {
      if (!keeper.closed) await keeper.script(run.options.dialect.session.rollback).catch(() => {})
      await keeper.close()
    }
  }
}

async function takeLock(run: Run, keeper: Connection): Promise<void> {
  const { dialect } = run.options
  const { session } = dialect
  const condition = session.tryLock(run.session.key)
  if (condition === undefined) return
  const begin = session.beginRun ?? session.begin
  if (session.unlock === undefined)
    await keeper.script([
      begin,
      ...(session.own === undefined ? [] : [session.own.enter]),
      ...(session.keeps === undefined ? [] : [session.keeps]),
    ])
  const rows = await keeper.values(`SELECT ${condition}`)
  if (!isTrue(rows[0]?.[0])) throw new Locked()
}

/** A pooler with one connection at a time would let the two wait for each other without end. */
async function bothWork(run: Run, step: RevisionStep, keeper: Connection): Promise<void> {
  const { connection } = run.options
  const asked = connection.values('SELECT 1')
  asked.catch(() => {})
  const bound = new AbortController()
  const late = sleep(5000, 'late', { signal: bound.signal }).catch(() => 'late')
  const first = await Promise.race([asked.then(() => 'answered'), late])
  bound.abort()
  if (first === 'answered') return
  await keeper.script(run.options.dialect.session.rollback).catch(() => {})
  await keeper.close()
  await asked.catch(() => {})
  throw new AmbixError(
    'DATABASE.CONNECT',
    `Revision ${step.revision} needs two connections at once, and there is only one`,
    {
      why: 'A statement of it cannot run in a transaction, so that another connection holds the lock meanwhile. A pool of one connection does not serve both.\nNothing of the revision was run.',
      next: ['Connect to the server itself for migrations, or give the pool two connections'],
      data: { revision: step.revision, applied: run.applied.map((a) => a.revision) },
    },
  )
}
