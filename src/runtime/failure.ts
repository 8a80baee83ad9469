/** How a failed run is reported: which revision, which operation, which statement, and the server's message. */
import type { SessionDialect, Statement } from '../dialects/dialect.ts'
import type { Connection, ServerError } from '../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { endsSession } from '../util/ended-session.ts'
import type { NextAction } from '../errors.ts'
import { columnText, refText } from '../schema/keys.ts'
import { redact, thrownText } from '../util/redact.ts'
import { type Place, placeInStack, placeOf, placeText } from '../util/written-at.ts'
import type { Bookkeeping } from './bookkeeping.ts'
import { placeOfQuery, sqlOfQuery } from './run-function.ts'
import type { AppliedStep, RevisionStep } from './types.ts'

/** Signals inside the runtime; none of them reaches a user unchanged. */
/** Before the reason in what a guard of a revision raises. */
export const refusalMark = 'ambix refuses: '

export class Locked extends Error {}
/** With a message: the server's error when a table was to be created that another deployer seemed to have created meanwhile. */
export class StateChanged extends Error {}

/** The line of `sql` that a position (1-based, in characters) points into, with a mark under it. */
export function excerpt(sql: string, position: number | undefined): string {
  const lines = sql.split('\n')
  if (position !== undefined) {
    let left = position - 1
    for (const [i, line] of lines.entries()) {
      const length = [...line].length
      if (left <= length) {
        const from = Math.max(0, left - 60)
        const shown = [...line].slice(from, from + 120).join('')
        return `${lines.length > 1 ? `line ${i + 1}: ` : ''}${shown}\n${' '.repeat((lines.length > 1 ? `line ${i + 1}: `.length : 0) + left - from)}^`
      }
      left -= length + 1
    }
  }
  const text = sql.trim()
  return text.length <= 400 ? text : `${text.slice(0, 400)} …`
}

/** `operation 3 of 4, op.addColumn (migrations/1.ts:9:6)`. */
export function operationOf(statement: Statement, all: readonly Statement[]): string {
  const operations = [...new Set(all.map((s) => s.source))]
  const at = operations.indexOf(statement.source)
  const place = placeOf(statement.source)
  return `operation ${at + 1} of ${operations.length}, op.${statement.source.kind}${place === undefined ? '' : ` (${placeText(place)})`}`
}

/** The most exact place that is known: the query of an `op.run`, what its function threw, the server's position in an `.sql` file, the operation. */
function failedAt(error: unknown, statement: Statement, position: number | undefined): Place | undefined {
  if (statement.run === undefined || !(error instanceof Error)) return placeOf(statement.source, position)
  return placeOfQuery(error) ?? placeInStack(error.stack) ?? placeOf(statement.source)
}

/** `, at migrations/1.ts:12:9` where that is not the operation's own place. */
function elsewhere(statement: Statement | undefined, place: Place | undefined): string {
  if (statement === undefined || place === undefined) return ''
  const own = placeOf(statement.source)
  return own !== undefined && placeText(own) === placeText(place) ? '' : `, at ${placeText(place)}`
}

/** What remains applied, reported after every failure and interruption. */
export function whatStays(
  applied: readonly AppliedStep[],
  step: Pick<RevisionStep, 'revision' | 'direction'>,
  kept: readonly string[] = [],
): string {
  const done =
    applied.length > 0
      ? `Done before, and kept: ${applied.map((a) => a.revision).join(', ')}.`
      : kept.length > 0
        ? 'No revision was applied before it.'
        : 'Nothing was applied.'
  const half =
    kept.length === 0
      ? `Revision ${step.revision} was rolled back.`
      : `Of revision ${step.revision}, ${kept.join(', ')} ${kept.length === 1 ? 'is' : 'are'} done and recorded; the next run goes on from there.`
  return `${half} ${done}`
}

const doneBefore = (applied: readonly AppliedStep[]): string =>
  applied.length === 0
    ? 'Nothing was applied before.'
    : `Done before, and kept: ${applied.map((a) => a.revision).join(', ')}.`

