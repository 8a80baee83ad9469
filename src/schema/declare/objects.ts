/** The other objects of a schema: views, routines, sequences, and objects that belong to tables. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { type ColumnMap, columnData, nonEmpty } from './column.ts'
import { ambix, type Declared } from '../declared.ts'
import { checkOptions } from './known-options.ts'
import type { Ref } from '../model.ts'
import { isSql, type Sql } from '../sql.ts'
import { type Extra } from './table-extras.ts'
import { ColumnRef } from './column-refs.ts'
import type { ColumnRefs, TableLike } from './table.ts'

/** A table by declaration, by name, or by name and schema. */
export type TableName = TableLike | Ref | string

/** SQL that the model holds as it was given; the database normalizes it later. */
export type SqlText = Sql | string

export interface Said {
  readonly comment?: string
  readonly renamedFrom?: string
}

export interface ViewOptions extends Said {
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly columnComments?: Readonly<Record<string, string>>
}

export interface MaterializedViewOptions extends ViewOptions {
  readonly tablespace?: string
  readonly noData?: boolean
  readonly indexes?: readonly Extra[]
}

export interface ViewData<
  out N extends string = string,
  out C extends ColumnMap = ColumnMap,
  out S extends string | undefined = string | undefined,
> {
  readonly kind: 'view'
  readonly name: N
  readonly schema?: S
  readonly columns: C
  readonly materialized: boolean
  readonly definition: SqlText
  readonly options: MaterializedViewOptions
}

export type ViewDeclaration<
  N extends string = string,
  C extends ColumnMap = ColumnMap,
  S extends string | undefined = undefined,
> = Declared<ViewData<N, C, S>> & ColumnRefs<C>

/** `view('active_users', sql`select …`)`, with columns where its rows are to have TypeScript types: `view('v', { id: integer() }, sql`…`)`. */
export interface ViewFunction<S extends string | undefined, O extends ViewOptions> {
  <const N extends string>(name: N, definition: SqlText, options?: O): ViewDeclaration<N, Record<never, never>, S>
  <const N extends string, C extends ColumnMap>(
    name: N,
    columns: C,
    definition: SqlText,
    options?: O,
  ): ViewDeclaration<N, C, S>
}

export function viewIn<S extends string | undefined, O extends ViewOptions>(
  schema: S,
  materialized: boolean,
): ViewFunction<S, O> {
  const declare = <N extends string, C extends ColumnMap>(
    name: N,
    second: C | SqlText,
    third?: SqlText | O,
    fourth?: O,
  ): ViewDeclaration<N, C, S> => {
    nonEmpty(name, 'view')
    const typed = typeof second !== 'string' && !isSql(second)
    const columns = (typed ? second : {}) as C
    const definition = (typed ? third : second) as SqlText
    if (typeof definition !== 'string' && !isSql(definition)) {
      throw new AmbixError('SCHEMA.INVALID', `The view ${name} has no query.`, {
        next: [`Write view('${name}', sql\`select …\`).`],
      })
    }
    const ref: Ref = schema === undefined ? { name } : { schema, name }
    const options = typed ? fourth : (third as O | undefined)
    const plain = { comment: true, renamedFrom: true, with: true, columnComments: true } as const
    if (materialized)
      checkOptions<MaterializedViewOptions>(`materializedView('${name}')`, options, {
        ...plain,
        tablespace: true,
        noData: true,
        indexes: true,
      })
    else checkOptions<ViewOptions>(`view('${name}')`, options, plain)
    const refs = Object.entries(columns).map(
      ([property, c]) =>
        [
          property,
          new ColumnRef({ kind: 'columnRef', table: ref, name: columnData(c).sqlName ?? property, property }),
        ] as const,
    )
    const data: ViewData<N, C, S> = Object.freeze({
      kind: 'view',
      name,
      ...(schema === undefined ? {} : { schema }),
      columns,
      materialized,
      definition,
      options: Object.freeze({ ...options }),
    })
    // One ColumnRef for each property, as in the mapped type.
    return declaredHere(Object.freeze({ ...Object.fromEntries(refs), [ambix]: data })) as unknown as ViewDeclaration<
      N,
      C,
      S
    >
  }
  return declare as ViewFunction<S, O>
}

export const view: ViewFunction<undefined, ViewOptions> = viewIn(undefined, false)

export const materializedView: ViewFunction<undefined, MaterializedViewOptions> = viewIn(undefined, true)

