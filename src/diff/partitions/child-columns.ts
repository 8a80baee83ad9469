/** Columns of child tables and partitions whose default, or NOT NULL, is not their parent's: what changes the parent's would give them that. */
import type { ColumnChanges, EnumUse, Operation } from '../../operations/kinds.ts'
import { columnKey, refText, tableKey, typeKey } from '../../schema/keys.ts'
import type { Column, Default, Ref, Schema, Table } from '../../schema/model.ts'
import { refOfTable } from '../compare/tables.ts'
import { childTables, inherits, isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { columnKeysAbove, sameSchema, sequenceOf } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'
import { impliedSequence } from '../steps/object-operations.ts'
import { grantOps } from '../steps/targets.ts'
import { comesLate, storageBelow } from './storage.ts'

/** Nearest to the parents first, so that each is set after those that it inherits from. */
export function heirsOf(plan: Planning, key: string, uses: readonly EnumUse[]): readonly EnumUse[] {
  const changed = new Set(uses.map((use) => columnKey(use.table!, use.column!)))
  const found: { readonly depth: number; readonly use: EnumUse }[] = []
  for (const table of plan.from.objects.values()) {
    if (!isTable(table) || plan.isDropped(tableKey(table)) || !plan.to.objects.has(tableKey(table))) continue
    for (const column of table.columns) {
      if (typeKey(column.type) !== key || !inherits(plan.from, table, column.name)) continue
      const parents = parentColumns(plan.from, table, column.name)
      if (parents.every((p) => equal(p.default, column.default)) || !descends(plan.from, table, column.name, changed))
        continue
      const array = column.type.kind === 'array' ? { array: true } : {}
      const value = column.default === undefined ? {} : { default: column.default }
      found.push({
        depth: depthOf(plan.from, table),
        use: { table: refOfTable(table), column: column.name, ...array, ...value, inherited: true },
      })
    }
  }
  return found.toSorted((a, b) => a.depth - b.depth).map((f) => f.use)
}

function parentTables(schema: Schema, table: Table): readonly Table[] {
  return parentsOf(table).flatMap((ref) => {
    const parent = schema.objects.get(tableKey(ref))
    return isTable(parent) ? [parent] : []
  })
}

const parentColumns = (schema: Schema, table: Table, name: string): readonly Column[] =>
  parentTables(schema, table).flatMap((parent) => parent.columns.filter((c) => c.name === name))

function descends(schema: Schema, table: Table, name: string, changed: ReadonlySet<string>): boolean {
  return parentTables(schema, table).some(
    (parent) => changed.has(columnKey(parent, name)) || descends(schema, parent, name, changed),
  )
}

const depthOf = (schema: Schema, table: Table): number =>
  1 + Math.max(0, ...parentTables(schema, table).map((parent) => depthOf(schema, parent)))

/**
 * The default of a child table's column whose type changes with its parent's: dropped before, where the parent has none that would
 * take it along, and on after, where it is not the parent's.
 */
export function heirDefaultSteps(plan: Planning, table: Table, from: Column, to: Column): readonly Step[] {
  const parents = parentColumns(plan.from, table, from.name)
  const later = plan.to.objects.get(tableKey(table))
  const wished = isTable(later) ? parentColumns(plan.to, later, to.name) : []
  const keys = columnKeysAbove(plan.from, table, from.name)
  const step = (value: Default | undefined, was: Default | undefined, more: Partial<Step>): Step =>
    defaultStep(table, from.name, value, was, { rank: rank.alterColumn, ...more })
  const steps: Step[] = []
  if (from.default !== undefined && parents.every((p) => p.default === undefined))
    steps.push(step(undefined, from.default, { frees: keys }))
  if (steps.length > 0 ? to.default !== undefined : wished.some((p) => !equal(p.default, to.default)))
    steps.push(step(to.default, undefined, { alters: [columnKey(table, to.name)], needs: keys, after: [...steps] }))
  return steps
}

/** ALTER TABLE sets a column's default for child tables too; those that have another are set after it, the nearest first. */
export function heirsDefault(plan: Planning, parent: Table, column: string, changes: ColumnChanges): void {
  // What steps aside is told by `columnsAside`.
  if (changes.default === undefined || stepsAside(plan, parent, column)) return
  const above = parent.columns.find((c) => c.name === column)
  if (above === undefined) return
  for (const heir of childTables(plan.to, parent)) {
    // What changes with the type is told by `heirDefaultSteps`, but for new tables.
    if (changes.type === undefined || !plan.stays(tableKey(heir))) sayOwn(plan, parent, above, heir, [])
  }
}

/** The same after steps that set the default of the parent's column, and so of its child tables'. */
export function defaultsBelow(plan: Planning, parent: Table, above: Column, after: readonly Step[]): void {
  for (const heir of childTables(plan.to, parent)) sayOwn(plan, parent, above, heir, after)
}

/** Whether the default of a parent's column steps aside, for a change of what it uses, and comes back. */
export const isSetAbove = (plan: Planning, table: Table, column: string): boolean =>
  parentsOf(table).some((parent) => stepsAside(plan, parent, column))

function stepsAside({ closure: { aside } }: Planning, table: Ref, column: string): boolean {
  const key = columnKey(table, column)
  return aside.defaults.has(key) || aside.detours.has(key)
}

/** The same for a column that comes to child tables with its parent's, which may be without NOT NULL. */
export function newColumnBelow(plan: Planning, parent: Table, column: Column): void {
  for (const heir of childTables(plan.to, parent)) {
    if (heir.columns.every((c) => c.name !== column.name || c.inherited !== true)) continue
    sayOwn(plan, parent, column, heir, [])
    sayNotNull(plan, heir, column)
  }
}

/** What is told of a child's column that comes with its parent's: its comment, its grants, and statistics and storage where no parent has some. */
export function describeBelow(plan: Planning, heir: Table, column: Column): void {
  storageBelow(plan, heir, column)
  tellBelow(plan, heir, column)
}

/** A new child table without what is told of columns that come with its parent's, after it: it is told then. */
export function withoutLateTold(plan: Planning, table: Table): Table {
  const columns = table.columns.map((column) => {
    const { comment, grants, ...plain } = column
    if ((comment ?? grants) === undefined || !comesLate(plan, table, column)) return column
    tellBelow(plan, table, column)
    return plain
  })
  return columns.some((c, i) => c !== table.columns[i]) ? { ...table, columns } : table
}

function tellBelow(plan: Planning, heir: Table, column: Column): void {
  const table = refOfTable(heir)
  const on = { kind: 'column', ...table, part: column.name }
  const { name, comment } = column
  const told: readonly Operation[] =
    comment === undefined
      ? []
      : [{ kind: 'alterColumn', table, column: name, changes: { comment }, before: { comment: null } }]
  const needs = [columnKey(heir, name), tableKey(heir), ...columnKeysAbove(plan.to, heir, name)]
  for (const op of [...told, ...(plan.options.grants ? grantOps(on, {}, column) : [])])
    plan.steps.push({ op, rank: rank.describePart, needs })
}

/** A new child table gets its columns from a parent that is there; only the schemas tell what is its own. */
export function ownColumns(plan: Planning, table: Table): void {
  for (const ref of parentsOf(table)) {
    const [was, parent] = [plan.from.objects.get(tableKey(ref)), plan.to.objects.get(tableKey(ref))]
    if (!isTable(was) || !isTable(parent)) continue
    for (const column of parent.columns) {
      const before = was.columns.find((c) => c.name === column.name)
      const own = table.columns.find((c) => c.name === column.name)
      // One that comes, or another default, reaches the child tables then.
      if (before === undefined || own === undefined) continue
      // New tables below are made from what is told here.
      if (equal(before.default, column.default) && !gives(parent, column, own.default))
        sayOwn(plan, parent, column, table, [])
      if (!own.nullable) sayNotNull(plan, table, column)
    }
  }
}

/** SET NOT NULL reaches the tables below by itself. */
function sayNotNull(plan: Planning, heir: Table, above: Column): void {
  const column = heir.columns.find((c) => c.name === above.name)
  if (column === undefined || !above.nullable) return
  // A primary key says it, too.
  if (heir.constraints.some((c) => c.kind === 'primaryKey' && c.columns.includes(above.name))) return
  if (column.nullable) for (const next of childTables(plan.to, heir)) sayNotNull(plan, next, column)
  else plan.steps.push(notNullStep(heir, column.name, [columnKey(heir, column.name), tableKey(heir)]))
}

export const notNullStep = (table: Table, column: string, needs: readonly string[]): Step => ({
  op: {
    kind: 'alterColumn',
    table: refOfTable(table),
    column,
    changes: { nullable: false },
    before: { nullable: true },
  },
  rank: rank.addConstraint,
  needs,
})

const defaultStep = (
  table: Table,
  column: string,
  value: Default | undefined,
  was: Default | undefined,
  step: Omit<Step, 'op'>,
): Step => ({
  op: {
    kind: 'alterColumn',
    table: refOfTable(table),
    column,
    changes: { default: value ?? null },
    before: { default: was ?? null },
  },
  ...step,
})

/** Whether a child table has that default from its parent's column; of a serial one it is the sequence's next number. */
function gives(parent: Table, above: Column, own: Default | undefined): boolean {
  const sequence = above.type.kind.endsWith('serial') ? impliedSequence(parent, above) : undefined
  if (sequence === undefined) return equal(above.default, own)
  return own?.kind === 'sql' && sequenceOf(own.sql) === `sequence:${refText(sameSchema(parent, sequence))}`
}

/** Sets the default of a child's column where the parent's gives it another, and then of those below it. */
function sayOwn(plan: Planning, parent: Table, above: Column, heir: Table, after: readonly Step[]): void {
  const column = heir.columns.find((c) => c.name === above.name)
  if (column === undefined) return
  const key = columnKey(heir, column.name)
  let below = after
  if (!gives(parent, above, column.default)) {
    const step = defaultStep(heir, column.name, column.default, above.default, {
      rank: rank.describe,
      needs: [key, tableKey(heir), columnKey(parent, column.name), ...plan.later.of(key)],
      // What steps aside has freed it before.
      frees: stepsAside(plan, heir, column.name)
        ? []
        : [...plan.needs.of(key)].filter((need) => !plan.later.of(key).has(need)),
      after,
    })
    plan.steps.push(step)
    below = [step]
  }
  defaultsBelow(plan, heir, column, below)
}
