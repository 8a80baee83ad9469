/** The journal of revisions that take several parts: what was begun, by which session, and whether it must be finished first. */
import type { SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import type { Bookkeeping } from '../bookkeeping.ts'
import { distrustedIn, guardedRows, guardOf, statementError } from '../history.ts'
import type { Inspection } from '../history.ts'
import { pollLock } from '../lock.ts'
import type { LockPlace } from '../lock.ts'
import type { Unit } from '../plan.ts'
import { readPlan } from '../stored-plan.ts'
import { asOwn, ownRows, together } from '../together.ts'
import type { Openings } from '../transaction/openings.ts'
import type { Session, Work } from '../transaction/parts.ts'
import type { AppliedStep, EventMore, RevisionStep, RunOptions, StepEvent } from '../types.ts'

/** The data of the run that a revision needs. */
export interface Run {
  readonly options: RunOptions
  readonly session: Session
  readonly applied: readonly AppliedStep[]
  readonly heads: readonly string[]
  seen: Inspection
  /** The rows of the journal when the plan was made. */
  journal: readonly JournalRow[]
  waitForLock(): Promise<void>
  readonly openings: Openings
  /** The step's data from when it began, where that is to be kept. */
  memoryOf(step: RevisionStep): string | undefined
  workOf(step: RevisionStep, statements: Work['statements'], all: Work['statements']): Work
  hookOf(step: RevisionStep): ((s: Session) => void | Promise<void>) | undefined
  emit(step: RevisionStep, phase: StepEvent['phase'], ms: number, more?: EventMore): void
}

/** A part of a revision that was begun; the one of state `plan`, at -2, describes its parts. */
export interface JournalRow {
  readonly revision: string
  readonly pos: number
  readonly direction: string
  readonly state: string
  readonly checksum: string
  readonly pid: number | undefined
  readonly since: string
  readonly plan: string | undefined
}

export async function readJournal(run: Run): Promise<readonly JournalRow[]> {
  if (!run.seen.journal) return []
  const { connection, dialect } = run.options
  return readJournalRows(connection, dialect, run.session.book, run.seen)
}

/** All rows of the journal, in the order of the parts; a table from an earlier build gets the missing columns. */
export async function readJournalRows(
  connection: Connection,
  dialect: SessionDialect,
  book: Bookkeeping,
  seen: Inspection,
): Promise<readonly JournalRow[]> {
  const guard = guardOf(dialect, book, seen)
  const query = `SELECT ${book.journalColumns} FROM ${book.journal} ORDER BY revision, pos`
  const rows = await guardedRows(connection, dialect, guard, query).catch(async (error: unknown) => {
    if (!isMissingColumn(connection, error)) throw error
    await widenJournal(connection, dialect, book, guard)
    return guardedRows(connection, dialect, guard, query)
  })
  return rows.map((r) => ({
    revision: r[0] ?? '',
    pos: Number(r[1]),
    direction: r[2] ?? '',
    state: r[3] ?? '',
    checksum: r[4] ?? '',
    pid: r[5] === null ? undefined : Number(r[5]),
    since: r[6] ?? '',
    plan: r[7] ?? undefined,
  }))
}

/** Whether the error is that a table has no such column. */
function isMissingColumn(connection: Connection, error: unknown): boolean {
  const said = connection.describeError(error)
  return said !== undefined && (said.code === '42703' || /no such column|^Unknown column/i.test(said.message))
}

async function widenJournal(
  connection: Connection,
  dialect: SessionDialect,
  book: Bookkeeping,
  guard: readonly string[],
): Promise<void> {
  for (const statement of dialect.session.bookkeeping.widenJournal(book.journal)) {
    try {
      await together(connection, dialect, asOwn(dialect, [...guard, statement]))
    } catch (error) {
      // The table has this column, or another deployer was faster.
      if (!/already exists|duplicate column/i.test(connection.describeError(error)?.message ?? ''))
        throw (
          distrustedIn(connection, dialect, error) ??
          statementError(
            connection,
            error,
            'The journal of an earlier ambix cannot be given the columns that it lacks',
            dialect,
            statement,
          )
        )
    }
  }
}

/** The parts of a revision that was begun, as they were then; undefined where it was not, or where its file has changed. */
export async function begunUnits(run: Run, step: RevisionStep): Promise<readonly Unit[] | undefined> {
  const row = run.journal.find(
    (r) => r.state === 'plan' && r.revision === step.revision && r.direction === step.direction,
  )
  if (row?.plan === undefined || step.recorded === undefined) return undefined
  const { operations, checksum } = await step.recorded()
  return checksum === row.checksum ? readPlan(row.plan, operations) : undefined
}

/** Waits until a session of ambix no longer works on what it was sent. Throws DATABASE.LOCKED. */
export async function waitOut(
  { connection, dialect, settings, signal }: Pick<RunOptions, 'connection' | 'dialect' | 'settings' | 'signal'>,
  key: bigint,
  { pid, sql }: { readonly pid: number | undefined; readonly sql?: string },
  onWait: () => void,
): Promise<void> {
  const { isWorking } = dialect.session.bookkeeping
  if ((pid === undefined && sql === undefined) || isWorking === undefined) return
  const place: LockPlace = { connection, dialect, key, waitMs: settings.lockWaitMs, signal }
  await pollLock(place, async () => (await ownRows(connection, dialect, isWorking(pid, sql))).length === 0, onWait)
}

/** The command that resumes a revision that was begun. */
export const goOn = (row: Pick<JournalRow, 'revision' | 'direction'>): string =>
  row.direction === 'downgrade' ? `ambix downgrade ${row.revision}-1` : `ambix upgrade ${row.revision}`

/** Refuses a plan that would skip an unfinished revision. Throws RUN.UNFINISHED. */
export async function checkUnfinished(run: Run, steps: readonly RevisionStep[]): Promise<void> {
  const foreign = (rows: readonly JournalRow[]): JournalRow | undefined =>
    rows.find((row) => !steps.some((s) => s.revision === row.revision && s.direction === row.direction))
  run.journal = await readJournal(run)
  if (foreign(run.journal) === undefined) return
  // Another session may be working on it now.
  await run.waitForLock()
  run.journal = await readJournal(run)
  const row = foreign(run.journal)
  if (row === undefined) return
  const done = run.journal.filter((r) => r.revision === row.revision && r.state === 'done').length
  throw new AmbixError(
    'RUN.UNFINISHED',
    `The ${row.direction} of revision ${row.revision} was begun and not finished`,
    {
      why: `It does not run in one transaction: ${done === 1 ? 'one of its parts is' : `${done} of its parts are`} done. It must be finished before anything else is run.`,
      next: [{ text: 'Finish it', command: goOn(row) }],
      data: { revision: row.revision, direction: row.direction, done },
    },
  )
}
