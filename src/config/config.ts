/** The configuration of a project: `ambix.config.ts`, checked and completed with defaults. */
import type { OwnHandlers } from '../dialects/dialect.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Operation } from '../operations/kinds.ts'
import type { OperationExtension } from '../operations/own.ts'
import type { SchemaSource } from '../sources/source.ts'
import type { ColumnComparison, CommandExtension, Comparator, RevisionProcessor, VersionListener } from './hooks.ts'

/** Where the target schema is: TypeScript modules, DDL files, a command that prints DDL, a database, or the collections themselves. */
export type SchemaSetting =
  | string
  | OrmSchema
  | readonly (string | OrmSchema)[]
  | readonly string[]
  | { readonly exec: string }
  | { readonly url: string }
  | Readonly<Record<string, unknown>>
  | readonly Readonly<Record<string, unknown>>[]

/** Which tables get the forms that do not block other sessions: all, those named, or those with as many rows. */
export type Safe = boolean | readonly string[] | { readonly rows: number }

/** One database, or one schema of a database, that the revisions are run on. */
export interface Target {
  /** Its name in the state, in messages and on the command line; unique. */
  readonly id: string
  /** Default: the `url` of the configuration. */
  readonly url?: string
  /** Names without a schema are looked up in it, and the version table is there. */
  readonly schema?: string
  /** For `--stages`. */
  readonly tags?: readonly string[]
}

/** The source of the targets: read page by page, and again for each stage. */
export type TargetsSetting =
  | Iterable<Target>
  | AsyncIterable<Target>
  | (() => Iterable<Target> | AsyncIterable<Target> | Promise<Iterable<Target> | AsyncIterable<Target>>)
  /** A query of the control database with the columns `id`, `url`, `schema`, `tags`; all but `id` may be left out. */
  | { readonly sql: string }
  /** JSON lines. */
  | { readonly file: string }

export interface FleetSetting {
  /** The control database, which keeps the state; default: the `url` of the configuration. */
  readonly url?: string | (() => string | Promise<string>)
  /** Schemas in which names are looked up after a target's own, as for extensions. */
  readonly searchPath?: readonly string[]
  /** How long a runner that is not heard of any more keeps its targets; default `'30s'`. */
  readonly lease?: number | string
}

/** The result of `drizzle(…)`, `prisma(…)`, `typeorm(…)`, `sequelize(…)` and `mikroOrm(…)`. */
export type OrmSchema = SchemaSource

export interface PostWriteHook {
  /** A command line; `{file}` is the written file, appended where it is not named. */
  readonly command: string
  readonly cwd?: string
}

