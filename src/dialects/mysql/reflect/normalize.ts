/** A schema in the form that the server stores: types as stored, keys under the server's names, without what it does not store. */
import { identical } from '../../../schema/identical.ts'
import { keyOf } from '../../../schema/keys.ts'
import { lazySchema, withObjects } from '../../../schema/lazy.ts'
import { serialKinds } from '../../../schema/types.ts'
import type {
  Column,
  ColumnType,
  Constraint,
  EnumType,
  ForeignKey,
  Index,
  Schema,
  SchemaObject,
  Table,
} from '../../../schema/model.ts'
import { plainDefault } from '../spell/defaults.ts'
import type { Server } from '../spell/server.ts'
import { isText, parseType, spelledType } from '../spell/types.ts'
import { asConstraint } from './tables.ts'
import { withoutMade } from '../spell/foreign-indexes.ts'

/** The schema as reflection would return it. */
export function normalize(schema: Schema, server: Server, there?: Schema): Schema {
  const objects = new Map<string, SchemaObject>()
  const keys = new Map<string, string>()
  const known = new Map<unknown, unknown>()
  const columns: Columns = { ofKeys: new Map(), others: new Map(), there: columnsOf(there) }
  for (const [key, object] of schema.objects) {
    const made = plain(object, columns, server)
    const other = there?.objects.get(key)
    const now = made.kind === 'table' && identical(made, other, known) ? other! : Object.freeze(made)
    const own = now.kind === 'routine' ? keyOf(now) : key
    if (own !== key) keys.set(key, own)
    objects.set(own, now)
  }
  if (keys.size === 0) return withObjects(schema, objects)
  const named = (key: string): string => keys.get(key) ?? key
  const dependencies = (): Schema['dependencies'] =>
    new Map([...schema.dependencies].map(([key, needs]) => [named(key), needs.map(named)] as const))
  return lazySchema(objects, dependencies, schema.uncovered, schema.told)
}

/** Normal forms of columns that many tables share: of those that are in a primary key, and of the others. */
interface Columns {
  readonly ofKeys: Map<Column, Column>
  readonly others: Map<Column, Column>
  /** Those of the schema that this one is compared with, by what they say: equal columns are one object, which a comparison sees at a glance. */
  readonly there: ReadonlyMap<string, Column>
}

function columnsOf(schema: Schema | undefined): ReadonlyMap<string, Column> {
  const all = new Set<Column>()
  for (const object of schema?.objects.values() ?? [])
    if (object.kind === 'table') for (const c of object.columns) all.add(c)
  return new Map(Array.from(all, (c) => [JSON.stringify(c), c]))
}

function plain(object: SchemaObject, columns: Columns, server: Server): SchemaObject {
  switch (object.kind) {
    case 'table':
      return table(object, columns, server)
    case 'enum':
      return enumType(object)
    case 'routine': {
      const { owner: _, grants: __, ...rest } = object
      // No two of one name differ by their arguments alone here.
      return { ...rest, identityArguments: '' }
    }
    default: {
      const { owner: _, grants: __, ...rest } = object
      return rest
    }
  }
}

/** Trailing spaces of labels are not stored (manual, The ENUM Type). */
function enumType(given: EnumType): EnumType {
  const { owner: _, grants: __, ...type } = given
  return { ...type, values: type.values.map((v) => v.replace(/ +$/u, '')) }
}

function table(given: Table, columns: Columns, server: Server): Table {
  const { owner: _, grants: __, ...t } = given
  const key = t.constraints.find((c) => c.kind === 'primaryKey')
  const inKey = new Set(key?.kind === 'primaryKey' ? key.columns : [])
  const own = t.with?.['collation']
  const indexes: Index[] = []
  const constraints: Constraint[] = []
  for (const c of t.constraints) if (c.kind !== 'foreignKey') constraints.push(constraint(c))
  const foreign = t.constraints.flatMap((c) => (c.kind === 'foreignKey' ? [foreignKey(c)] : []))
  for (const one of t.indexes) {
    const index = plainIndex(one, t.with?.['engine']?.toLowerCase() === 'memory')
    const asKey = asConstraint(index)
    if (asKey !== undefined) constraints.push(asKey)
    else indexes.push(index)
  }
  return {
    ...t,
    columns: t.columns.map((c) => {
      if (own !== undefined) return column(c, inKey.has(c.name), own, server)
      const known = inKey.has(c.name) ? columns.ofKeys : columns.others
      let normal = known.get(c)
      if (normal === undefined) {
        const made = column(c, known === columns.ofKeys, own, server)
        known.set(c, (normal = columns.there.get(JSON.stringify(made)) ?? made))
      }
      return normal
    }),
    ...withoutMade({ constraints: [...constraints, ...foreign], indexes }),
    ownIndexNames: true,
    ...(t.with === undefined ? {} : { with: lower(t.with) }),
  }
}

