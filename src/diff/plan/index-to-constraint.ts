/** Which unique indexes become constraints as they are (manual, ALTER TABLE, ADD table_constraint_using_index). */
import type { Constraint, Index } from '../../schema/model.ts'
import type { TableDifference } from '../compare/tables.ts'
import { equal } from '../compare/equal.ts'
import type { PlanOptions } from '../steps/context.ts'

/**
 * The dropped indexes by the added constraint that takes each over: a plain unique index of the same columns, which is
 * then neither dropped nor built again. Partitioned tables cannot do it, nor can an index with settings of its own.
 */
export function adoptions(
  d: TableDifference,
  { compareNames }: Pick<PlanOptions, 'compareNames'>,
): ReadonlyMap<Constraint, Index> {
  const found = new Map<Constraint, Index>()
  // Where constraints need no names, none is made of an index (SQLite).
  if (compareNames === 'indexes') return found
  if (d.from.partitionBy !== undefined || d.indexes.dropped.length === 0) return found
  for (const constraint of d.constraints.added) {
    const candidates = d.indexes.dropped.filter((i) => fits(i, constraint) && ![...found.values()].includes(i))
    const index = candidates.find((i) => i.name === constraint.name) ?? candidates[0]
    if (index !== undefined) found.set(constraint, index)
  }
  return found
}

function fits(index: Index, constraint: Constraint): boolean {
  if (constraint.kind !== 'primaryKey' && constraint.kind !== 'unique') return false
  const { name: _, elements, unique, include, nullsNotDistinct, with: parameters, tablespace, ...settings } = index
  if (unique !== true || constraint.inherited === true || Object.values(settings).some((value) => value !== undefined))
    return false
  if (
    !equal(
      elements,
      constraint.columns.map((column) => ({ column })),
    )
  )
    return false
  if (!equal(include ?? [], constraint.include ?? [])) return false
  if (!equal(parameters ?? {}, constraint.with ?? {}) || tablespace !== constraint.tablespace) return false
  return (nullsNotDistinct ?? false) === (constraint.kind === 'unique' && constraint.nullsNotDistinct === true)
}
