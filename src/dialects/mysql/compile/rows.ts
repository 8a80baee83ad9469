/** Updates of rows that belong to a schema change: no other value of the rows may change. */
import type { Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft } from '../../dialect.ts'
import { quote, quoteRef } from '../spell/quote.ts'
import { tableBefore } from './writer.ts'

/** Whether the table keeps its history (MariaDB): no statement changes rows that are history. */
export function keepsHistory(table: Ref, context: CompileContext): boolean {
  return tableBefore(context, table)?.with?.['system_versioning'] === 'on'
}

/** The table with all rows that a change of its columns converts: those of its history too. */
export function allRowsOf(table: Ref, context: CompileContext): string {
  return `${quoteRef(table)}${keepsHistory(table, context) ? ' FOR SYSTEM_TIME ALL' : ''}`
}

/** Sets a column; columns with ON UPDATE are set to themselves, or they would get the time of the upgrade. */
export function updateRows(table: Ref, column: string, value: string, context: CompileContext, where = ''): Draft {
  const clocks = (tableBefore(context, table)?.columns ?? []).filter(
    (c) => c.name !== column && c.default?.kind === 'sql' && /\bon update\b/iu.test(c.default.sql),
  )
  const sets = [`${quote(column)} = ${value}`, ...clocks.map((c) => `${quote(c.name)} = ${quote(c.name)}`)]
  return { sql: `UPDATE ${quoteRef(table)} SET ${sets.join(', ')}${where}`, transaction: 'inside' }
}
