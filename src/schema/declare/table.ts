/** A table as it is declared: columns by property, constraints and indexes, and the table's own options. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { type AnyColumn, type ColumnMap, columnData, isColumn, nonEmpty } from './column.ts'
import { ambix, type Declared, dataOf } from '../declared.ts'
import { checkOptions, type Known } from './known-options.ts'
import {
  anyTable,
  checkShape,
  either,
  flag,
  fragment,
  keyword,
  listOf,
  members,
  object,
  parameters,
  saidShapes,
  type Shape,
  word,
} from '../shapes.ts'
import type { Ref } from '../model.ts'
import type { Sql } from '../sql.ts'
import { type Extra } from './table-extras.ts'
import { ColumnRef } from './column-refs.ts'

export interface TableOptions {
  readonly comment?: string
  /** The old name in the database: the next revision renames it. */
  readonly renamedFrom?: string
  readonly unlogged?: boolean
  /** Storage parameters: `{ fillfactor: 70 }`. */
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
  readonly inherits?: readonly (TableLike | Ref | string)[]
  /** `list (status)`, `range (created_at)`. */
  readonly partitionBy?: Sql | string
  readonly partitionOf?: { readonly parent: TableLike | Ref | string; readonly bound: Sql | string }
  readonly rowSecurity?: boolean
  readonly forceRowSecurity?: boolean
  readonly replicaIdentity?: 'full' | 'nothing' | { readonly index: string }
  /** SQLite. */
  readonly strict?: boolean
  readonly withoutRowid?: boolean
}

const anIndex = members<{ readonly index: string }>("{ index: 'a' }", { index: word })
const aTable = anyTable as Shape<TableLike | Ref | string>
const partition = { parent: aTable, bound: fragment }
const wholePartition = members("{ parent: posts, bound: 'for values in (1)' }", partition)
const tableOptions: Known<TableOptions> = {
  ...saidShapes,
  unlogged: flag,
  with: parameters,
  tablespace: word,
  inherits: listOf(aTable, 'tables'),
  partitionBy: fragment,
  partitionOf: object(),
  rowSecurity: flag,
  forceRowSecurity: flag,
  replicaIdentity: either(keyword('full', 'nothing'), anIndex),
  strict: flag,
  withoutRowid: flag,
}

export interface TableData<
  out N extends string = string,
  out C extends ColumnMap = ColumnMap,
  out S extends string | undefined = string | undefined,
> {
  readonly kind: 'table'
  readonly name: N
  readonly schema?: S
  readonly columns: C
  readonly extras: () => readonly Extra[]
  readonly options: TableOptions
}

/** The columns of a table as its extras see them, and as `users.id` outside. */
export type ColumnRefs<C extends ColumnMap> = { readonly [K in keyof C]: ColumnRef<C[K]['$']['value']> }

/** A declared table: `users.id` is its column, for references, indexes and fragments. */
export type TableDeclaration<
  N extends string = string,
  C extends ColumnMap = ColumnMap,
  S extends string | undefined = undefined,
> = Declared<TableData<N, C, S>> & ColumnRefs<C>
/** Any declared table. */
export type TableLike = Declared<TableData>

export type Extras<C extends ColumnMap> = readonly Extra[] | ((t: ColumnRefs<C>) => readonly Extra[])

/** The function `table`, which `schema('app').table` shares. */
export interface TableFunction<S extends string | undefined> {
  <const N extends string, C extends ColumnMap>(name: N, columns: C, options?: TableOptions): TableDeclaration<N, C, S>
  <const N extends string, C extends ColumnMap>(
    name: N,
    columns: C,
    extras?: Extras<C>,
    options?: TableOptions,
  ): TableDeclaration<N, C, S>
}

/**
 * Declares a table. Throws SCHEMA.INVALID for what is no column, SCHEMA.DUPLICATE for two columns of one name.
 *
 * @example table('posts', { id: integer().primaryKey() }, (t) => [index().on(t.id)], { comment: 'what people write' })
 */
