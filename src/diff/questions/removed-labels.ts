/** Labels that an enum, or a check that lists labels, loses: what rows that hold them become. */
import { columnKey, columnText, enumKey, refText, tableKey, typeKey } from '../../schema/keys.ts'
import type { EnumUse } from '../../operations/kinds.ts'
import type { ColumnType, EnumType, Schema, Table } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { disguised } from '../enums/check-enums.ts'
import { inherits, isTable } from '../graph/dependants.ts'
import { meansEnum } from './hinted-enum.ts'
import { type HintBook } from '../model/hints.ts'
import { labelDifference } from '../compare/labels.ts'
import { equal } from '../compare/equal.ts'
import { usesInside } from './composite-labels.ts'
import type { Hint } from '../model/types.ts'
import type { Collected, Labels } from './knowledge.ts'

/** Removed labels and what rows that hold them become. */
export function enumLabels(
  current: Schema,
  later: Schema,
  had: EnumType,
  wished: EnumType,
  book: HintBook,
  asking: Asking,
  know: Collected,
): void {
  const key = enumKey(wished)
  const { added, removed } = labelDifference(had.values, wished.values)
  const old = asking.enumBefore(wished)
  const isRemap = (h: Hint, down: boolean): h is Extract<Hint, { remap: 'value' }> =>
    'remap' in h && (h.direction === 'down') === down && meansEnum(h, wished, current, asking)
  const up: Labels = {}
  for (const [label, to] of Object.entries(wished.removedValues ?? {})) if (removed.includes(label)) up[label] = to
  for (const hint of book.take(
    (h) => isRemap(h, false) && removed.includes(h.from) && (h.to === null || wished.values.includes(h.to)),
  )) {
    if (isRemap(hint, false)) up[hint.from] = hint.to
  }
  know.labels(know.enumUp, key, up)
  const down: Labels = {}
  for (const hint of book.take(
    (h) => isRemap(h, true) && added.includes(h.from) && (h.to === null || had.values.includes(h.to)),
  )) {
    if (isRemap(hint, true)) down[hint.from] = hint.to
  }
  know.labels(know.enumDown, key, down)

  const inside = usesInside(current, later, key, asking)
  const uses = [...usesBefore(current, later, key, asking), ...inside]
  const among =
    inside.length === 0
      ? ''
      : `, also inside ${[...new Set(inside.map((u) => columnText(u.table!, u.column!)))].join(', ')}`
  const open = removed.filter((label) => !Object.hasOwn(up, label))
  for (const label of uses.length === 0 ? [] : open) {
    const rows = asking.count({ ask: 'label', enum: old, label, uses })
    if (rows === undefined || rows === 0) continue
    const type = refText(wished)
    asking.decide({
      kind: 'remap',
      object: `enum ${type}`,
      question:
        `${rows} ${rows === 1 ? 'row holds' : 'rows hold'} the label ${JSON.stringify(label)}${among}, which the enum ${type} loses ` +
        `(it has ${list(had.values)} and is to have ${list(wished.values)}). What do they become?`,
      options: remaps(wished.values, holdsNull(current, key) && holdsNull(later, key)).map((to): Hint => ({
        remap: 'value',
        enum: type,
        from: label,
        to,
      })),
    })
  }
}

export const remaps = (labels: readonly string[], withNull: boolean): readonly (string | null)[] =>
  withNull ? [...labels, null] : labels

/** Whether NULL may replace a label in every column of the enum; in arrays the element is removed. */
function holdsNull(schema: Schema, key: string): boolean {
  return [...schema.objects.values()].every(
    (table) =>
      !isTable(table) ||
      table.columns.every((column) => {
        const domain = schema.objects.get(typeKey(column.type) ?? '')
        const over = domain?.kind === 'domain' && typeKey(domain.type) === key ? domain : undefined
        if (typeKey(column.type) !== key && over === undefined) return true
        if (column.type.kind === 'array' || over?.type.kind === 'array') return true
        return column.nullable && over?.notNull !== true
      }),
  )
}

