/** Labels inside values of composite types, and attributes that change places there. */
import { AmbixError } from '../../errors.ts'
import type { LabelUse } from '../../operations/row-question.ts'
import { columnText, refText, tableKey, typeKey } from '../../schema/keys.ts'
import type { ColumnType, Composite, Schema } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { inherits, isTable, rowTypeOf } from '../graph/dependants.ts'
import { baseOf } from '../plan/values-by-name.ts'
import { keepsPlaces } from '../plan/alter-objects.ts'

/** The attributes that hold labels of the enum inside composite values, in columns that keep their type. */
export function usesInside(current: Schema, later: Schema, key: string, asking: Asking): readonly LabelUse[] {
  const uses: LabelUse[] = []
  for (const table of current.objects.values()) {
    const wished = isTable(table) ? later.objects.get(tableKey(table)) : undefined
    if (!isTable(table) || !isTable(wished)) continue
    for (const column of table.columns) {
      if (inherits(current, table, column.name)) continue
      const now = wished.columns.find((c) => c.name === column.name)
      if (now === undefined || typeKey(now.type) !== typeKey(column.type)) continue
      for (const { attributes, array } of pathsTo(current, column.type, key))
        uses.push({
          table: asking.tableBefore(table),
          column: asking.columnBefore(table, column.name),
          attributes,
          ...(array ? { array: true } : {}),
        })
    }
  }
  return uses
}

/**
 * A type whose attributes move or are dropped is recreated, and values are converted by name; but not arrays of them.
 * Throws DIFF.REFUSED where rows hold such.
 */
export function refuseMoved(current: Schema, from: Composite, to: Composite, asking: Asking): void {
  const named = (t: Composite): string => t.attributes.map((a) => a.name).join(', ')
  if (named(from) === named(to) || keepsPlaces(from, to)) return
  const key = `composite:${refText(from)}`
  for (const table of current.objects.values()) {
    if (!isTable(table)) continue
    const column = table.columns.find(
      (c) => baseOf(current, c.type).kind === 'array' && holds(current, baseOf(current, c.type), key),
    )
    if (column === undefined) continue
    const rows = asking.count({ ask: 'rows', table: asking.tableBefore(table) })
    if (rows === undefined || rows === 0) continue
    throw new AmbixError(
      'DIFF.REFUSED',
      `The attributes of the type ${refText(to)} cannot change places: ${columnText(table, column.name)} holds arrays of it.`,
      {
        why: `They are (${named(from)}) and are to be (${named(to)}); PostgreSQL would read each value of an array by its place.`,
        next: ['Keep the order, with new attributes at the end, or create a new type and move the values yourself'],
        data: { type: refText(to), column: columnText(table, column.name) },
      },
    )
  }
}

/** Whether values of the type have such inside, at any depth. */
function holds(schema: Schema, type: ColumnType, key: string, depth = 0): boolean {
  if (type.element !== undefined) return holds(schema, type.element, key, depth)
  const own = typeKey(type)
  if (own === key) return true
  const object = schema.objects.get(own ?? '')
  if (depth > 8) return false
  if (object?.kind === 'domain') return holds(schema, object.type, key, depth + 1)
  const parts = object?.kind === 'composite' ? object.attributes : rowTypeOf(schema, type)?.columns
  return parts?.some((part) => holds(schema, part.type, key, depth + 1)) ?? false
}

/** The attributes of the enum within a composite type, those of its attributes' types included; not within arrays of them. */
function pathsTo(
  schema: Schema,
  type: ColumnType,
  key: string,
  depth = 0,
): readonly { readonly attributes: readonly string[]; readonly array: boolean }[] {
  const object = schema.objects.get(typeKey(type) ?? '')
  const attributes = object?.kind === 'composite' ? object.attributes : rowTypeOf(schema, type)?.columns
  if (type.kind === 'array' || attributes === undefined || depth > 8) return []
  return attributes.flatMap((attribute) =>
    typeKey(attribute.type) === key
      ? [{ attributes: [attribute.name], array: attribute.type.kind === 'array' }]
      : pathsTo(schema, attribute.type, key, depth + 1).map((p) => ({
          ...p,
          attributes: [attribute.name, ...p.attributes],
        })),
  )
}
