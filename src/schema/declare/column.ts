/** One column as it is declared: an immutable builder that holds its options and the TypeScript type of its values. */
import { AmbixError } from '../../errors.ts'
import { ambix, type Declared, dataOf } from '../declared.ts'
import { literalOf } from './default-value.ts'
import { checkOptions, type Known } from './known-options.ts'
import {
  anything,
  checkShape,
  flag,
  fragment,
  initially,
  keyword,
  names,
  oneOf,
  sequenceShapes,
  shown,
  text,
  whole,
  word,
} from '../shapes.ts'
import type { EnumData } from './enum-labels.ts'
import { isShared, sharedFrom } from './shared.ts'
import type { ColumnType, Identity, LiteralValue, Ref, ReferentialAction, SequenceOptions } from '../model.ts'
import { isSharedSql, isSql, type Sql } from '../sql.ts'
import { integerKinds } from '../types.ts'

export type ActionWord = ReferentialAction | 'no action' | 'set null' | 'set default'

export interface ReferenceOptions {
  /** The constraint's name. */
  readonly name?: string
  readonly onDelete?: ActionWord
  readonly onUpdate?: ActionWord
  /** `ON DELETE SET NULL (a, b)`: which columns. */
  readonly onDeleteColumns?: readonly string[]
  readonly match?: 'simple' | 'full' | 'partial'
  readonly deferrable?: boolean
  /** `deferred` makes it deferrable too. */
  readonly initially?: 'immediate' | 'deferred'
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
}
export interface DeferrableOptions {
  readonly deferrable?: boolean
  readonly initially?: 'immediate' | 'deferred'
}
export interface ColumnUniqueOptions extends DeferrableOptions {
  readonly name?: string
  readonly nullsNotDistinct?: boolean
}
export interface ColumnIndexOptions {
  readonly name?: string
  readonly unique?: boolean
  readonly using?: string
}
export interface IdentityOptions extends SequenceOptions {
  /** Default `byDefault`, as Alembic's. With `always` the column cannot be inserted. */
  readonly generation?: 'always' | 'byDefault'
  readonly sequenceName?: string
}

/** Where a foreign key points: a column of a declared table, or names. */
export type ReferenceTarget =
  | { readonly lazy: () => unknown }
  | { readonly table: Ref; readonly columns: readonly string[] }

/** The declaration of the column's type, so that it is collected even where no module exports it. */
export type TypeDeclaration = Declared<{ readonly kind: string }>

export interface ColumnData {
  readonly kind: 'columnBuilder'
  readonly type: ColumnType
  /** The labels and members, for a column of a declared enum (also through arrays). */
  readonly enum?: EnumData
  readonly declaration?: TypeDeclaration
  /** The TypeScript type, where the column type allows several (bigint). */
  readonly mode?: 'bigint' | 'number' | 'string'
  readonly sqlName?: string
  readonly nullable?: boolean
  readonly primaryKey?: { readonly name?: string }
  readonly identity?: Identity
  readonly unique?: ColumnUniqueOptions
  readonly references?: { readonly target: ReferenceTarget; readonly options: ReferenceOptions }
  readonly default?:
    | { readonly kind: 'literal'; readonly value: LiteralValue }
    | { readonly kind: 'fragment'; readonly sql: Sql }
  readonly defaultFn?: () => unknown
  readonly generated?: { readonly sql: Sql | string; readonly stored: boolean }
  readonly comment?: string
  readonly collation?: Ref
  readonly renamedFrom?: string
  readonly checks?: readonly { readonly sql: Sql | string; readonly name?: string }[]
  readonly indexes?: readonly ColumnIndexOptions[]
  readonly storage?: 'plain' | 'external' | 'extended' | 'main'
  readonly compression?: 'pglz' | 'lz4'
  readonly statistics?: number
  readonly inherited?: true
}

