/** Questions about rows as queries of MySQL and MariaDB. */
import type { RowQuestion } from '../../operations/row-question.ts'
import type { ColumnType } from '../../schema/model.ts'
import { quote, quoteRef, text } from './spell/quote.ts'

const nothing = 'SELECT NULL, NULL FROM DUAL WHERE FALSE'

export function rowQuery(question: RowQuestion): string {
  switch (question.ask) {
    case 'label': {
      const counts = question.uses.flatMap((u) =>
        u.table === undefined || u.column === undefined
          ? []
          : [`(SELECT COUNT(*) FROM ${quoteRef(u.table)} WHERE ${quote(u.column)} = ${text(question.label)})`],
      )
      return `SELECT ${counts.length === 0 ? '0' : counts.join(' + ')}`
    }
    case 'rows':
      return `SELECT COUNT(*) FROM (SELECT 1 FROM ${quoteRef(question.table)} LIMIT 1000) AS some`
    case 'nulls':
      return `SELECT COUNT(*) FROM ${quoteRef(question.table)} WHERE ${quote(question.column)} IS NULL`
    case 'values':
      return `SELECT DISTINCT CAST(${quote(question.column)} AS CHAR) FROM ${quoteRef(question.table)} ORDER BY 1 LIMIT 100`
    case 'cast':
      return cast(question)
  }
}

const ranges: Readonly<Record<string, readonly [string, string]>> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
  boolean: ['-128', '127'],
}

/** Which values the server would refuse in strict mode, as far as the two types show. */
function cast(question: Extract<RowQuestion, { ask: 'cast' }>): string {
  const c = quote(question.column)
  const bad = question.using === undefined ? refused(c, question.from, question.to) : undefined
  if (bad === undefined) return nothing
  const table = quoteRef(question.table)
  return `SELECT COUNT(*), MIN(CAST(${c} AS CHAR)) FROM ${table} WHERE ${c} IS NOT NULL AND ${bad} HAVING COUNT(*) > 0`
}

const isText = (type: ColumnType): boolean => /^(text|varchar|char|enum)$/u.test(type.kind)

function refused(c: string, from: ColumnType, to: ColumnType): string | undefined {
  if ((to.kind === 'varchar' || to.kind === 'char') && to.length !== undefined)
    return `CHAR_LENGTH(CAST(${c} AS CHAR)) > ${to.length}`
  const range = ranges[to.kind]
  if (range !== undefined) {
    const words = isText(from)
      ? `CAST(${c} AS CHAR) NOT REGEXP '^[[:space:]]*[-+]?[0-9]+([.][0-9]*)?[[:space:]]*$' OR `
      : ''
    return `(${words}CAST(${c} AS DECIMAL(65, 10)) NOT BETWEEN ${range[0]} AND ${range[1]})`
  }
  if (to.kind === 'numeric' && isText(from))
    return `CAST(${c} AS CHAR) NOT REGEXP '^[[:space:]]*[-+]?[0-9]*([.][0-9]*)?[[:space:]]*$'`
  if (to.kind === 'json' && isText(from)) return `NOT JSON_VALID(${c})`
  return undefined
}
