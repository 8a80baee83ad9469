/** What tables have from their parents. */
import type { Column, Ref, Table } from './model.ts'

export const parentsOf = (table: Table): readonly Ref[] => [
  ...(table.inherits ?? []),
  ...(table.partitionOf === undefined ? [] : [table.partitionOf.parent]),
]

/** A parent's column as a child table has it: what is said of the parent's, who may read it and what the planner is told are the parent's alone. */
export function inheritedColumn(parents: Column): Column {
  const { comment: _, grants: __, statistics: ___, ...column } = parents
  return { ...column, inherited: true }
}
