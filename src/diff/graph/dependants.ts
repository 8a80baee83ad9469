/** The objects that must be dropped while others are changed, and recreated after: the closure over dependencies. */
import { indexKeyOf, refText, tableKey, typeKey } from '../../schema/keys.ts'
import type { Column, ColumnType, Constraint, Index, Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { sameFamily } from '../compare/columns.ts'
import { equal } from '../compare/equal.ts'
import { parseColumn } from '../model/hints.ts'
import { mentionsName, mentionsType } from './mentions.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { type Needs, partsOf, sameSchema } from './needs.ts'

/** `gone`: dropped, or dropped and recreated. `retyped`: a column of another type. `swapped`: an enum, or a column of it. */
export type Disturbance = 'gone' | 'retyped' | 'swapped'

/** A part of a table, found by its key. */
export interface Part<T> {
  readonly table: Table
  readonly part: T
}

/** Parts of one kind by key, computed when needed. */
export interface PartsByKey<T> {
  get(key: string): Part<T> | undefined
  has(key: string): boolean
}

/** Parts by key, for one side. */
export interface Parts {
  readonly columns: PartsByKey<Column>
  readonly constraints: PartsByKey<Constraint>
  readonly indexes: PartsByKey<Index>
}

export function partsOfSchema(schema: Schema): Parts {
  return {
    columns: inTable(schema, 'column:', (table, name) => table.columns.find((c) => c.name === name)),
    constraints: inTable(schema, 'constraint:', (table, name) => table.constraints.find((c) => c.name === name)),
    indexes: indexesOf(schema),
  }
}

/** Keys of columns and constraints name their table. */
function inTable<T>(schema: Schema, kind: string, find: (table: Table, name: string) => T | undefined): PartsByKey<T> {
  const get = (key: string): Part<T> | undefined => {
    const parsed = key.startsWith(kind) ? parseColumn(key.slice(kind.length)) : undefined
    const table = parsed === undefined ? undefined : schema.objects.get(tableKey(parsed.table))
    const part = parsed === undefined || !isTable(table) ? undefined : find(table, parsed.column)
    return part === undefined || !isTable(table) ? undefined : { table, part }
  }
  return { get, has: (key) => get(key) !== undefined }
}

/** Keys of indexes do not; all are gathered once. */
function indexesOf(schema: Schema): PartsByKey<Index> {
  let all: Map<string, Part<Index>> | undefined
  const gather = (): Map<string, Part<Index>> => {
    const map = new Map<string, Part<Index>>()
    for (const table of schema.objects.values()) {
      if (isTable(table)) for (const part of table.indexes) map.set(indexKeyOf(table, part.name), { table, part })
    }
    return map
  }
  return { get: (key) => (all ??= gather()).get(key), has: (key) => (all ??= gather()).has(key) }
}

/** The result: keys of objects and parts that are dropped, and columns that are handled specially. */
export interface Aside {
  /** Objects and parts (constraints, indexes, generated columns) that are dropped; what the target schema has comes back. */
  readonly dropped: Set<string>
  /** Columns of a type, or with a collation, that is recreated: they wait as text. */
  readonly detours: Set<string>
  /** Columns whose default steps aside. */
  readonly defaults: Set<string>
  /** Tables partitioned by a column that changes its type. */
  readonly partitioned: Set<string>
}

export interface Sides {
  readonly from: Schema
  readonly to: Schema
  readonly needs: Needs
  readonly fromParts: Parts
  readonly toParts: Parts
}

export class Closure {
  readonly aside: Aside = { dropped: new Set(), detours: new Set(), defaults: new Set(), partitioned: new Set() }
  readonly #sides: Sides
  readonly #seen = new Set<string>()
  constructor(sides: Sides) {
    this.#sides = sides
  }

  /** Takes an object or a part away, with all that cannot be without it. */
  drop(key: string): void {
    if (this.aside.dropped.has(key)) return
    this.aside.dropped.add(key)
    const object = this.#sides.from.objects.get(key)
    for (const part of object === undefined ? [key] : partsOf(object)) this.disturb(part, 'gone')
  }

  /** Follows one change to every dependant that PostgreSQL would not keep. */
  disturb(key: string, how: Disturbance): void {
    const once = `${how} ${key}`
    if (this.#seen.has(once)) return
    this.#seen.add(once)
    for (const dependant of this.#sides.needs.by(key)) {
      const kind = dependant.slice(0, dependant.indexOf(':'))
      if (kind === 'column') this.#column(key, dependant, how)
      else if (kind === 'constraint') this.#constraint(key, dependant, how)
      else if (kind === 'index') this.#index(key, dependant, how)
      else if (kind === 'table') this.#table(key, dependant, how)
      else if (kind === 'sequence') this.#sequence(dependant, how)
      else this.#object(key, dependant, how)
    }
    if (key.startsWith('column:') && how !== 'gone') {
      this.#partitionKey(key)
      this.#rowTypes(key)
    }
  }

  /** The part is dropped with its table, or has its own drop already. */
  #goes(table: Table, key: string): boolean {
    return this.aside.dropped.has(key) || this.aside.dropped.has(`table:${refText(table)}`)
  }

  #column(key: string, dependant: string, how: Disturbance): void {
    const found = this.#sides.fromParts.columns.get(dependant)
    if (found === undefined || this.#goes(found.table, dependant)) return
    const { table, part } = found
    if (key.startsWith('column:') && part.generated === undefined) return
    const later = this.#sides.toParts.columns.get(dependant)?.part
    const multirange = this.#isMultirange(part.type, key)
    const row = key.startsWith('table:') && this.#holdsRows(part.type, this.#sides.from.objects.get(key))
    if (part.collation !== undefined && key === `definition:collation ${refText(part.collation)}`) {
      // A collation that is made anew: the column has the usual one meanwhile.
      if (!equal(later?.collation, part.collation) || inherits(this.#sides.from, table, part.name)) return
      this.aside.detours.add(dependant)
      this.disturb(dependant, 'retyped')
    } else if (typeKey(part.type) === key || multirange || row) {
      if (
        how !== 'gone' ||
        later === undefined ||
        !(multirange ? equal(later.type, part.type) : sameName(typeKey(later.type), key)) ||
        inherits(this.#sides.from, table, part.name)
      )
        return
      this.aside.detours.add(dependant)
      this.disturb(dependant, 'retyped')
    } else if (part.generated !== undefined) {
      if (!inherits(this.#sides.from, table, part.name)) this.drop(dependant)
    } else if (part.default !== undefined && later !== undefined) this.aside.defaults.add(dependant)
  }

  /** A column of a table cannot change its type while columns elsewhere are of the table's row type: those wait as text. */
  #rowTypes(key: string): void {
    const changed = this.#sides.fromParts.columns.get(key)
    if (changed === undefined) return
    const { from, needs } = this.#sides
    for (const key of rowTypeUsers(from, needs, changed.table)) this.drop(key)
    for (const type of rowTypes(needs, changed.table))
      for (const dependant of needs.by(type)) this.#rowType(changed.table, dependant)
  }

  #rowType(table: Table, dependant: string): void {
    const found = this.#sides.fromParts.columns.get(dependant)
    if (found === undefined || !this.#holdsRows(found.part.type, table)) return
    const later = this.#sides.toParts.columns.get(dependant)?.part
    if (later === undefined || !equal(later.type, found.part.type) || this.#goes(found.table, dependant)) return
    if (inherits(this.#sides.from, found.table, found.part.name) || this.aside.detours.has(dependant)) return
    this.aside.detours.add(dependant)
    this.disturb(dependant, 'retyped')
  }

  #holdsRows(type: ColumnType, table: SchemaObject | undefined): boolean {
    return isTable(table) && rowTypesIn(this.#sides.from, type).includes(table)
  }

  /** The type that is created and dropped with a range. */
  #isMultirange(type: ColumnType, key: string): boolean {
    const range = key.startsWith('range:') ? this.#sides.from.objects.get(key) : undefined
    if (range?.kind !== 'range' || range.multirangeName === undefined) return false
    const { sql } = type.element ?? type
    return sql === refText(sameSchema(range, range.multirangeName))
  }

  #constraint(key: string, dependant: string, how: Disturbance): void {
    const found = this.#sides.fromParts.constraints.get(dependant)
    if (found === undefined || found.part.inherited === true || this.#goes(found.table, dependant)) return
    const { table, part } = found
    if (key === `table:${refText(table)}`) return
    const later = this.#sides.toParts.constraints.get(dependant)?.part
    if (part.kind === 'foreignKey') {
      // One of its columns is text for now, and the other is not yet, or no longer.
      if (how === 'gone' || how === 'swapped' || this.aside.detours.has(key) || !this.#familiar(key))
        this.drop(dependant)
      return
    }
    if (how === 'gone') {
      this.drop(dependant)
      return
    }
    const text = part.kind === 'check' ? part.sql : part.kind === 'exclude' ? JSON.stringify(part) : undefined
    if (text !== undefined && (later === undefined || !equal(part, later) || this.#stale(key, text, how)))
      this.drop(dependant)
  }

  #index(key: string, dependant: string, how: Disturbance): void {
    const found = this.#sides.fromParts.indexes.get(dependant)
    if (found === undefined || this.#goes(found.table, dependant)) return
    const { part } = found
    if (part.attachedTo !== undefined) {
      // A partition's index goes with its parent's, and what hangs on it.
      if (how === 'gone') this.disturb(dependant, how)
      return
    }
    if (how === 'gone') {
      this.drop(dependant)
      return
    }
    const later = this.#sides.toParts.indexes.get(dependant)?.part
    const expressions = part.where !== undefined || part.elements.some((e) => e.expression !== undefined)
    const stale =
      (expressions || (how === 'retyped' && this.#isOfType(key, part))) && this.#stale(key, JSON.stringify(part), how)
    if (later === undefined || !equal(part, later) || stale) this.drop(dependant)
  }

  /** Whether an index cannot stay while its column is text or JSON meanwhile: neither has the operators of the type. */
  #isOfType(column: string, index: Index): boolean {
    if ((index.method ?? 'btree') !== 'btree' || index.elements.some((e) => e.opclass !== undefined)) return true
    let type = this.#sides.fromParts.columns.get(column)?.part.type
    for (let depth = 0; type?.kind === 'domain' && depth < 8; depth++) {
      const domain = this.#sides.from.objects.get(typeKey(type) ?? '')
      type = domain?.kind === 'domain' ? domain.type : undefined
    }
    return type?.kind === 'composite'
  }

  /** Child tables of a dropped parent: PostgreSQL drops partitions with it, and refuses for other child tables. */
  #table(key: string, dependant: string, how: Disturbance): void {
    const table = this.#sides.from.objects.get(dependant)
    if (table?.kind !== 'table' || how !== 'gone') return
    if (!key.startsWith('table:')) return
    const later = this.#sides.to.objects.get(dependant)
    // A table that is no longer a child is disinherited, or detached, before.
    const disinherited = isTable(later) && !parentsOf(later).some((p) => `table:${refText(p)}` === key)
    if (disinherited) return
    this.drop(dependant)
  }

  /** An owned sequence is dropped with its column; where the column is recreated, so is the sequence. */
  #sequence(dependant: string, how: Disturbance): void {
    const [sequence, later] = [this.#sides.from.objects.get(dependant), this.#sides.to.objects.get(dependant)]
    if (how !== 'gone' || sequence?.kind !== 'sequence') return
    if (later === undefined || (later.kind === 'sequence' && equal(sequence.ownedBy, later.ownedBy)))
      this.drop(dependant)
  }

  #object(key: string, dependant: string, how: Disturbance): void {
    const object = this.#sides.from.objects.get(dependant)
    if (object === undefined || this.aside.dropped.has(dependant)) return
    if (
      (object.kind === 'trigger' || object.kind === 'policy') &&
      this.aside.dropped.has(`table:${refText(object.table)}`)
    ) {
      this.aside.dropped.add(dependant)
      return
    }
    if (object.kind === 'definition' && object.objectKind === 'statistics' && how !== 'gone') {
      const later = this.#sides.to.objects.get(dependant)
      // PostgreSQL itself recreates them, but without later alterations.
      if (
        object.create.length === 1 &&
        later !== undefined &&
        equal(object, later) &&
        !this.#stale(key, JSON.stringify(object), how)
      )
        return
    }
    this.drop(dependant)
  }

  /** After a swap, constants in stored expressions still are of the old type; other texts are parsed again and fit. */
  #stale(key: string, text: string, how: Disturbance): boolean {
    // A column that is text for now has no attributes, and is not a value of its type meanwhile.
    if (how === 'retyped') return this.aside.detours.has(key)
    if (how !== 'swapped') return false
    if (key.startsWith('enum:')) return true
    const column = this.#sides.fromParts.columns.get(key)?.part
    const type = column === undefined ? undefined : typeKey(column.type)
    const object = type === undefined ? undefined : this.#sides.from.objects.get(type)
    return object?.kind === 'enum' && mentionsType(text, object)
  }

  #familiar(key: string): boolean {
    const [from, to] = [this.#sides.fromParts.columns.get(key)?.part, this.#sides.toParts.columns.get(key)?.part]
    return from !== undefined && to !== undefined && sameFamily(from.type, to.type)
  }

  #partitionKey(key: string): void {
    const found = this.#sides.fromParts.columns.get(key)
    const by = found?.table.partitionBy
    if (found !== undefined && by !== undefined && mentionsName(by, found.part.name))
      this.aside.partitioned.add(`table:${refText(found.table)}`)
  }
}

/** Whether a type of another kind may have come under the name. */
function sameName(later: string | undefined, key: string): boolean {
  return later !== undefined && later.slice(later.indexOf(':')) === key.slice(key.indexOf(':'))
}

/** Whether a parent has the column too, so that it changes there and not here. */
export function inherits(schema: Schema, table: Table, column: string): boolean {
  return parentsOf(table).some((ref) => {
    const parent = schema.objects.get(`table:${refText(ref)}`)
    return parent?.kind === 'table' && parent.columns.some((c) => c.name === column)
  })
}

/** The table whose rows a column holds as values. */
export function rowTypeOf(schema: Schema, type: ColumnType): Table | undefined {
  if (type.kind !== 'composite' || type.name === undefined) return undefined
  const table = schema.objects.get(
    `table:${refText(type.schema === undefined ? { name: type.name } : { schema: type.schema, name: type.name })}`,
  )
  return isTable(table) ? table : undefined
}

/** The row type of a table, and the composite types and domains whose values hold rows of it: their columns wait, they do not. */
function rowTypes(needs: Needs, table: Ref): ReadonlySet<string> {
  const types = new Set([tableKey(table)])
  for (const type of types)
    for (const dependant of needs.by(type)) if (/^(?:composite|domain):/.test(dependant)) types.add(dependant)
  return types
}

/** What holds constants of such a type, which are stored with the old columns' types. */
export function rowTypeUsers(schema: Schema, needs: Needs, table: Ref): readonly string[] {
  const types = [...rowTypes(needs, table)]
  const named = types.flatMap((key) => {
    const object = schema.objects.get(key)
    return object?.kind === 'table' || object?.kind === 'composite' || object?.kind === 'domain' ? [object] : []
  })
  return types.flatMap((type) =>
    [...needs.by(type)].filter((key) => {
      const object = schema.objects.get(key)
      if (object?.kind !== 'routine' && object?.kind !== 'view') return false
      return named.some((holder) => mentionsType(object.definition, holder))
    }),
  )
}

/** The tables whose rows values of a type hold, at any depth. */
export function rowTypesIn(schema: Schema, type: ColumnType, depth = 0): readonly Table[] {
  if (depth > 8) return []
  if (type.element !== undefined) return rowTypesIn(schema, type.element, depth)
  const inside = (types: readonly { readonly type: ColumnType }[]): readonly Table[] =>
    types.flatMap((part) => rowTypesIn(schema, part.type, depth + 1))
  const row = rowTypeOf(schema, type)
  if (row !== undefined) return [row, ...inside(row.columns)]
  const object = schema.objects.get(typeKey(type) ?? '')
  if (object?.kind === 'domain') return inside([object])
  return object?.kind === 'composite' ? inside(object.attributes) : []
}

export const isTable = (object: SchemaObject | undefined): object is Table => object?.kind === 'table'

/** The tables that inherit from a table, or are partitions of it. */
export function childTables(schema: Schema, table: Ref): readonly Table[] {
  let known = children.get(schema)
  if (known === undefined) children.set(schema, (known = childrenIn(schema)))
  return known.get(tableKey(table)) ?? []
}

/** Of each schema the children by their parents' keys: a table may have thousands of partitions, each of which is asked for its own. */
const children = new WeakMap<Schema, ReadonlyMap<string, readonly Table[]>>()

function childrenIn(schema: Schema): ReadonlyMap<string, readonly Table[]> {
  const found = new Map<string, Table[]>()
  for (const table of schema.objects.values()) {
    if (!isTable(table)) continue
    for (const key of new Set(parentsOf(table).map(tableKey))) {
      const list = found.get(key)
      if (list === undefined) found.set(key, [table])
      else list.push(table)
    }
  }
  return found
}
