/** A Kysely inside `op.run`: queries of the types of that revision, on the revision's own connection. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type KyselyPlugin,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { RunContext } from '../operations/kinds.ts'

type Db = RunContext['db']
export type KyselyDialect = 'postgres' | 'mysql' | 'sqlite'

interface Parts {
  readonly adapter: Dialect['createAdapter']
  readonly compiler: Dialect['createQueryCompiler']
  readonly introspector: Dialect['createIntrospector']
  /** Runs a statement that returns no rows; resolves to the number of rows that it changed. */
  changed(db: Db, sql: string, params: readonly unknown[]): Promise<bigint>
}

const afterwards =
  (ask: string) =>
  async (db: Db, sql: string, params: readonly unknown[]): Promise<bigint> => {
    await db.query(sql, params)
    return BigInt((await db.query<{ n: string | number }>(ask))[0]?.n ?? 0)
  }

const parts: Readonly<Record<KyselyDialect, Parts>> = {
  postgres: {
    adapter: () => new PostgresAdapter(),
    compiler: () => new PostgresQueryCompiler(),
    introspector: (db) => new PostgresIntrospector(db),
    changed: async (db, sql, params) => {
      const counted = `WITH ambix_changed AS (${sql} RETURNING 1) SELECT count(*)::text AS n FROM ambix_changed`
      return BigInt((await db.query<{ n: string }>(counted, params))[0]!.n)
    },
  },
  mysql: {
    adapter: () => new MysqlAdapter(),
    compiler: () => new MysqlQueryCompiler(),
    introspector: (db) => new MysqlIntrospector(db),
    changed: afterwards('SELECT ROW_COUNT() AS n'),
  },
  sqlite: {
    adapter: () => new SqliteAdapter(),
    compiler: () => new SqliteQueryCompiler(),
    introspector: (db) => new SqliteIntrospector(db),
    changed: afterwards('SELECT changes() AS n'),
  },
}

const changes = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode'])

/** The revision's connection; nothing of it is opened or closed here. */
class RunConnection implements DatabaseConnection {
  readonly #db: Db
  readonly #parts: Parts

  constructor(db: Db, own: Parts) {
    this.#db = db
    this.#parts = own
  }

  async executeQuery<R>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (!changes.has(query.kind) || ('returning' in query && query.returning !== undefined))
      return { rows: [...(await this.#db.query<R>(sql, parameters))] }
    return { rows: [], numAffectedRows: await this.#parts.changed(this.#db, sql, parameters) }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }
}

const inTransaction = async (): Promise<never> => {
  throw new Error('op.run is in the revision’s transaction already: no other is begun in it')
}

/**
 * A Kysely on the `db` of an `op.run`, in the revision's transaction. `DB` is the interface of the schema at that revision, as
 * `ambix types --kysely FILE --at REVISION` writes it.
 *
 * @example op.run(async ({ db }) => { await kyselyOf<Database>(db).updateTable('posts').set({ slug: 'x' }).execute() })
 */
export function kyselyOf<DB>(
  db: Db,
  options: { readonly dialect?: KyselyDialect; readonly plugins?: KyselyPlugin[] } = {},
): Kysely<DB> {
  const own = parts[options.dialect ?? 'postgres']
  const connection = new RunConnection(db, own)
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: inTransaction,
    commitTransaction: inTransaction,
    rollbackTransaction: inTransaction,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
  return new Kysely<DB>({
    dialect: {
      createAdapter: own.adapter,
      createQueryCompiler: own.compiler,
      createIntrospector: own.introspector,
      createDriver: () => driver,
    },
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  })
}
