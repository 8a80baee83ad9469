/** The constraints and indexes of a table, over one or several of its columns. */
import { AmbixError } from '../../errors.ts'
import type { DeferrableOptions, ReferenceOptions, ReferenceTarget } from './column.ts'
import { nonEmpty, referenceOptions } from './column.ts'
import { checkOptions } from './known-options.ts'
import { checkShape, fragment, initially, keyword, listOf, parameters, shape, text, word } from '../shapes.ts'
import { ambix, type Declared, dataOf } from '../declared.ts'
import { isSql, type Sql } from '../sql.ts'
import type { ColumnLike, IndexPart } from './column-refs.ts'

/** The options of the index behind a constraint. */
interface StorageData {
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
}

interface KeyData extends DeferrableOptions, StorageData {
  readonly name?: string
  readonly columns: readonly ColumnLike[]
  readonly include?: readonly ColumnLike[]
  readonly comment?: string
  readonly renamedFrom?: string
}

export interface PrimaryKeyData extends KeyData {
  readonly kind: 'primaryKey'
}

export interface UniqueData extends KeyData {
  readonly kind: 'unique'
  readonly nullsNotDistinct?: boolean
}

export interface ForeignKeyData extends Omit<KeyData, 'include' | keyof StorageData>, Omit<ReferenceOptions, 'name'> {
  readonly kind: 'foreignKey'
  readonly target?: ReferenceTarget
}

export interface CheckData {
  readonly kind: 'check'
  readonly name?: string
  readonly sql: Sql | string
  readonly noInherit?: boolean
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
  readonly comment?: string
  readonly renamedFrom?: string
}

export interface IndexData {
  readonly kind: 'index'
  readonly name?: string
  readonly parts: readonly IndexPart[]
  readonly using?: string
  readonly where?: Sql | string
  readonly include?: readonly ColumnLike[]
  readonly unique?: boolean
  readonly nullsNotDistinct?: boolean
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
  readonly only?: boolean
  readonly clustered?: boolean
  /** Read by `op.createIndex`; a model does not carry it. */
  readonly concurrently?: boolean
  readonly comment?: string
  readonly renamedFrom?: string
}

export interface ExcludeData extends DeferrableOptions, StorageData {
  readonly kind: 'exclude'
  readonly name?: string
  readonly using?: string
  readonly elements: readonly (readonly [IndexPart, string])[]
  readonly include?: readonly ColumnLike[]
  readonly where?: Sql | string
  readonly comment?: string
  readonly renamedFrom?: string
}

export type ExtraData = PrimaryKeyData | UniqueData | ForeignKeyData | CheckData | IndexData | ExcludeData

export type Extra = Declared<ExtraData>

/** Shared by the builders of this file: each change returns a new builder. */
abstract class ExtraBuilder<D extends ExtraData> {
  readonly [ambix]: D
  constructor(data: D) {
    this[ambix] = Object.freeze(data)
  }
  /** A copy of the builder with further options. */
  protected say(change: Partial<D>): this {
    // Every subclass is created from its data alone.
    const Same = this.constructor as new (data: D) => this
    return new Same({ ...this[ambix], ...change })
  }
  comment(comment: string): this {
    checkShape('comment()', comment, text)
    return this.say({ comment } as Partial<D>)
  }
  /** The old name in the database: the next revision renames it. */
  renamedFrom(old: string): this {
    checkShape('renamedFrom()', old, word)
    return this.say({ renamedFrom: old } as Partial<D>)
  }
}

abstract class KeyBuilder<D extends PrimaryKeyData | UniqueData> extends ExtraBuilder<D> {
  on(...columns: readonly ColumnLike[]): this {
    return this.say({ columns } as Partial<D>)
  }
  include(...columns: readonly ColumnLike[]): this {
    return this.say({ include: columns } as Partial<D>)
  }
  deferrable(options: { readonly initially?: 'immediate' | 'deferred' } = {}): this {
    checkOptions('deferrable()', options, { initially })
    return this.say({ deferrable: true, ...options } as Partial<D>)
  }
  /** Storage parameters of the index behind it: `with({ fillfactor: 70 })`. */
  with(values: Readonly<Record<string, string | number | boolean>>): this {
    checkShape('with()', values, parameters)
    return this.say({ with: values } as Partial<D>)
  }
  tablespace(name: string): this {
    checkShape('tablespace()', name, word)
    return this.say({ tablespace: name } as Partial<D>)
  }
}

const matches = keyword('simple', 'full', 'partial')
const elementList = listOf(
  shape('', (v) => Array.isArray(v) && v.length === 2 && word.fits(v[1])),
  "pairs such as [t.room, '=']",
)

export class PrimaryKeyBuilder extends KeyBuilder<PrimaryKeyData> {}

