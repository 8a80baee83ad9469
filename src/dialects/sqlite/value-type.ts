/** The TypeScript types of SQLite's values: as `better-sqlite3` and `node:sqlite` read them, by the affinity of the column. */
import type { Connection } from '../../drivers/driver.ts'
import type { Column, ColumnType, Table } from '../../schema/model.ts'
import type { Dialect, ValueType } from '../dialect.ts'
import { columnsByView } from '../view-columns.ts'
import { writeType } from './spell.ts'

/** Type names that users choose for times, which SQLite has no type for: CURRENT_TIMESTAMP and ISO texts are stored as text. */
const times = /^(?:date|time|datetime|timestamp)/u

/** The rules of affinity (datatype3, 3.1), in their order. */
export function valueType(type: ColumnType): ValueType {
  const declared = writeType(type).toLowerCase()
  if (declared.includes('int')) return { read: 'number', write: 'number | bigint', name: 'Int' }
  if (/char|clob|text/u.test(declared) || times.test(declared)) return { read: 'string' }
  if (declared.includes('blob')) return { read: 'Uint8Array' }
  if (declared === '' || declared === 'any') return { read: 'unknown' }
  return { read: 'number' }
}

/** A single `integer primary key` is the rowid: SQLite numbers it by itself, and it is never null. */
export function fillsIn(table: Table, column: Column): boolean {
  const key = table.constraints.find((c) => c.kind === 'primaryKey')
  return (
    table.withoutRowid !== true &&
    column.type.kind === 'integer' &&
    key?.kind === 'primaryKey' &&
    key.columns.length === 1 &&
    key.columns[0] === column.name
  )
}

/** A column that is an expression has no type. */
export async function viewColumns(db: Connection): ReturnType<NonNullable<Dialect['viewColumns']>> {
  const rows = await db.values(
    "SELECT s.name, c.name, c.type FROM sqlite_schema AS s, pragma_table_info(s.name, 'main') AS c WHERE s.type = 'view' ORDER BY s.name, c.cid",
  )
  return columnsByView(rows)
}
