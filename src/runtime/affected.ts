/** The part of a big schema that a plan can touch: the objects of its operations, and everything that depends on them. */
import { footprintOf } from '../operations/operation.ts'
import type { Operation } from '../operations/kinds.ts'
import { holderText, refText, tableKey } from '../schema/keys.ts'
import type { ColumnType, Schema, SchemaObject } from '../schema/model.ts'
import { rowTypesOf } from '../schema/resolve/dependencies.ts'

/** Keys of the objects that a schema's parts (columns, constraints, indexes) belong to. */
function owners(schema: Schema): Map<string, string> {
  const of = new Map<string, string>()
  for (const [key, object] of schema.objects) {
    if (object.kind !== 'table' && !(object.kind === 'view' && object.indexes !== undefined)) continue
    const indexes = object.indexes ?? []
    for (const index of indexes)
      of.set(
        `index:${refText(object.schema === undefined ? { name: index.name } : { schema: object.schema, name: index.name })}`,
        key,
      )
  }
  return of
}

/** `column:t.c`, `constraint:t.c` and `enum-value:e.v` are parts of the object named before the last dot. */
function objectOf(key: string, schema: Schema, indexes: ReadonlyMap<string, string>): string | undefined {
  if (schema.objects.has(key)) return key
  const kind = key.slice(0, key.indexOf(':'))
  if (kind === 'index') return indexes.get(key)
  const text = key.slice(kind.length + 1)
  const owner = holderText(text)
  for (const whole of kind === 'enum-value' ? ['enum'] : ['table', 'view', 'composite'])
    if (schema.objects.has(`${whole}:${owner}`)) return `${whole}:${owner}`
  return undefined
}

const typeKeys = (type: ColumnType): string[] => {
  if (type.element !== undefined) return typeKeys(type.element)
  if (type.name === undefined) return []
  return ['enum', 'domain', 'composite', 'range'].map(
    (kind) =>
      `${kind}:${refText(type.schema === undefined ? { name: type.name! } : { schema: type.schema, name: type.name! })}`,
  )
}

/** Objects that an object names in its own data, beyond the dependencies that the database gave. */
function needs(object: SchemaObject): string[] {
  if (object.kind === 'table') {
    return [
      ...object.columns.flatMap((c) => typeKeys(c.type)),
      ...object.constraints.flatMap((c) => (c.kind === 'foreignKey' ? [tableKey(c.references)] : [])),
      ...(object.inherits ?? []).map(tableKey),
      ...(object.partitionOf === undefined ? [] : [tableKey(object.partitionOf.parent)]),
    ]
  }
  if (object.kind === 'domain') return typeKeys(object.type)
  if (object.kind === 'composite') return object.attributes.flatMap((a) => typeKeys(a.type))
  if (object.kind === 'trigger' || object.kind === 'policy') return [tableKey(object.table)]
  if (object.kind === 'sequence') return object.ownedBy === undefined ? [] : [tableKey(object.ownedBy.table)]
  if (object.kind === 'definition') return object.table === undefined ? [] : [tableKey(object.table)]
  return []
}

class Links {
  readonly forward = new Map<string, Set<string>>()
  readonly backward = new Map<string, Set<string>>()

  constructor(schema: Schema) {
    const indexes = owners(schema)
    const link = (from: string | undefined, to: string | undefined): void => {
      if (from === undefined || to === undefined || from === to) return
      ;(this.forward.get(from) ?? this.forward.set(from, new Set()).get(from)!).add(to)
      ;(this.backward.get(to) ?? this.backward.set(to, new Set()).get(to)!).add(from)
    }
    for (const [from, list] of schema.dependencies)
      for (const to of list) link(objectOf(from, schema, indexes), objectOf(to, schema, indexes))
    for (const [key, object] of schema.objects) {
      for (const to of needs(object)) if (schema.objects.has(to)) link(key, to)
      for (const to of rowTypesOf(schema.objects, object)) link(key, to)
      // A sequence belongs to the table that owns it, and the table to its default.
      if (object.kind === 'sequence' && object.ownedBy !== undefined) link(tableKey(object.ownedBy.table), key)
    }
  }
}

/** Both schemas, cut to the operations' objects, their dependants, and the needs of all of these. */
export function affectedPart(
  start: Schema,
  wished: Schema,
  ops: readonly Operation[],
): { readonly start: Schema; readonly wished: Schema } {
  const named = new Set<string>()
  for (const op of ops) {
    const print = footprintOf(op)
    for (const key of [...print.reads, ...print.writes]) named.add(key)
  }
  const keep = new Set<string>()
  for (const schema of [start, wished]) {
    const indexes = owners(schema)
    const links = new Links(schema)
    const own = [...named].flatMap((key) => objectOf(key, schema, indexes) ?? [])
    const above = spread(own, links.backward)
    for (const key of spread([...above], links.forward)) keep.add(key)
    // Namespaces and extensions are few, and any kept object may be in them.
    for (const [key, object] of schema.objects)
      if (object.kind === 'schema' || object.kind === 'extension') keep.add(key)
  }
  return { start: cut(start, keep), wished: cut(wished, keep) }
}

function spread(from: readonly string[], edges: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const seen = new Set(from)
  const queue = [...from]
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const next of edges.get(key) ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      queue.push(next)
    }
  }
  return seen
}

function cut(schema: Schema, keep: ReadonlySet<string>): Schema {
  const objects = new Map([...schema.objects].filter(([key]) => keep.has(key)))
  const indexes = owners(schema)
  const dependencies = new Map(
    [...schema.dependencies].filter(([key]) => keep.has(objectOf(key, schema, indexes) ?? key)),
  )
  return { objects, dependencies, uncovered: schema.uncovered }
}