/** An error that does not say it itself (a lost connection, a lock, an edited version table) says what was applied by then. */
export function withApplied(error: unknown, applied: readonly AppliedStep[]): unknown {
  if (!isAmbixError(error) || error.data?.['applied'] !== undefined) return error
  if (applied.length === 0 && error.code !== 'DATABASE.CONNECT') return error
  return new AmbixError(error.code, error.message, {
    why: [error.why, doneBefore(applied)].filter((w) => w !== undefined).join('\n'),
    next: error.next,
    data: { ...error.data, applied: applied.map((a) => a.revision) },
    cause: error.cause,
  })
}

/** What ambix refuses in an `op.run`, with its place and what became of the revision. */
function refusedInRun(error: AmbixError, statement: Statement, { step, applied, kept }: FailedStatement): AmbixError {
  if (error.data?.['revision'] !== undefined) return error
  const place = placeOfQuery(error) ?? placeOf(statement.source)
  const where = place === undefined ? '' : `, ${placeText(place)}`
  return new AmbixError(error.code, error.message, {
    why: [error.why, `In ${step.direction} of revision ${step.revision}${where}`, whatStays(applied, step, kept)]
      .filter((w) => w !== undefined)
      .join('\n'),
    next: error.next,
    data: { ...error.data, revision: step.revision, applied: applied.map((a) => a.revision), ...place },
    cause: error,
  })
}

export interface FailedStatement {
  readonly dialect: SessionDialect
  readonly step: RevisionStep
  readonly statement: Statement | undefined
  readonly all: readonly Statement[]
  readonly sql: string
  readonly applied: readonly AppliedStep[]
  readonly kept?: readonly string[]
  /** As in `Work`. */
  readonly shared?: boolean
  readonly behind?: readonly string[]
}

/** What nobody knows when the connection is lost. */
function inDoubt({ step: { revision }, kept = [], shared, behind = [] }: FailedStatement): string {
  if (kept.length > 0)
    return `Of revision ${revision}, ${kept.join(', ')} ${kept.length === 1 ? 'is' : 'are'} done and recorded; what was under way is rolled back by the server, or done if its commit had reached it.`
  if (shared === true)
    return 'What was run since the last commit is one transaction: it is applied as a whole if its commit had reached the server, and else rolled back by it.'
  const own = `Revision ${revision} is applied as a whole if its commit had reached the server, and else rolled back by it.`
  if (behind.length === 0) return own
  const shown = behind.length > 5 ? `${behind.slice(0, 5).join(', ')} and ${behind.length - 5} more` : behind.join(', ')
  return `${own} So is each that was on its way behind it: ${shown}.`
}

