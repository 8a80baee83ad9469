/** Values of built-in types: drivers differ in what they give, and the columns' TypeScript types do not. */
import { AmbixError } from '../errors.ts'
import { type AnyColumn, type ColumnData, columnData } from '../schema/declare/column.ts'
import type { DomainData } from '../schema/declare/own-types.ts'
import { ambix, type Declared, dataOf } from '../schema/declared.ts'
import type { ColumnType } from '../schema/model.ts'
import { columnKinds } from '../schema/types.ts'
import { parseArray, printArray } from './parse-array.ts'

/** A column of a built-in type, or an array of one. */
export interface ValueCodec {
  readonly kind: 'value'
  /** The kind of the type, of the elements for an array. */
  readonly type: string
  readonly mode?: ColumnData['mode']
  readonly array: boolean
  /** With a time zone. */
  readonly zoned?: boolean
  /** The place takes a value of exactly this column: an insert or an update sets it. */
  readonly set?: true
}

/** Types whose values differ between drivers, besides all arrays. */
const differing = ['bigint', 'bigserial', 'numeric', 'interval', 'point', 'circle', 'json', 'jsonb']

interface Element {
  readonly column: AnyColumn
  readonly kind: string
  readonly array: boolean
  readonly zoned: boolean
}

/** The type under arrays and declared domains. */
export function elementOf(column: AnyColumn): Element {
  const data = columnData(column)
  let type: ColumnType = data.type
  let array = false
  for (; type.kind === 'array' && type.element !== undefined; type = type.element) array = true
  if (type.kind === 'domain' && dataOf(data.declaration)?.kind === 'domain') {
    const under = elementOf((data.declaration as Declared<DomainData>)[ambix].of)
    return { ...under, array: array || under.array }
  }
  return { column, kind: type.kind, array, zoned: type.withTimeZone === true }
}

export function valueCodec(column: AnyColumn): ValueCodec | undefined {
  const { column: under, kind, array, zoned } = elementOf(column)
  const { mode } = columnData(under)
  if (!(kind in columnKinds) || (!array && !differing.includes(kind))) return undefined
  return { kind: 'value', type: kind, array, zoned, ...(mode === undefined ? {} : { mode }) }
}

/**
 * A result as the column's TypeScript type says. Inside JSON a bigint is a number, as the types of Kysely's helpers say.
 * Throws SCHEMA.INVALID for a number that JavaScript cannot hold exactly.
 */
