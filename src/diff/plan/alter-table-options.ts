/** Changes of a table itself, other than its columns, constraints and indexes. */
import type { TableChanges } from '../../operations/kinds.ts'
import { columnKey, constraintKey, indexKey, indexKeyOf, sameRef, tableKey } from '../../schema/keys.ts'
import type { Ref, Table } from '../../schema/model.ts'
import { refOfTable, type TableDifference } from '../compare/tables.ts'
import { equal } from '../compare/equal.ts'
import { inherits } from '../graph/dependants.ts'
import { rank, type Step } from '../graph/order.ts'
import { membership } from '../partitions/partition-indexes.ts'
import { coming, leaving } from '../partitions/referenced-partitions.ts'
import { identitiesLeft, identitiesLost } from '../partitions/shared-identity.ts'
import { leavesParent, saidOf, withKeptParents } from '../steps/common-steps.ts'
import { checksAbove } from './add-parts.ts'
import { columnsTakenOver, parentsColumnKeys } from './heirs-columns.ts'
import type { Planning } from '../steps/context.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Storage parameters that are set, or reset by null. */
export function parameterChanges(
  from: Readonly<Record<string, string>> = {},
  to: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string | null>> | undefined {
  const changes: Record<string, string | null> = {}
  for (const [key, value] of Object.entries(to)) if (from[key] !== value) changes[key] = value
  for (const key of Object.keys(from)) if (to[key] === undefined) changes[key] = null
  return Object.keys(changes).length === 0 ? undefined : changes
}

/** The parameters that can be set at once: those of a TOAST table that may not be there yet come last. */
function toastLater(from: Table, to: Table): Table['with'] {
  if (to.with === undefined || Object.keys(from.with ?? {}).some((key) => key.startsWith('toast.'))) return to.with
  return Object.fromEntries(Object.entries(to.with).filter(([key]) => !key.startsWith('toast.')))
}

/** Steps of ALTER TABLE; partitions and inheritance included. */
export function alterTableSteps(plan: Planning, d: TableDifference): readonly Step[] {
  const { from, to } = d
  const table = refOfTable(from)
  const key = tableKey(from)
  const steps: Step[] = []
  const changes: Mutable<TableChanges> = {}
  const before: Mutable<TableChanges> = {}
  for (const flag of ['unlogged', 'rowSecurity', 'forceRowSecurity', 'strict', 'withoutRowid'] as const) {
    if ((from[flag] ?? false) !== (to[flag] ?? false))
      [changes[flag], before[flag]] = [to[flag] ?? false, from[flag] ?? false]
  }
  const parameters = parameterChanges(from.with, toastLater(from, to))
  if (parameters !== undefined) {
    changes.with = parameters
    before.with = parameterChanges(to.with, from.with) ?? {}
  }
  if (from.tablespace !== to.tablespace)
    [changes.tablespace, before.tablespace] = [to.tablespace ?? null, from.tablespace ?? null]
  if (Object.keys(changes).length > 0)
    steps.push({
      op: { kind: 'alterTable', table, changes, before },
      rank: rank.alterTable,
      ...persistence(plan, key, changes),
    })
  steps.push(...toastSteps(d))
  steps.push(...parentSteps(plan, from, to))
  steps.push(...identitySteps(plan, d), ...partitionSteps(plan, from, to))
  return steps
}

/** Parents that a table leaves, and those that it joins: a change of a parent that it leaves is none of its own any more. */
function parentSteps(plan: Planning, from: Table, to: Table): readonly Step[] {
  const [had, has] = [from.inherits ?? [], to.inherits ?? []]
  if (equal(had, has)) return []
  const set = (inherits: readonly Ref[], was: readonly Ref[]): Step['op'] => ({
    kind: 'alterTable',
    table: refOfTable(from),
    changes: { inherits: inherits.length === 0 ? null : inherits },
    before: { inherits: was.length === 0 ? null : was },
  })
  const kept = had.filter((parent) => has.some((p) => sameRef(p, parent)))
  const both = kept.length < had.length && kept.length < has.length
  const between = both ? kept : has
  // Inherited parts are dropped once the parent no longer is one.
  const parts = [
    ...from.columns.map((c) => columnKey(from, c.name)),
    ...from.constraints.map((c) => constraintKey(from, c.name)),
  ]
  const frees = kept.length === had.length ? [] : [...had.map(tableKey), ...parts, ...partsAbove(plan, from, to)]
  // A new child table has the columns and checks by then.
  const needs = [
    ...has.map(tableKey),
    ...to.columns.map((c) => columnKey(to, c.name)),
    ...to.constraints.filter((c) => c.kind === 'check').map((c) => constraintKey(to, c.name)),
  ]
  const joins = !both && !equal(kept, has)
  const takenOver = columnsTakenOver(plan, from, to)
  const first: Step = {
    op: set(between, had),
    rank: joins ? rank.addForeignKey : rank.alterTable,
    frees: joins ? [...frees, ...takenOver] : frees,
    needs: joins ? needs : [],
  }
  return both
    ? [first, { op: set(has, kept), rank: rank.addForeignKey, needs, frees: takenOver, after: [first] }]
    : [first]
}

/** A table without long values has no TOAST table: its parameters are lost with it, and set once there is one again. */
function toastSteps(d: TableDifference): readonly Step[] {
  const { from, to } = d
  const is = (key: string): boolean => key.startsWith('toast.')
  const wished = Object.entries(to.with ?? {}).filter(([key]) => is(key))
  if (wished.length === 0 || Object.keys(from.with ?? {}).some(is)) return []
  const nothing = Object.fromEntries(wished.map(([key]) => [key, null]))
  return [
    {
      op: {
        kind: 'alterTable',
        table: refOfTable(from),
        changes: { with: Object.fromEntries(wished) },
        before: { with: nothing },
      },
      rank: rank.describe,
      needs: to.columns.map((c) => columnKey(to, c.name)),
    },
  ]
}

/** Keys of columns and constraints that the other side has not. */
function partsBut(table: Table, other: Table): readonly string[] {
  return [
    ...without(table.columns, other.columns).map((c) => columnKey(table, c.name)),
    ...without(table.constraints, other.constraints).map((c) => constraintKey(table, c.name)),
  ]
}

/** Parts of a parent that a table leaves, which one that it keeps may lose, and the one that it leaves: the table loses them where it has left before. */
function partsAbove(plan: Planning, table: Table, other: Table): readonly string[] {
  const kept = withKeptParents(table, other)
  const left: Table = {
    ...table,
    inherits: (table.inherits ?? []).filter((parent) => !kept.inherits?.some((p) => sameRef(p, parent))),
  }
  return [
    ...without(table.columns, other.columns)
      .filter((c) => inherits(plan.from, left, c.name))
      .flatMap((c) => parentsColumnKeys(plan, table, c.name)),
    ...without(table.constraints, other.constraints).flatMap((c) => {
      const checks = checksAbove(plan.from, left, c.name)
      const both = checks.length === 0 ? [] : [...checks, ...checksAbove(plan.from, kept, c.name)]
      return both.map((above) => constraintKey(above.table, c.name))
    }),
  ]
}

const without = <T extends { readonly name: string }>(parts: readonly T[], others: readonly T[]): readonly T[] =>
  parts.filter((part) => !others.some((o) => o.name === part.name))

/** That the table with that key is logged, or is not. */
export const persistenceOf = (table: string): string => `persistence ${table}`

/** A logged table may refer to logged ones only: what is referred to is logged before, and what refers to it unlogged before. */
function persistence(plan: Planning, key: string, changes: TableChanges): Pick<Step, 'alters' | 'needs' | 'waits'> {
  if (changes.unlogged === undefined) return { needs: [key] }
  const others: string[] = []
  const waits: string[] = []
  for (const table of plan.from.objects.values()) {
    if (table.kind !== 'table') continue
    for (const c of table.constraints) {
      if (c.kind !== 'foreignKey') continue
      const [from, to] = [tableKey(table), tableKey(c.references)]
      if (changes.unlogged ? to !== key : from !== key) continue
      others.push(persistenceOf(changes.unlogged ? from : to))
      waits.push(constraintKey(table, c.name))
    }
  }
  const needs = [key, ...others.filter((other) => other !== persistenceOf(key))]
  return { alters: [persistenceOf(key)], needs, waits }
}

/** The replica identity, set again where its index was recreated. */
function identitySteps(plan: Planning, d: TableDifference): readonly Step[] {
  const { from, to } = d
  const index = typeof to.replicaIdentity === 'object' ? to.replicaIdentity.index : undefined
  const anew =
    index !== undefined && [indexKeyOf(from, index), constraintKey(from, index)].some((k) => plan.isDropped(k))
  if (equal(from.replicaIdentity, to.replicaIdentity) && !anew) return []
  return [
    {
      op: {
        kind: 'alterTable',
        table: refOfTable(from),
        changes: { replicaIdentity: to.replicaIdentity ?? null },
        before: { replicaIdentity: from.replicaIdentity ?? null },
      },
      rank: index === undefined ? rank.alterTable : rank.describe,
      needs: index === undefined ? [] : [indexKeyOf(to, index), constraintKey(to, index)],
    },
  ]
}

/** A partition that leaves is detached, one that comes is attached; its rows stay where they are. */
function partitionSteps(plan: Planning, from: Table, to: Table): readonly Step[] {
  if (equal(from.partitionOf, to.partitionOf)) return []
  const partition = refOfTable(from)
  const steps: Step[] = []
  if (from.partitionOf !== undefined) {
    const { parent, bound } = from.partitionOf
    const detach: Step = {
      op: { kind: 'detachPartition', table: parent, partition, bound },
      rank: rank.dropDependant,
      // Dependants of the parent's indexes and keys would be dropped with them: from here on the table has its own.
      frees: [tableKey(parent), ...partsBut(from, to), ...(leavesParent(from, to) ? hungOn(plan, from) : [])],
      takes: [leaving(parent)],
      ...(leavesParent(from, to) ? { waits: keysThatGo(plan, parent, to) } : changedBefore(plan, parent)),
    }
    steps.push(detach, ...identitiesLeft(plan, from, to, detach))
  }
  if (to.partitionOf !== undefined) {
    const { parent, bound } = to.partitionOf
    steps.push(...identitiesLost(plan, from, to))
    steps.push({
      op: { kind: 'attachPartition', table: parent, partition, bound },
      rank: rank.addForeignKey,
      alters: [membership(partition), ...coming(plan.to, parent)],
      // Two partitions never allow the same values, not even temporarily; and a partition has no columns of its own.
      waits: [
        leaving(parent),
        ...from.columns.map((c) => columnKey(from, c.name)),
        ...from.constraints.map((c) => constraintKey(from, c.name)),
      ],
      needs: [
        tableKey(parent),
        tableKey(to),
        ...to.columns.map((c) => columnKey(to, c.name)),
        // Keys that it gets with its parent's are named afterwards.
        ...to.constraints
          .filter((c) => c.inherited !== true || (c.kind !== 'primaryKey' && c.kind !== 'unique'))
          .map((c) => constraintKey(to, c.name)),
      ],
      after: [...steps],
    })
  }
  return steps
}

/** Columns, constraints and indexes of the tables above change before a partition is detached that comes back to them: it changes with them. */
function changedBefore(
  plan: Planning,
  parent: Ref,
): { readonly needs: readonly string[]; readonly waits: readonly string[] } {
  const [had, has] = [plan.from.objects.get(tableKey(parent)), plan.to.objects.get(tableKey(parent))]
  if (had?.kind !== 'table' || has?.kind !== 'table' || plan.isDropped(tableKey(parent)))
    return { needs: [], waits: [] }
  const changed = has.columns.filter((c) => !had.columns.some((o) => o.name === c.name && equal(o, c)))
  const checks = has.constraints.filter((c) => c.kind === 'check')
  const above = had.partitionOf === undefined ? undefined : changedBefore(plan, had.partitionOf.parent)
  return {
    needs: [
      ...changed.flatMap((c) => [columnKey(has, c.name), saidOf(columnKey(has, c.name))]),
      ...checks.map((c) => constraintKey(has, c.name)),
      ...(above?.needs ?? []),
    ],
    waits: [
      ...without(had.columns, has.columns).map((c) => columnKey(had, c.name)),
      ...had.constraints.map((c) => constraintKey(had, c.name)),
      ...had.indexes.map((i) => indexKeyOf(had, i.name)),
      ...(above?.waits ?? []),
    ],
  }
}

/**
 * Foreign keys that go with a parent and are not to stay on its partition: a partition that is detached before that keeps its part as a
 * key of its own, and holds the table there.
 */
function keysThatGo(plan: Planning, parent: Ref, partition: Table): readonly string[] {
  const table = plan.from.objects.get(tableKey(parent))
  if (table?.kind !== 'table' || !plan.isDropped(tableKey(parent))) return []
  const own = new Set(partition.constraints.flatMap((c) => (c.inherited === true ? [] : [c.name])))
  return table.constraints
    .filter((c) => c.kind === 'foreignKey' && !own.has(c.name))
    .map((c) => constraintKey(table, c.name))
}

/** The parent's indexes and keys that a partition has a part of, and these parts; foreign keys have theirs by themselves. */
function hungOn(plan: Planning, partition: Table): readonly string[] {
  const parent = plan.from.objects.get(tableKey(partition.partitionOf!.parent))
  const keys =
    parent?.kind === 'table'
      ? parent.constraints.filter((c) => c.kind !== 'foreignKey').map((c) => constraintKey(parent, c.name))
      : []
  const indexes = partition.indexes.flatMap((i) =>
    i.attachedTo === undefined ? [] : [indexKey(i.attachedTo), indexKeyOf(partition, i.name)],
  )
  return [...keys, ...indexes]
}
