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

/**
 * The next value of a sequence, recorded in a setting of the session for the one that replaces it: it may be
 * farther than any row, and no value is given twice.
 */
export const noteCounter = (setting: string, sequence: string, options: SequenceOptions): string =>
  `SELECT set_config('${setting}', (last_value::numeric + CASE WHEN is_called THEN ${options.increment ?? 1} ELSE 0 END)::text, false) FROM ${sequence}`

/** Puts a sequence there (its name, and that as a string), where that is ahead of it and within its bounds. */
export const followNote = (setting: string, sequence: string, text: string, options: SequenceOptions): string =>
  `SELECT setval(seqrelid::regclass, next::bigint, false) FROM ${sequence}, pg_catalog.pg_sequence, CAST(nullif(current_setting('${setting}', true), '') AS numeric) AS next ` +
  `WHERE seqrelid = ${text}::regclass AND next ${BigInt(options.increment ?? 1) < 0n ? '<' : '>'} last_value AND next BETWEEN seqmin AND seqmax`

/** Where one operation on a column notes it. */
export const columnSetting = 'ambix.counter'

/** Whether a statement notes a counter or follows a note: it reads a sequence, and no rows. */
export const aboutCounter = (sql: string): boolean => sql.includes(`'${columnSetting}'`)
