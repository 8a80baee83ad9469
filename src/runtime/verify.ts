/** Proves a plan by running it: up, compare, down, compare with the start, up again; in a scratch database. */
import type { Dialect, Scope } from '../dialects/dialect.ts'
import { asThere } from '../diff/compare/texts.ts'
import { diff as defaultDiff } from '../diff/diff.ts'
import { isTurnedBack } from '../diff/plan/alter-objects.ts'
import type { Difference } from '../diff/model/types.ts'
import type { Connection, Scratch, ServerError } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import type { Operation } from '../operations/kinds.ts'
import { needsSchemaBefore } from '../operations/needs-before.ts'
import type { Schema } from '../schema/model.ts'
import { isSessionEnd } from '../util/ended-session.ts'
import { messageOf } from '../util/redact.ts'
import { runStatements, StatementFailure } from '../util/run-statements.ts'
import { affectedPart } from './affected.ts'

export interface VerifyRequest {
  readonly dialect: Dialect
  /** As reflected from the target. */
  readonly start: Schema
  readonly wished: Schema
  readonly upgrade: readonly Operation[]
  readonly downgrade: readonly Operation[]
  readonly scratch: Scratch
  /** Of the target; the scratch database knows its own. */
  readonly serverVersion?: number
  readonly scope?: Scope
  /** Compares two schemas without hints and rows: the result of autogenerate. */
  readonly diff?: (current: Schema, wished: Schema) => Difference
}

export interface Refused {
  readonly said: ServerError
  readonly message: string
  readonly sql: string
  readonly op: Operation
}

export type Stage = 'start' | 'upgrade' | 'downgrade' | 'upgrade again'

export interface VerifyResult {
  /** As text, each with its stage; empty when the plan is correct. */
  readonly problems: readonly string[]
  /** The remaining operations at the stage that failed. */
  readonly remaining: readonly Operation[]
  readonly stage?: Stage
  /** The first upgrade was refused by the server itself: the schema is at fault. */
  readonly refused?: Refused
  /** Why nothing could be verified: the current schema cannot be built in the scratch database. */
  readonly skipped?: string
}

/** Schemas of up to this number of objects are rebuilt completely; of larger ones only the part that the plan touches. */
const whole = 120

/** Never throws for a plan that fails: it returns a problem. Throws DATABASE.CONNECT, or the server's own error, where the session ends. */
export async function verifyPlan(request: VerifyRequest): Promise<VerifyResult> {
  const { start, wished, upgrade, downgrade } = request
  if (start.objects.size > whole) {
    const part = affectedPart(start, wished, [...upgrade, ...downgrade])
    if (part.start.objects.size < start.objects.size * 0.8) {
      const result = await tryOut({ ...request, ...part })
      if (result.problems.length === 0 && result.skipped === undefined) return result
      // The part may have been cut too small: only the whole schema decides.
      await request.scratch.reset()
    }
  }
  return tryOut(request)
}

class Failed extends Error {
  readonly stage: Stage
  readonly remaining: readonly Operation[]
  readonly refused: Refused | undefined
  constructor(stage: Stage, message: string, remaining: readonly Operation[] = [], refused?: Refused) {
    super(message)
    this.refused = refused
    this.stage = stage
    this.remaining = remaining
  }
}

async function tryOut(request: VerifyRequest): Promise<VerifyResult> {
  const result = await tryOnce(request, false)
  // A server may print a view differently once it is created from its own printed text (issue 9, B4).
  if (!result.differs || !request.scratch.sameServer) return result
  await request.scratch.reset()
  return tryOnce(request, true)
}

