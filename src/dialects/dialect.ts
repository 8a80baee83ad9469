/** The interface of a dialect: its abilities as data, its types, its session statements, compile, normalize, reflect. */
import type { Connection, ServerError } from '../drivers/driver.ts'
import type { Kind, Operation, OperationOf } from '../operations/kinds.ts'
import type { RowQuestion } from '../operations/row-question.ts'
import type { Alike } from '../schema/identical.ts'
import type { Column, ColumnType, Default, LiteralValue, Schema, Table, View, Ref } from '../schema/model.ts'
import type { NameLimit } from '../schema/name-limit.ts'
import type { LimitSql } from '../util/sql/limit-sql.ts'
import type { SqlTextRules } from '../util/split-sql.ts'
import type { FleetSql } from './fleet.ts'
import type { OwnSql } from './own.ts'
import type { Advice, Hazard } from './hazard.ts'
import type { AllRowsSql, BareSql, Capabilities, LeaseSql } from './server.ts'

export type { Advice, Hazard } from './hazard.ts'
export type { Capabilities, LeaseSql } from './server.ts'
export type { FleetClaim, FleetResult, FleetSql, FleetTables } from './fleet.ts'
export type { Held, OwnSql, Together } from './own.ts'

export interface Statement {
  readonly sql: string
  /** Bound online; offline the compiler writes literals instead, so this is empty there. */
  readonly params?: readonly (readonly unknown[])[]
  /**
   * `inside`: in the step's transaction. `alone`: cannot run in one. `commit-after`: in a transaction, which must
   * commit before what follows (an enum value that is used later in the same revision).
   */
  readonly transaction: 'inside' | 'alone' | 'commit-after'
  readonly hazards: readonly Hazard[]
  readonly source: Operation
  /**
   * `alone` only: the revision asked for it outside its transaction, and it runs in one of its own with its journal row,
   * where the server allows it. What the server refuses there runs without a transaction.
   */
  readonly own?: true
  /** `alone` only: to run it twice does what running it once does. */
  readonly repeatable?: true
  /** `alone` only: how to find out after a crash whether it took effect. Returns one row, one column: absent, partial or complete. */
  readonly probe?: { readonly sql: string; readonly undo?: string }
  /** `alone` only: it runs batch by batch, and continues where it ended. */
  readonly batches?: Batches
  /**
   * A check that must hold before anything of the revision runs: the query returns rows when the plan must be refused,
   * and its first row's first column is the reason.
   */
  readonly refuseIf?: string
  /**
   * It reads or writes rows for ambix itself, and must see all of them: where row level security would hide some, the
   * server must refuse instead.
   */
  readonly allRows?: boolean
  /** `refuseIf` is evaluated right before the statement, not before the revision: what it asks about is created by then. */
  readonly refuseHere?: boolean
  /** A setting that the session must have while the statement's transaction is open, and that cannot be changed within it. */
  readonly around?: SessionSetting
  /** For `run`: the user's function. */
  readonly run?: OperationOf<'run'>['run']
}

/**
 * A statement in batches, as plain text: `start` or `after` (literals of the last key come between its pieces) makes
 * the rows `ambix_batch`, `update` changes them and returns `ambix_rows`, `last` is a JSON array of the last key as texts,
 * or null. `about`: how many rows the table has, as far as the server knows.
 */
export interface Batches {
  readonly start: string
  readonly after: readonly string[]
  readonly update: string
  readonly last: string
  readonly about: string
  readonly throttleMs: number
}

/** How a setting of the session is read, changed before a transaction begins, and restored after its end. */
export interface SessionSetting {
  /** A query of one row and column: the current setting. */
  readonly read: string
  readonly change: string
  /** Puts back a value that was read. */
  restore(value: string): string
  /** The value that a script puts back, which cannot read. */
  readonly usual: string
}

