/** The interface of drivers: one connection, typed by its shape, and how it is opened. */

/** The server's error for a statement that it refused; a driver fills in what its server reports. */
export interface ServerError {
  /** SQLSTATE, or the driver's own code. */
  readonly code?: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
  /** 1-based character position in the text that was sent. */
  readonly position?: number
  readonly constraint?: string
  readonly table?: string
  /** After `script`: which of the statements failed, 0-based; `position` then counts within that statement. */
  readonly statement?: number
}

/** Rows of raw text. */
export type Rows = readonly (readonly (string | null)[])[]

export type OnRows = (statement: number, rows: Rows) => void

export interface Connection {
  /** Runs one statement. Rows are plain objects; use `values` for big results. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>
  /** Runs one statement and returns rows as arrays of raw text (no type parsing): for catalog reads. */
  values(sql: string, params?: readonly unknown[]): Promise<Rows>
  /**
   * As `values` for several statements without parameters in one round trip; where a driver lacks it, they are sent one by one. Where a driver
   * can, `onRows` is called with the rows of each as they arrive, while the server works on the next one; it must not throw. Such rows are not
   * in what is returned.
   */
  valuesOfAll?(statements: readonly string[], onRows?: OnRows): Promise<readonly Rows[]>
  /**
   * Sends several statements as one simple query (one round trip), without parameters; resolves to the number of rows that
   * each statement changed. A text may contain several statements itself. On failure `describeError` tells which one.
   */
  script(sql: string | readonly string[]): Promise<readonly number[]>
  /**
   * Sends scripts one after the other without waiting for the answers in between; `onDone` is called as each is done. All are sent, also
   * where one fails: each must find that out by itself, and change nothing. Throws for the first one that failed, as `script` does. With
   * `onFailed` each failure is told there instead, and what follows it as well. `more` is asked for others until there are none, or one failed;
   * a driver may do without.
   */
  pipeline?(
    scripts: readonly (readonly string[])[],
    onDone: (at: number) => void,
    onFailed?: (at: number, error: unknown) => void,
    more?: () => Promise<readonly (readonly string[])[]>,
  ): Promise<void>
  /** The server's report of an error that one of the above threw; undefined for an error that the server did not send. */
  describeError(error: unknown): ServerError | undefined
  /** Asks the server to cancel the statement that is running, over a second connection. */
  cancel?(): Promise<void>
  /** The role that the session was opened as, and its database, where the driver knows them. */
  readonly role?: string
  readonly database?: string
  /** Major version of the server (15), where the driver knows it without asking. */
  readonly serverVersion?: number
  /** The server's own description when the session began, where the driver keeps it: its version and its vendor. */
  readonly serverText?: string
  /** The server's process of this session, as the server named it at its start. A pooler names a number of its own. */
  readonly backend?: number
  /** True where the database allows this one session only (PGlite, a file): there is no other session to wait for. */
  readonly singleSession?: boolean
  readonly closed: boolean
  close(): Promise<void>
  /** The driver's own client, for code that uses it directly (`op.run`, adapters). */
  readonly native: unknown
}

/**
 * Objects that can be passed as a connection, by shape: ambix's own; a pool or client of `pg` or `@neondatabase/serverless`, a
 * PGlite; postgres.js; a Kysely; the `db` of Drizzle; a DataSource of TypeORM. It is used as it is and never closed.
 */
export type GivenConnection =
  | Connection
  | { query(...args: never[]): unknown }
  | { unsafe(...args: never[]): unknown; reserve(...args: never[]): unknown }
  | { getExecutor(): object }
  | { readonly $client: object }
  | { createQueryRunner(...args: never[]): object; readonly isInitialized?: boolean }

export interface OpenOptions {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string
  readonly connectTimeoutMs?: number
  readonly onNotice?: (message: string) => void
  /** Called with each statement as it is sent (`--log-sql`). */
  readonly onSql?: (sql: string, params?: readonly unknown[]) => void
  /** The folder of the user's project: driver packages are looked up from there. */
  readonly projectDir: string
  /** `script` may send its statements as one message, where the driver does so only when asked: for scratch databases, which hold nothing. */
  readonly batches?: boolean
  /** How long to wait for another process that has the database open, where only one may (PGlite). Default 10 s. */
  readonly lockWaitMs?: number
  /** Folder for prepared files that can be created again; default the user's cache folder. */
  readonly cacheDir?: string
}

/** A scratch database: DDL is run and read back there and leaves no trace. */
export interface Scratch {
  readonly connection: Connection
  /** True when it is the target's own server (same version, collations, extensions). */
  readonly sameServer: boolean
  readonly serverVersion: number
  /** Empties it, or drops it and creates a new one. */
  reset(): Promise<Connection>
  /** Releases its locks, so that the target can be read; what was created in it is lost. Call `reset` before the next use. */
  release?(): Promise<void>
  close(): Promise<void>
}

/** A way to reach databases of one dialect. Opening throws DATABASE.* errors that never carry a password. */
export interface Driver {
  readonly name: string
  /** The name of the dialect of its SQL. */
  readonly dialect: string
  open(url: string, options: OpenOptions): Promise<Connection>
}

/** A connection that the caller passed in, as ambix uses it. */
export interface Adopted {
  readonly connection: Connection
  /** Opens further connections to the same server; absent where what was passed in does not show how. */
  readonly driver?: Driver
  /** Of its database, without a password; for `driver`. */
  readonly url?: string
  /** Gives a client back to the pool that it came from. */
  release(): Promise<void>
}
