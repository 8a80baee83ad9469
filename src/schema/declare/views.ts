/** Views and materialized views in a declared schema. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { type ColumnMap, columnData, isColumn, nonEmpty } from './column.ts'
import { ColumnRef } from './column-refs.ts'
import { ambix, dataOf, type Declared } from '../declared.ts'
import { checkOptions, type Known } from './known-options.ts'
import type { Ref } from '../model.ts'
import type { Said, SqlText } from './objects.ts'
import { flag, listOf, parameters, recordOf, saidShapes, shape, shown, text, word } from '../shapes.ts'
import { isSql } from '../sql.ts'
import { type Extra } from './table-extras.ts'
import type { ColumnRefs } from './table.ts'

export interface ViewOptions extends Said {
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly columnComments?: Readonly<Record<string, string>>
}

export interface MaterializedViewOptions extends ViewOptions {
  readonly tablespace?: string
  readonly noData?: boolean
  readonly indexes?: readonly Extra[]
}

export interface ViewData<
  out N extends string = string,
  out C extends ColumnMap = ColumnMap,
  out S extends string | undefined = string | undefined,
> {
  readonly kind: 'view'
  readonly name: N
  readonly schema?: S
  readonly columns: C
  readonly materialized: boolean
  readonly definition: SqlText
  readonly options: MaterializedViewOptions
}

export type ViewDeclaration<
  N extends string = string,
  C extends ColumnMap = ColumnMap,
  S extends string | undefined = undefined,
> = Declared<ViewData<N, C, S>> & ColumnRefs<C>

/** `view('active_users', sql`select …`)`, with columns where its rows are to have TypeScript types: `view('v', { id: integer() }, sql`…`)`. */
export interface ViewFunction<S extends string | undefined, O extends ViewOptions> {
  <const N extends string>(name: N, definition: SqlText, options?: O): ViewDeclaration<N, Record<never, never>, S>
  <const N extends string, C extends ColumnMap>(
    name: N,
    columns: C,
    definition: SqlText,
    options?: O,
  ): ViewDeclaration<N, C, S>
}

const viewOptions: Known<ViewOptions> = {
  ...saidShapes,
  with: parameters,
  columnComments: recordOf(text, 'comments by column'),
}
/** Which of them it is, the view's name is told with. */
const anExtra = shape<Extra>('an index', (v) => dataOf(v) !== undefined)
const materializedViewOptions: Known<MaterializedViewOptions> = {
  ...viewOptions,
  tablespace: word,
  noData: flag,
  indexes: listOf(anExtra, 'indexes'),
}

export function viewIn<S extends string | undefined, O extends ViewOptions>(
  schema: S,
  materialized: boolean,
): ViewFunction<S, O> {
  const declare = <N extends string, C extends ColumnMap>(
    name: N,
    second: C | SqlText,
    third?: SqlText | O,
    fourth?: O,
  ): ViewDeclaration<N, C, S> => {
    nonEmpty(name, 'view')
    const typed = typeof second !== 'string' && !isSql(second)
    const columns = (typed ? (second ?? {}) : {}) as C
    for (const [column, of] of Object.entries(columns))
      if (!isColumn(of))
        throw new AmbixError('SCHEMA.INVALID', `${name}.${column} is not a column.`, {
          why: `${shown(of)} was given.`,
          next: [`Write view('${name}', { id: integer() }, sql\`select …\`).`],
        })
    const definition = (typed ? third : second) as SqlText
    if (typeof definition !== 'string' && !isSql(definition)) {
      throw new AmbixError('SCHEMA.INVALID', `The view ${name} has no query.`, {
        next: [`Write view('${name}', sql\`select …\`).`],
      })
    }
    const ref: Ref = schema === undefined ? { name } : { schema, name }
    const options = typed ? fourth : (third as O | undefined)
    if (materialized)
      checkOptions<MaterializedViewOptions>(`materializedView('${name}')`, options, materializedViewOptions)
    else checkOptions<ViewOptions>(`view('${name}')`, options, viewOptions)
    const refs = Object.entries(columns).map(
      ([property, c]) =>
        [
          property,
          new ColumnRef({ kind: 'columnRef', table: ref, name: columnData(c).sqlName ?? property, property }),
        ] as const,
    )
    const data: ViewData<N, C, S> = Object.freeze({
      kind: 'view',
      name,
      ...(schema === undefined ? {} : { schema }),
      columns,
      materialized,
      definition,
      options: Object.freeze({ ...options }),
    })
    // One ColumnRef for each property, as in the mapped type.
    return declaredHere(Object.freeze({ ...Object.fromEntries(refs), [ambix]: data })) as unknown as ViewDeclaration<
      N,
      C,
      S
    >
  }
  return declare as ViewFunction<S, O>
}

export const view: ViewFunction<undefined, ViewOptions> = viewIn(undefined, false)

export const materializedView: ViewFunction<undefined, MaterializedViewOptions> = viewIn(undefined, true)
