/** What only the user or the rows can settle beside renames: remaps, backfills, conversions; and the knowledge both ways. */
import { columnKey, enumKey, refText, tableKey } from '../../schema/keys.ts'
import type { Backfill, EnumUse, ValueMap } from '../../operations/kinds.ts'
import type { Column, ColumnType, EnumType, Schema, Table } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { disguised } from '../enums/check-enums.ts'
import { inherits, isTable } from '../graph/dependants.ts'
import { meansEnum } from './hinted-enum.ts'
import { columnText, type HintBook, names } from '../model/hints.ts'
import { labelDifference } from '../compare/labels.ts'
import { typeKey } from '../graph/needs.ts'
import { equal } from '../compare/equal.ts'
import { refuseInComposites, refuseMoved } from './composite-labels.ts'
import { neverFits, toOrFromArray, tryRows, typeText } from './cast-safety.ts'
import type { Hint } from '../model/types.ts'
import { backfillOptions, whatRowsGet } from './backfills.ts'
import type { Knowledge } from '../steps/context.ts'

type Labels = Record<string, string | null>

export interface Settled {
  readonly up: Knowledge
  readonly down: Knowledge
}

/** Goes through what `current` (renames applied) and `wished` have in common, and collects knowledge for both directions. */
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
  // A column that is dropped may say how its rows are filled when it comes back.
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

class Collected {
  readonly enumUp = new Map<string, Labels>()
  readonly enumDown = new Map<string, Labels>()
  readonly columnUp = new Map<string, Labels>()
  readonly columnDown = new Map<string, Labels>()
  readonly backfillUp = new Map<string, Backfill>()
  readonly backfillDown = new Map<string, Backfill>()
  readonly using = new Map<string, { readonly up: string; readonly down?: string }>()
  readonly map = new Map<string, { readonly up: ValueMap; readonly down: ValueMap }>()

  labels(map: Map<string, Labels>, key: string, labels: Readonly<Labels>): void {
    if (Object.keys(labels).length > 0) map.set(key, { ...map.get(key), ...labels })
  }

  settled(): Settled {
    const down = new Map(
      [...this.using].flatMap(([key, u]) => (u.down === undefined ? [] : [[key, { up: u.down, down: u.up }] as const])),
    )
    const mapDown = new Map([...this.map].map(([key, m]) => [key, { up: m.down, down: m.up }] as const))
    return {
      up: {
        remap: this.enumUp,
        remapDown: this.enumDown,
        columnRemap: this.columnUp,
        backfill: this.backfillUp,
        using: this.using,
        map: this.map,
      },
      down: {
        remap: this.enumDown,
        remapDown: this.enumUp,
        columnRemap: this.columnDown,
        backfill: this.backfillDown,
        using: down,
        map: mapDown,
      },
    }
  }
}

