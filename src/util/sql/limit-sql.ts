/** Statements that set a server's time limits, and that find the sessions which block another. */

/** Time limits for the statements of a revision, and the sessions that block them. */
export interface LimitSql {
  /** Where limits end with a transaction. */
  readonly transaction?: {
    /** Within a transaction: expressions that set them where they are computed. */
    set(limits: Limits): readonly string[]
    /** Whether it keeps clients waiting while it waits for a lock itself. */
    keepsOut(sql: string): boolean
  }
  /** Where limits belong to the session, and every statement may keep clients waiting: set for the whole run, then reset. */
  readonly session?: { set(limits: Limits): readonly string[]; readonly reset: readonly string[] }
  /** The error code for a lock that was not granted in time. */
  readonly notHad: string
  /** Rows as `lockHolders` returns them, with the locked objects, of the blocking sessions; the first query that returns rows counts. */
  blockers(sql: string): readonly string[]
}

export interface Limits {
  readonly lockMs?: number
  /** An existing limit of the session for locks is kept. */
  readonly unlessSet: boolean
  readonly statementMs?: number
}
