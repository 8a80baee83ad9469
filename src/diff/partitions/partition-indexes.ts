/** Indexes of partitioned tables: those that are created after their partitions' indexes, so that these keep their names. */
import { indexKey, indexKeyOf, refText, tableKey } from '../../schema/keys.ts'
import { makeObjectName } from '../../schema/resolve/naming.ts'
import type { Index, Ref, Schema, Table } from '../../schema/model.ts'
import { isTable, type Sides } from '../graph/dependants.ts'
import { equal, equalBut } from '../compare/equal.ts'
import { type Needs, sameSchema } from '../graph/needs.ts'

export interface PartitionIndex {
  readonly table: Table
  readonly index: Index
}

interface Going {
  readonly sides: Sides
  readonly to: Schema
  isDropped(key: string): boolean
}

const keyOfIndex = (table: Table, index: Index): string => indexKeyOf(table, index.name)

/** Whether an index is created in this run: it did not exist, or it was dropped, by itself or with what it depended on. */
function comes(plan: Going, key: string): boolean {
  const had = plan.sides.fromParts.indexes.get(key)
  if (had === undefined || plan.isDropped(key) || plan.isDropped(tableKey(had.table))) return true
  return had.part.attachedTo !== undefined && comes(plan, indexKey(had.part.attachedTo))
}

/** The new indexes of partitions that are to be attached to an index. */
export function children(plan: Going, table: Table, index: Index): readonly PartitionIndex[] {
  const of = refText(sameSchema(table, index.name))
  return [...plan.to.objects.values()].flatMap((o) => {
    if (!isTable(o) || o.partitionOf === undefined || refText(o.partitionOf.parent) !== refText(table)) return []
    return o.indexes
      .filter((i) => i.attachedTo !== undefined && refText(i.attachedTo) === of && comes(plan, keyOfIndex(o, i)))
      .map((i) => ({ table: o, index: i }))
  })
}

/** The name that PostgreSQL chooses for the index of a partition (ChooseIndexName); undefined where it cannot be predicted. */
export function usualName(table: Table, index: Index, partition: Table): string | undefined {
  const columns = index.elements.map((e) => e.column)
  const alike = table.indexes.filter((i) =>
    equal(
      i.elements.map((e) => e.column),
      columns,
    ),
  )
  if (alike.length > 1 || columns.includes(undefined)) return undefined
  return makeObjectName(partition.name, columns.join('_'), 'idx')
}

/** Whether a partition's index differs from the one that PostgreSQL would create: it compares no order of elements. */
export function namedApart(plan: Going, table: Table, index: Index): boolean {
  return children(plan, table, index).some(
    ({ table: partition, index: child }) =>
      // ON ONLY creates none.
      index.only === true ||
      child.name !== usualName(table, index, partition) ||
      !equalBut(child, index, 'name', 'attachedTo', 'comment', 'with', 'clustered') ||
      namedApart(plan, partition, child),
  )
}

/** Whether the index that another is attached to is created after it. */
export function isLate(plan: Going, ref: Ref): boolean {
  const found = plan.sides.toParts.indexes.get(indexKey(ref))
  return found !== undefined && comes(plan, indexKey(ref)) && namedApart(plan, found.table, found.part)
}

/**
 * Indexes of kept partitioned tables that must be recreated: a new partition would get its part of one that
 * is ON ONLY, and a partition's key that is to back one comes before it.
 */
export function remade(plan: Going & { readonly later: Needs; readonly needs: Needs }): readonly string[] {
  return [...plan.to.objects.values()].flatMap((table) => {
    if (!isTable(table) || table.partitionBy === undefined || !plan.sides.from.objects.has(tableKey(table))) return []
    return table.indexes.flatMap((index) => {
      const key = keyOfIndex(table, index)
      if (!plan.sides.fromParts.indexes.has(key)) return []
      const backed = [...plan.later.of(key)].some((n) => n.startsWith('constraint:') && !plan.needs.of(key).has(n))
      return backed || (index.only === true && gains(plan, table)) ? [key] : []
    })
  })
}

/** Whether a table gets a partition that it has not. */
function gains(plan: Going, table: Table): boolean {
  return [...plan.to.objects.entries()].some(([key, o]) => {
    if (!isTable(o) || o.partitionOf === undefined || refText(o.partitionOf.parent) !== refText(table)) return false
    const had = plan.sides.from.objects.get(key)
    return !isTable(had) || plan.isDropped(key) || !equal(had.partitionOf, o.partitionOf)
  })
}

/** That a partition is one of its table's. */
export const membership = (partition: Ref): string => `membership of ${refText(partition)}`
