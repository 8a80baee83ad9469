/** Several revisions on their way to the server at once: each in its own transaction, or all in the one that is open. */
import { append } from '../../util/append.ts'
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

/** Revisions that are on their way at once: few enough that little is read in vain when one of them fails. */
const most = 32
/** Revisions, and characters, that are sent at once: the server begins with them while the next ones are put into words. */
const few = 8
const longest = 50_000

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

/** What can be sent together, compiled and put into words. */
export class Ahead {
  readonly #source: Source
  readonly #hook: unknown
  #turn = 0

  /** `hook`: what is called in each transaction. */
  constructor(source: Source, hook: unknown) {
    this.#source = source
    this.#hook = hook
  }

  /** What is being read is not put into words any more. */
  clear(): void {
    this.#turn++
  }

  /**
   * The steps from `at` on that can be sent without waiting, `least` or more: they are compiled without the schema, run in one transaction, and
   * nothing is to be asked before they run. Once they are built, no other may be sent before them: they say what is prepared by then.
   */
  async from(at: number, build: Build, least: number): Promise<readonly Sent[]> {
    if (!this.#source.plain() || !takesBatches(this.#source.session, this.#hook)) return []
    const turn = this.#turn
    const batch = await this.#read(at)
    return batch.length < least || turn !== this.#turn ? [] : build(batch)
  }

  async #read(at: number): Promise<readonly Work[]> {
    const { steps } = this.#source
    const batch: Work[] = []
    let length = 0
    for (const step of steps.slice(at, at + few)) {
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

/** The revision that failed; those before it are done. */
export class BatchFailure extends Error {
  readonly step: RevisionStep
  constructor(step: RevisionStep, cause: unknown) {
    super('', { cause })
    this.step = step
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

/** Revisions on their way, oldest first, and those that follow them as they are made: none at the end. */
export interface Flow {
  readonly sent: Sent[]
  next(): Promise<readonly Sent[]>
}

/** The steps from `at` on that can be sent without waiting, from these heads; undefined where the first two cannot. */
export async function flowFrom(
  ahead: Ahead,
  at: number,
  heads: readonly string[],
  build: (at: number, heads: readonly string[]) => Build,
): Promise<Flow | undefined> {
  let end = at
  let before = heads
  const next = async (least = 1): Promise<readonly Sent[]> => {
    const batch = await ahead.from(end, build(end, before), least)
    before = batch.reduce((now, { work }) => headsAfter(now, work.step), before)
    end += batch.length
    return batch
  }
  const first = await next(2)
  return first.length === 0 ? undefined : { sent: [...first], next }
}

/** Throws BatchFailure. */
export async function runEach(s: Session, flow: Flow, listener: Listener): Promise<void> {
  const { start, done } = inTurn(flow, listener)
  let begun = announce(start)
  try {
    await send(s, flow, false, () => {
      begun.done(() => {
        done()
        begun = announce(start)
      })
    })
  } catch (error) {
    const { cause } = error as Error
    if (!(cause instanceof Locked || cause instanceof StateChanged || cause instanceof Unprepared)) begun.failed()
    throw error
  } finally {
    begun.never()
  }
}

/** Tells of the oldest one that it begins, once and when it is there, and that it is done. */
function inTurn({ sent }: Flow, listener: Listener): Record<'start' | 'done', () => void> {
  let started = performance.now()
  let told: Sent | undefined
  const start = (): void => {
    if (sent[0] === undefined || sent[0] === told) return
    told = sent[0]
    listener.start(told.work.step)
  }
  const done = (): void => {
    try {
      start()
    } finally {
      // Also where the listener throws: it is done, and the next one is the oldest.
      const now = performance.now()
      const { step } = sent.shift()!.work
      listener.done(step, now - started)
      started = now
    }
  }
  return { start, done }
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
export async function runInside(s: Session, flow: Flow, listener: Listener): Promise<void> {
  const { start, done } = inTurn(flow, listener)
  start()
  await send(s, flow, true, () => {
    done()
    start()
  })
}

const textsOf = ({ parts }: Sent): readonly string[] => parts.map((p) => p.sql)

/** `onDone` is called when the oldest one is done, and takes it away. */
async function send(s: Session, { sent, next }: Flow, open: boolean, onDone: () => void): Promise<void> {
  const { signal } = sent[0]!.work
  let room: (() => void) | undefined
  let thrown: { readonly error: unknown } | undefined
  const more = async (): Promise<readonly (readonly string[])[]> => {
    // They are made while the server works. An error is thrown where they are made again, to be the first.
    const made = await next().catch(() => [])
    while (sent.length + made.length > most) await new Promise<void>((resolve) => (room = resolve))
    if (thrown !== undefined || signal?.aborted === true) return []
    append(sent, made)
    return made.map(textsOf)
  }
  const done = (): void => {
    try {
      onDone()
    } catch (error) {
      thrown ??= { error }
    }
    room?.()
    // The cancellation may have come between two of them.
    if (signal?.aborted === true) void s.connection.cancel?.().catch(() => {})
  }
  try {
    await s.connection.pipeline!(sent.map(textsOf), done, undefined, more)
  } catch (error) {
    if (!open) await rollback(s)
    const failed = sent[0]
    if (failed === undefined) throw error
    const behind = open ? [] : sent.slice(1).map(({ work }) => work.step.revision)
    throw new BatchFailure(failed.work.step, classify(s, error, failed.parts, { ...failed.work, behind }))
  }
  if (thrown !== undefined) throw thrown.error
}
