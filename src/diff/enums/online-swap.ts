/** The swap of an enum without a rewrite (specs/enums.md S8x): what its new columns must get, and what prevents it. */
import { AmbixError } from '../../errors.ts'
import type { EnumUse, OnlineColumn } from '../../operations/kinds.ts'
import { columnKey, indexKeyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Column, EnumType, Index, Table } from '../../schema/model.ts'
import { inherits, isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { sameSchema } from '../graph/needs.ts'
import type { Planning } from '../steps/context.ts'
import { takenOnline } from './taken-names.ts'

/**
 * The uses of the enum with what each new column must get. Throws DIFF.REFUSED, naming the dependants of the type or of a
 * column of it that cannot be moved from the old column to the new one.
 */
export function onlineUses(plan: Planning, key: string, type: EnumType, uses: readonly EnumUse[]): readonly EnumUse[] {
  const blockers = new Set<string>()
  const columns = new Set(uses.map((use) => columnKey(use.table!, use.column!)))
  const indexes = new Map<string, readonly Index[]>()
  for (const use of uses) {
    const table = plan.from.objects.get(tableKey(use.table!))
    if (!isTable(table)) continue
    for (const reason of unfit(plan, table)) blockers.add(reason)
    const used = columnKey(table, use.column!)
    const found = plan.needs.by(used)
    for (const dependant of found) {
      const index = plan.sides.fromParts.indexes.get(dependant)
      const reason = index === undefined ? spoken(dependant) : unfitIndex(index.part, index.table)
      if (reason !== undefined) blockers.add(reason)
    }
    const mine = table.indexes.filter((index) => {
      const later = plan.sides.toParts.indexes.get(indexKeyOf(table, index.name))?.part
      return found.has(indexKeyOf(table, index.name)) && later !== undefined && equal(later, index)
    })
    indexes.set(used, mine)
    if (
      mine.some((index) =>
        [...columns].some((other) => other !== used && plan.needs.by(other).has(indexKeyOf(table, index.name))),
      )
    )
      blockers.add(`an index over two columns of ${refText(type)}`)
  }
  for (const dependant of plan.needs.by(key)) {
    if (columns.has(dependant) || dependant.startsWith('table:')) continue
    const index = plan.sides.fromParts.indexes.get(dependant)
    // An index on a column of the type was handled above.
    if (index !== undefined && [...columns].some((column) => plan.needs.by(column).has(dependant))) continue
    blockers.add(spoken(dependant))
  }
  const using = uses.map((use) => ({ ...use, indexes: indexes.get(columnKey(use.table!, use.column!)) ?? [] }))
  for (const reason of takenOnline(plan, type, using)) blockers.add(reason)
  if (blockers.size > 0) throw refused(type, [...blockers])
  return uses.map((use) => {
    const column = plan.sides.fromParts.columns.get(columnKey(use.table!, use.column!))!.part
    return { ...use, online: onlineColumn(column, indexes.get(columnKey(use.table!, use.column!)) ?? []) }
  })
}

function onlineColumn(column: Column, indexes: readonly Index[]): OnlineColumn {
  const { nullable, comment, statistics, storage, compression, grants } = column
  const all = { nullable: nullable ? true : undefined, comment, statistics, storage, compression, grants, indexes }
  // Only properties that are set; the shape stays.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as OnlineColumn
}

/** Why the rows of a table cannot be backfilled while it is in use. */
function unfit(plan: Planning, table: Table): readonly string[] {
  const out: string[] = []
  const text = refText(table)
  if (table.partitionBy !== undefined || table.partitionOf !== undefined) out.push(`partitioned table ${text}`)
  else if ((table.inherits ?? []).length > 0) out.push(`inheritance of ${text}`)
  else if (
    [...plan.from.objects.values()].some(
      (o) => isTable(o) && (o.inherits ?? []).some((p) => refText(p) === refText(sameSchema(table, table.name))),
    )
  )
    out.push(`child tables of ${text}`)
  for (const column of table.columns)
    if (inherits(plan.from, table, column.name)) out.push(`inherited column ${text}.${column.name}`)
  if (typeof table.replicaIdentity === 'object') out.push(`replica identity of ${text}`)
  if (table.forceRowSecurity === true) out.push(`forced row security of ${text}`)
  for (const object of plan.from.objects.values()) {
    // Backfilling a row updates it, which would fire them once for each row.
    if (
      object.kind === 'trigger' &&
      refText(object.table) === refText(sameSchema(table, table.name)) &&
      /\bUPDATE\b/i.test(object.definition)
    )
      out.push(`trigger ${object.name} on ${text}, which updates fire`)
    if (
      object.kind === 'definition' &&
      object.objectKind === 'rule' &&
      object.table !== undefined &&
      refText(object.table) === text
    )
      out.push(`rule on ${text}`)
  }
  return out
}

function unfitIndex(index: Index, table: Table): string | undefined {
  const text = refText(sameSchema(table, index.name))
  if (index.clustered === true) return `index ${text}, by which the table is clustered`
  return index.attachedTo === undefined && index.only !== true ? undefined : `index ${text} of a partition`
}

const spoken = (key: string): string => key.replace(':', ' ')

function refused(type: EnumType, blockers: readonly string[]): AmbixError {
  return new AmbixError('DIFF.REFUSED', `The enum ${refText(type)} cannot be swapped online.`, {
    why: `These cannot follow its columns to new ones: ${blockers.join(', ')}.`,
    next: [
      'Generate the revision without --online: one transaction, in which nobody reads or writes the tables of the enum.',
      'Or drop them in a revision before, and make them again in one after.',
    ],
    data: { enum: refText(type), blockers },
  })
}
