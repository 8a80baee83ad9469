/** Whether every value of one type is valid for another, and the questions where rows have values that are not. */
import { AmbixError } from '../../errors.ts'
import { columnText } from '../../schema/keys.ts'
import { ref } from '../../operations/plain.ts'
import type { Column, ColumnType, EnumType, Table } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { name, refName } from '../model/quote.ts'
import type { Hint } from '../model/types.ts'

const whole: Readonly<Record<string, number>> = {
  smallint: 5,
  smallserial: 5,
  integer: 10,
  serial: 10,
  bigint: 19,
  bigserial: 19,
}
const strings: ReadonlySet<string> = new Set(['text', 'varchar', 'char', 'citext', 'name'])
const times: ReadonlySet<string> = new Set(['timestamp', 'date', 'time', 'interval'])
const userTypes: ReadonlySet<string> = new Set(['enum', 'domain', 'composite', 'range'])

/** Nothing need be tried: no value of `from` is refused by `to`. Rather false than wrong. */
export function alwaysFits(from: ColumnType, to: ColumnType, labels: readonly string[] | undefined): boolean {
  if (from.kind === 'array' && to.kind === 'array' && from.element !== undefined && to.element !== undefined)
    return alwaysFits(from.element, to.element, labels)
  if (strings.has(to.kind)) {
    if (to.kind === 'text' || to.kind === 'citext' || (to.kind === 'varchar' && to.length === undefined)) return true
    if (labels !== undefined && to.length !== undefined) return labels.every((l) => [...l].length <= to.length!)
    return strings.has(from.kind) && from.length !== undefined && from.length <= (to.length ?? 1)
  }
  const [digits, wanted] = [whole[from.kind], whole[to.kind]]
  if (digits !== undefined) {
    if (wanted !== undefined) return digits <= wanted
    if (to.kind === 'real' || to.kind === 'doublePrecision') return true
    return to.kind === 'numeric' && (to.precision === undefined || to.precision - (to.scale ?? 0) >= digits)
  }
  if (from.kind === 'numeric' && to.kind === 'numeric') {
    if (to.precision === undefined) return true
    if (from.precision === undefined || (to.scale ?? 0) < (from.scale ?? 0)) return false
    return to.precision - (to.scale ?? 0) >= from.precision - (from.scale ?? 0)
  }
  if (from.kind === 'real' && to.kind === 'doublePrecision') return true
  if (times.has(from.kind) && times.has(to.kind)) return true
  const pair = `${from.kind} ${to.kind}`
  if (['jsonb json', 'cidr inet', 'inet cidr', 'macaddr macaddr8', 'boolean integer'].includes(pair)) return true
  return (
    from.kind === 'varbit' &&
    to.kind === 'varbit' &&
    (to.length === undefined || (from.length ?? Infinity) <= to.length)
  )
}

/** Types whose values, as text, are never values of certain others: kinds on the left to kinds on the right. */
const strangers: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['uuid'], ['whole', 'number', 'boolean', 'date', 'timestamp', 'time', 'interval', 'net', 'json', 'mac']],
  [['whole'], ['uuid', 'net', 'mac', 'range']],
  [['number'], ['net', 'range']],
  [['boolean'], ['number', 'uuid', 'date', 'timestamp', 'time', 'interval', 'net', 'mac', 'range']],
  // A date of digits and dashes may be a hardware address.
  [['date'], ['whole', 'number', 'boolean', 'uuid', 'net', 'json', 'range']],
  [['timestamp'], ['whole', 'number', 'boolean', 'uuid', 'net', 'mac', 'json', 'range']],
  [['time'], ['whole', 'number', 'boolean', 'uuid', 'net', 'mac', 'json', 'range', 'date', 'timestamp']],
  [['interval'], ['whole', 'number', 'boolean', 'uuid', 'net', 'mac', 'json', 'range']],
  [
    ['net', 'mac'],
    ['whole', 'number', 'boolean', 'uuid', 'date', 'timestamp', 'json', 'range'],
  ],
  [['range'], ['whole', 'number', 'boolean', 'uuid', 'date', 'timestamp', 'time', 'interval', 'net', 'mac', 'json']],
]

function familyOf(kind: string): string {
  if (whole[kind] !== undefined) return 'whole'
  if (/^(?:numeric|real|doublePrecision)$/.test(kind)) return 'number'
  if (kind === 'inet' || kind === 'cidr') return 'net'
  if (kind === 'macaddr' || kind === 'macaddr8') return 'mac'
  if (kind === 'json' || kind === 'jsonb') return 'json'
  return kind.endsWith('range') && kind !== 'range' ? 'range' : kind
}

/** True where no value of `from` can be cast to `to`. False in doubt. */
export function neverFits(from: ColumnType, to: ColumnType): boolean {
  if (from.kind === 'array' || to.kind === 'array') return false
  const [a, b] = [familyOf(from.kind), familyOf(to.kind)]
  // Of the integer types, a boolean can only be cast to integer.
  if (a === 'boolean' && b === 'whole') return plain(to) !== 'integer'
  return strangers.some(([left, right]) => left.includes(a) && right.includes(b))
}

const plain = (type: ColumnType): string => (type.kind === 'serial' ? 'integer' : type.kind)

