/** Who holds the lock: told to who waits, and ended where its own process is known to be gone. */
import { hostname } from 'node:os'
import type { SessionDialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { ownRows } from './together.ts'

/** Shown by the server beside each session of ambix; says which process it is of, as far as 63 bytes go. */
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
}

/** Empty where it cannot be seen. */
export async function holdersOf(
  connection: Connection,
  dialect: SessionDialect,
  key: bigint,
): Promise<readonly Holder[]> {
  const query = dialect.session.bookkeeping.lockHolders?.(key)
  const rows = query === undefined ? [] : await ownRows(connection, dialect, query).catch(() => [])
  return rows.map((r) => ({
    pid: r[0] ?? '?',
    application: r[1] ?? '',
    since: r[2] ?? '?',
    state: r[3] ?? '',
    seconds: r[4] ?? '?',
    query: r[5] ?? '',
  }))
}

export function holderText({ pid, application, since, seconds, state, query }: Holder): string {
  const who = `process ${pid} of the server (${application === '' ? 'no application name' : application}), since ${since} (${seconds} s)`
  return query === '' ? who : `${who}, ${state === 'active' ? 'which runs' : 'whose last statement is'}: ${query}`
}

/** Whether the process behind a session is known not to be there: it ran on this machine, and has ended. */
export function isGone({ application }: Holder): boolean {
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
