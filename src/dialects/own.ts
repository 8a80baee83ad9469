/** A dialect's part in keeping the code of other roles out of ambix's own statements. */

/** Statements that belong together in one transaction, and which of them returns the requested rows. */
export interface Together {
  readonly statements: readonly string[]
  readonly at: number
}

/**
 * What a superuser keeps from changing while it works on tables: the schema's name, where its owner is not trusted; the tables' indexes,
 * statistics and children too, where theirs is not. Others have no right to such locks.
 */
export type Held = 'schema' | 'tables'

/**
 * A role that may create objects in the database must not get its code run with the privileges of the deployer
 * (CVE-2018-1058, specs/reliability.md 6.3). `names` are the bookkeeping tables, the version table first; `tables` the
 * same, quoted, of those that are to be there.
 */
export interface OwnSql {
  /** Until the transaction ends or `leave`, only the system's own objects are found by name. */
  readonly enter: string
  readonly leave: string
  inspect(schema: string | undefined, names: readonly string[]): Together
  /** Reads from tables after they were locked and inspected; fails where one cannot be trusted. Operators in the query are qualified. */
  read(
    home: string | undefined,
    names: readonly string[],
    of: readonly string[],
    query: string,
    /** How they are held, and for how long that is waited for. */
    by?: { readonly held: Held; readonly waitMs: number },
  ): Together
  /** Inside a transaction and after `enter`: locks the tables against change and inspects them again; fails as `read` does. */
  guard(schema: string, names: readonly string[], tables: readonly string[], held?: Held): readonly string[]
  /** The text of the error in `read` and `guard`; `unheld`: how the tables are to be held when they are read again. */
  distrusted(message: string): { readonly table: string; readonly problem: string; readonly unheld?: Held } | undefined
}
