/** Shared by several steps of a plan. */
import { sameRef, tableKey } from '../../schema/keys.ts'
import { defaultGrants } from './default-grants.ts'
import type { Column, Constraint, Ref, Schema, Table } from '../../schema/model.ts'
import { isTable } from '../graph/dependants.ts'
import { equal, equalBut } from '../compare/equal.ts'
import { parentsOf } from '../../schema/inherited.ts'
import type { Step } from '../graph/order.ts'
import type { Planning } from './context.ts'

/** What is said of the column with that key besides its type: nothing but a partition that is detached meanwhile waits for it. */
export const saidOf = (column: string): string => `said of ${column}`

/** A table that leaves its parents, so that what it had from them is its own. */
export function isDetached(from: Table, to: Table): boolean {
  return !equal(from.partitionOf?.parent, to.partitionOf?.parent) || !equal(from.inherits, to.inherits)
}

/** The table with those of its parents alone that it has on the other side, too: what it has from them goes and comes with theirs. */
export function withKeptParents(table: Table, other: Table): Table {
  if (!isDetached(table, other)) return table
  const { partitionOf: _, ...rest } = table
  const inherits = (table.inherits ?? []).filter((parent) => other.inherits?.some((p) => sameRef(p, parent)))
  return { ...rest, inherits }
}

/** A partition that leaves its parent keeps the indexes and constraints that came from there, as its own. */
export function leavesParent(from: Table, to: Table): boolean {
  return from.partitionOf !== undefined && !equal(from.partitionOf.parent, to.partitionOf?.parent)
}

/** A key that a partition has already is attached to its parent's without being recreated. */
export function isAdopted(from: Constraint, to: Constraint): boolean {
  if (from.kind !== 'primaryKey' && from.kind !== 'unique') return false
  return from.inherited !== true && to.inherited === true && equalBut(from, to, 'inherited', 'comment')
}

/** A child table's own check is merged with its parent's existing one: which came first is not a difference. */
export function isMerged(plan: Planning, table: Table, from: Constraint, to: Constraint): boolean {
  if (from.kind !== 'check' || from.inherited === true || to.inherited !== true) return false
  const above = parentsOf(table).some((ref) => {
    const parent = plan.from.objects.get(tableKey(ref))
    return isTable(parent) && parent.constraints.some((c) => c.kind === 'check' && c.name === from.name)
  })
  return above && equalBut(from, to, 'inherited')
}

/** The names of relations that a rename leaves and takes. */
export function renaming(table: Ref, from: string, to: string): Pick<Step, 'claims' | 'yields'> {
  return { yields: [`${table.schema ?? ''}.${from}`], claims: [`${table.schema ?? ''}.${to}`] }
}

/** The entries whose key fits; undefined when there are none. */
export function only<V>(
  map: Readonly<Record<string, V>> | undefined,
  fits: (label: string) => boolean,
): Readonly<Record<string, V>> | undefined {
  const entries = Object.entries(map ?? {}).filter(([label]) => fits(label))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** The default privileges under which a plan's direction creates objects. */
export function givenByDefault(plan: Planning): ReturnType<typeof defaultGrants> {
  return (plan.given ??= defaultGrants(plan.from))
}

/** The first parent's column of that name. */
export function parentColumn(schema: Schema, table: Table, column: string): Column | undefined {
  for (const ref of [
    ...(table.inherits ?? []),
    ...(table.partitionOf === undefined ? [] : [table.partitionOf.parent]),
  ]) {
    const parent = schema.objects.get(tableKey(ref))
    const found = isTable(parent) ? parent.columns.find((c) => c.name === column) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
