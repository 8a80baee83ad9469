/** Several revisions on their way to the server at once: each in its own transaction, or all in the one that is open. */
import type { Statement } from '../../dialects/dialect.ts'
import { Locked, StateChanged } from '../failure.ts'
import { headsAfter } from '../history.ts'
import { announce } from '../announce.ts'
import { planUnits } from '../plan.ts'
import type { RevisionStep } from '../types.ts'
import type { Opening, Part, Session, Work } from './parts.ts'
import { Unprepared } from './prepared.ts'
import { insideParts, wholeParts } from './parts.ts'
import { classify, rollback, settingOf } from './transaction.ts'

/** Revisions, and characters, that are on their way at once: few enough that little is read in vain when one of them fails. */
const most = 32
const longest = 200_000

/** A revision as it is sent. */
export interface Sent {
  readonly parts: readonly Part[]
  readonly work: Work
}

/** Where the steps of a run come from; they are planned again where another deployer was faster. */
export interface Source {
  readonly session: Session
  readonly steps: readonly RevisionStep[]
  /** Whether no revision was begun by an earlier run, and none locks the session. */
  plain(): boolean
  workOf(step: RevisionStep, statements: readonly Statement[], all: readonly Statement[]): Work
}

/** Puts revisions that can be sent together as they are sent. */
export type Build = (batch: readonly Work[]) => readonly Sent[]

/** What can be sent together, compiled and put into words while the server works on what was sent before. */
export class Ahead {
  readonly #source: Source
  readonly #hook: unknown
  #at = -1
  #turn = 0
  #sent: Promise<readonly Sent[]> = Promise.resolve([])

  /** `hook`: what is called in each transaction. */
  constructor(source: Source, hook: unknown) {
    this.#source = source
    this.#hook = hook
  }

  clear(): void {
    this.#at = -1
    this.#turn++
  }

  /**
   * The steps from `at` on that can be sent without waiting, two or more: they are compiled without the schema, run in one transaction, and
   * nothing is to be asked before they run. Once they are built, no other may be sent before them: they say what is prepared by then.
   */
  async from(at: number, build: Build): Promise<readonly Sent[]> {
    const { session } = this.#source
    if (!this.#source.plain() || !takesBatches(session, this.#hook)) return []
    if (this.#at !== at) {
      this.#at = at
      this.#sent = this.#build(at, build, ++this.#turn)
      // Thrown where they are to be sent.
      this.#sent.catch(() => {})
    }
    return this.#sent
  }

  async #build(at: number, build: Build, turn: number): Promise<readonly Sent[]> {
    const batch = await this.#read(at)
    return batch.length < 2 || turn !== this.#turn ? [] : build(batch)
  }

  async #read(at: number): Promise<readonly Work[]> {
    const { steps } = this.#source
    const batch: Work[] = []
    let length = 0
    for (const step of steps.slice(at, at + most)) {
      const statements = await step.ready?.().catch(() => undefined)
      if (statements === undefined || !goesTogether(statements)) break
      length += statements.reduce((sum, st) => sum + st.sql.length, 0)
      if (length > longest && batch.length > 0) break
      batch.push(this.#source.workOf(step, statements, statements))
    }
    return batch
  }
}

/** Each finds out by itself, by the state that it needs, that the one before failed; and nothing is to be called in between. */
const takesBatches = (s: Session, hook: unknown): boolean =>
  hook === undefined && s.connection.pipeline !== undefined && s.dialect.session.bookkeeping.raiseUnless !== undefined

/** One transaction, nothing to be asked before or after it, no setting of the session. */
export const goesTogether = (statements: readonly Statement[]): boolean =>
  planUnits(statements).length === 1 &&
  statements.every((st) => st.refuseIf === undefined && st.run === undefined && (st.params?.length ?? 0) === 0) &&
  settingOf(statements) === undefined

/** A revision of a batch that failed; those before it are done. */
export class BatchFailure extends Error {
  readonly at: number
  constructor(at: number, cause: unknown) {
    super('', { cause })
    this.at = at
  }
}

export interface Listener {
  start(step: RevisionStep): void
  done(step: RevisionStep, ms: number): void
}

/** Each in a transaction of its own, under its own lock and its own look at the state; `last`: no other batch follows. */
export function eachOf(
  s: Session,
  batch: readonly Work[],
  heads: readonly string[],
  openingOf: (step: RevisionStep) => Opening,
  last: boolean,
): readonly Sent[] {
  let before = heads
  const sent = batch.map((work) => {
    const parts = wholeParts(s, { ...openingOf(work.step), heads: before }, work)
    before = headsAfter(before, work.step)
    return { parts, work }
  })
  return last ? droppedWithLast(s, sent) : sent
}

/** Throws BatchFailure. */
export async function runEach(s: Session, batch: readonly Sent[], listener: Listener): Promise<void> {
  const begin = (at: number): ReturnType<typeof announce> => {
    const next = batch[at]
    return announce(() => next === undefined || listener.start(next.work.step))
  }
  let started = performance.now()
  let begun = begin(0)
  const done = (at: number): void => {
    begun.now()
    const now = performance.now()
    listener.done(batch[at]!.work.step, now - started)
    started = now
    begun = begin(at + 1)
  }
  try {
    await send(s, batch, done, false)
  } catch (error) {
    const { cause } = error as Error
    if (!(cause instanceof Locked || cause instanceof StateChanged || cause instanceof Unprepared)) begun.now()
    throw error
  } finally {
    begun.never()
  }
}

/** What was prepared goes within the last transaction: after its commit nothing may fail. */
function droppedWithLast(s: Session, sent: readonly Sent[]): readonly Sent[] {
  const { parts, work } = sent.at(-1)!
  const end = parts.filter((part) => part.role === 'commit')
  const drops = (s.prepared?.dropAll() ?? []).map((sql): Part => ({ sql, role: 'record', prepared: true }))
  return [...sent.slice(0, -1), { parts: [...parts.slice(0, parts.length - end.length), ...drops, ...end], work }]
}

/** All in the transaction that is open. */
export function insideOf(s: Session, batch: readonly Work[], last: boolean): readonly Sent[] {
  const sent = batch.map((work) => ({ parts: insideParts(s, work), work }))
  return last ? droppedWithLast(s, sent) : sent
}

/** Throws BatchFailure, and leaves the rollback to the caller. */
export async function runInside(s: Session, batch: readonly Sent[], listener: Listener): Promise<void> {
  let started = performance.now()
  listener.start(batch[0]!.work.step)
  const done = (at: number): void => {
    const now = performance.now()
    listener.done(batch[at]!.work.step, now - started)
    started = now
    if (at + 1 < batch.length) listener.start(batch[at + 1]!.work.step)
  }
  await send(s, batch, done, true)
}

/** `onDone` is called as each is done, in order. */
async function send(s: Session, batch: readonly Sent[], onDone: (at: number) => void, open: boolean): Promise<void> {
  let done = 0
  let thrown: { readonly error: unknown } | undefined
  const scripts = batch.map(({ parts }) => parts.map((p) => p.sql))
  try {
    await s.connection.pipeline!(scripts, (at) => {
      done = at + 1
      try {
        onDone(at)
      } catch (error) {
        thrown ??= { error }
      }
      // The cancellation may have come between two of them.
      if (batch[at]!.work.signal?.aborted === true) void s.connection.cancel?.().catch(() => {})
    })
  } catch (error) {
    if (!open) await rollback(s)
    const failed = batch[done]
    if (failed === undefined) throw error
    throw new BatchFailure(done, classify(s, error, failed.parts, failed.work))
  }
  if (thrown !== undefined) throw thrown.error
}
