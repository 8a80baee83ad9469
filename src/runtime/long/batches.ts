/** Runs a backfill: batch after batch, each committed with its last key, so that the next run continues there. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Batches } from '../../dialects/dialect.ts'
import { AmbixError } from '../../errors.ts'
import { elsewhere } from '../bookkeeping.ts'
import { StateChanged } from '../failure.ts'
import { distrustedIn, guardedRows, guardOf } from '../history.ts'
import { asOwn, together } from '../together.ts'
import type { BatchProgress, Direction } from '../types.ts'
import type { Run } from './journal.ts'

/** The journal's data about a backfill: rows so far, and the key of the last one; null after the last batch. */
interface Progress {
  readonly rows: number
  readonly last: readonly string[] | null
}

export interface BatchPlace {
  readonly revision: string
  readonly direction: Direction
  readonly pos: number
  /** With the setting under which the server refuses to hide rows. */
  readonly allRows: boolean
}

/** Throws the connection's errors, RUN.INTERRUPTED between two batches, and StateChanged where another run continues it. */
export async function runBatches(
  run: Run,
  batches: Batches,
  place: BatchPlace,
  alive: () => Promise<void>,
  tell: (progress: BatchProgress) => void,
): Promise<void> {
  const { connection, dialect, signal } = run.options
  const { book } = run.session
  const guard = guardOf(dialect, book, run.seen)
  const stored = (await guardedRows(connection, dialect, guard, book.batchesDone(place.revision, place.pos)))[0]?.[0]
  let memory = stored ?? undefined
  let progress = memory === undefined ? undefined : (JSON.parse(memory) as Progress)
  const [told, before] = [performance.now(), progress?.rows ?? 0]
  const about = Number((await connection.values(batches.about))[0]?.[0] ?? -1)
  const { bare, allRows } = dialect.session
  // In each batch's own transaction: behind a pooler the next one may come to another session.
  const around = [
    ...(bare === undefined ? [] : [bare.inTransaction]),
    ...(allRows === undefined || !place.allRows ? [] : [allRows.on]),
    ...asOwn(dialect, guard),
  ]
  while (progress?.last !== null) {
    if (signal?.aborted === true) throw new AmbixError('RUN.INTERRUPTED', 'The run was interrupted')
    await alive()
    const last = progress?.last
    const rows =
      last === undefined
        ? batches.start
        : batches.after.map((piece, i) => (i === 0 ? '' : dialect.literal(last[i - 1]!)) + piece).join('')
    const sql = `${rows}${batches.update}, ${book.batchDone(place, memory, progress?.rows ?? 0, batches.last)}`
    try {
      memory = (await together(connection, dialect, [...around, sql])).at(-1)?.[0]?.[0] ?? undefined
    } catch (error) {
      const said = connection.describeError(error)
      if (said?.message.includes(elsewhere) === true) throw new StateChanged()
      throw distrustedIn(connection, dialect, error) ?? error
    }
    if (memory === undefined) throw new StateChanged()
    // The statement above returned it.
    progress = JSON.parse(memory) as Progress
    const perSecond = ((progress.rows - before) * 1000) / Math.max(1, performance.now() - told)
    const left = Math.max(0, about - progress.rows)
    tell({
      rows: progress.rows,
      ...(about > 0 ? { about } : {}),
      perSecond,
      ...(about > 0 && perSecond > 0 ? { leftMs: (left * 1000) / perSecond } : {}),
    })
    if (batches.throttleMs > 0 && progress.last !== null)
      await sleep(batches.throttleMs, undefined, { signal }).catch(() => {})
  }
}
