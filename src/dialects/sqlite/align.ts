/** The target schema in the form of this database: names in its case, keys that need not be declared NOT NULL. */
import { keyOf, tableKey, viewKey } from '../../schema/keys.ts'
import { type Names as Columns, namesOf, sameText, spelledOver } from './text/lex.ts'
import type { Column, Constraint, Index, Schema, SchemaObject, Table } from '../../schema/model.ts'

/** SQLite's names are case-insensitive: one that differs only in case is the same name. */
export function align(current: Schema, target: Schema, options: { readonly models: boolean }): Schema {
  const tables = byLower([...current.objects.values()].filter((o) => o.kind === 'table' || o.kind === 'view'))
  const indexes = byLower([...current.objects.values()].flatMap((o) => (o.kind === 'table' ? o.indexes : [])))
  const rename = (name: string): string => tables.get(name.toLowerCase())?.name ?? name
  let changed = false
  const objects = new Map<string, SchemaObject>()
  const columnsOf = new Map<string, (name: string) => string>()
  for (const object of target.objects.values())
    if (object.kind === 'table') {
      const had = tables.get(object.name.toLowerCase())
      columnsOf.set(rename(object.name), had?.kind === 'table' ? inCase(had.columns) : (n) => n)
    }
  for (const [key, object] of target.objects) {
    const next = alignObject(object, { rename, indexes, columnsOf, current, models: options.models })
    if (next !== object) changed = true
    objects.set(next === object ? key : keyOf(next), next)
  }
  if (!changed) return target
  return { objects, dependencies: target.dependencies, uncovered: target.uncovered }
}

interface Names {
  readonly rename: (name: string) => string
  readonly indexes: ReadonlyMap<string, Index>
  readonly columnsOf: ReadonlyMap<string, (name: string) => string>
  readonly current: Schema
  readonly models: boolean
}

function byLower<T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((o) => [o.name.toLowerCase(), o]))
}

function inCase(columns: readonly Column[]): (name: string) => string {
  const known = byLower(columns)
  return (name) => known.get(name.toLowerCase())?.name ?? name
}

function alignObject(object: SchemaObject, names: Names): SchemaObject {
  if (object.kind === 'trigger') {
    const table = names.rename(object.table.name)
    const there = names.current.objects.get(keyOf({ ...object, table: { name: table } }))
    const definition =
      there?.kind === 'trigger' && sameText(there.definition, object.definition) ? there.definition : object.definition
    return table === object.table.name && definition === object.definition
      ? object
      : { ...object, table: { name: table }, definition }
  }
  if (object.kind === 'view') {
    const name = names.rename(object.name)
    const there = names.current.objects.get(viewKey({ name }))
    // A rename within SQLite puts quotes around names that had none.
    const definition =
      there?.kind === 'view' && sameText(there.definition, object.definition) ? there.definition : object.definition
    return name === object.name && definition === object.definition ? object : { ...object, name, definition }
  }
  return object.kind === 'table' ? alignTable(object, names) : object
}

const identity = (name: string): string => name

/** The object with the names in an expression as the current table has them; the same object where nothing changes. */
function withText<K extends string, T extends { readonly [P in K]?: string }>(
  object: T,
  key: K,
  columns: Columns | undefined,
): T {
  const said = object[key]
  if (columns === undefined || said === undefined) return object
  const text = spelledOver(said, columns)
  return text === said ? object : { ...object, [key]: text }
}