/** The type as messages name it. */
export function typeText(type: ColumnType): string {
  if (type.kind === 'array') return `${typeText(type.element ?? { kind: 'text' })}[]`
  const word = type.sql ?? type.name ?? (type.kind === 'doublePrecision' ? 'double precision' : type.kind)
  const args = [type.length ?? type.precision, type.scale].filter((n) => n !== undefined)
  return `${word}${args.length === 0 || type.sql !== undefined ? '' : `(${args.join(',')})`}${type.withTimeZone === true ? ' with time zone' : ''}`
}

const serials: Readonly<Record<string, string>> = { serial: 'integer', bigserial: 'bigint', smallserial: 'smallint' }

/** One value as an array, or the first of an array as one value, cast where PostgreSQL would not do so by itself. */
export function toOrFromArray(column: string, from: ColumnType, to: ColumnType): string {
  const [had, has] = [from.element ?? from, to.element ?? to]
  const bare = from.kind === 'array' ? `${name(column)}[1]` : name(column)
  const plain = strings.has(has.kind) || (had.kind === has.kind && had.name === has.name && had.schema === has.schema)
  const spelled = has.name === undefined ? undefined : refName(ref(has.name, has.schema))
  const value = plain ? bare : `${bare}::${spelled ?? serials[has.kind] ?? typeText(has)}`
  return to.kind === 'array' ? `ARRAY[${value}]` : value
}

/**
 * Asks the rows of a column that changes its type, and where some cannot become one, the user. With an expression given,
 * it is that which is tried. Throws DIFF.REFUSED where the given one fails.
 */
export function tryRows(
  table: Table,
  old: Column,
  column: Column,
  had: EnumType | undefined,
  using: string | undefined,
  asking: Asking,
): void {
  const [from, to] = [old.type, column.type]
  if (old.generated !== undefined || column.generated !== undefined || userTypes.has((to.element ?? to).kind)) return
  if (using === undefined && ((from.kind === 'array') !== (to.kind === 'array') || alwaysFits(from, to, had?.values)))
    return
  if (!asking.hasRows([table])) return
  const answer = asking.ask({
    ask: 'cast',
    table: asking.tableBefore(table),
    column: asking.columnBefore(table, column.name),
    from,
    to,
    ...(using === undefined ? {} : { using: asking.expressionBefore(table, using) }),
  })
  if (!Array.isArray(answer) || answer.length === 0) return
  const text = columnText(table, column.name)
  // The number of rows, an example, the server's message: each may be unknown.
  const [count = null, example = null, said = null] = answer as readonly (string | null)[]
  const rows = count === null ? 'Rows hold' : count === '1' ? '1 row holds' : `${count} rows hold`
  const such = example === null ? '' : `, such as ${JSON.stringify(example)}`
  const found = `${rows} in ${text} what is no ${typeText(to)}${such}${said === null ? '' : ` (${said})`}`
  if (using !== undefined)
    throw new AmbixError('DIFF.REFUSED', `The column ${text} cannot become ${typeText(to)} by the expression given.`, {
      why: `${found}, by ${using}`,
      next: [`Change the hint {"using":"${text}",…}, or the rows.`],
      data: { column: text, using },
    })
  asking.decide({
    kind: 'using',
    object: `column ${text}`,
    question: `${found}. How do they become one?`,
    // Older servers do not count: they report the first value that they refuse.
    options: waysOut(text, column, from, to, example ?? /: "(.*)"$/su.exec(said ?? '')?.[1] ?? null),
  })
}

/** An expression that passes, in the shape that suits the type; where NULL is not allowed, another value is used. */
function waysOut(
  text: string,
  column: Column,
  from: ColumnType,
  to: ColumnType,
  example: string | null,
): readonly Hint[] {
  const c = name(column.name)
  const using = (up: string): readonly Hint[] => [{ using: text, up }]
  if (to.kind === 'varchar' || to.kind === 'char')
    return using(`left(${strings.has(from.kind) ? c : `${c}::text`}, ${to.length ?? 1})`)
  const bytes: Readonly<Record<string, string>> = {
    smallint: '-32768 AND 32767',
    integer: '-2147483648 AND 2147483647',
    bigint: '-9223372036854775808 AND 9223372036854775807',
  }
  const rest = column.nullable ? '' : ' ELSE 0'
  const typed = typeText(to)
  if (strings.has(from.kind)) {
    if (whole[to.kind] !== undefined)
      return using(`CASE WHEN ${c} ~ '^ *-?[0-9]{1,${whole[to.kind]! - 1}} *$' THEN ${c}::${typed}${rest} END`)
    if (to.kind === 'numeric' || to.kind === 'real' || to.kind === 'doublePrecision')
      return using(`CASE WHEN ${c} ~ '^ *-?[0-9]+([.][0-9]+)? *$' THEN ${c}::${typed}${rest} END`)
    return using(`nullif(${c}, ${literal(example ?? '')})::${typed}`)
  }
  const range = bytes[to.kind]
  if (range !== undefined && from.kind !== 'array') return using(`CASE WHEN ${c} BETWEEN ${range} THEN ${c}${rest} END`)
  if (to.kind === 'numeric' && to.precision !== undefined && from.kind !== 'array')
    return using(`CASE WHEN abs(${c}) < ${10 ** (to.precision - (to.scale ?? 0)) - 1} THEN ${c}${rest} END`)
  return using(`nullif(${c}::text, ${literal(example ?? '')})::${typed}`)
}

const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`
