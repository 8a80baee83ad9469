/** How parts are added to existing tables: columns, constraints, indexes. */
import { columnKey, constraintKey, indexKey, indexKeyOf, keyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Check, Column, ColumnType, Constraint, Index, Ref, Schema, Table } from '../../schema/model.ts'
import { partitionKeyName } from '../../schema/resolve/naming.ts'
import { refOfTable, type TableDifference } from '../compare/tables.ts'
import { afterCounting } from '../steps/default-grants.ts'
import { childTables, inherits, isTable } from '../graph/dependants.ts'
import { mentionsName, readsColumn } from '../graph/mentions.ts'
import { equal } from '../compare/equal.ts'
import { createConstraintOp, impliedSequence } from '../steps/object-operations.ts'
import {
  columnsBelow,
  heirsChecks,
  heirsNotValid,
  heirsThatGo,
  ownChecksOfHeirs,
  ownColumnsOfHeirs,
} from './heirs-columns.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { indexExtras } from './index-extras.ts'
import { describeBelow, newColumnBelow } from '../partitions/child-columns.ts'
import { newColumnStorage } from '../partitions/storage.ts'
import { coming, leaving } from '../partitions/referenced-partitions.ts'
import { rank, type Step } from '../graph/order.ts'
import {
  children,
  isGivenParts,
  isLate,
  isOnly,
  membership,
  namedApart,
  type PartitionIndex,
} from '../partitions/partition-indexes.ts'
import { numberRows } from '../steps/counters.ts'
import { placeholderOf } from '../steps/placeholders.ts'
import { givenByDefault, renaming, withKeptParents } from '../steps/common-steps.ts'
import type { Planning } from '../steps/context.ts'

/** A column for an existing table, with the value for its rows. */
export function addColumn(plan: Planning, table: Table, column: Column): void {
  if (column.inherited === true && inherits(plan.to, parentsBefore(plan, table), column.name)) {
    describeBelow(plan, table, column)
    return
  }
  const key = columnKey(table, column.name)
  const given = plan.options.knowledge.backfill.get(key)
  const bare =
    !column.nullable && column.default === undefined && column.identity === undefined && column.generated === undefined
  // One value for all rows fits no key, reference or check: such a downgrade is refused while there are rows.
  const placeholder =
    given === undefined && bare && plan.options.back && !isConstrained(table, column.name)
      ? placeholderOf(column.type, plan.to)
      : undefined
  const computed = given === undefined ? computedBefore(plan, table, column) : undefined
  const backfill = given ?? computed?.backfill ?? placeholder
  if (column.identity !== undefined && hasHeirs(plan, table, column.name)) {
    // PostgreSQL adds no identity where child tables would get the column without it: rows get their numbers before it.
    const { identity, ...plain } = column
    const add: Step = {
      op: { kind: 'addColumn', table: refOfTable(table), column: { ...plain, nullable: true } },
      rank: rank.addColumn,
      needs: [tableKey(table), ...ownColumnsOfHeirs(plan, table, column.name)],
    }
    const numbered: Step = {
      op: numberRows(refOfTable(table), column.name, identity),
      rank: rank.addColumn,
      needs: [tableKey(table)],
      after: [add],
    }
    plan.steps.push(add, numbered, {
      op: {
        kind: 'alterColumn',
        table: refOfTable(table),
        column: column.name,
        changes: { nullable: false, identity },
        before: { nullable: true, identity: null },
      },
      rank: rank.addColumn,
      makes: [key],
      after: [numbered],
      relations: impliedRelation(table, column),
    })
    return
  }
  plan.steps.push({
    op: { kind: 'addColumn', table: refOfTable(table), column, ...(backfill === undefined ? {} : { backfill }) },
    rank: rank.addColumn,
    makes: [key, ...(plan.isDropped(key) ? columnsBelow(plan, table, column.name) : [])],
    needs: [tableKey(table), ...ownColumnsOfHeirs(plan, table, column.name)],
    // PostgreSQL adds no identity while there are child tables.
    ...(column.identity === undefined ? {} : { waits: heirsThatGo(plan, table) }),
    relations: impliedRelation(table, column),
    ...(computed === undefined ? {} : { frees: computed.from }),
  })
  grantsOfImplied(plan, table, column)
  newColumnStorage(plan, table, column)
  newColumnBelow(plan, table, column)
  if (plan.isDropped(key)) describeAgain(plan, table, column.name)
}

