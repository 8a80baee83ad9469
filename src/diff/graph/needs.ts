/** The dependencies of a schema: those that reflection recorded, and those of the structure itself. */
import {
  columnKey,
  constraintKey,
  indexKey,
  indexKeyOf,
  keyOf,
  refText,
  schemaKey,
  tableKey,
} from '../../schema/keys.ts'
import type { ColumnType, Constraint, ForeignKey, Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { typeNeeded } from '../../schema/resolve/dependencies.ts'
import { parseColumn } from '../model/hints.ts'

/** Both directions of "cannot be without", over objects and their parts. */
export interface Needs {
  /** The needs of the object or part, including those of its parts. */
  of(key: string): ReadonlySet<string>
  /** Which objects and parts need this one; the parts of a table do not count as its dependants. */
  by(key: string): ReadonlySet<string>
  /** The columns of parents, and of theirs, that a column is inherited from. */
  above(key: string): readonly string[]
  /** Whether it was only read off a text that the one needs the other. */
  guessed(dependant: string, need: string): boolean
}

const nothing: ReadonlySet<string> = new Set()

/** The graph of a schema: whole (linear in its size) once dependants are queried, else of the one object that is queried. */
export function needsOf(schema: Schema): Needs {
  let whole: Graph | undefined
  let names: ReadonlyMap<string, string> | undefined
  let partitions: boolean | undefined
  const own = new Map<string, Graph>()
  const graph = (): Graph => (whole ??= wholeGraph(schema, (names ??= typeNames(schema))))
  const one = (key: string): Graph | undefined => {
    const at = key.indexOf(':')
    const table = key.startsWith('table:')
      ? key
      : /^(?:column|constraint):/.test(key)
        ? tableOfPart(key.slice(at + 1))
        : undefined
    const object = table === undefined ? undefined : schema.objects.get(table)
    if (table === undefined || object === undefined) return undefined
    const known = own.get(table)
    if (known !== undefined) return known
    const made = emptyGraph()
    structural(schema, table, object, (names ??= typeNames(schema)), made.add)
    for (const part of partsOf(object))
      for (const need of schema.dependencies.get(part) ?? []) if (!isOwnPart(part, need)) made.add(part, need)
    own.set(table, made)
    return made
  }
  return {
    of: (key) => {
      partitions ??= [...schema.objects.values()].some((o) => o.kind === 'table' && o.partitionOf !== undefined)
      const near = whole === undefined && !partitions ? one(key) : undefined
      return (near ?? graph()).of.get(key) ?? nothing
    },
    by: (key) => graph().by.get(key) ?? nothing,
    above: (key) => above(schema, key),
    guessed: (dependant, need) => schema.told !== true && graph().read.get(dependant)?.has(need) === true,
  }
}

interface Graph {
  readonly of: Map<string, Set<string>>
  readonly by: Map<string, Set<string>>
  /** The dependencies of `of` that the structure of the objects does not show. */
  readonly read: Map<string, Set<string>>
  add(dependant: string, need: string): void
}

function emptyGraph(): Graph {
  const of = new Map<string, Set<string>>()
  const by = new Map<string, Set<string>>()
  return {
    of,
    by,
    read: new Map(),
    add: (dependant, need) => {
      if (dependant === need) return
      grow(of, dependant, need)
      grow(by, need, dependant)
    },
  }
}

function wholeGraph(schema: Schema, names: ReadonlyMap<string, string>): Graph {
  const graph = emptyGraph()
  for (const [key, object] of schema.objects) structural(schema, key, object, names, graph.add)
  partitionEdges(schema, graph.add)
  for (const [dependant, list] of schema.dependencies) {
    for (const need of list) {
      if (isOwnPart(dependant, need)) continue
      if (graph.of.get(dependant)?.has(need) !== true) grow(graph.read, dependant, need)
      graph.add(dependant, need)
    }
  }
  return graph
}

/** `app.posts.status` is a part of `table:app.posts`. */
function tableOfPart(text: string): string | undefined {
  const parts = text.match(/"(?:[^"]|"")*"|[^."]+/g)
  return parts === null || parts.length < 2 ? undefined : `table:${parts.slice(0, -1).join('.')}`
}

