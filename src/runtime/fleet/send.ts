/** The revisions of several targets on their way to one server at once: each in its own transaction, under its own lock and its own look at the state. */
import type { SessionDialect, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { isAmbixError } from '../../errors.ts'
import { withRole } from '../../util/hidden-rows.ts'
import { Bookkeeping, lockKey } from '../bookkeeping.ts'
import { interrupted, Locked, StateChanged, withApplied } from '../failure.ts'
import { guardOf, headsAfter, recordFailure } from '../history.ts'
import { isNotHad } from '../limits/blocked.ts'
import { cancelling } from '../transaction/cancelling.ts'
import { Openings } from '../transaction/openings.ts'
import { wholeParts } from '../transaction/parts.ts'
import type { Part, Session, Work } from '../transaction/parts.ts'
import { classify, rollback } from '../transaction/transaction.ts'
import type { AppliedStep, Inspection, RevisionStep, RuntimeSettings } from '../types.ts'

/** A step with the statements that it has on every target. */
export interface SharedStep {
  readonly step: RevisionStep
  readonly statements: readonly Statement[]
}

export interface TargetWork {
  readonly settings: RuntimeSettings
  readonly path: readonly string[] | undefined
  readonly heads: readonly string[]
  readonly seen: Inspection
  /** Of the history, where nobody has looked at it yet. */
  readonly digest?: string
  readonly steps: readonly SharedStep[]
}

/** `again`: by itself, after a new look; some of its steps may be done. */
export type TargetEnd =
  | { readonly kind: 'done'; readonly applied: readonly AppliedStep[]; readonly heads: readonly string[] }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'again'; readonly applied: readonly AppliedStep[] }

interface Message {
  /** Of its target. */
  readonly at: number
  readonly session: Session
  readonly parts: readonly Part[]
  readonly work: Work
  readonly last: boolean
}

/** Whether targets can be sent without waiting in between. A pooler may give answers that a killed client did not wait for to somebody else. */
export const goesAhead = (
  connection: Connection,
  { session }: SessionDialect,
  settings: RuntimeSettings,
  seen: Inspection,
): boolean =>
  connection.pipeline !== undefined &&
  session.bookkeeping.raiseUnless !== undefined &&
  session.unlock === undefined &&
  session.limits?.session === undefined &&
  settings.leaseLock !== true &&
  settings.transactionPerMigration &&
  !seen.journal &&
  seen.pooled !== true

/** In the transaction that another one's failure left open nothing runs. */
const aborted = '25P02'

/**
 * Tells the end of each target once it is known, and gives the targets that met an open transaction of one that failed before them: nothing
 * of them was run.
 */
export async function sendTargets(
  connection: Connection,
  dialect: SessionDialect,
  targets: readonly TargetWork[],
  signal: AbortSignal | undefined,
  onEnd: (at: number, end: TargetEnd) => void,
): Promise<readonly number[]> {
  const applied = targets.map((): AppliedStep[] => [])
  const messages = targets.flatMap((target, at) => messagesOf(connection, dialect, target, at, applied[at]!, signal))
  const failures = new Map<number, { readonly message: Message; readonly error: unknown; readonly ms: number }>()
  let since = performance.now()
  let answered = 0
  const done = (i: number): void => {
    answered = i + 1
    const { at, work, last } = messages[i]!
    const now = performance.now()
    const { revision, direction, message } = work.step
    applied[at]!.push({ revision, direction, message, ms: now - since })
    since = now
    if (last) onEnd(at, { kind: 'done', applied: applied[at]!, heads: headsOf(targets[at]!) })
    // The cancellation may have come between two of them.
    if (signal?.aborted === true) void connection.cancel?.().catch(() => {})
  }
  const failed = (i: number, error: unknown): void => {
    answered = i + 1
    const message = messages[i]!
    if (!failures.has(message.at)) failures.set(message.at, { message, error, ms: performance.now() - since })
  }
  const cancel = cancelling(connection, signal)
  try {
    const scripts = messages.map(({ parts }) => parts.map((p) => p.sql))
    await connection.pipeline!(scripts, done, failed)
  } catch (error) {
    if (!connection.closed) throw error
    // The first one without an answer is told of it; what came after it may be done or not.
    for (const [i, { at }] of messages.entries())
      if (i === answered) failed(i, error)
      else if (i > answered && !failures.has(at)) onEnd(at, { kind: 'again', applied: applied[at]! })
  } finally {
    await cancel()
  }
  const unsent: number[] = []
  if (failures.size > 0) await rollback(messages[0]!.session)
  for (const [at, { message, error, ms }] of failures) {
    const said = connection.describeError(error)
    if (said?.code === aborted && said.statement === 0) unsent.push(at)
    else onEnd(at, await endOf(message, error, applied[at]!, targets[at]!.seen, ms))
  }
  return unsent
}

function messagesOf(
  connection: Connection,
  dialect: SessionDialect,
  { settings, path, heads, seen, digest, steps }: TargetWork,
  at: number,
  applied: readonly AppliedStep[],
  signal: AbortSignal | undefined,
): readonly Message[] {
  const session: Session = {
    connection,
    dialect,
    book: new Bookkeeping(dialect, settings, seen.schema),
    key: lockKey(seen.schema, settings.versionTable),
    limits: settings,
    ...(path === undefined ? {} : { path }),
  }
  const run = { options: { dialect }, session, heads, seen }
  const openings = new Openings(run)
  return steps.map(({ step, statements }, i) => {
    const work: Work = {
      step,
      statements,
      all: statements,
      refusals: [],
      records: true,
      journal: [],
      guard: guardOf(dialect, session.book, run.seen),
      applied,
      ...(signal === undefined ? {} : { signal }),
    }
    const opening = openings.of([step])
    // Those after the first find by their heads that it was not run.
    const ran = digest === undefined || i > 0 ? undefined : dialect.session.fleet?.ran(session.book.history, digest)
    const parts = wholeParts(session, ran === undefined ? opening : { ...opening, ran }, work)
    openings.made()
    run.heads = headsAfter(run.heads, step)
    return { at, session, parts, work, last: i === steps.length - 1 }
  })
}

const headsOf = ({ heads, steps }: TargetWork): readonly string[] =>
  steps.reduce((before, { step }) => headsAfter(before, step), heads)

/** What a single run makes of such an error; what it would try again is left to one. */
async function endOf(
  { session, parts, work }: Message,
  error: unknown,
  applied: readonly AppliedStep[],
  seen: Inspection,
  ms: number,
): Promise<TargetEnd> {
  const { connection, dialect, book } = session
  let cause: unknown
  try {
    cause = classify(session, error, parts, work)
  } catch (thrown) {
    return { kind: 'failed', error: thrown }
  }
  const interruption = work.signal?.aborted === true
  if (cause instanceof Locked || cause instanceof StateChanged || !isAmbixError(cause))
    return { kind: 'again', applied }
  if (isNotHad(dialect, cause) && !interruption) return { kind: 'again', applied }
  await recordFailure(connection, dialect, book, seen, work.step, cause, ms)
  const told = interruption ? interrupted(applied, work.step) : await withRole(connection, dialect, cause)
  return { kind: 'failed', error: withApplied(told, applied) }
}
