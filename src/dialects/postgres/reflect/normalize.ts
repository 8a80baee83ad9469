/** Normalizes a declared schema to what reflection gives, as far as that needs no database; expressions are unchanged. */
import { identical, type Alike } from '../../../schema/identical.ts'
import { keyOf } from '../../../schema/keys.ts'
import { lazySchema } from '../../../schema/lazy.ts'
import { inOrder, mapped } from '../../../schema/unchanged.ts'
import type {
  Check,
  Column,
  ColumnType,
  Constraint,
  Default,
  Domain,
  Grant,
  Index,
  IndexElement,
  LiteralValue,
  Routine,
  Schema,
  SchemaObject,
  Table,
  View,
} from '../../../schema/model.ts'
import { numberKinds, parseArray, parseDefault, shortest } from '../spell/defaults.ts'
import { jsonbText } from '../spell/json-text.ts'
import { compare, only, unbracketed } from './catalog.ts'
import { ownOptions } from '../spell/sequence-options.ts'
import { argumentType, numeric, parseType, type TypeLookup } from '../spell/types.ts'

const identifierBytes = 63

/** The same schema with known equivalents replaced: synonyms, literal defaults, implied options. */
export function normalize(schema: Schema, alike?: Alike): Schema {
  const lookup = lookupIn(schema)
  const renamed = new Map<string, string>()
  const columns: Columns = { required: new Map(), free: new Map() }
  const known = new Map<unknown, unknown>()
  const objects: (readonly [string, SchemaObject])[] = []
  for (const [key, object] of schema.objects) {
    const there = alike?.normal.objects.get(key)
    if (there?.kind === 'table' && byItself(object) && identical(object, alike?.given.objects.get(key), known)) {
      objects.push([key, there])
      continue
    }
    const normal = Object.freeze(normalObject(object, lookup, columns))
    const now = keyOf(normal)
    if (now !== key) renamed.set(key, now)
    objects.push([now, normal])
  }
  const name = (key: string): string => renamed.get(key) ?? key
  return lazySchema(
    new Map(inOrder(objects, (a, b) => compare(a[0], b[0]))),
    () => new Map([...schema.dependencies].map(([key, needs]) => [name(key), needs.map(name)])),
    schema.uncovered,
    schema.told,
  )
}

/** Normal forms of columns that many tables share: of those that must have a value, and of the others. */
type Columns = Record<'required' | 'free', Map<Column, Column>>

/** Whether the normal form of a table depends on nothing but the table: no type is looked up by its name. */
const byItself = (object: SchemaObject): boolean =>
  object.kind === 'table' && !object.columns.some((c) => isCustom(c.type))

const isCustom = (type: ColumnType): boolean =>
  type.kind === 'custom' || (type.element !== undefined && isCustom(type.element))

/** Finds the user's types that the schema itself declares. */
function lookupIn(schema: Schema): TypeLookup {
  const types = new Map<string, ColumnType>()
  for (const object of schema.objects.values()) {
    if (object.kind === 'enum' || object.kind === 'domain' || object.kind === 'composite' || object.kind === 'range') {
      const { kind, schema: home, name } = object
      types.set(JSON.stringify([home, name]), home === undefined ? { kind, name } : { kind, schema: home, name })
    }
  }
  return (ref) => types.get(JSON.stringify([ref.schema, ref.name]))
}

function normalObject(object: SchemaObject, lookup: TypeLookup, columns: Columns): SchemaObject {
  switch (object.kind) {
    case 'table':
      return normalTable(object, lookup, columns)
    case 'view':
      return normalView(object)
    case 'routine':
      return normalRoutine(object, lookup)
    case 'domain':
      return normalDomain(object, lookup)
    case 'sequence': {
      const { start, increment, min, max, cache, cycle, ...rest } = object
      return only({
        ...rest,
        ...ownOptions({ start, increment, min, max, cache, cycle }, rest.type ?? 'bigint'),
        grants: normalGrants(rest.grants),
      })
    }
    case 'composite':
      return { ...object, attributes: object.attributes.map((a) => ({ ...a, type: normalType(a.type, lookup) })) }
    case 'range':
      return { ...object, subtype: normalType(object.subtype, lookup) }
    case 'policy':
      return only({
        ...object,
        roles: object.roles.toSorted(compare),
        using: object.using === undefined ? undefined : unbracketed(object.using),
        check: object.check === undefined ? undefined : unbracketed(object.check),
      })
    case 'trigger':
    case 'extension':
    case 'schema':
    case 'enum':
    case 'definition':
      return only({ ...object, grants: normalGrants(object.grants) })
  }
}

function normalGrants(grants: readonly Grant[] | undefined): readonly Grant[] | undefined {
  return grants
    ?.map((g) =>
      only({
        ...g,
        grantee: /^public$/i.test(g.grantee) ? 'public' : g.grantee,
        privileges: g.privileges.map((p) => p.toUpperCase()).toSorted(compare),
      }),
    )
    .toSorted((a, b) => compare(a.grantee, b.grantee) || Number(a.grantable ?? false) - Number(b.grantable ?? false))
}

