/** How any dialect compiles operations into statements: the walk, the schema before each one, what is new in the transaction. */
import { AmbixError } from '../../errors.ts'
import { shown } from '../../schema/shapes.ts'
import { applyTo } from '../../operations/operation.ts'
import { openDraft } from '../../operations/fold/draft.ts'
import type { Operation, OperationOf } from '../../operations/kinds.ts'
import { enumKey, refText, sameRef } from '../../schema/keys.ts'
import type { Schema } from '../../schema/model.ts'
import { emptySchema } from '../../schema/model.ts'
import type { CompileContext, CompileOptions, Draft, Handlers, Hazard, Statement, Unsupported } from '../dialect.ts'
import { refuseTransactionControl } from '../../util/sql/transaction-control.ts'
import { writtenIn } from '../../util/written-at.ts'
import { usesLabel } from './labels.ts'
import { rawHazards, relationsMadeBy } from './raw/hazards.ts'
import { madeAgainIn } from './raw/made-again.ts'
import type { RawRules } from './raw/rules.ts'
import type { Walk } from './walk.ts'

export interface CompilerParts {
  readonly dialect: string
  readonly handlers: Handlers
  hazards(op: Operation, sql: string, context: Walk): readonly Hazard[]
  /** Adds the hazards that statements have beside each other. */
  among?(statements: readonly Statement[]): readonly Statement[]
  /**
   * Whether a label that was added to a type of this very transaction may be used in it; absent where every label can be
   * used at once.
   */
  freshTypeTakesLabels?(options: CompileOptions): boolean
  /** How SQL of the user's own is read, for its hazards. */
  readonly raw: RawRules
}

const isResult = (result: unknown): boolean =>
  Array.isArray(result) || (typeof result === 'object' && result !== null && 'unsupported' in result)

function noStatements(dialect: string, op: Operation, given: unknown): AmbixError {
  return new AmbixError('CONFIG.INVALID', `The handler of op.${op.kind} for ${dialect} gives no statements`, {
    why: `It gives ${shown(given)}`,
    next: ['Return a list of statements, [] for none, or { unsupported: why }'],
  })
}

/** Whether a handler returned that the dialect cannot do the operation. */
export function isUnsupported(result: readonly (Draft | string)[] | Unsupported): result is Unsupported {
  return 'unsupported' in result
}

/** The error of an operation that a dialect does not support: OPERATION.UNSUPPORTED with its name and why. */
export function unsupported(dialect: string, op: Operation, why: string): AmbixError {
  return new AmbixError('OPERATION.UNSUPPORTED', `${dialect} cannot carry out op.${op.kind}`, {
    why: `${why[0]?.toUpperCase() ?? ''}${why.slice(1)}${why.endsWith('.') ? '' : '.'}`,
    data: { dialect, operation: op.kind },
  })
}

/** The schema before each operation, folded forward only when a handler asks for it. */
class Fold {
  readonly #start: Schema | undefined
  readonly #ops: readonly Operation[]
  #draft: ReturnType<typeof openDraft> | undefined
  #done = 0

  constructor(start: Schema | undefined, ops: readonly Operation[]) {
    this.#start = start
    this.#ops = ops
  }

  before(at: number): Schema {
    const { objects, dependencies } = this.#to(at)
    return { objects, dependencies, uncovered: [] }
  }

  blind(at: number): boolean {
    return this.#to(at).blind
  }

