/** How objects and parts are dropped, with what is dropped implicitly and what is recreated. */
import { columnKey, indexKey, keyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Column, Policy, SchemaObject, Table } from '../../schema/model.ts'
import { addColumn, addConstraint, addIndex, impliedRelation, nameKey } from './add-parts.ts'
import { heirsNotNull } from './alter-columns.ts'
import { refOfTable } from '../compare/tables.ts'
import { isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { columnsBelow, heirsLoosened, heirsThatGo, heirsWithout, parentsColumnKeys } from './heirs-columns.ts'
import { dropConstraintOp, dropOp, relationNames } from '../steps/object-operations.ts'
import { partsOf, sameSchema } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import { leaving } from '../partitions/referenced-partitions.ts'
import { leavesParent } from '../steps/common-steps.ts'
import type { Planning } from '../steps/context.ts'

/** DROP NOT NULL of a column that goes, for the tables below that keep it; those that are NOT NULL then set it again. */
function loosen(plan: Planning, owner: Table, { name, nullable }: Column): readonly Step[] {
  if (nullable || !heirsLoosened(plan, owner, name)) return []
  const key = columnKey(owner, name)
  const step: Step = {
    op: {
      kind: 'alterColumn',
      table: refOfTable(owner),
      column: name,
      changes: { nullable: true },
      before: { nullable: false },
    },
    rank: rank.dropColumn,
    alters: [key],
  }
  plan.steps.push(step)
  heirsNotNull(plan, owner, name, key)
  return [step]
}

/** Drops an object or a part, by a step where it needs one; a part that the target schema has is recreated. */
export function takeAway(plan: Planning, key: string): void {
  const object = plan.from.objects.get(key)
  if (object !== undefined) {
    if (goesAlong(plan, object)) return
    const { op, rank: at } = dropOp(object)
    // A partition is dropped before its parent, though an index of the parent may depend on the partition's constraint.
    const onPartition = (part: string): boolean =>
      part.startsWith('index:') && [...plan.needs.of(part)].some((n) => n.startsWith('constraint:'))
    const takes = [
      ...partsOf(object).filter((part) => !onPartition(part)),
      ...alongWith(plan, key, object),
      ...leavesWith(plan, object),
    ]
    const owned = isTable(object) ? object.columns.flatMap((c) => ownedSequences(plan, columnKey(object, c.name))) : []
    plan.steps.push({
      op,
      rank: at,
      takes: [...takes, ...owned.map(keyOf)],
      relations: [object, ...owned].flatMap(relationNames),
    })
    return
  }
  const column = plan.sides.fromParts.columns.get(key)
  if (column !== undefined) {
    if (plan.isDropped(tableKey(column.table))) return
    const table = refOfTable(column.table)
    const heirs = heirsWithout(plan, column.table, column.part.name)
    const only = heirs.keep ? { only: true } : {}
    const drop: Step = {
      op: { kind: 'dropColumn', table, column: column.part.name, definition: column.part, ...only },
      rank: rank.dropColumn,
      takes: [
        key,
        ...ownedSequences(plan, key).map(keyOf),
        ...(heirs.keep ? [] : columnsBelow(plan, column.table, column.part.name)),
      ],
      after: loosen(plan, column.table, column.part),
      waits: [...heirsThatGo(plan, column.table), ...parentsColumnKeys(plan, column.table, column.part.name)],
      relations: [...impliedRelation(column.table, column.part), ...ownedSequences(plan, key).flatMap(relationNames)],
    }
    plan.steps.push(drop)
    for (const heir of heirs.lose) {
      const definition = heir.columns.find((c) => c.name === column.part.name)!
      plan.steps.push({
        op: { kind: 'dropColumn', table: refOfTable(heir), column: definition.name, definition },
        rank: rank.dropColumn,
        takes: [columnKey(heir, definition.name)],
        after: [drop],
      })
    }
    const later = plan.sides.toParts.columns.get(key)
    if (later !== undefined) addColumn(plan, later.table, later.part)
    return
  }
  const constraint = plan.sides.fromParts.constraints.get(key)
  if (constraint !== undefined) {
    if (plan.isDropped(tableKey(constraint.table))) return
    const { table, part } = constraint
    plan.steps.push({
      op: dropConstraintOp(table, part),
      rank: rank.dropConstraint,
      takes: [key, ...(part.kind === 'primaryKey' ? primaryKeysOf(plan, table) : [])],
      relations: [`${table.schema ?? ''}.${part.name}`],
    })
    const later = plan.sides.toParts.constraints.get(key)
    if (later !== undefined) {
      addConstraint(plan, later.table, later.part)
      // The partitions' parts of it are recreated with the names that PostgreSQL chooses.
      for (const object of plan.to.objects.values()) {
        if (!isTable(object) || !equal(object.partitionOf?.parent, refOfTable(later.table))) continue
        for (const c of object.constraints)
          if (
            c.kind === later.part.kind &&
            'columns' in c &&
            equal(c.columns, 'columns' in later.part && later.part.columns)
          )
            nameKey(plan, object, c)
      }
    }
    return
  }
  const index = plan.sides.fromParts.indexes.get(key)
  if (index === undefined || plan.isDropped(tableKey(index.table))) return
  const { table, part } = index
  const attached = attachedTo(plan, key)
  const detached = partitionHolders(plan, key).map((partition): Step => {
    const { parent, bound } = partition.partitionOf!
    return {
      op: { kind: 'detachPartition', table: parent, partition: refOfTable(partition), bound },
      rank: rank.dropDependant,
    }
  })
  const drop: Step = {
    op: { kind: 'dropIndex', index: sameSchema(table, part.name), table: refOfTable(table), definition: part },
    rank: rank.dropIndex,
    takes: [key, ...attached.map((a) => a.key)],
    relations: [`${table.schema ?? ''}.${part.name}`, ...attached.map((a) => a.relation)],
    after: detached,
  }
  plan.steps.push(...detached, drop)
  for (const { op } of detached) {
    if (op.kind !== 'detachPartition') continue
    const { table: parent, partition, bound } = op
    plan.steps.push({
      op: { kind: 'attachPartition', table: parent, partition, bound: bound! },
      rank: rank.alterTable,
      alters: [tableKey(parent)],
      after: [drop],
    })
  }
  // A partition's index that becomes independent was dropped with its parent's.
  for (const a of attached) {
    const own = plan.sides.toParts.indexes.get(a.key)
    if (
      own !== undefined &&
      tableKey(own.table) === a.table &&
      !plan.isDropped(a.key) &&
      !plan.isDropped(tableKey(own.table))
    )
      addIndex(plan, own.table, a.key)
  }
  const later = plan.sides.toParts.indexes.get(key)
  // Attached to another table, it is changed there where it differs.
  if (later !== undefined && tableKey(later.table) === tableKey(table)) addIndex(plan, later.table, key)
}

/** That the table and its partitions have a primary key. */
function primaryKeysOf(plan: Planning, table: Table): readonly string[] {
  const below = [...plan.from.objects.values()].filter(
    (o): o is Table => isTable(o) && refText(o.partitionOf?.parent ?? { name: '' }) === refText(table),
  )
  return [`primary key of ${refText(table)}`, ...below.flatMap((partition) => primaryKeysOf(plan, partition))]
}

/** The sequences that go with a column that owns them. */
function ownedSequences(plan: Planning, column: string): readonly SchemaObject[] {
  return [...plan.needs.by(column)].flatMap((key) => {
    const object = key.startsWith('sequence:') && plan.isDropped(key) ? plan.from.objects.get(key) : undefined
    return object?.kind === 'sequence' && object.ownedBy !== undefined && goesAlong(plan, object) ? [object] : []
  })
}

/** Partitions whose own constraint is part of the index: while attached, neither of the two can be dropped. */
function partitionHolders(plan: Planning, key: string): readonly Table[] {
  return [...plan.needs.of(key)].flatMap((need) => {
    const found = need.startsWith('constraint:') ? plan.sides.fromParts.constraints.get(need) : undefined
    if (found?.table.partitionOf === undefined || plan.isDropped(tableKey(found.table))) return []
    const later = plan.to.objects.get(tableKey(found.table))
    return isTable(later) && equal(later.partitionOf, found.table.partitionOf) ? [found.table] : []
  })
}

interface Attached {
  readonly key: string
  readonly table: string
  readonly relation: string
}

/** Indexes of partitions that are attached to an index, directly or not. */
function attachedTo(plan: Planning, key: string): readonly Attached[] {
  return [...plan.needs.by(key)].flatMap((child) => {
    const found = plan.sides.fromParts.indexes.get(child)
    if (found?.part.attachedTo === undefined || indexKey(found.part.attachedTo) !== key) return []
    // A table that is dropped takes its part along.
    if (plan.isDropped(tableKey(found.table))) return []
    // A part whose table leaves the parent belongs to that table by then.
    const later = plan.to.objects.get(tableKey(found.table))
    if (isTable(later) && !plan.isDropped(tableKey(later)) && leavesParent(found.table, later)) return []
    return [
      { key: child, table: tableKey(found.table), relation: `${found.table.schema ?? ''}.${found.part.name}` },
      ...attachedTo(plan, child),
    ]
  })
}

/** Triggers, policies and other objects of a dropped table, and sequences of a dropped column, are dropped implicitly. */
function goesAlong(plan: Planning, object: SchemaObject): boolean {
  if (object.kind === 'policy' && looksElsewhere(plan, object)) return false
  if (object.kind === 'trigger' || object.kind === 'policy')
    return plan.isDropped(tableKey(object.table)) || plan.isDropped(`view:${refText(object.table)}`)
  if (object.kind === 'definition') return object.table !== undefined && plan.isDropped(tableKey(object.table))
  if (object.kind === 'sequence' && object.ownedBy !== undefined) {
    const { table, column } = object.ownedBy
    return plan.isDropped(tableKey(table)) || plan.isDropped(columnKey(table, column))
  }
  return false
}

/** The index that a foreign key to a partitioned table depends on would keep a partition from being dropped. */
function leavesWith(plan: Planning, object: SchemaObject): readonly string[] {
  if (!isTable(object) || object.partitionOf === undefined) return []
  const parent = plan.from.objects.get(tableKey(object.partitionOf.parent))
  return [leaving(object.partitionOf.parent), ...(parent === undefined ? [] : leavesWith(plan, parent))]
}

/** The triggers, policies and the like that are dropped with a table or view: what they depend on is dropped later. */
function alongWith(plan: Planning, key: string, object: SchemaObject): readonly string[] {
  if (object.kind !== 'table' && object.kind !== 'view') return []
  return [...plan.needs.by(key)].filter((dependant) => {
    const found = plan.isDropped(dependant) ? plan.from.objects.get(dependant) : undefined
    if (found?.kind !== 'trigger' && found?.kind !== 'policy' && found?.kind !== 'definition') return false
    return found.table !== undefined && refText(found.table) === refText(object) && goesAlong(plan, found)
  })
}

/** Two tables may go whose policies read each other. */
function looksElsewhere(plan: Planning, policy: Policy): boolean {
  const own = tableKey(policy.table)
  return [...plan.needs.of(keyOf(policy))].some((need) => {
    const column = plan.sides.fromParts.columns.get(need)
    const table = column === undefined ? need : tableKey(column.table)
    return table.startsWith('table:') && table !== own && plan.isDropped(table)
  })
}
