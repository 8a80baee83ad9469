/** Suggested values for rows of a NOT NULL column: values of its type, or none (issue 9, E2). */
import { typeKey } from '../../schema/keys.ts'
import type { ColumnType, Schema } from '../../schema/model.ts'
import type { Hint } from '../model/types.ts'
import { ofText } from '../steps/placeholders.ts'

const zero = [{ value: 0 }] as const
const empty = [{ value: '' }] as const
const emptyRange = [{ expression: "'empty'" }] as const

type Suggestion = { readonly value: string | number | boolean } | { readonly expression: string }

const suggestions: Readonly<Record<string, readonly Suggestion[]>> = {
  smallint: zero,
  integer: zero,
  bigint: zero,
  numeric: zero,
  real: zero,
  doublePrecision: zero,
  money: zero,
  boolean: [{ value: false }, { value: true }],
  text: empty,
  varchar: empty,
  char: empty,
  citext: empty,
  date: [{ expression: 'CURRENT_DATE' }],
  timestamp: [{ expression: 'CURRENT_TIMESTAMP' }],
  time: [{ expression: 'CURRENT_TIME' }],
  interval: [{ expression: "interval '0'" }],
  json: [{ expression: "'{}'" }],
  jsonb: [{ expression: "'{}'" }],
  bytea: [{ expression: "''" }],
  tsvector: [{ expression: "''" }],
  int4range: emptyRange,
  int8range: emptyRange,
  numrange: emptyRange,
  tsrange: emptyRange,
  tstzrange: emptyRange,
  daterange: emptyRange,
  point: [{ expression: 'POINT(0, 0)' }],
  array: [{ expression: "'{}'" }],
}

/** One option a label for an enum; for other types what every one of them can hold. */
export function backfillOptions(
  wished: Schema,
  text: string,
  type: ColumnType,
  newUuid = 'gen_random_uuid()',
): readonly Hint[] {
  const object = type.kind === 'array' ? undefined : wished.objects.get(typeKey(type) ?? '')
  if (object?.kind === 'enum') return object.values.map((value): Hint => ({ backfill: text, value }))
  // A domain's check may accept none of these.
  if (object?.kind === 'domain')
    return object.checks.length > 0 ? [] : backfillOptions(wished, text, object.type, newUuid)
  if (type.kind === 'uuid') return [{ backfill: text, expression: newUuid }]
  const known = type.kind === 'custom' ? ofText(type.sql ?? '') : undefined
  const given = suggestions[type.kind] ?? (known === undefined ? [] : [known])
  return given.map((one): Hint => ({ backfill: text, ...one }))
}

/** The end of the question: where nothing can be suggested, the shape of an answer. */
export function whatRowsGet(text: string, options: readonly Hint[]): string {
  return options.length > 0
    ? 'What do they get?'
    : `What do they get? Give a hint of this shape: ${JSON.stringify({ backfill: text, expression: '…' })}`
}
