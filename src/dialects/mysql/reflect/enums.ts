/** ENUM columns as enum types: an ENUM belongs to one column, so each gets a name from its table and column, or its model's. */
import { columnKey, enumKey, refText } from '../../../schema/keys.ts'
import { withObjects } from '../../../schema/lazy.ts'
import type { Column, ColumnType, EnumType, Schema, SchemaObject, Table } from '../../../schema/model.ts'
import { enumLabels } from '../spell/types.ts'

/** Every inline ENUM becomes an enum type named `<table>_<column>`. */
export function named(objects: readonly SchemaObject[]): readonly SchemaObject[] {
  const taken = new Set(objects.flatMap((o) => ('name' in o ? [o.name] : [])))
  const enums: EnumType[] = []
  const out = objects.map((object): SchemaObject => {
    if (object.kind !== 'table') return object
    let changed = false
    const columns = object.columns.map((c): Column => {
      const labels = c.type.kind === 'custom' ? enumLabels(c.type.sql ?? '') : undefined
      if (labels === undefined) return c
      changed = true
      let name = `${object.name}_${c.name}`
      for (let n = 2; taken.has(name); n++) name = `${object.name}_${c.name}_${n}`
      taken.add(name)
      enums.push(Object.freeze({ kind: 'enum', name, values: labels }))
      return { ...c, type: { kind: 'enum', name } }
    })
    return changed ? { ...object, columns } : object
  })
  return [...enums, ...out]
}

const nameOf = (type: ColumnType): string | undefined =>
  type.kind === 'enum' && type.name !== undefined
    ? refText(type.schema === undefined ? { name: type.name } : { schema: type.schema, name: type.name })
    : undefined

function columnsOf(
  schema: Schema,
): ReadonlyMap<string, { readonly column: Column; readonly labels: readonly string[] }> {
  const found = new Map<string, { readonly column: Column; readonly labels: readonly string[] }>()
  for (const table of schema.objects.values()) {
    if (table.kind !== 'table') continue
    for (const column of table.columns) {
      if (column.type.kind !== 'enum') continue
      const name = nameOf(column.type)
      const type = name === undefined ? undefined : schema.objects.get(`enum:${name}`)
      if (type?.kind === 'enum') found.set(columnKey(table, column.name), { column, labels: type.values })
    }
  }
  return found
}

/**
 * The reflected schema with the names that `like` has for the enums of the same columns. A type of `like` has the labels
 * of the first column of it; a column with other labels keeps a type of its own.
 */
export function withEnumNames(reflected: Schema, like: Schema): Schema {
  const [found, known] = [columnsOf(reflected), columnsOf(like)]
  if (found.size === 0) return reflected
  const types = new Map<string, EnumType>()
  const names = new Map<string, ColumnType>()
  const give = (key: string, type: ColumnType, labels: readonly string[]): boolean => {
    const name = nameOf(type)!
    const there = types.get(name)
    if (there !== undefined && there.values.join('\0') !== labels.join('\0')) return false
    const model = like.objects.get(`enum:${name}`)
    if (there === undefined)
      types.set(name, {
        kind: 'enum',
        ...(type.schema === undefined ? {} : { schema: type.schema }),
        name: type.name!,
        values: labels,
        // Only a declaration knows these.
        ...(model?.comment === undefined ? {} : { comment: model.comment }),
      })
    names.set(key, type)
    return true
  }
  for (const [key, { labels }] of found) {
    const model = known.get(key)
    if (model !== undefined) give(key, model.column.type, labels)
  }
  // A column that was renamed, or whose table was: the enum with the same labels, if no column has it yet.
  const lost = [...known].filter(([at]) => !found.has(at))
  for (const [key, { column, labels }] of lost.length === 0 ? [] : found) {
    if (names.has(key)) continue
    const candidates = lost.filter(
      ([, k]) => k.labels.join('\0') === labels.join('\0') && !types.has(nameOf(k.column.type)!),
    )
    const same = candidates.find(([, k]) => k.column.name === column.name) ?? candidates[0]
    if (same !== undefined) give(key, same[1].column.type, labels)
  }
  const objects = new Map<string, SchemaObject>()
  for (const type of types.values()) objects.set(enumKey(type), Object.freeze(type))
  // Generated names that are kept must not equal those that were given.
  const kept = new Set([...found].filter(([at]) => !names.has(at)).map(([, f]) => nameOf(f.column.type)))
  for (const [key, object] of reflected.objects) {
    if (object.kind !== 'enum') {
      objects.set(key, object.kind === 'table' ? retyped(object, names) : object)
      continue
    }
    if (kept.has(refText(object)) && !objects.has(key)) objects.set(key, object)
  }
  return withObjects(reflected, objects)
}

function retyped(table: Table, names: ReadonlyMap<string, ColumnType>): Table {
  let changed = false
  const columns = table.columns.map((c) => {
    const type = c.type.kind === 'enum' ? names.get(columnKey(table, c.name)) : undefined
    if (type === undefined || nameOf(type) === nameOf(c.type)) return c
    changed = true
    return { ...c, type }
  })
  return changed ? { ...table, columns } : table
}