/** `printed`: the target schema is built too, and a text that comes out as it does there is the same text. */
async function tryOnce(
  request: VerifyRequest,
  printed: boolean,
): Promise<VerifyResult & { readonly differs?: boolean }> {
  const { dialect, scratch, wished, upgrade, downgrade } = request
  const difference =
    request.diff ??
    ((a: Schema, b: Schema) =>
      defaultDiff(a, b, { hints: [], ...(dialect.facts.constraintNames === false ? { compareNames: 'indexes' } : {}) }))
  const compare = (a: Schema, b: Schema): Difference => difference(a, dialect.align?.(a, b, { models: true }) ?? b)
  const scope: Scope = request.scope ?? { schemas: 'all', privileges: true }
  let db = scratch.connection
  const like = (found: Schema, other: Schema): Schema => dialect.adopt?.(found, other) ?? found
  const reflect = async (other?: Schema): Promise<Schema> => {
    const found = await dialect.reflect(db, scope)
    return other === undefined ? found : like(found, other)
  }
  const emptied = async (): Promise<Schema> => {
    const found = await reflect()
    if (found.objects.size === 0) return found
    db = await scratch.reset()
    return reflect()
  }
  try {
    let start: Schema
    let goal = wished
    let twins: Schema | undefined
    try {
      let empty = await emptied()
      if (printed || !scratch.sameServer) {
        // Another server prints in its own form: the target schema is printed by it too.
        await run(db, dialect, compare(empty, wished).upgrade, empty, scratch.serverVersion, 'start')
        const built = await reflect(wished)
        if (printed) twins = built
        else goal = built
        empty = await emptied()
      }
      const making = compare(empty, request.start).upgrade
      await run(db, dialect, making, empty, scratch.serverVersion, 'start')
      // Where nothing was created, the schema is as it was read.
      start = making.length === 0 ? like(empty, request.start) : await reflect(request.start)
    } catch (error) {
      if (isSessionEnd(db, error)) throw error
      return {
        problems: [],
        remaining: [],
        stage: 'start',
        skipped: `the present schema cannot be built there: ${messageOf(error)}`,
      }
    }
    await run(db, dialect, upgrade, itself(dialect, upgrade, start), scratch.serverVersion, 'upgrade')
    const reached = (found: Schema): Schema => (twins === undefined ? found : asThere(found, twins, goal))
    const after = await reflect(goal)
    expectNothing(
      'upgrade',
      'After the upgrade the database differs from the target schema',
      compare(reached(after), goal),
    )
    await run(db, dialect, downgrade, itself(dialect, downgrade, after), scratch.serverVersion, 'downgrade')
    const back = await reflect(start)
    expectNothing(
      'downgrade',
      'After the downgrade the database differs from the start',
      withoutTurningBack(compare(back, start)),
    )
    await run(db, dialect, upgrade, itself(dialect, upgrade, back), scratch.serverVersion, 'upgrade again')
    expectNothing(
      'upgrade again',
      'After the second upgrade the database differs from the target schema',
      compare(reached(await reflect(goal)), goal),
    )
    return { problems: [], remaining: [] }
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    return {
      problems: [error.message],
      remaining: error.remaining,
      stage: error.stage,
      ...(error.remaining.length > 0 ? { differs: true } : {}),
      ...(error.stage === 'upgrade' && error.refused !== undefined ? { refused: error.refused } : {}),
    }
  }
}

/** A file that needs no schema before is compiled without it, live and offline: so it is here. */
function itself(dialect: Dialect, ops: readonly Operation[], before: Schema): Schema | undefined {
  return (dialect.needsBefore?.(ops) ?? ops.some(needsSchemaBefore)) ? before : undefined
}

/** PostgreSQL cannot go back to an older version of an extension that columns use: the plan has reported that, and left it. */
function withoutTurningBack(difference: Difference): Difference {
  const left = difference.upgrade.filter(
    (op) => op.kind !== 'alterExtension' || op.before === undefined || !isTurnedBack(op.before, op.extension),
  )
  return { ...difference, upgrade: left }
}

function expectNothing(stage: Stage, message: string, difference: Difference): void {
  const left = [
    ...difference.upgrade.map((op) => `op.${op.kind} ${brief(op)}`),
    ...difference.decisions.map((d) => d.question),
  ]
  if (left.length > 0)
    throw new Failed(
      stage,
      `${message}:\n${left
        .slice(0, 10)
        .map((l) => `  ${l}`)
        .join('\n')}${left.length > 10 ? `\n  and ${left.length - 10} more` : ''}`,
      difference.upgrade,
    )
}

/**
 * Whether the server's refusal is about what is declared (SQLSTATE). What speaks of order, that something is there already,
 * is not there yet or is still needed, may be the plan's own fault.
 */
function isOfSchema(code: string): boolean {
  return /^(?:22|23|42)/.test(code) && !/^(?:42P01|42P06|42P07|42710|42704|42723|42701)$/.test(code)
}

function brief(op: Operation): string {
  const text =
    JSON.stringify(op, (key, value: unknown) => (key === 'kind' && value === op.kind ? undefined : value)) ?? ''
  return text.length <= 300 ? text : `${text.slice(0, 300)} …`
}

async function run(
  db: Connection,
  dialect: Dialect,
  ops: readonly Operation[],
  before: Schema | undefined,
  serverVersion: number,
  stage: Stage,
): Promise<void> {
  let statements
  try {
    statements = dialect.compile(ops, before, { offline: false, serverVersion })
  } catch (error) {
    throw error instanceof AmbixError
      ? new Failed(
          stage,
          `The ${stage} cannot be compiled: ${error.message}${error.why === undefined ? '' : ` (${error.why})`}`,
        )
      : error
  }
  try {
    await runStatements(db, dialect.session, statements)
  } catch (error) {
    if (!(error instanceof StatementFailure)) throw error
    const said = db.describeError(error.cause)
    const source = statements.find((s) => s === error.statement)?.source
    throw new Failed(
      stage,
      `The ${stage} fails: ${said?.message ?? error.message}${said?.detail === undefined ? '' : ` (${said.detail})`}\n  ${error.statement.sql.split('\n').join('\n  ')}`,
      [],
      said !== undefined && source !== undefined && isOfSchema(said.code ?? '')
        ? { said, message: error.message, sql: error.statement.sql, op: source }
        : undefined,
    )
  }
}
