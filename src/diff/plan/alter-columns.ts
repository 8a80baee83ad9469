/** How a column of both sides changes in place, and what must be altered in its child tables. */
import type { Backfill, ColumnChanges, ValueMap } from '../../operations/kinds.ts'
import { columnKey, constraintKey, sameRef, tableKey, typeKey } from '../../schema/keys.ts'
import type { Column, Schema, Table } from '../../schema/model.ts'
import { grantsOfImplied, impliedRelation, sayValidated } from './add-parts.ts'
import { refOfTable, type TableDifference } from '../compare/tables.ts'
import { childTables, inherits, isTable, rowTypeUsers } from '../graph/dependants.ts'
import { mentionsName } from '../graph/mentions.ts'
import { equal } from '../compare/equal.ts'
import { defaultsBelow, heirDefaultSteps, heirsDefault, isSetAbove, notNullStep } from '../partitions/child-columns.ts'
import { impliedSequence } from '../steps/object-operations.ts'
import { keptCounter } from '../steps/kept-counters.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { sequenceOf } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import { heirsChecks, heirsThatGo, parentsColumnKeys } from './heirs-columns.ts'
import { leavesParent, parentColumn, saidOf, withKeptParents } from '../steps/common-steps.ts'
import type { Planning } from '../steps/context.ts'
import { sharesIdentity } from '../partitions/shared-identity.ts'
import { heirsStorage } from '../partitions/storage.ts'
import { labelsStay } from '../enums/swap-defaults.ts'
import { grantOps } from '../steps/targets.ts'

