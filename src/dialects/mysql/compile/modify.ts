/** MODIFY, the statement that changes a column: it repeats the full definition. */
import type { Check, Column, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Unsupported } from '../../dialect.ts'
import { quote } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { cannot, columnClause, serverIn, tableBefore } from './writer.ts'

/** The check that is part of a column's definition, under the column's name (MariaDB). */
export function ownCheck(table: Ref, column: string, context: CompileContext): Check | undefined {
  if (serverIn(context).flavor !== 'mariadb') return undefined
  const found = tableBefore(context, table)?.constraints.find((c) => c.kind === 'check' && c.name === column)
  return found?.kind === 'check' ? found : undefined
}

/** MODIFY with the full definition of the column, and its own check. */
export function modify(
  table: Ref,
  column: Column,
  context: CompileContext,
  labels?: readonly string[],
): Draft | Unsupported {
  const clause = columnClause(column, context, labels)
  if (cannot(clause)) return clause
  const check = ownCheck(table, column.name, context)
  const clauses =
    check === undefined
      ? [`MODIFY COLUMN ${clause}`]
      : [`DROP CONSTRAINT IF EXISTS ${quote(check.name)}`, `MODIFY COLUMN ${clause} CHECK (${check.sql})`]
  const touches = [`column ${column.name}`, ...(check === undefined ? [] : [`check ${check.name}`])]
  return alterTable(table, clauses, undefined, touches)
}
