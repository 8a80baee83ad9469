/** Storage, compression and statistics of columns, which child tables get from their parents or have of their own. */
import type { ColumnChanges } from '../../operations/kinds.ts'
import { columnKey, tableKey } from '../../schema/keys.ts'
import type { Column, Schema, Table } from '../../schema/model.ts'
import { refOfTable } from '../compare/tables.ts'
import { childTables, isTable } from '../graph/dependants.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { rank } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'

/** ALTER TABLE sets a column's statistics and storage for child tables too; those that differ are set after it. */
export function heirsStorage(plan: Planning, parent: Table, column: string, changes: ColumnChanges): void {
  if (changes.statistics === undefined && changes.storage === undefined) return
  for (const heir of childTables(plan.to, parent)) {
    const now = heir.columns.find((c) => c.name === column)
    if (now === undefined) continue
    const own = {
      ...(changes.statistics === undefined || changes.statistics === (now.statistics ?? null)
        ? {}
        : { statistics: now.statistics ?? null }),
      ...(changes.storage === undefined || changes.storage === (now.storage ?? null)
        ? {}
        : { storage: now.storage ?? null, type: now.type }),
    }
    if (Object.keys(own).length > 0) sayStorage(plan, heir, column, own)
    heirsStorage(plan, heir, column, changes)
  }
}

/** The same for a column that comes with statistics or a storage of its own; its compression no child table gets. */
export function newColumnStorage(plan: Planning, parent: Table, column: Column): void {
  heirsStorage(plan, parent, column.name, reaching(column))
  heirsCompression(plan, parent, column.name)
}

/** Statistics and storage that a child has of its own of a column that comes with its parent's. */
export function storageBelow(plan: Planning, heir: Table, { name, type, statistics, storage }: Column): void {
  const above = columnsAbove(plan.to, heir, name)
  const own: ColumnChanges = {
    ...(statistics === undefined || above.some((c) => c.statistics !== undefined) ? {} : { statistics }),
    ...(storage === undefined || above.some((c) => c.storage !== undefined) ? {} : { storage, type }),
  }
  if (Object.keys(own).length === 0) return
  sayStorage(plan, heir, name, own)
  heirsStorage(plan, heir, name, own)
}

/** What ALTER TABLE sets for child tables, too. */
const reaching = ({ statistics, storage }: Column): ColumnChanges => ({
  ...(statistics === undefined ? {} : { statistics }),
  ...(storage === undefined ? {} : { storage }),
})

function heirsCompression(plan: Planning, parent: Table, column: string): void {
  for (const heir of childTables(plan.to, parent)) {
    const now = heir.columns.find((c) => c.name === column)
    if (now?.inherited !== true) continue
    // A new table is created with its own.
    if (now.compression !== undefined && plan.from.objects.has(tableKey(heir)))
      sayStorage(plan, heir, column, { compression: now.compression })
    heirsCompression(plan, heir, column)
  }
}

function sayStorage(plan: Planning, table: Table, column: string, own: ColumnChanges): void {
  const { type, ...changes } = own
  const before: ColumnChanges = type === undefined ? {} : { type }
  plan.steps.push({
    op: { kind: 'alterColumn', table: refOfTable(table), column, changes, before },
    rank: rank.describe,
    // The column of a child may come with its parent's, after the child.
    needs: [columnKey(table, column), tableKey(table), ...parentsOf(table).map((parent) => columnKey(parent, column))],
  })
}

/** Whether a new child table gets the column after it was made, with its parent's, which is new or made anew. */
export const comesLate = (plan: Planning, table: Table, column: Column): boolean =>
  column.inherited === true &&
  parentsOf(table).some((ref) => {
    const key = columnKey(ref, column.name)
    return plan.from.objects.has(tableKey(ref)) && (!plan.sides.fromParts.columns.has(key) || plan.isDropped(key))
  })

/** A new child table without the settings of columns that come with its parent's, after it: these are said then. */
export function withoutLateStorage(plan: Planning, table: Table): Table {
  const columns = table.columns.map((column) => {
    const { statistics, storage, compression, ...plain } = column
    if (!comesLate(plan, table, column) || (statistics ?? storage ?? compression) === undefined) return column
    sayStorage(plan, table, column.name, {
      ...(statistics === undefined ? {} : { statistics }),
      ...(storage === undefined ? {} : { storage, type: column.type }),
      ...(compression === undefined ? {} : { compression }),
    })
    heirsStorage(plan, table, column.name, reaching(column))
    return plain
  })
  return columns.some((c, i) => c !== table.columns[i]) ? { ...table, columns } : table
}

/** A new child table gets the storage and compression of its parents' columns, and these of theirs, which may not be its own. */
export function ownStorage(plan: Planning, table: Table): void {
  for (const column of table.columns) {
    const above = columnsAbove(plan.to, table, column.name)
    const own = {
      ...(column.compression !== undefined || above.every((c) => c.compression === undefined)
        ? {}
        : { compression: null }),
      ...(column.storage !== undefined || above.every((c) => c.storage === undefined)
        ? {}
        : { storage: null, type: column.type }),
    }
    if (Object.keys(own).length > 0) sayStorage(plan, table, column.name, own)
  }
}

/** The columns of that name of a table's parents, and theirs: a child may be made before its parent's column is changed back. */
function columnsAbove(schema: Schema, table: Table, column: string): readonly Column[] {
  return parentsOf(table).flatMap((ref) => {
    const parent = schema.objects.get(tableKey(ref))
    const found = isTable(parent) ? parent.columns.find((c) => c.name === column) : undefined
    return !isTable(parent) || found === undefined ? [] : [found, ...columnsAbove(schema, parent, column)]
  })
}