export interface Config {
  /** The folder that relative paths start from. Default: the config file's folder, or the working directory. */
  readonly root?: string
  /** Models, glob, `./schema.sql`, folder … relative to the config file. Default `./src/schema.ts`. */
  readonly schema?: SchemaSetting
  /** Folder of the revisions, or several. Default `./migrations`. */
  readonly migrations?: string | readonly string[]
  readonly recursive?: boolean
  /** Default: `DATABASE_URL` from the environment or .env files, else an embedded PostgreSQL in `.ambix/pg`. */
  readonly url?: string | (() => string | Promise<string>)
  /** Inferred from the URL: `postgres` or `sqlite`. */
  readonly dialect?: string
  /** `pg`, `pglite`, `node-sqlite`, or a driver of the user's own. */
  readonly driver?: string | Driver
  /** URL of a place where DDL may be tried, or `transaction` | `database` | `pglite` to choose the way. */
  readonly scratch?: string
  readonly versionTable?: string
  readonly versionTableSchema?: string
  readonly schemas?: readonly string[] | 'all'
  readonly privileges?: boolean
  readonly transactionPerMigration?: boolean
  readonly lockWait?: number | string
  /** How long a statement that keeps clients out may wait for its lock: default `'3s'`; 0: without end. */
  readonly lockTimeout?: number | string
  /** For how long a revision whose lock was not had is tried again: default `'5m'`; 0: not at all. */
  readonly lockRetry?: number | string
  /** How long one statement of a revision may run: default 0, without end. */
  readonly statementTimeout?: number | string
  readonly autoMerge?: boolean
  /** The reaction to an edited applied file: default `warn`. */
  readonly edited?: 'warn' | 'error' | 'ignore'
  /** Hazards that are accepted in every revision: `'FULL_SCAN'`, `'DATA_LOSS:posts.body'`. */
  readonly allow?: readonly string[]
  /**
   * `refuse`: upgrade runs nothing while a revision has a hazard that is not allowed; `refuse-both-ways`: downgrade
   * neither. Default `allow`.
   */
  readonly hazards?: 'allow' | 'refuse' | 'refuse-both-ways'
  /**
   * Autogenerate writes forms that do not block other sessions (concurrent indexes, constraints validated afterwards):
   * of all tables, of those named, or of those with as many rows by the catalog's estimate. Default: true on a server,
   * false where `transactionPerMigration` is false and on the embedded database, which has one session.
   */
  readonly safe?: Safe
  readonly fileTemplate?: string
  readonly slugLength?: number
  readonly timezone?: string
  /** Template for new revision files of the user's own. */
  readonly template?: string
  /**
   * `ts` or `sql`: what new revisions are written in, where --format does not say. Else the formatter: `auto` finds
   * prettier, biome, oxfmt, dprint or eslint in the project; false: none; another text is a command line.
   */
  readonly format?: 'ts' | 'sql' | 'auto' | false | string
  readonly postWriteHooks?: readonly PostWriteHook[]
  readonly namingConvention?: Readonly<Record<string, string>>
  /** The name of the deployer for the history table. Default `user@host`. */
  readonly actor?: string
  /** The server's capabilities, where it does not report them itself (docs/distributed.md). */
  readonly capabilities?: {
    readonly advisoryLock?: boolean
    readonly transactionalDdl?: boolean
    readonly concurrentIndex?: boolean
  }
  /** Databases and schemas that `--targets` runs on. */
  readonly targets?: TargetsSetting
  readonly fleet?: FleetSetting
  /** Named variants of this config; `-n NAME` chooses. */
  readonly environments?: Readonly<Record<string, Config>>
  readonly includeObject?: (object: {
    readonly kind: string
    readonly name: string
    readonly schema?: string
    /** Of a column, constraint, index, trigger or policy. */
    readonly table?: string
    readonly reflected: boolean
    readonly key: string
    /** The object itself, as data, and the same of the other side where that has it. */
    readonly object: unknown
    readonly counterpart?: unknown
  }) => boolean
  /** `name` is null for the default schema, as in Alembic. */
  readonly includeName?: (
    name: string | null,
    kind: string,
    parents: { readonly schema?: string; readonly table?: string },
  ) => boolean
  /** Object kinds to manage although the models declare none (views, routines, …), or to leave alone. */
  readonly manage?: Readonly<Record<string, boolean>>
  /** False: types that differ are left alone; a function decides for each column (E11). Default true. */
  readonly compareType?: boolean | ColumnComparison
  /** The same for defaults (E12). Default true. */
  readonly compareServerDefault?: boolean | ColumnComparison
  /** The text of one operation in a revision file; null leaves it out, undefined writes it as usual (E18). */
  readonly renderItem?: (operation: Operation) => string | null | undefined
  /** Edits what autogenerate found before it is written; several run in order (E16). See `rewriter`. */
  readonly processRevisionDirectives?: RevisionProcessor | readonly RevisionProcessor[]
  /** Called after each step, in its transaction (E17). */
  readonly onVersionApply?: VersionListener | readonly VersionListener[]
  /** False: every statement is committed by itself (E2). Default: as the dialect can. */
  readonly transactionalDdl?: boolean
  /** Operations of the project's own: `op.<name>(…)`. See `defineOperation`. */
  readonly operations?: Readonly<Record<string, OperationExtension>>
  /** Handlers that replace a dialect's, by dialect and operation. */
  readonly handlers?: Readonly<Record<string, OwnHandlers>>
  /** Comparisons in addition to ambix's own. */
  readonly comparators?: readonly Comparator[]
  /** Commands of the project's own: `ambix <name>`. */
  readonly commands?: Readonly<Record<string, CommandExtension>>
}

/** Gives the configuration file its type; returns its argument. */
export function defineConfig(config: Config): Config {
  return config
}
