/** A schema in the form that SQLite stores: types as they are stored, no comments, no unused enums. */
import type { Column, Constraint, Index, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { integerKinds, serialKinds } from '../../schema/types.ts'
import { type Names, namesOf, spelled, spelledOver } from './text/lex.ts'
import { collationName, isNow, stored } from './spell.ts'

/** The schema as reflection would return it. */
export function normalize(schema: Schema): Schema {
  const objects = new Map<string, SchemaObject>()
  const used = new Set(
    [...schema.objects.values()].flatMap((o) => (o.kind === 'table' ? o.columns.map((c) => c.type.name) : [])),
  )
  for (const [key, object] of schema.objects) {
    // The labels are stored in the checks of its columns only.
    if (object.kind === 'enum') {
      if (used.has(object.name)) objects.set(key, plain(object))
    } else objects.set(key, object.kind === 'table' ? table(object) : plain(object))
  }
  return Object.freeze({ ...schema, objects })
}

/** Without the properties that SQLite does not store. */
function plain<T extends SchemaObject>(object: T): T {
  const { comment: _, owner: __, grants: ___, ...rest } = object
  // The same object without some optional properties.
  return rest as T
}

function table(t: Table): Table {
  const key = t.constraints.find((c) => c.kind === 'primaryKey')
  const keyColumns = key?.kind === 'primaryKey' ? key.columns : []
  const names = namesOf(t.name, t.columns)
  return {
    ...plain(t),
    columns: t.columns.map((c) => column(c, keyColumns, names)),
    constraints: t.constraints.map((c) => constraint(c, names)),
    indexes: t.indexes.map((i) => index(i, names)),
  }
}

function constraint(said: Constraint, names: Names): Constraint {
  const { comment: _, ...c } = said
  return c.kind === 'check' ? { ...c, sql: spelledOver(c.sql, names) } : c
}

function index(said: Index, names: Names): Index {
  const { comment: _, ...i } = said
  return {
    ...i,
    elements: i.elements.map((e) =>
      e.expression === undefined ? e : { ...e, expression: spelledOver(e.expression, names) },
    ),
    ...(i.where === undefined ? {} : { where: spelledOver(i.where, names) }),
  }
}

function column(c: Column, key: readonly string[], names: Names): Column {
  const { comment: _, identity, grants: __, ...rest } = c
  const counts = identity !== undefined || serialKinds.includes(c.type.kind)
  const rowid =
    counts &&
    key.length === 1 &&
    key[0] === c.name &&
    (integerKinds.includes(c.type.kind) || serialKinds.includes(c.type.kind))
  const value = rest.default
  return {
    ...rest,
    ...(value === undefined
      ? {}
      : isNow(value)
        ? { default: { kind: 'sql', sql: 'CURRENT_TIMESTAMP' } }
        : value.kind === 'sql'
          ? { default: { kind: 'sql', sql: spelled(value.sql) } }
          : {}),
    ...(rest.generated === undefined
      ? {}
      : { generated: { ...rest.generated, sql: spelledOver(rest.generated.sql, names) } }),
    ...(rest.collation === undefined ? {} : { collation: { name: collationName(rest.collation.name) } }),
    type: rowid ? { kind: 'integer' } : c.type.kind === 'enum' ? c.type : (stored(c.type) ?? c.type),
    nullable: c.nullable && !key.includes(c.name),
  }
}
