/** The rows that a type change would refuse, as a query: counted by a condition where there is one, else found by casting all rows. */
import type { RowQuestion } from '../../../operations/row-question.ts'
import type { ColumnType } from '../../../schema/model.ts'
import { plainKind } from '../../shared/losses.ts'
import { conversion } from './casts.ts'
import { name, quote, text, writeType } from '../spell/writer.ts'

type Question = Extract<RowQuestion, { readonly ask: 'cast' }>

const strings = /^(text|varchar|char|citext|name)$/u
const numbers = /^(smallint|integer|bigint|numeric|real|doublePrecision)$/u

/**
 * The effect of ALTER COLUMN … TYPE on each value (an assignment, not an explicit cast: too long a value is an error, manual
 * section 10.4), without doing it. One row of (count, example), no row, or an error of class 22 that names a value.
 */
export function castQuery(question: Question, serverVersion = 0): string {
  const { from, to } = question
  const column = quote(question.column)
  const value = question.using ?? conversion(column, from, to) ?? column
  const wrong = refusedWhen(value, question, serverVersion)
  const source = `FROM ${name(question.table)}`
  if (wrong !== undefined) return `SELECT count(*), min(${column}::text) ${source} WHERE ${wrong} HAVING count(*) > 0`
  // A condition that is never true, and must be evaluated for every row.
  return `SELECT count(*), min(${column}::text) ${source} WHERE num_nulls((${value})::${writeType(to)}) > 1 HAVING count(*) > 0`
}

/** The condition under which a value is refused, where one can be written that does not fail itself. */
function refusedWhen(value: string, { from, to, using, column }: Question, serverVersion: number): string | undefined {
  const limit = to.length ?? (to.kind === 'char' || to.kind === 'bit' ? 1 : undefined)
  // Trailing blanks are cut without an error.
  if ((to.kind === 'varchar' || to.kind === 'char') && limit !== undefined)
    return `rtrim(substr((${value})::text, ${limit + 1}), ' ') <> ''`
  if (using !== undefined) return undefined
  if ((to.kind === 'bit' || to.kind === 'varbit') && limit !== undefined && from.kind.endsWith('bit'))
    return `length(${value}) ${to.kind === 'bit' ? '<>' : '>'} ${limit}`
  if (numbers.test(plainKind(from))) return outOfRange(value, plainKind(to), to)
  if (serverVersion >= 16 && strings.test((from.element ?? from).kind))
    return `NOT pg_input_is_valid(${quote(column)}::text, ${text(writeType(to))})`
  return undefined
}

function outOfRange(value: string, kind: string, to: ColumnType): string | undefined {
  const bits: Readonly<Record<string, string>> = {
    smallint: '32768',
    integer: '2147483648',
    bigint: '9223372036854775808',
  }
  const end = bits[kind]
  // Halves are rounded to the next number, which must also be valid for the type.
  if (end !== undefined) return `NOT (${value} >= -${end} - 0.5 AND ${value} < ${end} - 0.5)`
  if (kind !== 'numeric' || to.precision === undefined) return undefined
  const scale = to.scale ?? 0
  return `${value}::text <> 'NaN' AND abs(round((${value})::numeric, ${scale})) >= 1e${to.precision - scale}::numeric`
}
