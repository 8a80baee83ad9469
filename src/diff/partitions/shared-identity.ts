/** From PostgreSQL 17 on a partition shares its parent's identity, and a table that has one of its own cannot be attached. */
import { columnKey } from '../../schema/keys.ts'
import type { Column, Schema, Table } from '../../schema/model.ts'
import { refOfTable } from '../compare/tables.ts'
import { rank, type Step } from '../graph/order.ts'
import { parentColumn } from '../steps/common-steps.ts'

/** Whether the identity of a partition's column is its parent's. */
export const sharesIdentity = (schema: Schema, table: Table, column: Column): boolean =>
  table.partitionOf !== undefined &&
  column.identity !== undefined &&
  parentColumn(schema, table, column.name)?.identity !== undefined

/** Identities of its own that a table loses before it is attached. */
export function identitiesLost(
  schemas: { readonly from: Schema; readonly to: Schema },
  from: Table,
  to: Table,
): readonly Step[] {
  return from.columns.flatMap((column): readonly Step[] => {
    const later = to.columns.find((c) => c.name === column.name)
    if (column.identity === undefined || later === undefined) return []
    if (sharesIdentity(schemas.from, from, column) || !sharesIdentity(schemas.to, to, later)) return []
    return [
      {
        op: {
          kind: 'alterColumn',
          table: refOfTable(from),
          column: column.name,
          changes: { identity: null },
          before: { identity: column.identity },
        },
        rank: rank.dropDependant,
        alters: [columnKey(from, column.name)],
      },
    ]
  })
}

/** Identities that a table gets again after it was detached: its parent's stays with the parent. */
export function identitiesLeft(
  schemas: { readonly from: Schema; readonly to: Schema },
  from: Table,
  to: Table,
  detached: Step,
): readonly Step[] {
  return from.columns.flatMap((column): readonly Step[] => {
    const later = to.columns.find((c) => c.name === column.name)
    if (later?.identity === undefined) return []
    if (!sharesIdentity(schemas.from, from, column) || sharesIdentity(schemas.to, to, later)) return []
    return [
      {
        op: {
          kind: 'alterColumn',
          table: refOfTable(from),
          column: column.name,
          changes: { identity: later.identity },
          before: { identity: null },
        },
        rank: rank.alterColumn,
        alters: [columnKey(from, column.name)],
        after: [detached],
      },
    ]
  })
}
