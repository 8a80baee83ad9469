/** Objects that a project leaves out of the comparison, by name or by object: they stay as the database has them, and are never created. */
import { refText, tableKey } from '../../schema/keys.ts'
import type { Column, Constraint, Index, Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import type { Include, PartKind } from '../model/types.ts'

const partKinds: Readonly<Record<Constraint['kind'], PartKind>> = {
  primaryKey: 'primary_key',
  unique: 'unique_constraint',
  foreignKey: 'foreign_key_constraint',
  check: 'check_constraint',
  exclude: 'exclude_constraint',
}

/** The name of an object, unquoted, with the schema where it is not the default one. */
function nameOf(object: SchemaObject): { readonly name: string; readonly schema?: string } {
  if (object.kind === 'definition') return named(object.identity)
  if (object.kind === 'trigger' || object.kind === 'policy')
    return object.table.schema === undefined
      ? { name: object.name }
      : { name: object.name, schema: object.table.schema }
  if (object.kind === 'extension' || object.kind === 'schema') return { name: object.name }
  return object.schema === undefined ? { name: object.name } : { name: object.name, schema: object.schema }
}

/** A name, or a schema and a name, in quotes or without; a text that is not a name is taken literally. */
function named(identity: string): { readonly name: string; readonly schema?: string } {
  const m = /^(?:("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\.)?("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)$/u.exec(identity)
  if (m === null) return { name: identity }
  const plain = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text)
  return m[1] === undefined ? { name: plain(m[2]!) } : { schema: plain(m[1]), name: plain(m[2]!) }
}

const tableOf = (object: SchemaObject): Ref | undefined =>
  object.kind === 'sequence' ? object.ownedBy?.table : 'table' in object ? object.table : undefined

/** Keys of whole objects that are left out: the filter is called for each side that has them, with the objects that belong to them. */
export function leftOut(current: Schema, wished: Schema, include: Include): ReadonlySet<string> {
  const out = new Set<string>()
  const keys = new Set([...current.objects.keys(), ...wished.objects.keys()])
  for (const key of keys) {
    const [there, own] = [current.objects.get(key), wished.objects.get(key)]
    const object = (own ?? there)!
    const table = tableOf(object)
    const asked = {
      key,
      kind: object.kind,
      ...nameOf(object),
      ...(table === undefined || object.kind === 'sequence' ? {} : { table: table.name }),
    }
    const kept =
      (own === undefined ||
        include({ ...asked, object: own, ...(there === undefined ? {} : { counterpart: there }) }, false)) &&
      (there === undefined ||
        include({ ...asked, object: there, ...(own === undefined ? {} : { counterpart: own }) }, true))
    if (!kept) out.add(key)
  }
  for (const key of keys) {
    const table = tableOf((wished.objects.get(key) ?? current.objects.get(key))!)
    if (table !== undefined && (out.has(tableKey(table)) || out.has(`view:${refText(table)}`))) out.add(key)
  }
  return out
}

/** The table with every part that is left out as the database has it. */
export function partsLeftOut(had: Table | undefined, table: Table, include: Include): Table {
  const ask = (kind: PartKind, part: { readonly name: string }, reflected: boolean): boolean =>
    include(
      {
        key: `${kind === 'column' || kind === 'index' ? kind : 'constraint'}:${refText(table)}.${part.name}`,
        kind,
        name: part.name,
        ...(table.schema === undefined ? {} : { schema: table.schema }),
        table: table.name,
        object: part,
      },
      reflected,
    )
  const parts = <P extends { readonly name: string }>(
    before: readonly P[],
    after: readonly P[],
    kindOf: (part: P) => PartKind,
  ): readonly P[] => {
    const old = new Map(before.map((p) => [p.name, p]))
    const kept = after.flatMap((part): readonly P[] => {
      const there = old.get(part.name)
      const out = !ask(kindOf(part), part, false) || (there !== undefined && !ask(kindOf(there), there, true))
      return out ? (there === undefined ? [] : [there]) : [part]
    })
    const names = new Set(after.map((p) => p.name))
    const rest = before.filter((p) => !names.has(p.name) && !ask(kindOf(p), p, true))
    return rest.length === 0 && kept.every((p, i) => p === after[i]) && kept.length === after.length
      ? after
      : [...kept, ...rest]
  }
  const columns = parts<Column>(had?.columns ?? [], table.columns, () => 'column')
  const constraints = parts<Constraint>(had?.constraints ?? [], table.constraints, (c) => partKinds[c.kind])
  const indexes = parts<Index>(had?.indexes ?? [], table.indexes, () => 'index')
  return columns === table.columns && constraints === table.constraints && indexes === table.indexes
    ? table
    : { ...table, columns, constraints, indexes }
}
