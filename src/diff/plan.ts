/** From one schema to another, one way: what differs, what must step aside, which steps that takes, and their order. */
import type { Backfill, ColumnChanges, EnumUse, Operation, ValueMap } from '../operations/kinds.ts'
import { columnKey, constraintKey, indexKey, keyOf, refText, tableKey } from '../schema/keys.ts'
import type {
  Column,
  ColumnType,
  Constraint,
  EnumType,
  Index,
  Policy,
  Ref,
  Schema,
  SchemaObject,
  Sequence,
  Table,
  View,
} from '../schema/model.ts'
import { namedFirst, routineRank } from './bodies.ts'
import { adoptions } from './adopt.ts'
import { alterable } from './columns.ts'
import { refOfTable, type TableDifference, tableDifference } from './compare.ts'
import { Closure, inherits, isTable, partsOfSchema, type Sides } from './dependants.ts'
import { equal, equalBut } from './equal.ts'
import { additions, labelDifference } from './labels.ts'
import { createConstraintOp, createOp, dropConstraintOp, dropOp, impliedSequence, relationNames } from './make.ts'
import { needsOf, type Needs, parentsOf, partsOf, sameSchema, typeKey } from './needs.ts'
import { alterObject, isTurnedBack } from './objects.ts'
import { heirDefaultSteps, heirsOf } from './heirs.ts'
import { onlineUses } from './online.ts'
import { order, rank, type Step } from './order.ts'
import { children, isLate, namedApart, usualName } from './partition-indexes.ts'
import { copySteps } from './copy.ts'
import { labelRemapSteps } from './check-enums.ts'
import { describeSteps, grantOps } from './targets.ts'
import { aroundKeys, keysAside } from './referred-partitions.ts'
import { labelsStay } from './swap-defaults.ts'
import { alterTableSteps } from './tables.ts'
import { cutCycles, cutRenames } from './cycles.ts'
import { placeholderOf } from './placeholders.ts'
import { afterCounting, afterMaking, defaultGrants } from './default-grants.ts'
import type { Planning, PlanOptions } from './planning.ts'

export function plan(from: Schema, to: Schema, options: PlanOptions): readonly Operation[] {
  const changed: string[] = []
  for (const [key, object] of to.objects) {
    const old = from.objects.get(key)
    if (old !== object && (old === undefined || !equal(old, object))) changed.push(key)
  }
  const gone = [...from.objects.keys()].filter((key) => !to.objects.has(key))
  if (changed.length === 0 && gone.length === 0) return []
  return new Plan(from, to, options).run(changed, gone)
}

/** Everything that one direction of a difference is worked out with. */
class Plan implements Planning {
  readonly from: Schema
  readonly to: Schema
  readonly options: PlanOptions
  readonly needs: Needs
  readonly later: Needs
  readonly sides: Sides
  readonly closure: Closure
  readonly steps: Step[] = []
  readonly tables = new Map<string, TableDifference>()
  readonly #altered: string[] = []
  #given: ReturnType<typeof defaultGrants> | undefined
  readonly #swapped = new Map<string, { readonly from: EnumType; readonly to: EnumType }>()

  readonly #online = new Map<string, readonly EnumUse[]>()

  constructor(from: Schema, to: Schema, options: PlanOptions) {
    this.from = from
    this.to = to
    this.options = options
    this.needs = needsOf(from)
    this.later = needsOf(to)
    this.sides = { from, to, needs: this.needs, fromParts: partsOfSchema(from), toParts: partsOfSchema(to) }
    this.closure = new Closure(this.sides)
  }

