/** From one schema to another, one way: what differs, what must step aside, which steps that takes, and their order. */
import { append } from '../../util/append.ts'
import type { EnumUse, Operation } from '../../operations/kinds.ts'
import { columnKey, constraintKey, indexKey, indexKeyOf, tableKey } from '../../schema/keys.ts'
import type { Check, Constraint, EnumType, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { addConstraint, checksAbove } from './add-parts.ts'
import { adoptions } from './index-to-constraint.ts'
import { addLabels, swapLabels, usesOf } from '../enums/alter-labels.ts'
import { changeSequence } from './alter-sequences.ts'
import { changeTable } from './alter-tables.ts'
import { labelRemapSteps } from '../enums/check-enums.ts'
import { columnsAside, goesByName, takesAName } from './columns-as-text.ts'
import { alterable } from '../compare/columns.ts'
import { tableDifference, type TableDifference } from '../compare/tables.ts'
import { copySteps } from './copy-table.ts'
import { counterSteps } from '../steps/counters.ts'
import { cutCycles, cutRenames } from './foreign-key-cycles.ts'
import type { defaultGrants } from '../steps/default-grants.ts'
import { childTables, Closure, inherits, partsOfSchema, type Sides } from '../graph/dependants.ts'
import { equal, equalBut } from '../compare/equal.ts'
import { labelDifference } from '../compare/labels.ts'
import { makeAll } from './create-objects.ts'
import { type Needs, needsOf } from '../graph/needs.ts'
import { alterObject, isTurnedBack } from './alter-objects.ts'
import { onlineUses } from '../enums/online-swap.ts'
import { order, type Step } from '../graph/order.ts'
import { isAdopted, isMerged, leavesParent, withKeptParents } from '../steps/common-steps.ts'
import type { KeptCounter, Planning, PlanOptions } from '../steps/context.ts'
import { madeAnew, parentsOfMovedParts, remade } from '../partitions/partition-indexes.ts'
import { keysAside } from '../partitions/referenced-partitions.ts'
import { takeAway } from './drop-objects.ts'
import { describeSteps } from '../steps/targets.ts'
import { untangle } from './untangle.ts'

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
  given: ReturnType<typeof defaultGrants> | undefined
  /** Whether there are tables OF a type: to ask for dependants takes the graph of everything. */
  readonly hasTypedTables: boolean
  readonly swapped = new Map<string, { readonly from: EnumType; readonly to: EnumType }>()
  readonly onlineUses = new Map<string, readonly EnumUse[]>()
  readonly counters = new Map<string, KeptCounter>()

  constructor(from: Schema, to: Schema, options: PlanOptions) {
    this.from = from
    this.to = to
    this.options = options
    this.needs = needsOf(from)
    this.later = needsOf(to)
    this.sides = { from, to, needs: this.needs, fromParts: partsOfSchema(from), toParts: partsOfSchema(to) }
    this.closure = new Closure(this.sides)
    this.hasTypedTables = [...from.objects.keys()].some((key) => key.startsWith(tableType))
  }

  run(changed: readonly string[], gone: readonly string[]): readonly Operation[] {
    for (const key of gone) this.closure.drop(key)
    for (const key of changed) if (this.from.objects.has(key)) this.#compare(key)
    for (const key of remade(this)) this.closure.drop(key)
    for (const key of changed) this.#unvalidatedBefore(key)
    const copied = copySteps(this)
    const made = changed.filter((key) => !this.from.objects.has(key))
    makeAll(this, made)
    for (const key of this.closure.aside.dropped) takeAway(this, key)
    makeAll(
      this,
      [...this.closure.aside.dropped].filter((key) => this.to.objects.has(key)),
    )
    for (const key of this.#altered) if (!this.closure.aside.dropped.has(key)) this.#alter(key)
    cutCycles(this.steps, (table, constraint) => addConstraint(this, table, constraint))
    for (const [key, pair] of this.swapped) swapLabels(this, key, pair.from, pair.to)
    columnsAside(this)
    append(this.steps, [...copied, ...labelRemapSteps(this), ...counterSteps(this)])
    cutRenames(this.steps)
    untangle(this)
    return order(this.steps, this.needs, this.later)
  }

  /** Drops the indexes that a change of the column's type would make otherwise; a new partition comes before the change. */
  #rebuilt(from: Table, column: string, to: Table, name: string): void {
    for (const index of [...madeAnew(this.from, from, column), ...madeAnew(this.to, to, name)])
      if (this.sides.fromParts.indexes.has(index)) this.closure.drop(this.#whole(index))
  }

  /** The index itself, or the one that it is a part of: no part of an index is dropped alone. */
  #whole(index: string): string {
    const above = this.sides.fromParts.indexes.get(index)?.part.attachedTo
    return above === undefined ? index : this.#whole(indexKey(above))
  }

  /** The same for a table and its partitions, whose columns take another type with it. */
  #rebuiltBelow(key: string, column: string): void {
    const [from, to] = [this.from.objects.get(key), this.to.objects.get(key)]
    if (from?.kind !== 'table') return
    if (to?.kind === 'table') this.#rebuilt(from, column, to, column)
    for (const partition of childTables(this.from, from)) this.#rebuiltBelow(tableKey(partition), column)
  }

  /** Notes what differs in an object of both sides, and takes it away where it cannot be altered. */
  #compare(key: string): void {
    const [from, to] = [this.from.objects.get(key)!, this.to.objects.get(key)!]
    for (const typed of typedBy(this, key)) this.closure.drop(typed)
    if (from.kind === 'table' && to.kind === 'table') {
      const difference = tableDifference(from, to, this.options.compareNames)
      if (difference === undefined) return
      if (!equal(from.partitionBy, to.partitionBy)) {
        this.options.note(
          `${key.replace(':', ' ')} is partitioned differently: it is recreated, and its rows are copied`,
        )
        this.closure.aside.partitioned.add(key)
        return
      }
      this.tables.set(key, difference)
      this.#compareParts(difference)
    } else if (from.kind === 'enum' && to.kind === 'enum') {
      const labels = labelDifference(from.values, to.values)
      if (labels.removed.length > 0 || labels.reordered) {
        this.swapped.set(key, { from, to })
        // Refused where anything would have to be dropped and recreated for it.
        if (this.options.online) this.onlineUses.set(key, onlineUses(this, key, from, usesOf(this, key)))
        else this.closure.disturb(key, 'swapped')
        for (const { table, column } of this.options.online ? [] : usesOf(this, key)) {
          this.closure.disturb(columnKey(table!, column!), 'swapped')
          this.#rebuiltBelow(tableKey(table!), column!)
        }
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
      // An inherited one is changed with the parent's.
      const key = columnKey(from, column.name)
      if (column.inherited === true && inherits(this.from, withKeptParents(from, to), column.name))
        this.closure.disturb(key, 'gone')
      else this.closure.drop(key)
    }
    for (const { from: old, to: now, difference } of d.columns) {
      const key = columnKey(from, old.name)
      if (!alterable(old, now)) {
        // Views and others may read the child's.
        if (inherits(this.from, from, old.name)) this.closure.disturb(key, 'gone')
        else this.closure.drop(key)
      } else if (difference?.changes.type !== undefined || difference?.changes.collation !== undefined) {
        const [had, has] = [old.type, now.type]
        const asked = this.options.knowledge.using.has(key)
        const waits = takesAName(this.sides, had, has) || (!asked && goesByName(this.sides, had, has))
        if (waits && !inherits(this.from, from, old.name)) this.closure.aside.detours.add(key)
        this.closure.disturb(key, 'retyped')
        this.#rebuilt(from, old.name, to, now.name)
      }
    }
    const constraint = (c: Constraint): void => {
      const own = c.kind === 'check' && checksAbove(this.from, withKeptParents(from, to), c.name).length === 0
      if (c.inherited !== true || leavesParent(from, to) || own) this.closure.drop(constraintKey(from, c.name))
    }
    for (const c of d.constraints.dropped) constraint(c)
    // A check that a child has validated becomes NOT VALID only where the parent's check is recreated.
    for (const { from: old, to: now } of d.constraints.changed)
      if (old.kind === 'check' && now.kind === 'check' && old.inherited === true && unvalidated(old, now))
        for (const { table, check } of checksAbove(this.from, from, old.name))
          if (check.inherited !== true) this.closure.drop(constraintKey(table, check.name))
    for (const { from: old, to: now } of d.constraints.changed)
      if (
        (!constraintAlterable(old, now) || this.#isOfAnother(d, old, now)) &&
        !isMerged(this, from, old, now) &&
        !isAdopted(old, now) &&
        !(leavesParent(from, to) && equalBut(old, now, 'inherited', 'comment'))
      )
        constraint(old)
    for (const key of keysAside(this.from, from, to)) this.closure.drop(key)
    for (const key of parentsOfMovedParts(this, d)) this.closure.drop(key)
    const adopted = new Set(adoptions(d, this.options).values())
    for (const i of d.indexes.dropped)
      if ((i.attachedTo === undefined || leavesParent(from, to)) && !adopted.has(i))
        this.closure.drop(indexKeyOf(from, i.name))
    for (const { from: old, to: now } of d.indexes.changed) {
      if (
        (old.attachedTo === undefined || leavesParent(from, to)) &&
        !equalBut(old, now, 'comment', 'clustered', 'attachedTo')
      )
        this.closure.drop(indexKeyOf(from, old.name))
    }
  }

  /** A check that comes with another parent, and says something else. */
  #isOfAnother({ from, to }: TableDifference, old: Constraint, now: Constraint): boolean {
    if (old.kind !== 'check' || now.kind !== 'check' || old.sql === now.sql) return false
    return now.inherited === true && checksAbove(this.from, withKeptParents(from, to), old.name).length === 0
  }

  /** A table that comes with a parent's check unvalidated must be there before the check. */
  #unvalidatedBefore(key: string): void {
    const made = this.to.objects.get(key)
    if (made?.kind !== 'table' || this.stays(key)) return
    for (const c of made.constraints) {
      if (c.kind !== 'check' || c.inherited !== true || c.notValid !== true) continue
      for (const { table, check } of checksAbove(this.to, made, c.name))
        if (check.inherited !== true) this.closure.drop(constraintKey(table, check.name))
    }
  }

  isDropped(key: string): boolean {
    return this.closure.aside.dropped.has(key)
  }

  stays(key: string): boolean {
    return this.from.objects.has(key) && !this.isDropped(key)
  }

  #alter(key: string): void {
    const [from, to] = [this.from.objects.get(key)!, this.to.objects.get(key)!]
    if (from.kind === 'enum' && to.kind === 'enum') addLabels(this, key, from, to)
    else if (from.kind === 'table' && to.kind === 'table') changeTable(this, this.tables.get(key)!)
    else {
      const frees = [...this.needs.of(key)].filter((need) => !this.later.of(key).has(need))
      if (from.kind === 'sequence' && to.kind === 'sequence' && !equal(from.ownedBy, to.ownedBy)) {
        changeSequence(this, key, from, to)
        return
      }
      for (const made of alterObject(from, to, this.sides, key, this.options.back).steps) {
        this.steps.push({ alters: [key], frees, needs: [...this.later.of(key)], ...made })
      }
    }
    append(this.steps, describeSteps(from, to, key, this.options))
  }
}

/** That tables are OF a type, where it changes or one of them does: PostgreSQL changes the columns of neither meanwhile. */
function typedBy(plan: Plan, key: string): readonly string[] {
  const [from, to] = [plan.from.objects.get(key)!, plan.to.objects.get(key)!]
  const columns = (o: SchemaObject): unknown =>
    o.kind === 'table'
      ? o.columns.map((c) => [c.name, c.type, c.collation])
      : o.kind === 'composite'
        ? o.attributes.map((a) => [a.name, a.type, a.collation])
        : undefined
  if (!plan.hasTypedTables || equal(columns(from), columns(to))) return []
  return [...plan.needs.by(key)].filter((dependant) => dependant.startsWith(tableType))
}

const tableType = 'definition:table type '

const unvalidated = (from: Check, to: Check): boolean => to.notValid === true && from.notValid !== true

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
