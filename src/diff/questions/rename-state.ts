/** The state of the renames so far: both schemas, the hints, and the operations that were found. */
import { append } from '../../util/append.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { Ref, Schema, SchemaObject } from '../../schema/model.ts'
import { foldRenames } from '../graph/rename-fold.ts'
import { type HintBook, names, namesColumn } from '../model/hints.ts'
import type { Asking } from './row-questions.ts'

/** An operation with the one that undoes it. */
export interface Step {
  /** Absent where only the downgrade needs it. */
  readonly up?: Operation
  /** Absent where the plan of the downgrade does it already. */
  readonly down?: Operation
}

export class RenameState {
  /** The current schema under the names that it has after the steps. */
  schema: Schema
  wished: Schema
  readonly book: HintBook
  readonly asking: Asking
  readonly steps: Step[] = []
  /** Old label to new one of checks that are enums in disguise, by column key. */
  readonly columnLabels = new Map<string, Record<string, string>>()

  constructor(current: Schema, wished: Schema, book: HintBook, asking: Asking) {
    this.schema = current
    this.wished = wished
    this.book = book
    this.asking = asking
  }

  apply(...steps: readonly Step[]): void {
    append(this.steps, steps)
    this.schema = foldRenames(
      this.schema,
      steps.flatMap((s) => s.up ?? []),
    )
  }

  /** Objects of the current schema that the other one has not. */
  gone(): readonly SchemaObject[] {
    return [...this.schema.objects].filter(([key]) => !this.wished.objects.has(key)).map(([, object]) => object)
  }

  added(): readonly SchemaObject[] {
    return [...this.wished.objects].filter(([key]) => !this.schema.objects.has(key)).map(([, object]) => object)
  }

  /** A table in a hint may have its old name or its new one. */
  namesTable(text: string, table: Ref): boolean {
    return names(text, table) || names(text, this.asking.tableBefore(table))
  }

  namesColumn(text: string, table: Ref, column: string): boolean {
    return this.asking.namesColumn(text, table, column) || namesColumn(text, table, column)
  }
}
