/** Questions about rows as PostgreSQL queries. */
import type { LabelUse, RowQuestion } from '../../../operations/row-question.ts'
import type { Ref } from '../../../schema/model.ts'
import { castQuery } from './cast-query.ts'
import { quoteIdent, quoteLiteral } from '../spell/quote.ts'

const name = (ref: Ref): string =>
  ref.schema === undefined ? quoteIdent(ref.name) : `${quoteIdent(ref.schema)}.${quoteIdent(ref.name)}`

function labelCount(label: string, use: LabelUse): string {
  const attributes = use.attributes ?? []
  const column = attributes.reduce((of, attribute) => `(${of}).${quoteIdent(attribute)}`, quoteIdent(use.column!))
  const text = quoteLiteral(label)
  // Compared as text, so that the query is also valid for a label that the type does not have.
  const condition = use.array === true ? `${text} = ANY (${column}::text[])` : `${column}::text = ${text}`
  return `(SELECT count(*) FROM ${name(use.table!)} WHERE ${condition})`
}

export function rowQuery(question: RowQuestion, serverVersion?: number): string {
  switch (question.ask) {
    case 'label': {
      const uses = question.uses.filter((u) => u.table !== undefined && u.column !== undefined)
      return `SELECT ${uses.length === 0 ? '0' : uses.map((u) => labelCount(question.label, u)).join(' + ')}`
    }
    case 'rows':
      // Only whether there are any is needed; a full count of a big table would be slow.
      return `SELECT count(*) FROM (SELECT 1 FROM ${name(question.table)} LIMIT 1000) AS some_rows`
    case 'nulls':
      return `SELECT count(*) FROM ${name(question.table)} WHERE ${quoteIdent(question.column)} IS NULL`
    case 'values': {
      const column = quoteIdent(question.column)
      const value = question.array === true ? `unnest(${column}::text[])` : `${column}::text`
      return `SELECT DISTINCT ${value} FROM ${name(question.table)} ORDER BY 1 LIMIT 100`
    }
    case 'cast':
      return castQuery(question, serverVersion)
  }
}

/**
 * As the planner does: the rows of a page at the last VACUUM or ANALYZE times the pages of today. Of a table that had none yet,
 * the columns' widths say how many fit into a page, 32 bytes for those that have no fixed one.
 */
export const largeTables = (tables: readonly Ref[], rows: number): string =>
  `SELECT asked.place OPERATOR(pg_catalog.-) 1
FROM pg_catalog.unnest(ARRAY[${tables.map((table) => quoteLiteral(name(table))).join(', ')}]::pg_catalog.text[]) WITH ORDINALITY asked (name, place)
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(asked.name)::pg_catalog.oid
CROSS JOIN LATERAL (SELECT pg_catalog.sum(CASE WHEN attlen OPERATOR(pg_catalog.>) 0 THEN attlen ELSE 32 END) OPERATOR(pg_catalog.+) 28
  FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) c.oid AND attnum OPERATOR(pg_catalog.>) 0) AS tuple (bytes)
WHERE pg_catalog.pg_relation_size(c.oid::pg_catalog.regclass) OPERATOR(pg_catalog.*) CASE
    WHEN c.relpages OPERATOR(pg_catalog.>) 0
    THEN c.reltuples OPERATOR(pg_catalog./) c.relpages OPERATOR(pg_catalog./) pg_catalog.current_setting('block_size')::pg_catalog.int4
    ELSE 1.0 OPERATOR(pg_catalog./) tuple.bytes END
  OPERATOR(pg_catalog.>=) ${rows}`
