/** How the labels of an enum change: added one by one, or swapped with every column that has the type. */
import type { EnumUse } from '../../operations/kinds.ts'
import { columnKey, tableKey, typeKey } from '../../schema/keys.ts'
import type { EnumType, Grant, Ref, Schema } from '../../schema/model.ts'
import { usualGrants } from '../../schema/usual-privileges.ts'
import { refOfTable } from '../compare/tables.ts'
import { childTables, inherits, rowTypeUsers } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { heirsOf } from '../partitions/child-columns.ts'
import { additions } from '../compare/labels.ts'
import { sameSchema } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import { givenByDefault, only } from '../steps/common-steps.ts'
import { afterMaking } from '../steps/default-grants.ts'
import type { Planning } from '../steps/context.ts'
import { labelsStay } from './swap-defaults.ts'
import { freeName } from './taken-names.ts'

/** Added labels, each next to its neighbour. */
export function addLabels(plan: Planning, key: string, from: EnumType, to: EnumType): void {
  if (plan.swapped.has(key)) return
  const down = plan.options.knowledge.remapDown.get(key) ?? {}
  let previous: Step | undefined
  for (const addition of additions(from.values, to.values)) {
    const remapDown = Object.hasOwn(down, addition.value) ? { remapDown: down[addition.value]! } : {}
    previous = {
      op: { kind: 'addEnumValue', enum: sameSchema(from, from.name), ...addition, ...remapDown },
      rank: rank.addLabels,
      alters: [key],
      ...(previous === undefined ? {} : { after: [previous] }),
    }
    plan.steps.push(previous)
  }
}

/** Labels are dropped or reordered: one swap for all columns of the type. */
export function swapLabels(plan: Planning, key: string, from: EnumType, to: EnumType): void {
  const uses = (plan.onlineUses.get(key) ?? usesOf(plan, key)).filter(
    (use) => !plan.isDropped(tableKey(use.table!)) && !plan.isDropped(columnKey(use.table!, use.column!)),
  )
  const heirs = heirsOf(plan, key, uses)
  const remap = only(plan.options.knowledge.remap.get(key), (label) => from.values.includes(label))
  const remapDown = only(plan.options.knowledge.remapDown.get(key), (label) => to.values.includes(label))
  const keep = { comment: from.comment, owner: from.owner, grants: from.grants }
  plan.steps.push({
    op: {
      kind: 'alterEnum',
      enum: sameSchema(from, from.name),
      values: to.values,
      from: from.values,
      ...(remap === undefined ? {} : { remap }),
      ...(remapDown === undefined ? {} : { remapDown }),
      uses: [...uses, ...heirs].map((use) => defaultDuringSwap(plan, use, { from, to })),
      ...(equal(keep, {}) ? {} : { keep: defined(keep) }),
      ...freeName(plan, from),
    },
    rank: rank.alterType,
    alters: [key, ...uses.flatMap((use) => withBelow(plan.from, use.table!, use.column!))],
    disturbs: true,
    waits: [...uses, ...heirs].flatMap((use) => rowTypeUsers(plan.from, plan.needs, use.table!)),
  })
  // The type that takes its place is a new one: it gets default privileges that the old one came before. Those of its owner stay.
  const grants = [...(from.grants ?? usualGrants(from)), ...(to.grants ?? usualGrants(to))]
  for (const op of plan.options.grants ? afterMaking({ ...from, grants }, givenByDefault(plan)) : []) {
    const lost = op.kind === 'revoke' && ![from.owner, to.owner].includes(op.grant.grantee)
    // Grants to roles go along with the swap; what everybody has, the new type may come without.
    const kept = op.kind === 'grant' && [from, to].every((t) => (t.grants ?? usualGrants(t)).some(isPublic))
    if (lost || kept) plan.steps.push({ op, rank: rank.describe, needs: [key] })
  }
}

/** The column, and those of child tables and partitions, which take another type with it. */
const withBelow = (schema: Schema, table: Ref, column: string): readonly string[] => [
  columnKey(table, column),
  ...childTables(schema, table).flatMap((heir) => withBelow(schema, heir, column)),
]

/** The default during the swap: one that is not a label afterwards is dropped before it. */
function defaultDuringSwap(
  plan: Planning,
  use: EnumUse,
  swap: { readonly from: EnumType; readonly to: EnumType },
): EnumUse {
  const { default: value, ...rest } = use
  const key = columnKey(use.table!, use.column!)
  if (value === undefined || plan.closure.aside.defaults.has(key)) return rest
  const later = plan.sides.toParts.columns.get(key)?.part.default
  if (equal(value, later)) return use
  return labelsStay(value, swap) ? use : rest
}

/** Columns of both schemas whose own type is the enum, only in parent tables. */
export function usesOf(plan: Planning, key: string): readonly EnumUse[] {
  const uses: EnumUse[] = []
  for (const object of plan.from.objects.values()) {
    if (object.kind !== 'table') continue
    for (const column of object.columns) {
      if (typeKey(column.type) !== key || inherits(plan.from, object, column.name)) continue
      const later = plan.sides.toParts.columns.get(columnKey(object, column.name))?.part
      if (later === undefined || typeKey(later.type) !== key || !equal(later.type, column.type)) continue
      uses.push({
        table: refOfTable(object),
        column: column.name,
        ...(column.type.kind === 'array' ? { array: true } : {}),
        ...(column.default === undefined ? {} : { default: column.default }),
      })
    }
  }
  return uses
}

function defined<T extends object>(object: T): T {
  // Only undefined properties are left out.
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

const isPublic = (grant: Grant): boolean => grant.grantee === 'public'
