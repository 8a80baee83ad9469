/** How a fold reads and edits its copy of the schema: find, put, remove, and rewrite references to a renamed object. */
import { dependenciesOf } from '../../schema/resolve/dependencies.ts'
import { keyOf, refText, sameRef } from '../../schema/keys.ts'
import type { Column, Constraint, Index, Ref, Schema, SchemaObject, Table, View } from '../../schema/model.ts'
import type { Draft } from '../definition.ts'
import { existsAlready, unknownObject } from '../invalid.ts'

/** A folded schema keeps the edges that a database reported under this key, apart from those inferred from declarations. */
const told: unique symbol = Symbol.for('ambix.told dependencies')

/** A draft of a schema: the maps are copied, the objects are shared and never edited in place. */
export function openDraft(schema: Schema, blind = false): Draft {
  return { objects: new Map(schema.objects), dependencies: new Map(toldDependencies(schema)), blind }
}

/**
 * The draft's schema; the draft must not be edited afterwards. Edges that a database reported are kept through renames; for
 * what operations created they are inferred from the declarations, on first use.
 */
export function closeDraft(draft: Draft, uncovered: Schema['uncovered']): Schema {
  const { objects, dependencies: edges } = draft
  let all: Schema['dependencies'] | undefined
  const schema: Schema = {
    objects,
    get dependencies(): Schema['dependencies'] {
      return (all ??= new Map([...dependenciesOf(objects), ...edges]))
    },
    uncovered,
  }
  return Object.freeze(Object.defineProperty(schema, told, { value: edges }))
}

/** The edges that a database reported, without those inferred from declarations. */
export function toldDependencies(schema: Schema): Schema['dependencies'] {
  return (schema as { readonly [told]?: Schema['dependencies'] })[told] ?? schema.dependencies
}

/** The objects of one kind, by that kind's type. */
type OfKind<K extends SchemaObject['kind']> = Extract<SchemaObject, { readonly kind: K }>

/** Finds an object; undefined only when the draft is blind, else OPERATION.UNKNOWN_OBJECT. */
export function find<K extends SchemaObject['kind']>(
  draft: Draft,
  operation: string,
  _kind: K,
  key: string,
): OfKind<K> | undefined {
  const object = draft.objects.get(key)
  // Keys begin with the kind, so the object of the key is of that kind.
  if (object !== undefined) return object as OfKind<K>
  if (draft.blind) return undefined
  throw unknownObject(operation, describe(key))
}

/** `table:app.posts` as messages have it: `table app.posts`. */
export function describe(key: string): string {
  return key.replace(':', ' ')
}

/** Puts a new object; one of the same key is an error unless the draft is blind or `over` allows it. */
export function put(draft: Draft, operation: string, object: SchemaObject, over = false): void {
  const key = keyOf(object)
  if (!over && !draft.blind && draft.objects.has(key)) throw existsAlready(operation, describe(key))
  draft.objects.set(key, object)
}

/** Removes an object with its dependency edges; it must exist unless the draft is blind or `optional`. */
export function remove(draft: Draft, operation: string, key: string, optional = false): void {
  if (!draft.objects.delete(key) && !draft.blind && !optional) throw unknownObject(operation, describe(key))
  draft.dependencies.delete(key)
}

/** Replaces an object under its key by an edited one. */
export function edit<K extends SchemaObject['kind']>(
  draft: Draft,
  operation: string,
  kind: K,
  key: string,
  change: (object: OfKind<K>) => SchemaObject,
): void {
  const object = find(draft, operation, kind, key)
  if (object !== undefined) draft.objects.set(key, change(object))
}

/** Edits a table. */
export function editTable(draft: Draft, operation: string, table: Ref, change: (table: Table) => Table): void {
  edit(draft, operation, 'table', `table:${refText(table)}`, change)
}

/** Edits one column of a table. */
export function editColumn(
  draft: Draft,
  operation: string,
  table: Ref,
  name: string,
  change: (column: Column) => Column,
): void {
  editTable(draft, operation, table, (t) => {
    if (!t.columns.some((c) => c.name === name)) {
      if (draft.blind) return t
      throw unknownObject(operation, `column ${refText(table)}.${name}`)
    }
    return { ...t, columns: t.columns.map((c) => (c.name === name ? change(c) : c)) }
  })
}

/** Edits one constraint of a table; a change to undefined removes it. */
export function editConstraint(
  draft: Draft,
  operation: string,
  table: Ref,
  name: string,
  change: (constraint: Constraint) => Constraint | undefined,
  optional = false,
): void {
  editTable(draft, operation, table, (t) => {
    if (!t.constraints.some((c) => c.name === name)) {
      if (draft.blind || optional) return t
      throw unknownObject(operation, `constraint ${name} of table ${refText(table)}`)
    }
    return {
      ...t,
      constraints: t.constraints.flatMap((c) => {
        const changed = c.name === name ? change(c) : c
        return changed === undefined ? [] : [changed]
      }),
    }
  })
}