/** Options are keywords in any case; the values of `partition` and `period` are text. */
function lower(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key, value]) => !(key.toLowerCase() === 'engine' && value.toLowerCase() === 'innodb'))
      .map(([key, value]) => [
        key.startsWith('period for ') ? key : key.toLowerCase(),
        /^(partition|period|period for .*|engine)$/isu.test(key) ? value : value.toLowerCase(),
      ]),
  )
}

function plainIndex(given: Index, hashes: boolean): Index {
  const { method, ...index } = given
  return {
    ...index,
    ...(method === undefined || method === 'btree' || (method === 'hash' && !hashes)
      ? {}
      : { method: method.toLowerCase() }),
    elements: index.elements.map(({ nulls, ...e }) =>
      // NULL is the lowest value: first in ascending order, last in descending order.
      nulls === undefined || (nulls === 'first') === (e.order !== 'desc') ? e : { ...e, nulls },
    ),
  }
}

function constraint(given: Constraint): Constraint {
  if (given.kind === 'primaryKey') return { ...given, name: 'PRIMARY' }
  if (given.kind === 'unique') return given
  const { comment: _, ...c } = given
  return c
}

function foreignKey(given: ForeignKey): ForeignKey {
  const { comment: _, onDelete, onUpdate, ...c } = given
  const same = (action: typeof onDelete): boolean =>
    action === undefined || action === 'noAction' || action === 'restrict'
  return {
    ...c,
    ...(same(onDelete) ? {} : { onDelete: onDelete! }),
    ...(same(onUpdate) ? {} : { onUpdate: onUpdate! }),
  }
}

/** `varchar(20) CHARACTER SET latin1 COLLATE latin1_bin` is a type and a collation. */
function withoutCollation(type: ColumnType): { readonly type: ColumnType; readonly collation?: string } {
  if (type.kind !== 'custom' || type.sql === undefined) return { type }
  const collation = /\bcollate\s+([\w$]+)/iu.exec(type.sql)?.[1]
  const sql = type.sql
    .replace(/\s*\bcollate\s+[\w$]+/iu, '')
    .replace(collation === undefined ? /(?!)/u : /\s*\b(?:character\s+set|charset)\s+[\w$]+/iu, '')
  return { type: { kind: 'custom', sql }, ...(collation === undefined ? {} : { collation: collation.toLowerCase() }) }
}

function column(given: Column, inKey: boolean, tableCollation: string | undefined, server: Server): Column {
  const { grants: _, storage: __, compression: ___, statistics: ____, identity, comment, ...c } = given
  const counts = identity !== undefined || serialKinds.includes(c.type.kind)
  const split = withoutCollation(c.type)
  const spelled = split.type.kind === 'enum' ? undefined : spelledType(split.type, server)
  const type = spelled === undefined ? split.type : parseType(spelled)
  const collation = split.collation ?? c.collation?.name ?? (isText(type) ? tableCollation?.toLowerCase() : undefined)
  const value = c.default === undefined ? undefined : plainDefault(c.default, type)
  const { default: _____, collation: ______, ...rest } = c
  return {
    ...rest,
    type,
    nullable: c.nullable && !inKey && !counts,
    ...(value === undefined || (value.kind === 'literal' && value.value === null) ? {} : { default: value }),
    ...(counts ? { identity: { generation: 'byDefault' as const } } : {}),
    ...(collation === undefined || type.kind === 'json' ? {} : { collation: { name: collation } }),
    ...(comment === undefined || comment === '' ? {} : { comment }),
  }
}