const identityOptions: Known<IdentityOptions> = {
  generation: oneOf('always', 'byDefault'),
  sequenceName: word,
  ...sequenceShapes,
}
const uniqueOptions: Known<ColumnUniqueOptions> = {
  name: word,
  nullsNotDistinct: flag,
  deferrable: flag,
  initially,
}
export const referenceOptions: Known<ReferenceOptions> = {
  name: word,
  // Where the constraint is made, the error names it.
  onDelete: anything(),
  onUpdate: anything(),
  onDeleteColumns: names,
  match: keyword('simple', 'full', 'partial'),
  deferrable: flag,
  initially,
  notValid: flag,
  notEnforced: flag,
}

const storages = keyword('plain', 'external', 'extended', 'main')
const compressions = keyword('pglz', 'lz4')

/** Any column builder, whatever its values are. */
export type AnyColumn = ColumnBuilder<unknown, boolean, boolean, boolean, string | undefined>
export type ColumnMap = Readonly<Record<string, AnyColumn>>

/** Read by type inference from a builder; it exists in types only. */
export interface ColumnShape<V, N extends boolean, D extends boolean, G extends boolean, S extends string | undefined> {
  readonly value: V
  readonly nullable: N
  readonly hasDefault: D
  readonly generated: G
  readonly sqlName: S
}

/**
 * A column. Every call returns a new builder, so that one may be kept and shared. Columns are nullable without
 * `notNull()` or `primaryKey()`.
 *
 * `V`: the value in TypeScript; `N`: may be null; `D`: the database or a function fills it when it is not given;
 * `G`: it cannot be given; `S`: its name in the database where it is another than the property's.
 */
export class ColumnBuilder<
  out V,
  out N extends boolean = true,
  out D extends boolean = false,
  out G extends boolean = false,
  out S extends string | undefined = undefined,
