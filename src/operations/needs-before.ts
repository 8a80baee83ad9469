/** Which operations hold too little to be compiled without the schema before them. */
import type { Operation } from './kinds.ts'

/** What cannot be compiled from its own words alone: the schema before it must be known. */
export function needsSchemaBefore(op: Operation): boolean {
  if (op.kind === 'alterEnum' || op.kind === 'dropEnumValue') return op.uses === undefined
  // The table is walked by its primary key.
  if (op.kind === 'backfill') return op.key === undefined
  // A type is changed by hand: what depends on the column must step aside. A generated file says `was` and has seen to it.
  return op.kind === 'alterColumn' && op.changes.type !== undefined && op.before?.type === undefined
}