export class UniqueBuilder extends KeyBuilder<UniqueData> {
  /** Two NULLs are the same: `NULLS NOT DISTINCT`, PostgreSQL 15+. */
  nullsNotDistinct(): this {
    return this.say({ nullsNotDistinct: true })
  }
}

const { name: _, ...keyOptions } = referenceOptions
const namedKeyOptions = { ...keyOptions, schema: word }

export class ForeignKeyBuilder extends ExtraBuilder<ForeignKeyData> {
  on(...columns: readonly ColumnLike[]): this {
    return this.say({ columns })
  }
  /** `references(() => [users.tenant, users.id], …)`, or by names `references('users', ['tenant', 'id'], …)`. */
  references(columns: () => ColumnLike | readonly ColumnLike[], options?: Omit<ReferenceOptions, 'name'>): this
  references(
    table: string,
    columns: string | readonly string[],
    options?: Omit<ReferenceOptions, 'name'> & { readonly schema?: string },
  ): this
  references(
    target: string | (() => unknown),
    second?: string | readonly string[] | Omit<ReferenceOptions, 'name'>,
    third?: Omit<ReferenceOptions, 'name'> & { readonly schema?: string },
  ): this {
    if (typeof target === 'function') {
      checkOptions('references()', second as Omit<ReferenceOptions, 'name'> | undefined, keyOptions)
      return this.say({ target: { lazy: target }, ...(second as Omit<ReferenceOptions, 'name'> | undefined) })
    }
    checkShape('The table of references()', target, word)
    checkOptions('references()', third, namedKeyOptions)
    const columns = typeof second === 'string' ? [second] : second
    if (!Array.isArray(columns)) {
      throw new AmbixError('SCHEMA.INVALID', `The foreign key to ${target} does not say to which columns.`)
    }
    if (third === undefined) return this.say({ target: { table: { name: target }, columns } })
    const { schema, ...options } = third
    return this.say({
      target: { table: schema === undefined ? { name: target } : { schema, name: target }, columns },
      ...options,
    })
  }
  onDelete(action: NonNullable<ReferenceOptions['onDelete']>): this {
    return this.say({ onDelete: action })
  }
  onUpdate(action: NonNullable<ReferenceOptions['onUpdate']>): this {
    return this.say({ onUpdate: action })
  }
  deferrable(options: { readonly initially?: 'immediate' | 'deferred' } = {}): this {
    checkOptions('deferrable()', options, { initially })
    return this.say({ deferrable: true, ...options })
  }
  match(match: 'simple' | 'full' | 'partial'): this {
    checkShape('match()', match, matches)
    return this.say({ match })
  }
  notValid(): this {
    return this.say({ notValid: true })
  }
  /** PostgreSQL 18+. */
  notEnforced(): this {
    return this.say({ notEnforced: true })
  }
}

export class CheckBuilder extends ExtraBuilder<CheckData> {
  noInherit(): this {
    return this.say({ noInherit: true })
  }
  notValid(): this {
    return this.say({ notValid: true })
  }
  /** PostgreSQL 18+. */
  notEnforced(): this {
    return this.say({ notEnforced: true })
  }
}

export class IndexBuilder extends ExtraBuilder<IndexData> {
  on(...parts: readonly IndexPart[]): this {
    return this.say({ parts })
  }
  /** The index method: `btree` (default), `gin`, `gist`, `hash`, `brin`, … */
  using(method: string): this {
    checkShape('using()', method, word)
    return this.say({ using: method })
  }
  where(condition: Sql | string): this {
    checkShape('where()', condition, fragment)
    return this.say({ where: condition })
  }
  include(...columns: readonly ColumnLike[]): this {
    return this.say({ include: columns })
  }
  unique(): this {
    return this.say({ unique: true })
  }
  nullsNotDistinct(): this {
    return this.say({ nullsNotDistinct: true })
  }
  /** Storage parameters: `with({ fillfactor: 70 })`. */
  with(values: Readonly<Record<string, string | number | boolean>>): this {
    checkShape('with()', values, parameters)
    return this.say({ with: Object.freeze({ ...values }) })
  }
  tablespace(name: string): this {
    checkShape('tablespace()', name, word)
    return this.say({ tablespace: name })
  }
  /** `ON ONLY`: not on the partitions. */
  only(): this {
    return this.say({ only: true })
  }
  /** The index that CLUSTER uses. */
  clustered(): this {
    return this.say({ clustered: true })
  }
  /** For `op.createIndex`: built without blocking writes, in a step of its own. */
  concurrently(): this {
    return this.say({ concurrently: true })
  }
}

