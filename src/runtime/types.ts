/** Input and output of the runtime: settings, steps to run, events, results. */
import type { Held, SessionDialect, Statement } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import type { Operation } from '../operations/kinds.ts'

/** How the bookkeeping is named and how a run behaves; plain data, so that no config is needed. */
export interface RuntimeSettings {
  /** Default `ambix_version`. */
  readonly versionTable: string
  /** Absent: the connection's default schema. */
  readonly versionTableSchema?: string
  /** A transaction for each revision (true), or one for the whole run (false). */
  readonly transactionPerMigration: boolean
  /** How long to wait for another deployer, in milliseconds; 0 does not wait. */
  readonly lockWaitMs: number
  /** The server has no advisory locks: a row with a lease is the lock, held around each revision. */
  readonly leaseLock?: boolean
  /** What to do when another deployer has the lock; absent: wait. */
  readonly ifLocked?: IfLocked
  /** How long a statement that blocks clients may wait for its lock; absent: no limit. */
  readonly lockTimeout?: { readonly ms: number; readonly unlessSet: boolean }
  /** For how long a transaction whose lock was not granted is tried again; absent: not at all. */
  readonly lockRetryMs?: number
  /** How long one statement of a revision may run. */
  readonly statementTimeoutMs?: number
  /** Written to the history: the name of the deployer. */
  readonly actor: string
  readonly toolVersion: string
}

/**
 * `wait` for it; `fail` at once; `skip`: leave the work to the session that has it, and succeed; `terminate`: wait, and end a session
 * of ambix whose own process is known to have ended.
 */
export type IfLocked = 'wait' | 'fail' | 'skip' | 'terminate'

/** One edit of the version table's rows, as Alembic would make it (specs/alembic.md V19-V22). */
export type VersionEdit =
  | { readonly kind: 'insert'; readonly to: string }
  | { readonly kind: 'update'; readonly from: string; readonly to: string }
  | { readonly kind: 'delete'; readonly from: string }

export type Direction = 'upgrade' | 'downgrade' | 'stamp'

/** One revision to be run in one direction, with the row edits that record it. */
export interface RevisionStep {
  readonly revision: string
  readonly direction: Direction
  readonly message: string
  /** The revisions below it (its parents), for the log line. */
  readonly down: readonly string[]
  readonly edits: readonly VersionEdit[]
  /** Of the revision's source. */
  readonly checksum?: string
  /** The checksum that the history gets instead, where it has more: called when the row is written. */
  readonly recordedAs?: () => string
  /** The operations of its file as recorded now, and the file's checksum, without compiling: for a step resumed from its journal. */
  readonly recorded?: () => Promise<{ readonly operations: readonly Operation[]; readonly checksum: string }>
  /** Makes the session ready for a step that is gone on with from its journal, where `statements` is not called. Throws DATABASE.CONNECT. */
  readonly resumes?: (statements: readonly Statement[]) => Promise<void>
  /** Work that needs no database (load, record, compile), called while the step before runs on the server. */
  readonly prepare?: () => void | Promise<void>
  /**
   * Its statements where these do not depend on the schema that it meets, so that it can be sent together with the steps before it; undefined
   * where they do, or cannot be compiled. Called before `statements`, which then gives the same.
   */
  readonly ready?: () => Promise<readonly Statement[] | undefined>
  /**
   * Its compiled statements. Called once, just before the step runs; the connection is idle and outside a transaction
   * (reflect from it where the fold was blind). Absent for stamps.
   */
  readonly statements?: (
    connection: Connection | undefined,
    memory?: StepMemory,
  ) => readonly Statement[] | Promise<readonly Statement[]>
}

/** Data of a step from when it first began, kept with its journal: after a crash it is compiled with the same data again. */
export interface StepMemory {
  recall(): Promise<string | undefined>
  keep(text: string): void
}

/** Plans from the heads that the database has: called at the start, and again whenever another deployer changed them. */
export type PlanSteps = (heads: readonly string[]) => readonly RevisionStep[] | Promise<readonly RevisionStep[]>

