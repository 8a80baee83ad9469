/** Indexes of partitioned tables: those that are created after their partitions' indexes, so that these keep their names. */
import { indexKey, indexKeyOf, refText, tableKey } from '../../schema/keys.ts'
import { partitionIndexName } from '../../schema/resolve/naming.ts'
import type { Index, Ref, Schema, Table } from '../../schema/model.ts'
import { childTables, isTable, type Sides } from '../graph/dependants.ts'
import { mentionsName, readsColumn } from '../graph/mentions.ts'
import type { TableDifference } from '../compare/tables.ts'
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

/**
 * The name that PostgreSQL chooses for the index of a partition (ChooseIndexName); undefined where it cannot be predicted.
 * `there`: the indexes that the table has at that moment.
 */
export function usualName(
  table: Table,
  index: Index,
  partition: Table,
  there: readonly Index[] = table.indexes,
): string | undefined {
  const named = (i: Index): string | undefined => partitionIndexName(partition.name, i)
  const name = named(index)
  return there.filter((i) => named(i) === name).length > 1 ? undefined : name
}

/**
 * Whether an index is created without its partitions' indexes, which are attached one by one: it is ON ONLY, or PostgreSQL could
 * choose another index of a partition than the one that is to be attached.
 */
export function isOnly(plan: Going, table: Table, index: Index): boolean {
  if (index.only === true) return true
  if (table.partitionBy === undefined || !comes(plan, keyOfIndex(table, index))) return false
  const of = refText(sameSchema(table, index.name))
  const isPart = (i: Index): boolean => i.attachedTo !== undefined && refText(i.attachedTo) === of
  const partitions = [...plan.to.objects.values()].filter(
    (o): o is Table => isTable(o) && o.partitionOf !== undefined && refText(o.partitionOf.parent) === refText(table),
  )
  // A partition's constraint may take the place of an index: PostgreSQL has attached that by itself.
  return (
    partitions.every((p) => p.indexes.some(isPart)) &&
    partitions.some(
      (p) =>
        p.indexes.some((i) => !isPart(i) && resembles(i, index)) ||
        p.constraints.some(
          (c) =>
            (c.kind === 'primaryKey' || c.kind === 'unique') &&
            index.unique === true &&
            equal(
              c.columns,
              index.elements.map((e) => e.column),
            ),
        ),
    )
  )
}

/** Whether the parts of an index are attached to it one by one. */
export function isGivenParts(plan: Going, ref: Ref): boolean {
  const found = plan.sides.toParts.indexes.get(indexKey(ref))
  return found !== undefined && isOnly(plan, found.table, found.part)
}

/** Whether PostgreSQL takes one index for the other (CompareIndexInfo). */
const resembles = (a: Index, b: Index): boolean =>
  equalBut(a, b, 'name', 'attachedTo', 'comment', 'with', 'clustered', 'tablespace', 'elements', 'only', 'invalid') &&
  equal(a.elements.map(unordered), b.elements.map(unordered))

const unordered = ({ order: _order, nulls: _nulls, ...element }: Index['elements'][number]): object => element

/**
 * Indexes of the parents that must be recreated, since no index of a partition is ever detached from one: a part becomes an
 * index of its own, belongs to another, goes, or comes where the parent's index has its part already.
 */