function shortName(name: string): string {
  // Of whatever characters, in UTF-8 it is not longer.
  if (name.length * 3 <= identifierBytes) return name
  const bytes = Buffer.from(name)
  if (bytes.length <= identifierBytes) return name
  // An incomplete character at the end is cut with the rest.
  return new TextDecoder().decode(bytes.subarray(0, identifierBytes)).replace(/\uFFFD$/, '')
}

function normalType(type: ColumnType, lookup: TypeLookup): ColumnType {
  switch (type.kind) {
    case 'array': {
      const element = normalType(type.element ?? { kind: 'text' }, lookup)
      return element.kind === 'array' ? element : { kind: 'array', element }
    }
    case 'custom':
      return parseType(type.sql ?? type.name ?? '', lookup)
    case 'numeric':
      return numeric(type.precision, type.scale)
    case 'char':
    case 'bit':
      return { kind: type.kind, length: type.length ?? 1 }
    default:
      return only(type)
  }
}

/** The base type of a domain is not looked up: its constants are left as they were given. */
function normalDefault(value: Default | undefined, type: ColumnType): Default | undefined {
  if (value === undefined) return undefined
  const parsed = value.kind === 'sql' ? parseDefault(value.sql, type) : value
  if (parsed.kind === 'sql') return { kind: 'sql', sql: expression(parsed.sql) }
  const literal = normalLiteral(parsed.value, type)
  return literal === null ? undefined : { kind: 'literal', value: literal }
}

/** The two kinds of call that may be written in any case: `NOW()` and the standard's key words without brackets. */
function expression(sql: string): string {
  if (/^[a-z_]+\(\)$/i.test(sql)) return sql.toLowerCase()
  return /^(?:current_(?:date|time|timestamp|user|role|catalog|schema)|localtime|localtimestamp|session_user)$/i.test(
    sql,
  )
    ? sql.toUpperCase()
    : sql
}

const textKinds = new Set(['text', 'varchar', 'char', 'citext', 'name', 'enum', 'uuid', 'custom'])

function normalLiteral(value: LiteralValue, type: ColumnType): LiteralValue {
  if (value === null) return null
  if (type.kind === 'array') {
    const element = type.element ?? { kind: 'text' }
    const items = typeof value === 'string' ? parseArray(value, element) : value
    return isList(items) ? items.map((item) => normalLiteral(item, isList(item) ? type : element)) : value
  }
  if (isList(value)) return type.kind === 'jsonb' ? jsonbText(JSON.stringify(value)) : value
  if (numberKinds.has(type.kind)) {
    const text = String(value)
    return typeof value === 'boolean' ? value : (shortest(text) ?? text)
  }
  if (type.kind === 'boolean')
    return typeof value === 'string' ? /^(?:t|true|yes|on|1)$/i.test(value.trim()) : Boolean(value)
  if (type.kind === 'jsonb') return jsonbText(typeof value === 'string' ? value : JSON.stringify(value))
  if (type.kind === 'timestamp')
    return typeof value === 'string' ? timestampText(value, type.withTimeZone === true) : value
  if (type.kind === 'uuid' && typeof value === 'string') return value.toLowerCase()
  return textKinds.has(type.kind) ? String(value) : value
}

function isList(value: LiteralValue | undefined): value is readonly LiteralValue[] {
  return Array.isArray(value)
}

/** ISO 8601 as the server prints it in UTC; anything else is the server's to read. */
function timestampText(text: string, zone: boolean): string {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?$/i.exec(text)
  if (match === null) return text
  const [, day, minutes, seconds = ':00', fraction = '', offset] = match
  const short = fraction.replace(/\.?0+$/, '')
  if (!zone) return `${day} ${minutes}${seconds}${short}`
  if (offset === undefined || /^(?:Z|[+-]00(?::?00)?)$/i.test(offset)) return `${day} ${minutes}${seconds}${short}+00`
  return text
}

function normalColumn(column: Column, lookup: TypeLookup, inKey: boolean): Column {
  const type = normalType(column.type, lookup)
  const required = inKey || column.identity !== undefined || type.kind.endsWith('serial')
  if (type === column.type && !(required && column.nullable) && isPlain(column)) return column
  const { identity } = column
  return {
    ...only({
      ...column,
      default: normalDefault(column.default, type),
      identity:
        identity === undefined
          ? undefined
          : only({
              generation: identity.generation,
              sequenceName: identity.sequenceName,
              ...ownOptions(identity, type.kind),
            }),
      generated:
        column.generated === undefined ? undefined : { ...column.generated, sql: unbracketed(column.generated.sql) },
      grants: normalGrants(column.grants),
    }),
    type,
    nullable: required ? false : column.nullable,
  }
}

/** Nothing but a name, a type and whether it may be null: most columns of a large schema. */
function isPlain(column: Column): boolean {
  for (const key in column) if (key !== 'name' && key !== 'type' && key !== 'nullable') return false
  return true
}

const order: Readonly<Record<Constraint['kind'], number>> = {
  primaryKey: 0,
  unique: 1,
  exclude: 2,
  check: 3,
  foreignKey: 4,
}

