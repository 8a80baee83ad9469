/** The TypeScript types of MySQL's and MariaDB's values: as `mysql2` reads them by default, and as it accepts them. */
import type { ColumnType } from '../../../schema/model.ts'
import type { ValueType } from '../../dialect.ts'
import { enumLabels } from './types.ts'

const text: ValueType = { read: 'string' }
const number: ValueType = { read: 'number' }
const bytes: ValueType = { read: 'Buffer', write: 'Uint8Array', name: 'Bytes' }
const bigint: ValueType = { read: 'number', write: 'number | bigint | string', name: 'Int8' }
const timestamp: ValueType = { read: 'Date', write: 'Date | string', name: 'Timestamp' }
const decimal: ValueType = { read: 'string', write: 'string | number', name: 'Numeric' }

const json: ValueType = { read: 'JsonValue', write: 'string', name: 'Json' }

const known: Readonly<Record<string, ValueType>> = {
  smallint: number,
  integer: number,
  smallserial: number,
  serial: number,
  bigint,
  bigserial: bigint,
  real: number,
  doublePrecision: number,
  numeric: decimal,
  boolean: { read: 'number', write: 'boolean | number', name: 'Bool' },
  bytea: bytes,
  bit: bytes,
  // MariaDB tells which texts are JSON. An object as a parameter would become a list of assignments: only text works.
  json,
  jsonb: json,
  date: timestamp,
  timestamp,
  point: { read: 'PointValue', write: 'unknown', name: 'Point' },
}

/** Types that have no kind of their own, by how their text begins. */
const others: readonly (readonly [RegExp, ValueType])[] = [
  [/^bigint\b/u, bigint],
  [/^(?:tinyint|smallint|mediumint|int|year|float|double|real)\b/u, number],
  [/^decimal\b/u, decimal],
  [/^(?:binary|varbinary|tinyblob|mediumblob|blob|longblob|bit)\b/u, bytes],
  [/^(?:geometry|linestring|polygon|multi\w+|geom\w+|vector)\b/u, { read: 'unknown' }],
]

export function valueType(type: ColumnType): ValueType {
  if (type.kind === 'polygon') return { read: 'unknown' }
  if (type.kind !== 'custom') return known[type.kind] ?? text
  const labels = enumLabels(type.sql ?? '')
  if (labels !== undefined) return { read: labels.map((l) => JSON.stringify(l)).join(' | ') }
  return others.find(([pattern]) => pattern.test(type.sql ?? ''))?.[1] ?? text
}
