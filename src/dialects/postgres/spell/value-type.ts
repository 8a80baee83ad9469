/** The TypeScript types of PostgreSQL's values: as `pg` reads them by default (pg-types), and as it accepts them. */
import type { ColumnType } from '../../../schema/model.ts'
import type { ValueType } from '../../dialect.ts'

const text: ValueType = { read: 'string' }
const number: ValueType = { read: 'number' }
const int8: ValueType = { read: 'string', write: 'string | number | bigint', name: 'Int8' }
const timestamp: ValueType = { read: 'Date', write: 'Date | string', name: 'Timestamp' }
const json: ValueType = { read: 'JsonValue', write: 'JsonInput', name: 'Json' }

/** Kinds that are no text. */
const known: Readonly<Record<string, ValueType>> = {
  smallint: number,
  integer: number,
  smallserial: number,
  serial: number,
  oid: number,
  real: number,
  doublePrecision: number,
  bigint: int8,
  bigserial: int8,
  numeric: { read: 'string', write: 'string | number', name: 'Numeric' },
  boolean: { read: 'boolean' },
  bytea: { read: 'Buffer', write: 'Uint8Array', name: 'Bytes' },
  date: timestamp,
  timestamp,
  interval: { read: 'IntervalValue', write: 'string | IntervalValue', name: 'Interval' },
  json,
  jsonb: json,
  // An object would be sent as JSON, which is not a point.
  point: { read: 'PointValue', write: 'string', name: 'Point' },
  circle: { read: 'CircleValue', write: 'string', name: 'Circle' },
}

/** Arrays that `pg` takes apart; all others, those of users' types among them, come as the text `{a,b}`. */
const parsed: ReadonlySet<string> = new Set([
  ...'smallint integer oid bigint real doublePrecision numeric boolean bytea date timestamp interval json jsonb point'.split(
    ' ',
  ),
  ...'text varchar char macaddr inet cidr numrange uuid money time'.split(' '),
])

/** An array parameter is sent as a list of texts, whatever the type. */
export function valueType(type: ColumnType): ValueType {
  if (type.kind !== 'array') return known[type.kind] ?? text
  const element = type.element ?? { kind: 'text' }
  const { read, write = read } = valueType(element)
  const list = (one: string): string => (/^\w+$/.test(one) ? `${one}[]` : `(${one})[]`)
  if (!parsed.has(element.kind)) return { read: 'string', write: `string | ${list(write)}` }
  // `pg` reads the numbers of a numeric[] as floats, though not a numeric.
  const item = element.kind === 'numeric' ? 'number' : read
  return item === write ? { read: list(item) } : { read: list(item), write: list(write) }
}