  #to(at: number): ReturnType<typeof openDraft> {
    const draft = (this.#draft ??= openDraft(this.#start ?? emptySchema, this.#start === undefined))
    for (; this.#done < at; this.#done++) applyTo(draft, this.#ops[this.#done]!)
    return draft
  }
}

type Result = readonly (Draft | string)[] | Unsupported

/** In the transaction that created the constraint, its lock would be held while all rows are read. */
function commitBefore(
  statements: Untold[],
  before: readonly Operation[],
  { table, name }: OperationOf<'validateConstraint'>,
): void {
  const last = statements.length - 1
  const made = before.some(
    (op) =>
      (op.kind === 'createForeignKey' || op.kind === 'createCheckConstraint') &&
      op.constraint.notValid === true &&
      op.constraint.name === name &&
      sameRef(op.table, table),
  )
  if (made && statements[last]?.transaction === 'inside')
    statements[last] = { ...statements[last], transaction: 'commit-after' }
}

/** A statement before its hazards are told, unless its handler told them. */
type Untold = Omit<Statement, 'hazards'> & Pick<Draft, 'hazards'>

/**
 * Compiles a list. Throws OPERATION.UNSUPPORTED with the operation's name and why. Where nothing is known of the schema, as in a run or a
 * script, hazards are told when somebody asks for them.
 */
export function compileWith(
  parts: CompilerParts,
  ops: readonly Operation[],
  before: Schema | undefined,
  options: CompileOptions,
): readonly Statement[] {
  const statements: Untold[] = []
  /** The position of each statement's operation. */
  const origin: number[] = []
  const fresh = new FreshLabels()
  const contextAt = contexts(ops, before, options, fresh)

  for (const [at, op] of ops.entries()) {
    if (fresh.isUsedBy(op)) {
      const last = fresh.lastStatement
      statements[last] = { ...statements[last]!, transaction: 'commit-after' }
      fresh.committed()
    }
    if (op.kind === 'validateConstraint') commitBefore(statements, ops.slice(0, at), op)
    const result = statementsOf(parts, op, contextAt(at), options)
    for (const entry of result) {
      const draft = typeof entry === 'string' ? { sql: entry } : entry
      const transaction = draft.transaction ?? 'inside'
      statements.push({ ...draft, transaction, source: op })
      origin.push(at)
      if (transaction !== 'inside') fresh.committed()
    }
    // An operation without statements (an enum that a dialect does not store) creates nothing that must be committed.
    if (result.length > 0 && parts.freshTypeTakesLabels !== undefined)
      fresh.note(op, statements.length - 1, parts.freshTypeTakesLabels(options))
  }

  let all: readonly Statement[] | undefined
  const told = (): readonly Statement[] =>
    (all ??= withHazards(parts, statements, origin, ops, contexts(ops, before, options, new FreshLabels())))
  if (before !== undefined) return told()
  return statements.map((statement, i) => ({
    ...statement,
    get hazards() {
      return told()[i]!.hazards
    },
  }))
}

type ContextAt = (at: number, madeRelations?: ReadonlySet<string>) => Walk

/** The context of each operation, to be asked for in their order. */
function contexts(
  ops: readonly Operation[],
  before: Schema | undefined,
  options: CompileOptions,
  fresh: FreshLabels,
): ContextAt {
  const fold = new Fold(before, ops)
  return (at, madeRelations = none) => ({
    ...options,
    ops,
    at,
    start: before ?? emptySchema,
    madeRelations,
    get before() {
      return fold.before(at)
    },
    get blind() {
      return fold.blind(at)
    },
    freshLabels: fresh.labels,
    freshEnums: fresh.enums,
  })
}

const none: ReadonlySet<string> = new Set()

function withHazards(
  parts: CompilerParts,
  statements: readonly Untold[],
  origin: readonly number[],
  ops: readonly Operation[],
  contextAt: ContextAt,
): readonly Statement[] {
  const made = new Set<string>()
  const remembered = { unproven: new Map<string, string>(), proven: new Set<string>(), constraints: new Set<string>() }
  let noted = 0
  const told = statements.map((statement, i): Statement => {
    const at = origin[i]!
    for (; noted < at; noted++) noteRelation(made, ops[noted]!, parts.raw)
    if (statement.hazards !== undefined) return { ...statement, hazards: statement.hazards }
    const op = ops[at]!
    const context = contextAt(at, made)
    const hazards =
      op.kind === 'execute'
        ? rawHazards(statement.sql, parts.raw, {
            ...remembered,
            made,
            before: () => context.before,
            madeAgain: madeAgainIn(ops, at, parts.raw.text),
          })
        : parts.hazards(op, statement.sql, context)
    return { ...statement, hazards }
  })
  return parts.among?.(told) ?? told
}

/** The statements of an operation's handler: the user's own, else that of the operation's definition, else the dialect's. */
function statementsOf(
  parts: CompilerParts,
  op: Operation,
  context: CompileContext,
  options: CompileOptions,
): readonly (Draft | string)[] {
  // As above: the handler for the operation's kind accepts that operation.
  const usual = parts.handlers[op.kind] as (op: Operation, context: CompileContext) => Result
  const own = options.handlers?.[op.kind] as
    | ((op: Operation, context: CompileContext, usual: (op: Operation, context: CompileContext) => Result) => Result)
    | undefined
  try {
    const said = op.kind === 'custom' ? op.definition?.compile?.[parts.dialect]?.(op.args, options) : undefined
    const result =
      own !== undefined
        ? own(op, context, usual)
        : said === undefined
          ? usual(op, context)
          : typeof said === 'string'
            ? [said]
            : said
    if (!isResult(result)) throw noStatements(parts.dialect, op, result)
    if (isUnsupported(result)) throw unsupported(parts.dialect, op, result.unsupported)
    // What the user wrote: ambix's own statements are not looked at.
    if (op.kind === 'execute' || op.kind === 'custom' || own !== undefined)
      for (const entry of result)
        refuseTransactionControl(typeof entry === 'string' ? entry : entry.sql, parts.raw.text)
    return result
  } catch (error) {
    throw writtenIn(op, error)
  }
}

function noteRelation(made: Set<string>, op: Operation, rules: RawRules): void {
  if (op.kind === 'createTable') made.add(refText(op.table))
  else if (op.kind === 'createView' || op.kind === 'createMaterializedView') made.add(refText(op.view))
  else if (op.kind === 'execute') for (const name of relationsMadeBy(op.sql, rules)) made.add(name)
  else if (op.kind === 'renameTable' && made.delete(refText(op.table))) made.add(refText({ ...op.table, name: op.to }))
}

/** Enum types and labels that the open transaction created, and which PostgreSQL does not allow to be used before it commits. */
class FreshLabels {
  readonly labels = new Map<string, Set<string>>()
  readonly enums = new Set<string>()
  /** The statement that added the last label that is not committed. */
  lastStatement = -1

