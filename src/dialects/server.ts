/** Features that a server of a dialect may lack, and the lock of one that has no advisory locks. */

export interface Capabilities {
  /** Which server it is, where it is not the dialect's own. */
  readonly name?: string
  /** Locks that belong to a session or transaction, and to no object; without them a row with a lease is the lock. */
  readonly advisoryLock: boolean
  /** Several statements of DDL take effect together or not at all; without, each is a transaction of its own, with the journal. */
  readonly transactionalDdl: boolean
  /** CREATE INDEX CONCURRENTLY; without, an index is built as the server builds one. */
  readonly concurrentIndex: boolean
}

export interface Lease {
  readonly key: string
  readonly owner: string
  readonly ms: number
}

/** A table of locks, each held until its lease ends. `table` is qualified and quoted. */
export interface LeaseSql {
  create(table: string): string
  /** A row where the lock was free, and now is ours. */
  take(table: string, lease: Lease): string
  /** A row where it is still ours. */
  renew(table: string, lease: Lease): string
  release(table: string, lease: Lease): string
  isFree(table: string, key: string): string
}

/** What a statement outside of any transaction needs of its session, before and after it. */
export interface BareSql {
  /** `backend`: the number of the session's process where it is known; in another one, a pooler's, nothing is set that would stay there. */
  before(backend: number | undefined): string
  after(backend: number | undefined): string
  /** The same until the end of the transaction that is open. */
  readonly inTransaction: string
}

/** The setting with which a statement fails if row level security would hide rows. */
export interface AllRowsSql {
  /** In the transaction that is open. */
  readonly on: string
  readonly off: string
  /** For the session, where no transaction is open. */
  readonly sessionOn: string
  readonly sessionOff: string
  /** The code of the server's refusal. */
  readonly refused: string
  /** One row: the current role. */
  readonly role: string
}
