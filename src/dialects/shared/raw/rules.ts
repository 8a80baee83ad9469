/** What a dialect tells about hand-written SQL, and what is remembered from one statement of a revision to the next. */
import type { Schema } from '../../../schema/model.ts'
import type { SqlTextRules } from '../../../util/split-sql.ts'

/** A column of hand-written SQL that gets another type. */
export interface Retype {
  /** As the text has it: `app.posts`. */
  readonly table: string
  readonly column: string
  /** The new type, as it is written. */
  readonly type: string
  /** Whether the statement says how the values are converted. */
  readonly using: boolean
}

/** `ATTACH PARTITION` of hand-written SQL. */
export interface Attach {
  readonly table: string
  readonly partition: string
  readonly bound: string
}

export interface RetypeFacts {
  readonly work: 'rewrite' | 'scan' | undefined
  readonly narrows: boolean
  /** A time without a zone becomes one with a zone: which moment it is depends on the session. */
  readonly byTimeZone: boolean
}

export interface RawRules {
  readonly text?: SqlTextRules
  /** The lock of a statement, where the dialect's locks are hazards: PostgreSQL. */
  readonly lockOf?: (sql: string) => string | undefined
  /** What the change of a type costs, where the schema before has the column. */
  readonly retyped?: (change: Retype, before: Schema) => RetypeFacts | undefined
  /** Whether a check of the partition proves its bound, so that its rows are not read. */
  readonly provenBound?: (change: Attach, before: Schema) => boolean
  /** Names over this many bytes are cut by the server without an error. */
  readonly nameBytes?: number
}

/** What the statements of one revision did so far. */
export interface RawMemory {
  /** Relations that the revision created: no other session uses them yet. */
  readonly made: ReadonlySet<string>
  /** Checks `c IS NOT NULL` that are not validated yet, by `table.constraint`: the column. */
  readonly unproven: Map<string, string>
  /** `table.column` where a validated check proves that it holds no nulls. */
  readonly proven: Set<string>
  /** Constraints that the revision created: to drop one of them takes away nothing that was there. */
  readonly constraints: Set<string>
  readonly before: () => Schema
  /** Whether an object of this kind and name is created again later in the revision. */
  readonly madeAgain: (kind: string, name: string) => boolean
}

/** `lock`: another than that of the statement's own table. */
export type Add = (code: string, object: string, message: string, lock?: string) => void

export const held = (reads: boolean, on: string): string =>
  `nobody ${reads ? 'reads or writes' : 'writes'} ${on} until the transaction ends`
/** The locks of PostgreSQL by strength (manual, 13.3). */
const strength = ['SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE']
export const strongest = (locks: readonly (string | undefined)[]): string | undefined =>
  locks.reduce((a, b) => (strength.indexOf(b ?? '') > strength.indexOf(a ?? '') ? b : a), undefined)

/** A foreign key keeps writers of the table that it refers to out. */
export const refersTo = (add: Add, other: string): void =>
  add('BLOCKS_WRITES', other, held(false, other), 'SHARE ROW EXCLUSIVE')

export const rewriteOf = (table: string): string => `rewrites ${table} and its indexes`
export const scanOf = (table: string): string => `reads all rows of ${table}`
export const goneName = (object: string): string => `programs that use ${object} by this name fail from then on`
export const moreOrLess = (object: string): string => `changes who may use ${object}`
