/** Runs a revision that takes several transactions or statements of their own, journaled so that a crash can be resumed. */
import type { Batches, Statement } from '../../dialects/dialect.ts'
import { isHidden } from '../../util/hidden-rows.ts'
import type { Connection, ServerError } from '../../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { excerpt, StateChanged, statementFailed } from '../failure.ts'
import { rowsHidden } from '../hidden-rows.ts'
import { guardOf, readHeads, statementError } from '../history.ts'
import { followsData } from '../plan.ts'
import type { Unit } from '../plan.ts'
import { storePlan } from '../stored-plan.ts'
import { rollback, runTransaction } from '../transaction/transaction.ts'
import type { Opening, Work } from '../transaction/parts.ts'
import type { RevisionStep } from '../types.ts'
import { enterBare } from './bare.ts'
import { runBatches } from './batches.ts'
import { type Run, type JournalRow, readJournal, waitOut } from './journal.ts'

/** Operations with the user's own statements: a dialect's own ones without a probe may be run again. */
const byPerson: ReadonlySet<string> = new Set(['execute', 'custom', 'run', 'bulkInsert', 'bulkDelete', 'backfill'])

export class LongStep {
  readonly #run: Run
  readonly #step: RevisionStep
  readonly #units: readonly Unit[]
  readonly #keeper: Connection | undefined
  /** The connection holds the lock already. */
  readonly #locked: boolean
  readonly #owner = globalThis.crypto.randomUUID()
  readonly #kept: string[] = []
  /** Whether the journal has exactly this plan; and whether it has another one, of a file that was edited since. */
  #planned = false
  /** Rows of parts in the journal, as far as this run knows. */
  #recorded = 0
  #replaces = false
  /** Batches of the backfill under way are done: its row is kept, with its position. */
  #someRows = false

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
    this.#recorded = run.journal.filter((r) => r.revision === step.revision && r.pos >= 0).length
    this.#locked = locked
  }

  async go(): Promise<void> {
    const run = this.#run
    const journal = (await this.#prepare()).filter((r) => r.revision === this.#step.revision)
    this.#recorded = journal.filter((r) => r.pos >= 0).length
    this.#planned = journal.some((r) => r.state === 'plan' && r.checksum === this.#fileChecksum)
    this.#replaces = !this.#planned && journal.some((r) => r.state === 'plan')
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
      // Refusals are checked for the whole revision before its first unit; those that read the revision's own rows, just before their unit.
      const asks = (s: Statement): boolean =>
        s.refuseIf !== undefined && (followsData(s, all) ? unit.statements.includes(s) : pos === 0)
      const refusals = all.filter(asks)
      if (unit.kind === 'alone' || (unit.own === true && row !== undefined)) await this.#alone(unit, pos, row, refusals)
      else if (unit.own === true) await this.#own(unit, pos, refusals)
      else await this.#transaction(unit, pos, refusals)
      this.#kept.push(`part ${pos + 1}`)
    }
  }

  /** Tables first; then the state, once the lock is held. */
  async #prepare(): Promise<readonly JournalRow[]> {
    const run = this.#run
    const { dialect } = run.options
    const make = [
      ...run.openings.make([this.#step]),
      ...(run.seen.journal ? [] : [dialect.session.bookkeeping.createJournal(run.session.book.journal)]),
    ]
    const nothing: Work = { ...run.workOf(this.#step, [], []), records: false }
    if (make.length > 0) {
      await runTransaction(run.session, this.#opening(make), nothing)
      run.openings.made()
      run.seen = { ...run.seen, journal: true }
    } else {
      const heads = await readHeads(run.options.connection, dialect, run.session.book, run.seen)
      if (heads.join('\n') !== [...run.heads].sort().join('\n')) throw new StateChanged()
    }
    const journal = await readJournal(run)
    const memory = run.memoryOf(this.#step)
    const { revision, direction } = this.#step
    if (memory !== undefined && !journal.some((r) => r.revision === revision))
      await this.#write([run.session.book.memoryRow(revision, direction, memory)], [])
    return journal
  }

  get #fileChecksum(): string {
    return this.#step.checksum ?? ''
  }

  /** With the first record: the parts. Without a plan that can be kept, they come from the file again. */
  #planRows(): readonly string[] {
    if (this.#planned) return []
    const { revision, direction } = this.#step
    const { book } = this.#run.session
    const plan = storePlan(this.#units)
    const row = {
      revision,
      pos: -2,
      direction,
      state: 'plan',
      checksum: this.#fileChecksum,
      owner: this.#owner,
      plan,
    } as const
    return [...(this.#replaces ? [book.journalForget(revision, -2)] : []), book.journalRow(row)]
  }

  #opening(prepare: readonly string[]): Opening {
    const { options, session, seen } = this.#run
    const guard = guardOf(options.dialect, session.book, seen)
    const begun = seen.journal ? session.book.begun(this.#recorded, true) : undefined
    const brief = seen.held === 'tables' ? { brief: true as const } : {}
    return { lock: !this.#locked, heads: this.#run.heads, prepare, guard, ...brief, begun }
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
      journal: last ? [book.journalForget(revision)] : [...this.#planRows(), book.journalRow(entry)],
      kept: this.#kept,
    }
  }

  async #transaction(unit: Unit, pos: number, refusals: Work['refusals']): Promise<void> {
    const run = this.#run
    const hook = pos === this.#units.length - 1 ? run.hookOf(this.#step) : undefined
    await runTransaction(run.session, this.#opening([]), { ...this.#work(unit, pos), refusals }, hook)
    this.#planned = true
    this.#recorded++
  }

  /** In a transaction with its journal row, so that it happens once; without one where the server does not allow it. */
  async #own(unit: Unit, pos: number, refusals: Work['refusals']): Promise<void> {
    try {
      await this.#transaction(unit, pos, refusals)
    } catch (error) {
      const server = isAmbixError(error, 'DATABASE.STATEMENT')
        ? (error.data?.['server'] as ServerError | undefined)
        : undefined
      if (server?.code !== '25001' && server?.code !== '2D000') throw error
      await this.#alone(unit, pos, undefined, refusals)
    }
  }

  /** Journal, statement, journal; after a crash: wait until no session still runs it, probe, and decide. */
  async #alone(unit: Unit, pos: number, row: JournalRow | undefined, refusals: Work['refusals']): Promise<void> {
    const run = this.#run
    const { connection } = run.options
    const { book } = run.session
    const { revision, direction } = this.#step
    const statement = unit.statements[0]!
    if (row !== undefined) {
      await this.#waitOut(row, statement)
      if (statement.batches !== undefined) this.#checkSame(unit, row)
      const known = statement.probe !== undefined || statement.repeatable === true || statement.batches !== undefined
      if (!known && byPerson.has(statement.source.kind)) throw this.#unknown(statement, pos, row)
      // Whoever comes after another death waits for this session, and not for the one that is gone.
      await this.#write([book.journalTaken(revision, pos, this.#owner)], [])
      const found = await this.#look(unit)
      if (found === 'complete') return this.#write([book.journalDone(revision, pos)], [])
      this.#someRows = statement.batches !== undefined
    } else {
      await this.#write(
        [
          ...this.#planRows(),
          book.journalRow({ revision, pos, direction, checksum: unit.checksum, owner: this.#owner, state: 'started' }),
        ],
        refusals,
      )
      this.#planned = true
      this.#recorded++
    }
    let leave = async (): Promise<void> => {}
    try {
      leave = await enterBare(run, this.#step, statement)
      if (statement.batches !== undefined) await this.#batches(statement.batches, pos, statement.allRows === true)
      else if (statement.params !== undefined && statement.params.length > 0)
        for (const params of statement.params) await connection.query(statement.sql, params)
      else await connection.script([statement.sql])
    } catch (error) {
      await leave().catch(() => {})
      if (error instanceof StateChanged) throw error
      const said = statement.allRows === true ? connection.describeError(error) : undefined
      const hidden = said !== undefined && isHidden(run.session.dialect, said)
      const work = { ...this.#work(unit, pos) }
      const failure = hidden
        ? rowsHidden(said, statement, work)
        : statementFailed(connection, error, {
            dialect: run.session.dialect,
            step: this.#step,
            statement,
            all: this.#units.flatMap((u) => u.statements),
            sql: statement.sql,
            applied: run.applied,
            kept: this.#kept,
          })
      if (!connection.closed) {
        await this.#look(unit).catch(() => 'absent')
        // If no part of the revision is done, there is nothing to resume.
        if (!this.#someRows)
          await this.#write([book.journalForget(revision, this.#kept.length === 0 ? undefined : pos)], []).catch(
            () => {},
          )
      }
      throw failure
    }
    await leave()
    await this.#keeperLives()
    await this.#write([book.journalDone(revision, pos)], [])
  }

  async #batches(batches: Batches, pos: number, allRows: boolean): Promise<void> {
    const { revision, direction } = this.#step
    await runBatches(
      this.#run,
      batches,
      { revision, direction, pos, allRows },
      async () => this.#keeperLives(),
      (progress) => {
        this.#someRows = true
        this.#run.emit(this.#step, 'progress', 0, { progress })
      },
    )
  }

  /** It was sent, and it is not known whether it took effect: to run it again without asking could do the work twice. */
  #unknown(statement: Statement, pos: number, row: JournalRow): AmbixError {
    const { revision, direction } = this.#step
    const part = `${revision}:${pos + 1}`
    return new AmbixError(
      'RUN.UNFINISHED',
      `Part ${pos + 1} of the ${direction} of revision ${revision} may or may not have been done`,
      {
        why: `It cannot run in a transaction, and the connection was lost after it had been sent at ${row.since}:\n  ${excerpt(statement.sql, undefined).replaceAll('\n', '\n  ')}\n${this.#kept.length === 0 ? 'Nothing of the revision was done before it.' : `Done before it: ${this.#kept.join(', ')}.`}`,
        next: [
          {
            text: 'Look whether the database has its effect. If it has, continue after it',
            command: `ambix resume --done ${part}`,
          },
          { text: 'If it has not, run it again and go on', command: `ambix resume --again ${part}` },
        ],
        data: { revision, direction, part: pos + 1, statement: statement.sql, since: row.since },
      },
    )
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

  /** A partial result of the statement (an invalid index) is undone, so that it can run again. */
  async #look(unit: Unit): Promise<string> {
    const { connection } = this.#run.options
    const { probe } = unit.statements[0]!
    if (probe === undefined) return 'absent'
    const state = (await connection.values(probe.sql))[0]?.[0] ?? 'absent'
    if (state === 'partial' && probe.undo !== undefined) await connection.script([probe.undo])
    return state
  }

  /** A statement of a killed client continues on the server: it is waited for, never raced. */
  async #waitOut({ pid }: JournalRow, { sql }: Statement): Promise<void> {
    const { options, session } = this.#run
    await waitOut(options, session.key, { pid, sql }, () => this.#run.emit(this.#step, 'waiting', 0))
  }

  #checkSame(unit: Unit, row: JournalRow): void {
    if (row.checksum === unit.checksum) return
    throw new AmbixError(
      'REVISION.EDITED',
      `Revision ${this.#step.revision} was edited after a part of it had been run`,
      {
        why: `Part ${row.pos + 1} of ${this.#units.length} is ${row.state === 'done' ? '' : 'half '}done in the database, and the file now says something else for it.`,
        next: [
          'Put that part of the file back as it was, finish the revision, and write the change in a new one',
          ...(row.state === 'done'
            ? []
            : [
                {
                  text: 'Or run that part from its beginning, as the file says it now',
                  command: `ambix resume --again ${row.revision}:${row.pos + 1}`,
                },
              ]),
        ],
        data: { revision: this.#step.revision, part: row.pos + 1 },
      },
    )
  }

  /** The lock's connection may have been lost: another deployer could then be running. */
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
