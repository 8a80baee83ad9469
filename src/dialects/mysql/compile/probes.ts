/** How to find out after a crash whether a statement took effect: every DDL statement commits by itself, fully or not at all. */
import type { Index, Ref } from '../../../schema/model.ts'
import { text } from '../spell/quote.ts'

export interface Probe {
  readonly sql: string
}

const database = (ref: Ref): string => (ref.schema === undefined ? 'DATABASE()' : text(ref.schema))

/** Complete when the query returns a row (or none, for drops). */
export function found(query: string, wanted = true): Probe {
  const [yes, no] = wanted ? ['complete', 'absent'] : ['absent', 'complete']
  return { sql: `SELECT IF(EXISTS(${query}), '${yes}', '${no}')` }
}

export const tableProbe = (table: Ref, there: boolean): Probe =>
  found(
    `SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${database(table)} AND TABLE_NAME = ${text(table.name)}`,
    there,
  )

export const columnProbe = (table: Ref, column: string, there: boolean): Probe =>
  found(
    `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${database(table)} AND TABLE_NAME = ${text(table.name)} AND COLUMN_NAME = ${text(column)}`,
    there,
  )

export const constraintProbe = (table: Ref, name: string, there: boolean): Probe =>
  found(
    `SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = ${database(table)} AND TABLE_NAME = ${text(table.name)} AND CONSTRAINT_NAME = ${text(name)}`,
    there,
  )

export const noIndexProbe = (table: Ref, name: string): Probe =>
  found(
    `SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ${database(table)} AND TABLE_NAME = ${text(table.name)} AND INDEX_NAME = ${text(name)}`,
    false,
  )

/** By the elements of the index: another one of its name may have existed before. */
export function indexProbe(table: Ref, index: Pick<Index, 'name' | 'elements' | 'unique' | 'method'>): Probe {
  const parts = index.elements
    .map((e) => `${e.column ?? ''}:${index.method === 'spatial' ? '' : (e.length ?? '')}`)
    .join(',')
  const length = index.method === 'spatial' ? "''" : "IFNULL(SUB_PART, '')"
  return {
    sql: `SELECT IF((SELECT CONCAT(MIN(NON_UNIQUE), ' ', GROUP_CONCAT(IFNULL(COLUMN_NAME, ''), ':', ${length} ORDER BY SEQ_IN_INDEX)) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ${database(table)} AND TABLE_NAME = ${text(table.name)} AND INDEX_NAME = ${text(index.name)}) = ${text(`${index.unique === true ? 0 : 1} ${parts}`)}, 'complete', 'absent')`,
  }
}

export const triggerProbe = (name: string, there: boolean): Probe =>
  found(
    `SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME = ${text(name)}`,
    there,
  )

export const routineProbe = (name: string, kind: string, there: boolean): Probe =>
  found(
    `SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = ${text(name)} AND ROUTINE_TYPE = ${text(kind)}`,
    there,
  )

export const eventProbe = (name: string, there: boolean): Probe =>
  found(`SELECT 1 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() AND EVENT_NAME = ${text(name)}`, there)