/** The progress of a backfill. */
export interface BatchProgress {
  readonly rows: number
  /** The number of rows in the table, as far as the server knows. */
  readonly about?: number
  readonly perSecond: number
  readonly leftMs?: number
}

export interface StepEvent {
  readonly revision: string
  readonly direction: Direction
  readonly message: string
  readonly down: readonly string[]
  /**
   * `start` before anything is sent, `done` after the commit; `waiting` when another deployer holds the lock; `blocked` when
   * a lock on an object was not granted in time, and the transaction was rolled back to be tried again.
   */
  readonly phase: 'start' | 'done' | 'failed' | 'waiting' | 'blocked' | 'progress'
  /** 0-based, among the steps of this run. */
  readonly index: number
  readonly total: number
  readonly ms: number
  /** With `waiting` and `blocked`: the holder of the lock, as text, where it can be seen. */
  readonly holder?: string
  /** With `progress`: after each batch of a backfill. */
  readonly progress?: BatchProgress
}

/** Properties of some phases only. */
export type EventMore = Pick<StepEvent, 'holder' | 'progress'>

export interface RunOptions {
  readonly connection: Connection
  readonly dialect: SessionDialect
  readonly settings: RuntimeSettings
  readonly plan: PlanSteps
  /** Opens another connection to the same database: for the lock of steps that cannot run in a transaction. */
  readonly openAnother?: () => Promise<Connection>
  /** Ctrl-C: the running statement is cancelled, its revision rolled back, RUN.INTERRUPTED thrown. */
  readonly signal?: AbortSignal
  readonly onStep?: (event: StepEvent) => void
  /** Inside the step's transaction, just before its commit (specs/alembic.md E17). Costs a round trip per revision. */
  readonly onVersionApply?: (step: RevisionStep, connection: Connection) => void | Promise<void>
  /** Heads that the caller has read already, so that they are not read twice. */
  readonly heads?: readonly string[]
  /** The caller's inspection of the bookkeeping tables, so that they are not inspected twice. */
  readonly seen?: Inspection
  /** Schemas in which names are looked up, within each transaction; the session is as it was after it. */
  readonly path?: readonly string[]
  /** What the caller has run already on the way there. */
  readonly applied?: readonly AppliedStep[]
}

/** The result of `inspect` before the first write. */
export interface Inspection {
  /** The schema where the tables are or would be created. */
  readonly schema: string
  readonly version: boolean
  readonly history: boolean
  readonly journal: boolean
  /** A role that is not trusted could change the tables while they are used: they are inspected again, locked, in each transaction. */
  readonly exposed: boolean
  /** What a superuser keeps that role from changing meanwhile. */
  readonly held?: Held
  /** Another process answers than the one that the session began with: a pooler is between, and each transaction has its own. */
  readonly pooled?: boolean
  /** Of `version_num`; absent where it has no limit or there is no table. */
  readonly width?: number
}

export interface AppliedStep {
  readonly revision: string
  readonly direction: Direction
  readonly message: string
  readonly ms: number
}

export interface RunResult {
  readonly applied: readonly AppliedStep[]
  readonly from: readonly string[]
  readonly heads: readonly string[]
  /** True when another deployer moved the heads while this one waited. */
  readonly replanned: boolean
  /** With `ifLocked: 'skip'`: another deployer was at work, and the rest was left to it. */
  readonly skipped?: true
}

/** The rows of the version table: the heads, sorted; `exists` is false where there is no such table yet. */
export interface DatabaseState {
  readonly exists: boolean
  readonly heads: readonly string[]
}

export interface HistoryEntry {
  readonly id: number
  readonly revision: string
  readonly direction: Direction
  readonly checksum?: string
  readonly toolVersion: string
  readonly actor: string
  readonly startedAt: string
  readonly finishedAt?: string
  readonly status: 'done' | 'failed'
  readonly error?: string
}
