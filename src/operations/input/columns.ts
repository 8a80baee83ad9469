/** How the columns, types and defaults that a revision writes become data of the model, and back. */
import { type AnyColumn, ColumnBuilder, columnData, type ColumnData, isColumn } from '../../schema/declare/column.ts'
import type { Column, ColumnType, Default, Generated, LiteralValue } from '../../schema/model.ts'
import { columnFromBuilder, type ResolvedColumn } from '../../schema/resolve/tables.ts'
import { isSql, renderSql, type Sql, standardSpelling } from '../../schema/sql.ts'
import { sqlOf } from '../define.ts'
import { invalid } from '../invalid.ts'
import { compact, freeze } from '../plain.ts'

/** A default as a revision writes it: a constant, or sql`…`. */
export type DefaultValue = LiteralValue | Sql

export function defaultOf(value: DefaultValue): Default {
  if (isSql(value)) return { kind: 'sql', sql: renderSql(value, standardSpelling) }
  return { kind: 'literal', value: plainLiteral(value as unknown) }
}

/** Constants as the model holds them: numbers that are not exact become text. */
function plainLiteral(value: unknown): LiteralValue {
  if (Array.isArray(value)) return value.map((v) => plainLiteral(v))
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : String(value)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Date) return value.toISOString()
  return JSON.stringify(value)
}

export function defaultInput(value: Default): DefaultValue {
  if (value.kind === 'sql') return sqlOf(value.sql)
  return value.value === null ? sqlOf('NULL') : value.value
}

/** The column that a builder declares, without marks of a model. Throws OPERATION.INVALID, SCHEMA.INVALID. */
export function columnOf(operation: string, key: string, builder: unknown): Column {
  return resolved(operation, key, builder, '').column
}

/** The column with its builder's constraints: keys, references, checks, indexes, named as PostgreSQL names them. */
export function resolved(operation: string, key: string, builder: unknown, table: string): ResolvedColumn {
  if (!isColumn(builder)) {
    throw invalid(
      operation,
      `column '${key}' is not a column`,
      'Write a type of ambix/schema, such as integer() or varchar(120).',
    )
  }
  const made = columnFromBuilder(key, builder, { name: table }, { asFound: true })
  const { renamedFrom: _, ...column } = made.column as Column & {
    readonly renamedValues?: unknown
    readonly removedValues?: unknown
  }
  const { renamedValues: __, removedValues: ___, ...plain } = column
  return { ...made, column: plain }
}

/** A builder that declares the column; `more` are the properties to add. */
export function builderOf(column: Column, more: Partial<ColumnData> = {}): AnyColumn {
  freeze(column)
  // A serial is always NOT NULL, and its builder declares that itself.
  const implied = more.primaryKey !== undefined || column.identity !== undefined
  const value = column.default === undefined ? undefined : defaultInput(column.default)
  return new ColumnBuilder(
    freeze(
      compact<ColumnData>({
        kind: 'columnBuilder',
        type: column.type,
        nullable: column.nullable ? (implied ? true : undefined) : implied ? undefined : false,
        identity: column.identity,
        default:
          value === undefined
            ? undefined
            : isSql(value)
              ? { kind: 'fragment', sql: value }
              : { kind: 'literal', value },
        generated:
          column.generated === undefined
            ? undefined
            : { sql: sqlOf(column.generated.sql), stored: column.generated.stored },
        collation: column.collation,
        comment: column.comment,
        storage: column.storage,
        compression: column.compression,
        statistics: column.statistics,
        ...more,
      }),
    ),
  ) as AnyColumn
}

/** The type of a builder; its other properties do not matter. */
export function typeOf(operation: string, what: string, builder: unknown): ColumnType {
  if (!isColumn(builder))
    throw invalid(
      operation,
      `${what} is not a type`,
      'Write a type of ambix/schema, such as integer() or varchar(120).',
    )
  return columnData(builder).type
}

/** A builder of the bare type. */
export function typeBuilder(type: ColumnType): AnyColumn {
  return new ColumnBuilder({ kind: 'columnBuilder', type: freeze(type) }) as AnyColumn
}

/** A computed column's expression: stored by default. */
export type GeneratedInput = Sql | { readonly sql: Sql | string; readonly stored?: boolean }

export function generatedOf(input: GeneratedInput): Generated {
  if (isSql(input)) return { sql: renderSql(input, standardSpelling), stored: true }
  return { sql: renderSql(input.sql, standardSpelling), stored: input.stored ?? true }
}

export function generatedInput(generated: Generated): GeneratedInput {
  return generated.stored ? sqlOf(generated.sql) : { sql: sqlOf(generated.sql), stored: false }
}