/** Removed labels and what rows that hold them become. */
function enumLabels(
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

  for (const label of removed) refuseInComposites(current, later, key, label, asking)
  const uses = usesBefore(current, later, key, asking)
  const open = removed.filter((label) => !Object.hasOwn(up, label))
  for (const label of uses.length === 0 ? [] : open) {
    const rows = asking.count({ ask: 'label', enum: old, label, uses })
    if (rows === undefined || rows === 0) continue
    const type = refText(wished)
    asking.decide({
      kind: 'remap',
      object: `enum ${type}`,
      question:
        `${rows} ${rows === 1 ? 'row holds' : 'rows hold'} the label ${JSON.stringify(label)}, which the enum ${type} loses ` +
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

const remaps = (labels: readonly string[], withNull: boolean): readonly (string | null)[] =>
  withNull ? [...labels, null] : labels

/** Whether NULL may take a label's place in every column of the enum; in arrays it means that the element goes. */
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

const list = (labels: readonly string[]): string => labels.map((l) => JSON.stringify(l)).join(', ')

/** The columns that hold labels of the enum, under the names that the database has now. */
function usesBefore(current: Schema, later: Schema, key: string, asking: Asking): readonly EnumUse[] {
  const uses: EnumUse[] = []
  for (const table of current.objects.values()) {
    if (!isTable(table)) continue
    for (const column of table.columns) {
      if (typeKey(column.type) !== key && domainOver(current, column.type) !== key) continue
      if (inherits(current, table, column.name)) continue
      // One that goes, or becomes something else, is asked about apart.
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
  // Rows may be given something else than the default, which is for those that come later.
  const plain = column.identity === undefined && column.generated === undefined && !column.type.kind.endsWith('serial')
  const given = plain ? backfillHint(book, asking, table, column.name) : undefined
  if (given !== undefined) know.backfillUp.set(key, given)
  if (!bare || given !== undefined || asking.isOpen(key)) return
  const rows = asking.count({ ask: 'rows', table: asking.tableBefore(table) })
  if (rows === undefined || rows === 0) return
  const text = columnText(table, column.name)
  const options = backfillOptions(wished, text, column.type)
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
        const options = backfillOptions(wished, text, column.type)
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

const texts = /^(text|varchar|char|citext)$/

/** How the values there become values of the new type, where that is not plain. */
function conversion(
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
  const using = book.take((h) => 'using' in h && asking.namesColumn(h.using, table, column.name)).at(-1)
  const [wasArray, isArray] = [old.type.kind === 'array', column.type.kind === 'array']
  sayWayBack(using !== undefined && 'using' in using ? using.down : undefined, text, old, column, asking)
  if (using !== undefined && 'using' in using) {
    const down = using.down ?? (isArray === wasArray ? undefined : toOrFromArray(column.name, column.type, old.type))
    know.using.set(key, down === undefined ? { up: using.up } : { up: using.up, down })
    tryRows(table, old, column, undefined, using.up, asking)
    return
  }
  const mapped = book.take((h) => 'map' in h && asking.namesColumn(h.map, table, column.name)).at(-1)
  if (mapped !== undefined && 'map' in mapped) {
    know.map.set(key, { up: mapped.values, down: inverted(mapped.values) })
    return
  }
  const had = current.objects.get(typeKey(old.type) ?? '')
  const has = wished.objects.get(typeKey(column.type) ?? '')
  const rows = (): boolean => asking.hasRows([table])
  if (wasArray !== isArray) {
    if (texts.test(column.type.kind) || !rows()) return
    asking.decide({
      kind: 'using',
      object: `column ${text}`,
      question: isArray
        ? `How does one value of ${text} become an array?`
        : `How does an array in ${text} become one value?`,
      options: [
        {
          using: text,
          up: toOrFromArray(column.name, old.type, column.type),
          down: toOrFromArray(column.name, column.type, old.type),
        },
      ],
    })
    return
  }
  const numbers = /^(smallint|integer|bigint|numeric|boolean|smallserial|serial|bigserial)$/
  if (
    (has?.kind === 'enum' && numbers.test(old.type.kind)) ||
    (had?.kind === 'enum' && numbers.test(column.type.kind))
  ) {
    const enumType = has?.kind === 'enum' ? has : (had as EnumType)
    const codes = (i: number): string =>
      (has?.kind === 'enum' ? old.type.kind : column.type.kind) === 'boolean' ? (i === 0 ? 'false' : 'true') : String(i)
    const pairs = enumType.values.map((label, i) => (has?.kind === 'enum' ? [codes(i), label] : [label, codes(i)]))
    asking.decide({
      kind: 'map',
      object: `column ${text}`,
      question: `Which value of ${text} becomes which? The option shows the shape.`,
      options: [{ map: text, values: Object.fromEntries(pairs.slice(0, codes(0) === 'false' ? 2 : undefined)) }],
    })
    return
  }
  if (has?.kind !== 'enum') tryRows(table, old, column, had?.kind === 'enum' ? had : undefined, undefined, asking)
  labelConversion(
    table,
    column,
    old.type,
    has?.kind === 'enum' ? has : undefined,
    had?.kind === 'enum' ? had : undefined,
    book,
    asking,
    know,
  )
}

/** A conversion that no row can pass is said when the revision is made, and not by the downgrade (issue 9, M11). */
function sayWayBack(down: string | undefined, text: string, old: Column, column: Column, asking: Asking): void {
  const hint = (up: string, back: string): string => JSON.stringify({ using: text, up, down: back })
  if (down === undefined && neverFits(column.type, old.type))
    asking.note(
      `column ${text}: the downgrade is refused while there are rows, since no ${typeText(column.type)} is a ${typeText(old.type)}; give the hint ${hint('…', '…')} to say how values are converted`,
    )
}

/** Text or another enum becomes an enum, or an enum becomes text: values that are no labels need a word, either way. */
function labelConversion(
  table: Table,
  column: Column,
  oldType: ColumnType,
  has: EnumType | undefined,
  had: EnumType | undefined,
  book: HintBook,
  asking: Asking,
  know: Collected,
): void {
  if (has === undefined && had === undefined) return
  const key = columnKey(table, column.name)
  const text = columnText(table, column.name)
  const isEnum = (h: string): boolean =>
    [has, had].some((type) => type !== undefined && (names(h, type) || names(h, asking.enumBefore(type))))
  const mine = (h: Hint): boolean =>
    ('column' in h && h.column !== undefined && asking.namesColumn(h.column, table, column.name)) ||
    ('enum' in h && h.enum !== undefined && isEnum(h.enum))
  const fits = (type: EnumType | undefined, label: string | null): boolean =>
    type === undefined || label === null || type.values.includes(label)
  const up: Labels = {}
  const down: Labels = {}
  for (const hint of book.take(
    (h) => 'rename' in h && h.rename === 'value' && mine(h) && fits(had, h.from) && fits(has, h.to),
  )) {
    if (!('rename' in hint) || hint.rename !== 'value') continue
    up[hint.from] = hint.to
    down[hint.to] = hint.from
  }
  const remapHints = (way: 'up' | 'down'): readonly Hint[] => {
    const [from, to] = way === 'up' ? [had, has] : [has, had]
    return book.take(
      (h) => 'remap' in h && (h.direction ?? 'up') === way && mine(h) && fits(from, h.from) && fits(to, h.to),
    )
  }
  for (const hint of remapHints('up')) if ('remap' in hint) up[hint.from] = hint.to
  for (const hint of remapHints('down')) if ('remap' in hint) down[hint.from] = hint.to
  book.take((h) => 'distinct' in h && h.distinct === 'value' && mine(h) && fits(had, h.from) && fits(has, h.to ?? null))
  for (const [label, to] of Object.entries(has?.removedValues ?? {}))
    if (has?.values.includes(label) === false) up[label] ??= to
  if (Object.keys(up).length > 0 || Object.keys(down).length > 0) know.map.set(key, { up, down })
  if (
    has === undefined ||
    had?.values.every((label) => has.values.includes(label) || Object.hasOwn(up, label)) === true
  )
    return
  const asked = asking.tableBefore(table)
  const called = asking.columnBefore(table, column.name)
  const array = oldType.kind === 'array' ? { array: true } : {}
  const values = asking.ask({ ask: 'values', table: asked, column: called, ...array })
  if (!Array.isArray(values)) return
  for (const value of values as readonly (string | null)[]) {
    if (value === null || has.values.includes(value) || Object.hasOwn(up, value)) continue
    const rows = asking.count({
      ask: 'label',
      enum: asking.enumBefore(has),
      label: value,
      uses: [{ table: asked, column: called, ...array }],
    })
    asking.decide({
      kind: 'remap',
      object: `column ${text}`,
      question: `${held(rows)} ${JSON.stringify(value)} in ${text}, which is none of the labels ${list(has.values)}. What do they become?`,
      options: remaps(has.values, column.nullable || oldType.kind === 'array').map((to): Hint => ({
        remap: 'value',
        column: text,
        from: value,
        to,
      })),
    })
  }
}

const held = (rows: number | undefined): string =>
  rows === undefined ? 'Rows hold' : rows === 1 ? '1 row holds' : `${rows} rows hold`

function inverted(values: ValueMap): ValueMap {
  const down: Record<string, string> = {}
  for (const [from, to] of Object.entries(values)) if (to !== null && !Object.hasOwn(down, to)) down[to] = from
  return down
}

/** A check that lists labels loses some that rows hold (specs/enums.md S11). */
function checkLabelsOf(had: Table, table: Table, book: HintBook, asking: Asking, know: Collected): void {
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