/** A column that is made anew takes along what was told of it in child tables. */
function describeAgain(plan: Planning, table: Table, column: string): void {
  const anew = new Set(columnsBelow(plan, table, column))
  const below = (parent: Table): void => {
    for (const heir of childTables(plan.to, parent)) {
      const own = heir.columns.find((c) => c.name === column)
      if (own === undefined || !anew.has(columnKey(heir, column))) continue
      describeBelow(plan, heir, own)
      below(heir)
    }
  }
  below(table)
}

/**
 * A column that was computed and no longer is keeps its values, where the columns of its expression are unchanged, or go:
 * these (`from`) go after it.
 */
function computedBefore(
  plan: Planning,
  table: Table,
  column: Column,
): { readonly backfill: { readonly expression: string }; readonly from: readonly string[] } | undefined {
  const was = plan.from.objects.get(tableKey(table))
  const old = isTable(was) ? was.columns.find((c) => c.name === column.name) : undefined
  if (!isTable(was) || old?.generated === undefined || column.generated !== undefined || column.identity !== undefined)
    return undefined
  const { sql } = old.generated
  const stays = (c: Column): boolean => {
    const now = table.columns.find((o) => o.name === c.name)
    return now === undefined || (equal(now.type, c.type) && equal(now.generated, c.generated))
  }
  if (!keepsValues(old.type, column.type)) return undefined
  const sources = was.columns.filter((c) => c !== old && mentionsName(sql, c.name))
  if (!sources.every(stays)) return undefined
  const gone = sources.filter((c) => !table.columns.some((o) => o.name === c.name))
  return { backfill: { expression: sql }, from: gone.map((c) => columnKey(table, c.name)) }
}

const numbers = /^(?:smallint|integer|bigint|numeric|real|doublePrecision)$/

/** Whether values of one type can be assigned to the other as they are: every type can to a text (manual, CREATE CAST). */
const keepsValues = (from: ColumnType, to: ColumnType): boolean =>
  equal(from, to) || (numbers.test(from.kind) && numbers.test(to.kind)) || /^(?:text|varchar|char)$/.test(to.kind)

/** Whether a key, a foreign key, a check or a unique index is about the column. */
function isConstrained(table: Table, column: string): boolean {
  const holds = (c: Constraint): boolean => {
    if (c.kind === 'check') return mentionsName(c.sql, column)
    return c.kind === 'exclude' ? c.elements.some((e) => readsColumn(e, column)) : c.columns.includes(column)
  }
  return (
    table.constraints.some(holds) ||
    table.indexes.some((index) => index.unique === true && index.elements.some((e) => readsColumn(e, column)))
  )
}

/** The default privileges on the sequence that is created with a column. */
export function grantsOfImplied(plan: Planning, table: Table, column: Column): void {
  for (const op of plan.options.grants ? afterCounting(table, column, givenByDefault(plan)) : [])
    plan.steps.push({ op, rank: rank.describe, needs: [columnKey(table, column.name)] })
}

/** Child tables whose column is not an identity; partitions share the parent's from PostgreSQL 17 on. */
function hasHeirs(plan: Planning, table: Table, column: string): boolean {
  return childTables(plan.to, table).some((child) =>
    child.columns.some((c) => c.name === column && c.identity === undefined),
  )
}

/** The table without the parents that it gets, if it gets some: it must have their columns before. */
function parentsBefore(plan: Planning, table: Table): Table {
  const had = plan.from.objects.get(tableKey(table))
  return newlyInherits(plan, table) && isTable(had) ? withKeptParents(table, had) : table
}