  run(changed: readonly string[], gone: readonly string[]): readonly Operation[] {
    for (const key of gone) this.closure.drop(key)
    for (const key of changed) if (this.from.objects.has(key)) this.#compare(key)
    const copied = copySteps(this)
    const made = changed.filter((key) => !this.from.objects.has(key))
    this.#makeAll(made)
    for (const key of this.closure.aside.dropped) this.#take(key)
    this.#makeAll([...this.closure.aside.dropped].filter((key) => this.to.objects.has(key)))
    for (const key of this.#altered) if (!this.closure.aside.dropped.has(key)) this.#alter(key)
    cutCycles(this.steps, (table, constraint) => this.#addConstraint(table, constraint))
    for (const [key, pair] of this.#swapped) this.#swap(key, pair.from, pair.to)
    this.#columnsAside()
    this.steps.push(...copied, ...labelRemapSteps(this))
    cutRenames(this.steps)
    return order(this.steps, this.needs, this.later)
  }

  // --- what differs -------------------------------------------------------------------------------------------

  /** Notes what differs in an object of both sides, and takes it away where it cannot be altered. */
  #compare(key: string): void {
    const [from, to] = [this.from.objects.get(key)!, this.to.objects.get(key)!]
    if (from.kind === 'table' && to.kind === 'table') {
      const difference = tableDifference(from, to, this.options.compareNames)
      if (difference === undefined) return
      if (
        !equal(from.partitionBy, to.partitionBy) ||
        from.strict !== to.strict ||
        from.withoutRowid !== to.withoutRowid
      ) {
        this.options.note(
          `${key.replace(':', ' ')} is partitioned in another way: it is made anew, and its rows are copied`,
        )
        this.closure.aside.partitioned.add(key)
        return
      }
      this.tables.set(key, difference)
      this.#compareParts(difference)
    } else if (from.kind === 'enum' && to.kind === 'enum') {
      const labels = labelDifference(from.values, to.values)
      if (labels.removed.length > 0 || labels.reordered) {
        this.#swapped.set(key, { from, to })
        // Refused where anything would have to step aside.
        if (this.options.online) this.#online.set(key, onlineUses(this, key, from, this.usesOf(key)))
        else this.closure.disturb(key, 'swapped')
        for (const use of this.options.online ? [] : this.usesOf(key))
          this.closure.disturb(columnKey(use.table!, use.column!), 'swapped')
      }
    } else if (!alterObject(from, to, this.sides, key, this.options.back).possible) {
      this.closure.drop(key)
      return
    } else if (from.kind === 'extension' && to.kind === 'extension' && this.options.back && isTurnedBack(from, to)) {
      this.options.note(
        `extension ${from.name} stays at version ${from.version} on the way back: PostgreSQL cannot turn it back, and columns are of its types`,
      )
    }
    this.#altered.push(key)
  }

  #compareParts(d: TableDifference): void {
    const { from, to } = d
    for (const column of d.dropped) {
      if (inherits(this.from, from, column.name) && !this.#detached(from, to)) continue
      this.closure.drop(columnKey(from, column.name))
    }
    for (const { from: old, to: now, difference } of d.columns) {
      const key = columnKey(from, old.name)
      if (!alterable(old, now)) {
        if (!inherits(this.from, from, old.name)) this.closure.drop(key)
      } else if (difference?.changes.type !== undefined || difference?.changes.collation !== undefined)
        this.closure.disturb(key, 'retyped')
    }
    const constraint = (c: Constraint): void => {
      if (c.inherited !== true) this.closure.drop(constraintKey(from, c.name))
    }
    for (const c of d.constraints.dropped) constraint(c)
    for (const { from: old, to: now } of d.constraints.changed)
      if (!constraintAlterable(old, now) && !this.#merged(from, old, now)) constraint(old)
    for (const key of keysAside(this.from, from, to)) this.closure.drop(key)
    const adopted = new Set(adoptions(d).values())
    for (const i of d.indexes.dropped)
      if (i.attachedTo === undefined && !adopted.has(i)) this.closure.drop(indexKey(sameSchema(from, i.name)))
    for (const { from: old, to: now } of d.indexes.changed) {
      if (old.attachedTo === undefined && !equalBut(old, now, 'comment', 'clustered', 'attachedTo'))
        this.closure.drop(indexKey(sameSchema(from, old.name)))
    }
  }

  /** A check of the heir's own is one with its parent's that is there already: whose it was first is no difference. */
  #merged(table: Table, from: Constraint, to: Constraint): boolean {
    if (from.kind !== 'check' || from.inherited === true || to.inherited !== true) return false
    const above = parentsOf(table).some((ref) => {
      const parent = this.from.objects.get(tableKey(ref))
      return isTable(parent) && parent.constraints.some((c) => c.kind === 'check' && c.name === from.name)
    })
    return above && equalBut(from, to, 'inherited')
  }

  #detached(from: Table, to: Table): boolean {
    return !equal(from.partitionOf?.parent, to.partitionOf?.parent) || !equal(from.inherits, to.inherits)
  }

  /** Columns of both sides whose own type is the enum, parents only. */
  usesOf(key: string): readonly EnumUse[] {
    const uses: EnumUse[] = []
    for (const object of this.from.objects.values()) {
      if (object.kind !== 'table') continue
      for (const column of object.columns) {
        if (typeKey(column.type) !== key || inherits(this.from, object, column.name)) continue
        const later = this.sides.toParts.columns.get(columnKey(object, column.name))?.part
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

  isDropped(key: string): boolean {
    return this.closure.aside.dropped.has(key)
  }

  // --- making and unmaking ------------------------------------------------------------------------------------

  #take(key: string): void {
    const object = this.from.objects.get(key)
    if (object !== undefined) {
      if (this.#goesAlong(object)) return
      const { op, rank: at } = dropOp(object)
      // A partition goes before its parent, though an index of the parent may stand on the partition's constraint.
      const onPartition = (part: string): boolean =>
        part.startsWith('index:') && [...this.needs.of(part)].some((n) => n.startsWith('constraint:'))
      const takes = [
        ...partsOf(object).filter((part) => !onPartition(part)),
        ...this.#alongWith(key, object),
        ...this.#leaves(object),
      ]
      this.steps.push({ op, rank: at, takes, relations: relationNames(object) })
      return
    }
    const column = this.sides.fromParts.columns.get(key)
    if (column !== undefined) {
      if (this.isDropped(tableKey(column.table))) return
      const table = refOfTable(column.table)
      this.steps.push({
        op: { kind: 'dropColumn', table, column: column.part.name, definition: column.part },
        rank: rank.dropColumn,
        takes: [key],
      })
      const later = this.sides.toParts.columns.get(key)
      if (later !== undefined) this.#addColumn(later.table, later.part)
      return
    }
    const constraint = this.sides.fromParts.constraints.get(key)
    if (constraint !== undefined) {
      if (this.isDropped(tableKey(constraint.table))) return
      const { table, part } = constraint
      this.steps.push({
        op: dropConstraintOp(table, part),
        rank: rank.dropConstraint,
        takes: [key, ...(part.kind === 'primaryKey' ? [`primary key of ${refText(table)}`] : [])],
        relations: [`${table.schema ?? ''}.${part.name}`],
      })
      const later = this.sides.toParts.constraints.get(key)
      if (later !== undefined) this.#addConstraint(later.table, later.part)
      return
    }
    const index = this.sides.fromParts.indexes.get(key)
    if (index === undefined || this.isDropped(tableKey(index.table))) return
    const { table, part } = index
    const attached = this.#attachedTo(key)
    const detached = this.#holders(key).map((partition): Step => {
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
    this.steps.push(...detached, drop)
    for (const { op } of detached) {
      if (op.kind !== 'detachPartition') continue
      const { table: parent, partition, bound } = op
      this.steps.push({
        op: { kind: 'attachPartition', table: parent, partition, bound: bound! },
        rank: rank.alterTable,
        alters: [tableKey(parent)],
        after: [drop],
      })
    }
    // A partition's index that is to stand by itself from now on went with its parent's.
    for (const a of attached) {
      const own = this.sides.toParts.indexes.get(a.key)
      if (own !== undefined && !this.isDropped(a.key) && !this.isDropped(tableKey(own.table)))
        this.#addIndex(own.table, a.key)
    }
    const later = this.sides.toParts.indexes.get(key)
    if (later !== undefined) this.#addIndex(later.table, key)
  }

  /** Partitions whose own constraint is part of the index: while attached, neither of the two can be dropped. */
  #holders(key: string): readonly Table[] {
    return [...this.needs.of(key)].flatMap((need) => {
      const found = need.startsWith('constraint:') ? this.sides.fromParts.constraints.get(need) : undefined
      if (found?.table.partitionOf === undefined || this.isDropped(tableKey(found.table))) return []
      const later = this.to.objects.get(tableKey(found.table))
      return isTable(later) && equal(later.partitionOf, found.table.partitionOf) ? [found.table] : []
    })
  }

  /** Indexes of partitions that hang on an index, directly or not. */
  #attachedTo(key: string): readonly { readonly key: string; readonly relation: string }[] {
    return [...this.needs.by(key)].flatMap((child) => {
      const found = this.sides.fromParts.indexes.get(child)
      if (found?.part.attachedTo === undefined || indexKey(found.part.attachedTo) !== key) return []
      return [{ key: child, relation: `${found.table.schema ?? ''}.${found.part.name}` }, ...this.#attachedTo(child)]
    })
  }

  /** Triggers, policies and the like of a table that is dropped, and sequences of a column that is, go without a word. */
  #goesAlong(object: SchemaObject): boolean {
    if (object.kind === 'policy' && this.#looksElsewhere(object)) return false
    if (object.kind === 'trigger' || object.kind === 'policy')
      return this.isDropped(tableKey(object.table)) || this.isDropped(`view:${refText(object.table)}`)
    if (object.kind === 'definition') return object.table !== undefined && this.isDropped(tableKey(object.table))
    if (object.kind === 'sequence' && object.ownedBy !== undefined) {
      const { table, column } = object.ownedBy
      return this.isDropped(tableKey(table)) || this.isDropped(columnKey(table, column))
    }
    return false
  }

  /** What a foreign key to a partitioned table stands on would hold a partition that goes. */
  #leaves(object: SchemaObject): readonly string[] {
    if (!isTable(object) || object.partitionOf === undefined) return []
    const parent = this.from.objects.get(tableKey(object.partitionOf.parent))
    return [
      `partitions of ${refText(object.partitionOf.parent)}`,
      ...(parent === undefined ? [] : this.#leaves(parent)),
    ]
  }

  /** The triggers, policies and the like that go with a table or view: what they stand on goes later. */
  #alongWith(key: string, object: SchemaObject): readonly string[] {
    if (object.kind !== 'table' && object.kind !== 'view') return []
    return [...this.needs.by(key)].filter((dependant) => {
      const found = this.isDropped(dependant) ? this.from.objects.get(dependant) : undefined
      if (found?.kind !== 'trigger' && found?.kind !== 'policy' && found?.kind !== 'definition') return false
      return found.table !== undefined && refText(found.table) === refText(object) && this.#goesAlong(found)
    })
  }

  /** Two tables may go whose policies read each other. */
  #looksElsewhere(policy: Policy): boolean {
    const own = tableKey(policy.table)
    return [...this.needs.of(keyOf(policy))].some((need) => {
      const column = this.sides.fromParts.columns.get(need)
      const table = column === undefined ? need : tableKey(column.table)
      return table.startsWith('table:') && table !== own && this.isDropped(table)
    })
  }

  #makeAll(keys: readonly string[]): void {
    const views = new Set(
      keys.flatMap((key) => (key.startsWith('view:') ? [(this.to.objects.get(key) as View).name.toLowerCase()] : [])),
    )
    for (const key of namedFirst(keys, this.to)) this.#make(key, views)
  }