/** One column of both sides; its type, default and the rest in one operation where they can be. */
export function changeColumn(
  plan: Planning,
  d: TableDifference,
  from: Column,
  to: Column,
  given: ColumnChanges | undefined,
  before: ColumnChanges | undefined,
): void {
  const key = columnKey(d.from, from.name)
  // It goes and comes with the parent's, and is described then.
  if (from.inherited === true && to.inherited === true && isMadeAnewAbove(plan, d, from.name)) return
  const on = { kind: 'column', ...refOfTable(d.to), part: to.name }
  for (const op of plan.options.grants ? grantOps(on, from, to) : [])
    plan.steps.push({ op, rank: rank.describePart, needs: [key] })
  const own = ownChanges(plan, d, from, to, given, before)
  if (own === undefined) return
  if (own.changes.nullable === true) heirsNotNull(plan, d.to, from.name, key)
  if (own.changes.type !== undefined) heirsValidated(plan, d.to, from.name, key)
  heirsStorage(plan, d.to, from.name, own.changes)
  heirsDefault(plan, d.to, to.name, own.changes)
  const { changes, before: was } = plan.closure.aside.detours.has(key) ? withoutType(own) : own
  if (Object.keys(changes).length === 0) return
  const frees = [...plan.needs.of(key)].filter((need) => !plan.later.of(key).has(need))
  // A primary key is dropped before its columns may be null.
  const retyped = changes.type !== undefined || changes.collation !== undefined || changes.nullable === true
  // What reads the column of a child that is dropped holds the parent's too.
  const changed: Partial<Step> = retyped
    ? {
        alters: [key],
        disturbs: true,
        waits: [
          ...rowTypeUsers(plan.from, plan.needs, d.from),
          ...heirsThatGo(plan, d.from),
          // What is inherited yet is the parent's to change.
          ...parentsColumnKeys(plan, d.from, from.name),
        ],
      }
    : { alters: [saidOf(key)] }
  const step = (changesNow: ColumnChanges, beforeNow: ColumnChanges, extra: Partial<Step> = {}): Step => ({
    op: {
      kind: 'alterColumn',
      table: refOfTable(d.from),
      column: from.name,
      changes: changesNow,
      before: beforeNow,
      ...conversionOf(plan, key, changesNow),
    },
    rank: rank.alterColumn,
    frees,
    // A change of the parent reaches its child tables first; one that is dropped and added takes the child's along.
    needs: [
      ...plan.later.of(key),
      ...parentsOf(d.to).flatMap((parent) => {
        const above = columnKey(parent, to.name)
        // Nor has it anything to reach where it is new: it is merged with what the child table has.
        return plan.isDropped(above) || !plan.sides.fromParts.columns.has(above) ? [] : [above]
      }),
    ],
    ...extra,
  })
  // An identity and a serial column have sequences of their own: the one that comes is a new one.
  if (impliedSequence(d.from, from) === undefined || (from.identity === undefined) !== (to.identity === undefined))
    grantsOfImplied(plan, d.to, to)
  const counter = keptCounter(plan, d.from, from, d.to, to)
  if (counter !== undefined) plan.steps.push(...counter.first)
  const comesItself = counter !== undefined && (to.identity !== undefined || to.type.kind.endsWith('serial'))
  const counted = (made: Step): readonly Step[] => {
    const last = counter === undefined ? made : { ...made, after: [...(made.after ?? []), ...counter.first] }
    return comesItself ? [last, counter.follow([last])] : [last]
  }
  // A default that its enum's swap would break is changed in two steps, or before, as the labels allow.
  const type = typeKey(to.type)
  const swap = type === undefined || changes.type !== undefined ? undefined : plan.swapped.get(type)
  if (swap !== undefined && changes.default !== undefined && from.default !== undefined) {
    const stays = labelsStay(from.default, swap)
    if (!stays) {
      const off: Step = {
        op: {
          kind: 'alterColumn',
          table: refOfTable(d.from),
          column: from.name,
          changes: { default: null },
          before: { default: from.default },
        },
        rank: rank.alterColumn,
        frees: [type!, key],
      }
      plan.steps.push(off)
      if (Object.keys(changes).length > 1 || changes.default !== null)
        plan.steps.push(step(changes, { ...was, default: null }, { after: [off] }))
      return
    }
  }
  if (plan.closure.aside.defaults.has(key) && changes.type === undefined) {
    // The default is dropped and set separately; see #columnsAside.
    const { default: _, ...rest } = changes
    const { default: __, ...restBefore } = was
    // An identity may take the name of the sequence that the default uses.
    const claims = { frees: [], claims: impliedRelation(d.to, to) }
    const comes = to.identity !== undefined && from.identity === undefined
    if (Object.keys(rest).length > 0)
      plan.steps.push(...counted(step(rest, restBefore, { ...changed, ...(comes ? claims : {}) })))
    return
  }
  const aside = changes.type !== undefined && from.default !== undefined && plan.closure.aside.defaults.has(key)
  if (aside) {
    const off: Step = {
      op: {
        kind: 'alterColumn',
        table: refOfTable(d.from),
        column: from.name,
        changes: { default: null },
        before: { default: from.default! },
      },
      rank: rank.dropDependant,
      frees: [...plan.needs.of(key)],
    }
    plan.steps.push(off)
    const typed = step(
      changes,
      { ...was, ...(was.default === undefined ? {} : { default: null }) },
      {
        ...changed,
        after: [off],
        // The column no longer depends on the default's sequence by then.
        frees: frees.filter((need) => !need.startsWith('sequence:')),
        ...sequenceNames(d, from, to),
      },
    )
    plan.steps.push(...counted(typed))
    return
  }
  const off = counterOff(d, from, to, counter?.first)
  if (off !== undefined) {
    plan.steps.push(off)
    const { identity: _, ...left } = changes
    const { identity: __, ...leftBefore } = was
    plan.steps.push(step(left, leftBefore, { ...changed, after: [off] }))
    return
  }
  plan.steps.push(...counted(step(changes, was, { ...changed, ...sequenceNames(d, from, to) })))
}

/** Whether the column of a parent that stays the parent, or of one above it, is dropped and added again. */
function isMadeAnewAbove(plan: Planning, { from, to }: Pick<TableDifference, 'from' | 'to'>, column: string): boolean {
  return parentsOf(from).some((ref) => {
    const [was, now] = [plan.from.objects.get(tableKey(ref)), plan.to.objects.get(tableKey(ref))]
    if (!isTable(was) || !isTable(now) || !parentsOf(to).some((p) => sameRef(p, ref))) return false
    const isAnew = plan.isDropped(columnKey(ref, column)) && now.columns.some((c) => c.name === column)
    return isAnew || isMadeAnewAbove(plan, { from: was, to: now }, column)
  })
}

