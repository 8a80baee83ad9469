/** Short hands for the plain data of schemas, as the goldens write it. */
import type {
  Check,
  Column,
  ColumnType,
  Default,
  EnumType,
  ForeignKey,
  Index,
  LiteralValue,
  PrimaryKey,
  Ref,
  Table,
  Unique,
} from '../../src/schema/model.ts'

export const type = (kind: string, rest: Omit<ColumnType, 'kind'> = {}): ColumnType => ({ kind, ...rest })
export const arrayOf = (element: ColumnType): ColumnType => ({ kind: 'array', element })
export const enumOf = (name: string, schema?: string): ColumnType =>
  schema === undefined ? { kind: 'enum', name } : { kind: 'enum', schema, name }
export const varchar = (length: number): ColumnType => ({ kind: 'varchar', length })

export const lit = (value: LiteralValue): Default => ({ kind: 'literal', value })
export const expr = (sql: string): Default => ({ kind: 'sql', sql })

/** A column, nullable unless said otherwise. */
export const col = (name: string, of: ColumnType | string, rest: Partial<Column> = {}): Column => ({
  name,
  type: typeof of === 'string' ? { kind: of } : of,
  nullable: true,
  ...rest,
})
export const notNull = { nullable: false } as const

export const pk = (table: string, ...columns: readonly string[]): PrimaryKey => ({
  kind: 'primaryKey',
  name: `${table}_pkey`,
  columns,
})
export const unique = (name: string, ...columns: readonly string[]): Unique => ({ kind: 'unique', name, columns })
export const check = (name: string, sql: string): Check => ({ kind: 'check', name, sql })
export const fk = (name: string, column: string, references: string, rest: Partial<ForeignKey> = {}): ForeignKey => ({
  kind: 'foreignKey',
  name,
  columns: [column],
  references: { name: references },
  referencedColumns: ['id'],
  ...rest,
})
export const index = (name: string, columns: readonly string[], rest: Partial<Index> = {}): Index => ({
  name,
  elements: columns.map((column) => ({ column })),
  ...rest,
})

export const table = (name: string, columns: readonly Column[], rest: Partial<Table> = {}): Table => ({
  kind: 'table',
  name,
  columns,
  constraints: [],
  indexes: [],
  ...rest,
})
export const enumType = (name: string, values: readonly string[], rest: Partial<EnumType> = {}): EnumType => ({
  kind: 'enum',
  name,
  values,
  ...rest,
})
export const at = (name: string, schema?: string): Ref => (schema === undefined ? { name } : { schema, name })

const id = (t: string): Partial<Table> => ({ constraints: [pk(t, 'id')] })
export const users = table('users', [col('id', 'integer', notNull), col('email', varchar(120), notNull)], id('users'))
export const posts = table(
  'posts',
  [
    col('id', 'integer', notNull),
    col('title', varchar(120), notNull),
    col('views', 'integer', { default: lit(0) }),
    col('user_id', 'integer'),
  ],
  id('posts'),
)
export const status = enumType('status', ['draft', 'published', 'archived'])
