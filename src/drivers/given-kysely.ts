/** Connects to PostgreSQL through a Kysely that the caller passed in: one connection of its pool, by the interface of its executor. */
import type { Connection, OpenOptions, Rows, ServerError } from './driver.ts'
import { positionOf } from './join-script.ts'
import { describeError } from './pg.ts'

interface Result {
  readonly rows: readonly unknown[]
  readonly numAffectedRows?: bigint
}
interface Executor {
  provideConnection<T>(run: (connection: { executeQuery(query: object): Promise<Result> }) => Promise<T>): Promise<T>
}
/** The part of Kysely's API that is used, by shape. */
export interface KyselyLike {
  getExecutor(): Executor
  selectFrom(...args: readonly never[]): unknown
}

export function isKysely(given: object): given is KyselyLike {
  return 'getExecutor' in given && 'selectFrom' in given && typeof given.getExecutor === 'function'
}

export class KyselyConnection implements Connection {
  readonly native: unknown
  closed = false
  readonly #run: (sql: string, params: readonly unknown[]) => Promise<Result>
  readonly #places = new WeakMap<object, { statement: number; position?: number }>()

  /** Cursors whose rows are texts. */
  readonly #cursors = new Set<string>()

  private constructor(native: unknown, run: (sql: string, params: readonly unknown[]) => Promise<Result>) {
    this.native = native
    this.#run = run
  }

  /** Takes a connection out of the pool, until `release`. */
  static async take(
    db: KyselyLike,
    options: OpenOptions,
  ): Promise<{ readonly connection: KyselyConnection; release(): Promise<void> }> {
    const taken = Promise.withResolvers<KyselyConnection>()
    const done = Promise.withResolvers<void>()
    const over = db.getExecutor().provideConnection(async (connection) => {
      taken.resolve(
        new KyselyConnection(db, (sql, parameters) => {
          options.onSql?.(sql, parameters)
          return connection.executeQuery({ sql, parameters, query: { kind: 'RawNode' }, queryId: { queryId: 'ambix' } })
        }),
      )
      await done.promise
    })
    over.catch((error: unknown) => taken.reject(error))
    return {
      connection: await taken.promise,
      release: async () => {
        done.resolve()
        await over
      },
    }
  }

  async query<Row>(sql: string, params: readonly unknown[] = []): Promise<readonly Row[]> {
    // A cast: the rows have the shape that the caller's statement gives them.
    return (await this.#run(sql, params)).rows as readonly Row[]
  }

  /**
   * Kysely returns rows as objects, with values that its driver has parsed. The text of a whole row, which PostgreSQL prints
   * by itself (manual, 8.16.6), holds every value as raw text, in order, whatever the names.
   */
  async values(sql: string, params: readonly unknown[] = []): Promise<Rows> {
    const text = sql.trim().replace(/;\s*$/, '')
    if (/^(?:select|values|table|with)\b/i.test(text)) return this.#texts(asText(text), params)
    const cursor = /^fetch\s.*\bfrom\s+(\w+)$/is.exec(text)?.[1]
    if (cursor !== undefined && this.#cursors.has(cursor)) return this.#texts(text, params)
    const rows = await this.query<unknown>(this.#declared(sql), params)
    return rows.flatMap((row) =>
      typeof row === 'object' && row !== null
        ? [Object.values(row).map((v) => (v === null || v === undefined ? null : String(v)))]
        : [],
    )
  }

  async #texts(sql: string, params: readonly unknown[]): Promise<Rows> {
    return (await this.query<{ readonly r: string }>(sql, params)).map((row) => parseRow(row.r))
  }

  /** A cursor of ambix's own is read by `values`. */
  #declared(sql: string): string {
    const found = /^(\s*declare\s+(ambix_\w+)\s[^;]*?\bcursor\s+for\s)([\s\S]*)$/i.exec(sql)
    if (found === null) return sql
    this.#cursors.add(found[2]!)
    return `${found[1]}${asText(found[3]!)}`
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const counts: number[] = []
    for (const [i, text] of (typeof sql === 'string' ? [sql] : sql).entries()) {
      if (text.trim() === '') continue
      try {
        const { rows, numAffectedRows } = await this.#run(this.#declared(text), [])
        counts.push(numAffectedRows === undefined ? rows.length : Number(numAffectedRows))
      } catch (error) {
        if (typeof error === 'object' && error !== null) {
          const position = positionOf(error)
          this.#places.set(error, { statement: i, ...(position === undefined ? {} : { position }) })
        }
        throw error
      }
    }
    return counts
  }

  describeError(error: unknown): ServerError | undefined {
    return describeError(error, typeof error === 'object' && error !== null ? this.#places.get(error) : undefined)
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

const asText = (query: string): string => `SELECT ambix_row::pg_catalog.text AS r FROM (${query}\n) AS ambix_row`

/** `(1,,"a ""b""",t)`: nothing between commas is NULL. */
export function parseRow(text: string): readonly (string | null)[] {
  const values: (string | null)[] = []
  for (let at = 1; at < text.length; at++) {
    let value: string | null = null
    while (text[at] !== ',' && !(text[at] === ')' && at === text.length - 1)) {
      value ??= ''
      if (text[at] !== '"') {
        value += text[at] === '\\' ? text[++at] : text[at]
        at++
        continue
      }
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"' || text[at] === '\\') at++
        value += text[at]
      }
      at++
    }
    values.push(value)
  }
  return values
}