/** A check that the table must have before it gets the parent with it. */
const isOwnBefore = (plan: Planning, table: Table, check: string): boolean =>
  newlyInherits(plan, table) && checksAbove(plan.to, parentsBefore(plan, table), check).length === 0

/** A table of both sides that gets a parent must have the columns and checks that it is to inherit. */
function newlyInherits(plan: Planning, table: Table): boolean {
  const key = tableKey(table)
  const had = plan.from.objects.get(key)
  return isTable(had) && !plan.isDropped(key) && parentsOf(table).some((p) => !parentsOf(had).some((q) => equal(p, q)))
}

/** A constraint for an existing table, unless it is inherited. */
export function addConstraint(plan: Planning, table: Table, constraint: Constraint): void {
  if (constraint.inherited === true && !(constraint.kind === 'check' && isOwnBefore(plan, table, constraint.name))) {
    sayValidated(plan, table, constraint)
    nameKey(plan, table, constraint)
    return
  }
  if (constraint.kind === 'check' && constraint.notValid === true)
    for (const heir of heirsChecks(plan, table, constraint.name))
      if (!newlyInherits(plan, heir.table)) sayValidated(plan, heir.table, heir.check)
  const { op, rank: at } = createConstraintOp(table, constraint)
  plan.steps.push({
    op,
    rank: at,
    makes: [constraintKey(table, constraint.name)],
    // After the dropped one, and not on partitions that are dropped.
    waits: [
      ...(constraint.kind === 'primaryKey' ? [`primary key of ${refText(table)}`] : []),
      ...(constraint.kind === 'foreignKey' ? [leaving(constraint.references)] : []),
    ],
    needs: [
      tableKey(table),
      ...(constraint.kind === 'foreignKey' ? coming(plan.to, constraint.references).slice(0, 1) : []),
      ...(constraint.kind === 'check' ? ownChecksOfHeirs(plan, table, constraint.name) : []),
      ...(constraint.kind === 'check' && constraint.notValid === true
        ? heirsNotValid(plan, table, constraint.name).map(keyOf)
        : []),
    ],
    relations: [`${table.schema ?? ''}.${constraint.name}`],
  })
}

/** A key that a partition gets with its parent's has a name that PostgreSQL chooses: it is renamed after that. */
export function nameKey(plan: Planning, table: Table, constraint: Constraint): void {
  if (constraint.inherited !== true || table.partitionOf === undefined) return
  if (constraint.kind !== 'primaryKey' && constraint.kind !== 'unique') return
  const usual = partitionKeyName(table.name, constraint)
  const key = constraintKey(table, constraint.name)
  if (
    constraint.name === usual ||
    plan.steps.some((s) => s.op.kind === 'renameConstraint' && s.makes?.includes(key) === true)
  )
    return
  const parent = plan.to.objects.get(tableKey(table.partitionOf.parent))
  const above = isTable(parent)
    ? parent.constraints.flatMap((c) =>
        c.kind === constraint.kind && equal(c.columns, constraint.columns) ? [constraintKey(parent, c.name)] : [],
      )
    : []
  plan.steps.push({
    op: { kind: 'renameConstraint', table: refOfTable(table), name: usual, to: constraint.name },
    rank: rank.addForeignKey,
    makes: [key],
    needs: [tableKey(table), membership(table), ...above],
    claims: [`${table.schema ?? ''}.${constraint.name}`],
  })
}

/** The checks of that name of a table's parents, and theirs. */
export function checksAbove(
  schema: Schema,
  table: Table,
  name: string,
): readonly { readonly table: Table; readonly check: Check }[] {
  return parentsOf(table).flatMap((ref) => {
    const parent = schema.objects.get(tableKey(ref))
    if (!isTable(parent)) return []
    const check = parent.constraints.find((c) => c.name === name)
    return [...(check?.kind === 'check' ? [{ table: parent, check }] : []), ...checksAbove(schema, parent, name)]
  })
}

