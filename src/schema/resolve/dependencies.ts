/** Who needs whom in a declared schema, as far as declarations tell; the database knows the rest. */
import { columnKey, constraintKey, refText, tableKey, viewKey } from '../keys.ts'
import type { ColumnType, Ref, Schema, SchemaObject } from '../model.ts'

/** Edges from a dependant to what it cannot be without, sorted. */
export function dependenciesOf(objects: ReadonlyMap<string, SchemaObject>): Schema['dependencies'] {
  const edges = new Map<string, Set<string>>()
  const routines = [...objects].flatMap(([key, o]) => (o.kind === 'routine' ? [{ key, name: o.name }] : []))
  const relations = [...objects].flatMap(([key, o]) =>
    o.kind === 'table' || o.kind === 'view' ? [{ key, name: o.name }] : [],
  )
  const needs = (from: string, to: string | undefined): void => {
    if (to === undefined || to === from) return
    const set = edges.get(from) ?? new Set<string>()
    edges.set(from, set.add(to))
  }
  const calls = (from: string, sql: string): void => {
    for (const { key, name } of routines) if (callsName(sql, name)) needs(from, key)
  }
  for (const [key, o] of objects) {
    switch (o.kind) {
      case 'table':
        for (const c of o.columns) {
          const column = columnKey(o, c.name)
          needs(column, typeKey(c.type))
          if (c.default?.kind === 'sql') calls(column, c.default.sql)
          if (c.generated) calls(column, c.generated.sql)
        }
        for (const c of o.constraints) {
          if (c.kind === 'foreignKey') needs(constraintKey(o, c.name), tableKey(c.references))
          if (c.kind === 'check') calls(constraintKey(o, c.name), c.sql)
        }
        for (const parent of [...(o.inherits ?? []), ...(o.partitionOf ? [o.partitionOf.parent] : [])])
          needs(key, tableKey(parent))
        break
      case 'view':
        for (const r of relations) {
          const other = objects.get(r.key)
          const mutual = other?.kind === 'view' && mentions(other.definition, o.name)
          if (mentions(o.definition, r.name) && !mutual) needs(key, r.key)
        }
        calls(key, o.definition)
        break
      case 'trigger':
        needs(key, relationKey(objects, o.table))
        calls(key, o.definition)
        break
      case 'policy':
        needs(key, relationKey(objects, o.table))
        calls(key, `${o.using ?? ''} ${o.check ?? ''}`)
        break
      case 'definition':
        if (o.table) needs(key, relationKey(objects, o.table))
        break
      case 'sequence':
        if (o.ownedBy) needs(key, columnKey(o.ownedBy.table, o.ownedBy.column))
        break
      case 'domain':
        needs(key, typeKey(o.type))
        for (const c of o.checks) calls(key, c.sql)
        break
      case 'composite':
        for (const a of o.attributes) needs(key, typeKey(a.type))
        break
      case 'range':
        needs(key, typeKey(o.subtype))
        break
      case 'routine':
      case 'enum':
      case 'extension':
      case 'schema':
        break
    }
  }
  return new Map(
    [...edges].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([from, to]) => [from, Object.freeze([...to].toSorted())]),
  )
}

function typeKey(type: ColumnType): string | undefined {
  if (type.element !== undefined) return typeKey(type.element)
  const { kind, schema, name } = type
  if (name === undefined || !['enum', 'domain', 'composite', 'range'].includes(kind)) return undefined
  return `${kind}:${refText(schema === undefined ? { name } : { schema, name })}`
}

function relationKey(objects: ReadonlyMap<string, SchemaObject>, ref: Ref): string {
  return objects.has(viewKey(ref)) ? viewKey(ref) : tableKey(ref)
}

/** Whether a name stands in the text, outside of strings. */
function mentions(sql: string, name: string): boolean {
  const escaped = name.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)
  return new RegExp(`(?<![\\p{L}\\p{N}_$])"?${escaped}"?(?![\\p{L}\\p{N}_$])`, 'iu').test(
    sql.replaceAll(/'(?:[^']|'')*'/gu, "''"),
  )
}

function callsName(sql: string, name: string): boolean {
  const escaped = name.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)
  return new RegExp(`(?<![\\p{L}\\p{N}_$])"?${escaped}"?\\s*\\(`, 'iu').test(sql)
}