export function readValue(value: unknown, codec: ValueCodec, inJson: boolean): unknown {
  if (value === null || value === undefined) return value
  if (Array.isArray(value) && codec.array)
    return value.map((v) => readValue(v, Array.isArray(v) ? codec : { ...codec, array: false }, inJson))
  // Drivers leave arrays of types that they do not know as text; `[0:1]={…}` has bounds of its own.
  if (codec.array && typeof value === 'string' && /^(?:\[[^{]*=)?\{/u.test(value)) {
    const items = parseArray(value.slice(value.indexOf('{')), delimiterOf(codec))
    return readValue(fromText(items, codec.type), codec, inJson)
  }
  switch (codec.type) {
    case 'bigint':
    case 'bigserial':
      return wholeNumber(value, inJson && (codec.mode ?? 'bigint') === 'bigint' ? 'number' : (codec.mode ?? 'bigint'))
    case 'numeric':
      return typeof value === 'number' ? String(value) : value
    case 'interval':
      return typeof value === 'object' ? intervalText(value) : value
    case 'point':
      return isShape(value, 'x', 'y') ? `(${value.x},${value.y})` : value
    case 'circle':
      return isShape(value, 'x', 'y', 'radius') ? `<(${value.x},${value.y}),${value.radius}>` : value
    default:
      return value
  }
}

/**
 * A list that is set. For a JSON column drivers would take it for an array: each of them writes an object by its `toJSON`.
 * For an array column postgres.js takes it for the type of its first element, so it goes as text, which all drivers pass on.
 */
export function writeValue(value: unknown, codec: ValueCodec): unknown {
  if (codec.set !== true || !Array.isArray(value)) return value
  const isJson = codec.type === 'json' || codec.type === 'jsonb'
  if (!codec.array) return isJson ? { toJSON: () => value } : value
  const items = isJson ? undefined : toText(value, codec)
  return items === undefined ? value : printArray(items, delimiterOf(codec))
}

const delimiterOf = (codec: ValueCodec): string => (codec.type === 'box' ? ';' : ',')

/** The texts of the elements; undefined where the driver decides, as with the time zone of a Date in a type without one. */
function toText(items: readonly unknown[], codec: ValueCodec): unknown[] | undefined {
  const texts = items.map((v) => {
    if (Array.isArray(v)) return toText(v, codec)
    if (v instanceof Uint8Array) return `\\x${Buffer.from(v).toString('hex')}`
    if (v instanceof Date) return codec.zoned === true ? v.toISOString() : undefined
    return typeof v === 'object' && v !== null ? undefined : (v ?? null)
  })
  return texts.includes(undefined) ? undefined : texts
}

function wholeNumber(value: unknown, mode: 'bigint' | 'number' | 'string'): unknown {
  const isWhole =
    typeof value === 'bigint' || Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/u.test(value))
  // An expression over a bigint column may be of another type: `coalesce(id, 0.5)`.
  if (!isWhole) return value
  if (mode === 'string') return String(value)
  if (mode === 'bigint') return BigInt(value as string | number | bigint)
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  if (typeof value === 'number') return value
  throw new AmbixError('SCHEMA.INVALID', `A column of bigint({ mode: 'number' }) holds ${String(value)}.`, {
    why: 'JavaScript numbers are exact up to 9007199254740991 only.',
    next: ["Declare the column as bigint() or bigint({ mode: 'string' })."],
  })
}

function fromText(value: unknown, kind: string): unknown {
  if (Array.isArray(value)) return value.map((v) => fromText(v, kind))
  if (typeof value !== 'string') return value
  switch (columnKinds[kind as keyof typeof columnKinds].value) {
    case 'number':
      return Number(value)
    case 'boolean':
      return value === 't'
    case 'date':
      return new Date(/^[\d-]+$/u.test(value) ? `${value} 00:00:00` : value)
    case 'bytes':
      return Buffer.from(value.slice(2), 'hex')
    case 'json':
      return JSON.parse(value)
    default:
      return value
  }
}

function isShape<K extends string>(value: unknown, ...keys: readonly K[]): value is Record<K, number> {
  return typeof value === 'object' && value !== null && keys.every((k) => k in value)
}

/** The object that `pg` makes of an interval, as PostgreSQL prints one: `1 year 2 mons -3 days +04:05:06.7`. */
function intervalText(value: object): string {
  const part = (key: string): number => Number((value as Readonly<Record<string, unknown>>)[key] ?? 0)
  let out = ''
  let negative = false
  const sign = (n: number): string => (n > 0 && negative ? '+' : '')
  for (const [key, unit] of [
    ['years', 'year'],
    ['months', 'mon'],
    ['days', 'day'],
  ] as const) {
    const n = part(key)
    if (n === 0) continue
    out += `${out === '' ? '' : ' '}${sign(n)}${n} ${unit}${n === 1 ? '' : 's'}`
    negative = n < 0
  }
  // Microseconds, all parts of the time have one sign.
  const whole = part('hours') * 3600 + part('minutes') * 60 + part('seconds')
  const micros = Math.round(whole * 1e6 + part('milliseconds') * 1e3)
  if (micros === 0 && out !== '') return out
  const two = (n: number): string => String(n).padStart(2, '0')
  const size = Math.abs(micros)
  const seconds = Math.floor(size / 1e6)
  const rest = String(size % 1e6)
    .padStart(6, '0')
    .replace(/0+$/u, '')
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${out === '' ? '' : `${out} `}${micros < 0 ? '-' : sign(micros)}${clock}${rest === '' ? '' : `.${rest}`}`
}
