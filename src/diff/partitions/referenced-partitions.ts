/** Partitions that change their bounds while foreign keys point at their table: rows would be missed between detaching and attaching. */
import { constraintKey, refText, tableKey } from '../../schema/keys.ts'
import type { Ref, Schema, Table } from '../../schema/model.ts'
import { isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { parentsOf } from '../../schema/inherited.ts'
import type { Step } from '../graph/order.ts'

/** Foreign keys that must step aside while the partition is detached. */
export function keysAside(schema: Schema, from: Table, to: Table): readonly string[] {
  if (from.partitionOf === undefined || equal(from.partitionOf, to.partitionOf)) return []
  const above = new Set(ancestors(schema, from.partitionOf.parent))
  return [...schema.objects.values()]
    .filter(isTable)
    .flatMap((table) =>
      table.constraints.flatMap((c) =>
        c.kind === 'foreignKey' && c.inherited !== true && above.has(refText(c.references))
          ? [constraintKey(table, c.name)]
          : [],
      ),
    )
}

function ancestors(schema: Schema, ref: Ref): readonly string[] {
  const table = schema.objects.get(tableKey(ref))
  return [refText(ref), ...(isTable(table) ? parentsOf(table).flatMap((p) => ancestors(schema, p)) : [])]
}

/** Partitions of a table, direct or not, that leave it: those that take their place wait. */
export const leaving = (parent: Ref): string => `partitions of ${refText(parent)}`

/** That tables come to be partitions of a table and of those above it: keys that point there wait. */
export function coming(schema: Schema, parent: Ref): readonly string[] {
  return ancestors(schema, parent).map((above) => `coming to ${above}`)
}

/** The steps of a table, in which it is detached after those keys are dropped. */
export function aroundKeys(steps: readonly Step[], keys: readonly string[]): readonly Step[] {
  if (keys.length === 0) return steps
  const changed = new Map<Step, Step>()
  return steps.map((step) => {
    if (step.op.kind === 'detachPartition') {
      const detach = { ...step, waits: [...(step.waits ?? []), ...keys] }
      changed.set(step, detach)
      return detach
    }
    if (step.op.kind !== 'attachPartition') return step
    return { ...step, after: (step.after ?? []).map((s) => changed.get(s) ?? s) }
  })
}
