/** Zod schemas of rows, derived from declared tables: what `ambix/zod` exports. */
import { z } from 'zod'
import { AmbixError } from './errors.ts'
import { shown } from './schema/shapes.ts'
import { type AnyColumn, columnData } from './schema/declare/column.ts'
import { ambix, type Declared, dataOf } from './schema/declared.ts'
import type { EnumData } from './schema/declare/enum-labels.ts'
import type { ColumnsOf, OptionalKeys, RequiredKeys, RowSource, Selected } from './schema/declare/infer.ts'
import type { ColumnType } from './schema/model.ts'
import type { DomainData } from './schema/declare/own-types.ts'
import { columnKinds, serialKinds } from './schema/types.ts'

/** A row as it is read: every column, by its property. */
export type SelectSchema<T extends RowSource> = z.ZodObject<{
  [K in keyof ColumnsOf<T>]: z.ZodType<Selected<ColumnsOf<T>[K]>>
}>
/** A row to insert: what has a default or may be null is optional, what the database computes is left out. */
export type InsertSchema<T extends RowSource> = z.ZodObject<
  { [K in RequiredKeys<ColumnsOf<T>>]: z.ZodType<Selected<ColumnsOf<T>[K]>> } & {
    [K in OptionalKeys<ColumnsOf<T>>]: z.ZodOptional<z.ZodType<Selected<ColumnsOf<T>[K]>>>
  }
>
/** The columns that an update may set: none is required. */
export type UpdateSchema<T extends RowSource> = z.ZodObject<{
  [K in RequiredKeys<ColumnsOf<T>> | OptionalKeys<ColumnsOf<T>>]: z.ZodOptional<z.ZodType<Selected<ColumnsOf<T>[K]>>>
}>

export interface SchemaOptions {
  /**
   * The input was JSON, which has no dates and no bigints: a Date column takes an ISO text too (`2026-05-07T08:09:10Z`;
   * a `date` column also `2026-05-07`), a bigint column a whole number or its digits. What comes out is a Date, a bigint.
   */
  readonly json?: boolean
}

/** Checks rows that were read: `selectSchema(users).parse(row)` is a `Row<typeof users>`. */
export function selectSchema<T extends RowSource>(table: T, options: SchemaOptions = {}): SelectSchema<T> {
  // Shapes are built from the same columns that the type maps over.
  return z.object(
    Object.fromEntries(columnsOf(table).map(([key, c]) => [key, checked(c, options)])),
  ) as unknown as SelectSchema<T>
}

/**
 * Checks rows to insert: `insertSchema(users).parse(body)` is an `Insert<typeof users>`.
 *
 * @example insertSchema(users, { json: true }).parse(await request.json())
 */
export function insertSchema<T extends RowSource>(table: T, options: SchemaOptions = {}): InsertSchema<T> {
  const shape = writable(table).map(([key, c]) => [
    key,
    isOptional(c) ? checked(c, options).optional() : checked(c, options),
  ])
  return z.object(Object.fromEntries(shape)) as unknown as InsertSchema<T>
}

/** Checks what an update sets: `updateSchema(users).parse(body)` is an `Update<typeof users>`. */
export function updateSchema<T extends RowSource>(table: T, options: SchemaOptions = {}): UpdateSchema<T> {
  return z.object(
    Object.fromEntries(writable(table).map(([key, c]) => [key, checked(c, options).optional()])),
  ) as unknown as UpdateSchema<T>
}

function columnsOf(table: RowSource): readonly (readonly [string, AnyColumn])[] {
  if (dataOf(table)?.kind !== 'table' && dataOf(table)?.kind !== 'view')
    throw new AmbixError('SCHEMA.INVALID', 'A declared table or view is wanted.', { why: `${shown(table)} was given.` })
  return Object.entries(table[ambix].columns)
}

/** Without what the database alone may write. */
function writable(table: RowSource): readonly (readonly [string, AnyColumn])[] {
  return columnsOf(table).filter(
    ([, c]) => columnData(c).generated === undefined && columnData(c).identity?.generation !== 'always',
  )
}

function isNullable(column: AnyColumn): boolean {
  const data = columnData(column)
  return data.nullable !== false && data.primaryKey === undefined && data.identity === undefined
}

function isOptional(column: AnyColumn): boolean {
  const { default: preset, defaultFn, identity, type } = columnData(column)
  return (
    isNullable(column) ||
    preset !== undefined ||
    defaultFn !== undefined ||
    identity !== undefined ||
    serialKinds.includes(type.kind)
  )
}

function checked(column: AnyColumn, options: SchemaOptions): z.ZodType {
  const value = valueOf(column, columnData(column).type, options.json === true)
  return isNullable(column) ? value.nullable() : value
}

const int2 = 2 ** 15
const int4 = 2 ** 31
const int8 = z
  .bigint()
  .min(-(2n ** 63n))
  .max(2n ** 63n - 1n)

/** A day without a time is the midnight of here, as drivers write and read one. */
const day = z.iso.date().transform((text) => new Date(`${text}T00:00:00`))
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

function valueOf(column: AnyColumn, type: ColumnType, json: boolean): z.ZodType {
  const { enum: data, mode, declaration } = columnData(column)
  if (type.kind === 'array')
    return type.element === undefined ? z.array(z.unknown()) : z.array(valueOf(column, type.element, json))
  if (data !== undefined) return members(data)
  const declared = dataOf(declaration)
  if (declared?.kind === 'domain') {
    const { of } = (declaration as Declared<DomainData>)[ambix]
    return valueOf(of, columnData(of).type, json)
  }
  switch (type.kind) {
    case 'smallint':
    case 'smallserial':
      return z
        .int()
        .min(-int2)
        .max(int2 - 1)
    case 'integer':
    case 'serial':
      return z
        .int()
        .min(-int4)
        .max(int4 - 1)
    case 'oid':
      return z
        .int()
        .min(0)
        .max(2 ** 32 - 1)
    case 'bigint':
    case 'bigserial':
      return mode === 'number'
        ? z.int()
        : mode === 'string'
          ? z.string().regex(/^-?\d+$/u)
          : json
            ? z
                .union([z.bigint(), z.int(), z.string().regex(/^-?\d+$/u)])
                .transform(BigInt)
                .pipe(int8)
            : int8
    case 'numeric':
      return z.string().regex(/^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/u, 'a number in a string')
    case 'uuid':
      return z.guid()
    case 'varchar':
    case 'char':
      return sized(type.length)
    case 'date':
      return json ? z.union([z.date(), day, moment]) : z.date()
    case 'timestamp':
      return json ? z.union([z.date(), moment]) : z.date()
    default:
      return plain(type.kind)
  }
}

function plain(kind: string): z.ZodType {
  const facts = kind in columnKinds ? columnKinds[kind as keyof typeof columnKinds] : undefined
  switch (facts?.value) {
    case 'number':
      return z.number()
    case 'boolean':
      return z.boolean()
    case 'date':
      return z.date()
    case 'bytes':
      return z.instanceof(Uint8Array)
    case 'json':
      return z.json()
    case 'string':
      return z.string()
    case 'bigint':
      return z.bigint()
    case undefined:
      return kind === 'enum' ? z.string() : z.any()
  }
}

/** Databases count characters, where JavaScript counts halves of some. */
function sized(length: number | undefined): z.ZodType {
  return length === undefined
    ? z.string()
    : z.string().refine((s) => [...s].length <= length, `at most ${length} characters`)
}

function members(data: EnumData): z.ZodType {
  return data.members.length === 0 ? z.never() : z.literal(data.members.map((m) => m.value))
}
