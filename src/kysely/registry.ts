/** The plugin's data about the declared tables: how their columns are converted, and which the client fills. */
import { type AnyColumn, columnData } from '../schema/declare/column.ts'
import { ambix } from '../schema/declared.ts'
import { gather } from '../schema/declare/gather.ts'
import type { TableData } from '../schema/declare/table.ts'
import type { Codec, Shape } from './codec.ts'
import { elementOf, valueCodec } from './values.ts'

export interface Fill {
  readonly column: string
  readonly make: () => unknown
}
export interface KnownTable {
  readonly shape: Shape
  readonly fills: readonly Fill[]
}
/** Finds a table or view by its name in a query. */
export type Registry = (name: string, schema: string | undefined) => KnownTable | undefined

/** The tables and views that modules, lists and objects hold. */
export function registryOf(schema: object): Registry {
  const qualified = new Map<string, KnownTable>()
  const bare = new Map<string, KnownTable | undefined>()
  for (const declaration of gather([schema]).keys()) {
    const data = declaration[ambix]
    if (data.kind !== 'table' && data.kind !== 'view') continue
    // Views have columns, as tables do.
    const { name, schema: inSchema, columns } = data as TableData
    const known: KnownTable = {
      shape: Object.entries(columns).map(([property, c]) => ({
        name: columnData(c).sqlName ?? property,
        codec: codecOf(c),
      })),
      fills: Object.entries(columns).flatMap(([property, c]) => {
        const { defaultFn, sqlName } = columnData(c)
        return defaultFn === undefined ? [] : [{ column: sqlName ?? property, make: defaultFn }]
      }),
    }
    qualified.set(`${inSchema ?? ''}.${name}`, known)
    // A name that two schemas have is ambiguous, unless one of them is the default one.
    if (inSchema === undefined || !bare.has(name)) bare.set(name, known)
    else if (!qualified.has(`.${name}`)) bare.set(name, undefined)
  }
  return (name, inSchema) =>
    inSchema === undefined ? bare.get(name) : (qualified.get(`${inSchema}.${name}`) ?? qualified.get(`.${name}`))
}

function codecOf(column: AnyColumn): Codec | undefined {
  const { enum: data } = columnData(column)
  return data === undefined ? valueCodec(column) : { kind: 'enum', data, array: elementOf(column).array }
}
