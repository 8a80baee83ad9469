/** Which changes of a type keep every value as it was; all others may cut, round or refuse one. */
import type { Operation } from '../../operations/kinds.ts'
import { refText } from '../../schema/keys.ts'
import type { ColumnType } from '../../schema/model.ts'

/** The integer type under a serial one, else the kind itself. */
export function plainKind(type: ColumnType): string {
  if (type.kind === 'serial') return 'integer'
  if (type.kind === 'bigserial') return 'bigint'
  return type.kind === 'smallserial' ? 'smallint' : type.kind
}

/** The labels that an operation takes away: the object by the name that allows it, and a sentence. */
export function labelsLost(op: Operation): readonly (readonly [string, string])[] {
  const lost = (label: string, of: string): readonly [string, string] => [
    `${of}.${label}`,
    `drops label '${label}' from ${of}`,
  ]
  if (op.kind === 'dropEnumValue') return [lost(op.value, refText(op.enum))]
  if (op.kind !== 'alterEnum') return []
  return (op.from ?? []).filter((label) => !op.values.includes(label)).map((label) => lost(label, refText(op.enum)))
}

/** Whether values may be lost or cut on the way. */
export function narrows(from: ColumnType | undefined, to: ColumnType): boolean {
  return from !== undefined && !keeps(from, to)
}

/** A time without a zone becomes a moment: which one, the session's time zone decides. */
export function byTimeZone(from: ColumnType | undefined, to: ColumnType): boolean {
  const zoned = (t: ColumnType): boolean => t.withTimeZone === true
  return (
    from !== undefined &&
    zoned(to) &&
    ((from.kind === to.kind && !zoned(from)) || (from.kind === 'date' && to.kind === 'timestamp'))
  )
}

/** What goes, in a sentence about a column. */
export function lossOf(place: string, from: ColumnType | undefined, to: ColumnType): string {
  if (from?.kind === 'json' && to.kind === 'jsonb') return `repeated keys in ${place} go, and the order of all keys`
  if (from?.withTimeZone === true && from.kind === to.kind && to.withTimeZone !== true)
    return `the zone of the values in ${place} goes: they become times of the session's time zone`
  return `narrows ${place}: values may be cut or refused`
}

const integers = ['smallint', 'integer', 'bigint']
const strings = ['text', 'varchar', 'char', 'citext', 'name']
/** Digits of the longest value, and characters with its sign. */
const digits: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 }
const characters: Readonly<Record<string, number>> = { smallint: 6, integer: 11, bigint: 20, boolean: 5, uuid: 36 }

const unlimited = (t: ColumnType): boolean =>
  t.kind === 'text' || t.kind === 'citext' || (t.kind === 'varchar' && t.length === undefined)

/** The greatest number of characters or bits that a value has; absent: no limit. */
const lengthOf = (t: ColumnType): number | undefined =>
  t.length ?? (t.kind === 'char' || t.kind === 'bit' ? 1 : characters[plainKind(t)])

const fits = (from: ColumnType, to: ColumnType): boolean =>
  lengthOf(to) === undefined || (lengthOf(from) ?? Infinity) <= lengthOf(to)!

/** Pairs of kinds whose every value has one of the other kind. */
const whole = new Set([
  'jsonb json',
  'cidr inet',
  'macaddr macaddr8',
  'boolean integer',
  'smallint oid',
  'integer money',
  'time interval',
  'date timestamp',
  'money numeric',
  'real doublePrecision',
  'smallint real',
  'smallint doublePrecision',
  'integer doublePrecision',
])

function keeps(from: ColumnType, to: ColumnType): boolean {
  if (JSON.stringify(from) === JSON.stringify(to) || unlimited(to)) return true
  if (to.kind === 'array') {
    const { element } = to
    return (
      element !== undefined && keeps(from.kind === 'array' && from.element !== undefined ? from.element : from, element)
    )
  }
  if (from.kind === 'array') return false
  const a = plainKind(from)
  const b = plainKind(to)
  if (from.name !== undefined || to.name !== undefined)
    return a === b && from.name === to.name && from.schema === to.schema
  if (b === 'varchar' || b === 'char') return (strings.includes(a) || a in characters) && fits(from, to)
  if (b === 'bit') return a === 'bit' && lengthOf(from) === lengthOf(to)
  if (b === 'varbit') return (a === 'bit' || a === 'varbit') && fits(from, to)
  if (integers.includes(a) && integers.includes(b)) return integers.indexOf(b) >= integers.indexOf(a)
  if (b === 'numeric') return keepsDigits(a, from, to)
  if ((a === 'timestamp' && b === 'timestamp') || (a === 'time' && b === 'time')) {
    const zone = from.withTimeZone !== true || to.withTimeZone === true
    return zone && (to.precision ?? 6) >= (from.precision ?? 6)
  }
  if (a === 'interval' && b === 'interval')
    return (to.fields === undefined || to.fields === from.fields) && (to.precision ?? 6) >= (from.precision ?? 6)
  return a === b ? from.sql === to.sql : whole.has(`${a} ${b}`) || b === a.replace(/range$/u, 'multirange')
}

function keepsDigits(a: string, from: ColumnType, to: ColumnType): boolean {
  if (a !== 'numeric' && a !== 'money' && !integers.includes(a)) return false
  if (to.precision === undefined) return true
  if (a === 'money') return false
  const scale = to.scale ?? 0
  const before = to.precision - scale
  if (a !== 'numeric') return before >= digits[a]!
  return from.precision !== undefined && before >= from.precision - (from.scale ?? 0) && scale >= (from.scale ?? 0)
}
