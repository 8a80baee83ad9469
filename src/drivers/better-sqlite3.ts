/** Connects to SQLite files through better-sqlite3, or libsql, which has the same shape; typed by that shape. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import type { Connection, Driver, OpenOptions, Rows, ServerError } from './driver.ts'
import { importPackage } from './find-package.ts'
import { asText, bindable, cannotOpen, plain, sqlitePath } from './sqlite-values.ts'

interface BetterStatement {
  /** Whether it returns rows. */
  readonly reader: boolean
  all(...params: unknown[]): unknown[]
  run(...params: unknown[]): { readonly changes: number }
  raw(on?: boolean): BetterStatement
  safeIntegers(on?: boolean): BetterStatement
}
/** The part of better-sqlite3's API that is used. */
export interface BetterDatabase {
  prepare(sql: string): BetterStatement
  exec(sql: string): unknown
  close(): unknown
}
type Open = new (path: string, options?: { readonly timeout?: number }) => BetterDatabase

const driver = (name: string): Driver => ({
  name,
  dialect: 'sqlite',
  async open(url, options) {
    const path = sqlitePath(url, options.projectDir)
    const module: unknown = await importPackage(name, options.projectDir, `The driver ${name}`)
    // Both packages are CommonJS, and export the class itself.
    const { default: standard } = module as { readonly default?: unknown }
    const Database = (typeof module === 'function' ? module : standard) as Open | undefined
    if (typeof Database !== 'function')
      throw new AmbixError('DATABASE.DRIVER_MISSING', `The package ${name} does not export a database class`)
    try {
      if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
      const db = new Database(path, { timeout: 2_000 })
      db.exec('PRAGMA foreign_keys = ON')
      return new BetterConnection(db, options)
    } catch (error) {
      throw cannotOpen(path, error)
    }
  },
})

/** Driver `better-sqlite3`: the URLs of `node-sqlite`. */
export const betterSqlite3: Driver = driver('better-sqlite3')
/** Driver `libsql`. */
export const libsql: Driver = driver('libsql')

class BetterConnection implements Connection {
  readonly native: unknown
  readonly singleSession = false
  closed = false
  readonly #db: BetterDatabase
  readonly #options: OpenOptions
  readonly #places = new WeakMap<object, number>()

  constructor(db: BetterDatabase, options: OpenOptions) {
    this.native = db
    this.#db = db
    this.#options = options
  }

  #rows(sql: string, params: readonly unknown[] | undefined, raw: boolean): unknown[] {
    this.#options.onSql?.(sql, params)
    const statement = this.#db.prepare(sql)
    const values = (params ?? []).map(bindable)
    if (!statement.reader) {
      statement.run(...values)
      return []
    }
    statement.safeIntegers(true)
    if (raw) statement.raw(true)
    return statement.all(...values)
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    // A cast: the rows have the shape that the caller's statement gives them.
    return (this.#rows(sql, params, false) as Record<string, unknown>[]).map((row) =>
      Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(v)])),
    ) as Row[]
  }

  async values(sql: string, params?: readonly unknown[]): Promise<Rows> {
    return (this.#rows(sql, params, true) as unknown[][]).map((row) => row.map(asText))
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const counts: number[] = []
    for (const [i, text] of (typeof sql === 'string' ? [sql] : sql).entries()) {
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
    return Number((this.#db.prepare('SELECT total_changes() AS n').all()[0] as { n: number | bigint }).n)
  }

  describeError(error: unknown): ServerError | undefined {
    if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
    const code = String(error.code)
    if (!code.startsWith('SQLITE_')) return undefined
    const statement = this.#places.get(error)
    return {
      // SQLite's own code where the runtime expects it: the file is locked.
      code: code.startsWith('SQLITE_BUSY') ? '5' : code,
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
