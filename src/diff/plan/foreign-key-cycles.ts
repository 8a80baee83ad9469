/** How foreign keys in a cycle, or to partitions that are created later, are separated from their tables. */
import { constraintKey, tableKey } from '../../schema/keys.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { Constraint, Identity, Table } from '../../schema/model.ts'
import { dropConstraintOp } from '../steps/object-operations.ts'
import { rank, type Step } from '../graph/order.ts'

/** Foreign keys between tables that are created (or dropped) together are separate operations where they form a cycle. */
export function cutCycles(steps: Step[], addConstraint: (table: Table, constraint: Constraint) => void): void {
  const made = new Map<string, number>()
  const taken = new Map<string, number>()
  for (const [i, step] of steps.entries()) {
    if (step.op.kind === 'createTable') made.set(tableKey(step.op.table), i)
    if (step.op.kind === 'dropTable') taken.set(tableKey(step.op.table), i)
  }
  cut(steps, made, (i, keys) => {
    const step = steps[i]!
    if (step.op.kind !== 'createTable') return
    const { table } = step.op
    const names = new Set(keys.map((c) => constraintKey(table, c.name)))
    steps[i] = {
      ...step,
      op: { ...step.op, table: { ...table, constraints: table.constraints.filter((c) => !keys.includes(c)) } },
      makes: step.makes!.filter((key) => !names.has(key)),
    }
    for (const c of keys) addConstraint(table, c)
  })
  cut(steps, taken, (i, keys) => {
    const step = steps[i]!
    if (step.op.kind !== 'dropTable') return
    const definition = step.op.definition!
    const names = new Set(keys.map((c) => constraintKey(definition, c.name)))
    const constraints = definition.constraints.filter((c) => !keys.includes(c))
    steps[i] = {
      ...step,
      op: { ...step.op, definition: { ...definition, constraints } },
      takes: step.takes!.filter((key) => !names.has(key)),
    }
    for (const c of keys) {
      steps.push({
        op: dropConstraintOp(definition, c),
        rank: rank.dropConstraint,
        takes: [constraintKey(definition, c.name)],
      })
    }
  })
}

function cut(
  steps: readonly Step[],
  tables: ReadonlyMap<string, number>,
  cutOff: (i: number, keys: readonly Constraint[]) => void,
): void {
  const done = new Set<string>()
  const open = new Set<string>()
  const tableOf = (i: number): Table | undefined => {
    const { op } = steps[i]!
    return op.kind === 'createTable' ? op.table : op.kind === 'dropTable' ? op.definition : undefined
  }
  const visit = (key: string, i: number): void => {
    if (done.has(key) || open.has(key)) return
    open.add(key)
    const table = tableOf(i)
    const keys: Constraint[] = []
    for (const c of table?.constraints ?? []) {
      if (c.kind !== 'foreignKey' || c.inherited === true) continue
      const other = tableKey(c.references)
      const at = tables.get(other)
      if (at === undefined || other === key) continue
      // A key to a partitioned table also applies to its partitions, and so comes after all of them.
      if (open.has(other) || tableOf(at)?.partitionBy !== undefined || table?.partitionOf !== undefined) keys.push(c)
      else visit(other, at)
    }
    for (const parent of table === undefined
      ? []
      : [...(table.inherits ?? []), ...(table.partitionOf === undefined ? [] : [table.partitionOf.parent])]) {
      const at = tables.get(tableKey(parent))
      if (at !== undefined) visit(tableKey(parent), at)
    }
    open.delete(key)
    done.add(key)
    if (keys.length > 0) cutOff(i, keys)
  }
  for (const [key, i] of tables) visit(key, i)
}

/** Parts that take each other's names: one of each cycle has a temporary name. */
export function cutRenames(steps: Step[]): void {
  const byClaim = new Map<string, number>()
  for (const [i, step] of steps.entries()) if (isRename(step)) byClaim.set(step.claims![0]!, i)
  const done = new Set<number>()
  for (const first of byClaim.values()) {
    const seen = new Set<number>()
    // An object that takes the name which this one frees comes after it; a cycle ends where it began.
    for (
      let i: number | undefined = first;
      i !== undefined && !done.has(i) && !seen.has(i);
      i = byClaim.get(steps[i]!.yields![0]!)
    ) {
      seen.add(i)
      if (byClaim.get(steps[i]!.yields![0]!) === first) {
        detour(steps, first)
        for (const member of seen) done.add(member)
        break
      }
    }
  }
}

const isRename = (step: Step): boolean =>
  (step.op.kind === 'renameIndex' || step.op.kind === 'renameConstraint' || renamedSequence(step.op) !== undefined) &&
  step.claims?.length === 1 &&
  step.yields?.length === 1

/** The identity of a column whose sequence has another name from there on. */
function renamedSequence(op: Operation): { readonly from: Identity; readonly to: Identity } | undefined {
  if (op.kind !== 'alterColumn') return undefined
  const [from, to] = [op.before?.identity, op.changes.identity]
  return from === undefined || from === null || to === undefined || to === null ? undefined : { from, to }
}

function detour(steps: Step[], i: number): void {
  const step = steps[i]!
  const { op } = step
  const { claims, yields, ...rest } = step
  if (op.kind === 'renameIndex') {
    const aside = `ambix_${op.to}`.slice(0, 63)
    const away: Step = { ...rest, op: { ...op, to: aside }, yields: yields! }
    steps[i] = away
    steps.push({ ...rest, op: { ...op, index: { ...op.index, name: aside } }, claims: claims!, after: [away] })
  } else if (op.kind === 'renameConstraint') {
    const aside = `ambix_${op.to}`.slice(0, 63)
    const away: Step = { ...rest, op: { ...op, to: aside }, yields: yields! }
    steps[i] = away
    steps.push({ ...rest, op: { ...op, name: aside }, claims: claims!, after: [away] })
  } else if (op.kind === 'alterColumn') {
    const identity = { ...renamedSequence(op)!.from, sequenceName: `ambix_${op.column}_seq`.slice(0, 63) }
    const { table, column } = op
    const before = { identity: renamedSequence(op)!.from }
    const away: Step = {
      ...rest,
      op: { kind: 'alterColumn', table, column, changes: { identity }, before },
      yields: yields!,
    }
    steps[i] = away
    steps.push({ ...rest, op: { ...op, before: { ...op.before, identity } }, claims: claims!, after: [away] })
  }
}