  note(op: Operation, statement: number, freshTypeTakesLabels: boolean): void {
    if (op.kind === 'createEnum') this.enums.add(enumKey(op.enum))
    else if (op.kind === 'renameEnum') this.#move(enumKey(op.enum), enumKey({ ...op.enum, name: op.to }))
    else if (op.kind === 'moveEnum')
      this.#move(
        enumKey(op.enum),
        enumKey(op.toSchema === undefined ? { name: op.enum.name } : { schema: op.toSchema, name: op.enum.name }),
      )
    else if (op.kind === 'renameEnumValue') {
      const labels = this.labels.get(enumKey(op.enum))
      if (labels?.delete(op.from) === true) labels.add(op.to)
    } else if (op.kind === 'alterEnum' || op.kind === 'dropEnumValue') {
      // The swap created a new type, whose labels can all be used.
      this.labels.delete(enumKey(op.enum))
      this.enums.add(enumKey(op.enum))
    } else if (op.kind === 'addEnumValue') {
      const key = enumKey(op.enum)
      if (this.enums.has(key) && freshTypeTakesLabels) return
      const labels = this.labels.get(key) ?? new Set<string>()
      labels.add(op.value)
      this.labels.set(key, labels)
      this.lastStatement = statement
    }
  }

  isUsedBy(op: Operation): boolean {
    for (const [key, labels] of this.labels) if (usesLabel(op, key, labels)) return true
    return false
  }

  committed(): void {
    this.labels.clear()
    this.enums.clear()
  }

  #move(from: string, to: string): void {
    const labels = this.labels.get(from)
    if (labels !== undefined) {
      this.labels.delete(from)
      this.labels.set(to, labels)
    }
    if (this.enums.delete(from)) this.enums.add(to)
  }
}