export interface DialectFacts {
  readonly transactionalDdl: boolean
  /** Indexes can be built concurrently, and constraints validated after they are created (`safe`). */
  readonly safeForms?: true
  /** How long names may be; and labels, where an enum itself has no name in the database. */
  readonly names: NameLimit
  readonly labels?: NameLimit
  readonly defaultPort: number
  readonly comments: boolean
  readonly enums: 'types' | 'inline' | 'check'
  readonly schemas: boolean
  /** Names of indexes are each table's own, and not shared with other tables. */
  readonly ownIndexNames?: boolean
  /** False where constraints need no names, so that another name is no difference. */
  readonly constraintNames?: false
  /** The name of every primary key, where the server takes no other: models and revisions are written without it. */
  readonly primaryKeyName?: string
  /** What stands after a table's name in the names of its constraints that the server renames with the table. */
  readonly namesWithTable?: readonly string[]
  /** The expression of a new UUID; default PostgreSQL's. */
  readonly newUuid?: string
  /** Kinds of change that alterColumn can make in place. */
  readonly alterColumn: readonly (
    | 'type'
    | 'nullable'
    | 'default'
    | 'identity'
    | 'generated'
    | 'comment'
    | 'rename'
    | 'collation'
  )[]
}

/** Texts that the runtime sends for itself. `$1` placeholders as the dialect has them. */
export interface SessionSql {
  readonly begin: string
  readonly commit: string
  readonly rollback: string
  /** Every statement of DDL commits by itself, so a scratch database takes several in one message. */
  readonly together?: boolean
  /** A condition: true when the lock was free and now is ours until the transaction ends; undefined where BEGIN itself locks (SQLite). */
  tryLock(key: bigint): string | undefined
  /** First line of a script, for the program that runs it. */
  readonly scriptHead?: string
  /** A backslash in a text is a character like any other from then on, whatever the database is set to; absent where that cannot be set. */
  readonly plainStrings?: string
  /** In a dump, before routines whose bodies refer to later objects; absent where the server does not check bodies. */
  readonly bodiesLater?: string
  /** `begin` for transactions of a run, whatever the database's default isolation is; absent: `begin`. */
  readonly beginRun?: string
  /** An expression that, inside a transaction, makes its statements be cancelled soon after their client disconnected. */
  readonly noticesGone?: string
  /** Where statements are prepared by statements. */
  readonly prepared?: PreparedSql
  /** Absent where the server has no such settings, or only one session. */
  readonly limits?: LimitSql
  /** Sets what a transaction needs that only waits and holds the lock; and what a bare statement needs, before and after it. */
  readonly keeps?: string
  readonly bare?: BareSql
  /** Releases a lock that belongs to the session and outlives transactions (MySQL). */
  unlock?(key: bigint): string
  /** Where `tryLock` would keep the lock: a condition that only looks. */
  lockIsFree?(key: bigint): string
  /** For `script`: one row where the session is in a transaction, else none; undefined where BEGIN itself refuses a second one (SQLite). */
  readonly inTransaction?: string
  /** Saves the session's settings (role included) under a name, and restores them; undefined where there are none. */
  readonly settings?: { keep(under: string): string; restore(under: string): string }
  /** Settings of a transaction over several revisions, whose statements are not known when it begins. */
  readonly aroundAll?: SessionSetting
  readonly serverVersion: string
  /** Reads the session's time zone, where costs depend on it. */
  readonly timeZone?: string
  readonly currentSchema: string | undefined
  /** Reads the name of the session's database, where DDL may name it (MySQL). */
  readonly currentDatabase?: string
  /** Rows: each schema of the path that is there and that the role may not use, and the role; none where a schema of the path can be used. */
  readonly closedSchemas?: string
  /** The role's name, where a new schema of that name would become its sessions' default; else no row. */
  readonly ownSchema?: string
  /** How its SQL is cut into statements, where not as PostgreSQL's. */
  readonly text?: SqlTextRules
  readonly bookkeeping: BookkeepingSql
  /** How the server is set to refuse instead of hiding rows; undefined where it hides no rows. */
  readonly allRows?: AllRowsSql
  /** What a user can do about an error of the server that is not the statement's fault; `about`: which statement, run as whom. */
  advice?(
    said: ServerError,
    about?: { readonly sql?: string } & Pick<Connection, 'role' | 'database'>,
  ): string | undefined
  /** How statements of ambix's own avoid objects of other roles; undefined where there are no other roles (SQLite). */
  readonly own?: OwnSql
  readonly fleet?: FleetSql
  readonly server?: { readonly version: string; capabilities(told: string): Capabilities | undefined }
  readonly lease?: LeaseSql
  /** How a scratch database is created on a server; undefined where a new file or memory does as well. */
  readonly scratch?: ScratchSql
}