export function parentsOfMovedParts(plan: Pick<Going, 'sides'>, d: TableDifference): readonly string[] {
  const { from, to } = d
  const { fromParts, toParts } = plan.sides
  const top = (ref: Ref): Ref => {
    const above = fromParts.indexes.get(indexKey(ref))?.part.attachedTo
    return above === undefined ? ref : top(above)
  }
  const stays = (ref: Ref): boolean =>
    fromParts.indexes.has(indexKey(ref)) && toParts.indexes.get(indexKey(ref)) !== undefined
  if (to.partitionOf === undefined) return []
  if (!equal(from.partitionOf?.parent, to.partitionOf.parent))
    return to.indexes.flatMap(({ attachedTo }) => {
      if (attachedTo === undefined || !stays(attachedTo)) return []
      const { part } = toParts.indexes.get(indexKey(attachedTo))!
      return to.indexes.filter((i) => resembles(i, part)).length > 1 ? [indexKey(top(attachedTo))] : []
    })
  const moved = [...d.indexes.changed, ...d.indexes.renamed].flatMap((pair) => {
    const [had, has] = [pair.from.attachedTo, pair.to.attachedTo]
    if (equal(had, has)) return []
    const whole = had === undefined && has !== undefined && !isOpen(plan, has) ? [has] : []
    return [...(had === undefined ? [] : [had]), ...whole]
  })
  const gone = d.indexes.dropped.flatMap((i) => i.attachedTo ?? [])
  const come = d.indexes.added.flatMap((i) =>
    i.attachedTo === undefined || isOpen(plan, i.attachedTo) ? [] : [i.attachedTo],
  )
  return [...moved, ...gone, ...come].filter(stays).map((ref) => indexKey(top(ref)))
}

/** Whether an index that is there can be given parts. */
const isOpen = ({ sides }: Pick<Going, 'sides'>, ref: Ref): boolean =>
  sides.fromParts.indexes.get(indexKey(ref))?.part.only === true

/** Whether a partition's index differs from the one that PostgreSQL would create: it compares no order of elements. */
export function namedApart(plan: Going, table: Table, index: Index): boolean {
  return children(plan, table, index).some(
    ({ table: partition, index: child }) =>
      // ON ONLY creates none.
      isOnly(plan, table, index) ||
      child.name !== usualName(table, index, partition) ||
      !equalBut(child, index, 'name', 'attachedTo', 'comment', 'with', 'clustered') ||
      namedApart(plan, partition, child),
  )
}

/**
 * Indexes of a partitioned table that a change of a column's type would not leave as they are: PostgreSQL makes each anew from
 * the table's definition alone (tablecmds.c, ATPostAlterTypeCleanup), with parts that have its name, order and options for them.
 */
export function madeAnew(schema: Schema, table: Table, column: string): readonly string[] {
  if (table.partitionBy === undefined) return []
  const apart = (of: Table, index: Index): boolean => {
    const whole = refText(sameSchema(of, index.name))
    return childTables(schema, of).some((partition) =>
      partition.indexes.some(
        (i) =>
          i.attachedTo !== undefined &&
          refText(i.attachedTo) === whole &&
          (i.name !== usualName(of, index, partition) ||
            !equalBut(i, index, 'name', 'attachedTo') ||
            apart(partition, i)),
      ),
    )
  }
  const reads = (index: Index): boolean =>
    (index.include ?? []).includes(column) ||
    index.elements.some((e) => readsColumn(e, column)) ||
    (index.where !== undefined && mentionsName(index.where, column))
  return table.indexes
    .filter((i) => i.attachedTo === undefined && reads(i))
    .filter((i) => (i.only === true && childTables(schema, table).length > 0) || apart(table, i))
    .map((i) => keyOfIndex(table, i))
}

/** Whether the index that another is attached to is created after it. */
export function isLate(plan: Going, ref: Ref): boolean {
  const found = plan.sides.toParts.indexes.get(indexKey(ref))
  return (
    found !== undefined &&
    comes(plan, indexKey(ref)) &&
    !comesWithTable(plan, found.part) &&
    namedApart(plan, found.table, found.part)
  )
}

/** Whether a new partition gets that index by itself, and its partitions theirs: the index it belongs to is there already. */
export function comesWithTable(plan: Going, { attachedTo }: Index): boolean {
  if (attachedTo === undefined) return false
  const above = plan.sides.toParts.indexes.get(indexKey(attachedTo))
  if (above === undefined || isOnly(plan, above.table, above.part)) return false
  return !comes(plan, indexKey(attachedTo)) || comesWithTable(plan, above.part)
}

/** The indexes that a table has when a new partition comes to it. */
export const indexesBefore = (plan: Going, table: Table): readonly Index[] =>
  table.indexes.filter((i) => !comes(plan, keyOfIndex(table, i)) || comesWithTable(plan, i))

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
