/** Questions for the user or the rows other than renames: remaps, backfills, conversions; with the answers for both directions. */
import { columnKey, columnText, tableKey } from '../../schema/keys.ts'
import type { Backfill } from '../../operations/kinds.ts'
import type { Column, Schema, Table } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { inherits, isTable } from '../graph/dependants.ts'
import { type HintBook } from '../model/hints.ts'
import { equal } from '../compare/equal.ts'
import { refuseMoved } from './composite-labels.ts'
import { backfillOptions, whatRowsGet } from './backfills.ts'
import { type Settled, Collected } from './knowledge.ts'
import { enumLabels, checkLabelsOf } from './removed-labels.ts'
import { conversion } from './conversions.ts'

/** Walks through the objects that `current` (renames applied) and `wished` share, and collects answers for both directions. */
export function settle(
  current: Schema,
  wished: Schema,
  book: HintBook,
  asking: Asking,
  columnLabels: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Settled {
  const know = new Collected()
  for (const [key, labels] of columnLabels) {
    know.labels(know.columnUp, key, labels)
    know.labels(know.columnDown, key, Object.fromEntries(Object.entries(labels).map(([from, to]) => [to, from])))
  }
  for (const [key, type] of wished.objects) {
    const had = current.objects.get(key)
    if (had === undefined || had === type) continue
    if (type.kind === 'enum' && had.kind === 'enum' && !equal(had.values, type.values))
      enumLabels(current, wished, had, type, book, asking, know)
    if (type.kind === 'composite' && had.kind === 'composite') refuseMoved(current, had, type, asking)
    if (isTable(type) && isTable(had)) tableColumns(current, wished, had, type, book, asking, know)
  }
  // A dropped column may have a value for its rows, for when the downgrade adds it again.
  for (const table of current.objects.values()) {
    if (!isTable(table)) continue
    const later = wished.objects.get(tableKey(table))
    for (const column of table.columns) {
      if (isTable(later) && later.columns.some((c) => c.name === column.name)) continue
      const backfill = backfillHint(book, asking, table, column.name)
      if (backfill !== undefined) know.backfillDown.set(columnKey(table, column.name), backfill)
    }
  }
  return know.settled()
}

function tableColumns(
  current: Schema,
  wished: Schema,
  had: Table,
  table: Table,
  book: HintBook,
  asking: Asking,
  know: Collected,
): void {
  for (const column of table.columns) {
    if (inherits(wished, table, column.name)) continue
    const old = had.columns.find((c) => c.name === column.name)
    if (old === column) continue
    if (old === undefined) newColumn(wished, table, column, book, asking, know)
    else if (!equal(old, column)) changedColumn(current, wished, table, old, column, book, asking, know)
  }
  checkLabelsOf(had, table, book, asking, know)
}

function backfillHint(book: HintBook, asking: Asking, table: Table, column: string): Backfill | undefined {
  const hint = book.take((h) => 'backfill' in h && asking.namesColumn(h.backfill, table, column)).at(-1)
  if (hint === undefined || !('backfill' in hint)) return undefined
  return hint.expression === undefined ? { value: hint.value! } : { expression: hint.expression }
}

/** A column that may not be null, and rows that have nothing for it (specs/enums.md S3). */
function newColumn(
  wished: Schema,
  table: Table,
  column: Column,
  book: HintBook,
  asking: Asking,
  know: Collected,
): void {
  const bare =
    !column.nullable &&
    column.default === undefined &&
    column.identity === undefined &&
    column.generated === undefined &&
    !column.type.kind.endsWith('serial')
  const key = columnKey(table, column.name)
  // Existing rows may get another value than the default, which is for later rows.
  const plain = column.identity === undefined && column.generated === undefined && !column.type.kind.endsWith('serial')
  const given = plain ? backfillHint(book, asking, table, column.name) : undefined
  if (given !== undefined) know.backfillUp.set(key, given)
  if (!bare || given !== undefined || asking.isOpen(key)) return
  const rows = asking.count({ ask: 'rows', table: asking.tableBefore(table) })
  if (rows === undefined || rows === 0) return
  const text = columnText(table, column.name)
  const options = backfillOptions(wished, text, column.type, asking.newUuid)
  asking.decide({
    kind: 'backfill',
    object: `column ${text}`,
    question: `${rows} ${rows === 1 ? 'row has' : 'rows have'} nothing for the new column ${text}, which may not be null and has no default. ${whatRowsGet(text, options)}`,
    options,
  })
}

function changedColumn(
  current: Schema,
  wished: Schema,
  table: Table,
  old: Column,
  column: Column,
  book: HintBook,
  asking: Asking,
  know: Collected,
): void {
  const key = columnKey(table, column.name)
  const text = columnText(table, column.name)
  if (old.nullable && !column.nullable) {
    const given = backfillHint(book, asking, table, column.name)
    if (given !== undefined) know.backfillUp.set(key, given)
    else {
      const nulls = asking.count({
        ask: 'nulls',
        table: asking.tableBefore(table),
        column: asking.columnBefore(table, column.name),
      })
      if (nulls !== undefined && nulls > 0) {
        const options = backfillOptions(wished, text, column.type, asking.newUuid)
        asking.decide({
          kind: 'backfill',
          object: `column ${text}`,
          question: `${nulls} ${nulls === 1 ? 'row holds' : 'rows hold'} NULL in ${text}, which is to be NOT NULL. ${whatRowsGet(text, options)}`,
          options,
        })
      }
    }
  }
  if (!equal(old.type, column.type)) conversion(current, wished, table, old, column, book, asking, know)
}
