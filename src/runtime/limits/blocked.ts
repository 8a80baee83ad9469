/** A statement that had to wait for a lock longer than it may: who was in the way, and when it is tried again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import type { ServerError } from '../../drivers/driver.ts'
import { endings, holderFrom, holderText } from '../lock.ts'
import type { Holder } from '../lock.ts'
import { ownRows } from '../together.ts'
import type { RunOptions } from '../types.ts'

/** The transaction was rolled back because of it, and is retried as a whole. */
export class Blocked extends Error {
  readonly holders: readonly Holder[]
  constructor(holders: readonly Holder[]) {
    super()
    this.holders = holders
  }
}

/** Whether a statement failed since a lock was not had in time. */
export function isNotHad(dialect: SessionDialect, error: unknown): error is AmbixError {
  if (!isAmbixError(error, 'DATABASE.STATEMENT')) return false
  const said = error.data?.['server'] as ServerError | undefined
  return said?.code !== undefined && said.code === dialect.session.limits?.notHad
}

/** Open transactions with locks on what the statement names; none where that cannot be seen. */
export async function blockersOf(
  connection: Connection,
  dialect: SessionDialect,
  error: AmbixError,
): Promise<readonly Holder[]> {
  const { limits } = dialect.session
  const sql = error.data?.['statement']
  if (limits === undefined || typeof sql !== 'string' || connection.closed) return []
  for (const query of limits.blockers(sql)) {
    const rows = await ownRows(connection, dialect, query).catch(() => [])
    if (rows.length > 0) return rows.map(holderFrom)
  }
  return []
}

export const blockersText = (holders: readonly Holder[]): string => holders.map(holderText).join(', and ')

/** The lock was not released in time. */
export function blockedError(
  dialect: SessionDialect,
  error: AmbixError,
  holders: readonly Holder[],
  tries: number,
  ms: number,
): AmbixError {
  const seconds = (ms / 1000).toFixed(1).replace(/\.0$/, '')
  return new AmbixError(
    'DATABASE.BLOCKED',
    `${error.message} (tried ${tries === 1 ? 'once' : `${tries} times in ${seconds} s`})`,
    {
      why: [
        holders.length === 0 ? 'Who was in the way cannot be seen any more.' : `In the way: ${blockersText(holders)}.`,
        error.why,
      ].join('\n'),
      next: [
        'Run the command again when they are done; lockRetry says for how long it tries by itself',
        ...endings(dialect, holders, 'If nobody needs it'),
      ],
      data: { ...error.data, holders: holders.map((h) => ({ ...h })), tries },
      cause: error,
    },
  )
}

/** The attempts of the current step: when to retry, and when to give up. */
export class Attempts {
  readonly #options: RunOptions
  #since: number | undefined
  #tries = 0
  /** From a quarter of a second, growing by 1.6 to 10 s, half of it by chance. */
  #pause = 250
  #by: string | undefined

  constructor(options: RunOptions) {
    this.#options = options
  }

  /** The meaning of a transaction's failure: `Blocked` where it is tried again, else the error to report. */
  async failed(error: unknown): Promise<unknown> {
    const { connection, dialect, settings, signal } = this.#options
    if (!isNotHad(dialect, error) || signal?.aborted === true) return error
    const now = performance.now()
    this.#since ??= now
    this.#tries++
    const holders = await blockersOf(connection, dialect, error)
    const until = this.#since + (settings.lockRetryMs ?? 0)
    if (!connection.closed && now + this.#pause <= until) return new Blocked(holders)
    return blockedError(dialect, error, holders, this.#tries, now - this.#since)
  }

  /** Waits before the next try; `tell` is called where others are in the way than before. */
  async again({ holders }: Blocked, tell: (holder: string | undefined) => void): Promise<void> {
    const pids = holders.map((h) => h.pid).join(' ')
    if (this.#by === undefined || (pids !== '' && pids !== this.#by)) tell(blockersText(holders) || undefined)
    this.#by = pids
    const pause = this.#pause * (0.5 + Math.random())
    this.#pause = Math.min(10_000, this.#pause * 1.6)
    await sleep(pause, undefined, { signal: this.#options.signal }).catch(() => {})
  }

  /** Whether this is not the first try. */
  get repeated(): boolean {
    return this.#tries > 0
  }

  done(): void {
    this.#since = undefined
    this.#tries = 0
    this.#pause = 250
    this.#by = undefined
  }
}
