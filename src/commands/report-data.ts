/** The data of the page of `ambix studio` and `ambix report`: the history, its SQL, and the schema after each revision. */

export interface ReportColumn {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly primary: boolean
  readonly default?: string
  /** The enum that the column's type is of. */
  readonly enum?: string
  readonly comment?: string
}
export interface ReportForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** The key of the other table. */
  readonly to: string
  readonly toColumns: readonly string[]
}
/** An object of the schema, with what the page shows of it. */
export interface ReportObject {
  readonly kind: string
  readonly name: string
  readonly comment?: string
  readonly columns?: readonly ReportColumn[]
  readonly foreignKeys?: readonly ReportForeignKey[]
  /** Unique constraints, checks and indexes, as text. */
  readonly parts?: readonly string[]
  /** Of an enum. */
  readonly labels?: readonly string[]
}

export interface ReportRevision {
  readonly id: string
  readonly message: string
  readonly doc: string
  readonly date?: string
  readonly file: string
  readonly down: readonly string[]
  readonly dependsOn: readonly string[]
  readonly labels: readonly string[]
  readonly head: boolean
  readonly current: boolean
  readonly applied: boolean
  readonly appliedAt?: string
  readonly operations: readonly string[]
  readonly up: readonly string[]
  readonly back: readonly string[]
  readonly hazards: readonly string[]
  /** Why the body could not be read or compiled. */
  readonly problem?: string
  /** Objects as they are after the revision; `null` for those that it drops. */
  readonly changes: Readonly<Record<string, ReportObject | null>>
}

export interface ReportData {
  readonly version: 1
  readonly project: string
  /** The URL of the database without its password; absent where none was given. */
  readonly database?: string
  /** Why the database could not be asked. */
  readonly databaseProblem?: string
  readonly madeAt: string
  /** In the order in which they run. */
  readonly revisions: readonly ReportRevision[]
  /** The operations that the database needs to match the schema; absent where it was not compared. */
  readonly drift?: readonly string[]
}
