/** Runs a plan: each revision once, even with several deployers at a time; what was committed stays when one fails. */
import { withRole } from '../util/hidden-rows.ts'
import { meanwhile } from './read-state.ts'
import { Bookkeeping, lockKey } from './bookkeeping.ts'
import { interrupted, Locked, StateChanged, withApplied } from './failure.ts'
import { announce, held } from './announce.ts'
import { Attempts, Blocked } from './limits/blocked.ts'
import { limitSession } from './limits/limit-session.ts'
import { Patience } from './limits/patience.ts'
import { guardOf, inspect, readState, recordFailure } from './history.ts'
import { LeftToOther, lockIsFree, pollLock } from './lock.ts'
import { Memories } from './long/memories.ts'
import { begunUnits, checkUnfinished, readJournal, type JournalRow } from './long/journal.ts'
import { leaseIsFree } from './long/lease.ts'
import { lockSession, runUnits } from './long/run-units.ts'
import { planUnits, type Unit } from './plan.ts'
import { Progress } from './progress.ts'
import {
  changeSetting,
  commit,
  openTransaction,
  rollback,
  runTransaction,
  workInside,
} from './transaction/transaction.ts'
import { cancelling } from './transaction/cancelling.ts'
import { Ahead, BatchFailure, eachOf, flowFrom, insideOf, runEach, runInside } from './transaction/batch.ts'
import type { Build } from './transaction/batch.ts'
import { Openings } from './transaction/openings.ts'
import type { Session, Work } from './transaction/parts.ts'
import { Prepared, Unprepared, worthPreparing } from './transaction/prepared.ts'
import type { AppliedStep, EventMore, Inspection, RevisionStep, RunOptions, RunResult, StepEvent } from './types.ts'

/**
 * Plans from the heads that the database has and runs the steps, under the lock and with the state re-read under it.
 * When another deployer was faster, plans again from the current heads; nothing left to do is a success.
 * Throws DATABASE.STATEMENT, DATABASE.LOCKED, DATABASE.CONNECT, DIFF.REFUSED, ENUM.IN_USE, VERSION.TABLE,
 * VERSION.ROW_COUNT, RUN.UNFINISHED, RUN.INTERRUPTED, and whatever `plan` and `statements` throw.
 */
export async function runSteps(options: RunOptions): Promise<RunResult> {
  const { connection, dialect, settings } = options
  const from = options.heads ?? (await readState(connection, dialect, settings)).heads
  const look = async (): Promise<Inspection> => options.seen ?? inspect(connection, dialect, settings)
  // Who knows the heads nearly always has steps: the server is asked while they are planned, which for a downgrade loads all files.
  const plan = async (): Promise<readonly RevisionStep[]> => options.plan(from)
  const [seen, steps] = options.heads === undefined ? [undefined, await plan()] : await meanwhile(look(), plan)
  if (steps.length === 0) return { applied: [], from, heads: from, replanned: false }
  const run = new Run(options, from, steps, seen ?? (await look()))
  const back = await limitSession(connection, dialect, settings)
  const cancel = cancelling(connection, options.signal)
  try {
    return await run.go()
  } finally {
    await cancel()
    await run.leave()
    await back()
  }
}

class Run {
  readonly options: RunOptions
  session: Session
  seen: Inspection
  journal: readonly JournalRow[] = []
  readonly #progress: Progress
  readonly #ahead: Ahead
  readonly #attempts: Attempts
  readonly #patience = new Patience()
  readonly #prepared = new Map<RevisionStep, Promise<void>>()
  readonly #memories = new Memories(this)
  readonly openings = new Openings(this)
  /** For revisions that are sent together. */
  #texts: Prepared | undefined

  constructor(options: RunOptions, heads: readonly string[], steps: readonly RevisionStep[], seen: Inspection) {
    this.options = options
    this.#attempts = new Attempts(options)
    this.#progress = new Progress(options, heads, steps)
    this.seen = seen
    this.session = this.#sessionIn(seen.schema)
    this.#ahead = new Ahead(this, options.onVersionApply)
    const { prepared } = options.dialect.session
    if (prepared !== undefined && steps.length >= worthPreparing)
      this.#texts = new Prepared(prepared, options.dialect.literal)
  }

  async leave(): Promise<void> {
    await this.#texts?.clean(this.options.connection)
  }