/** A change of type makes the checks of the column anew, in child tables too: NOT VALID, as the parent's are. */
function heirsValidated(plan: Planning, table: Table, column: string, key: string): void {
  for (const check of table.constraints) {
    if (check.kind !== 'check' || check.notValid !== true || !mentionsName(check.sql, column)) continue
    if (plan.isDropped(constraintKey(table, check.name))) continue
    for (const heir of heirsChecks(plan, table, check.name)) sayValidated(plan, heir.table, heir.check, [key])
  }
}

/** An identity whose sequence is renamed for another of its name, which the column's default uses from then on. */
function counterOff(d: TableDifference, from: Column, to: Column, after: readonly Step[] = []): Step | undefined {
  const calls = to.default?.kind === 'sql' ? sequenceOf(to.default.sql) : undefined
  if (from.identity === undefined || to.identity !== undefined || calls === undefined) return undefined
  const changes = { identity: null }
  return {
    op: {
      kind: 'alterColumn',
      table: refOfTable(d.from),
      column: from.name,
      changes,
      before: { identity: from.identity },
    },
    rank: rank.dropDependant,
    yields: impliedRelation(d.from, from),
    after,
  }
}

/** The changes of the column itself: its type, and inherited properties, come from the parent. */
function ownChanges(
  plan: Planning,
  d: TableDifference,
  from: Column,
  to: Column,
  changes: ColumnChanges | undefined,
  before: ColumnChanges | undefined,
): { readonly changes: ColumnChanges; readonly before: ColumnChanges } | undefined {
  if (changes === undefined || before === undefined) return undefined
  // What a table has of its own is dropped before it is attached, and added after it is detached.
  if (changes.identity !== undefined && sharesIdentity(plan.to, d.to, to) !== sharesIdentity(plan.from, d.from, from)) {
    const { identity: _, ...left } = changes
    const { identity: __, ...leftBefore } = before
    return ownChanges(plan, d, from, to, Object.keys(left).length === 0 ? undefined : left, leftBefore)
  }
  const own: ColumnChanges = { ...changes }
  const was: ColumnChanges = { ...before }
  const drop = (name: keyof ColumnChanges): void => {
    delete (own as { [K in keyof ColumnChanges]?: unknown })[name]
    delete (was as { [K in keyof ColumnChanges]?: unknown })[name]
  }
  const others = changes.type === undefined && ofOtherParents(plan, d, to.name)
  if (others) {
    setLast(plan, d.to, to, own, was)
    drop('default')
    if (own.nullable === true) drop('nullable')
  }
  const left = (): ReturnType<typeof ownChanges> =>
    Object.keys(own).length === 0 ? undefined : { changes: own, before: was }
  // Between two parents it is the table's own.
  const between = changes.type !== undefined || leavesParent(d.from, d.to)
  const had = between ? withKeptParents(d.from, d.to) : d.from
  if (!inherits(plan.to, d.to, to.name) || !inherits(plan.from, had, from.name)) return left()
  if (own.type !== undefined) {
    plan.steps.push(...heirDefaultSteps(plan, d.from, from, to))
    drop('default')
    // A new type has its own storage.
    if (own.storage === null) drop('storage')
  }
  drop('type')
  drop('collation')
  drop('generated')
  const parent = parentColumn(plan.to, d.to, to.name)
  const parentBefore = parentColumn(plan.from, d.from, from.name)
  if (parent !== undefined && parentBefore !== undefined) {
    if (!others && parent.nullable === to.nullable && parentBefore.nullable !== parent.nullable) drop('nullable')
    // It comes with the parent's, or is set after it.
    if (!equal(parentBefore.default, parent.default) || isSetAbove(plan, d.to, to.name)) drop('default')
    // Partitions share the parent's identity (PostgreSQL 17+).
    if (d.to.partitionOf !== undefined && (parent.identity ?? parentBefore.identity) !== undefined) drop('identity')
  }
  return left()
}

