/** How new objects are created: completely, or with parts that must wait for another object. */
import { columnKey, constraintKey, indexKey, indexKeyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Index, Routine, Sequence, Table } from '../../schema/model.ts'
import { addConstraint, addIndex, nameKey, sayValidated } from './add-parts.ts'
import { afterMaking } from '../steps/default-grants.ts'
import { isTable } from '../graph/dependants.ts'
import { createOp, relationNames } from '../steps/object-operations.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { partsOf, sameSchema } from '../graph/needs.ts'
import { indexExtras } from './index-extras.ts'
import { rank } from '../graph/order.ts'
import {
  comesWithTable,
  indexesBefore,
  isGivenParts,
  isLate,
  isOnly,
  namedApart,
  usualName,
} from '../partitions/partition-indexes.ts'
import { givenByDefault, renaming } from '../steps/common-steps.ts'
import { ownerOf } from '../steps/targets.ts'
import type { Planning } from '../steps/context.ts'
import { partsOfDefinition } from '../../schema/routine-parts.ts'
import { name } from '../model/quote.ts'
import { routineStub } from './split-objects.ts'
import { persistenceOf } from './alter-table-options.ts'
import { heirsNotValid } from './heirs-columns.ts'
import { leaving } from '../partitions/referenced-partitions.ts'
import { ownColumns, withoutLateTold } from '../partitions/child-columns.ts'
import { ownStorage, withoutLateStorage } from '../partitions/storage.ts'

/** Steps that create objects. */
export function makeAll(plan: Planning, keys: readonly string[]): void {
  for (const key of keys) makeObject(plan, key)
}

function makeObject(plan: Planning, key: string): void {
  const object = plan.to.objects.get(key)!
  const made =
    object.kind === 'sequence'
      ? withoutOwner(plan, object)
      : object.kind === 'table'
        ? withoutLateTold(plan, withoutLateStorage(plan, withoutLateChecks(plan, withoutLateIndexes(plan, object))))
        : object
  const stub = object.kind === 'routine' && callsItself(object) ? routineStub(object) : undefined
  const { op, rank: at } = createOp(stub ?? made)
  if (object.kind === 'routine' && stub !== undefined) {
    plan.steps.push({
      op: { kind: 'replaceFunction', routine: object, before: stub },
      rank: rank.createRoutine,
      alters: [key],
      needs: [key, ...plan.later.of(key)],
    })
  }
  plan.steps.push({
    op,
    rank: at,
    makes: partsOf(made),
    relations: relationNames(made),
    ...(object.kind === 'table' ? { needs: needsOfTable(plan, object) } : {}),
    ...(object.kind === 'table' && object.partitionOf !== undefined
      ? { waits: [leaving(object.partitionOf.parent)] }
      : {}),
    ...(object.kind === 'table' ? { ignores: [...attachedLater(plan, object), ...parentsColumns(plan, object)] } : {}),
  })
  if (object.kind === 'table' && parentsOf(object).length > 0) {
    ownStorage(plan, object)
    ownColumns(plan, object)
  }
  if (object.kind === 'table')
    for (const constraint of object.constraints) {
      nameKey(plan, object, constraint)
      if (constraint.inherited === true) sayValidated(plan, object, constraint)
    }
  for (const grant of plan.options.grants ? afterMaking(made, givenByDefault(plan)) : [])
    plan.steps.push({ op: grant, rank: rank.describe, needs: [key] })
}

/** What a new table needs beyond what its parts depend on. */
function needsOfTable(plan: Planning, table: Table): readonly string[] {
  const keys = table.constraints.filter((c) => c.kind === 'foreignKey')
  // A logged table refers to logged ones alone.
  const logged = table.unlogged === true ? [] : keys.map((c) => persistenceOf(tableKey(c.references)))
  if (parentsOf(table).length === 0) return logged
  // Parents are there with the columns that they had; what refers to one of them, or reads an inherited column, comes after its change.
  const referred = keys.flatMap((c) => c.referencedColumns.map((name) => columnKey(c.references, name)))
  const own = [
    ...table.constraints.filter((c) => c.inherited !== true).map((c) => constraintKey(table, c.name)),
    ...table.indexes.filter((i) => i.attachedTo === undefined).map((i) => indexKeyOf(table, i.name)),
  ]
  const read = own.flatMap((key) => [...plan.later.of(key)].flatMap((need) => plan.later.above(need)))
  // The columns of a parent that is made anew come with it; their rows wait for the partitions.
  const stays = (column: string): boolean => {
    const of = plan.sides.toParts.columns.get(column)
    return of !== undefined && plan.stays(tableKey(of.table))
  }
  return [...logged, ...[...referred, ...read].filter(stays)]
}