  #make(key: string, views: ReadonlySet<string>): void {
    const object = this.to.objects.get(key)!
    const made =
      object.kind === 'sequence'
        ? this.#unowned(object)
        : object.kind === 'table'
          ? this.#withoutLateIndexes(object)
          : object
    const { op, rank: at } = createOp(made)
    this.steps.push({
      op,
      rank: made.kind === 'routine' ? routineRank(made, views) : at,
      makes: partsOf(made),
      relations: relationNames(made),
      ...(object.kind === 'table'
        ? { ignores: [...this.#attachedLater(object), ...this.#parentsColumns(object)] }
        : {}),
    })
    if (object.kind === 'table' && parentsOf(object).length > 0) this.#ownStorage(object)
    for (const grant of this.options.grants ? afterMaking(made, this.#defaults()) : [])
      this.steps.push({ op: grant, rank: rank.describe, needs: [key] })
  }

  /** The default privileges under which this direction makes things. */
  #defaults(): ReturnType<typeof defaultGrants> {
    return (this.#given ??= defaultGrants(this.from))
  }

  /**
   * An index that a partition's own constraint takes part in, one that no partition has, and one whose partitions have
   * theirs under names of their own, is made after the partitions: PostgreSQL then takes what is there.
   */
  #withoutLateIndexes(table: Table): Table {
    if (table.indexes.length === 0) return table
    const key = (name: string): string => indexKey(sameSchema(table, name))
    const late = new Set(
      table.partitionBy === undefined
        ? []
        : table.indexes.filter(
            (i) =>
              i.only === true ||
              [...this.later.of(key(i.name))].some((need) => need.startsWith('constraint:')) ||
              namedApart(this, table, i),
          ),
    )
    for (const index of late) this.#addIndex(table, key(index.name))
    const indexes = table.indexes.flatMap((i) => {
      if (late.has(i)) return []
      if (i.attachedTo === undefined) return [i]
      if (isLate(this, i.attachedTo)) {
        const { attachedTo: _, ...free } = i
        return [free]
      }
      return [this.#renamedAtOnce(table, i, i.attachedTo)]
    })
    return indexes.length === table.indexes.length && indexes.every((i, n) => i === table.indexes[n])
      ? table
      : { ...table, indexes }
  }

  /** A new partition gets its indexes from a parent that stands, under names that PostgreSQL makes up. */
  #renamedAtOnce(partition: Table, index: Index, parent: Ref): Index {
    const found = this.sides.toParts.indexes.get(indexKey(parent))
    const given = found === undefined ? undefined : usualName(found.table, found.part, partition)
    if (given === undefined || given === index.name) return index
    this.steps.push({
      op: { kind: 'renameIndex', index: sameSchema(partition, given), to: index.name },
      rank: rank.alterTable,
      needs: [tableKey(partition)],
      ...renaming(partition, given, index.name),
    })
    return { ...index, name: given }
  }

  /** What a partition's default takes from the parent's column is there with the parent: rows that come into it wait for the partition. */
  #parentsColumns(table: Table): readonly string[] {
    return parentsOf(table).flatMap((ref) => {
      const parent = this.to.objects.get(tableKey(ref))
      return isTable(parent)
        ? [...parent.columns.map((c) => columnKey(parent, c.name)), ...this.#parentsColumns(parent)]
        : []
    })
  }

  #attachedLater(table: Table): readonly string[] {
    return table.indexes.flatMap((i) =>
      i.attachedTo === undefined || !isLate(this, i.attachedTo) ? [] : [indexKey(i.attachedTo)],
    )
  }

  /** A sequence whose owner is made in the same run gets it afterwards: the column's default may need the sequence. */
  #unowned(sequence: Sequence): Sequence {
    if (sequence.ownedBy === undefined) return sequence
    const { ownedBy, ...free } = sequence
    const owner = columnKey(ownedBy.table, ownedBy.column)
    this.steps.push({
      op: { kind: 'alterSequence', sequence, before: free },
      rank: rank.describe,
      needs: [`sequence:${refText(sequence)}`, owner],
    })
    return free
  }

