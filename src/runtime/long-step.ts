/** Runs a revision that takes several transactions or statements of their own, journaled so that a crash can be resumed. */
import type { Statement } from '../dialects/dialect.ts'
import { isHidden } from '../util/hidden-rows.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import { Locked, StateChanged, statementFailed } from './failure.ts'
import { rowsHidden } from './hidden-rows.ts'
import { guardOf, readHeads, readState, statementError } from './history.ts'
import type { Inspection } from './history.ts'
import { isTrue, lockIsFree, pollLock } from './lock.ts'
import type { LockPlace } from './lock.ts'
import { followsData } from './plan.ts'
import type { Unit } from './plan.ts'
import { ownRows } from './together.ts'
import { rollback, runTransaction } from './transaction.ts'
import type { Opening, Session, Work } from './transaction.ts'
import type { AppliedStep, RevisionStep, RunOptions, StepEvent } from './types.ts'

/** What of the whole run a revision needs to know. */
export interface Run {
  readonly options: RunOptions
  readonly session: Session
  readonly applied: readonly AppliedStep[]
  readonly heads: readonly string[]
  seen: Inspection
  /** What must be made or widened before these steps can be recorded; `prepared` once it is committed. */
  prepareStatements(steps: readonly RevisionStep[]): readonly string[]
  prepared(): void
  /** What the step met, where that is to be kept. */
  memoryOf(step: RevisionStep): string | undefined
  workOf(step: RevisionStep, statements: Work['statements'], all: Work['statements']): Work
  hookOf(step: RevisionStep): ((s: Session) => void | Promise<void>) | undefined
  emit(step: RevisionStep, phase: StepEvent['phase'], ms: number): void
}

interface JournalRow {
  readonly revision: string
  readonly pos: number
  readonly direction: string
  readonly state: string
  readonly checksum: string
  readonly pid: number | undefined
}

async function readJournal(run: Run): Promise<readonly JournalRow[]> {
  if (!run.seen.journal) return []
  const { connection, dialect } = run.options
  const rows = await ownRows(
    connection,
    dialect,
    `SELECT revision, pos, direction, state, checksum, backend_pid FROM ${run.session.book.journal} ORDER BY revision, pos`,
  )
  return rows.map((r) => ({
    revision: r[0] ?? '',
    pos: Number(r[1]),
    direction: r[2] ?? '',
    state: r[3] ?? '',
    checksum: r[4] ?? '',
    pid: r[5] === null ? undefined : Number(r[5]),
  }))
}

/** Refuses a plan that would pass over a revision that was begun and not finished. Throws RUN.UNFINISHED. */
export async function checkUnfinished(run: Run, steps: readonly RevisionStep[]): Promise<void> {
  const foreign = (rows: readonly JournalRow[]): JournalRow | undefined =>
    rows.find((row) => !steps.some((s) => s.revision === row.revision && s.direction === row.direction))
  if (foreign(await readJournal(run)) === undefined) return
  // It may be that somebody is at it this moment.
  const { connection, dialect, settings, signal } = run.options
  const place = { connection, dialect, key: run.session.key, waitMs: settings.lockWaitMs, signal }
  await pollLock(
    place,
    () => lockIsFree(place),
    () => run.emit(steps[0]!, 'waiting', 0),
  )
  const row = foreign(await readJournal(run))
  if (row === undefined) return
  throw new AmbixError(
    'RUN.UNFINISHED',
    `The ${row.direction} of revision ${row.revision} was begun and not finished`,
    {
      why: 'It cannot run in one transaction, and its first steps are done. It must be finished before anything else is run.',
      next: [{ text: 'Finish it', command: `ambix ${row.direction} ${row.revision}` }],
      data: { revision: row.revision, direction: row.direction },
    },
  )
}

/**
 * Takes the lock of a session before the revision is compiled, since that looks at the database; gives what gives it
 * back. Throws Locked, and StateChanged where another deployer was faster.
 */