/** Whether the column is of several parents, or of others than before: what one of them says is not what becomes of it. */
function ofOtherParents(plan: Planning, { from, to }: TableDifference, column: string): boolean {
  const parentsIn = (schema: Schema, table: Table): readonly string[] =>
    (table.inherits ?? []).map(tableKey).filter((key) => {
      const parent = schema.objects.get(key)
      return isTable(parent) && parent.columns.some((c) => c.name === column)
    })
  const [had, has] = [parentsIn(plan.from, from), parentsIn(plan.to, to)]
  return had.length > 1 || has.length > 1 || had[0] !== has[0]
}

/** A default, and that NULL is allowed, said once the parents are changed, left and joined. */
function setLast(plan: Planning, table: Table, column: Column, changes: ColumnChanges, before: ColumnChanges): void {
  if (changes.default === undefined && changes.nullable !== true) return
  const key = columnKey(table, column.name)
  const only = ({ default: value, nullable }: ColumnChanges): ColumnChanges => ({
    ...(changes.default === undefined ? {} : { default: value }),
    ...(changes.nullable === true ? { nullable } : {}),
  })
  const set: Step = {
    op: {
      kind: 'alterColumn',
      table: refOfTable(table),
      column: column.name,
      changes: only(changes),
      before: only(before),
    },
    rank: rank.describe,
    alters: [key],
    needs: parentsOf(table).map((parent) => columnKey(parent, column.name)),
  }
  plan.steps.push(set)
  if (changes.default !== undefined) defaultsBelow(plan, table, column, [set])
  if (changes.nullable === true) heirsNotNull(plan, table, column.name, key)
}

function conversionOf(
  plan: Planning,
  key: string,
  changes: ColumnChanges,
): { using?: string; usingDown?: string; map?: ValueMap; mapDown?: ValueMap; backfill?: Backfill } {
  const { knowledge } = plan.options
  const out: { using?: string; usingDown?: string; map?: ValueMap; mapDown?: ValueMap; backfill?: Backfill } = {}
  if (changes.type !== undefined) {
    const using = knowledge.using.get(key)
    const map = knowledge.map.get(key)
    if (using !== undefined) {
      out.using = using.up
      if (using.down !== undefined) out.usingDown = using.down
    } else if (map !== undefined && Object.keys(map.up).length > 0) {
      out.map = map.up
      if (Object.keys(map.down).length > 0) out.mapDown = map.down
    }
  }
  if (changes.nullable === false) {
    const backfill = knowledge.backfill.get(key)
    if (backfill !== undefined) out.backfill = backfill
  }
  return out
}

/** PostgreSQL drops NOT NULL of the child tables too (18); those that keep it set it again. */
export function heirsNotNull(plan: Planning, parent: Table, column: string, key: string): void {
  for (const heir of childTables(plan.to, parent)) {
    const now = heir.columns.find((c) => c.name === column)
    const had = plan.sides.fromParts.columns.get(columnKey(heir, column))?.part
    if (had === undefined || plan.isDropped(tableKey(heir))) continue
    if (now === undefined || now.nullable) heirsNotNull(plan, heir, column, key)
    else if (!had.nullable) plan.steps.push(notNullStep(heir, column, [key]))
  }
}

/** The remaining changes of a column that is text meanwhile: its type and default are set then. */
function withoutType(own: { readonly changes: ColumnChanges; readonly before: ColumnChanges }): {
  readonly changes: ColumnChanges
  readonly before: ColumnChanges
} {
  const { type: _, default: __, ...changes } = own.changes
  const { type: ___, default: ____, ...before } = own.before
  return { changes, before }
}

/** The sequence behind a column, which is created or dropped with a change of it. */
function sequenceNames(d: TableDifference, from: Column, to: Column): Pick<Step, 'claims' | 'yields'> {
  const [had, has] = [impliedRelation(d.from, from), impliedRelation(d.to, to)]
  return equal(had, has) ? {} : { yields: had, claims: has }
}