> {
  readonly [ambix]: ColumnData
  declare readonly $: ColumnShape<V, N, D, G, S>

  constructor(data: ColumnData) {
    this[ambix] = Object.freeze(data)
  }

  /** Names the column in the database, where that is not the property's name. */
  named<const Name extends string>(name: Name): ColumnBuilder<V, N, D, G, Name> {
    return derived(this, { sqlName: nonEmpty(name, 'column') })
  }

  notNull(): ColumnBuilder<V, false, D, G, S> {
    return once(this, 'not null', notNull)
  }

  nullable(): ColumnBuilder<V, true, D, G, S> {
    return once(this, 'null', nullable)
  }

  /** Several columns with it form one primary key together, in their order. */
  primaryKey(options?: string | { readonly name?: string }): ColumnBuilder<V, false, D, G, S> {
    if (options === undefined) return once(this, 'primary key', primaryKey)
    if (typeof options !== 'string') checkOptions('primaryKey()', options, { name: word })
    return derived(this, { primaryKey: typeof options === 'string' ? { name: options } : options })
  }

  /** `GENERATED … AS IDENTITY`; integers only. Makes the column not null. */
  identity(): ColumnBuilder<V, false, true, G, S>
  identity(options: IdentityOptions & { readonly generation: 'always' }): ColumnBuilder<V, false, true, true, S>
  identity(options: IdentityOptions): ColumnBuilder<V, false, true, G, S>
  identity(options: IdentityOptions = {}): ColumnBuilder<V, false, true, boolean, S> {
    const { type } = this[ambix]
    if (!integerKinds.includes(type.kind) && type.kind !== 'domain' && type.kind !== 'custom') {
      throw new AmbixError('SCHEMA.INVALID', `A column of type ${type.kind} cannot be an identity.`, {
        why: 'Only smallint, integer and bigint can.',
      })
    }
    checkOptions('identity()', options, identityOptions)
    const identity = { generation: 'byDefault' as const, ...options }
    const change = (): Partial<ColumnData> => ({ identity: Object.freeze(identity) })
    return hasOnly(identity, 'generation') ? once(this, identity.generation, change) : derived(this, change())
  }

  unique(options?: string | ColumnUniqueOptions): ColumnBuilder<V, N, D, G, S> {
    if (typeof options !== 'string') checkOptions('unique()', options, uniqueOptions)
    return derived(this, { unique: typeof options === 'string' ? { name: options } : (options ?? {}) })
  }

  /**
   * A foreign key: `references(() => users.id, { onDelete: 'cascade' })`, or by names as in revisions:
   * `references('users', 'id', { schema: 'app' })`.
   */
  references(
    column: () => Declared<{ readonly kind: 'columnRef' }>,
    options?: ReferenceOptions,
  ): ColumnBuilder<V, N, D, G, S>
  references(
    table: string,
    column: string,
    options?: ReferenceOptions & { readonly schema?: string },
  ): ColumnBuilder<V, N, D, G, S>
  references(
    target: string | (() => unknown),
    second?: string | ReferenceOptions,
    third?: ReferenceOptions & { readonly schema?: string },
  ): ColumnBuilder<V, N, D, G, S> {
    if (typeof target === 'function') {
      checkOptions('references()', second as ReferenceOptions | undefined, referenceOptions)
      return derived(this, { references: { target: { lazy: target }, options: (second ?? {}) as ReferenceOptions } })
    }
    if (typeof target !== 'string' || typeof second !== 'string') {
      throw new AmbixError('SCHEMA.INVALID', 'A reference needs a table and a column.', {
        next: ["Write references(() => users.id), or references('users', 'id')."],
      })
    }
    checkOptions('references()', third, { ...referenceOptions, schema: word })
    const { schema, ...options } = third ?? {}
    const table: Ref = schema === undefined ? { name: target } : { schema, name: target }
    return derived(this, { references: { target: { table, columns: [second] }, options } })
  }

  /**
   * A server default: a value of the column's own type, or sql`…`. Values of enums are members, and are written as
   * what is persisted. JSON columns take objects, or JSON text. `null` takes a default away.
   */
  default(value: V | DefaultInput<V> | Sql | null): ColumnBuilder<V, N, true, G, S> {
    if (value === undefined)
      throw new AmbixError('SCHEMA.INVALID', 'The default is undefined.', {
        next: ['Give a value or sql`…`; null takes a default away.'],
      })
    const { default: _, ...rest } = this[ambix]
    if (value === null) return new ColumnBuilder(rest)
    const change = (): Partial<ColumnData> => ({
      default: Object.freeze(
        isSql(value)
          ? { kind: 'fragment', sql: value }
          : { kind: 'literal', value: literalOf(value, this[ambix].type, this[ambix].enum) },
      ),
    })
    return typeof value === 'boolean' || isSharedSql(value) ? once(this, value, change) : derived(this, change())
  }

  /** A default that the client sets (through `ambix/kysely`); the database has no default. */
  defaultFn(make: () => V): ColumnBuilder<V, N, true, G, S> {
    if (typeof make !== 'function') throw new AmbixError('SCHEMA.INVALID', 'defaultFn takes a function.')
    return derived(this, { defaultFn: make })
  }

  /** Computed by the database from other columns: stored unless `stored: false`. */
  generatedAs(
    expression: Sql | string,
    options: { readonly stored?: boolean } = {},
  ): ColumnBuilder<V, N, true, true, S> {
    checkOptions('generatedAs()', options, { stored: flag })
    checkShape('The expression of generatedAs()', expression, fragment)
    return derived(this, { generated: { sql: expression, stored: options.stored ?? true } })
  }

  comment(comment: string): ColumnBuilder<V, N, D, G, S> {
    checkShape('comment()', comment, text)
    return derived(this, { comment })
  }

  collate(name: string, options: { readonly schema?: string } = {}): ColumnBuilder<V, N, D, G, S> {
    checkOptions('collate()', options, { schema: word })
    checkShape('The collation', name, word)
    return derived(this, { collation: options.schema === undefined ? { name } : { schema: options.schema, name } })
  }

  /** The column's old name in the database: the next revision renames it. */
  renamedFrom(old: string): ColumnBuilder<V, N, D, G, S> {
    return derived(this, { renamedFrom: nonEmpty(old, 'column') })
  }

  /** An array of this. Say it before `.default()`. */
  array(): ColumnBuilder<V[], N, D, G, S> {
    const { type, default: said } = this[ambix]
    if (said?.kind === 'literal') {
      throw new AmbixError('SCHEMA.INVALID', 'The default was given before .array().', {
        next: ['Write .array().default([…]).'],
      })
    }
    return derived(this, { type: Object.freeze({ kind: 'array', element: type }) })
  }

  /** A condition on each row, as SQL. */
  check(condition: Sql | string, name?: string): ColumnBuilder<V, N, D, G, S> {
    checkShape('The condition of check()', condition, fragment)
    if (name !== undefined) nonEmpty(name, 'check')
    const check = name === undefined ? { sql: condition } : { sql: condition, name }
    return derived(this, { checks: Object.freeze([...(this[ambix].checks ?? []), check]) })
  }

  /** An index over this column alone. */
  index(options?: string | ColumnIndexOptions): ColumnBuilder<V, N, D, G, S> {
    if (typeof options !== 'string') checkOptions('index()', options, { name: word, unique: flag, using: word })
    const index = typeof options === 'string' ? { name: options } : (options ?? {})
    return derived(this, { indexes: Object.freeze([...(this[ambix].indexes ?? []), index]) })
  }

  storage(storage: 'plain' | 'external' | 'extended' | 'main'): ColumnBuilder<V, N, D, G, S> {
    checkShape('storage()', storage, storages)
    return derived(this, { storage })
  }

  compression(method: 'pglz' | 'lz4'): ColumnBuilder<V, N, D, G, S> {
    checkShape('compression()', method, compressions)
    return derived(this, { compression: method })
  }

  /** The planner's per-column statistics target. */
  statistics(target: number): ColumnBuilder<V, N, D, G, S> {
    checkShape('statistics()', target, whole)
    return derived(this, { statistics: target })
  }

  /**
   * The column comes from a parent of the table, and has something of its own there: a default, NOT NULL, a comment.
   * Columns that are as the parent's are left out.
   */
  inherited(): ColumnBuilder<V, N, D, G, S> {
    return derived(this, { inherited: true })
  }

  /** Says what the values are in TypeScript, where the type alone cannot: `jsonb().$type<Settings>()`. */
  $type<T>(): ColumnBuilder<T, N, D, G, S> {
    return derived(this, {})
  }
}