/** The table or materialized view that has the index: `on` where it is known, else found by the index's schema. */
export function ownerOfIndex(draft: Draft, index: Ref, on?: Ref): Table | View | undefined {
  const has = (object: SchemaObject | undefined): object is Table | View =>
    object !== undefined &&
    (object.kind === 'table' || object.kind === 'view') &&
    object.schema === index.schema &&
    (object.indexes?.some((i) => i.name === index.name) ?? false)
  if (on !== undefined) {
    for (const key of [`table:${refText(on)}`, `view:${refText(on)}`]) {
      const object = draft.objects.get(key)
      if (has(object)) return object
    }
    return undefined
  }
  for (const object of draft.objects.values()) if (has(object)) return object
  return undefined
}

/** Whether there are partitions in the schema: their parts of an index are created and attached, and go, with their parent's. */
export const hasPartitions = (draft: Draft, of: Ref): boolean =>
  [...draft.objects.values()].some((o) => o.kind === 'table' && o.schema === of.schema && o.partitionOf !== undefined)

/** Whether a table has parents: it may have a constraint that came with theirs, of which the fold knows theirs alone. */
export function isChild(draft: Draft, of: Ref): boolean {
  const table = draft.objects.get(`table:${refText(of)}`)
  return table?.kind === 'table' && (table.partitionOf !== undefined || (table.inherits ?? []).length > 0)
}

/** Edits one index in its table or view; a change to undefined removes it. */
export function editIndex(
  draft: Draft,
  operation: string,
  index: Ref,
  on: Ref | undefined,
  change: (index: Index) => Index | undefined,
  optional = false,
): void {
  const owner = ownerOfIndex(draft, index, on)
  if (owner === undefined) {
    if (draft.blind || optional) return
    throw unknownObject(operation, `index ${refText(index)}`)
  }
  const indexes = (owner.indexes ?? []).flatMap((i) => {
    const changed = i.name === index.name ? change(i) : i
    return changed === undefined ? [] : [changed]
  })
  draft.objects.set(
    keyOf(owner),
    owner.kind === 'view' && indexes.length === 0 ? without(owner, 'indexes') : { ...owner, indexes },
  )
}

/** A copy without one optional property. */
export function without<T extends object, K extends keyof T>(object: T, key: K): T {
  const { [key]: _, ...rest } = object
  // Only an optional property is ever removed.
  return rest as unknown as T
}

/** A copy with a property set, or without it where the value is undefined or null. */
export function withProperty<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K] | null | undefined,
): T {
  return value === undefined || value === null ? without(object, key) : { ...object, [key]: value }
}

/** Passes every object through `change`; keys follow names, the order of objects stays. */
export function rewriteObjects(draft: Draft, change: (object: SchemaObject) => SchemaObject): void {
  let rekeyed = false
  const told = new Map<string, string>()
  const entries: [string, SchemaObject][] = []
  for (const [key, object] of draft.objects) {
    const changed = change(object)
    if (changed === object) entries.push([key, object])
    else {
      const newKey = keyOf(changed)
      if (newKey !== key) rekeyed = true
      else draft.objects.set(key, changed)
      // Their keys contain the names of other objects, so the new key is only known here.
      if (newKey !== key && (changed.kind === 'routine' || changed.kind === 'definition')) told.set(key, newKey)
      entries.push([newKey, changed])
    }
  }
  if (!rekeyed) return
  draft.objects.clear()
  for (const [key, object] of entries) draft.objects.set(key, object)
  if (told.size > 0) rewriteDependencies(draft, (key) => told.get(key) ?? key)
}

/** Passes the keys on both sides of all dependency edges through `change`. */
export function rewriteDependencies(draft: Draft, change: (key: string) => string): void {
  if (draft.dependencies.size === 0) return
  const entries: [string, readonly string[]][] = []
  for (const [from, to] of draft.dependencies) {
    let moved: string[] | undefined
    for (const [i, key] of to.entries()) {
      const changed = change(key)
      if (changed !== key) (moved ??= [...to])[i] = changed
    }
    entries.push([change(from), moved === undefined ? to : moved.toSorted()])
  }
  draft.dependencies.clear()
  for (const [from, to] of entries) draft.dependencies.set(from, to)
}

/** The parts of a key after its kind, unquoted: `column:app.posts.id` is `['app', 'posts', 'id']`. */
export function keyParts(key: string): readonly string[] {
  const parts: string[] = []
  let at = key.indexOf(':') + 1
  while (at <= key.length) {
    let name = ''
    if (key[at] === '"') {
      for (at++; at < key.length; at++) {
        if (key[at] !== '"') name += key[at]
        else if (key[at + 1] === '"') name += key[at++]
        else break
      }
      at++
    } else {
      const end = key.indexOf('.', at)
      name = key.slice(at, end < 0 ? key.length : end)
      at += name.length
    }
    parts.push(name)
    if (key[at] !== '.') break
    at++
  }
  return parts
}

/** Whether the key of a part (column, constraint, trigger, policy) or of a table or view itself belongs to the relation. */
export function keyIsOf(key: string, relation: Ref): boolean {
  const parts = keyParts(key)
  const kind = key.slice(0, key.indexOf(':'))
  const own = kind === 'table' || kind === 'view' ? parts : parts.slice(0, -1)
  return (
    own.length > 0 &&
    own.length <= 2 &&
    sameRef(own.length === 2 ? { schema: own[0]!, name: own[1]! } : { name: own[0]! }, relation)
  )
}