/** In the error of `OwnSql.read` where no schema of the path can hold the tables. */
export const noSchemaMark = 'ambix finds no schema'

/** Texts for throw-away databases. */
export interface ScratchSql {
  /** One row of one text, which `create` takes: encoding and locale of the connected database. */
  readonly describe: string
  create(name: string, described: string): string
  drop(name: string, serverVersion: number | undefined): string
  /** Rows of names: extensions and roles of the connected database, which DDL may name. */
  readonly extensions: string
  readonly roles: string
  createRole(name: string): string
  /** One row: the role of the session, whose name what DDL leaves out stands for; and how a session becomes that role's, with all rights. */
  readonly ownRole?: { readonly query: string; become(name: string): readonly string[] }
  /** One row: search_path, current schema. */
  readonly path: string
  /** Makes the schema where it is missing, and the path the session's. */
  usePath(path: string, schema: string): readonly string[]
  /** Rows of names of schemas with objects in them, none where the database is empty. */
  readonly occupied: string
  /** Takes everything out of the connected database; never its public schema itself. */
  readonly wipe: readonly string[]
  /** Where fixed statements do not work: a query that returns one row, and the statements for it. */
  readonly wipeBy?: { readonly ask: string; statements(row: readonly (string | null)[]): readonly string[] }
  /** The error code where a role may not create databases. */
  readonly mayNotCreate: string
  /** One number: how many objects a wipe left behind, or left changed. */
  readonly leftovers: string
  /** There is an embedded database of the dialect, and DDL can be tried in a transaction. */
  readonly embedded?: boolean
}

/** The bookkeeping tables of the runtime, and statements that raise an error. Names are given quoted. */
export interface BookkeepingSql {
  /** Creates the schema of the tables where it is missing; its name is given unquoted. Absent: there are no schemas. */
  createSchema?(schema: string): string
  createVersion(table: string): string
  createHistory(table: string): string
  createJournal(table: string): string
  /** The journal keeps the schema before the revision in `memory`: where every statement commits by itself, a later run finds another one. */
  readonly remembers?: boolean
  /** Makes an older, narrower `version_num` as wide as ours; undefined where width means nothing. */
  widenVersion(table: string): string | undefined
  /** Gives the journal of an earlier build the columns that it may lack, one statement each. */
  widenJournal(table: string): readonly string[]
  /**
   * Looks at tables before they are trusted: rows of (name, schema, problem, width, exposed, held), as `OwnSql.inspect`. The first has no
   * name, and the schema in which a new table would be created; then one for each table that exists, with what speaks against it.
   */
  inspect?(schema: string | undefined, names: readonly string[]): string
  /** A statement that fails with `message` in its error unless the condition holds; undefined where SQL cannot. `also` is computed before it. */
  raiseUnless?(condition: string, message: string, also?: readonly string[]): string
  /** Fails with `message` followed by the query's first value when it returns a row. */
  raiseIfAny?(query: string, message: string): string
  /** For scripts: raises the query's first value when it returns a row; missing objects are not an error. */
  guard?(query: string): string
  /** For scripts: raises `message` unless the condition holds; undefined where SQL cannot. */
  stopUnless?(condition: string, message: string, hint: string): string
  /** An edit that must touch exactly one row, or fails with `message`; `record` is another change of rows, done with it. */
  raiseUnlessOne?(edit: string, message: string, record?: string): string
  /** `=` of the system's own, whatever the search path; then none of these depends on it, nor the next with `anyPath`. */
  readonly equals?: string
  /** Whether exactly these ids, written as SQL, are in the version table: a condition. */
  holdsExactly(table: string, ids: readonly string[], anyPath?: boolean): string
  /** A condition: the table does not exist. */
  missing?(table: string): string
  /** The server's clock now, not the transaction's. */
  readonly clock: string
  /** `clock` minus this number of milliseconds. */
  ago(ms: number): string
  /** Rows of (pid, application, since, state, seconds, first line of its query) of who holds the lock. */
  lockHolders?(key: bigint): string
  /** Ends a session that is not this one. */
  terminate?(pid: number): string
  /** How a user ends a session. */
  readonly endSession?: (pid: string) => string
  /** The number of this session on the server, as a value; and a row while session `pid` works, or another of ambix's runs that text. */
  readonly sessionId?: string
  isWorking?(pid: number | undefined, sql?: string): string
}