  #addColumn(table: Table, column: Column): void {
    if (inherits(this.to, table, column.name) && column.inherited === true && !this.#newlyInherits(table)) return
    const key = columnKey(table, column.name)
    const given = this.options.knowledge.backfill.get(key)
    const bare =
      !column.nullable &&
      column.default === undefined &&
      column.identity === undefined &&
      column.generated === undefined
    const placeholder =
      given === undefined && bare && this.options.back ? placeholderOf(column.type, this.to) : undefined
    const backfill = given ?? placeholder
    if (column.identity !== undefined && this.#hasHeirs(table)) {
      // PostgreSQL adds no identity where heirs would have to get the column without it.
      const { identity, ...plain } = column
      const add: Step = {
        op: {
          kind: 'addColumn',
          table: refOfTable(table),
          column: plain,
          ...(backfill === undefined ? {} : { backfill }),
        },
        rank: rank.addColumn,
        needs: [tableKey(table)],
      }
      this.steps.push(add, {
        op: {
          kind: 'alterColumn',
          table: refOfTable(table),
          column: column.name,
          changes: { identity },
          before: { identity: null },
        },
        rank: rank.addColumn,
        makes: [key],
        after: [add],
        relations: impliedRelation(table, column),
      })
      return
    }
    this.steps.push({
      op: { kind: 'addColumn', table: refOfTable(table), column, ...(backfill === undefined ? {} : { backfill }) },
      rank: rank.addColumn,
      makes: [key],
      needs: [tableKey(table)],
      relations: impliedRelation(table, column),
    })
    this.#grantsOfImplied(table, column)
  }

  #grantsOfImplied(table: Table, column: Column): void {
    for (const op of this.options.grants ? afterCounting(table, column, this.#defaults()) : [])
      this.steps.push({ op, rank: rank.describe, needs: [columnKey(table, column.name)] })
  }

  #hasHeirs(table: Table): boolean {
    for (const object of this.to.objects.values())
      if (isTable(object) && object.inherits?.some((p) => refText(p) === refText(table)) === true) return true
    return false
  }