function alignTable(t: Table, names: Names): Table {
  const name = names.rename(t.name)
  const had = names.current.objects.get(tableKey({ name }))
  const column = names.columnsOf.get(name) ?? identity
  const keys = had?.kind === 'table' ? primaryKey(had) : []
  const over = had?.kind === 'table' ? namesOf(name, had.columns) : undefined
  const own = primaryKey(t)
  const columns = t.columns.map((c): Column => {
    const there = had?.kind === 'table' ? had.columns.find((h) => h.name === column(c.name)) : undefined
    const same = column(c.name) === c.name ? c : { ...c, name: column(c.name) }
    // A key of a model is never null; whether the table declares NOT NULL too does not matter.
    const loose =
      names.models && !c.nullable && there?.nullable === true && keys.includes(there.name) && own.includes(c.name)
    const next = loose ? { ...same, nullable: true } : same
    const generated = next.generated === undefined ? undefined : withText(next.generated, 'sql', over)
    const named = generated === next.generated || generated === undefined ? next : { ...next, generated }
    return names.models ? sameDefault(named, there) : named
  })
  const constraints = t.constraints.map((c) =>
    c.kind === 'check' ? withText(c, 'sql', over) : alignConstraint(name, c, column, names),
  )
  const indexes = t.indexes.map((i) => alignIndex(i, column, names, over))
  const differs =
    name !== t.name ||
    columns.some((c, i) => c !== t.columns[i]) ||
    constraints.some((c, i) => c !== t.constraints[i]) ||
    indexes.some((x, i) => x !== t.indexes[i])
  return differs ? { ...t, name, columns, constraints, indexes } : t
}

/** For a boolean column 1 and TRUE are equal, as 5 and '5' are for others. */
function sameDefault(c: Column, there: Column | undefined): Column {
  const [said, had] = [c.default, there?.default]
  if (said?.kind !== 'literal' || had?.kind !== 'literal' || said.value === had.value) return c
  const truth = typeof said.value === 'boolean' && Number(said.value) === Number(had.value)
  const number = typeof said.value !== 'boolean' && String(said.value as string) === String(had.value as string)
  return (truth && typeof had.value === 'number') || (number && said.value !== null && had.value !== null)
    ? { ...c, default: had }
    : c
}

function primaryKey(t: Table): readonly string[] {
  const key = t.constraints.find((c) => c.kind === 'primaryKey')
  return key?.kind === 'primaryKey' ? key.columns : []
}

const keyOfTable = (schema: Schema, name: string): readonly string[] => {
  const table = schema.objects.get(tableKey({ name }))
  return table?.kind === 'table' ? primaryKey(table) : []
}

function alignConstraint(table: string, c: Constraint, column: (name: string) => string, names: Names): Constraint {
  if (!('columns' in c)) return c
  const columns = c.columns.map(column)
  if (c.kind !== 'foreignKey') return columns.some((n, i) => n !== c.columns[i]) ? { ...c, columns } : c
  const target = names.rename(c.references.name)
  const there = names.columnsOf.get(target) ?? identity
  const named = c.referencedColumns.map(there)
  const had = names.current.objects.get(tableKey({ name: table }))
  const unnamed =
    names.models &&
    had?.kind === 'table' &&
    had.constraints.some(
      (o) =>
        o.kind === 'foreignKey' &&
        o.referencedColumns.length === 0 &&
        o.references.name === target &&
        o.columns.join('\0') === columns.join('\0'),
    ) &&
    keyOfTable(names.current, target).join('\0') === named.join('\0')
  const referencedColumns = unnamed ? [] : named
  const same =
    target === c.references.name &&
    columns.every((n, i) => n === c.columns[i]) &&
    referencedColumns.length === c.referencedColumns.length &&
    referencedColumns.every((n, i) => n === c.referencedColumns[i])
  return same ? c : { ...c, columns, references: { name: target }, referencedColumns }
}

function alignIndex(i: Index, column: (name: string) => string, names: Names, over: Columns | undefined): Index {
  const name = names.indexes.get(i.name.toLowerCase())?.name ?? i.name
  const elements = i.elements.map((e) =>
    e.column === undefined || column(e.column) === e.column
      ? withText(e, 'expression', over)
      : { ...e, column: column(e.column) },
  )
  const next = withText(i, 'where', over)
  return name === i.name && elements.every((e, k) => e === i.elements[k]) ? next : { ...next, name, elements }
}
