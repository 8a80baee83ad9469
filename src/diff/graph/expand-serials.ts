/** Serial columns on one side only: expanded to integer, sequence and default, so that both sides have the same objects. */
import { refText, tableKey } from '../../schema/keys.ts'
import { makeObjectName } from '../../schema/resolve/naming.ts'
import type { Column, Schema, SchemaObject, Sequence, Table } from '../../schema/model.ts'
import { equal } from '../compare/equal.ts'
import { sameSchema, sequenceOf } from './needs.ts'
import { literal, refName } from '../model/quote.ts'

const plainTypes: Readonly<Record<string, { readonly kind: string; readonly sequence?: 'smallint' | 'integer' }>> = {
  serial: { kind: 'integer', sequence: 'integer' },
  bigserial: { kind: 'bigint' },
  smallserial: { kind: 'smallint', sequence: 'smallint' },
}

/** Unfolds a serial column where the other side has the same column with a separate sequence. */
export function alignSerials(a: Schema, b: Schema): readonly [Schema, Schema] {
  const edits: [Map<string, SchemaObject>, Map<string, SchemaObject>] = [new Map(), new Map()]
  for (const [key, table] of b.objects) {
    const other = a.objects.get(key)
    if (table.kind !== 'table' || other?.kind !== 'table' || table === other) continue
    for (const column of table.columns) {
      const twin = other.columns.find((c) => c.name === column.name)
      if (twin === undefined) continue
      // The target may leave the owner open: the table then keeps the one that it has.
      const owners = [table.owner ?? other.owner, other.owner] as const
      if (column.type.kind in plainTypes && apart(twin, a, table, owners)) unfold(edits[1], table, column, owners[0])
      else if (twin.type.kind in plainTypes && apart(column, b, other, owners))
        unfold(edits[0], other, twin, other.owner)
    }
  }
  ownersOfTables(a, b, edits[1])
  return [edited(a, edits[0]), edited(b, edits[1])]
}

/** A sequence must have the owner and the persistence of its table, which only a sequence of its own can be given. */
function apart(
  column: Column,
  schema: Schema,
  serial: Table,
  owners: readonly [string | undefined, string | undefined],
): boolean {
  if (column.type.kind in plainTypes) return false
  return standsAlone(column, schema) || owners.some((o) => o !== undefined) || serial.unlogged === true
}

/** A sequence of the target that comes to a column gets the owner that the column's table keeps, where both leave it open. */
function ownersOfTables(a: Schema, b: Schema, edits: Map<string, SchemaObject>): void {
  for (const [key, sequence] of b.objects) {
    if (sequence.kind !== 'sequence' || sequence.ownedBy === undefined || sequence.owner !== undefined) continue
    const at = tableKey(sequence.ownedBy.table)
    const [had, has, was] = [a.objects.get(at), b.objects.get(at), a.objects.get(key)]
    if (had?.kind !== 'table' || had.owner === undefined || has?.kind !== 'table' || has.owner !== undefined) continue
    if (was?.kind === 'sequence' && equal(was.ownedBy, sequence.ownedBy)) continue
    edits.set(key, { ...sequence, owner: had.owner })
  }
}

function standsAlone(column: Column, schema: Schema): boolean {
  if (column.type.kind in plainTypes || column.default?.kind !== 'sql') return false
  const sequence = sequenceOf(column.default.sql)
  return sequence !== undefined && schema.objects.has(sequence)
}

function unfold(edits: Map<string, SchemaObject>, table: Table, column: Column, owner: string | undefined): void {
  const plain = plainTypes[column.type.kind]!
  const ref = sameSchema(table, makeObjectName(table.name, column.name, 'seq'))
  const sequence: Sequence = {
    kind: 'sequence',
    ...ref,
    ...(plain.sequence === undefined ? {} : { type: plain.sequence }),
    ownedBy: { table: sameSchema(table, table.name), column: column.name },
    ...(table.unlogged === true ? { unlogged: true } : {}),
    ...(owner === undefined ? {} : { owner }),
  }
  const key = `table:${refText(table)}`
  const edited = edits.get(key)
  const base = edited?.kind === 'table' ? edited : table
  const nextval = `nextval(${literal(refName(ref))}::regclass)`
  const columns = base.columns.map((c) =>
    c.name === column.name ? { ...c, type: { kind: plain.kind }, default: { kind: 'sql', sql: nextval } as const } : c,
  )
  edits.set(key, { ...base, columns })
  edits.set(`sequence:${refText(ref)}`, sequence)
}

function edited(schema: Schema, edits: ReadonlyMap<string, SchemaObject>): Schema {
  return edits.size === 0 ? schema : { ...schema, objects: new Map([...schema.objects, ...edits]) }
}
