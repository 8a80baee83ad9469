/** How a database is spoken to: one connection, typed by its shape, and how one is opened. */

/** What the server said of a statement that it refused; a driver fills what its server gives. */
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

export interface Connection {
  /** Runs one statement. Rows are plain objects; use `values` for big results. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>
  /** Runs one statement and gives rows as arrays of raw text (no type parsing): for catalog reads. */
  values(sql: string, params?: readonly unknown[]): Promise<Rows>
  /** As `values` for several statements without parameters in one turn; where a driver has it not, they go one by one. */
  valuesOfAll?(statements: readonly string[]): Promise<readonly Rows[]>
  /**
   * Sends several statements as one simple query (one turn), without parameters; resolves to the number of rows that
   * each statement touched. A text may hold several statements itself. On failure `describeError` says which one.
   */
  script(sql: string | readonly string[]): Promise<readonly number[]>
  /** The server's own words of an error that one of the above threw; undefined when it is none of the server's. */
  describeError(error: unknown): ServerError | undefined
  /** Asks the server to give up the statement that is running, from outside. */
  cancel?(): Promise<void>
  /** Major version of the server (15), where the driver knows it without asking. */
  readonly serverVersion?: number
  /** What the server said of itself when the session began, where the driver keeps it: its version, and whose it is. */
  readonly serverText?: string
  /** True where the database knows this one session only (PGlite, a file): nobody else can be waited for. */
  readonly singleSession?: boolean
  readonly closed: boolean
  close(): Promise<void>
  /** The driver's own client, for those who know it (`op.run`, adapters). */
  readonly native: unknown
}

/**
 * What may be handed in as a connection, by shape: ambix's own; a pool or client of `pg` or `@neondatabase/serverless`, a
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
  /** How long to wait for another process that has the database open, where only one may (PGlite). Default 10 s. */
  readonly lockWaitMs?: number
  /** Where prepared files that can be made again are kept; default the user's cache folder. */
  readonly cacheDir?: string
}

/** A place where DDL may be run and read back without trace. */
export interface Scratch {
  readonly connection: Connection
  /** True when it is the target's own server (same version, collations, extensions). */
  readonly sameServer: boolean
  readonly serverVersion: number
  /** Empties it again, or throws it away and makes a new one. */
  reset(): Promise<Connection>
  /** Lets go of what it has locked, so that the target can be read; what was made in it is gone. Before the next use, `reset`. */
  release?(): Promise<void>
  close(): Promise<void>
}

/** A way to reach databases of one dialect. Opening throws DATABASE.* errors that never carry a password. */
export interface Driver {
  readonly name: string
  /** The dialect that speaks its SQL. */
  readonly dialect: string
  open(url: string, options: OpenOptions): Promise<Connection>
}

/** What a connection that was handed in is used as. */
export interface Adopted {
  readonly connection: Connection
  /** Opens further connections to the same server; absent where the given thing does not tell how. */
  readonly driver?: Driver
  /** Of its database, without a password; for `driver`. */
  readonly url?: string
  /** Gives back what was taken out of it. */
  release(): Promise<void>
}
