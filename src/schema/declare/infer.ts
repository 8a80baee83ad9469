/** The TypeScript types of a declared table's rows: read, inserted, updated. */
import type { AnyColumn, ColumnMap } from './column.ts'
import type { Declared } from '../declared.ts'

/** Anything with columns: tables and views. */
export type RowSource = Declared<{ readonly kind: string; readonly columns: ColumnMap }>
export type ColumnsOf<T extends RowSource> =
  T extends Declared<{ readonly kind: string; readonly columns: infer C extends ColumnMap }> ? C : never

export type Selected<C extends AnyColumn> = C['$']['nullable'] extends false ? C['$']['value'] : C['$']['value'] | null
type IsGenerated<C extends AnyColumn> = C['$']['generated'] extends true ? true : false
type IsOptional<C extends AnyColumn> = C['$']['nullable'] extends false
  ? C['$']['hasDefault'] extends true
    ? true
    : false
  : true

export type RequiredKeys<C extends ColumnMap> = {
  [K in keyof C]: IsGenerated<C[K]> extends true ? never : IsOptional<C[K]> extends true ? never : K
}[keyof C]
export type OptionalKeys<C extends ColumnMap> = {
  [K in keyof C]: IsGenerated<C[K]> extends true ? never : IsOptional<C[K]> extends true ? K : never
}[keyof C]
type Flat<T> = { [K in keyof T]: T[K] }

/** A row as a query returns it, by the columns' properties: `Row<typeof users>`. */
export type Row<T extends RowSource> = { [K in keyof ColumnsOf<T>]: Selected<ColumnsOf<T>[K]> }

/** A row to insert: nullable columns and those with a default may be left out, generated ones are. */
export type Insert<T extends RowSource> = Flat<
  { [K in RequiredKeys<ColumnsOf<T>>]: Selected<ColumnsOf<T>[K]> } & {
    [K in OptionalKeys<ColumnsOf<T>>]?: Selected<ColumnsOf<T>[K]> | undefined
  }
>

/** The type of an update's values. */
export type Update<T extends RowSource> = {
  [K in RequiredKeys<ColumnsOf<T>> | OptionalKeys<ColumnsOf<T>>]?: Selected<ColumnsOf<T>[K]> | undefined
}

type SqlName<K, C extends AnyColumn> = C['$']['sqlName'] extends string ? C['$']['sqlName'] : K

/** As Kysely's ColumnType, by shape: what is selected, inserted, updated. */
interface Cell<S, I, U> {
  readonly __select__: S
  readonly __insert__: I
  readonly __update__: U
}
type CellOf<C extends AnyColumn> =
  IsGenerated<C> extends true
    ? Cell<Selected<C>, never, never>
    : IsOptional<C> extends true
      ? Cell<Selected<C>, Selected<C> | undefined, Selected<C>>
      : Selected<C>

/** A table as query builders see it: by the columns' names in the database. */
export type TableCells<C extends ColumnMap> = { [K in keyof C as SqlName<K, C[K]>]: CellOf<C[K]> }

type QualifiedName<D> = D extends { readonly name: infer N extends string; readonly schema?: infer S }
  ? S extends string
    ? `${S}.${N}`
    : N
  : never

/**
 * The tables and views of a module's exports for Kysely: keys are names in the database (`posts`, `app.posts`).
 * With many tables write `interface Database extends DatabaseOf<typeof schema> {}`: TypeScript then works it out once.
 */
export type DatabaseOf<M> = {
  [
    K in keyof M as M[K] extends Declared<infer D extends { readonly kind: 'table' | 'view' }>
      ? QualifiedName<D>
      : never
  ]: M[K] extends Declared<{
    readonly kind: 'table' | 'view'
    readonly columns: infer C extends ColumnMap
  }>
    ? TableCells<C>
    : never
}
