/** Routines, and the objects that belong to tables: triggers, policies, rules; and any other by its statements. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { nonEmpty } from './column.ts'
import { ambix, type Declared } from '../declared.ts'
import { checkOptions, type Known } from './known-options.ts'
import {
  anyTable,
  checkShape,
  either,
  flag,
  fragment,
  initially,
  keyword,
  listOf,
  nameOrNames,
  object,
  oneOf,
  type Shape,
  saidShapes,
  text,
  word,
} from '../shapes.ts'
import type { Ref } from '../model.ts'
import { isSql, type Sql } from '../sql.ts'
import type { TableLike } from './table.ts'

/** A table by declaration, by name, or by name and schema. */
export type TableName = TableLike | Ref | string

/** SQL that the model holds as it was given; the database normalizes it later. */
export type SqlText = Sql | string

export interface Said {
  readonly comment?: string
  readonly renamedFrom?: string
}

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

const routineOptions: Known<RoutineOptions> = {
  ...saidShapes,
  arguments: text,
  returns: word,
  language: word,
  body: fragment,
  atomic: flag,
  attributes: text,
}

export function routineIn(schema: string | undefined, routineKind: RoutineData['routineKind']): RoutineFunction {
  return (name, second, third = {}) => {
    nonEmpty(name, routineKind)
    const whole = typeof second === 'string' || isSql(second)
    const options = whole ? third : second
    if (options === undefined)
      throw new AmbixError('SCHEMA.INVALID', `The ${routineKind} ${name} has no body.`, {
        next: [`Give its parts, or its whole CREATE ${routineKind.toUpperCase()} statement.`],
      })
    checkOptions(`${routineKind === 'function' ? 'fn' : routineKind}('${name}')`, options, routineOptions)
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

const triggerOptions: Known<TriggerOptions> = {
  ...saidShapes,
  timing: keyword('before', 'after', 'instead of'),
  events: nameOrNames,
  forEach: keyword('row', 'statement'),
  when: fragment,
  execute: word,
  constraint: either(flag, object<Exclude<TriggerOptions['constraint'], boolean | undefined>>()),
  referencing: word,
  enabled: oneOf('disabled', 'replica', 'always'),
}
const deferral = { deferrable: flag, initially }

/** `trigger('touch', posts, { timing: 'before', events: 'update', forEach: 'row', execute: 'touch()' })`, or a whole CREATE TRIGGER statement. */
export function trigger(
  name: string,
  on: TableName,
  definition: SqlText | TriggerOptions,
  options: TriggerOptions = {},
): TriggerDeclaration {
  nonEmpty(name, 'trigger')
  checkShape(`The table of the trigger ${name}`, on, anyTable)
  const whole = typeof definition === 'string' || isSql(definition)
  const said = whole ? options : (definition ?? {})
  checkOptions(`trigger('${name}')`, said, triggerOptions)
  if (typeof said.constraint === 'object')
    checkOptions(`the constraint of trigger('${name}')`, said.constraint, deferral)
  if (!whole && (said.execute === undefined || said.events === undefined || said.events.length === 0)) {
    throw new AmbixError('SCHEMA.INVALID', `The trigger ${name} does not say when it fires or what it calls.`, {
      next: ["Give events: 'insert' and execute: 'my_function()'."],
    })
  }
  const data: TriggerData = whole
    ? { kind: 'trigger', name, table: on, definition, options: Object.freeze({ ...options }) }
    : { kind: 'trigger', name, table: on, options: Object.freeze({ ...said }) }
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

const policyOptions: Known<PolicyOptions> = {
  ...saidShapes,
  for: keyword('all', 'select', 'insert', 'update', 'delete'),
  restrictive: flag,
  to: nameOrNames,
  using: fragment,
  check: fragment,
}

/** `policy('own_rows', posts, { for: 'select', using: sql`owner = current_user` })`. */
export function policy(name: string, on: TableName, options: PolicyOptions = {}): PolicyDeclaration {
  nonEmpty(name, 'policy')
  checkShape(`The table of the policy ${name}`, on, anyTable)
  checkOptions(`policy('${name}')`, options, policyOptions)
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
  checkShape(`The table of the rule ${name}`, on, anyTable)
  checkShape(`The definition of the rule ${name}`, definition, fragment)
  checkOptions(`rule('${name}')`, options, saidShapes)
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

const definitionSettings: Known<DefinitionSettings> = {
  ...saidShapes,
  create: either(fragment, listOf(fragment, 'SQL statements')),
  drop: fragment,
  commentOn: word,
  table: anyTable as Shape<TableName>,
}

/**
 * Any other object, by its statements: a cast, a collation, extended statistics, a publication, an event trigger, …
 * `definition('statistics', 'posts_stats', { create: sql`CREATE STATISTICS …`, drop: sql`DROP STATISTICS posts_stats` })`.
 */
export function definition(objectKind: string, identity: string, settings: DefinitionSettings): DefinitionDeclaration {
  nonEmpty(objectKind, 'kind of object')
  nonEmpty(identity, objectKind)
  checkOptions(`definition('${objectKind}', '${identity}')`, settings, definitionSettings)
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