  get #together(): Session {
    return this.#texts === undefined ? this.session : { ...this.session, prepared: this.#texts }
  }

  get applied(): readonly AppliedStep[] {
    return this.#progress.applied
  }

  get heads(): readonly string[] {
    return this.#progress.heads
  }

  get steps(): readonly RevisionStep[] {
    return this.#progress.steps
  }

  get #at(): number {
    return this.#progress.at
  }

  #sessionIn(schema: string): Session {
    const { connection, dialect, settings, path } = this.options
    return {
      connection,
      path,
      dialect,
      book: new Bookkeeping(dialect, settings, schema),
      key: lockKey(schema, settings.versionTable),
      limits: settings,
    }
  }

  async go(): Promise<RunResult> {
    try {
      await this.#all()
    } catch (error) {
      if (!(error instanceof LeftToOther)) throw withApplied(error, this.applied)
      return { ...this.#progress.result, skipped: true }
    }
    return this.#progress.result
  }

  async #all(): Promise<void> {
    await checkUnfinished(this, this.steps)
    while (this.#at < this.steps.length) {
      this.#checkInterrupt()
      try {
        if (!this.options.settings.transactionPerMigration && !this.#locksSession) await this.#rest()
        else if (!(await this.#several())) await this.#one()
      } catch (error) {
        if (error instanceof Blocked) {
          this.journal = await readJournal(this)
          await this.#attempts.again(error, (holder) => this.emit(this.steps[this.#at]!, 'blocked', 0, held(holder)))
          continue
        }
        if (error instanceof Unprepared) {
          await this.leave()
          this.#texts = undefined
          continue
        }
        if (error instanceof Locked) await this.waitForLock()
        else if (!(error instanceof StateChanged)) throw error
        else this.#patience.check(error, this.heads, this.journal, this.applied, this.session.book)
        await this.#replan()
      }
    }
  }

  /** The lock outlives transactions, and is held around the units of each revision. */
  get #locksSession(): boolean {
    return this.options.dialect.session.unlock !== undefined || this.options.settings.leaseLock === true
  }

  /**
   * Whether each step is as its file has it now, and takes its own lock. A pooler may give answers that a killed client did not
   * wait for to somebody else: nothing is sent ahead through one.
   */
  plain = (): boolean => this.journal.length === 0 && !this.#locksSession && this.seen.pooled !== true

  /** One revision in its own transaction (or in several, where a statement asks for it). */
  async #one(): Promise<void> {
    const step = this.steps[this.#at]!
    const started = performance.now()
    const begun = announce(() => this.#attempts.repeated || this.emit(step, 'start', 0))
    let units: readonly Unit[] | undefined
    let release: (() => Promise<void>) | undefined
    try {
      if (this.#locksSession) release = await lockSession(this)
      units = await this.#unitsOf(step)
      const statements = units.flatMap((u) => u.statements)
      if (units.length > 1 || this.#locksSession) await runUnits(this, step, units)
      else {
        const opening = this.openings.of([step])
        await runTransaction(this.session, opening, this.workOf(step, statements, statements), this.hookOf(step), () =>
          this.#prepareNext(this.#at),
        )
        this.openings.made()
      }
    } catch (error) {
      if (error instanceof Locked || error instanceof StateChanged) begun.never()
      else begun.failed()
      throw await this.#failed(step, error, performance.now() - started, units !== undefined)
    } finally {
      await release?.()
    }
    begun.done(() => this.#done(step, performance.now() - started))
  }

  /** Several revisions without waiting in between, each in its own transaction; false where there are none to send so. */
  async #several(): Promise<boolean> {
    if (this.#attempts.repeated) return false
    if (this.openings.make(this.steps.slice(this.#at)).length > 0) return false
    const flow = await flowFrom(this.#ahead, this.#at, this.heads, this.#each)
    if (flow === undefined) return false
    let started = performance.now()
    const listener = {
      start: (step: RevisionStep) => this.emit(step, 'start', 0),
      done: (step: RevisionStep, ms: number) => {
        started = performance.now()
        this.#done(step, ms)
      },
    }
    await runEach(this.#together, flow, listener).catch(async (error: unknown) => {
      this.#forgetAhead()
      if (!(error instanceof BatchFailure)) throw error
      throw await this.#failed(error.step, error.cause, performance.now() - started, true)
    })
    if (this.#at === this.steps.length) this.#texts?.dropped()
    return true
  }

  /** Those from `at` on, where the ones before leave these heads. */
  #each = (at: number, heads: readonly string[]): Build => {
    const isLast = (batch: readonly Work[]): boolean => at + batch.length === this.steps.length
    return (batch) => eachOf(this.#together, batch, heads, (step) => this.openings.of([step]), isLast(batch))
  }

  #inside =
    (at: number): Build =>
    (batch) =>
      insideOf(this.#together, batch, at + batch.length === this.steps.length)

  /** Everything that is left in one transaction, up to a statement that cannot be in one. */
  async #rest(): Promise<void> {
    const pending: { step: RevisionStep; ms: number }[] = []
    const first = this.#at
    let step = this.steps[first]!
    let started = performance.now()
    let open = true
    const restore = await changeSetting(this.session, this.options.dialect.session.aroundAll)
    try {
      for (let i = first; i < this.steps.length; i++) {
        step = this.steps[i]!
        started = performance.now()
        this.#checkInterrupt()
        const flow = await flowFrom(this.#ahead, i, this.heads, this.#inside)
        if (flow !== undefined) {
          if (pending.length === 0)
            await openTransaction(this.session, this.openings.of(this.steps.slice(first)), flow.sent[0]!.work)
          const listener = {
            start: (next: RevisionStep) => this.emit((step = next), 'start', 0),
            done: (done: RevisionStep, ms: number) => {
              started = performance.now()
              pending.push({ step: done, ms })
            },
          }
          await runInside(this.#together, flow, listener).catch((error: unknown) => {
            if (!(error instanceof BatchFailure)) throw error
            step = error.step
            throw error.cause
          })
          i = first + pending.length - 1
          if (i === this.steps.length - 1) this.#texts?.dropped()
          continue
        }
        const units = await this.#unitsOf(step)
        if (units.length > 1 || this.#locksSession) {
          if (pending.length === 0) {
            this.emit(step, 'start', 0)
            await runUnits(this, step, units)
            pending.push({ step, ms: performance.now() - started })
            open = false
          }
          break
        }
        const statements = units.flatMap((u) => u.statements)
        const work = this.workOf(step, statements, statements)
        if (pending.length === 0) await openTransaction(this.session, this.openings.of(this.steps.slice(first)), work)
        this.emit(step, 'start', 0)
        const working = workInside(this.session, work, this.hookOf(step))
        this.#prepareNext(i)
        await working
        pending.push({ step, ms: performance.now() - started })
      }
      if (open && pending.length > 0) {
        await commit(this.session, this.workOf(step, [], []))
        this.openings.made()
      }
    } catch (error) {
      await rollback(this.session)
      this.#forgetAhead()
      throw await this.#failed(step, error, performance.now() - started, true)
    } finally {
      await restore()
    }
    this.#attempts.done()
    this.#progress.settle(pending)
  }

  #forgetAhead(): void {
    this.#ahead.clear()
    this.#texts?.forget()
  }

  async #unitsOf(step: RevisionStep): Promise<readonly Unit[]> {
    await this.#prepared.get(step)
    this.#prepared.delete(step)
    const begun = await begunUnits(this, step)
    if (begun !== undefined) {
      await step.resumes?.(begun.flatMap((unit) => unit.statements))
      return begun
    }
    return planUnits(
      step.statements === undefined ? [] : await step.statements(this.options.connection, this.#memories.of(step)),
    )
  }

  memoryOf = (step: RevisionStep): string | undefined => this.#memories.kept(step)

  /** Called when the statements of the step at `at` are on their way. */
  #prepareNext(at: number): void {
    const next = this.steps[at + 1]
    if (next?.prepare === undefined) return
    const ready = (async () => next.prepare!())()
    // Awaited, and its error thrown, when the step runs.
    ready.catch(() => {})
    this.#prepared.set(next, ready)
  }

  workOf(step: RevisionStep, statements: Work['statements'], all: Work['statements']): Work {
    return {
      step,
      statements,
      all,
      refusals: statements.filter((s) => s.refuseIf !== undefined),
      records: true,
      journal: [],
      guard: guardOf(this.options.dialect, this.session.book, this.seen),
      applied: this.applied,
      ...(this.options.settings.transactionPerMigration ? {} : { shared: true }),
      ...(this.options.signal === undefined ? {} : { signal: this.options.signal }),
    }
  }

  hookOf(step: RevisionStep): ((s: Session) => void | Promise<void>) | undefined {
    const { onVersionApply } = this.options
    return onVersionApply === undefined ? undefined : (s) => onVersionApply(step, s.connection)
  }

  #done(step: RevisionStep, ms: number): void {
    this.#attempts.done()
    this.#progress.done(step, ms)
  }

  async #failed(step: RevisionStep, error: unknown, ms: number, began: boolean): Promise<unknown> {
    if (error instanceof Locked || error instanceof StateChanged || error instanceof Unprepared) return error
    const failure = await this.#attempts.failed(error)
    if (failure instanceof Blocked) return failure
    this.#progress.failed(step, ms)
    const { connection, dialect, signal } = this.options
    const told =
      signal?.aborted === true
        ? interrupted(this.applied, step)
        : await withRole(connection, this.session.dialect, failure)
    if (began) await recordFailure(connection, dialect, this.session.book, this.seen, step, error, ms)
    return told
  }

  #checkInterrupt(): void {
    if (this.options.signal?.aborted === true) throw interrupted(this.applied, undefined)
  }

  async waitForLock(): Promise<void> {
    const { connection, dialect, settings, signal } = this.options
    const { lockWaitMs: waitMs, ifLocked } = settings
    const place = { connection, dialect, key: this.session.key, waitMs, signal, ifLocked }
    await pollLock(
      place,
      () =>
        settings.leaseLock === true ? leaseIsFree({ ...place, settings, schema: this.seen.schema }) : lockIsFree(place),
      (holder) => this.emit(this.steps[this.#at]!, 'waiting', 0, held(holder)),
    )
    this.#checkInterrupt()
  }

  async #replan(): Promise<void> {
    const { connection, dialect, settings } = this.options
    this.seen = await inspect(connection, dialect, settings)
    this.session = this.#sessionIn(this.seen.schema)
    const heads = this.seen.version ? (await readState(connection, dialect, settings)).heads : []
    this.#progress.replan(heads, await this.options.plan(heads))
    this.#prepared.clear()
    this.#forgetAhead()
    if (this.steps.length > 0) await checkUnfinished(this, this.steps)
  }

  emit(step: RevisionStep, phase: StepEvent['phase'], ms: number, more?: EventMore): void {
    this.#progress.emit(step, phase, ms, more)
  }
}
