/** Consecutive changes of tables in a revision: each table is altered in place, or rebuilt once for all its changes. */
import { append } from '../../util/append.ts'
import { applyTo } from '../../operations/operation.ts'
import { openDraft, ownerOfIndex } from '../../operations/fold/draft.ts'
import type { Operation } from '../../operations/kinds.ts'
import { tableKey } from '../../schema/keys.ts'
import type { Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import type { CompileContext, Draft, Unsupported } from '../dialect.ts'
import { cannot, no } from './write.ts'
import { type Step, isOf, changeTable } from './change-table.ts'

const tableKinds: ReadonlySet<string> = new Set([
  'alterTable',
  'addColumn',
  'dropColumn',
  'alterColumn',
  'createPrimaryKey',
  'createUniqueConstraint',
  'createForeignKey',
  'createCheckConstraint',
  'dropConstraint',
  'renameConstraint',
  'alterConstraint',
  'createIndex',
  'dropIndex',
  'renameIndex',
])

const enumKinds: ReadonlySet<string> = new Set([
  'renameEnum',
  'addEnumValue',
  'dropEnumValue',
  'renameEnumValue',
  'alterEnum',
])

/** Whether the operation changes tables, which may take a rebuild. */
export const changesTables = (op: Operation): boolean => tableKinds.has(op.kind) || enumKinds.has(op.kind)

/**
 * Groups the operations that change tables: those that only create something come before them, so that a
 * table which is changed twice is rebuilt once.
 */
export function together(ops: readonly Operation[]): readonly Operation[] {
  const out: Operation[] = []
  let pending: Operation[] = []
  for (const op of ops) {
    if (changesTables(op)) pending.push(op)
    else if (pending.length > 0 && isNew(op, pending)) out.push(op)
    else {
      append(out, pending)
      out.push(op)
      pending = []
    }
  }
  return [...out, ...pending]
}

/** Whether it creates a table or an enum whose name is not one that the earlier changes free. */
function isNew(op: Operation, pending: readonly Operation[]): boolean {
  if (op.kind === 'createEnum') return !pending.some((p) => p.kind === 'renameEnum')
  if (op.kind !== 'createTable') return false
  const names = new Set(op.table.indexes.map((i) => i.name))
  return !pending.some((p) => (p.kind === 'dropIndex' || p.kind === 'renameIndex') && names.has(p.index.name))
}

interface Changed {
  readonly key: string
  readonly steps: Step[]
}

/** Splits a column's renames from its other changes, which come first. */
function parts(op: Operation): readonly Operation[] {
  if (op.kind !== 'alterColumn' || op.changes.newColumnName === undefined) return [op]
  const { newColumnName, ...rest } = op.changes
  const rename: Operation = { kind: 'alterColumn', table: op.table, column: op.column, changes: { newColumnName } }
  if (Object.keys(rest).length === 0) return newColumnName === op.column ? [] : [rename]
  return newColumnName === op.column ? [{ ...op, changes: rest }] : [{ ...op, changes: rest }, rename]
}

/** Tables that have a column of the enum. */
function users(type: Ref, objects: ReadonlyMap<string, SchemaObject>): readonly Table[] {
  return [...objects.values()].filter((o): o is Table => o.kind === 'table' && o.columns.some((c) => isOf(c, type)))
}

/** The result of compiling consecutive changes. */
export interface Compiled {
  readonly drafts: readonly Draft[]
  /** Tables that are rebuilt, by their names. */
  readonly rebuilt: readonly string[]
  /** Objects after these changes. */
  readonly objects: Schema['objects']
}

/** Compiles consecutive changes, given the schema before them. */
export function compileChanges(
  ops: readonly Operation[],
  before: Schema,
  context: Pick<CompileContext, 'offline'>,
): Compiled | Unsupported {
  const draft = openDraft(before, false)
  const changed = new Map<string, Changed>()
  const refused = { why: '' }
  for (const op of ops.flatMap(parts)) {
    if (isDone(op, draft)) continue
    const objects = new Map(draft.objects)
    for (const table of tablesOf(op, draft, refused)) {
      const key = tableKey(table)
      const list = changed.get(key) ?? { key, steps: [] }
      list.steps.push({ op, before: table, objects })
      changed.set(key, list)
    }
    const why = refused.why === '' ? impossible(op) : refused.why
    if (why !== undefined) return no(why)
    applyTo(draft, op)
  }
  const drafts: Draft[] = []
  const rebuilt = new Set<string>()
  for (const { key, steps } of changed.values()) {
    const after = draft.objects.get(key)
    if (after?.kind !== 'table') continue
    const made = changeTable(steps, after, draft.objects, { offline: context.offline, rebuilt })
    if (cannot(made)) return made
    append(drafts, made)
  }
  return { drafts, rebuilt: [...rebuilt], objects: draft.objects }
}

const sqliteChanges = new Set(['strict', 'withoutRowid', 'with', 'recreate', 'reorder'])

/** Whether IF EXISTS or IF NOT EXISTS, which SQLite's ALTER TABLE does not know, leaves nothing to do. */
function isDone(op: Operation, draft: ReturnType<typeof openDraft>): boolean {
  if (op.kind !== 'addColumn' && op.kind !== 'dropColumn' && op.kind !== 'dropConstraint') return false
  const table = draft.objects.get(tableKey(op.table))
  if (table?.kind !== 'table') return false
  const same = (name: string, other: string): boolean => name.toLowerCase() === other.toLowerCase()
  if (op.kind === 'addColumn') return op.ifNotExists === true && table.columns.some((c) => same(c.name, op.column.name))
  if (op.ifExists !== true) return false
  return op.kind === 'dropColumn'
    ? !table.columns.some((c) => same(c.name, op.column))
    : !table.constraints.some((c) => same(c.name, op.name))
}

/** Why SQLite cannot do it, even with a rebuild of the table. */
function impossible(op: Operation): string | undefined {
  if (op.kind === 'alterTable') {
    const other = Object.keys(op.changes).find((key) => !sqliteChanges.has(key))
    return other === undefined ? undefined : `SQLite has no ${other} of tables`
  }
  if (op.kind === 'alterColumn') {
    const other = (['comment', 'storage', 'compression', 'statistics'] as const).find(
      (key) => op.changes[key] !== undefined,
    )
    return other === undefined ? undefined : `SQLite has no ${other} of columns`
  }
  if (op.kind === 'createCheckConstraint' || op.kind === 'createForeignKey') {
    if (op.constraint.notValid === true) return 'SQLite checks a new constraint at once: leave out notValid'
    if ('noInherit' in op.constraint && op.constraint.noInherit === true) return 'SQLite has no table inheritance'
  }
  if ((op.kind === 'createPrimaryKey' || op.kind === 'createUniqueConstraint') && op.usingIndex !== undefined)
    return 'SQLite makes no constraint of an index: leave out usingIndex'
  return undefined
}

function tablesOf(op: Operation, draft: ReturnType<typeof openDraft>, refused: { why: string }): readonly Table[] {
  if (enumKinds.has(op.kind) && 'enum' in op) return users(op.enum, draft.objects)
  if (op.kind === 'dropIndex' || op.kind === 'renameIndex') {
    const owner = ownerOfIndex(draft, op.index)
    if (owner?.kind === 'table') return [owner]
    if (!(op.kind === 'dropIndex' && op.ifExists === true)) refused.why = `there is no index ${op.index.name}`
    return []
  }
  if (!('table' in op) || op.table === undefined || !('name' in op.table)) return []
  const table = draft.objects.get(tableKey(op.table))
  if (table?.kind === 'table') return [table]
  refused.why = `there is no table ${op.table.name}`
  return []
}