/** DATABASE.STATEMENT with everything that is known; DATABASE.CONNECT when the connection went away. */
export function statementFailed(connection: Connection, error: unknown, at: FailedStatement): AmbixError {
  const { step, statement } = at
  if (isAmbixError(error) && !(error.code === 'DATABASE.CONNECT' && error.data?.['lost'] === true))
    return statement?.run === undefined ? error : refusedInRun(error, statement, at)
  const told = connection.describeError(error)
  // The server ended the session: its last message is the reason why the connection is gone.
  const ended = told !== undefined && endsSession(told.code)
  const said = ended ? undefined : told
  const stays = whatStays(at.applied, step, at.kept)
  const verb = step.direction === 'downgrade' ? 'Downgrading' : step.direction === 'stamp' ? 'Stamping' : 'Upgrading to'
  const operation = statement === undefined ? undefined : operationOf(statement, at.all)
  const place = statement === undefined ? undefined : failedAt(error, statement, said?.position)
  const sql = sqlOfQuery(error) ?? at.sql
  const data = {
    revision: step.revision,
    direction: step.direction,
    applied: at.applied.map((a) => a.revision),
    ...(operation === undefined ? {} : { operation: statement!.source.kind }),
    statement: sql,
    ...place,
  }
  const why = isAmbixError(error) ? (error.why ?? error.message) : thrownText(error)
  const lost = ended || isAmbixError(error) || connection.closed
  if (said === undefined && (lost || statement?.run === undefined)) {
    if (!lost && !/terminat|ECONN|EPIPE|closed/i.test(why)) throw error
    return new AmbixError('DATABASE.CONNECT', `${verb} ${step.revision}: the connection to the database was lost`, {
      why: [redact(why), inDoubt(at), doneBefore(at.applied)].join('\n'),
      next: [
        'Run the same command again: it looks where the database stands, and goes on from there',
        { text: 'Or look first', command: 'ambix current' },
      ],
      data: { ...data, lost: true },
      cause: error,
    })
  }
  if (said === undefined) {
    return new AmbixError(
      'DATABASE.STATEMENT',
      `${verb} ${step.revision} failed: ${operation ?? 'its function'} threw`,
      {
        why: `${why}${elsewhere(statement, place)}\n${stays}`,
        next: [{ text: 'Fix the revision and run the command again' }],
        data,
        cause: error,
      },
    )
  }
  if (said.message.startsWith(refusalMark)) {
    const reason = said.message.slice(refusalMark.length)
    return new AmbixError('DIFF.REFUSED', `Revision ${step.revision} is refused: ${reason}`, {
      why: stays,
      next: ['Change the rows first, or say in the revision what they become'],
      data: { ...data, reason },
      cause: error,
    })
  }
  const words = [
    said.detail,
    said.hint === undefined ? undefined : `Hint: ${said.hint}`,
    `In ${operation ?? 'the bookkeeping'}${elsewhere(statement, place)}:`,
    indent(excerpt(sql, said.position)),
    stays,
  ]
  return new AmbixError('DATABASE.STATEMENT', `${verb} ${step.revision} failed: ${said.message}`, {
    why: words.filter((w) => w !== undefined).join('\n'),
    next: nextFor(said, statement?.source, at.dialect, { sql, role: connection.role, database: connection.database }),
    data: { ...data, server: said },
    cause: error,
  })
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map((l) => `  ${l}`)
    .join('\n')

function nextFor(
  said: ServerError,
  op: Statement['source'] | undefined,
  dialect: SessionDialect,
  about: { readonly sql: string } & Pick<Connection, 'role' | 'database'>,
): NextAction[] {
  const rows = op === undefined ? undefined : rowsAdvice(said.code ?? '', op)
  if (rows !== undefined) return [{ text: rows }, { text: 'Or change the rows first, and run the command again' }]
  const text = dialect.session.advice?.(said, about)
  return [{ text: text ?? 'Fix the revision (or the rows on which it fails) and run the command again' }]
}

/** Advice about rows that do not fit a statement (SQLSTATE classes 22 and 23). */
function rowsAdvice(code: string, op: Statement['source']): string | undefined {
  if (code === '23502' && (op.kind === 'addColumn' || op.kind === 'alterColumn'))
    return `Say what rows that have nothing there get: backfill: { value: … } in op.${op.kind}`
  if (code.startsWith('22') && op.kind === 'alterColumn')
    return 'Say how such values are converted: using: sql`…` in op.alterColumn'
  if (code === '23514' && op.kind === 'attachPartition')
    return `Rows of ${refText(op.partition)} lie outside of its bounds (${op.bound}): move or delete them, or let the bounds hold them`
  if (code === '23514' && op.kind === 'createTable' && op.table.partitionOf !== undefined)
    return `Rows of the default partition belong to ${refText(op.table)}: detach that partition first, move them, and attach it again`
  if (code === '23505') return 'Rows hold the same values: change or delete the duplicates'
  if (code === '23503') return 'Rows refer to rows that do not exist: change or delete them'
  return code === '23514' ? 'Rows hold what the check does not allow: change or delete them' : undefined
}

export function interrupted(
  applied: readonly AppliedStep[],
  step: RevisionStep | undefined,
  kept: readonly string[] = [],
): AmbixError {
  const why =
    step === undefined
      ? applied.length === 0
        ? 'Nothing was applied.'
        : `Done, and kept: ${applied.map((a) => a.revision).join(', ')}.`
      : whatStays(applied, step, kept)
  return new AmbixError('RUN.INTERRUPTED', 'The run was interrupted', {
    why,
    next: ['Run the same command again: it goes on from where the database stands'],
    data: { applied: applied.map((a) => a.revision) },
  })
}

const inUse = new Set(['dropEnum', 'dropEnumValue', 'alterEnum'])

/** The refusal of a statement's own check: ENUM.IN_USE for enum operations, DIFF.REFUSED otherwise. */
export function refused(
  reason: string,
  statement: Statement,
  step: RevisionStep,
  applied: readonly AppliedStep[],
): AmbixError {
  const place = placeOf(statement.source)
  const where = place === undefined ? '' : ` (${placeText(place)})`
  return new AmbixError(
    inUse.has(statement.source.kind) ? 'ENUM.IN_USE' : 'DIFF.REFUSED',
    `Revision ${step.revision} is refused: ${reason}`,
    {
      why: `op.${statement.source.kind}${where} would lose or break something. Nothing of revision ${step.revision} was run. ${applied.length === 0 ? '' : `Done before, and kept: ${applied.map((a) => a.revision).join(', ')}.`}`.trim(),
      next: waysOut(statement.source, step),
      data: { revision: step.revision, operation: statement.source.kind, reason, ...place },
    },
  )
}

/** The next actions for the operation that was refused. */
function waysOut(op: Statement['source'], step: RevisionStep): readonly string[] {
  switch (op.kind) {
    case 'alterEnum':
    case 'dropEnumValue': {
      const gone =
        op.kind === 'dropEnumValue'
          ? [op.value]
          : (op.from ?? []).filter((l) => !op.values.includes(l) && !Object.hasOwn(op.remap ?? {}, l))
      const to = op.values?.[0] ?? null
      const hints = gone.map((from) => ({
        remap: 'value',
        enum: refText(op.enum),
        from,
        to,
        ...(step.direction === 'downgrade' ? { direction: 'down' } : {}),
      }))
      const option =
        op.kind === 'dropEnumValue'
          ? `remap: ${JSON.stringify(to)}`
          : `remap: ${JSON.stringify(Object.fromEntries(gone.map((l) => [l, to])))}`
      return [
        `Say what those rows become, in ${step.direction} of revision ${step.revision}: such as ${option} in op.${op.kind} (null: NULL, and out of arrays)`,
        `Or generate the revision again with --hints, such as ${JSON.stringify(hints)}`,
        'Or change the rows first',
      ]
    }
    case 'addColumn': {
      return [
        `Say what those rows get, in ${step.direction} of revision ${step.revision}: backfill: { value: … } in op.addColumn`,
        `Or generate the revision again with --hints, such as ${JSON.stringify([{ backfill: columnText(op.table, op.column.name), expression: '…' }])}`,
      ]
    }
    case 'dropEnum':
      return ['Drop or change what uses it first, or keep the type']
    case 'createEnum':
      return ['Give the new enum another name, or bring the one that is there to these labels with op.alterEnum first']
    case 'alterColumn':
      return [
        `Say what those values become, in ${step.direction} of revision ${step.revision}: map: { … } in op.alterColumn`,
        'Or change the rows first',
      ]
    default:
      return ['Change the rows first, or say in the revision what they become']
  }
}

/** Each plan was for a state that its transaction did not find. */
export function neverMoves(
  times: number,
  heads: readonly string[],
  applied: readonly AppliedStep[],
  book: Pick<Bookkeeping, 'version' | 'journal'>,
): AmbixError {
  return new AmbixError('VERSION.ROW_COUNT', 'The version table or the journal is not as this run reads it', {
    why: `It was planned again ${times} times, and each time the transaction found something else than was read before it: another session edited ${book.version} or ${book.journal} without taking ambix's lock.\nWhat was under way was rolled back. ${doneBefore(applied)}`,
    next: [
      { text: 'See where the database stands', command: 'ambix current' },
      'Put the rows back as ambix history --applied has them, and run the command again',
    ],
    data: { heads, applied: applied.map((a) => a.revision) },
  })
}

/** An object of the user's has the name of a table that records what was applied. */
export function nameTaken(message: string): AmbixError {
  return new AmbixError('VERSION.TABLE', 'The tables that record what was applied cannot be created', {
    why: `${message}. Something that is not one of these tables has the name.`,
    next: [
      'Rename or drop that object',
      'Or keep the version table in a schema of its own: `versionTableSchema` in the configuration',
    ],
  })
}
