/** The column types by the names of PostgreSQL and Alembic: one function each. */
import { AmbixError } from '../../errors.ts'
import { ColumnBuilder, nonEmpty } from './column.ts'
import { checkOptions, type Known, noArguments } from './known-options.ts'
import { anything, flag, oneOf, shown, word } from '../shapes.ts'
import { kept, share, sharedBy } from './shared.ts'
import type { ColumnType } from '../model.ts'
import type { BuiltInKind } from '../types.ts'

type SerialColumn<V> = ColumnBuilder<V, false, true>

function column<V>(type: ColumnType): ColumnBuilder<V> {
  return new ColumnBuilder({ kind: 'columnBuilder', type: Object.freeze(type) })
}

/** Types without arguments. */
function plain<V>(kind: BuiltInKind): () => ColumnBuilder<V> {
  let one: ColumnBuilder<V> | undefined
  return (...args: readonly unknown[]) => {
    if (args.length > 0) noArguments(kind, args)
    return (one ??= share(column({ kind })))
  }
}

function serialOf<V>(kind: BuiltInKind): () => SerialColumn<V> {
  return (...args: readonly unknown[]) => {
    if (args.length > 0) noArguments(kind, args)
    return new ColumnBuilder({ kind: 'columnBuilder', type: Object.freeze({ kind }), nullable: false })
  }
}

function wholeFrom(kind: string, what: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  throw new AmbixError('SCHEMA.INVALID', `The ${what} of ${kind} must be a whole number from ${least}.`, {
    why: `${shown(value)} was given.`,
  })
}

function sized(kind: BuiltInKind): (length: number | undefined) => ColumnBuilder<string> {
  return sharedBy((length) =>
    column(length === undefined ? { kind } : { kind, length: wholeFrom(kind, 'length', length, 1) }),
  )
}

export const smallint: () => ColumnBuilder<number> = plain('smallint')
export const integer: () => ColumnBuilder<number> = plain('integer')
export const real: () => ColumnBuilder<number> = plain('real')
export const doublePrecision: () => ColumnBuilder<number> = plain('doublePrecision')
export const money: () => ColumnBuilder<string> = plain('money')
export const boolean: () => ColumnBuilder<boolean> = plain('boolean')
export const text: () => ColumnBuilder<string> = plain('text')
export const citext: () => ColumnBuilder<string> = plain('citext')
export const name: () => ColumnBuilder<string> = plain('name')
export const bytea: () => ColumnBuilder<Uint8Array> = plain('bytea')
export const date: () => ColumnBuilder<Date> = plain('date')
export const uuid: () => ColumnBuilder<string> = plain('uuid')
export const json: () => ColumnBuilder<unknown> = plain('json')
export const jsonb: () => ColumnBuilder<unknown> = plain('jsonb')
export const xml: () => ColumnBuilder<string> = plain('xml')
export const inet: () => ColumnBuilder<string> = plain('inet')
export const cidr: () => ColumnBuilder<string> = plain('cidr')
export const macaddr: () => ColumnBuilder<string> = plain('macaddr')
export const macaddr8: () => ColumnBuilder<string> = plain('macaddr8')
export const tsvector: () => ColumnBuilder<string> = plain('tsvector')
export const tsquery: () => ColumnBuilder<string> = plain('tsquery')
export const point: () => ColumnBuilder<string> = plain('point')
export const line: () => ColumnBuilder<string> = plain('line')
export const lseg: () => ColumnBuilder<string> = plain('lseg')
export const box: () => ColumnBuilder<string> = plain('box')
export const path: () => ColumnBuilder<string> = plain('path')
export const polygon: () => ColumnBuilder<string> = plain('polygon')
export const circle: () => ColumnBuilder<string> = plain('circle')
export const int4range: () => ColumnBuilder<string> = plain('int4range')
export const int8range: () => ColumnBuilder<string> = plain('int8range')
export const numrange: () => ColumnBuilder<string> = plain('numrange')
export const tsrange: () => ColumnBuilder<string> = plain('tsrange')
export const tstzrange: () => ColumnBuilder<string> = plain('tstzrange')
export const daterange: () => ColumnBuilder<string> = plain('daterange')
export const int4multirange: () => ColumnBuilder<string> = plain('int4multirange')
export const int8multirange: () => ColumnBuilder<string> = plain('int8multirange')
export const nummultirange: () => ColumnBuilder<string> = plain('nummultirange')
export const tsmultirange: () => ColumnBuilder<string> = plain('tsmultirange')
export const tstzmultirange: () => ColumnBuilder<string> = plain('tstzmultirange')
export const datemultirange: () => ColumnBuilder<string> = plain('datemultirange')
export const oid: () => ColumnBuilder<number> = plain('oid')

/** The TypeScript type of a bigint column; drivers differ (`pg` returns strings). */
export type BigintMode = 'bigint' | 'number' | 'string'
type BigintValue<M extends BigintMode> = M extends 'number' ? number : M extends 'string' ? string : bigint

