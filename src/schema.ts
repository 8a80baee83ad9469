/** The schema language: what `ambix/schema` exports. */
export type { AnyColumn, ColumnBuilder, ColumnMap, ReferenceOptions } from './schema/declare/column.ts'
export * from './schema/declare/column-types.ts'
export { type EnumMember, type EnumSource, type MemberOf, type Persist } from './schema/declare/enum-labels.ts'
export { type EnumDeclaration, enumRef, type EnumOptions, enumType, inlineEnum } from './schema/declare/enum-type.ts'
export type { DatabaseOf, Insert, Row, Update } from './schema/declare/infer.ts'
export { schema, type SchemaDeclaration } from './schema/declare/namespace.ts'
export { aggregate, definition, fn, policy, procedure, rule, trigger } from './schema/declare/objects.ts'
export { materializedView, view, type ViewDeclaration } from './schema/declare/views.ts'
export { extension, sequence } from './schema/declare/sequences.ts'
export { grant, revoke } from './schema/declare/grants.ts'
export {
  composite,
  type CompositeDeclaration,
  domain,
  type DomainDeclaration,
  range,
  type RangeDeclaration,
} from './schema/declare/own-types.ts'
export { isSql, type Sql, sql } from './schema/sql.ts'
export { type TableDeclaration, type TableLike, table, type TableOptions } from './schema/declare/table.ts'
export {
  check,
  exclude,
  type Extra,
  foreignKey,
  index,
  primaryKey,
  unique,
  uniqueIndex,
} from './schema/declare/table-extras.ts'
export { type ColumnRef } from './schema/declare/column-refs.ts'