/** A child table's check may be valid where its parent's is NOT VALID; `after`: what must have changed before. */
export function sayValidated(
  plan: Planning,
  table: Table,
  constraint: Constraint,
  after: readonly string[] = [],
): void {
  if (constraint.kind !== 'check' || constraint.notValid === true) return
  const said = plan.steps.some(
    ({ op }) =>
      op.kind === 'validateConstraint' &&
      op.name === constraint.name &&
      refText(op.table) === refText(refOfTable(table)),
  )
  if (said) return
  const found = checksAbove(plan.to, table, constraint.name)
  if (found.every(({ check }) => check.notValid !== true)) return
  // A parent between may have it as valid: the child has it with that one's.
  const above = found.map(({ table: parent, check }) => constraintKey(parent, check.name))
  plan.steps.push({
    op: { kind: 'validateConstraint', table: refOfTable(table), name: constraint.name },
    rank: rank.addConstraint,
    needs: [...above, ...after, tableKey(table)],
  })
}

/** A unique index becomes the constraint as it is, under the constraint's name. */
export function adoptIndex(plan: Planning, d: TableDifference, constraint: Constraint, index: Index): void {
  const { op, rank: at } = createConstraintOp(d.to, constraint)
  if (op.kind !== 'createPrimaryKey' && op.kind !== 'createUniqueConstraint') return
  plan.steps.push({
    op: { ...op, usingIndex: index.name },
    rank: at,
    makes: [constraintKey(d.to, constraint.name)],
    needs: [tableKey(d.to)],
    takes: [indexKeyOf(d.from, index.name)],
    ...(index.name === constraint.name ? {} : renaming(d.from, index.name, constraint.name)),
  })
}

/** An index for an existing table, after those of its partitions where they have names of their own. */
export function addIndex(plan: Planning, table: Table, key: string): void {
  const whole = plan.sides.toParts.indexes.get(key)!.part
  const { attachedTo, ...own } = whole
  const alone = isOnly(plan, table, whole)
  const part = alone && own.only !== true ? { ...own, only: true } : own
  const after = attachedTo !== undefined && isGivenParts(plan, attachedTo)
  if (attachedTo !== undefined && !after && !isLate(plan, attachedTo)) return
  // ON ONLY attaches nothing: the parts come after it, each with its attachment.
  const parts =
    !alone && namedApart(plan, table, whole)
      ? children(plan, table, whole).map((c) => indexKeyOf(c.table, c.index.name))
      : []
  // A partition that is created later would get the index after all.
  const partitions = !alone
    ? []
    : [...plan.to.objects.values()].filter(isTable).filter((o) => equal(o.partitionOf?.parent, refOfTable(table)))
  const given = alone ? [] : partsGiven(plan, table, whole)
  plan.steps.push({
    op: { kind: 'createIndex', table: refOfTable(table), index: after ? { ...part, attachedTo } : part },
    rank: rank.createIndex,
    makes: [key, ...given.map((g) => indexKeyOf(g.table, g.index.name))],
    needs: [tableKey(table), ...partitions.map(keyOf), ...partitions.map(membership), ...parts],
    ...(attachedTo === undefined || after ? {} : { ignores: [indexKey(attachedTo)] }),
    // An index becomes valid with the part of its last partition: those that go must have gone.
    ...(after && table.partitionOf !== undefined ? { waits: [leaving(table.partitionOf.parent)] } : {}),
    relations: [`${table.schema ?? ''}.${part.name}`],
  })
  for (const own of given) indexExtras(plan, own.table, own.index)
}

/** The indexes of partitions that PostgreSQL creates with their parent's; a new partition gets its own when it is created. */
function partsGiven(plan: Planning, table: Table, index: Index): readonly PartitionIndex[] {
  return children(plan, table, index).flatMap((child) =>
    !plan.stays(tableKey(child.table)) || isLate(plan, child.index.attachedTo!)
      ? []
      : [child, ...partsGiven(plan, child.table, child.index)],
  )
}

/** The sequence that comes with a serial or identity column, as a name taken. */
export function impliedRelation(table: Ref, column: Column): readonly string[] {
  const sequence = impliedSequence(table, column)
  return sequence === undefined ? [] : [`${table.schema ?? ''}.${sequence}`]
}
