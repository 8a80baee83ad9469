/** How a schema looks once SQLite holds it: enums as checks, types as they are stored, no comments. */
import { refText } from '../../schema/keys.ts'
import type { Column, EnumType, Index, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { serialKinds } from '../../schema/types.ts'
import { labelCheck } from './compile.ts'
import { isNow, stored } from './spell.ts'

/** The schema as reflection will give it back. */
export function normalize(schema: Schema): Schema {
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of schema.objects) {
    // An enum type is nothing by itself here.
    if (object.kind === 'enum') continue
    objects.set(key, object.kind === 'table' ? table(object, schema) : object)
  }
  return Object.freeze({ ...schema, objects })
}

function table(t: Table, schema: Schema): Table {
  const key = t.constraints.find((c) => c.kind === 'primaryKey')
  const keyColumns = key?.kind === 'primaryKey' ? key.columns : []
  const { comment: _, owner: __, grants: ___, ...rest } = t
  const checks = t.columns.flatMap((c) => {
    const type = c.type.kind === 'enum' ? enumOf(schema, c) : undefined
    if (type === undefined) return []
    const check = labelCheck(t.name, c.name, type.values)
    return t.constraints.some((x) => x.name === check.name) ? [] : [check]
  })
  return {
    ...rest,
    columns: t.columns.map((c) => column(c, keyColumns.includes(c.name))),
    constraints: [...t.constraints.map(({ comment: ____, ...c }) => c), ...checks],
    indexes: t.indexes.map(({ comment: ____, ...index }): Index => index),
  }
}

function enumOf(schema: Schema, c: Column): EnumType | undefined {
  if (c.type.name === undefined) return undefined
  const object = schema.objects.get(
    `enum:${refText({ ...(c.type.schema === undefined ? {} : { schema: c.type.schema }), name: c.type.name })}`,
  )
  return object?.kind === 'enum' ? object : undefined
}

function column(c: Column, key: boolean): Column {
  const { comment: _, identity, grants: __, ...rest } = c
  const counts = identity !== undefined || serialKinds.includes(c.type.kind)
  const value =
    rest.default !== undefined && isNow(rest.default)
      ? ({ default: { kind: 'sql', sql: 'CURRENT_TIMESTAMP' } } as const)
      : {}
  return {
    ...rest,
    ...value,
    type: counts && key ? { kind: 'integer' } : (stored(c.type) ?? c.type),
    nullable: c.nullable && !key,
  }
}
