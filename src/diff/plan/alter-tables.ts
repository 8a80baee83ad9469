/** How a table of both sides changes in place: its parts that came, changed, and were renamed. */
import { columnKey, constraintKey, indexKey, indexKeyOf, tableKey } from '../../schema/keys.ts'
import type { Constraint, Index, Ref, Table } from '../../schema/model.ts'
import { addColumn, addConstraint, addIndex, adoptIndex, nameKey, sayValidated } from './add-parts.ts'
import { adoptions } from './index-to-constraint.ts'
import { changeColumn } from './alter-columns.ts'
import { refOfTable, type TableDifference } from '../compare/tables.ts'
import { isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { sameSchema } from '../graph/needs.ts'
import { indexExtras } from './index-extras.ts'
import { rank, type Step } from '../graph/order.ts'
import { isAdopted, isDetached, isMerged, leavesParent, renaming } from '../steps/common-steps.ts'
import type { Planning } from '../steps/context.ts'
import { isGivenParts, membership } from '../partitions/partition-indexes.ts'
import { aroundKeys, keysAside, leaving } from '../partitions/referenced-partitions.ts'
import { alterTableSteps } from './alter-table-options.ts'

/** All that differs in a table of both sides, its parts included. */
export function changeTable(plan: Planning, d: TableDifference): void {
  const key = tableKey(d.from)
  plan.steps.push(...aroundKeys(alterTableSteps(plan, d), keysAside(plan.from, d.from, d.to)))
  for (const column of d.added) addColumn(plan, d.to, column)
  for (const change of d.columns) {
    if (plan.isDropped(columnKey(d.from, change.from.name))) continue
    changeColumn(plan, d, change.from, change.to, change.difference?.changes, change.difference?.before)
  }
  const adopted = adoptions(d, plan.options)
  for (const c of d.constraints.added) {
    const index = adopted.get(c)
    if (index === undefined || plan.isDropped(indexKeyOf(d.from, index.name))) addConstraint(plan, d.to, c)
    else adoptIndex(plan, d, c, index)
  }
  for (const { from, to } of d.constraints.changed) {
    if (plan.isDropped(constraintKey(d.from, from.name)) || isMerged(plan, d.from, from, to) || isAdopted(from, to))
      continue
    // A constraint that was dropped with the parent's, while the partition is kept, is recreated as the partition's own.
    if (from.inherited === true && to.inherited !== true && !isDetached(d.from, d.to)) addConstraint(plan, d.to, to)
    else {
      changeConstraint(plan, d, from, to)
      if (from.inherited === true && to.inherited === true) sayValidated(plan, d.to, to)
      if (from.inherited === true && !leavesParent(d.from, d.to) && !ownsName(plan, d.from, from))
        nameKey(plan, d.to, to)
    }
  }
  for (const { from, to } of d.constraints.renamed) {
    if (plan.isDropped(constraintKey(d.from, from.name))) continue
    // The key of a partition has a name of its own; checks and foreign keys are renamed with the parent's. One that
    // was dropped with the parent's is recreated.
    if (from.inherited === true && !leavesParent(d.from, d.to) && !ownsName(plan, d.from, from)) {
      addConstraint(plan, d.to, to)
      continue
    }
    // The old name goes with the part: the renamed one must not be dropped as well.
    plan.steps.push({
      op: { kind: 'renameConstraint', table: refOfTable(d.from), name: from.name, to: to.name },
      rank: rank.alterTable,
      alters: [constraintKey(d.from, from.name), constraintKey(d.to, to.name)],
      ...(from.kind === 'check' || from.kind === 'foreignKey' ? {} : renaming(d.from, from.name, to.name)),
    })
    changeConstraint(plan, d, { ...from, name: to.name }, to)
  }
  backUnderOtherNames(plan, d)
  for (const index of d.indexes.added) addIndex(plan, d.to, indexKeyOf(d.to, index.name))
  for (const { from, to } of d.indexes.renamed) {
    if (plan.isDropped(indexKeyOf(d.from, from.name))) continue
    if (from.attachedTo !== undefined && plan.isDropped(indexKey(from.attachedTo)) && !leavesParent(d.from, d.to)) {
      addIndex(plan, d.to, indexKeyOf(d.to, to.name))
      continue
    }
    const renamed: Step = {
      op: { kind: 'renameIndex', index: sameSchema(d.from, from.name), to: to.name },
      rank: rank.alterTable,
      needs: [key],
      ...renaming(d.from, from.name, to.name),
    }
    plan.steps.push(renamed)
    indexExtras(plan, d.to, to, { table: d.from, index: from })
    if (from.attachedTo === undefined && to.attachedTo !== undefined)
      attachToOnly(plan, d.to, to, to.attachedTo, [renamed])
  }
  for (const { from, to } of d.indexes.changed) {
    if (plan.isDropped(indexKeyOf(d.from, from.name))) continue
    indexExtras(plan, d.to, to, { table: d.from, index: from })
    if (from.attachedTo === undefined && to.attachedTo !== undefined) attachToOnly(plan, d.to, to, to.attachedTo)
  }
}

/** An object that was dropped under one name is recreated under the other: it is not renamed. */
function backUnderOtherNames(plan: Planning, d: TableDifference): void {
  for (const { from, to } of [...d.constraints.renamed, ...d.constraints.unnamed])
    if (plan.isDropped(constraintKey(d.from, from.name))) addConstraint(plan, d.to, to)
  for (const { from, to } of [...d.indexes.renamed, ...d.indexes.unnamed])
    if (plan.isDropped(indexKeyOf(d.from, from.name))) addIndex(plan, d.to, indexKeyOf(d.to, to.name))
}

/** An inherited key that stays, since its parent's does. */
function ownsName(plan: Planning, table: Table, constraint: Constraint): boolean {
  if (constraint.kind !== 'primaryKey' && constraint.kind !== 'unique') return false
  return parentsOf(table).some((ref) => {
    const parent = plan.from.objects.get(tableKey(ref))
    if (!isTable(parent) || plan.isDropped(tableKey(ref))) return false
    return parent.constraints.some(
      (c) =>
        c.kind === constraint.kind &&
        equal(c.columns, constraint.columns) &&
        !plan.isDropped(constraintKey(parent, c.name)),
    )
  })
}

function changeConstraint(plan: Planning, d: TableDifference, from: Constraint, to: Constraint): void {
  const table = refOfTable(d.from)
  const key = constraintKey(d.from, to.name)
  if (from.inherited !== true) {
    if ('notValid' in from && from.notValid === true && !('notValid' in to && to.notValid === true)) {
      plan.steps.push({
        op: { kind: 'validateConstraint', table, name: to.name },
        rank: rank.addConstraint,
        needs: [key],
      })
    }
    const [had, has] = [timing(from), timing(to)]
    if (to.kind === 'foreignKey' && !equal(had, has)) {
      plan.steps.push({
        op: { kind: 'alterConstraint', table, name: to.name, ...has, before: had },
        rank: rank.addConstraint,
        needs: [key],
      })
    }
  }
  if ((from.comment ?? null) !== (to.comment ?? null)) {
    const on = { kind: 'constraint', ...table, part: to.name }
    plan.steps.push({
      op: { kind: 'comment', on, comment: to.comment ?? null, before: from.comment ?? null },
      rank: rank.describe,
    })
  }
}

function timing(c: Constraint): { readonly deferrable: boolean; readonly initiallyDeferred: boolean } {
  return { deferrable: c.deferrable === true, initiallyDeferred: c.initiallyDeferred === true }
}

/** An existing index is attached to one that is ON ONLY; any other is attached by PostgreSQL. */
function attachToOnly(plan: Planning, table: Table, index: Index, parent: Ref, after: readonly Step[] = []): void {
  if (!isGivenParts(plan, parent)) return
  plan.steps.push({
    op: { kind: 'attachIndex', index: parent, partitionIndex: sameSchema(table, index.name) },
    rank: rank.createIndex,
    needs: [indexKey(parent), membership(table)],
    after,
    ...(table.partitionOf === undefined ? {} : { waits: [leaving(table.partitionOf.parent)] }),
  })
}
