/** How the values of a column become values of its new type, where that is not plain. */
import { columnKey, columnText, typeKey } from '../../schema/keys.ts'
import type { ValueMap } from '../../operations/kinds.ts'
import type { Column, ColumnType, EnumType, Schema, Table } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { type HintBook, names } from '../model/hints.ts'
import { neverFits, toOrFromArray, tryRows, typeText } from './cast-safety.ts'
import type { Hint } from '../model/types.ts'
import type { Collected, Labels } from './knowledge.ts'
import { remaps, list, texts, held } from './removed-labels.ts'

/** How the values there become values of the new type, where that is not plain. */
export function conversion(
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

/** A conversion that fails for every row is reported when the revision is created, not by the downgrade (issue 9, M11). */
function sayWayBack(down: string | undefined, text: string, old: Column, column: Column, asking: Asking): void {
  const hint = (up: string, back: string): string => JSON.stringify({ using: text, up, down: back })
  if (down === undefined && neverFits(column.type, old.type))
    asking.note(
      `column ${text}: the downgrade is refused while there are rows, since no ${typeText(column.type)} is a ${typeText(old.type)}; give the hint ${hint('…', '…')} to say how values are converted`,
    )
}

/** Text or another enum becomes an enum, or an enum becomes text: values that are not labels need an answer, either way. */
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

function inverted(values: ValueMap): ValueMap {
  const down: Record<string, string> = {}
  for (const [from, to] of Object.entries(values)) if (to !== null && !Object.hasOwn(down, to)) down[to] = from
  return down
}
