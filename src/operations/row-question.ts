/** Questions about rows that a change depends on; a dialect writes each as a query. */
import type { ColumnType, Ref } from '../schema/model.ts'
import type { EnumUse } from './kinds.ts'

/** A column of the enum, or one of a composite type with the way to its attribute. */
export type LabelUse = EnumUse & { readonly attributes?: readonly string[] }

/** A question of the diff about rows; the caller queries the database and calls again with the answers. */
export type RowQuestion =
  /** How many rows hold the label (scalars and arrays alike)? */
  | { readonly ask: 'label'; readonly enum: Ref; readonly label: string; readonly uses: readonly LabelUse[] }
  /** How many rows has the table? */
  | { readonly ask: 'rows'; readonly table: Ref }
  /** How many rows hold NULL in the column? */
  | { readonly ask: 'nulls'; readonly table: Ref; readonly column: string }
  /** Which distinct values, as text, does the column hold (at most 100; elements, for arrays)? */
  | { readonly ask: 'values'; readonly table: Ref; readonly column: string; readonly array?: boolean }
  /**
   * Which values of the column cannot become the type, by themselves or by the expression? No row where all can; else
   * one: how many (null: not counted), one of them as text, the server's message.
   */
  | {
      readonly ask: 'cast'
      readonly table: Ref
      readonly column: string
      readonly from: ColumnType
      readonly to: ColumnType
      readonly using?: string
    }