/** The column of a table's parents, and of theirs, as keys: a parent between may have nothing of its own to change. */
export const columnKeysAbove = (schema: Schema, table: Table, name: string): readonly string[] =>
  parentsOf(table).flatMap((ref) => {
    const parent = schema.objects.get(tableKey(ref))
    return parent?.kind === 'table' ? [columnKey(parent, name), ...columnKeysAbove(schema, parent, name)] : []
  })

function above(schema: Schema, key: string): readonly string[] {
  const parsed = key.startsWith('column:') ? parseColumn(key.slice('column:'.length)) : undefined
  const table = parsed === undefined ? undefined : schema.objects.get(tableKey(parsed.table))
  return parsed === undefined || table?.kind !== 'table' ? [] : columnKeysAbove(schema, table, parsed.column)
}

function grow(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key)
  if (set === undefined) map.set(key, new Set([value]))
  else set.add(value)
}

/** `table:t` is no dependant of its own `column:t.c`. */
function isOwnPart(dependant: string, need: string): boolean {
  return dependant.startsWith('table:') && need.startsWith(`column:${dependant.slice('table:'.length)}.`)
}

/** Types that reflection may have as `custom`, by their SQL text. */
function typeNames(schema: Schema): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const [key, object] of schema.objects) {
    if (object.kind === 'enum' || object.kind === 'domain' || object.kind === 'composite' || object.kind === 'range')
      names.set(refText(object), key)
    if (object.kind === 'range' && object.multirangeName !== undefined)
      names.set(
        refText({ ...(object.schema === undefined ? {} : { schema: object.schema }), name: object.multirangeName }),
        key,
      )
  }
  return names
}

type Add = (dependant: string, need: string) => void

function structural(
  schema: Schema,
  key: string,
  object: SchemaObject,
  names: ReadonlyMap<string, string>,
  add: Add,
): void {
  const typed = (dependant: string, type: ColumnType): void => {
    const need =
      typeNeeded(schema.objects, type) ??
      (type.kind === 'custom' && type.sql !== undefined ? names.get(type.sql.replace(/(\[\])+$/, '')) : undefined)
    if (need !== undefined) add(dependant, need)
  }
  if ('schema' in object && object.schema !== undefined && schema.objects.has(schemaKey(object.schema)))
    add(key, schemaKey(object.schema))
  switch (object.kind) {
    case 'table':
      tableEdges(schema, key, object, typed, add)
      break
    case 'domain':
      typed(key, object.type)
      break
    case 'composite':
      for (const attribute of object.attributes) typed(key, attribute.type)
      break
    case 'range':
      typed(key, object.subtype)
      break
    case 'sequence':
      if (object.ownedBy !== undefined) add(key, columnKey(object.ownedBy.table, object.ownedBy.column))
      break
    case 'trigger':
    case 'policy': {
      const view = `view:${refText(object.table)}`
      add(key, schema.objects.has(view) ? view : tableKey(object.table))
      break
    }
    case 'definition':
      if (object.table !== undefined) {
        const view = `view:${refText(object.table)}`
        add(key, schema.objects.has(view) ? view : tableKey(object.table))
      }
      break
    case 'enum':
    case 'view':
    case 'routine':
    case 'extension':
    case 'schema':
  }
}

function tableEdges(
  schema: Schema,
  key: string,
  table: Table,
  typed: (dependant: string, type: ColumnType) => void,
  add: Add,
): void {
  for (const parent of parentsOf(table)) add(key, tableKey(parent))
  for (const column of table.columns) {
    const part = columnKey(table, column.name)
    typed(part, column.type)
    if (column.default?.kind === 'sql') {
      const sequence = sequenceOf(column.default.sql)
      if (sequence !== undefined && schema.objects.has(sequence)) add(part, sequence)
    }
  }
  for (const constraint of table.constraints) constraintEdges(schema, table, constraint, add)
  for (const index of table.indexes) {
    const part = indexKeyOf(table, index.name)
    for (const element of index.elements) if (element.column !== undefined) add(part, columnKey(table, element.column))
    for (const column of index.include ?? []) add(part, columnKey(table, column))
    if (index.attachedTo !== undefined) add(part, indexKey(index.attachedTo))
  }
}

/**
 * What partitions add: a foreign key to a partitioned table depends on its partitions too, and an index of such a table
 * on a partition's own constraint where that took the place of an attached index.
 */
