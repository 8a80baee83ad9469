/** Undeclared properties come from the database: privileges, types that are managed elsewhere, inherited and reflected ones. */
import { AmbixError } from '../errors.ts'
import { refText, tableKey } from '../schema/keys.ts'
import { parentsOf } from '../schema/inherited.ts'
import { withObjects } from '../schema/lazy.ts'
import type { Grant, Schema, SchemaObject, Table } from '../schema/model.ts'

/**
 * The target schema with what it does not manage taken from the current one: privileges where none are declared,
 * comments of schemas that occur only in names, types declared with `createType: false`.
 * Throws SCHEMA.UNKNOWN_REFERENCE for such a type that is not there.
 */
export function leaveToOthers(wished: Schema, current: Schema, unmanaged: readonly string[]): Schema {
  const objects = new Map<string, SchemaObject>()
  const grants = unmanaged.includes('grant')
  for (const [key, object] of wished.objects) {
    const there = current.objects.get(key)
    if (object.kind === 'enum' && object.createType === false) {
      if (there === undefined) {
        throw new AmbixError(
          'SCHEMA.UNKNOWN_REFERENCE',
          `The enum ${refText(object)} is left to others (createType: false), and the database does not have it`,
          {
            next: ['Create it first, or leave createType out'],
          },
        )
      }
      objects.set(key, there)
    } else if (there === undefined) objects.set(key, object)
    else if (object.kind === 'schema' && unmanaged.includes('schema')) objects.set(key, there)
    else objects.set(key, withUnsaid(grants ? withGrants(object, there) : object, there, unmanaged))
  }
  return withObjects(wished, objects)
}

/** Comments, row security and storage parameters, where the source of the target schema cannot express them. */
function withUnsaid(own: SchemaObject, there: SchemaObject, unmanaged: readonly string[]): SchemaObject {
  if (!unmanaged.includes('comment')) return own
  const commented = kept(own, there, ['comment'])
  if (commented.kind !== 'table' || there.kind !== 'table') return commented
  const policies = unmanaged.includes('policy') ? (['rowSecurity', 'forceRowSecurity'] as const) : []
  const byName = <T extends { readonly name: string }>(
    mine: readonly T[],
    its: readonly T[],
    keys: readonly (keyof T)[],
  ): T[] =>
    mine.map((part) =>
      kept(
        part,
        its.find((p) => p.name === part.name),
        keys,
      ),
    )
  return {
    ...kept(commented, there, ['with', 'tablespace', 'replicaIdentity', ...policies]),
    columns: byName(commented.columns, there.columns, ['comment', 'storage', 'compression', 'statistics']),
    constraints: byName(commented.constraints, there.constraints, ['comment']),
    indexes: byName(commented.indexes, there.indexes, ['comment', 'clustered']),
  }
}

function kept<T extends object>(own: T, there: T | undefined, keys: readonly (keyof T)[]): T {
  if (there === undefined) return own
  const missing = keys.filter((key) => own[key] === undefined && there[key] !== undefined)
  return missing.length === 0 ? own : { ...own, ...Object.fromEntries(missing.map((key) => [key, there[key]])) }
}

function withGrants(object: SchemaObject, there: SchemaObject): SchemaObject {
  const own = granted(object, there.grants)
  if (own.kind !== 'table' || there.kind !== 'table' || !there.columns.some((c) => c.grants !== undefined)) return own
  const given = new Map(there.columns.map((c) => [c.name, c.grants]))
  return { ...own, columns: own.columns.map((c) => granted(c, given.get(c.name))) }
}

const granted = <T extends { readonly grants?: readonly Grant[] }>(thing: T, grants: readonly Grant[] | undefined): T =>
  grants === undefined || thing.grants !== undefined ? thing : { ...thing, grants }

/** Properties of an object that only the database has, and a model cannot express: kept where the object is equal otherwise. */
export function withFound(own: SchemaObject, found: SchemaObject | undefined): SchemaObject {
  if (own.kind === 'view' && found?.kind === 'view' && own.columns === undefined && found.columns !== undefined) {
    return { ...own, columns: found.columns }
  }
  if (
    own.kind === 'routine' &&
    found?.kind === 'routine' &&
    own.signature === undefined &&
    found.signature !== undefined
  ) {
    return { ...own, signature: found.signature }
  }
  if (own.kind === 'table' && found?.kind === 'table' && parentsOf(own).length > 0) return withInherited(own, found)
  return own
}

/** With the columns, constraints and indexes that come from parents, which models do not repeat. */
function withInherited(own: Table, found: Table): Table {
  const columns = new Map(own.columns.map((c) => [c.name, c]))
  const others = found.columns.filter(
    (c) => !columns.has(c.name) && (c.inherited === true || found.partitionOf !== undefined),
  )
  const order = new Map(found.columns.map((c, i) => [c.name, i]))
  const inherited = [...others, ...own.columns.filter((c) => c.inherited === true)]
  const constraints = new Set(own.constraints.map((c) => c.name))
  const indexes = new Set(own.indexes.map((i) => i.name))
  return {
    ...own,
    columns: [
      ...inherited.toSorted((a, b) => (order.get(a.name) ?? order.size) - (order.get(b.name) ?? order.size)),
      ...own.columns.filter((c) => c.inherited !== true),
    ],
    constraints: [
      ...own.constraints,
      ...found.constraints.filter((c) => c.inherited === true && !constraints.has(c.name)),
    ],
    indexes: [...own.indexes, ...found.indexes.filter((i) => i.attachedTo !== undefined && !indexes.has(i.name))],
  }
}

/** Keys of all tables that a table comes from, nearest first. */
export function ancestorsOf(schema: Schema, table: Table): ReadonlySet<string> {
  const found = new Set<string>()
  const queue = [...parentsOf(table)]
  for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
    const key = tableKey(ref)
    if (found.has(key)) continue
    found.add(key)
    const parent = schema.objects.get(key)
    if (parent?.kind === 'table') queue.push(...parentsOf(parent))
  }
  return found
}
