/** Waits for the lock that only one deployer at a time may hold, without ever blocking inside a statement; and who holds it. */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionDialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import { ownRows } from './together.ts'
import type { IfLocked } from './types.ts'

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
  readonly ifLocked?: IfLocked
}

/** Another deployer is at work, and what is to be done is left to it (`--if-locked=skip`). */
export class LeftToOther extends Error {}

/**
 * Polls until `take` returns true. A waiter that blocked in a statement would hold a snapshot, and a concurrent index
 * build would wait for it while it waits for the lock (specs/reliability.md 1.3). Throws DATABASE.LOCKED.
 */
export async function pollLock(
  place: LockPlace,
  take: () => Promise<boolean>,
  onWait: (holder?: string) => void,
): Promise<void> {
  const until = performance.now() + place.waitMs
  let told = false
  for (const pause of backOff()) {
    if (await take()) return
    if (place.ifLocked === 'skip') throw new LeftToOther()
    if (place.ifLocked === 'fail' || performance.now() + pause > until) throw await locked(place)
    if (place.ifLocked === 'terminate') await endGone(place)
    if (!told) {
      const [holder] = await holdersOf(place.connection, place.dialect, place.key)
      onWait(holder === undefined ? undefined : holderText(holder))
    }
    told = true
    await sleep(pause, undefined, { signal: place.signal }).catch(() => {})
    if (place.signal?.aborted === true) return
  }
}

/** Whether the lock is free now: takes it in a transaction of its own, and releases it at once. */
export async function lockIsFree({ connection, dialect, key }: LockPlace): Promise<boolean> {
  const condition = dialect.session.lockIsFree?.(key) ?? dialect.session.tryLock(key)
  if (condition === undefined) return canBegin(connection, dialect)
  const rows = await connection.values(`SELECT ${condition}`)
  return isTrue(rows[0]?.[0])
}

/** Where BEGIN itself is the lock (SQLite): whether it can be had. */
async function canBegin(connection: Connection, { session }: SessionDialect): Promise<boolean> {
  try {
    await connection.script(session.beginRun ?? session.begin)
  } catch (error) {
    if (connection.describeError(error)?.code === '5') return false
    throw error
  }
  await connection.script(session.rollback)
  return true
}

export const isTrue = (value: string | null | undefined): boolean => value === 't' || value === 'true' || value === '1'

/** Ends sessions of ambix that have the lock although their process has ended. */
async function endGone({ connection, dialect, key }: LockPlace): Promise<void> {
  const { terminate } = dialect.session.bookkeeping
  if (terminate === undefined) return
  for (const holder of await holdersOf(connection, dialect, key))
    if (isGone(holder)) await ownRows(connection, dialect, terminate(Number(holder.pid))).catch(() => [])
}

async function locked({ connection, dialect, key, waitMs, ifLocked }: LockPlace): Promise<AmbixError> {
  const holders = await holdersOf(connection, dialect, key)
  const waited =
    ifLocked === 'fail' ? '' : `, and did not give it back in ${(waitMs / 1000).toFixed(1).replace(/\.0$/, '')} s`
  const foreign = holders.filter((h) => !h.application.startsWith('ambix'))
  return new AmbixError('DATABASE.LOCKED', `Another deployer holds the migration lock${waited}`, {
    why:
      holders.length === 0
        ? 'Who holds it cannot be seen.'
        : `It is held by ${holders.map(holderText).join(', and by ')}.`,
    next: [
      'Wait for it to end and run the command again; --lock-wait waits longer',
      ...(holders.length > foreign.length
        ? ['If its process was killed: run the command again with --if-locked=terminate']
        : []),
      ...endings(dialect, holders, 'If nobody works with it any more'),
    ],
    data: { holders: holders.map((h) => ({ ...h })) },
  })
}

/** How a user ends the sessions of others. */
export function endings(dialect: SessionDialect, holders: readonly Holder[], when: string): readonly string[] {
  const { endSession } = dialect.session.bookkeeping
  return endSession === undefined ? [] : holders.map((h) => `${when}, end it on the server: ${endSession(h.pid)}`)
}

/** The application name of each session of ambix; it identifies the process, within 63 bytes. */
export function applicationName(): string {
  return nameOf(process.pid)
}

export interface Holder {
  readonly pid: string
  readonly application: string
  readonly since: string
  readonly state: string
  readonly seconds: string
  readonly query: string
  /** What it has locked, where that was queried. */
  readonly locked?: string
}

/** Empty where it cannot be seen. */
async function holdersOf(connection: Connection, dialect: SessionDialect, key: bigint): Promise<readonly Holder[]> {
  const query = dialect.session.bookkeeping.lockHolders?.(key)
  const rows = query === undefined ? [] : await ownRows(connection, dialect, query).catch(() => [])
  return rows.map(holderFrom)
}

export function holderFrom(r: readonly (string | null)[]): Holder {
  const locked = r[6] ?? undefined
  return {
    pid: r[0] ?? '?',
    application: r[1] ?? '',
    since: r[2] ?? '?',
    state: r[3] ?? '',
    seconds: r[4] ?? '?',
    query: r[5] ?? '',
    ...(locked === undefined ? {} : { locked }),
  }
}

export function holderText({ pid, application, since, seconds, state, query, locked }: Holder): string {
  const who = `process ${pid} of the server (${application === '' ? 'no application name' : application}), since ${since} (${seconds} s)${locked === undefined ? '' : ` with a lock on ${locked}`}`
  return query === '' ? who : `${who}, ${state === 'active' ? 'which runs' : 'whose last statement is'}: ${query}`
}

/** Whether the process of a session is known to have ended: it ran on this machine. */
export function isGone({ application }: Pick<Holder, 'application'>): boolean {
  const found = /^ambix (\d+)@(.*)$/s.exec(application)
  if (found === null || nameOf(Number(found[1])) !== application) return false
  try {
    process.kill(Number(found[1]), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

const nameOf = (pid: number): string => `ambix ${pid}@${hostname()}`.slice(0, 63)
