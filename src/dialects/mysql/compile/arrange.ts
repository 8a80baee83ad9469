/** Foreign keys that block a change: dropped before it, and created again once both sides match. */
import { append } from '../../../util/append.ts'
import { openDraft } from '../../../operations/fold/draft.ts'
import type { Operation } from '../../../operations/kinds.ts'
import { applyTo } from '../../../operations/operation.ts'
import { enumKey, refText } from '../../../schema/keys.ts'
import type { ForeignKey, Ref, Schema } from '../../../schema/model.ts'
import { partitionsAside } from './partitions.ts'

/** Operations that drop something and do not depend on their order: a foreign key is dropped before its index. */
const takes = new Set(['dropIndex', 'dropConstraint', 'dropView', 'dropTrigger', 'dropFunction', 'dropDefinition'])

/** The same operations in an order that the servers accept; foreign keys of changed columns are dropped and recreated. */
export function arranged(ops: readonly Operation[], before: Schema | undefined): readonly Operation[] {
  return keysAside(keysFirst(partitionsAside(ops, before)), before)
}

/** Within consecutive drops, foreign keys come first. */
function keysFirst(ops: readonly Operation[]): readonly Operation[] {
  const out: Operation[] = []
  let run: Operation[] = []
  const flush = (): void => {
    const isKey = (op: Operation): boolean => op.kind === 'dropConstraint' && op.type === 'foreignKey'
    append(out, [...run.filter(isKey), ...run.filter((op) => !isKey(op))])
    run = []
  }
  for (const op of ops) {
    if (takes.has(op.kind)) run.push(op)
    else {
      flush()
      out.push(op)
    }
  }
  flush()
  return out
}

interface Key {
  readonly table: Ref
  readonly constraint: ForeignKey
}

/** Columns whose type, collation, nullability or labels an operation changes: MODIFY of a column under a foreign key is refused. */
function columnsOf(op: Operation, objects: Schema['objects']): readonly (readonly [string, string])[] {
  const type = relabelled(op, objects)
  if (type !== undefined)
    return [...objects.values()].flatMap((o) =>
      o.kind === 'table'
        ? o.columns.flatMap((c) =>
            c.type.kind === 'enum' && c.type.name === type.name ? [[refText(o), c.name] as const] : [],
          )
        : [],
    )
  if (op.kind !== 'alterColumn') return []
  const { type: changed, collation, nullable, newColumnName } = op.changes
  if (changed === undefined && collation === undefined && nullable === undefined) return []
  const table = refText(op.table)
  return [[table, op.column], ...(newColumnName === undefined ? [] : [[table, newColumnName] as const])]
}

/** The enum that gets other labels than one more at the end, which the servers add under a foreign key too. */
function relabelled(op: Operation, objects: Schema['objects']): Ref | undefined {
  if (op.kind === 'renameEnumValue' || op.kind === 'dropEnumValue' || op.kind === 'alterEnum') return op.enum
  if (op.kind !== 'addEnumValue' || (op.before === undefined && op.after === undefined)) return undefined
  const found = objects.get(enumKey(op.enum))
  return found?.kind === 'enum' && found.values.at(-1) === op.after ? undefined : op.enum
}

function keysOf(schema: Schema): readonly Key[] {
  return [...schema.objects.values()].flatMap((object) =>
    object.kind === 'table'
      ? object.constraints.flatMap((constraint) =>
          constraint.kind === 'foreignKey'
            ? [
                {
                  table: { ...(object.schema === undefined ? {} : { schema: object.schema }), name: object.name },
                  constraint,
                },
              ]
            : [],
        )
      : [],
  )
}

function isOn(key: Key, table: string, column: string): boolean {
  return (
    (refText(key.table) === table && key.constraint.columns.includes(column)) ||
    (refText(key.constraint.references) === table && key.constraint.referencedColumns.includes(column))
  )
}

/** Drops each foreign key on a changed column before the first such operation, and adds it after the last, as it is by then. */
function keysAside(ops: readonly Operation[], before: Schema | undefined): readonly Operation[] {
  if (before === undefined || !ops.some((op) => columnsOf(op, before.objects).length > 0)) return ops
  const keys = keysOf(before)
  if (keys.length === 0) return ops
  const draft = openDraft(before, true)
  const off = new Map<string, Key>()
  const out: Operation[] = []
  const lastChange = ops.findLastIndex((op) => columnsOf(op, before.objects).length > 0)
  for (const [i, op] of ops.entries()) {
    for (const [table, column] of columnsOf(op, draft.objects)) {
      for (const key of keysOf({ objects: draft.objects, dependencies: new Map(), uncovered: [] })) {
        if (!isOn(key, table, column)) continue
        off.set(`${refText(key.table)} ${key.constraint.name}`, key)
        const drop: Operation = {
          kind: 'dropConstraint',
          table: key.table,
          name: key.constraint.name,
          type: 'foreignKey',
          definition: key.constraint,
        }
        applyTo(draft, drop)
        out.push(drop)
      }
    }
    // Where the list itself drops a key that is already dropped, nothing is left to do.
    if (op.kind === 'dropConstraint' && off.delete(`${refText(op.table)} ${op.name}`)) continue
    if (op.kind === 'dropTable')
      for (const [name, key] of off) if (refText(key.table) === refText(op.table)) off.delete(name)
    applyTo(draft, op)
    renamed(off, op)
    out.push(op)
    if (i !== lastChange) continue
    for (const key of off.values()) {
      const again: Operation = { kind: 'createForeignKey', table: key.table, constraint: key.constraint }
      applyTo(draft, again)
      out.push(again)
    }
    off.clear()
  }
  return out
}

/** Foreign keys that are dropped for now follow the renames of the list. */
function renamed(off: Map<string, Key>, op: Operation): void {
  const change = (use: (key: Key) => Key): void => {
    const all = [...off.values()].map(use)
    off.clear()
    for (const key of all) off.set(`${refText(key.table)} ${key.constraint.name}`, key)
  }
  if (op.kind === 'renameTable') {
    const from = refText(op.table)
    const to = { ...op.table, name: op.to }
    change((key) => ({
      table: refText(key.table) === from ? to : key.table,
      constraint: refText(key.constraint.references) === from ? { ...key.constraint, references: to } : key.constraint,
    }))
  } else if (op.kind === 'alterColumn' && op.changes.newColumnName !== undefined) {
    const table = refText(op.table)
    const name = (columns: readonly string[]): readonly string[] =>
      columns.map((c) => (c === op.column ? op.changes.newColumnName! : c))
    change((key) => ({
      table: key.table,
      constraint: {
        ...key.constraint,
        ...(refText(key.table) === table ? { columns: name(key.constraint.columns) } : {}),
        ...(refText(key.constraint.references) === table
          ? { referencedColumns: name(key.constraint.referencedColumns) }
          : {}),
      },
    }))
  }
}