export interface RoutineOptions extends Said {
  /** `'a integer, b text default 'x''` as SQL writes it; types alone will do. */
  readonly arguments?: string
  /** Result type of a function: `integer`, `table (a integer)`, `trigger`. */
  readonly returns?: string
  /** Default `sql`; `plpgsql` for procedural code. */
  readonly language?: string
  /** The body: text between dollar quotes, or with `atomic` a SQL-standard body (`BEGIN ATOMIC … END`, `RETURN …`). */
  readonly body?: SqlText
  readonly atomic?: boolean
  /** Everything else, as SQL writes it: `immutable strict parallel safe`, `security definer`. */
  readonly attributes?: string
}

export interface RoutineData extends Said {
  readonly kind: 'routine'
  readonly routineKind: 'function' | 'procedure' | 'aggregate'
  readonly name: string
  readonly schema?: string
  readonly options: RoutineOptions
  /** The whole CREATE statement, where the routine was given as one. */
  readonly definition?: SqlText
}

export type RoutineDeclaration = Declared<RoutineData>

/**
 * A function, from its parts or from its whole CREATE statement (then `arguments` gives the argument types):
 * `fn('lbl', { arguments: 's post_status', returns: 'text', body: sql`select s::text` })`.
 */
export type RoutineFunction = (
  name: string,
  definition: SqlText | RoutineOptions,
  options?: RoutineOptions,
) => RoutineDeclaration

export function routineIn(schema: string | undefined, routineKind: RoutineData['routineKind']): RoutineFunction {
  return (name, second, third = {}) => {
    nonEmpty(name, routineKind)
    const whole = typeof second === 'string' || isSql(second)
    const options = whole ? third : second
    checkOptions(`${routineKind === 'function' ? 'fn' : routineKind}('${name}')`, options, {
      arguments: true,
      returns: true,
      language: true,
      body: true,
      atomic: true,
      attributes: true,
      comment: true,
      renamedFrom: true,
    })
    if (!whole && routineKind === 'aggregate') {
      throw new AmbixError(
        'SCHEMA.INVALID',
        `The aggregate ${name} is declared by its whole CREATE AGGREGATE statement.`,
      )
    }
    if (!whole && options.body === undefined) {
      throw new AmbixError('SCHEMA.INVALID', `The ${routineKind} ${name} has no body.`)
    }
    if (!whole && routineKind === 'function' && options.returns === undefined) {
      throw new AmbixError('SCHEMA.INVALID', `The function ${name} does not say what it returns.`, {
        next: ["Add returns: 'void', or what it is."],
      })
    }
    const data: RoutineData = {
      kind: 'routine',
      routineKind,
      name,
      ...(schema === undefined ? {} : { schema }),
      ...(whole ? { definition: second } : {}),
      options: Object.freeze({ ...options }),
    }
    return declaredHere(Object.freeze({ [ambix]: Object.freeze(data) }))
  }
}

export const fn: RoutineFunction = routineIn(undefined, 'function')

export const procedure: RoutineFunction = routineIn(undefined, 'procedure')

/** An aggregate by its whole CREATE AGGREGATE statement. */
export const aggregate: RoutineFunction = routineIn(undefined, 'aggregate')

export interface TriggerOptions extends Said {
  /** `before`, `after`, `instead of`. */
  readonly timing?: 'before' | 'after' | 'instead of'
  /** `insert`, `update of a, b`, `delete`, `truncate`; several are joined by OR. */
  readonly events?: string | readonly string[]
  readonly forEach?: 'row' | 'statement'
  readonly when?: SqlText
  /** The call: `touch()`. */
  readonly execute?: string
  /** `deferrable initially deferred`: makes it a constraint trigger. */
  readonly constraint?: boolean | { readonly deferrable?: boolean; readonly initially?: 'immediate' | 'deferred' }
  /** `old table as before_rows`. */
  readonly referencing?: string
  readonly enabled?: 'disabled' | 'replica' | 'always'
}

export interface TriggerData {
  readonly kind: 'trigger'
  readonly name: string
  readonly table: TableName
  readonly options: TriggerOptions
  readonly definition?: SqlText
}

export type TriggerDeclaration = Declared<TriggerData>