export class ExcludeBuilder extends ExtraBuilder<ExcludeData> {
  using(method: string): this {
    checkShape('using()', method, word)
    return this.say({ using: method })
  }
  /** `elements([t.room, '='], [t.during, '&&'])`. */
  elements(...elements: readonly (readonly [IndexPart, string])[]): this {
    checkShape('elements()', elements, elementList)
    return this.say({ elements })
  }
  where(condition: Sql | string): this {
    checkShape('where()', condition, fragment)
    return this.say({ where: condition })
  }
  include(...columns: readonly ColumnLike[]): this {
    return this.say({ include: columns })
  }
  deferrable(options: { readonly initially?: 'immediate' | 'deferred' } = {}): this {
    checkOptions('deferrable()', options, { initially })
    return this.say({ deferrable: true, ...options })
  }
  /** Storage parameters of the index behind it: `with({ fillfactor: 70 })`. */
  with(values: Readonly<Record<string, string | number | boolean>>): this {
    checkShape('with()', values, parameters)
    return this.say({ with: values })
  }
  tablespace(name: string): this {
    checkShape('tablespace()', name, word)
    return this.say({ tablespace: name })
  }
}

/** The name and the columns of a key, as passed: `('name')`, `('name', […])`, `(t.a, t.b)` or `([…])`. */
function keyArguments(
  what: string,
  args: readonly unknown[],
): { readonly name?: string; readonly columns: readonly ColumnLike[] } {
  const [first, second] = args
  if (first === undefined) return { columns: [] }
  if (Array.isArray(first)) return { columns: first as readonly ColumnLike[] }
  if (typeof first !== 'string') return { columns: args as readonly ColumnLike[] }
  const name = nonEmpty(first, what)
  if (second === undefined) return { name, columns: [] }
  if (Array.isArray(second)) return { name, columns: second as readonly ColumnLike[] }
  throw new AmbixError('SCHEMA.INVALID', `The columns of the ${what} ${name} must be a list.`, {
    next: [`Write .on('a', 'b') after it, or give a list.`],
  })
}

type KeyArguments =
  | readonly []
  | readonly [name: string | undefined]
  | readonly [name: string, columns: readonly ColumnLike[]]
  | readonly [columns: readonly ColumnLike[]]
  | readonly Declared<{ readonly kind: 'columnRef' }>[]

/** `primaryKey('posts_pkey').on('id')`, `primaryKey(t.a, t.b)`. */
export function primaryKey(...args: KeyArguments): PrimaryKeyBuilder {
  return new PrimaryKeyBuilder({ kind: 'primaryKey', ...keyArguments('primary key', args) })
}

/** `unique('users_email_key').on('email')`, `unique().on(t.a, t.b).nullsNotDistinct()`. */
export function unique(...args: KeyArguments): UniqueBuilder {
  return new UniqueBuilder({ kind: 'unique', ...keyArguments('unique constraint', args) })
}

/** `foreignKey('posts_user_fk').on('user_id').references('users', 'id', { onDelete: 'cascade' })`. */
export function foreignKey(...args: KeyArguments): ForeignKeyBuilder {
  return new ForeignKeyBuilder({ kind: 'foreignKey', ...keyArguments('foreign key', args) })
}

/** `check('posts_price_check', sql`price > 0`)`, or without a name `check(sql`…`)`. */
export function check(condition: Sql): CheckBuilder

export function check(name: string | undefined, condition: Sql | string): CheckBuilder

export function check(first: Sql | string | undefined, second?: Sql | string): CheckBuilder {
  if (isSql(first) && second === undefined) return new CheckBuilder({ kind: 'check', sql: first })
  if (second === undefined || isSql(first)) {
    throw new AmbixError('SCHEMA.INVALID', 'A check needs a condition.', {
      next: ["Write check('name', sql`price > 0`)."],
    })
  }
  checkShape('The condition of check()', second, fragment)
  return new CheckBuilder(
    first === undefined
      ? { kind: 'check', sql: second }
      : { kind: 'check', name: nonEmpty(first, 'check'), sql: second },
  )
}

/** `index('ix_posts_user').on(t.userId, t.createdAt.desc())`, `index().on(sql`lower(${t.email})`).unique()`. */
export function index(name?: string): IndexBuilder {
  return new IndexBuilder(
    name === undefined ? { kind: 'index', parts: [] } : { kind: 'index', name: nonEmpty(name, 'index'), parts: [] },
  )
}

/** `index(name).unique()`, for those who write it so. */
export function uniqueIndex(name?: string): IndexBuilder {
  return index(name).unique()
}

/** `exclude('no_overlap').using('gist').elements([t.room, '='], [t.during, '&&'])`. */
export function exclude(name?: string): ExcludeBuilder {
  return new ExcludeBuilder(
    name === undefined
      ? { kind: 'exclude', elements: [] }
      : { kind: 'exclude', name: nonEmpty(name, 'exclusion constraint'), elements: [] },
  )
}

const extraKinds: ReadonlySet<string> = new Set<ExtraData['kind']>([
  'primaryKey',
  'unique',
  'foreignKey',
  'check',
  'index',
  'exclude',
])

export function isExtra(x: unknown): x is Extra {
  const kind = dataOf(x)?.kind
  return kind !== undefined && extraKinds.has(kind)
}