  /** A table of both sides that comes under a parent must have what it is to inherit. */
  #newlyInherits(table: Table): boolean {
    const key = tableKey(table)
    const had = this.from.objects.get(key)
    return (
      isTable(had) && !this.isDropped(key) && parentsOf(table).some((p) => !parentsOf(had).some((q) => equal(p, q)))
    )
  }

  #addConstraint(table: Table, constraint: Constraint): void {
    if (constraint.inherited === true && !(constraint.kind === 'check' && this.#newlyInherits(table))) {
      this.#validated(table, constraint)
      return
    }
    const { op, rank: at } = createConstraintOp(table, constraint)
    this.steps.push({
      op,
      rank: at,
      makes: [constraintKey(table, constraint.name)],
      // Not beside the one that goes, and not on partitions that go.
      waits: [
        ...(constraint.kind === 'primaryKey' ? [`primary key of ${refText(table)}`] : []),
        ...(constraint.kind === 'foreignKey' ? [`partitions of ${refText(constraint.references)}`] : []),
      ],
      needs: [tableKey(table)],
      relations: [`${table.schema ?? ''}.${constraint.name}`],
    })
  }

  /** An heir may have as valid what its parent has not looked at. */
  #validated(table: Table, constraint: Constraint): void {
    if (constraint.kind !== 'check' || constraint.notValid === true) return
    const above = parentsOf(table).flatMap((ref) => {
      const parent = this.to.objects.get(tableKey(ref))
      const found = isTable(parent) ? parent.constraints.find((c) => c.name === constraint.name) : undefined
      return found?.kind === 'check' && found.notValid === true ? [constraintKey(ref, found.name)] : []
    })
    if (above.length === 0) return
    this.steps.push({
      op: { kind: 'validateConstraint', table: refOfTable(table), name: constraint.name },
      rank: rank.addConstraint,
      needs: above,
    })
  }

  /** A unique index becomes the constraint as it is, under the constraint's name. */
  #adopt(d: TableDifference, constraint: Constraint, index: Index): void {
    const { op, rank: at } = createConstraintOp(d.to, constraint)
    if (op.kind !== 'createPrimaryKey' && op.kind !== 'createUniqueConstraint') return
    this.steps.push({
      op: { ...op, usingIndex: index.name },
      rank: at,
      makes: [constraintKey(d.to, constraint.name)],
      needs: [tableKey(d.to)],
      takes: [indexKey(sameSchema(d.from, index.name))],
      ...(index.name === constraint.name ? {} : renaming(d.from, index.name, constraint.name)),
    })
  }

  #addIndex(table: Table, key: string): void {
    const whole = this.sides.toParts.indexes.get(key)!.part
    const { attachedTo, ...part } = whole
    if (attachedTo !== undefined && !isLate(this, attachedTo)) return
    const own = namedApart(this, table, whole)
      ? children(this, table, whole).map((c) => indexKey(sameSchema(c.table, c.index.name)))
      : []
    // A partition that is made later would get the index after all.
    const partitions =
      part.only !== true
        ? []
        : [...this.to.objects.values()].filter((o) => isTable(o) && equal(o.partitionOf?.parent, refOfTable(table)))
    this.steps.push({
      op: { kind: 'createIndex', table: refOfTable(table), index: part },
      rank: rank.createIndex,
      makes: [key],
      needs: [tableKey(table), ...partitions.map(keyOf), ...own],
      ...(attachedTo === undefined ? {} : { ignores: [indexKey(attachedTo)] }),
      relations: [`${table.schema ?? ''}.${part.name}`],
    })
  }

  // --- altering in place --------------------------------------------------------------------------------------

  #alter(key: string): void {
    const [from, to] = [this.from.objects.get(key)!, this.to.objects.get(key)!]
    if (from.kind === 'enum' && to.kind === 'enum') this.#labels(key, from, to)
    else if (from.kind === 'table' && to.kind === 'table') this.#table(this.tables.get(key)!)
    else {
      const frees = [...this.needs.of(key)].filter((need) => !this.later.of(key).has(need))
      if (from.kind === 'sequence' && to.kind === 'sequence' && !equal(from.ownedBy, to.ownedBy)) {
        this.#sequence(key, from, to)
        return
      }
      for (const made of alterObject(from, to, this.sides, key, this.options.back).steps) {
        this.steps.push({ alters: [key], frees, needs: [...this.later.of(key)], ...made })
      }
    }
    this.steps.push(...describeSteps(from, to, key, this.options))
  }

  /** Who owns a sequence is said apart: the owner's default may need the sequence. */
  #sequence(key: string, from: Sequence, to: Sequence): void {
    const { ownedBy: _, ...rest } = to
    const changed: Sequence = from.ownedBy === undefined ? rest : { ...rest, ownedBy: from.ownedBy }
    if (!equalBut(from, to, 'ownedBy', 'comment', 'owner', 'grants')) {
      this.steps.push({
        op: { kind: 'alterSequence', sequence: changed, before: from },
        rank: rank.alterTable,
        alters: [key],
      })
    }
    const owner = (s: Sequence): readonly string[] =>
      s.ownedBy === undefined ? [] : [columnKey(s.ownedBy.table, s.ownedBy.column), tableKey(s.ownedBy.table)]
    this.steps.push(
      {
        op: { kind: 'alterSequence', sequence: to, before: changed },
        rank: rank.addForeignKey,
        frees: owner(from),
        needs: [key, ...owner(to)],
      },
      ...describeSteps(from, to, key, this.options),
    )
  }

  #labels(key: string, from: EnumType, to: EnumType): void {
    if (this.#swapped.has(key)) return
    const down = this.options.knowledge.remapDown.get(key) ?? {}
    let previous: Step | undefined
    for (const addition of additions(from.values, to.values)) {
      const remapDown = Object.hasOwn(down, addition.value) ? { remapDown: down[addition.value]! } : {}
      previous = {
        op: { kind: 'addEnumValue', enum: sameSchema(from, from.name), ...addition, ...remapDown },
        rank: rank.addLabels,
        alters: [key],
        ...(previous === undefined ? {} : { after: [previous] }),
      }
      this.steps.push(previous)
    }
  }

  #swap(key: string, from: EnumType, to: EnumType): void {
    const uses = (this.#online.get(key) ?? this.usesOf(key)).filter(
      (use) => !this.isDropped(tableKey(use.table!)) && !this.isDropped(columnKey(use.table!, use.column!)),
    )
    const heirs = heirsOf(this, key, uses)
    const remap = only(this.options.knowledge.remap.get(key), (label) => from.values.includes(label))
    const remapDown = only(this.options.knowledge.remapDown.get(key), (label) => to.values.includes(label))
    const keep = { comment: from.comment, owner: from.owner, grants: from.grants }
    this.steps.push({
      op: {
        kind: 'alterEnum',
        enum: sameSchema(from, from.name),
        values: to.values,
        from: from.values,
        ...(remap === undefined ? {} : { remap }),
        ...(remapDown === undefined ? {} : { remapDown }),
        uses: [...uses, ...heirs].map((use) => this.#defaultDuringSwap(use, { from, to })),
        ...(equal(keep, {}) ? {} : { keep: defined(keep) }),
      },
      rank: rank.alterType,
      alters: [key, ...[...uses, ...heirs].map((use) => columnKey(use.table!, use.column!))],
      disturbs: true,
    })
  }

  /** The default as it stands when the swap comes: one that is no label afterwards is off by then. */
  #defaultDuringSwap(use: EnumUse, swap: { readonly from: EnumType; readonly to: EnumType }): EnumUse {
    const { default: value, ...rest } = use
    const key = columnKey(use.table!, use.column!)
    if (value === undefined || this.closure.aside.defaults.has(key)) return rest
    const later = this.sides.toParts.columns.get(key)?.part.default
    if (equal(value, later)) return use
    return labelsStay(value, swap) ? use : rest
  }

  #table(d: TableDifference): void {
    const key = tableKey(d.from)
    this.steps.push(...aroundKeys(alterTableSteps(this, d), keysAside(this.from, d.from, d.to)))
    for (const column of d.added) this.#addColumn(d.to, column)
    for (const change of d.columns) {
      if (this.isDropped(columnKey(d.from, change.from.name))) continue
      this.#column(d, change.from, change.to, change.difference?.changes, change.difference?.before)
    }
    const adopted = adoptions(d)
    for (const c of d.constraints.added) {
      const index = adopted.get(c)
      if (index === undefined || this.isDropped(indexKey(sameSchema(d.from, index.name)))) this.#addConstraint(d.to, c)
      else this.#adopt(d, c, index)
    }
    for (const { from, to } of d.constraints.changed) {
      if (this.isDropped(constraintKey(d.from, from.name)) || this.#merged(d.from, from, to)) continue
      // One that went with the parent's, while the partition stays, is made anew as the partition's own.
      if (from.inherited === true && to.inherited !== true && !this.#detached(d.from, d.to))
        this.#addConstraint(d.to, to)
      else {
        this.#constraint(d, from, to)
        if (from.inherited === true && to.inherited === true) this.#validated(d.to, to)
      }
    }
    for (const { from, to } of d.constraints.renamed) {
      // The key of a partition bears a name of its own; checks and foreign keys are renamed with the parent's.
      if (from.inherited === true && !this.#ownsName(d.from, from)) continue
      // A name that is taken away goes with the part: the renamed one must not be dropped as well.
      this.steps.push({
        op: { kind: 'renameConstraint', table: refOfTable(d.from), name: from.name, to: to.name },
        rank: rank.alterTable,
        alters: [constraintKey(d.from, from.name)],
        ...(from.kind === 'check' || from.kind === 'foreignKey' ? {} : renaming(d.from, from.name, to.name)),
      })
      this.#constraint(d, { ...from, name: to.name }, to)
    }
    for (const index of d.indexes.added) this.#addIndex(d.to, indexKey(sameSchema(d.to, index.name)))
    for (const { from, to } of d.indexes.renamed) {
      if (from.attachedTo !== undefined && this.isDropped(indexKey(from.attachedTo))) {
        this.#addIndex(d.to, indexKey(sameSchema(d.to, to.name)))
        continue
      }
      this.steps.push({
        op: { kind: 'renameIndex', index: sameSchema(d.from, from.name), to: to.name },
        rank: rank.alterTable,
        needs: [key],
        ...renaming(d.from, from.name, to.name),
      })
      this.#indexExtras(d, { ...from, name: to.name }, to)
    }
    for (const { from, to } of d.indexes.changed)
      if (!this.isDropped(indexKey(sameSchema(d.from, from.name)))) this.#indexExtras(d, from, to)
  }

  /** An inherited key that stays, since its parent's does. */
  #ownsName(table: Table, constraint: Constraint): boolean {
    if (constraint.kind !== 'primaryKey' && constraint.kind !== 'unique') return false
    return parentsOf(table).some((ref) => {
      const parent = this.from.objects.get(tableKey(ref))
      if (!isTable(parent) || this.isDropped(tableKey(ref))) return false
      return parent.constraints.some(
        (c) =>
          c.kind === constraint.kind &&
          equal(c.columns, constraint.columns) &&
          !this.isDropped(constraintKey(parent, c.name)),
      )
    })
  }

  #indexExtras(d: TableDifference, from: Table['indexes'][number], to: Table['indexes'][number]): void {
    if ((from.comment ?? null) !== (to.comment ?? null)) {
      const on = { kind: 'index', ...sameSchema(d.to, to.name) }
      this.steps.push({
        op: { kind: 'comment', on, comment: to.comment ?? null, before: from.comment ?? null },
        rank: rank.describe,
      })
    }
    if (from.clustered !== to.clustered) {
      const others = d.to.indexes.some((i) => i.clustered === true)
      if (to.clustered !== true && others) return
      const clusterOn = to.clustered === true ? to.name : null
      const before = d.from.indexes.find((i) => i.clustered === true)?.name ?? null
      this.steps.push({
        op: { kind: 'alterTable', table: refOfTable(d.to), changes: { clusterOn }, before: { clusterOn: before } },
        rank: rank.describe,
        needs: [indexKey(sameSchema(d.to, to.name))],
      })
    }
  }

  #constraint(d: TableDifference, from: Constraint, to: Constraint): void {
    const table = refOfTable(d.from)
    const key = constraintKey(d.from, to.name)
    if (from.inherited !== true) {
      if ('notValid' in from && from.notValid === true && !('notValid' in to && to.notValid === true)) {
        this.steps.push({
          op: { kind: 'validateConstraint', table, name: to.name },
          rank: rank.addConstraint,
          needs: [key],
        })
      }
      const [had, has] = [timing(from), timing(to)]
      if (to.kind === 'foreignKey' && !equal(had, has)) {
        this.steps.push({
          op: { kind: 'alterConstraint', table, name: to.name, ...has, before: had },
          rank: rank.addConstraint,
          needs: [key],
        })
      }
    }
    if ((from.comment ?? null) !== (to.comment ?? null)) {
      const on = { kind: 'constraint', ...table, part: to.name }
      this.steps.push({
        op: { kind: 'comment', on, comment: to.comment ?? null, before: from.comment ?? null },
        rank: rank.describe,
      })
    }
  }

  #column(
    d: TableDifference,
    from: Column,
    to: Column,
    given: ColumnChanges | undefined,
    before: ColumnChanges | undefined,
  ): void {
    const key = columnKey(d.from, from.name)
    const on = { kind: 'column', ...refOfTable(d.to), part: to.name }
    for (const op of this.options.grants ? grantOps(on, from, to) : [])
      this.steps.push({ op, rank: rank.describePart, needs: [key] })
    const own = this.#ownChanges(d, from, to, given, before)
    if (own === undefined) return
    if (own.changes.nullable === true) this.#heirsNotNull(d.to, from.name, key)
    this.#heirsStorage(d.to, from.name, own.changes)
    const { changes, before: was } = this.closure.aside.detours.has(key) ? withoutType(own) : own
    if (Object.keys(changes).length === 0) return
    const frees = [...this.needs.of(key)].filter((need) => !this.later.of(key).has(need))
    // A primary key goes before its columns may be null.
    const retyped = changes.type !== undefined || changes.collation !== undefined || changes.nullable === true
    const step = (changesNow: ColumnChanges, beforeNow: ColumnChanges, extra: Partial<Step> = {}): Step => ({
      op: {
        kind: 'alterColumn',
        table: refOfTable(d.from),
        column: from.name,
        changes: changesNow,
        before: beforeNow,
        ...this.#conversion(key, changesNow),
      },
      rank: rank.alterColumn,
      frees,
      needs: [...this.later.of(key)],
      ...extra,
    })
    // A default that the swap of its enum would break changes in two steps, or before, as the labels allow.
    const type = typeKey(to.type)
    const swap = type === undefined || changes.type !== undefined ? undefined : this.#swapped.get(type)
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
        this.steps.push(off)
        if (Object.keys(changes).length > 1 || changes.default !== null)
          this.steps.push(step(changes, { ...was, default: null }, { after: [off] }))
        return
      }
    }
    if (this.closure.aside.defaults.has(key) && changes.type === undefined) {
      // The default is taken off and put on apart; see #columnsAside.
      const { default: _, ...rest } = changes
      const { default: __, ...restBefore } = was
      if (Object.keys(rest).length > 0) this.steps.push(step(rest, restBefore))
      return
    }
    const aside = changes.type !== undefined && from.default !== undefined && this.closure.aside.defaults.has(key)
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
        frees: [...this.needs.of(key)],
      }
      this.steps.push(off)
      this.steps.push(
        step(
          changes,
          { ...was, ...(was.default === undefined ? {} : { default: null }) },
          {
            alters: [key],
            disturbs: true,
            after: [off],
            ...sequenceNames(d, from, to),
          },
        ),
      )
      return
    }
    this.steps.push(
      step(changes, was, { ...(retyped ? { alters: [key], disturbs: true } : {}), ...sequenceNames(d, from, to) }),
    )
    if (impliedSequence(d.from, from) === undefined) this.#grantsOfImplied(d.to, to)
  }

  /** What is said of a column's statistics and storage is said of the heirs' too; those that differ say theirs after it. */
  #heirsStorage(parent: Table, column: string, changes: ColumnChanges): void {
    if (changes.statistics === undefined && changes.storage === undefined) return
    for (const heir of this.to.objects.values()) {
      if (!isTable(heir) || !parentsOf(heir).some((p) => refText(p) === refText(parent))) continue
      const now = heir.columns.find((c) => c.name === column)
      if (now === undefined || !this.sides.fromParts.columns.has(columnKey(heir, column))) continue
      const own = {
        ...(changes.statistics === undefined || changes.statistics === (now.statistics ?? null)
          ? {}
          : { statistics: now.statistics ?? null }),
        ...(changes.storage === undefined || changes.storage === (now.storage ?? null)
          ? {}
          : { storage: now.storage ?? null, type: now.type }),
      }
      if (Object.keys(own).length > 0) this.#sayStorage(heir, column, own)
      this.#heirsStorage(heir, column, changes)
    }
  }

  #sayStorage(table: Table, column: string, own: ColumnChanges): void {
    const { type, ...changes } = own
    const before: ColumnChanges = type === undefined ? {} : { type }
    this.steps.push({
      op: { kind: 'alterColumn', table: refOfTable(table), column, changes, before },
      rank: rank.describe,
      needs: [columnKey(table, column), tableKey(table)],
    })
  }

  /** A new heir gets the storage and compression of its parents' columns, which may not be its own. */
  #ownStorage(table: Table): void {
    for (const column of table.columns) {
      const parent = parentColumn(this.to, table, column.name)
      if (parent === undefined) continue
      const own = {
        ...(parent.compression === undefined || column.compression !== undefined ? {} : { compression: null }),
        ...(parent.storage === undefined || column.storage !== undefined ? {} : { storage: null, type: column.type }),
      }
      if (Object.keys(own).length > 0) this.#sayStorage(table, column.name, own)
    }
  }

  /** PostgreSQL takes NOT NULL from the heirs too (18); those that keep it say so again. */
  #heirsNotNull(parent: Table, column: string, key: string): void {
    for (const heir of this.to.objects.values()) {
      if (!isTable(heir) || !parentsOf(heir).some((p) => refText(p) === refText(parent))) continue
      const now = heir.columns.find((c) => c.name === column)
      const had = this.sides.fromParts.columns.get(columnKey(heir, column))?.part
      if (now === undefined || had === undefined || this.isDropped(tableKey(heir))) continue
      if (now.nullable) this.#heirsNotNull(heir, column, key)
      else if (!had.nullable)
        this.steps.push({
          op: {
            kind: 'alterColumn',
            table: refOfTable(heir),
            column,
            changes: { nullable: false },
            before: { nullable: true },
          },
          rank: rank.addConstraint,
          needs: [key],
        })
    }
  }

  /** What a column must be told itself: the type, and what its parent passes on, come from the parent. */
  #ownChanges(
    d: TableDifference,
    from: Column,
    to: Column,
    changes: ColumnChanges | undefined,
    before: ColumnChanges | undefined,
  ): { readonly changes: ColumnChanges; readonly before: ColumnChanges } | undefined {
    if (changes === undefined || before === undefined) return undefined
    if (!inherits(this.to, d.to, to.name) || !inherits(this.from, d.from, from.name)) return { changes, before }
    const own: ColumnChanges = { ...changes }
    const was: ColumnChanges = { ...before }
    const drop = (name: keyof ColumnChanges): void => {
      delete (own as { [K in keyof ColumnChanges]?: unknown })[name]
      delete (was as { [K in keyof ColumnChanges]?: unknown })[name]
    }
    if (own.type !== undefined) {
      this.steps.push(...heirDefaultSteps(this, d.from, from, to))
      drop('default')
    }
    drop('type')
    drop('collation')
    drop('generated')
    const parent = parentColumn(this.to, d.to, to.name)
    const parentBefore = parentColumn(this.from, d.from, from.name)
    if (parent !== undefined && parentBefore !== undefined) {
      if (parent.nullable === to.nullable && parentBefore.nullable !== parent.nullable) drop('nullable')
      if (equal(parent.default, to.default) && !equal(parentBefore.default, parent.default)) drop('default')
      // Partitions share the parent's identity (PostgreSQL 17+).
      if (d.to.partitionOf !== undefined && (parent.identity ?? parentBefore.identity) !== undefined) drop('identity')
    }
    return Object.keys(own).length === 0 ? undefined : { changes: own, before: was }
  }

  #conversion(
    key: string,
    changes: ColumnChanges,
  ): { using?: string; usingDown?: string; map?: ValueMap; mapDown?: ValueMap; backfill?: Backfill } {
    const { knowledge } = this.options
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

  /** Columns that wait as text while their type is made anew, and defaults that step aside. */
  #columnsAside(): void {
    const { detours, defaults } = this.closure.aside
    for (const key of detours) {
      const found = this.sides.fromParts.columns.get(key)!
      const later = this.sides.toParts.columns.get(key)!.part
      const type = typeKey(found.part.type)
      const table = refOfTable(found.table)
      const text: ColumnType =
        found.part.type.kind === 'array' ? { kind: 'array', element: { kind: 'text' } } : { kind: 'text' }
      const value = found.part.default === undefined ? {} : { default: null }
      const was = found.part.default === undefined ? {} : { default: found.part.default }
      const away: Step = {
        op: {
          kind: 'alterColumn',
          table,
          column: found.part.name,
          changes: { type: text, ...value },
          before: { type: found.part.type, ...was },
        },
        rank: rank.alterColumn,
        alters: [key],
        frees: [...(type === undefined ? [] : [type]), ...this.needs.of(key)],
        disturbs: true,
      }
      const map = this.#detourMap(found.part.type)
      const back: Step = {
        op: {
          kind: 'alterColumn',
          table,
          column: found.part.name,
          changes: { type: later.type, ...(later.default === undefined ? {} : { default: later.default }) },
          before: { type: text, ...(later.default === undefined ? {} : { default: null }) },
          ...(map === undefined ? {} : { map }),
        },
        rank: rank.alterColumn,
        alters: [key],
        needs: [...this.later.of(key)],
        after: [away],
      }
      this.steps.push(away, back)
    }
    for (const key of defaults) {
      if (detours.has(key) || this.isDropped(key)) continue
      const { table, part } = this.sides.fromParts.columns.get(key)!
      const later = this.sides.toParts.columns.get(key)!.part
      if (this.isDropped(tableKey(table)) || part.default === undefined || !equal(part.type, later.type)) continue
      const on = { kind: 'alterColumn', table: refOfTable(table), column: part.name } as const
      const off: Step = {
        op: { ...on, changes: { default: null }, before: { default: part.default } },
        rank: rank.dropDependant,
        frees: [...this.needs.of(key)],
      }
      this.steps.push(off)
      if (later.default === undefined) continue
      this.steps.push({
        op: { ...on, changes: { default: later.default }, before: { default: null } },
        rank: rank.alterColumn,
        needs: [...this.later.of(key)],
        after: [off],
      })
    }
  }

  /** What a swap's remap means for a column that waits as text (a domain over the enum). */
  #detourMap(type: ColumnType): ValueMap | undefined {
    let key = typeKey(type)
    for (let depth = 0; depth < 8 && key !== undefined; depth++) {
      const object: SchemaObject | undefined = this.from.objects.get(key)
      if (object?.kind === 'enum') {
        const remap = this.#swapped.has(key) ? this.options.knowledge.remap.get(key) : undefined
        const fitting = only(remap, (label) => object.values.includes(label))
        return fitting
      }
      key = object?.kind === 'domain' ? typeKey(object.type) : undefined
    }
    return undefined
  }
}

