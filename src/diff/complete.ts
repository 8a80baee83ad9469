/** Hand-written operations that leave their dependants to the tool: completed with what the schema before can tell. */
import type { Operation } from '../operations/kinds.ts'
import { fold } from '../operations/operation.ts'
import { enumKey, tableKey } from '../schema/keys.ts'
import type { Schema } from '../schema/model.ts'
import { withGuesses } from './graph/guessed-dependants.ts'
import { plan } from './plan/plan.ts'
import type { Knowledge } from './steps/context.ts'

/** Whether an operation can only be compiled with the schema before it. */
export function needsSchemaBefore(op: Operation): boolean {
  switch (op.kind) {
    case 'alterEnum':
    case 'dropEnumValue':
      return op.uses === undefined
    case 'alterColumn':
      // What autogenerate writes says how things were, and has its dependants beside it.
      return op.changes.type !== undefined && op.before === undefined
    default:
      return false
  }
}

const nothing: Knowledge = {
  remap: new Map(),
  remapDown: new Map(),
  columnRemap: new Map(),
  backfill: new Map(),
  using: new Map(),
  map: new Map(),
}

/**
 * The operation with its dependants around it: dropped before, made again after; `uses` filled in. An operation that
 * needs nothing, or names what `before` does not have, comes back as it is. Throws what `fold` throws.
 */
export function expandOperation(op: Operation, before: Schema): readonly Operation[] {
  if (!needsSchemaBefore(op)) return [op]
  if (op.kind === 'alterEnum' || op.kind === 'dropEnumValue') {
    const type = before.objects.get(enumKey(op.enum))
    if (type?.kind !== 'enum') return [op]
    const remap = op.kind === 'alterEnum' ? op.remap : op.remap === undefined ? undefined : { [op.value]: op.remap }
    const values = op.kind === 'alterEnum' ? op.values : type.values.filter((v) => v !== op.value)
    const after: Schema = { ...before, objects: new Map([...before.objects, [enumKey(type), { ...type, values }]]) }
    const knowledge = remap === undefined ? nothing : { ...nothing, remap: new Map([[enumKey(type), remap]]) }
    return around(op, before, after, knowledge, (found) =>
      found.kind !== 'alterEnum'
        ? found
        : {
            ...found,
            ...(op.kind === 'alterEnum' && op.remapDown !== undefined ? { remapDown: op.remapDown } : {}),
            ...(remap === undefined ? {} : { remap }),
          },
    )
  }
  if (op.kind !== 'alterColumn') return [op]
  const table = before.objects.get(tableKey(op.table))
  const column = table?.kind === 'table' ? table.columns.find((c) => c.name === op.column) : undefined
  if (column === undefined) return [op]
  const { newColumnName, ...changes } = op.changes
  const after = fold(before, [{ ...op, changes }]).schema
  const was = Object.fromEntries(Object.keys(changes).map((key) => [key, column[key as keyof typeof column] ?? null]))
  const expanded = around(op, before, after, nothing, (found) =>
    found.kind === 'alterColumn' && found.column === op.column && found.changes.type !== undefined
      ? {
          ...op,
          changes: { ...changes, ...(found.changes.default === undefined ? {} : { default: found.changes.default }) },
          before: { ...was, ...found.before },
        }
      : found,
  )
  return newColumnName === undefined
    ? expanded
    : [...expanded, { kind: 'alterColumn', table: op.table, column: op.column, changes: { newColumnName } }]
}

function around(
  op: Operation,
  before: Schema,
  after: Schema,
  knowledge: Knowledge,
  change: (found: Operation) => Operation,
): readonly Operation[] {
  const ops = plan(withGuesses(before), withGuesses(after), {
    knowledge,
    compareNames: true,
    grants: true,
    back: false,
    online: false,
    note: () => undefined,
  })
  return ops.length === 0 ? [op] : ops.map(change)
}
