/** Partitions use columns of every key: they are removed before columns and keys of their table change, and added after. */
import type { Operation, OperationOf } from '../../../operations/kinds.ts'
import { refText, tableKey } from '../../../schema/keys.ts'
import type { Schema } from '../../../schema/model.ts'

/** It is not known what the statements before and after these depend on: nothing is moved past them. */
const opaque: ReadonlySet<Operation['kind']> = new Set(['execute', 'run', 'custom', 'renameTable'])

/** Operations that the server refuses while the table is partitioned by the old columns. */
const disturbs: ReadonlySet<Operation['kind']> = new Set([
  'addColumn',
  'dropColumn',
  'alterColumn',
  'dropConstraint',
  'createPrimaryKey',
  'createUniqueConstraint',
  'createForeignKey',
  'createIndex',
  'dropIndex',
])

const tableOf = (op: Operation): string | undefined =>
  'table' in op && op.table !== undefined && !('columns' in op.table) ? refText(op.table) : undefined

/** The same operations, with the change of a table's partitions moved to where the server accepts it. */
export function partitionsAside(ops: readonly Operation[], before: Schema | undefined): readonly Operation[] {
  if (!ops.some(cuts)) return ops
  const out: Operation[] = []
  let run: Operation[] = []
  for (const op of ops) {
    if (!opaque.has(op.kind)) {
      run.push(op)
      continue
    }
    out.push(...inRun(run, before), op)
    run = []
  }
  return [...out, ...inRun(run, before)]
}

const cuts = (op: Operation): op is OperationOf<'alterTable'> =>
  op.kind === 'alterTable' && op.changes.with?.['partition'] !== undefined

function inRun(ops: readonly Operation[], before: Schema | undefined): readonly Operation[] {
  let list = ops
  for (const op of ops.filter(cuts)) {
    const table = refText(op.table)
    if (!list.some((other) => disturbs.has(other.kind) && tableOf(other) === table)) continue
    const { partition, ...others } = op.changes.with!
    const cut = (value: string | null): Operation => ({
      kind: 'alterTable',
      table: op.table,
      changes: { with: { partition: value } },
    })
    const rest: Operation = { ...op, changes: { ...op.changes, with: others } }
    const without = list.flatMap((other) => (other !== op ? [other] : Object.keys(others).length > 0 ? [rest] : []))
    const first = without.findIndex((other) => tableOf(other) === table)
    const last = without.findLastIndex((other) => tableOf(other) === table)
    const had = before?.objects.get(tableKey(op.table))
    const isCut = had?.kind === 'table' && had.with?.['partition'] !== undefined
    list = [
      ...without.slice(0, first),
      ...(isCut || partition === null ? [cut(null)] : []),
      ...without.slice(first, last + 1),
      ...(partition === null ? [] : [cut(partition!)]),
      ...without.slice(last + 1),
    ]
  }
  return list
}
