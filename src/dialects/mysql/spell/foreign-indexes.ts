/** Indexes that serve foreign keys, and which of them the server made by itself (manual, FOREIGN KEY Constraints). */
import type { Constraint, ForeignKey, Index, Table } from '../../../schema/model.ts'

interface Serving {
  readonly name: string
  readonly columns: readonly string[]
}
type Parts = Pick<Table, 'constraints' | 'indexes'>

/** Whether an index on `columns` begins with the columns of `with_`. */
export function leads(columns: readonly string[], with_: readonly string[]): boolean {
  return with_.every((c, i) => columns[i] === c)
}

/** The keys and indexes of a table that can serve as the index of a foreign key, by name. */
export function serving({ constraints, indexes }: Parts): readonly Serving[] {
  return [
    ...constraints.flatMap((c) =>
      c.kind === 'primaryKey' || c.kind === 'unique' ? [{ name: c.name, columns: c.columns }] : [],
    ),
    ...indexes.flatMap((i) =>
      i.method === undefined && i.elements.every((e) => e.column !== undefined && e.length === undefined)
        ? [{ name: i.name, columns: i.elements.map((e) => e.column!) }]
        : [],
    ),
  ]
}

const keysIn = (constraints: readonly Constraint[]): readonly ForeignKey[] =>
  constraints.filter((c): c is ForeignKey => c.kind === 'foreignKey')

/** The foreign keys that no declared index serves: the server made one for them, or for another key that leads with their columns. */
export function unserved(table: Parts): readonly ForeignKey[] {
  const declared = serving(table)
  return keysIn(table.constraints).filter((key) => !declared.some((s) => leads(s.columns, key.columns)))
}

/**
 * Those under whose names the index is: a made index gives way to that of a longer key, and of keys on the same columns
 * to the last one's.
 */
export function keysWithOwnIndex(table: Parts): readonly ForeignKey[] {
  const keys = unserved(table)
  const givesWay = (key: ForeignKey, at: number): boolean =>
    keys.some(
      (other, n) =>
        leads(other.columns, key.columns) &&
        (other.columns.length > key.columns.length || (n > at && other.columns.length === key.columns.length)),
    )
  return keys.filter((key, at) => !givesWay(key, at))
}

const isPlain = (index: Index, key: ForeignKey): boolean =>
  index.unique !== true &&
  index.method === undefined &&
  index.with === undefined &&
  index.comment === undefined &&
  key.columns.length === index.elements.length &&
  index.elements.every((e, i) => e.column === key.columns[i] && e.length === undefined && e.order === undefined)

const isSame = (a: ForeignKey, b: ForeignKey): boolean =>
  a.columns.length === b.columns.length && leads(a.columns, b.columns)

/** The parts of a table without the indexes that the server makes by itself; a key that has one comes after the others on its columns. */
export function withoutMade({ constraints, indexes }: Parts): Parts {
  const keys = keysIn(constraints)
  const named = keys.filter((key) => indexes.some((i) => i.name === key.name && isPlain(i, key)))
  if (named.length === 0) return { constraints, indexes }
  const late = named.filter((key) => keys.some((other) => other !== key && isSame(key, other)))
  const ordered = late.length === 0 ? constraints : [...constraints.filter((c) => !late.some((l) => l === c)), ...late]
  const others = indexes.filter((i) => !named.some((key) => key.name === i.name))
  const made = new Set(unserved({ constraints, indexes: others }).map((key) => key.name))
  return { constraints: ordered, indexes: indexes.filter((i) => others.includes(i) || !made.has(i.name)) }
}
