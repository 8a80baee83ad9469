/** The schema language: what `ambix/schema` exports. */
export type { AnyColumn, ColumnBuilder, ColumnMap, ReferenceOptions } from './schema/column.ts'
export * from './schema/column-types.ts'
export { type EnumMember, type EnumSource, type MemberOf, type Persist } from './schema/enum-labels.ts'
export { type EnumDeclaration, enumRef, type EnumOptions, enumType, inlineEnum } from './schema/enum-type.ts'
export type { DatabaseOf, Insert, Row, Update } from './schema/infer.ts'
export { schema, type SchemaDeclaration } from './schema/namespace.ts'
export {
  aggregate,
  composite,
  type CompositeDeclaration,
  definition,
  domain,
  type DomainDeclaration,
  extension,
  fn,
  grant,
  materializedView,
  policy,
  procedure,
  range,
  type RangeDeclaration,
  revoke,
  rule,
  sequence,
  trigger,
  view,
  type ViewDeclaration,
} from './schema/objects.ts'
export { isSql, type Sql, sql } from './schema/sql.ts'
export { type TableDeclaration, type TableLike, table, type TableOptions } from './schema/table.ts'
export {
  check,
  type ColumnRef,
  exclude,
  type Extra,
  foreignKey,
  index,
  primaryKey,
  unique,
  uniqueIndex,
} from './schema/table-extras.ts'
