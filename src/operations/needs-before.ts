/** Which operations hold too little to be compiled without the schema before them. */
import type { Operation } from './kinds.ts'

/** Whether an operation can only be compiled with the schema before it. */
export function needsSchemaBefore(op: Operation): boolean {
  if (op.kind === 'alterEnum' || op.kind === 'dropEnumValue') return op.uses === undefined
  // The table is read in the order of its primary key.
  if (op.kind === 'backfill') return op.key === undefined
  // A type is changed by hand: dependants of the column must be dropped and recreated. A generated file has `was`, and handles them.
  return op.kind === 'alterColumn' && op.changes.type !== undefined && op.before?.type === undefined
}
