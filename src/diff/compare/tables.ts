/** The differences between two tables, part by part, before it is decided how to alter them. */
import type { Column, Constraint, Index, Ref, Table } from '../../schema/model.ts'
import { columnDifference, type ColumnDifference } from './columns.ts'
import { byName, equal, equalBut } from './equal.ts'

export interface Pair<T> {
  readonly from: T
  readonly to: T
}

export interface ColumnChange extends Pair<Column> {
  readonly difference: ColumnDifference | undefined
}

export interface TableDifference extends Pair<Table> {
  readonly added: readonly Column[]
  readonly dropped: readonly Column[]
  /** Columns of both sides that differ, grants included. */
  readonly columns: readonly ColumnChange[]
  readonly constraints: PartsDifference<Constraint>
  readonly indexes: PartsDifference<Index>
}

export interface PartsDifference<T> {
  readonly added: readonly T[]
  readonly dropped: readonly T[]
  readonly changed: readonly Pair<T>[]
  readonly renamed: readonly Pair<T>[]
  /** Parts under other names, where names are not compared: no difference, but they come back if they step aside. */
  readonly unnamed: readonly Pair<T>[]
}

/** Undefined when the tables are equal but for the order of columns, constraints and indexes. */
export function tableDifference(
  from: Table,
  to: Table,
  compareNames: boolean | 'indexes',
): TableDifference | undefined {
  if (from === to) return undefined
  const [had, has] = [byName(from.columns), byName(to.columns)]
  const added = to.columns.filter((c) => !had.has(c.name))
  const dropped = from.columns.filter((c) => !has.has(c.name))
  const columns: ColumnChange[] = []
  for (const column of to.columns) {
    const old = had.get(column.name)
    if (old === undefined || old === column) continue
    const difference = columnDifference(old, column)
    if (difference !== undefined || !equal(old.grants ?? [], column.grants ?? []))
      columns.push({ from: old, to: column, difference })
  }
  const constraints = partsDifference(from.constraints, to.constraints, compareNames === true, sameConstraint)
  const indexes = partsDifference(from.indexes, to.indexes, compareNames !== false, sameIndex)
  const parts = added.length + dropped.length + columns.length + count(constraints) + count(indexes)
  if (parts === 0 && equalBut(from, to, 'columns', 'constraints', 'indexes')) return undefined
  return { from, to, added, dropped, columns, constraints, indexes }
}

const count = (d: PartsDifference<unknown>): number =>
  d.added.length + d.dropped.length + d.changed.length + d.renamed.length

/** Whose a key was first is no difference of the key. */
const sameConstraint = (a: Constraint, b: Constraint): boolean =>
  a.kind === 'primaryKey' || a.kind === 'unique'
    ? equalBut(a, b, 'name', 'comment', 'inherited')
    : equalBut(a, b, 'name', 'comment')
const sameIndex = (a: Index, b: Index): boolean => equalBut(a, b, 'name', 'comment', 'clustered', 'attachedTo')

/** Parts by name; one that went and one that came with the same definition are a rename. */
export function partsDifference<T extends { readonly name: string; readonly renamedFrom?: string }>(
  from: readonly T[],
  to: readonly T[],
  compareNames: boolean,
  same: (a: T, b: T) => boolean,
): PartsDifference<T> {
  const none: PartsDifference<T> = { added: [], dropped: [], changed: [], renamed: [], unnamed: [] }
  if (from === to) return none
  const [had, has] = [byName(from), byName(to)]
  const gone = new Set(from.filter((p) => !has.has(p.name)))
  const changed: Pair<T>[] = []
  const twins: Pair<T>[] = []
  const added: T[] = []
  for (const part of to) {
    const old = had.get(part.name)
    if (old !== undefined) {
      if (old !== part && !equal(old, part)) changed.push({ from: old, to: part })
      continue
    }
    const candidates = [...gone].filter((p) => same(p, part))
    const twin = candidates.find((p) => p.name === part.renamedFrom) ?? candidates[0]
    if (twin === undefined) added.push(part)
    else {
      gone.delete(twin)
      twins.push({ from: twin, to: part })
    }
  }
  const named = compareNames ? { renamed: twins, unnamed: [] } : { renamed: [], unnamed: twins }
  return { added, dropped: [...gone], changed, ...named }
}

export const refOfTable = (table: Ref): Ref =>
  table.schema === undefined ? { name: table.name } : { schema: table.schema, name: table.name }
