/** The effect of renames and changes on owned sequences: PostgreSQL keeps their names, which then differ from the default and must be given. */
import { refText, sameRef, tableKey } from '../../schema/keys.ts'
import type { Column, Ref, Sequence, Table } from '../../schema/model.ts'
import { makeObjectName } from '../../schema/resolve/naming.ts'
import type { Draft } from '../definition.ts'
import type { ColumnChanges } from '../kinds.ts'
import { ref } from '../plain.ts'
import { spellRef } from './respell-query.ts'
import { spellString } from './tokens.ts'

/** `<table>_<column>_seq` as PostgreSQL chooses it. */
export function sequenceNameOf(table: string, column: string): string {
  return makeObjectName(table, column, 'seq')
}

const serialOf: Readonly<Record<string, { readonly kind: string; readonly sequence?: 'smallint' | 'integer' }>> = {
  serial: { kind: 'integer', sequence: 'integer' },
  bigserial: { kind: 'bigint' },
  smallserial: { kind: 'smallint', sequence: 'smallint' },
}

/** Runs a rename of a table or of one of its columns, and keeps the names of the sequences that they own. */
export function keepSequenceNames(
  draft: Draft,
  table: Ref,
  change: { readonly to: Ref } | { readonly column: string; readonly to: string },
  rename: () => void,
): void {
  const before = draft.objects.get(tableKey(table))
  if (before?.kind !== 'table' || !before.columns.some((c) => hasSequence(draft, before, c))) return rename()
  const column = 'column' in change ? change.column : undefined
  for (const c of before.columns) if (column === undefined || c.name === column) unfold(draft, table, c)
  rename()
  const now = 'column' in change ? table : change.to
  const after = draft.objects.get(tableKey(now))
  if (after?.kind !== 'table') return
  for (const c of after.columns) if (column === undefined || c.name === change.to) fold(draft, now, c)
}

/** Runs a change of a sequence, which before or after it may be implied by its column alone; `to` is its name afterwards. */
export function changeBehindColumn(draft: Draft, from: Ref, to: Ref, change: () => void): void {
  for (const object of draft.objects.has(`sequence:${refText(from)}`) ? [] : [...draft.objects.values()]) {
    if (object.kind !== 'table' || object.schema !== from.schema) continue
    for (const c of object.columns)
      if (c.type.kind in serialOf && sequenceNameOf(object.name, c.name) === from.name) unfold(draft, refOf(object), c)
  }
  change()
  const sequence = draft.objects.get(`sequence:${refText(to)}`)
  const owner = sequence?.kind === 'sequence' ? sequence.ownedBy : undefined
  const table = owner === undefined ? undefined : draft.objects.get(tableKey(owner.table))
  if (table?.kind !== 'table') return
  for (const c of table.columns) if (c.name === owner?.column) fold(draft, refOf(table), c)
}

/** Runs a change of a column that an earlier revision made serial, where the change speaks of the integer and the default that it is. */
export function changeUnfolded(
  draft: Draft,
  table: Ref,
  name: string,
  { changes, before }: { readonly changes: ColumnChanges; readonly before?: ColumnChanges },
  change: () => void,
): void {
  const object = draft.objects.get(tableKey(table))
  const column = object?.kind === 'table' ? object.columns.find((c) => c.name === name) : undefined
  // A revision need not say what was: another default is said of the integer, the serial has none.
  const apart =
    before?.type === undefined
      ? before?.default?.kind === 'sql' || (changes.default !== undefined && changes.type === undefined)
      : serialOf[before.type.kind] === undefined
  if (column === undefined || column.identity !== undefined || !apart) return change()
  unfold(draft, table, column)
  change()
  const after = draft.objects.get(tableKey(table))
  const changed = after?.kind === 'table' ? after.columns.find((c) => c.name === name) : undefined
  if (changed !== undefined) fold(draft, table, changed)
}

const refOf = (table: Table): Ref => ref(table.name, table.schema)

function hasSequence(draft: Draft, table: Table, column: Column): boolean {
  return (
    column.identity !== undefined || column.type.kind in serialOf || ownedBy(draft, table, column.name) !== undefined
  )
}

function ownedBy(draft: Draft, table: Ref, column: string): Sequence | undefined {
  for (const object of draft.objects.values()) {
    if (object.kind === 'sequence' && object.ownedBy?.column === column && sameRef(object.ownedBy.table, table))
      return object
  }
  return undefined
}

function replace(draft: Draft, table: Ref, column: Column): void {
  const key = tableKey(table)
  const object = draft.objects.get(key)
  if (object?.kind === 'table')
    draft.objects.set(key, { ...object, columns: object.columns.map((c) => (c.name === column.name ? column : c)) })
}

/** Makes the sequence's name explicit: an identity's by property, a serial's as an integer column with a sequence of its own. */
function unfold(draft: Draft, table: Ref, column: Column): void {
  const name = sequenceNameOf(table.name, column.name)
  if (column.identity !== undefined) {
    if (column.identity.sequenceName === undefined)
      replace(draft, table, { ...column, identity: { ...column.identity, sequenceName: name } })
    return
  }
  const serial = serialOf[column.type.kind]
  if (serial === undefined) return
  const of = ref(name, table.schema)
  const sequence: Sequence = {
    kind: 'sequence',
    ...of,
    ...(serial.sequence === undefined ? {} : { type: serial.sequence }),
    ownedBy: { table, column: column.name },
  }
  draft.objects.set(`sequence:${refText(of)}`, sequence)
  replace(draft, table, { ...column, type: { kind: serial.kind }, default: { kind: 'sql', sql: nextval(of) } })
}

/** `nextval('posts_id_seq'::regclass)`, as PostgreSQL prints it. */
const nextval = (of: Ref): string => `nextval(${spellString(spellRef(of))}::regclass)`

/** The reverse of `unfold`, where the sequence has the name that PostgreSQL would choose now. */
function fold(draft: Draft, table: Ref, column: Column): void {
  const name = sequenceNameOf(table.name, column.name)
  if (column.identity !== undefined) {
    const { sequenceName, ...identity } = column.identity
    if (sequenceName === name) replace(draft, table, { ...column, identity })
    return
  }
  const of = ref(name, table.schema)
  const key = `sequence:${refText(of)}`
  const sequence = draft.objects.get(key)
  const entry = Object.entries(serialOf).find(([, s]) => s.kind === column.type.kind)
  if (entry === undefined || sequence?.kind !== 'sequence' || column.nullable) return
  const { kind: _, name: __, schema: ___, ownedBy: owner, type, ...options } = sequence
  const [serial, shape] = entry
  if (owner?.column !== column.name || !sameRef(owner.table, table) || type !== shape.sequence) return
  if (Object.keys(options).length > 0 || column.default?.kind !== 'sql' || column.default.sql !== nextval(of)) return
  draft.objects.delete(key)
  const { default: ____, ...rest } = column
  replace(draft, table, { ...rest, type: { kind: serial } })
}
