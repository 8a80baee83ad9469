/** Settles a part of a revision that may or may not have been executed, as the user answers. */
import { AmbixError } from '../errors.ts'
import { Bookkeeping, lockKey } from './bookkeeping.ts'
import { distrustedIn, guardOf, inspect, statementError } from './history.ts'
import { lockIsFree, pollLock } from './lock.ts'
import { readJournalRows, waitOut } from './long/journal.ts'
import { asOwn } from './together.ts'
import type { Direction, RunOptions } from './types.ts'

export interface Settled {
  readonly revision: string
  readonly direction: Direction
  /** 1-based. */
  readonly part: number
}

/**
 * Records that the part counts as done, or as never begun. `part` is `revision:number`; absent: the only one.
 * Throws RUN.UNFINISHED where there is no such part, DATABASE.LOCKED, VERSION.TABLE.
 */
export async function settle(
  options: Pick<RunOptions, 'connection' | 'dialect' | 'settings' | 'signal'>,
  as: 'done' | 'again',
  part?: string,
): Promise<Settled> {
  const { connection, dialect, settings, signal } = options
  const seen = await inspect(connection, dialect, settings)
  const book = new Bookkeeping(dialect, settings, seen.schema)
  const key = lockKey(seen.schema, settings.versionTable)
  const place = { connection, dialect, key, waitMs: settings.lockWaitMs, signal }
  await pollLock(
    place,
    () => lockIsFree(place),
    () => {},
  )
  const rows = seen.journal ? await readJournalRows(connection, dialect, book, seen) : []
  const started = rows.filter((r) => r.state === 'started')
  const row = started.find((r) => part === undefined || `${r.revision}:${r.pos + 1}` === part || r.revision === part)
  if (row === undefined) {
    throw new AmbixError(
      'RUN.UNFINISHED',
      part === undefined ? 'No part is waiting for an answer' : `${part} is not waiting for an answer`,
      {
        why:
          started.length === 0
            ? 'No revision stopped in the middle of a statement that cannot be in a transaction.'
            : `It is asked for ${started.map((r) => `${r.revision}:${r.pos + 1}`).join(', ')}.`,
        next: [{ text: 'See where the database stands', command: 'ambix current' }],
      },
    )
  }
  await waitOut(options, key, { pid: row.pid }, () => {})
  const { session } = dialect
  const edit = as === 'done' ? book.journalDone(row.revision, row.pos) : book.journalForget(row.revision, row.pos)
  try {
    await connection.script([
      session.beginRun ?? session.begin,
      ...asOwn(dialect, [...guardOf(dialect, book, seen), edit]),
      session.commit,
    ])
  } catch (error) {
    if (!connection.closed) await connection.script(session.rollback).catch(() => {})
    throw (
      distrustedIn(connection, dialect, error) ??
      statementError(connection, error, 'The journal cannot be written', dialect, edit)
    )
  }
  // Only these three words are ever written there.
  return { revision: row.revision, direction: row.direction as Direction, part: row.pos + 1 }
}