function partitionEdges(schema: Schema, add: Add): void {
  const partitions = new Map<string, Table[]>()
  for (const object of schema.objects.values()) {
    if (object.kind !== 'table' || object.partitionOf === undefined) continue
    const parent = tableKey(object.partitionOf.parent)
    const list = partitions.get(parent)
    if (list === undefined) partitions.set(parent, [object])
    else list.push(object)
  }
  if (partitions.size === 0) return
  const below = (key: string): readonly Table[] =>
    (partitions.get(key) ?? []).flatMap((t) => [t, ...below(tableKey(t))])
  for (const table of schema.objects.values()) {
    if (table.kind !== 'table') continue
    for (const c of table.constraints) {
      if (c.kind !== 'foreignKey' || c.inherited === true) continue
      for (const partition of below(tableKey(c.references))) {
        if (refText(partition) !== refText(table)) add(constraintKey(table, c.name), tableKey(partition))
      }
    }
    for (const index of table.partitionBy === undefined ? [] : table.indexes) {
      const key = indexKeyOf(table, index.name)
      const columns = index.elements.map((e) => e.column).join('\u0000')
      for (const partition of partitions.get(tableKey(table)) ?? []) {
        if (partition.indexes.some((i) => i.attachedTo !== undefined && indexKey(i.attachedTo) === key)) continue
        const own = partition.constraints.find(
          (c) =>
            (c.kind === 'primaryKey' || c.kind === 'unique') &&
            c.inherited !== true &&
            c.columns.join('\u0000') === columns,
        )
        if (own !== undefined) add(key, constraintKey(partition, own.name))
      }
    }
  }
}

function constraintEdges(schema: Schema, table: Table, constraint: Constraint, add: Add): void {
  const part = constraintKey(table, constraint.name)
  if ('columns' in constraint) for (const column of constraint.columns) add(part, columnKey(table, column))
  if (constraint.kind === 'exclude')
    for (const e of constraint.elements) if (e.column !== undefined) add(part, columnKey(table, e.column))
  if (constraint.kind !== 'foreignKey') return
  if (refText(constraint.references) !== refText(table)) add(part, tableKey(constraint.references))
  for (const column of constraint.referencedColumns) add(part, columnKey(constraint.references, column))
  const target = referencedKey(schema, constraint)
  if (target !== undefined) add(part, target)
}

/** The unique constraint or index that a foreign key depends on. */
export function referencedKey(schema: Schema, key: ForeignKey): string | undefined {
  const target = schema.objects.get(tableKey(key.references))
  if (target?.kind !== 'table') return undefined
  const wanted = key.referencedColumns.toSorted().join('\u0000')
  const same = (columns: readonly string[]): boolean => columns.toSorted().join('\u0000') === wanted
  const constraint = target.constraints.find((c) => (c.kind === 'primaryKey' || c.kind === 'unique') && same(c.columns))
  if (constraint !== undefined) return constraintKey(target, constraint.name)
  const index = target.indexes.find(
    (i) => i.unique === true && i.where === undefined && same(i.elements.map((e) => e.column ?? '')),
  )
  return index === undefined ? undefined : indexKeyOf(target, index.name)
}

/** `nextval('app.s'::regclass)` names `sequence:app.s`. */
export function sequenceOf(sql: string): string | undefined {
  const text = /^nextval\('((?:[^']|'')+)'::regclass\)$/.exec(sql)?.[1]?.replaceAll("''", "'")
  if (text === undefined) return undefined
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '')
  const name = parts.at(-1)
  if (name === undefined) return undefined
  return `sequence:${refText(parts.length > 1 ? { schema: parts[0]!, name } : { name })}`
}

export function sameSchema(of: Ref, name: string): Ref {
  return of.schema === undefined ? { name } : { schema: of.schema, name }
}

/** All keys that come and go with an object: itself and its parts. */
export function partsOf(object: SchemaObject): readonly string[] {
  const key = keyOf(object)
  if (object.kind === 'view') return [key, ...(object.indexes ?? []).map((i) => indexKeyOf(object, i.name))]
  if (object.kind !== 'table') return [key]
  return [
    key,
    ...object.columns.map((c) => columnKey(object, c.name)),
    ...object.constraints.map((c) => constraintKey(object, c.name)),
    ...object.indexes.map((i) => indexKeyOf(object, i.name)),
  ]
}
