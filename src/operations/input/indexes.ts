/** How the elements of an index are written in a revision, and what they are in the model. */
import type { IndexElement, Ref } from '../../schema/model.ts'
import { isSql, type Sql } from '../../schema/sql.ts'
import { refInput, refOf, sqlOf, type SqlText, textOf } from '../define.ts'
import { checkName, checkOptions, invalid } from '../invalid.ts'
import { compact } from '../plain.ts'

/** A column's name, an expression, or either with its order, operator class and collation. */
export type ElementInput =
  | string
  | Sql
  | {
      readonly column?: string
      readonly expression?: SqlText
      readonly order?: 'asc' | 'desc'
      readonly nulls?: 'first' | 'last'
      /** With its parameters, as written. */
      readonly opclass?: string
      /** MySQL: so many characters from the beginning. */
      readonly length?: number
      readonly collation?: string | Ref
    }

export function elementOf(operation: string, input: ElementInput): IndexElement {
  if (typeof input === 'string') return { column: checkName(operation, 'the column', input) }
  if (isSql(input)) return { expression: textOf(operation, 'the expression', input) }
  if (typeof input !== 'object' || input === null)
    throw invalid(operation, 'an element must be a column name, sql`…`, or an object with one of them')
  checkOptions(operation, input, ['column', 'expression', 'order', 'nulls', 'opclass', 'length', 'collation'])
  if ((input.column === undefined) === (input.expression === undefined)) {
    throw invalid(operation, "an element names a 'column' or an 'expression'")
  }
  const desc = input.order === 'desc'
  return compact<IndexElement>({
    column: input.column,
    expression: input.expression === undefined ? undefined : textOf(operation, 'the expression', input.expression),
    collation: input.collation === undefined ? undefined : refOf(input.collation),
    opclass: input.opclass,
    length: input.length,
    order: desc ? 'desc' : undefined,
    // Descending order has nulls first by default, ascending last (CREATE INDEX, manual).
    nulls: input.nulls === (desc ? 'first' : 'last') ? undefined : input.nulls,
  })
}

export function elementInput(element: IndexElement): ElementInput {
  const { column, expression, collation, opclass, length, order, nulls } = element
  if (
    collation === undefined &&
    opclass === undefined &&
    length === undefined &&
    order === undefined &&
    nulls === undefined
  ) {
    if (column !== undefined) return column
    if (expression !== undefined) return sqlOf(expression)
  }
  return compact({
    column,
    expression: expression === undefined ? undefined : sqlOf(expression),
    order,
    nulls,
    opclass,
    length,
    collation: collation === undefined ? undefined : refInput(collation),
  })
}