/** Statements that the server keeps for a session, with places for values. */
export interface PreparedSql {
  parameter(at: number): string
  make(name: string, text: string): string
  run(name: string, values: readonly string[]): string
  drop(name: string): string
  /** The error codes of one that is not there, and of one that is there already. */
  readonly gone: readonly string[]
}

export interface Scope {
  /** Schemas to read; absent: the default one; 'all': every one that is not the system's. */
  readonly schemas?: readonly string[] | 'all'
  /** With a list: the default schema is read only if it is in the list. */
  readonly listOnly?: boolean
  /** Names to leave out before reading. */
  readonly excludeTables?: readonly string[]
  readonly privileges?: boolean
  /** Include default privileges of PUBLIC where they were granted explicitly. */
  readonly usualPrivileges?: boolean
  readonly owners?: boolean
  /** The connection has a transaction open: read inside it, and leave its settings as they were. */
  readonly inTransaction?: boolean
}

export interface CompileOptions {
  /** True for offline scripts: parameters become literals, probes and refusals become SQL guards. */
  readonly offline: boolean
  /** Major version of the server, such as 15; the oldest supported when unknown. */
  readonly serverVersion?: number
  /** The session's `TimeZone`, where it is known: some changes of types cost nothing in UTC. */
  readonly timeZone?: string
  /** Handlers of the project's own, by kind, each given the one that it replaces. */
  readonly handlers?: OwnHandlers
}

/** A handler that replaces the dialect's; `usual` is the dialect's. */
export type OwnHandlers = {
  readonly [K in Kind]?: (op: OperationOf<K>, context: CompileContext, usual: Handler<K>) => ReturnType<Handler<K>>
}

export interface CompileContext extends CompileOptions {
  /** The schema before this operation: folded or reflected. */
  readonly before: Schema
  /** True where raw SQL made the fold blind or nothing is known. */
  readonly blind: boolean
  /** Labels that were added earlier in this revision to types that existed before it, by enum key. */
  readonly freshLabels: ReadonlyMap<string, ReadonlySet<string>>
  /** Keys of enum types that were created earlier in the same transaction. */
  readonly freshEnums: ReadonlySet<string>
}

/** The result of a handler; `compile` adds the source. */
export type Draft = Omit<Statement, 'source' | 'hazards' | 'transaction'> &
  Partial<Pick<Statement, 'hazards' | 'transaction'>>
export interface Unsupported {
  readonly unsupported: string
}
export type Handler<K extends Kind> = (
  op: OperationOf<K>,
  context: CompileContext,
) => readonly (Draft | string)[] | Unsupported
/** A dialect that has not answered an operation does not compile. */
export type Handlers = { readonly [K in Kind]: Handler<K> }

