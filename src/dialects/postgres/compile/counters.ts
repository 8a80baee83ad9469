/** How a counter that comes to rows which are there is put behind them. */
import { counted, followNote, noteCounter } from '../../../schema/counted.ts'
import type { Ref, SequenceOptions } from '../../../schema/model.ts'
import type { Draft } from '../../dialect.ts'
import { name, quote, text } from '../spell/writer.ts'

export function catchUp(table: Ref, column: string, sequence: string, options: SequenceOptions): Draft {
  return { sql: counted(quote(column), options).set(sequence, name(table)), allRows: true }
}

const setting = 'ambix.counter'

/** Notes where a sequence stands that goes, for one of the same column. */
export const noted = (sequence: Ref, options: SequenceOptions): string =>
  noteCounter(setting, name(sequence), options)

/** Puts the new one there. */
export const followed = (sequence: Ref, options: SequenceOptions): string =>
  followNote(setting, name(sequence), text(name(sequence)), options)

/** Whether a statement is one of the two: it reads a sequence, and no rows. */
export const aboutCounter = (sql: string): boolean => sql.includes(`'${setting}'`)
