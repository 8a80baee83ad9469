/** Parts of a schema in the form in which models pass them to `ambix/schema`. */
import { ColumnBuilder } from '../../schema/declare/column.ts'
import type { ColumnType, Default, Ref } from '../../schema/model.ts'
import { sql, type Sql } from '../../schema/sql.ts'
import { compact } from '../../operations/plain.ts'

/** Numeric properties would be enumerated first, whatever the order of the columns. */
export const propertyOf = (column: string): string => (/^\d+$/.test(column) ? `column${column}` : column)

export const text = (definition: string): Sql => sql.raw(definition)

export const refInput = (ref: Ref): string | Ref =>
  ref.schema === undefined ? ref.name : { schema: ref.schema, name: ref.name }

export const builder = (type: ColumnType): unknown => new ColumnBuilder({ kind: 'columnBuilder', type })

export const defaultInput = (value: Default): unknown => (value.kind === 'sql' ? text(value.sql) : value.value)

/** An argument only where it has properties. */
export function some(settings: object): readonly unknown[] {
  const given = compact(settings)
  return Object.keys(given).length === 0 ? [] : [given]
}