export const list = (labels: readonly string[]): string => labels.map((l) => JSON.stringify(l)).join(', ')

/** The columns that hold labels of the enum, under the names that the database has now. */
function usesBefore(current: Schema, later: Schema, key: string, asking: Asking): readonly EnumUse[] {
  const uses: EnumUse[] = []
  for (const table of current.objects.values()) {
    if (!isTable(table)) continue
    for (const column of table.columns) {
      if (typeKey(column.type) !== key && domainOver(current, column.type) !== key) continue
      if (inherits(current, table, column.name)) continue
      // A column that is dropped, or changes its type, has a question of its own.
      const wished = later.objects.get(tableKey(table))
      const now = isTable(wished) ? wished.columns.find((c) => c.name === column.name) : undefined
      if (now === undefined || typeKey(now.type) !== typeKey(column.type)) continue
      uses.push({
        table: asking.tableBefore(table),
        column: asking.columnBefore(table, column.name),
        ...(column.type.kind === 'array' ? { array: true } : {}),
      })
    }
  }
  return uses
}

function domainOver(schema: Schema, type: ColumnType): string | undefined {
  const key = typeKey(type)
  const domain = key === undefined ? undefined : schema.objects.get(key)
  return domain?.kind === 'domain' ? typeKey(domain.type) : undefined
}

export const texts = /^(text|varchar|char|citext)$/

export const held = (rows: number | undefined): string =>
  rows === undefined ? 'Rows hold' : rows === 1 ? '1 row holds' : `${rows} rows hold`

/** A check that lists labels loses some that rows hold (specs/enums.md S11). */
export function checkLabelsOf(had: Table, table: Table, book: HintBook, asking: Asking, know: Collected): void {
  const before = disguised(had)
  for (const [column, { labels }] of disguised(table)) {
    const old = before.get(column)
    const type = had.columns.find((c) => c.name === column)?.type.kind ?? ''
    if (!texts.test(type) || (old !== undefined && equal(old.labels, labels))) continue
    const key = columnKey(table, column)
    const remap: Labels = {}
    const down: Labels = {}
    for (const hint of book.take(
      (h) =>
        'remap' in h &&
        h.column !== undefined &&
        asking.namesColumn(h.column, table, column) &&
        labels.includes(h.from) === (h.direction === 'down'),
    )) {
      if ('remap' in hint) (hint.direction === 'down' ? down : remap)[hint.from] = hint.to
    }
    const marks = table.columns.find((c) => c.name === column)?.removedValues ?? {}
    for (const [label, to] of Object.entries(marks)) if (!labels.includes(label)) remap[label] ??= to
    know.labels(know.columnUp, key, remap)
    know.labels(know.columnDown, key, down)
    const settled = know.columnUp.get(key) ?? {}
    if (old !== undefined && old.labels.every((l) => labels.includes(l) || Object.hasOwn(settled, l))) continue
    const values = asking.ask({
      ask: 'values',
      table: asking.tableBefore(table),
      column: asking.columnBefore(table, column),
    })
    if (!Array.isArray(values)) continue
    const text = columnText(table, column)
    for (const value of values as readonly (string | null)[]) {
      if (value === null || labels.includes(value) || Object.hasOwn(settled, value)) continue
      const use = { table: asking.tableBefore(table), column: asking.columnBefore(table, column) }
      const rows = asking.count({ ask: 'label', enum: use.table, label: value, uses: [use] })
      asking.decide({
        kind: 'remap',
        object: `column ${text}`,
        question: `${held(rows)} ${JSON.stringify(value)} in ${text}, which its check is not to allow (${list(labels)}). What do they become?`,
        options: remaps(labels, table.columns.find((c) => c.name === column)?.nullable === true).map((to): Hint => ({
          remap: 'value',
          column: text,
          from: value,
          to,
        })),
      })
    }
  }
}
