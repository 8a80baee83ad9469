/** Questions about rows as SQLite queries. */
import type { RowQuestion } from '../../operations/row-question.ts'
import { quote, text } from './spell.ts'

export function rowQuery(question: RowQuestion): string {
  switch (question.ask) {
    case 'label': {
      const counts = question.uses.flatMap((u) =>
        u.table === undefined || u.column === undefined
          ? []
          : [`(SELECT count(*) FROM ${quote(u.table.name)} WHERE ${quote(u.column)} = ${text(question.label)})`],
      )
      return `SELECT ${counts.length === 0 ? '0' : counts.join(' + ')}`
    }
    case 'rows':
      return `SELECT count(*) FROM (SELECT 1 FROM ${quote(question.table.name)} LIMIT 1000)`
    case 'nulls':
      return `SELECT count(*) FROM ${quote(question.table.name)} WHERE ${quote(question.column)} IS NULL`
    case 'values':
      return `SELECT DISTINCT CAST(${quote(question.column)} AS text) FROM ${quote(question.table.name)} ORDER BY 1 LIMIT 100`
    case 'cast':
      // Every column accepts any value here, and a cast converts what it can.
      return 'SELECT NULL, NULL WHERE false'
  }
}
