/** The position of a sequence if it had counted the rows that exist: on its own increments, within its bounds. */
import type { SequenceOptions } from './model.ts'

export interface Counted {
  /** The statement that puts the sequence there, of the rows of a table. */
  set(sequence: string, table: string): string
}

/** The value that is farthest in the direction of counting, the last one that the sequence gave up to it, and which rows count. */
interface Parts {
  readonly farthest: string
  readonly last: string
  readonly reached: string
  readonly within: string | undefined
}

/** As SQL about a column: the sequence stays at its start where it would not have reached any row, and is used up at its end. */
export function counted(column: string, options: SequenceOptions): Counted {
  const { farthest, last, reached, within } = parts(column, options)
  return {
    set: (sequence, table) =>
      `SELECT setval(${sequence}, ${last}) FROM ${table}${within === undefined ? '' : ` WHERE ${within}`} HAVING ${farthest} ${reached}`,
  }
}

function parts(column: string, options: SequenceOptions): Parts {
  const increment = BigInt(options.increment ?? 1)
  if (increment < 0n) {
    const start = BigInt(options.start ?? options.max ?? -1)
    const farthest = `min(${column})`
    const steps = `(${start} - ${farthest}) / ${-increment} * ${-increment}`
    return {
      farthest,
      last: increment === -1n ? farthest : `${start} - ${steps}`,
      reached: `<= ${start}`,
      within: options.min === undefined ? undefined : `${column} >= ${options.min}`,
    }
  }
  const start = BigInt(options.start ?? options.min ?? 1)
  const farthest = `max(${column})`
  return {
    farthest,
    last: increment === 1n ? farthest : `${start} + (${farthest} - ${start}) / ${increment} * ${increment}`,
    reached: `>= ${start}`,
    within: options.max === undefined ? undefined : `${column} <= ${options.max}`,
  }
}