/** A NOT VALID check on a parent and on its children is added after the children exist. */
function withoutLateChecks(plan: Planning, table: Table): Table {
  const late = table.constraints.filter(
    (c) =>
      c.kind === 'check' &&
      c.notValid === true &&
      c.inherited !== true &&
      heirsNotValid(plan, table, c.name).length > 0,
  )
  for (const constraint of late) addConstraint(plan, table, constraint)
  return late.length === 0 ? table : { ...table, constraints: table.constraints.filter((c) => !late.includes(c)) }
}

/** A body that is parsed on creation can refer to its own routine only through a stand-in. */
function callsItself(routine: Routine): boolean {
  const { body, parsed } = partsOfDefinition(routine.definition)
  return parsed && body.includes(`${name(routine.name)}(`)
}

/**
 * An index that a partition's own constraint takes part in, one that no partition has, and one whose partitions have
 * theirs under names of their own, is created after the partitions: PostgreSQL then uses the existing ones.
 */
function withoutLateIndexes(plan: Planning, table: Table): Table {
  if (table.indexes.length === 0) return table
  const key = (name: string): string => indexKeyOf(table, name)
  const late = new Set(
    table.partitionBy === undefined
      ? []
      : table.indexes.filter(
          (i) =>
            isOnly(plan, table, i) ||
            [...plan.later.of(key(i.name))].some((need) => need.startsWith('constraint:')) ||
            (namedApart(plan, table, i) && !comesWithTable(plan, i)),
        ),
  )
  // A part of an index that is created without its parts is attached by itself.
  for (const i of table.indexes) if (i.attachedTo !== undefined && isGivenParts(plan, i.attachedTo)) late.add(i)
  // A name that PostgreSQL gives to a part first is free after that part is renamed.
  const given = table.indexes.filter((i) => i.attachedTo !== undefined && !late.has(i) && !isLate(plan, i.attachedTo))
  const taken = new Set(given.map((i) => givenName(plan, table, i)))
  for (const i of table.indexes) if (!given.includes(i) && taken.has(i.name)) late.add(i)
  for (const index of late) addIndex(plan, table, key(index.name))
  const indexes = table.indexes.flatMap((i) => {
    if (late.has(i)) return []
    if (i.attachedTo === undefined) return [i]
    if (isLate(plan, i.attachedTo)) {
      const { attachedTo: _, ...free } = i
      return [free]
    }
    indexExtras(plan, table, i)
    return [renamedAtOnce(plan, table, i)]
  })
  return indexes.length === table.indexes.length && indexes.every((i, n) => i === table.indexes[n])
    ? table
    : { ...table, indexes }
}

/** A new partition gets its indexes from an existing parent, under names that PostgreSQL chooses. */
function renamedAtOnce(plan: Planning, partition: Table, index: Index): Index {
  const given = givenName(plan, partition, index)
  if (given === undefined || given === index.name) return index
  plan.steps.push({
    op: { kind: 'renameIndex', index: sameSchema(partition, given), to: index.name },
    rank: rank.alterTable,
    needs: [tableKey(partition)],
    ...renaming(partition, given, index.name),
  })
  return { ...index, name: given }
}

/** The name that PostgreSQL gives to a new partition's part of an index that is there. */
function givenName(plan: Planning, partition: Table, { attachedTo }: Index): string | undefined {
  const found = attachedTo === undefined ? undefined : plan.sides.toParts.indexes.get(indexKey(attachedTo))
  return found === undefined
    ? undefined
    : usualName(found.table, found.part, partition, indexesBefore(plan, found.table))
}

/** A partition's default from the parent's column exists with the parent: rows inserted into it wait for the partition. */
function parentsColumns(plan: Planning, table: Table): readonly string[] {
  return parentsOf(table).flatMap((ref) => {
    const parent = plan.to.objects.get(tableKey(ref))
    return isTable(parent)
      ? [...parent.columns.map((c) => columnKey(parent, c.name)), ...parentsColumns(plan, parent)]
      : []
  })
}

function attachedLater(plan: Planning, table: Table): readonly string[] {
  return table.indexes.flatMap((i) =>
    i.attachedTo === undefined || !isLate(plan, i.attachedTo) ? [] : [indexKey(i.attachedTo)],
  )
}

/** A sequence whose owner is created in the same run gets it afterwards: the column's default may need the sequence. */
function withoutOwner(plan: Planning, sequence: Sequence): Sequence {
  if (sequence.ownedBy === undefined) return sequence
  const { ownedBy, ...free } = sequence
  const owner = columnKey(ownedBy.table, ownedBy.column)
  plan.steps.push({
    op: { kind: 'alterSequence', sequence, before: free },
    rank: rank.describe,
    needs: [`sequence:${refText(sequence)}`, owner, ownerOf(tableKey(ownedBy.table))],
  })
  return free
}
