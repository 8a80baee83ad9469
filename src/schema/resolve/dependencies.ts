/** The dependencies of a declared schema, as far as declarations show them; the database knows the rest. */
import { columnKey, constraintKey, indexKey, keyOf, plainText, tableKey, typeKey, viewKey } from '../keys.ts'
import { partsOfDefinition } from '../routine-parts.ts'
import type { ColumnType, Definition, Ref, Schema, SchemaObject, Table } from '../model.ts'

/** Edges from a dependant to what it depends on, sorted. What SQL texts refer to is found by name: rather one edge too many than one too few. */
export function dependenciesOf(objects: ReadonlyMap<string, SchemaObject>): Schema['dependencies'] {
  const edges = new Map<string, Set<string>>()
  const named = namesOf(objects)
  const needs = (from: string, to: string | undefined): void => {
    if (to === undefined || to === from) return
    const set = edges.get(from) ?? new Set<string>()
    edges.set(from, set.add(to))
  }
  const calls = (from: string, sql: string): void => {
    for (const word of called(sql)) for (const key of named.routines.get(word) ?? []) needs(from, key)
    for (const { key, symbol } of named.operators) if (sql.includes(symbol)) needs(from, key)
    // The body of a cast's function may name the cast's type too.
    if (!from.startsWith('routine:')) for (const { key, to } of named.casts) if (mentions(sql, to)) needs(from, key)
  }
  const typed = (type: ColumnType): string | undefined => typeNeeded(objects, type)
  for (const [key, o] of objects) {
    switch (o.kind) {
      case 'table':
        tableNeeds(o, key, typed, needs, calls)
        break
      case 'view':
        for (const other of relationsIn(o.definition, named.relations)) {
          const view = objects.get(other)
          const mutual = view?.kind === 'view' && mentions(view.definition, o.name)
          if (!mutual) needs(key, other)
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
        for (const word of made.has(o.objectKind) ? words(o.create.join(' ')) : [])
          for (const other of named.definitions.get(word) ?? [])
            if (made.get(o.objectKind)!.includes(other.objectKind)) needs(key, keyOf(other))
        // `FUNCTION = f`, `WITH FUNCTION f(t)`: objects that no expression calls, and that nothing comes after.
        if (/^(?:cast|operator|conversion|transform)/u.test(o.objectKind))
          for (const word of words(o.create.join(' '))) for (const r of named.routines.get(word) ?? []) needs(key, r)
        // From or to the row type of a table.
        if (o.objectKind === 'cast')
          for (const other of relationsIn(o.create.join(' '), named.relations)) needs(key, other)
        break
      case 'sequence':
        if (o.ownedBy) needs(key, columnKey(o.ownedBy.table, o.ownedBy.column))
        break
      case 'domain':
        needs(key, typed(o.type))
        if (o.default?.kind === 'sql') calls(key, o.default.sql)
        for (const c of o.checks) calls(key, c.sql)
        break
      case 'composite':
        for (const a of o.attributes) needs(key, typed(a.type))
        break
      case 'range':
        needs(key, typed(o.subtype))
        for (const word of words(`${o.subtypeDiff ?? ''} ${o.canonical ?? ''}`))
          for (const r of named.routines.get(word) ?? []) needs(key, r)
        break
      case 'routine': {
        const { head, body, parsed } = partsOfDefinition(o.definition)
        if (o.routineKind === 'aggregate') {
          for (const word of words(o.definition)) for (const r of named.routines.get(word) ?? []) needs(key, r)
          break
        }
        for (const other of relationsIn(head.slice(head.indexOf('(')), named.relations)) needs(key, other)
        calls(key, head.slice(head.indexOf('(')))
        if (!parsed) break
        for (const other of relationsIn(body, named.relations)) needs(key, other)
        calls(key, body)
        break
      }
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

/** Kinds of definitions, and those that they are made of. */
const made: ReadonlyMap<string, readonly string[]> = new Map([
  ['server', ['foreign data wrapper']],
  ['foreign table', ['server', 'foreign data wrapper']],
  ['text search dictionary', ['text search template']],
  ['text search configuration', ['text search dictionary', 'text search parser']],
  ['operator class', ['operator family', 'operator']],
])

type Add = (from: string, to: string | undefined) => void

function tableNeeds(
  o: Table,
  key: string,
  typed: (type: ColumnType) => string | undefined,
  needs: Add,
  calls: (from: string, sql: string) => void,
): void {
  for (const c of o.columns) {
    const column = columnKey(o, c.name)
    needs(column, typed(c.type))
    if (c.default?.kind === 'sql') calls(column, c.default.sql)
    if (c.generated) calls(column, c.generated.sql)
  }
  for (const c of o.constraints) {
    const constraint = constraintKey(o, c.name)
    if (c.kind === 'foreignKey') needs(constraint, tableKey(c.references))
    if (c.kind === 'check') calls(constraint, c.sql)
    if (c.kind === 'exclude') calls(constraint, [c.where ?? '', ...c.elements.map((e) => e.expression ?? '')].join(' '))
  }
  for (const i of o.indexes) {
    const index = indexKey(o.schema === undefined ? { name: i.name } : { schema: o.schema, name: i.name })
    calls(index, [i.where ?? '', ...i.elements.map((e) => e.expression ?? '')].join(' '))
  }
  for (const parent of [...(o.inherits ?? []), ...(o.partitionOf ? [o.partitionOf.parent] : [])])
    needs(key, tableKey(parent))
}

/** The keys of what texts may name, by lower-cased name. */
function namesOf(objects: ReadonlyMap<string, SchemaObject>): {
  readonly routines: ReadonlyMap<string, readonly string[]>
  readonly relations: ReadonlyMap<string, readonly string[]>
  readonly operators: readonly { readonly key: string; readonly symbol: string }[]
  readonly casts: readonly { readonly key: string; readonly to: string }[]
  readonly definitions: ReadonlyMap<string, readonly Definition[]>
} {
  const routines = new Map<string, string[]>()
  const relations = new Map<string, string[]>()
  const operators: { key: string; symbol: string }[] = []
  const casts: { key: string; to: string }[] = []
  const put = (map: Map<string, string[]>, name: string, key: string): void => {
    map.set(name.toLowerCase(), [...(map.get(name.toLowerCase()) ?? []), key])
  }
  const definitions = new Map<string, Definition[]>()
  for (const [key, o] of objects) {
    const name = o.kind === 'definition' ? o.identity.match(token)?.at(-1) : undefined
    if (o.kind === 'definition' && name !== undefined)
      definitions.set(plain(name), [...(definitions.get(plain(name)) ?? []), o])
    if (o.kind === 'routine') put(routines, o.name, key)
    else if (o.kind === 'table' || o.kind === 'view') put(relations, o.name, key)
    else if (o.kind === 'definition' && o.objectKind === 'operator') {
      const symbol = /([-+*/<>=~!@#%^&|`?]+)\s*\(/u.exec(o.identity)?.[1]
      if (symbol !== undefined) operators.push({ key, symbol })
    } else if (o.kind === 'definition' && o.objectKind === 'cast') {
      const to = / AS (?:.*\.)?"?([^".]+?)"?\)$/u.exec(o.identity)?.[1]
      if (to !== undefined) casts.push({ key, to })
    }
  }
  return { routines, relations, operators, casts, definitions }
}

const token = /"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu
const plain = (word: string): string =>
  (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word).toLowerCase()

/** The names in a text, in lower case. */
const words = (sql: string): ReadonlySet<string> => new Set(sql.match(token)?.map(plain))

/** The names in a text that a bracket follows. */
const called = (sql: string): ReadonlySet<string> =>
  new Set([...sql.matchAll(/("(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)\s*\(/gu)].map((m) => plain(m[1]!)))

function relationsIn(sql: string, relations: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (relations.size === 0) return []
  return [...words(sql.replaceAll(/'(?:[^']|'')*'/gu, "''"))].flatMap((word) => relations.get(word) ?? [])
}

/** The user type in a column type, as a key; for the row type of a relation, that relation. */
export function typeNeeded(objects: ReadonlyMap<string, SchemaObject>, type: ColumnType): string | undefined {
  const key = typeKey(type)
  return key === undefined || objects.has(key) ? key : (relationOfType(objects, key) ?? key)
}

/** The table or view whose row type a composite type's key stands for. */
export function relationOfType(objects: ReadonlyMap<string, SchemaObject>, key: string): string | undefined {
  if (!key.startsWith('composite:')) return undefined
  const name = key.slice('composite:'.length)
  const own = [`table:${name}`, `view:${name}`].find((relation) => objects.has(relation))
  if (own !== undefined) return own
  const foreign = 'definition:foreign table '
  for (const known of objects.keys())
    if (known.startsWith(foreign) && plainText(known.slice(foreign.length)) === name) return known
  return undefined
}

/** The tables and views whose row types an object's columns, attributes or base have. */
export function rowTypesOf(objects: ReadonlyMap<string, SchemaObject>, object: SchemaObject): readonly string[] {
  return typesOf(object).flatMap((type) => {
    const key = typeKey(type)
    return key === undefined || objects.has(key) ? [] : (relationOfType(objects, key) ?? [])
  })
}

function typesOf(object: SchemaObject): readonly ColumnType[] {
  switch (object.kind) {
    case 'table':
      return object.columns.map((c) => c.type)
    case 'composite':
      return object.attributes.map((a) => a.type)
    case 'domain':
      return [object.type]
    case 'range':
      return [object.subtype]
    default:
      return []
  }
}

function relationKey(objects: ReadonlyMap<string, SchemaObject>, ref: Ref): string {
  return objects.has(viewKey(ref)) ? viewKey(ref) : tableKey(ref)
}

/** Whether a name occurs in the text, outside of strings. */
function mentions(sql: string, name: string): boolean {
  const escaped = name.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)
  return new RegExp(`(?<![\\p{L}\\p{N}_$])"?${escaped}"?(?![\\p{L}\\p{N}_$])`, 'iu').test(
    sql.replaceAll(/'(?:[^']|'')*'/gu, "''"),
  )
}
