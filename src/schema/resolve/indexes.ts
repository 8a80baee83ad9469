/** How index builders become indexes of the model. */
import { AmbixError } from '../../errors.ts'
import { dataOf } from '../declared.ts'
import { refText } from '../keys.ts'
import type { Index, IndexElement } from '../model.ts'
import { distinctNames, expressionName } from './naming.ts'
import { collationRef, defined, textOf } from './column.ts'
import { columnName, includes, named, said, type Subject, type What } from './subject.ts'
import { isSql, type Sql } from '../sql.ts'
import type { IndexData } from '../declare/table-extras.ts'
import type { ColumnLike, IndexElementInput, IndexPart } from '../declare/column-refs.ts'

export function elementOf(subject: Subject, part: IndexPart, what: What): IndexElement {
  const data = dataOf(part)
  if (typeof part === 'string' || data?.kind === 'columnRef')
    return { column: columnName(subject, part as ColumnLike, what) }
  if (isSql(part)) return expression(subject, part)
  const input =
    data?.kind === 'indexPart'
      ? (data as unknown as { readonly element: IndexElementInput }).element
      : data === undefined
        ? (part as IndexElementInput | undefined)
        : undefined
  if (input === undefined || (input.column === undefined) === (input.expression === undefined)) {
    throw new AmbixError(
      'SCHEMA.UNKNOWN_REFERENCE',
      `The ${said(what)} of ${refText(subject.ref)} names a column that the table does not have.`,
      {
        next: ['Give a column, its name, or an expression sql`…`.'],
      },
    )
  }
  const order: 'desc' | undefined = input.order === 'desc' ? 'desc' : undefined
  const usual = order === 'desc' ? 'first' : 'last'
  return defined<IndexElement>({
    ...(input.column === undefined
      ? expression(subject, input.expression!)
      : { column: columnName(subject, input.column, what) }),
    collation: collationRef(input.collation, subject.options),
    opclass: input.opclass,
    length: input.length,
    order,
    nulls: input.nulls === usual ? undefined : input.nulls,
  })
}

/** A fragment that is nothing but a column is that column. */
export function expression(subject: Subject, fragment: Sql | string): IndexElement {
  const [only, ...more] = typeof fragment === 'string' ? [] : fragment.chunks
  if (only?.kind === 'column' && more.length === 0) return { column: only.column }
  return { expression: textOf(fragment, subject.options) }
}

export function nameColumns(elements: readonly IndexElement[]): readonly string[] {
  return distinctNames(elements.map((e) => e.column ?? expressionName(e.expression ?? '')))
}

export function indexOf(subject: Subject, data: IndexData): Index {
  const what = (): string => (data.name === undefined ? 'index' : `index ${data.name}`)
  if (data.parts.length === 0) {
    throw new AmbixError('SCHEMA.INVALID', `The ${what()} of ${refText(subject.ref)} names no columns.`, {
      next: ['Add .on(t.a).'],
    })
  }
  const elements = Object.freeze(data.parts.map((p) => elementOf(subject, p, what)))
  const name = named(subject, 'index', data.name, () => ({ columns: nameColumns(elements) }))
  if (isPlain(data)) return Object.freeze({ name, elements })
  return defined<Index>({
    name,
    elements,
    unique: data.unique === true ? true : undefined,
    method: data.using === undefined || data.using.toLowerCase() === 'btree' ? undefined : data.using.toLowerCase(),
    include: includes(subject, data.include, what),
    where: data.where === undefined ? undefined : textOf(data.where, subject.options),
    nullsNotDistinct: data.nullsNotDistinct === true ? true : undefined,
    with: parameters(data.with),
    tablespace: data.tablespace,
    only: data.only === true ? true : undefined,
    clustered: data.clustered === true ? true : undefined,
    comment: data.comment,
    renamedFrom: data.renamedFrom,
  })
}

/** Nothing but a name and its columns: most indexes. */
function isPlain(data: IndexData): boolean {
  for (const key in data) if (key !== 'kind' && key !== 'name' && key !== 'parts') return false
  return true
}

export function parameters(
  given: Readonly<Record<string, string | number | boolean>> | undefined,
): Readonly<Record<string, string>> | undefined {
  return given && Object.freeze(Object.fromEntries(Object.entries(given).map(([k, v]) => [k, String(v)])))
}
