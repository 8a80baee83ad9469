/** Waits for the lock that only one deployer at a time may hold, without ever blocking inside a statement. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionDialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import { ownRows } from './together.ts'

/** 25 ms, growing by 1.6 to 1 s, half of it by chance (specs/reliability.md 1.4, point 2). */
export function* backOff(): Generator<number, never> {
  for (let ms = 25; ; ms = Math.min(1000, ms * 1.6)) yield ms * (0.5 + Math.random())
}

export interface LockPlace {
  readonly connection: Connection
  readonly dialect: SessionDialect
  readonly key: bigint
  readonly waitMs: number
  readonly signal?: AbortSignal
}

/**
 * Polls until `take` gives true. A waiter that blocked in a statement would hold a snapshot, and a concurrent index
 * build would wait for it while it waits for the lock (specs/reliability.md 1.3). Throws DATABASE.LOCKED.
 */
export async function pollLock(place: LockPlace, take: () => Promise<boolean>, onWait: () => void): Promise<void> {
  const until = performance.now() + place.waitMs
  let told = false
  for (const pause of backOff()) {
    if (await take()) return
    if (performance.now() + pause > until) throw await locked(place)
    if (!told) onWait()
    told = true
    await sleep(pause, undefined, { signal: place.signal }).catch(() => {})
    if (place.signal?.aborted === true) return
  }
}

/** Whether the lock is free this instant: takes it in a transaction of the statement's own, which gives it back at once. */
export async function lockIsFree({ connection, dialect, key }: LockPlace): Promise<boolean> {
  const condition = dialect.session.lockIsFree?.(key) ?? dialect.session.tryLock(key)
  if (condition === undefined) return true
  const rows = await connection.values(`SELECT ${condition}`)
  return isTrue(rows[0]?.[0])
}

export const isTrue = (value: string | null | undefined): boolean => value === 't' || value === 'true' || value === '1'

async function locked({ connection, dialect, key, waitMs }: LockPlace): Promise<AmbixError> {
  const query = dialect.session.bookkeeping.lockHolders?.(key)
  const holders = query === undefined ? [] : await ownRows(connection, dialect, query).catch(() => [])
  const said = holders.map(
    (h) =>
      `process ${h[0] ?? '?'} of the server (${h[1] === null || h[1] === '' ? 'no application name' : h[1]}), since ${h[2] ?? '?'}`,
  )
  return new AmbixError(
    'DATABASE.LOCKED',
    `Another deployer holds the migration lock, and did not give it back in ${(waitMs / 1000).toFixed(1).replace(/\.0$/, '')} s`,
    {
      why: said.length === 0 ? 'Who holds it cannot be seen.' : `It is held by ${said.join(', and ')}.`,
      next: ['Wait for it to end and run the command again; --lock-wait waits longer'],
      data: { holders: holders.map((h) => ({ pid: h[0], application: h[1], since: h[2] })) },
    },
  )
}