const bigints = sharedBy(
  (mode: BigintMode | undefined): ColumnBuilder<never> =>
    new ColumnBuilder({ kind: 'columnBuilder', type: Object.freeze({ kind: 'bigint' }), ...(mode && { mode }) }),
)
export function bigint<M extends BigintMode = 'bigint'>(options?: {
  readonly mode?: M
}): ColumnBuilder<BigintValue<M>> {
  if (options !== undefined) bigintMode('bigint', options)
  return bigints(options?.mode)
}
const bigintOptions = { mode: oneOf('bigint', 'number', 'string') }
function bigintMode(kind: string, options: { readonly mode?: BigintMode }): void {
  checkOptions(`${kind}()`, options, bigintOptions)
}
export const smallserial: () => SerialColumn<number> = serialOf('smallserial')
export const serial: () => SerialColumn<number> = serialOf('serial')
export function bigserial<M extends BigintMode = 'bigint'>(
  options: { readonly mode?: M } = {},
): SerialColumn<BigintValue<M>> {
  bigintMode('bigserial', options)
  return new ColumnBuilder({
    kind: 'columnBuilder',
    type: Object.freeze({ kind: 'bigserial' }),
    nullable: false,
    ...(options.mode && { mode: options.mode }),
  })
}

/** Exact numbers, as strings in TypeScript: `numeric(10, 2)`. A scale may be negative (manual, 8.1.2). */
export function numeric(precision?: number, scale?: number): ColumnBuilder<string> {
  return numerics(precision)(scale)
}
const numerics = kept((precision: number | undefined) => {
  if (precision !== undefined) wholeFrom('numeric', 'precision', precision, 1)
  return sharedBy((scale: number | undefined): ColumnBuilder<string> => {
    if (precision === undefined) return column({ kind: 'numeric' })
    if (scale === undefined) return column({ kind: 'numeric', precision })
    if (!Number.isInteger(scale))
      throw new AmbixError('SCHEMA.INVALID', `The scale of numeric must be a whole number, not ${shown(scale)}.`)
    return column({ kind: 'numeric', precision, scale })
  })
})
/** Another name of `numeric`. */
export const decimal: typeof numeric = numeric

const varchars = sized('varchar')
const chars = sized('char')
const bits = sized('bit')
const varbits = sized('varbit')
export function varchar(length?: number): ColumnBuilder<string> {
  return varchars(length)
}
export function char(length = 1): ColumnBuilder<string> {
  return chars(length)
}
export function bit(length = 1): ColumnBuilder<string> {
  return bits(length)
}
export function varbit(length?: number): ColumnBuilder<string> {
  return varbits(length)
}

export interface TimeOptions {
  readonly withTimeZone?: boolean
  /** Fractional digits. */
  readonly precision?: number
}
const timeOptions: Known<TimeOptions> = { withTimeZone: flag, precision: anything() }
function timed<V>(kind: BuiltInKind): (options: TimeOptions | undefined) => ColumnBuilder<V> {
  const called = `${kind}()`
  const of = (zone: object): ((precision: number | undefined) => ColumnBuilder<V>) =>
    sharedBy((precision) =>
      column({
        kind,
        ...(precision === undefined ? {} : { precision: wholeFrom(kind, 'precision', precision, 0) }),
        ...zone,
      }),
    )
  const [local, zoned] = [of({}), of({ withTimeZone: true })]
  return (options) => {
    checkOptions(called, options, timeOptions)
    return (options?.withTimeZone === true ? zoned : local)(options?.precision)
  }
}
const times = timed<string>('time')
const timestamps = timed<Date>('timestamp')
export function time(options?: TimeOptions): ColumnBuilder<string> {
  return times(options)
}
/** Without time zone by default: `timestamp({ withTimeZone: true, precision: 3 })`. */
export function timestamp(options?: TimeOptions): ColumnBuilder<Date> {
  return timestamps(options)
}
/** `interval({ fields: 'day to second', precision: 3 })`. */
export function interval(
  options: { readonly fields?: string; readonly precision?: number } = {},
): ColumnBuilder<string> {
  checkOptions('interval()', options, { fields: word, precision: anything() })
  const { fields, precision } = options
  return column({
    kind: 'interval',
    ...(precision === undefined ? {} : { precision: wholeFrom('interval', 'precision', precision, 0) }),
    ...(fields === undefined ? {} : { fields: fields.toLowerCase() }),
  })
}

interface TypeRefOptions {
  readonly schema?: string
}
function named<V>(kind: 'domain' | 'composite' | 'range', name: string, options: TypeRefOptions): ColumnBuilder<V> {
  nonEmpty(name, kind)
  checkOptions(`${kind}Ref()`, options, { schema: word })
  const { schema } = options
  return column(schema === undefined ? { kind, name } : { kind, schema, name })
}
/** A column of a domain, by name. */
export function domainRef<V = unknown>(name: string, options: TypeRefOptions = {}): ColumnBuilder<V> {
  return named('domain', name, options)
}
/** A column of a composite type, by name. */
export function compositeRef<V = unknown>(name: string, options: TypeRefOptions = {}): ColumnBuilder<V> {
  return named('composite', name, options)
}
/** A column of a range type of the user's own, by name. */
export function rangeRef<V = string>(name: string, options: TypeRefOptions = {}): ColumnBuilder<V> {
  return named('range', name, options)
}
/** A column without a type, as SQLite's may be. */
export const untyped: () => ColumnBuilder<unknown> = () => column({ kind: 'custom', sql: '' })

/** Any other type, written as in SQL: `customType<number[]>('vector(3)')`, `customType('hstore')`. */
export function customType<V = unknown>(sql: string): ColumnBuilder<V> {
  return column({ kind: 'custom', sql: nonEmpty(sql, 'type') })
}
