/** Speaks to SQLite files through Node's own `node:sqlite`. */
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type * as Sqlite from 'node:sqlite'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { AmbixError } from '../errors.ts'
import type { Connection, Driver, OpenOptions, ServerError } from './driver.ts'
import { pathOf } from './url-path.ts'
import { messageOf } from '../util/redact.ts'

/** Driver `node-sqlite`: `sqlite:./app.db`, `sqlite:///absolute/app.db`, `file:…`, `sqlite::memory:`. */
export const nodeSqlite: Driver = {
  name: 'node-sqlite',
  dialect: 'sqlite',
  async open(url, options) {
    const path = sqlitePath(url, options.projectDir)
    let module: typeof Sqlite
    try {
      module = await import('node:sqlite')
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
      throw new AmbixError('DATABASE.CONNECT', `The database file ${path} cannot be opened`, {
        why: messageOf(error),
        next: ['Check that the folder exists and may be written to, and that the file is a SQLite database'],
      })
    }
  },
}

/** The file that a URL names, absolute; `:memory:` as it is. */
export function sqlitePath(url: string, projectDir: string): string {
  try {
    if (/^file:\/\//i.test(url)) return fileURLToPath(url)
    const rest = url
      .replace(/^(sqlite|file):/i, '')
      .replace(/^\/\/(?=\/)/, '')
      .replace(/^\/\//, '')
    const path = pathOf(rest.replace(/\?(?:[\w-]+=[^/?]*)?$/, ''), projectDir)
    if (path === ':memory:' || path === 'memory' || path === 'memory:') return ':memory:'
    if (path === '') throw new TypeError('no path')
    return resolve(projectDir, path)
  } catch {
    throw new AmbixError('DATABASE.URL', 'The SQLite URL cannot be understood', {
      next: ['Write sqlite:./app.db or sqlite::memory:'],
    })
  }
}

type Bindable = null | number | bigint | string | Uint8Array

/** node:sqlite takes a Date in first place as an object of named parameters and stores NULL: so every value is converted here. */
function bindable(value: unknown): Bindable {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return JSON.stringify(value)
}

const plain = (value: unknown): unknown =>
  typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return String(value as string | number | bigint)
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
