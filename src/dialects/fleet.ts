/** A dialect's part in fleets: many schemas of one database read together, and the table with the state of runs. */
import type { Held, Together } from './own.ts'

/** The state of a target in a run; `held` by a runner until its lease expires. */
export interface FleetClaim {
  readonly run: number
  readonly runner: string
  readonly leaseMs: number
  /** Runners whose process is known to have ended: what they hold is free. */
  readonly gone: readonly string[]
}

export interface FleetResult {
  readonly target: string
  readonly status: 'done' | 'failed' | 'pending'
  readonly from?: string
  readonly to?: string
  readonly error?: string
}

/** The bookkeeping tables of one schema. */
export interface FleetTables {
  readonly schema: string
  readonly version: string
  readonly history?: string
  readonly exposed: boolean
  readonly held?: Held
}

/** Texts for fleets. `table` is the table of the state, qualified and quoted. All run after `OwnSql.enter`, but for the paths. */
export interface FleetSql {
  /** Names without a schema are looked up in these: in the transaction that is open, or in the session. */
  localPath(schemas: readonly string[]): string
  sessionPath(schemas: readonly string[]): string
  /** Makes the session as it was when it began, outside of transactions. */
  readonly cleanSession: string
  /** Rows of (schema, name or null, problem, width, exposed, held), as `OwnSql.inspect`; none for a schema that is not there. */
  inspectMany(schemas: readonly string[], names: readonly string[]): string
  /**
   * Rows of (schema, version or null, digest of the history or null) of tables that are there. Those that an untrusted role could have
   * changed since they were looked at (`exposed`) are locked and looked at again; fails as `OwnSql.read` does.
   */
  readMany(places: readonly FleetTables[], names: readonly string[]): Together
  /** A condition that means the same under any search path: the history, qualified and quoted, has that digest. */
  ran(history: string, digest: string): string
  /** A page of a query's rows after an id, in the order of ids: the id as a text, and a JSON object, of each. Those without an id are the last. */
  page(query: string, after: string | undefined, limit: number): string
  count(query: string): string
  createSchema(schema: string): string
  /** Of a table, quoted: one row with the last value that the sequence of the column gave, or null; none where it has no sequence. */
  counters(table: string, column: string): string
  /** Sets it as it was read. */
  setCounter(table: string, column: string, last: string): string
  /** A row with every column, in the text that was read; `null` is NULL. */
  insertRow(table: string, columns: readonly string[], row: readonly (string | null)[]): string
  createState(table: string): string
  /** The last run: (run, command, goal, status, runner, lease is alive, seconds since it started); none before the first. */
  lastRun(table: string): string
  /** Begins the run of that number, unless another runner has begun it. */
  begin(table: string, run: { readonly run: number; readonly command: string; readonly goal: string }): string
  /** Returns a row if the run had no runner and now has this one. */
  adopt(table: string, claim: FleetClaim): string
  /** Failed targets are tried again. */
  retry(table: string, run: number): string
  /** The runners that hold targets of the run: (runner, how many, seconds until the last lease ends). */
  holders(table: string, run: number): string
  /** Rows of (target, attempts) that are ours from now on. */
  claim(table: string, targets: readonly string[], claim: FleetClaim): string
  renew(table: string, claim: FleetClaim): string
  record(table: string, results: readonly FleetResult[], claim: FleetClaim): string
  /** Rows of (status, count) of the targets of a run. */
  counts(table: string, run: number): string
  /** Ends the run where nothing of it is left, and lets go of it otherwise. */
  end(table: string, run: number, complete: boolean, runner: string): string
  /** Of the last that is known of each target: rows of (revision, count), and of (target, revision, error, attempts, ended) that failed. */
  histogram(table: string): string
  failures(table: string, limit: number): string
}