const notNull = (): Partial<ColumnData> => ({ nullable: false })
const nullable = (): Partial<ColumnData> => ({ nullable: true })
const primaryKey = (): Partial<ColumnData> => ({ primaryKey: {} })

function hasOnly(object: object, only: string): boolean {
  for (const key in object) if (key !== only) return false
  return true
}

/** As `derived`; from a builder that is shared always the same one. `key` stands for the change. */
function once<R extends AnyColumn>(column: AnyColumn, key: unknown, change: () => Partial<ColumnData>): R {
  // As in `derived`.
  return isShared(column)
    ? (sharedFrom(column, key, () => derived<AnyColumn>(column, change())) as R)
    : derived(column, change())
}

/** The new builder's type parameters are those of the method that asks: the data itself does not carry them. */
function derived<R extends AnyColumn>(column: AnyColumn, change: Partial<ColumnData>): R {
  // The parameters exist only in types, and each method above has the right ones.
  return new ColumnBuilder({ ...column[ambix], ...change }) as AnyColumn as R
}

/** Other forms in which a default of the type may be written, as the database prints it. */
export type DefaultInput<V> = V extends bigint | Date | Uint8Array
  ? string | number
  : V extends number
    ? string
    : V extends readonly (infer E)[]
      ? string | ArrayInput<E>
      : V extends object
        ? string
        : string extends V
          ? number
          : never

/** As many dimensions as the value has: an array type does not tell how many (manual, 8.15.1). */
type ArrayInput<E> = readonly (E | DefaultInput<E> | ArrayInput<E> | null)[]

export function isColumn(x: unknown): x is AnyColumn {
  return dataOf(x)?.kind === 'columnBuilder'
}

export function columnData(x: AnyColumn): ColumnData {
  return x[ambix]
}

/** The name, where it can be one. */
export function nonEmpty(name: string, what: string): string {
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return name
  throw new AmbixError('SCHEMA.INVALID', `The name of a ${what} must be a string that is not empty.`, {
    why: `${shown(name)} was given.`,
  })
}