/** `trigger('touch', posts, { timing: 'before', events: 'update', forEach: 'row', execute: 'touch()' })`, or a whole CREATE TRIGGER statement. */
export function trigger(
  name: string,
  on: TableName,
  definition: SqlText | TriggerOptions,
  options: TriggerOptions = {},
): TriggerDeclaration {
  nonEmpty(name, 'trigger')
  const whole = typeof definition === 'string' || isSql(definition)
  const said = whole ? options : definition
  checkOptions(`trigger('${name}')`, said, {
    timing: true,
    events: true,
    forEach: true,
    when: true,
    execute: true,
    constraint: true,
    referencing: true,
    enabled: true,
    comment: true,
    renamedFrom: true,
  })
  if (typeof said.constraint === 'object')
    checkOptions(`the constraint of trigger('${name}')`, said.constraint, { deferrable: true, initially: true })
  if (
    !whole &&
    (definition.execute === undefined || definition.events === undefined || definition.events.length === 0)
  ) {
    throw new AmbixError('SCHEMA.INVALID', `The trigger ${name} does not say when it fires or what it calls.`, {
      next: ["Give events: 'insert' and execute: 'my_function()'."],
    })
  }
  const data: TriggerData = whole
    ? { kind: 'trigger', name, table: on, definition, options: Object.freeze({ ...options }) }
    : { kind: 'trigger', name, table: on, options: Object.freeze({ ...definition }) }
  return declaredHere(Object.freeze({ [ambix]: Object.freeze(data) }))
}

export interface PolicyOptions extends Said {
  readonly for?: 'all' | 'select' | 'insert' | 'update' | 'delete'
  readonly restrictive?: boolean
  /** Default `public`: every role. */
  readonly to?: string | readonly string[]
  readonly using?: SqlText
  readonly check?: SqlText
}

export interface PolicyData {
  readonly kind: 'policy'
  readonly name: string
  readonly table: TableName
  readonly options: PolicyOptions
}

export type PolicyDeclaration = Declared<PolicyData>

/** `policy('own_rows', posts, { for: 'select', using: sql`owner = current_user` })`. */
export function policy(name: string, on: TableName, options: PolicyOptions = {}): PolicyDeclaration {
  nonEmpty(name, 'policy')
  checkOptions(`policy('${name}')`, options, {
    for: true,
    restrictive: true,
    to: true,
    using: true,
    check: true,
    comment: true,
    renamedFrom: true,
  })
  return declaredHere(
    Object.freeze({
      [ambix]: Object.freeze<PolicyData>({ kind: 'policy', name, table: on, options: Object.freeze({ ...options }) }),
    }),
  )
}

export interface RuleData {
  readonly kind: 'rule'
  readonly name: string
  readonly table: TableName
  readonly definition: SqlText
  readonly options: Said
}

export type RuleDeclaration = Declared<RuleData>

/** A rule by its whole CREATE RULE statement. */
export function rule(name: string, on: TableName, definition: SqlText, options: Said = {}): RuleDeclaration {
  nonEmpty(name, 'rule')
  checkOptions(`rule('${name}')`, options, { comment: true, renamedFrom: true })
  return declaredHere(
    Object.freeze({ [ambix]: Object.freeze<RuleData>({ kind: 'rule', name, table: on, definition, options }) }),
  )
}

export interface DefinitionSettings extends Said {
  /** The statements that create it. */
  readonly create: SqlText | readonly SqlText[]
  /** The statement that takes it away. */
  readonly drop: SqlText
  /** As `COMMENT ON … IS` wants it. */
  readonly commentOn?: string
  /** The table that it belongs to. */
  readonly table?: TableName
}

export interface DefinitionData {
  readonly kind: 'definition'
  readonly objectKind: string
  readonly identity: string
  readonly settings: DefinitionSettings
}

export type DefinitionDeclaration = Declared<DefinitionData>

/**
 * Any other object, by its statements: a cast, a collation, extended statistics, a publication, an event trigger, …
 * `definition('statistics', 'posts_stats', { create: sql`CREATE STATISTICS …`, drop: sql`DROP STATISTICS posts_stats` })`.
 */
export function definition(objectKind: string, identity: string, settings: DefinitionSettings): DefinitionDeclaration {
  nonEmpty(objectKind, 'kind of object')
  nonEmpty(identity, objectKind)
  checkOptions(`definition('${objectKind}', '${identity}')`, settings, {
    create: true,
    drop: true,
    commentOn: true,
    table: true,
    comment: true,
    renamedFrom: true,
  })
  return declaredHere(
    Object.freeze({
      [ambix]: Object.freeze<DefinitionData>({
        kind: 'definition',
        objectKind,
        identity,
        settings: Object.freeze({ ...settings }),
      }),
    }),
  )
}
