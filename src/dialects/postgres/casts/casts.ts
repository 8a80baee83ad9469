/** Which types have an assignment cast, and which expression converts a column's values where there is none. */
import { arrayRemap as remapArray } from '../../../operations/array-remap.ts'
import type { ColumnType } from '../../../schema/model.ts'
import type { ValueMap } from '../../../operations/kinds.ts'
import { plainKind } from '../../shared/losses.ts'
import { text, writeType } from '../spell/writer.ts'

const integers = ['smallint', 'integer', 'bigint']
const numbers = [...integers, 'numeric', 'real', 'doublePrecision']
const strings = ['text', 'varchar', 'char', 'citext', 'name']

/** Pairs of different kinds with an assignment or implicit cast, in addition to the families above (pg_cast, castcontext a or i). */
const assignable: Readonly<Record<string, readonly string[]>> = {
  date: ['timestamp'],
  timestamp: ['date', 'time'],
  time: ['interval'],
  interval: ['time'],
  json: ['jsonb'],
  jsonb: ['json'],
  inet: ['cidr'],
  cidr: ['inet'],
  macaddr: ['macaddr8'],
  macaddr8: ['macaddr'],
  bit: ['varbit'],
  varbit: ['bit'],
  money: ['numeric'],
  numeric: ['money'],
  integer: ['money', 'oid'],
  bigint: ['money', 'oid'],
  smallint: ['oid'],
  oid: ['integer', 'bigint'],
  box: ['polygon'],
  point: ['box'],
  path: ['polygon'],
  polygon: ['path'],
}

/** Pairs with a cast that must be explicit (castcontext e). */
const explicit: Readonly<Record<string, readonly string[]>> = {
  box: ['point', 'circle', 'lseg'],
  circle: ['box', 'point', 'polygon'],
  polygon: ['circle', 'point', 'box'],
  lseg: ['point'],
  boolean: ['integer'],
  bit: ['integer', 'bigint'],
  int4range: ['int4multirange'],
  int8range: ['int8multirange'],
  numrange: ['nummultirange'],
  tsrange: ['tsmultirange'],
  tstzrange: ['tstzmultirange'],
  daterange: ['datemultirange'],
}

/** Whether ALTER COLUMN … TYPE needs no USING. */
export function castsByItself(from: ColumnType, to: ColumnType): boolean {
  if (from.kind === 'array' || to.kind === 'array') {
    if (from.kind === 'array' && to.kind === 'array' && from.element !== undefined && to.element !== undefined) {
      return castsByItself(from.element, to.element)
    }
    return from.kind === 'array' && strings.includes(to.kind)
  }
  const a = plainKind(from)
  const b = plainKind(to)
  if (isUserType(from) || isUserType(to)) {
    if (from.name !== undefined && from.name === to.name && from.schema === to.schema && a === b) return true
    return strings.includes(b)
  }
  if (from.kind === 'custom' || to.kind === 'custom') {
    // `vector(3)` and `vector(4)` are one type with other arguments; nothing is known about others.
    return strings.includes(b) || baseName(from) === baseName(to)
  }
  if (a === b || strings.includes(b)) return true
  // A time with time zone cannot be cast from a timestamp without one.
  if (a === 'timestamp' && b === 'time' && from.withTimeZone !== true && to.withTimeZone === true) return false
  if (numbers.includes(a) && numbers.includes(b)) return true
  return assignable[a]?.includes(b) ?? false
}

