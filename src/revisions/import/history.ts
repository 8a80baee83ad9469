/** Histories of other tools in a folder: their migrations in order, and where each tool notes what it applied. */
import { AmbixError } from '../../errors.ts'

/** One file of the folder: its path relative to the folder, with slashes, and its text. */
export interface FoundFile {
  readonly path: string
  readonly text: string
}

export interface ForeignMigration {
  /** As in the tool's own table: `0000_init`, `20240101120000`, `1.1`. */
  readonly key: string
  /** Words for the message of the revision. */
  readonly name: string
  readonly date?: Date
  /** Absent for a migration that is code. */
  readonly up?: string
  readonly down?: string
  /** False where the tool runs it outside a transaction. */
  readonly transaction: boolean
  /** Relative to the folder. */
  readonly path: string
  /** What the tool's table stores to detect edits, where that can be computed from the file. */
  readonly checksum?: string
}

/** Rows of a tool's table, each value as text. */
export type TableRows = readonly Readonly<Record<string, string | null>>[]

export interface AppliedTable {
  readonly schema?: string
  readonly name: string
  /** Read as text, in this order. */
  readonly columns: readonly string[]
}

/** The folder and table of one tool. */
export interface HistoryFormat {
  readonly tool: string
  /** Where the folder usually is, for messages. */
  readonly usual: string
  /**
   * The option that an import needs besides `--stamp`: `record` where migrations are code, `with-downgrades` where they have no
   * downgrade. Absent where files have both as SQL.
   */
  readonly needs?: 'record' | 'with-downgrades'
  /** In the order in which the tool runs them. Throws IMPORT.HISTORY with file and line. */
  read(files: readonly FoundFile[]): readonly ForeignMigration[]
  /** The tables in which the tool may record; the first that exists counts. */
  readonly tables: readonly AppliedTable[]
  /** Keys of the applied migrations, by the rows. Throws IMPORT.HISTORY for a migration that failed half-way. */
  applied(rows: TableRows, migrations: readonly ForeignMigration[]): readonly string[]
  /** The checksum that the rows store for a migration, where the tool stores one. */
  kept?(rows: TableRows, migration: ForeignMigration): string | null | undefined
}

export function badHistory(file: string, why: string, next?: string): AmbixError {
  return new AmbixError('IMPORT.HISTORY', `${file} cannot be imported: ${why}`, {
    next: [next ?? 'Fix the file, or leave it out of the folder; nothing was written'],
    data: { file },
  })
}

/** `20240131_add_users`, `20240131120000-add-users`, `0001_init`: the leading number, and the words. */
export function splitName(name: string): { readonly number: string; readonly words: string } | undefined {
  const m = /^(\d+)(?:[_-]+(.*))?$/s.exec(name)
  return m === null ? undefined : { number: m[1]!, words: (m[2] ?? '').replaceAll(/[_-]+/g, ' ').trim() }
}

/** The time that a number in front of a name means: `20240131120000`, milliseconds or seconds since 1970; else undefined. */
export function dateOf(number: string): Date | undefined {
  const at = /^((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?\d{0,3}$/.exec(number)
  if (at !== null && number.length !== 13 && number.length !== 10) {
    const [year, month, day, hour, minute, second] = at.slice(1).map((part) => Number(part ?? 0))
    const date = new Date(Date.UTC(year!, month! - 1, day, hour, minute, second))
    if (date.getUTCMonth() === month! - 1 && date.getUTCDate() === day) return date
  }
  if (/^\d{13}$/.test(number)) return new Date(Number(number))
  if (/^\d{10}$/.test(number)) return new Date(Number(number) * 1000)
  return undefined
}

/** Compares numbers as numbers, of any length; then the rest. */
export function byNumber(a: string, b: string): number {
  const [x, y] = [/^\d+/.exec(a)?.[0] ?? '', /^\d+/.exec(b)?.[0] ?? '']
  if (x !== '' && y !== '') {
    const [m, n] = [BigInt(x), BigInt(y)]
    if (m !== n) return m < n ? -1 : 1
  }
  return a < b ? -1 : a > b ? 1 : 0
}