function normalTable(table: Table, lookup: TypeLookup, known: Columns): Table {
  const keys = table.constraints.find((c) => c.kind === 'primaryKey')?.columns ?? []
  const columns = mapped(table.columns, (c) => {
    const normal = keys.includes(c.name) ? known.required : known.free
    let found = normal.get(c)
    if (found === undefined) normal.set(c, (found = normalColumn(c, lookup, normal === known.required)))
    return found
  })
  const constraints = inOrder(mapped(table.constraints, normalConstraint), byKind)
  const indexes = inOrder(mapped(table.indexes, normalIndex), byName)
  const same = columns === table.columns && constraints === table.constraints && indexes === table.indexes
  if (same && table.with === undefined && table.grants === undefined) return only(table)
  return only({ ...table, columns, constraints, indexes, with: sorted(table.with), grants: normalGrants(table.grants) })
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => compare(a.name, b.name)
const byKind = (a: Constraint, b: Constraint): number => order[a.kind] - order[b.kind] || byName(a, b)

function sorted(record: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined {
  if (record === undefined) return undefined
  const entries = Object.entries(record)
  return entries.length === 0 ? undefined : Object.fromEntries(entries.toSorted((a, b) => compare(a[0], b[0])))
}

function normalConstraint(constraint: Constraint): Constraint {
  const name = shortName(constraint.name)
  const base = name === constraint.name ? constraint : { ...constraint, name }
  switch (base.kind) {
    case 'check':
      return only<Check>({ ...base, sql: unbracketed(base.sql) })
    case 'foreignKey':
      if (base.onDelete !== 'noAction' && base.onUpdate !== 'noAction') return only(base)
      return only({
        ...base,
        onDelete: base.onDelete === 'noAction' ? undefined : base.onDelete,
        onUpdate: base.onUpdate === 'noAction' ? undefined : base.onUpdate,
      })
    case 'exclude':
      return only({
        ...base,
        using: base.using === 'gist' ? undefined : base.using,
        elements: base.elements.map((e) => ({ ...normalElement(e), operator: e.operator })),
        include: filled(base.include),
        with: sorted(base.with),
        where: base.where === undefined ? undefined : unbracketed(base.where),
      })
    case 'primaryKey':
    case 'unique':
      return base.include === undefined && base.with === undefined
        ? only(base)
        : only({ ...base, include: filled(base.include), with: sorted(base.with) })
  }
}

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}

function normalElement(element: IndexElement): IndexElement {
  if (element.expression === undefined && element.nulls === undefined) return only(element)
  const usual = element.order === 'desc' ? 'first' : 'last'
  return only({
    ...element,
    expression: element.expression === undefined ? undefined : unbracketed(element.expression),
    nulls: element.nulls === usual ? undefined : element.nulls,
  })
}

function normalIndex(index: Index): Index {
  const elements = mapped(index.elements, normalElement)
  if (elements === index.elements && isPlainIndex(index)) return index
  return only({
    ...index,
    name: shortName(index.name),
    elements,
    method: index.method === 'btree' ? undefined : index.method,
    include: filled(index.include),
    where: index.where === undefined ? undefined : unbracketed(index.where),
    with: sorted(index.with),
  })
}

/** Nothing but a name, its columns and whether it is unique: most indexes. */
function isPlainIndex(index: Index): boolean {
  for (const key in index) if (key !== 'name' && key !== 'elements' && (key !== 'unique' || !index.unique)) return false
  return shortName(index.name) === index.name
}

function normalView(view: View): View {
  return only({
    ...view,
    definition: view.definition.trim().replace(/\s*;$/, ''),
    with: sorted(view.with),
    indexes: filled(view.indexes?.map(normalIndex).toSorted((a, b) => compare(a.name, b.name))),
    grants: normalGrants(view.grants),
  })
}

function normalDomain(domain: Domain, lookup: TypeLookup): Domain {
  const type = normalType(domain.type, lookup)
  return only({
    ...domain,
    type,
    default: normalDefault(domain.default, type),
    checks: domain.checks
      .map((c) => ({ ...c, name: shortName(c.name), sql: unbracketed(c.sql) }))
      .toSorted((a, b) => compare(a.name, b.name)),
    grants: normalGrants(domain.grants),
  })
}

/** The arguments that name a routine, as the catalog lists them; aggregates keep their ORDER BY and their star. */
function normalRoutine(routine: Routine, lookup: TypeLookup): Routine {
  const list = routine.identityArguments.trim()
  const plain = list !== '' && list !== '*' && !/\border\s+by\b/i.test(list)
  const types = plain
    ? splitArguments(list).map((a) =>
        argumentType(normalType(parseType(a.replace(/^variadic\s+/i, ''), lookup), lookup)),
      )
    : []
  return only({
    ...routine,
    identityArguments: plain ? types.join(', ') : list,
    definition: routine.definition.trim().replace(/\s*;$/, ''),
    grants: normalGrants(routine.grants),
  })
}

/** Splits at commas outside of brackets: `numeric(10,2), text`. */
function splitArguments(list: string): readonly string[] {
  return list.split(/,(?![^(]*\))/).map((s) => s.trim())
}