/** What is left to say of a column that waits as text: its type and default are said then. */
function withoutType(own: { readonly changes: ColumnChanges; readonly before: ColumnChanges }): {
  readonly changes: ColumnChanges
  readonly before: ColumnChanges
} {
  const { type: _, default: __, ...changes } = own.changes
  const { type: ___, default: ____, ...before } = own.before
  return { changes, before }
}

/** The names of relations that a rename leaves and takes. */
function renaming(table: Ref, from: string, to: string): Pick<Step, 'claims' | 'yields'> {
  return { yields: [`${table.schema ?? ''}.${from}`], claims: [`${table.schema ?? ''}.${to}`] }
}

function impliedRelation(table: Ref, column: Column): readonly string[] {
  const sequence = impliedSequence(table, column)
  return sequence === undefined ? [] : [`${table.schema ?? ''}.${sequence}`]
}

/** The sequence behind a column, which comes or goes with a change of it. */
function sequenceNames(d: TableDifference, from: Column, to: Column): Pick<Step, 'claims' | 'yields'> {
  const [had, has] = [impliedRelation(d.from, from), impliedRelation(d.to, to)]
  return equal(had, has) ? {} : { yields: had, claims: has }
}

/** The first parent's column of that name. */
function parentColumn(schema: Schema, table: Table, column: string): Column | undefined {
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

function timing(c: Constraint): { readonly deferrable: boolean; readonly initiallyDeferred: boolean } {
  return { deferrable: c.deferrable === true, initiallyDeferred: c.initiallyDeferred === true }
}

/** Validation, comments, and a foreign key's deferrability change in place. */
function constraintAlterable(from: Constraint, to: Constraint): boolean {
  if (from.inherited === true && to.inherited === true) return true
  if (from.kind === 'foreignKey' && to.kind === 'foreignKey') {
    return (
      equalBut(from, to, 'comment', 'notValid', 'deferrable', 'initiallyDeferred') &&
      !(to.notValid === true && from.notValid !== true)
    )
  }
  if (from.kind === 'check' && to.kind === 'check')
    return equalBut(from, to, 'comment', 'notValid') && !(to.notValid === true && from.notValid !== true)
  return equalBut(from, to, 'comment')
}

function only<V>(
  map: Readonly<Record<string, V>> | undefined,
  fits: (label: string) => boolean,
): Readonly<Record<string, V>> | undefined {
  const entries = Object.entries(map ?? {}).filter(([label]) => fits(label))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function defined<T extends object>(object: T): T {
  // Only undefined properties are left out.
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}