/** The part of a dialect that the runtime needs: small, so that `current` need not load the compiler and reflection. */
export interface SessionDialect {
  readonly name: string
  readonly facts: DialectFacts
  readonly session: SessionSql
  quote(identifier: string): string
  literal(value: LiteralValue | Date | Uint8Array | bigint | object, type?: ColumnType): string
}

/**
 * The TypeScript type of a column type's values, as the driver that most programs use returns it by default: `pg`, `mysql2`,
 * `better-sqlite3` and `node:sqlite`. The texts are type expressions and may name `Buffer`, `Date`, `JsonValue`,
 * `JsonInput`, `IntervalValue`, `PointValue` and `CircleValue`, which the writer of the file declares.
 */
export interface ValueType {
  readonly read: string
  /** The type of parameters where it is wider than, or differs from, the type that is read. */
  readonly write?: string
  /** A name for the two together: `Int8`. */
  readonly name?: string
}

export interface Dialect extends SessionDialect {
  /** Throws OPERATION.UNSUPPORTED with the operation's name and why. */
  compile(ops: readonly Operation[], before: Schema | undefined, options: CompileOptions): readonly Statement[]
  /** Normalization that needs no database: type synonyms, literal defaults, implied names, serial folding. */
  normalize(schema: Schema, alike?: Alike): Schema
  /**
   * The target schema as the current one can show it: names in the case that is there, what this database cannot tell
   * apart. `models`: it was declared in code, and not read back from a database.
   */
  align?(current: Schema, target: Schema, options: { readonly models: boolean }): Schema
  /** A query of the positions, from 0, of those tables that have so many rows by the catalog's estimate. */
  largeTables?(tables: readonly Ref[], rows: number): string
  /** What `ambix lint --style` says of the operations of a revision. */
  style?(ops: readonly Operation[], before: Schema): Promise<readonly Advice[]>
  /** Whether these operations can be compiled only against the schema before; the dialect completes them itself. */
  needsBefore?(ops: readonly Operation[]): boolean
  reflect(db: Connection, scope: Scope): Promise<Schema>
  /** In a scratch database: a line for each routine whose body the server would refuse today. */
  brokenBodies?(db: Connection): Promise<readonly string[]>
  /** The reflected schema, with what only `like` has: names of enums that columns store. Absent where reflection tells all. */
  adopt?(reflected: Schema, like: Schema): Schema
  /** The dialect with the facts of the server that was met; `text` is the connection's `serverText`. */
  forServer?(version: number | undefined, text?: string): Dialect
  /**
   * The query that answers: one row with a count, or for `values` at most 100 rows of one text; for `cast`, no row or one of
   * (count, example), or an error about a value.
   */
  rowQuery(question: RowQuestion, serverVersion?: number): string
  writeType(type: ColumnType): string
  /** For types that name no enum and no domain, or arrays of them: those are the caller's to look up first. */
  valueType(type: ColumnType): ValueType
  /** Whether an insert may leave the column out although it has neither default nor identity (SQLite: the rowid's). */
  fillsIn?(table: Table, column: Column): boolean
  /** The columns of views by the key of each, where reflection does not tell them. */
  viewColumns?(db: Connection): Promise<ReadonlyMap<string, NonNullable<View['columns']>>>
  parseType(text: string): ColumnType
  writeDefault(value: Default, type: ColumnType): string
  /**
   * Why a statement is refused in a schema of DDL: it would reach another database than the one where it is tried.
   * Undefined for every other statement; absent where none can do so.
   */
  refuseInSchema?(statement: string): string | undefined
  /** A statement of such a schema as it is meant where the database has another name: without the name of `database`. */
  withoutDatabase?(statement: string, database: string): string
  /** Parses a default, as written or as printed by the database, into a literal where it is one of that type. */
  parseDefault(sql: string, type: ColumnType): Default
}
