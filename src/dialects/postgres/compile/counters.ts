/** How a counter that comes to rows which are there is put behind them. */
import { counted } from '../../../schema/counted.ts'
import type { Ref, SequenceOptions } from '../../../schema/model.ts'
import type { Draft } from '../../dialect.ts'
import { name, quote } from '../spell/writer.ts'

export function catchUp(table: Ref, column: string, sequence: string, options: SequenceOptions): Draft {
  return { sql: counted(quote(column), options).set(sequence, name(table)), allRows: true }
}