function baseName(type: ColumnType): string {
  return (type.sql ?? type.kind).replace(/\(.*$/u, '').trim()
}

function isUserType(type: ColumnType): boolean {
  return type.kind === 'enum' || type.kind === 'domain' || type.kind === 'composite' || type.kind === 'range'
}

/** Explicit casts other than those through text. */
function castsExplicitly(a: string, b: string): boolean {
  if (strings.includes(a)) return true
  if (explicit[a]?.includes(b) === true || (a === 'integer' && b === 'boolean')) return true
  if (a === 'jsonb' && (numbers.includes(b) || b === 'boolean')) return true
  return integers.includes(a) && b === 'bit'
}

/** The USING expression that converts a column's values, or undefined where none is needed. */
export function conversion(column: string, from: ColumnType | undefined, to: ColumnType): string | undefined {
  const written = writeType(to)
  if (from === undefined)
    return to.kind === 'enum'
      ? `${column}::text::${written}`
      : isEnumArray(to)
        ? `${column}::text[]::${written}`
        : undefined
  if (castsByItself(from, to)) return undefined
  if (from.kind === 'array' && to.kind === 'array') {
    const texts = from.element !== undefined && strings.includes(from.element.kind)
    return texts ? `${column}::${written}` : `${column}::text[]::${written}`
  }
  // Where there are rows the user has given a conversion; these two lose nothing, or fail.
  if (to.kind === 'array') {
    if (strings.includes(from.kind)) return `${column}::${written}`
    const cast = to.element !== undefined && castsByItself(from, to.element) ? '' : '::text[]'
    return `CASE WHEN ${column} IS NOT NULL THEN ARRAY[${column}]${cast}::${written} END`
  }
  if (from.kind === 'array') return `nullif(array_to_string(${column}, ','), '')::${written}`
  // The padding blanks of char(n) are not part of a label; only text has none.
  if (from.kind === 'char' && to.kind === 'enum') return `${column}::text::${written}`
  if (plainKind(from) === 'smallint' && to.kind === 'bit') return `${column}::integer::${written}`
  return castsExplicitly(plainKind(from), plainKind(to)) ? `${column}::${written}` : `${column}::text::${written}`
}

function isEnumArray(type: ColumnType): boolean {
  return type.kind === 'array' && type.element?.kind === 'enum'
}

/**
 * A user's map as CASE over what the rows hold (specs/enums.md S9m). What it leaves out keeps its text, and is refused by
 * the cast where that is no value of the type: an error rather than an unexpected NULL.
 */
export function mapped(column: string, from: ColumnType | undefined, to: ColumnType, map: ValueMap): string {
  const written = writeType(to)
  // A domain with mapped array values is one over arrays.
  if (from?.kind === 'array' && (to.kind === 'array' || to.kind === 'domain')) {
    const all = Object.entries(map).flatMap(([value, label]) => (label === null ? [value] : [value, label]))
    return `${arrayRemap(`${column}::text[]`, map, all)}::${written}`
  }
  const whens = Object.entries(map).map(
    ([value, label]) => `WHEN ${constant(value, from)} THEN ${label === null ? 'NULL' : text(label)}`,
  )
  const subject = from !== undefined && keyed(from) ? column : `${column}::text`
  return `(CASE ${subject} ${whens.join(' ')} ELSE ${column}::text END)::${written}`
}

/** Labels in an array, each for its new one, as PostgreSQL's literals. */
export const arrayRemap = (
  expression: string,
  remap: Readonly<Record<string, string | null>>,
  labels: readonly string[],
): string => remapArray(expression, remap, labels, text)

/** Numbers and booleans are compared as what they are, all else as text. */
function keyed(type: ColumnType): boolean {
  return (
    integers.includes(plainKind(type)) ||
    type.kind === 'numeric' ||
    type.kind === 'boolean' ||
    type.kind === 'text' ||
    type.kind === 'varchar'
  )
}

function constant(value: string, type: ColumnType | undefined): string {
  if (type === undefined) return text(value)
  if ((integers.includes(plainKind(type)) || type.kind === 'numeric') && /^-?\d+(\.\d+)?$/u.test(value)) return value
  if (type.kind === 'boolean' && /^(true|false|t|f)$/iu.test(value))
    return value.toLowerCase().startsWith('t') ? 'true' : 'false'
  return text(value)
}

/** Whether the stored form changes, so that the table is rewritten (manual, ALTER TABLE, Notes). */
export function rewrites(from: ColumnType | undefined, to: ColumnType): boolean {
  if (from === undefined) return true
  const a = plainKind(from)
  const b = plainKind(to)
  // Each element is cast, if the element's type changes at all.
  if (from.kind === 'array' && to.kind === 'array' && from.element !== undefined && to.element !== undefined) {
    const { length, precision } = to.element
    const loose = from.element.kind === to.element.kind && length === undefined && precision === undefined
    return loose ? rewrites(from.element, to.element) : JSON.stringify(from) !== JSON.stringify(to)
  }
  if ((a === 'varchar' || a === 'text') && b === 'text') return false
  if (a === 'text' && b === 'varchar') return to.length !== undefined
  if (a === 'varchar' && b === 'varchar')
    return to.length !== undefined && (from.length === undefined || to.length < from.length)
  if (a === 'varbit' && b === 'varbit')
    return to.length !== undefined && (from.length === undefined || to.length < from.length)
  if (a === 'numeric' && b === 'numeric') {
    if (to.precision === undefined) return false
    return from.precision === undefined || (from.scale ?? 0) !== (to.scale ?? 0) || to.precision < from.precision
  }
  if (a === 'cidr' && b === 'inet') return false
  if (a === b && a === 'interval' && from.fields === to.fields)
    return to.precision !== undefined && to.precision < (from.precision ?? 6)
  if (a === b && (a === 'time' || a === 'timestamp') && (from.withTimeZone ?? false) === (to.withTimeZone ?? false)) {
    return to.precision !== undefined && to.precision < (from.precision ?? 6)
  }
  return JSON.stringify(from) !== JSON.stringify(to) && !(a === b && integers.includes(a))
}
