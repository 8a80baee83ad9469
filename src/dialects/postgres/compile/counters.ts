/** How a counter that comes to rows which are there is put behind them. */
import { columnSetting, counted, followNote, noteCounter } from '../../../schema/counted.ts'
import type { Ref, SequenceOptions } from '../../../schema/model.ts'
import type { Draft } from '../../dialect.ts'
import { name, quote, text } from '../spell/writer.ts'

export function catchUp(table: Ref, column: string, sequence: string, options: SequenceOptions): Draft {
  return { sql: counted(quote(column), options).set(sequence, name(table)), allRows: true }
}

/** Records the position of a sequence that is dropped, for the new one of the same column. */
export const noted = (sequence: Ref, options: SequenceOptions): string =>
  noteCounter(columnSetting, name(sequence), options)

/** Puts the new one there. */
export const followed = (sequence: Ref, options: SequenceOptions): string =>
  followNote(columnSetting, name(sequence), text(name(sequence)), options)
