/** Columns that parents and child tables both have: which tables keep one that the parent drops, and which have their own of an added one. */
import { columnKey, constraintKey, sameRef, tableKey } from '../../schema/keys.ts'
import type { Check, Ref, Table } from '../../schema/model.ts'
import { equal } from '../compare/equal.ts'
import { childTables, isTable } from '../graph/dependants.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { withKeptParents } from '../steps/common-steps.ts'
import type { Planning } from '../steps/context.ts'

/** Child tables' columns when the parent's is dropped: PostgreSQL drops them with it, except with `ONLY` (ALTER TABLE). */
export function heirsWithout(
  plan: Planning,
  table: Table,
  column: string,
): { readonly keep: boolean; readonly lose: readonly Table[] } {
  const staying = childTables(plan.from, table).filter((heir) => !plan.isDropped(tableKey(heir)))
  const later = (heir: Table): Table | undefined => {
    const now = plan.to.objects.get(tableKey(heir))
    return isTable(now) ? now : undefined
  }
  const inherited = staying.filter((heir) => heir.columns.some((c) => c.name === column && c.inherited === true))
  const keeps = inherited.filter((heir) => {
    const now = later(heir)
    // A column that another parent also has is kept by itself.
    return now?.columns.some((c) => c.name === column && c.inherited !== true) === true
  })
  if (keeps.length === 0) return { keep: false, lose: [] }
  return { keep: true, lose: inherited.filter((heir) => later(heir)?.columns.every((c) => c.name !== column) === true) }
}

/** Whether a table below keeps the column, as its own or from another parent, without NOT NULL: PostgreSQL 18 leaves it what it had from the parent that drops it. */
export const heirsLoosened = (plan: Planning, table: Table, column: string): boolean =>
  childTables(plan.from, table).some((heir) => {
    const now = plan.to.objects.get(tableKey(heir))
    if (!isTable(now) || plan.isDropped(tableKey(heir))) return false
    return now.columns.some((c) => c.name === column && c.nullable) || heirsLoosened(plan, heir, column)
  })

/**
 * Columns that a parent of both sides drops, and that the child table has from another parent then: it joins that one before, or its
 * column goes with the first.
 */
export const columnsTakenOver = (plan: Planning, from: Table, to: Table): readonly string[] =>
  parentsOf(withKeptParents(from, to)).flatMap((parent) =>
    to.columns.flatMap((column) => {
      const key = columnKey(parent, column.name)
      const had = from.columns.some((c) => c.name === column.name && c.inherited === true)
      const goes = plan.isDropped(key) && !plan.sides.toParts.columns.has(key)
      return column.inherited === true && had && goes ? [key] : []
    }),
  )

/** Dropped child tables, whose policies and the like may depend on the column. */
export function heirsThatGo(plan: Planning, table: Table): readonly string[] {
  return childTables(plan.from, table).flatMap((heir) => [
    ...(plan.isDropped(tableKey(heir)) ? [tableKey(heir)] : []),
    ...heirsThatGo(plan, heir),
  ])
}

/** The columns of child tables that go with their parent's, and come with it where it is made anew. */
export function columnsBelow(plan: Planning, table: Table, column: string): readonly string[] {
  return childTables(plan.from, table).flatMap((heir) => {
    const key = columnKey(heir, column)
    const later = plan.to.objects.get(tableKey(heir))
    // A partition that gets other bounds is detached meanwhile.
    if (isTable(later) && !equal(heir.partitionOf, later.partitionOf)) return []
    // A child table that is dropped takes its columns along by itself.
    if (plan.isDropped(tableKey(heir))) return []
    const goes = heir.columns.some((c) => c.name === column && c.inherited === true) && !plan.isDropped(key)
    return goes ? [key, ...columnsBelow(plan, heir, column)] : []
  })
}

/** Columns of that name which child tables get as their own: the parent's is merged with them, never the reverse. */
export function ownColumnsOfHeirs(plan: Planning, table: Table, column: string): readonly string[] {
  return childTables(plan.to, table).flatMap((heir) => [
    ...(heir.columns.some((c) => c.name === column && c.inherited !== true) ? [columnKey(heir, column)] : []),
    ...ownColumnsOfHeirs(plan, heir, column),
  ])
}

/** The same for checks. */
export function ownChecksOfHeirs(plan: Planning, table: Table, check: string): readonly string[] {
  return childTables(plan.to, table).flatMap((heir) => [
    ...(heir.constraints.some((c) => c.name === check && c.kind === 'check' && c.inherited !== true)
      ? [constraintKey(heir, check)]
      : []),
    ...ownChecksOfHeirs(plan, heir, check),
  ])
}

/** Heirs that have the check from this parent, with theirs. */
export function heirsChecks(
  plan: Planning,
  table: Table,
  name: string,
): readonly { readonly table: Table; readonly check: Check }[] {
  return childTables(plan.to, table).flatMap((heir) => {
    const check = heir.constraints.find((c) => c.name === name && c.inherited === true)
    return [...(check?.kind === 'check' ? [{ table: heir, check }] : []), ...heirsChecks(plan, heir, name)]
  })
}

/** Child tables that have it NOT VALID: one created after the check would have it as valid. */
export const heirsNotValid = (plan: Planning, table: Table, name: string): readonly Table[] =>
  heirsChecks(plan, table, name).flatMap((heir) => (heir.check.notValid === true ? [heir.table] : []))

/** Columns of parents, which are dropped before the child table's own of that name: an inherited column cannot be dropped. */
export function parentsColumnKeys(plan: Planning, table: Table, column: string): readonly string[] {
  const later = plan.to.objects.get(tableKey(table))
  const leaves = (ref: Ref): boolean => isTable(later) && !parentsOf(later).some((p) => sameRef(p, ref))
  return parentsOf(table).flatMap((ref) => {
    const parent = plan.from.objects.get(tableKey(ref))
    // A table that leaves a parent does so before.
    return isTable(parent) && !leaves(ref)
      ? [columnKey(parent, column), ...parentsColumnKeys(plan, parent, column)]
      : []
  })
}
