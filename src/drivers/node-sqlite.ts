/** Connects to SQLite files through Node's own `node:sqlite`. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type * as Sqlite from 'node:sqlite'
import type { DatabaseSync } from 'node:sqlite'
import { AmbixError } from '../errors.ts'
import type { Connection, Driver, OpenOptions, ServerError } from './driver.ts'
import { messageOf } from '../util/redact.ts'
import { asText, bindable, cannotOpen, plain, sqlitePath } from './sqlite-values.ts'

/** Driver `node-sqlite`: `sqlite:./app.db`, `sqlite:///absolute/app.db`, `file:…`, `sqlite::memory:`. */
export const nodeSqlite: Driver = {
  name: 'node-sqlite',
  dialect: 'sqlite',
  async open(url, options) {
    const path = sqlitePath(url, options.projectDir)
    let module: typeof Sqlite
    try {
      module = await importSqlite()
    } catch {
      throw new AmbixError('DATABASE.DRIVER_MISSING', 'This Node has no node:sqlite', {
        next: ['Use Node 22.18 or newer'],
      })
    }
    try {
      if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
      const db = new module.DatabaseSync(path, { timeout: 2_000 })
      db.exec('PRAGMA foreign_keys = ON')
      return new SqliteConnection(db, options)
    } catch (error) {
      throw cannotOpen(path, error)
    }
  },
}

/** Node 22 warns that its module is experimental, in two lines that no user of ambix can act on. */
async function importSqlite(): Promise<typeof Sqlite> {
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest)
  }) as typeof emitWarning
  try {
    return await import('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

class SqliteConnection implements Connection {
  readonly native: unknown
  readonly singleSession = false
  closed = false
  readonly #db: DatabaseSync
  readonly #options: OpenOptions
  readonly #places = new WeakMap<object, number>()

  constructor(db: DatabaseSync, options: OpenOptions) {
    this.native = db
    this.#db = db
    this.#options = options
  }

  #rows(sql: string, params: readonly unknown[] | undefined): Record<string, unknown>[] {
    this.#options.onSql?.(sql, params)
    const statement = this.#db.prepare(sql)
    statement.setReadBigInts(true)
    return statement.all(...(params ?? []).map(bindable)) as Record<string, unknown>[]
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    // A cast: the rows have the shape that the caller's statement gives them. Node's rows have no prototype; these have.
    return this.#rows(sql, params).map((row) =>
      Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(v)])),
    ) as Row[]
  }

  async values(sql: string, params?: readonly unknown[]): Promise<readonly (readonly (string | null)[])[]> {
    this.#options.onSql?.(sql, params)
    const statement = this.#db.prepare(sql)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    const rows = statement.all(...(params ?? []).map(bindable)) as unknown as unknown[][]
    return rows.map((row) => row.map(asText))
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const counts: number[] = []
    const list = typeof sql === 'string' ? [sql] : sql
    for (const [i, text] of list.entries()) {
      this.#options.onSql?.(text)
      try {
        const before = this.#changes()
        this.#db.exec(text)
        counts.push(this.#changes() - before)
      } catch (error) {
        if (typeof error === 'object' && error !== null) this.#places.set(error, i)
        throw error
      }
    }
    return counts
  }

  #changes(): number {
    return Number((this.#db.prepare('SELECT total_changes() AS n').get() as { n: number }).n)
  }

  describeError(error: unknown): ServerError | undefined {
    if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
    const statement = this.#places.get(error)
    return {
      code: String(error.errcode),
      message: messageOf(error),
      ...(statement === undefined ? {} : { statement }),
    }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.#db.close()
  }
}