export const table: TableFunction<undefined> = tableIn(undefined)

/** `table` for a schema. */
export function tableIn<S extends string | undefined>(schema: S): TableFunction<S> {
  return <N extends string, C extends ColumnMap>(
    name: N,
    columns: C,
    third?: Extras<C> | TableOptions,
    fourth: TableOptions = noOptions,
  ): TableDeclaration<N, C, S> => {
    nonEmpty(name, 'table')
    const ref: Ref = schema === undefined ? { name } : { schema, name }
    const refs = columnRefs(ref, columns)
    const given = typeof third === 'function' || Array.isArray(third)
    const said = given || third === undefined ? fourth : (third as TableOptions)
    if (said !== noOptions) checkOptions(`table('${name}')`, said, tableOptions)
    if (said.partitionOf !== undefined) {
      checkOptions(`partitionOf of table('${name}')`, said.partitionOf, partition)
      checkShape(`partitionOf of table('${name}')`, said.partitionOf, wholePartition)
    }
    const extras =
      typeof third === 'function'
        ? (): readonly Extra[] => third(refs)
        : (): readonly Extra[] => (given ? (third as readonly Extra[]) : [])
    const data: TableData<N, C, S> = Object.freeze({
      kind: 'table',
      name,
      ...(schema === undefined ? {} : { schema }),
      columns: Object.freeze({ ...columns }),
      extras,
      options: said === noOptions ? noOptions : Object.freeze({ ...said }),
    })
    // The table itself from now on.
    const declared = refs as ColumnRefs<C> & { [ambix]: typeof data }
    declared[ambix] = data
    return declaredHere(Object.freeze(declared))
  }
}

const noOptions: TableOptions = Object.freeze({})

function columnRefs<C extends ColumnMap>(table: Ref, columns: C): ColumnRefs<C> {
  if (typeof columns !== 'object' || columns === null) {
    throw new AmbixError('SCHEMA.INVALID', `The table ${table.name} is declared without columns.`, {
      next: ["Write table('users', { id: integer().primaryKey() })."],
    })
  }
  // A copy, which has the properties in their order; each gets its column's reference.
  const refs: Record<string, unknown> = { ...columns }
  let seen: Map<string, string> | undefined
  for (const property in refs) {
    const column = refs[property]
    if (!isColumn(column)) {
      const forgotten = typeof column === 'function'
      throw new AmbixError('SCHEMA.INVALID', `${table.name}.${property} is not a column.`, {
        why: `It is ${column === null ? 'null' : typeof column}.`,
        next: forgotten ? [`Call the type: ${property}: …().`] : ['Write a column such as integer() or text().'],
      })
    }
    const name = sqlNameOf(property, column)
    // Properties alone differ.
    if (name !== property) seen ??= namesOf(refs, property)
    const other = seen?.get(name)
    if (other !== undefined) {
      throw new AmbixError('SCHEMA.DUPLICATE', `The table ${table.name} has the column ${name} twice.`, {
        why: `It is declared as ${other} and as ${property}.`,
      })
    }
    seen?.set(name, property)
    refs[property] = new ColumnRef({ kind: 'columnRef', table, name, property })
  }
  // One ColumnRef for each property, as in the mapped type.
  return refs as unknown as ColumnRefs<C>
}

/** The properties before one, by the names of their columns: so far these are the same. */
function namesOf(columns: object, before: string): Map<string, string> {
  const names = new Map<string, string>()
  for (const property in columns) {
    if (property === before) break
    names.set(property, property)
  }
  return names
}

/** A column's name in the database. */
export function sqlNameOf(property: string, column: AnyColumn): string {
  return columnData(column).sqlName ?? property
}

export function isTable(x: unknown): x is TableLike {
  return dataOf(x)?.kind === 'table'
}