export async function lockSession(run: Run): Promise<() => Promise<void>> {
  const { connection, dialect, settings } = run.options
  await takeLock(run, connection)
  const release = async (): Promise<void> => {
    const { unlock } = dialect.session
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

/** Runs the units one by one; those that the journal has as done are passed over. Throws as `runSteps` does. */
export async function runUnits(run: Run, step: RevisionStep, units: readonly Unit[]): Promise<void> {
  const { connection, openAnother, dialect } = run.options
  const { unlock } = dialect.session
  if (unlock !== undefined) {
    // The lock is the session's: it outlives the commits of the units, and goes with the connection.
    await takeLock(run, connection)
    try {
      await new LongStep(run, step, units, undefined, true).go()
    } finally {
      if (!connection.closed) await connection.script(unlock(run.session.key)).catch(() => {})
    }
    return
  }
  // The lock sits in an idle READ COMMITTED transaction on a connection of its own: it disturbs no concurrent build.
  const keeper = connection.singleSession === true || openAnother === undefined ? undefined : await openAnother()
  try {
    if (keeper !== undefined) await takeLock(run, keeper)
    await new LongStep(run, step, units, keeper).go()
  } finally {
    if (keeper !== undefined) {
      await keeper.script(run.options.dialect.session.rollback).catch(() => {})
      await keeper.close()
    }
  }
}

async function takeLock(run: Run, keeper: Connection): Promise<void> {
  const { dialect } = run.options
  const condition = dialect.session.tryLock(run.session.key)
  if (condition === undefined) return
  if (dialect.session.unlock === undefined) await keeper.script(dialect.session.begin)
  const rows = await keeper.values(`SELECT ${condition}`)
  if (!isTrue(rows[0]?.[0])) throw new Locked()
}

class LongStep {
  readonly #run: Run
  readonly #step: RevisionStep
  readonly #units: readonly Unit[]
  readonly #keeper: Connection | undefined
  /** The connection holds the lock already. */
  readonly #locked: boolean
  readonly #owner = globalThis.crypto.randomUUID()
  readonly #kept: string[] = []

  constructor(
    run: Run,
    step: RevisionStep,
    units: readonly Unit[],
    keeper: Connection | undefined,
    locked = keeper !== undefined,
  ) {
    this.#run = run
    this.#step = step
    this.#units = units
    this.#keeper = keeper
    this.#locked = locked
  }

  async go(): Promise<void> {
    const run = this.#run
    const journal = (await this.#prepare()).filter((r) => r.revision === this.#step.revision)
    const all = this.#units.flatMap((u) => u.statements)
    for (const [pos, unit] of this.#units.entries()) {
      const row = journal.find((r) => r.pos === pos)
      if (row?.state === 'done') {
        this.#checkSame(unit, row)
        this.#kept.push(`part ${pos + 1}`)
        continue
      }
      if (run.options.signal?.aborted === true) throw new AmbixError('RUN.INTERRUPTED', 'The run was interrupted')
      await this.#keeperLives()
      // Refusals are asked for the whole revision before its first unit; those that look at the revision's own rows, in place.
      const asks = (s: Statement): boolean =>
        s.refuseIf !== undefined && (followsData(s, all) ? unit.statements.includes(s) : pos === 0)
      const refusals = all.filter(asks)
      if (unit.kind === 'alone') await this.#alone(unit, pos, row, refusals)
      else await this.#transaction(unit, pos, refusals)
      this.#kept.push(`part ${pos + 1}`)
    }
  }

  /** Tables first; then the state, once the lock is ours. */
  async #prepare(): Promise<readonly JournalRow[]> {
    const run = this.#run
    const { dialect } = run.options
    const make = [
      ...run.prepareStatements([this.#step]),
      ...(run.seen.journal ? [] : [dialect.session.bookkeeping.createJournal(run.session.book.journal)]),
    ]
    const nothing: Work = { ...run.workOf(this.#step, [], []), records: false }
    if (make.length > 0) {
      await runTransaction(run.session, this.#opening(make), nothing)
      run.prepared()
      run.seen = { ...run.seen, journal: true }
    } else {
      const heads = await readHeads(run.options.connection, dialect, run.session.book)
      if (heads.join('\n') !== [...run.heads].sort().join('\n')) throw new StateChanged()
    }
    const journal = await readJournal(run)
    const memory = run.memoryOf(this.#step)
    const { revision, direction } = this.#step
    if (memory !== undefined && !journal.some((r) => r.revision === revision))
      await this.#write([run.session.book.memoryRow(revision, direction, memory)], [])
    return journal
  }

  #opening(prepare: readonly string[]): Opening {
    const { options, session, seen } = this.#run
    const guard = guardOf(options.dialect, session.book, seen)
    return { lock: !this.#locked, heads: this.#run.heads, prepare, guard }
  }

  #work(unit: Unit, pos: number): Work {
    const run = this.#run
    const last = pos === this.#units.length - 1
    const all = this.#units.flatMap((u) => u.statements)
    const { revision, direction } = this.#step
    const { book } = run.session
    const entry = { revision, pos, direction, checksum: unit.checksum, owner: this.#owner, state: 'done' as const }
    return {
      ...run.workOf(this.#step, unit.statements, all),
      records: last,
      journal: [last ? book.journalForget(revision) : book.journalRow(entry)],
      kept: this.#kept,
    }
  }

  async #transaction(unit: Unit, pos: number, refusals: Work['refusals']): Promise<void> {
    const run = this.#run
    const hook = pos === this.#units.length - 1 ? run.hookOf(this.#step) : undefined
    await runTransaction(run.session, this.#opening([]), { ...this.#work(unit, pos), refusals }, hook)
  }

  /** Journal, statement, journal; after a crash: wait out whoever still works on it, look, and decide. */
  async #alone(unit: Unit, pos: number, row: JournalRow | undefined, refusals: Work['refusals']): Promise<void> {
    const run = this.#run
    const { connection } = run.options
    const { book } = run.session
    const { revision, direction } = this.#step
    const statement = unit.statements[0]!
    if (row !== undefined) {
      await this.#waitOut(row)
      if ((await this.#look(unit)) === 'complete') return this.#write([book.journalDone(revision, pos)], [])
    } else {
      await this.#write(
        [book.journalRow({ revision, pos, direction, checksum: unit.checksum, owner: this.#owner, state: 'started' })],
        refusals,
      )
    }
    const setting = statement.allRows === true ? run.session.dialect.session.allRows : undefined
    try {
      if (setting !== undefined) await connection.script(setting.sessionOn)
      if (statement.params !== undefined && statement.params.length > 0)
        for (const params of statement.params) await connection.query(statement.sql, params)
      else await connection.script([statement.sql])
      if (setting !== undefined) await connection.script(setting.sessionOff)
    } catch (error) {
      if (setting !== undefined && !connection.closed) await connection.script(setting.sessionOff).catch(() => {})
      const said = setting === undefined ? undefined : connection.describeError(error)
      const hidden = said !== undefined && isHidden(run.session.dialect, said)
      const work = { ...this.#work(unit, pos) }
      const failure = hidden
        ? rowsHidden(said, statement, work)
        : statementFailed(connection, error, {
            step: this.#step,
            statement,
            all: this.#units.flatMap((u) => u.statements),
            sql: statement.sql,
            applied: run.applied,
            kept: this.#kept,
          })
      if (!connection.closed) {
        await this.#look(unit).catch(() => 'absent')
        await this.#write([book.journalForget(revision, pos)], []).catch(() => {})
      }
      throw failure
    }
    await this.#keeperLives()
    await this.#write([book.journalDone(revision, pos)], [])
  }

  async #write(journal: readonly string[], refusals: Work['refusals']): Promise<void> {
    const run = this.#run
    await runTransaction(run.session, this.#opening([]), {
      ...run.workOf(
        this.#step,
        [],
        this.#units.flatMap((u) => u.statements),
      ),
      refusals,
      records: false,
      journal,
    })
  }

  /** What the statement left: a part of it (an invalid index) is undone, so that it can run again. */
  async #look(unit: Unit): Promise<string> {
    const { connection } = this.#run.options
    const { probe } = unit.statements[0]!
    if (probe === undefined) return 'absent'
    const state = (await connection.values(probe.sql))[0]?.[0] ?? 'absent'
    if (state === 'partial' && probe.undo !== undefined) await connection.script([probe.undo])
    return state
  }

  /** A statement goes on working for a client that was killed: it is waited for, never raced. */
  async #waitOut(row: JournalRow): Promise<void> {
    const { connection, dialect, settings, signal } = this.#run.options
    const { isWorking } = dialect.session.bookkeeping
    const { pid } = row
    if (pid === undefined || isWorking === undefined) return
    const place: LockPlace = { connection, dialect, key: this.#run.session.key, waitMs: settings.lockWaitMs, signal }
    await pollLock(
      place,
      async () => (await ownRows(connection, dialect, isWorking(pid))).length === 0,
      () => this.#run.emit(this.#step, 'waiting', 0),
    )
  }

  #checkSame(unit: Unit, row: JournalRow): void {
    if (row.checksum === unit.checksum) return
    throw new AmbixError(
      'REVISION.EDITED',
      `Revision ${this.#step.revision} was edited after a part of it had been run`,
      {
        why: `Part ${row.pos + 1} of ${this.#units.length} is done in the database, and the file now says something else for it.`,
        next: ['Put that part of the file back as it was, finish the revision, and write the change in a new one'],
        data: { revision: this.#step.revision, part: row.pos + 1 },
      },
    )
  }

  /** The lock's connection may have been cut: then nobody knows who else is at work. */
  async #keeperLives(): Promise<void> {
    if (this.#keeper === undefined) return
    try {
      await this.#keeper.values('SELECT 1')
    } catch (error) {
      await rollback(this.#run.session)
      throw statementError(this.#keeper, error, 'The connection that held the lock was lost') as Error
    }
  }
}
