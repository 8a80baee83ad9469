/** How a server is told of time limits, and asked who is in the way. */

/** Time limits of the statements of a revision, and who is in their way. */
export interface LimitSql {
  /** Where limits end with a transaction. */
  readonly transaction?: {
    /** Inside of one. */
    set(limits: Limits): readonly string[]
    /** Whether it keeps clients waiting while it waits for a lock itself. */
    keepsOut(sql: string): boolean
  }
  /** Where limits are the session's, and every statement may keep clients waiting: for the whole run, and as they were. */
  readonly session?: { set(limits: Limits): readonly string[]; readonly reset: readonly string[] }
  /** The code of the error when a lock was not had in time. */
  readonly notHad: string
  /** Rows as `lockHolders` has them, and what is locked, by whoever is in the way; the first query that gives rows counts. */
  blockers(sql: string): readonly string[]
}

export interface Limits {
  readonly lockMs?: number
  /** Where the session has a limit for locks already, that one stays. */
  readonly unlessSet: boolean
  readonly statementMs?: number
}
