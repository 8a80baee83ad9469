/** Connects to PostgreSQL servers through the package `postgres` (postgres.js). */
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import type { Adopted, Connection, Driver, OpenOptions, Rows, ServerError } from './driver.ts'
import { withoutSecret } from './cut-url.ts'
import { importPackage } from './find-package.ts'
import { joinScript, locate, positionOf } from './join-script.ts'
import { connectError, describeError, lostConnection, plainStrings } from './pg.ts'

interface Result extends ReadonlyArray<unknown> {
  readonly count: number | null
  readonly command: string | null
  readonly columns: readonly { readonly name: string }[] | null
}
interface Query extends Promise<Result | readonly Result[]> {
  simple(): Query
  raw(): Query
  forEach(each: (row: unknown) => void): Query
  cancel(): void
}
/** The part of postgres.js's API that is used, by shape: the package is the user's and may be another copy than ours. */
interface Sql {
  unsafe(text: string, params?: readonly unknown[]): Query
  reserve(): Promise<Sql & { release(): void }>
  end(options?: { timeout?: number }): Promise<void>
  readonly parameters?: Readonly<Record<string, string | undefined>>
  readonly options: Readonly<Record<string, unknown>>
}
type Make = (url: string, options: Record<string, unknown>) => Sql

/** Driver `postgres`: the URLs of `pg`. */
export const postgresJs: Driver = {
  name: 'postgres',
  dialect: 'postgres',
  async open(url, options) {
    const module = await importPackage('postgres', options.projectDir, 'The driver postgres')
    return connect((module['default'] ?? module) as Make, url, options)
  },
}

/** The same driver with the package handed in, for a program that is bundled with it. */
export function postgresWith(postgres: unknown): Driver {
  return { ...postgresJs, open: async (url, options) => connect(postgres as Make, url, options) }
}

const same = (value: unknown): unknown => value
type Parse = (text: string) => unknown

/** As `pg` reads them: a date is the midnight of here. */
const time: Parse = (text) =>
  text.endsWith('infinity')
    ? Number(text.replace('i', 'I'))
    : new Date(/^[\d-]+$/.test(text) ? `${text} 00:00:00` : text)
const bytes: Parse = (text) => Buffer.from(text.slice(2), 'hex')
const bool: Parse = (text) => text === 't'
const json: Parse = (text) => JSON.parse(text)

/** By the id of the type, or of the array's: what `pg` takes apart (pg-types), and postgres.js would not, or not with NULLs in it. */
const parsers: Readonly<Record<number, Parse>> = {
  16: bool,
  17: bytes,
  114: json,
  3802: json,
  1082: time,
  1114: time,
  1184: time,
  ...Object.fromEntries(
    (
      [
        [[1000], bool],
        [[1001], bytes],
        [[199, 3807], json],
        [[1182, 1115, 1185], time],
        [[1005, 1007, 1028, 1021, 1022, 1231], Number],
        [[1016, 1009, 1014, 1015, 1040, 1041, 651, 2951, 791, 1183, 1270, 3907], same],
      ] as readonly (readonly [readonly number[], Parse])[]
    ).flatMap(([ids, parse]) => ids.map((id) => [id, (text: string) => items(text, parse)])),
  ),
}

/** Values go as texts, as `pg` writes them: postgres.js would write texts of some types once more. */
const types = Object.fromEntries(
  Object.entries(parsers).map(([id, parse]) => [
    `t${id}`,
    { to: Number(id), from: [Number(id)], serialize: same, parse },
  ]),
)

/** `{a,"b, c",NULL}` (manual, 8.15.6). */
function items(text: string, parse: Parse): unknown[] {
  const stack: unknown[][] = [[]]
  for (const [all, open, close, quoted, bare] of text.matchAll(/(\{)|(\})|"((?:[^"\\]|\\.)*)"|([^,{}"]+)/gsu)) {
    if (open !== undefined) stack.push([])
    else if (close !== undefined) {
      const done = stack.pop()
      stack.at(-1)!.push(done)
    } else stack.at(-1)!.push(bare === 'NULL' ? null : parse(quoted?.replaceAll(/\\(.)/gsu, '$1') ?? bare ?? all))
  }
  return (stack[0]![0] ?? []) as unknown[]
}

async function connect(make: Make, url: string, options: OpenOptions): Promise<Connection> {
  let session: PostgresJsConnection | undefined
  const asked = {
    max: 1,
    prepare: false,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: Math.ceil((options.connectTimeoutMs ?? 10_000) / 1000),
    connection: { application_name: options.applicationName ?? 'ambix' },
    onnotice: (notice: { message?: string }) => options.onNotice?.(notice.message ?? ''),
    onclose: () => session?.lose(),
    types,
  }
  let sql: Sql
  try {
    sql = make(url, asked)
  } catch {
    throw new AmbixError('DATABASE.URL', 'The database URL cannot be understood', {
      why: 'A PostgreSQL URL looks like postgres://user:password@host:5432/database; special characters of a password are percent-encoded.',
      next: ['Check `url` in the configuration, DATABASE_URL or --url'],
    })
  }
  const { host, port, database } = sql.options as { host?: string[]; port?: number[]; database?: string }
  try {
    const reserved = await reserve(sql)
    if (sql.parameters?.['standard_conforming_strings'] === 'off') await reserved.unsafe(plainStrings)
    session = new PostgresJsConnection(reserved, sql, options, () => sql.end({ timeout: 1 }))
    return session
  } catch (error) {
    await sql.end({ timeout: 0 }).catch(() => {})
    throw withoutSecret(url, connectError(error, { host: host?.[0], port: port?.[0], database }))
  }
}

/** Without `fetch_types`, reserving does not end while nothing is connected: a query is sent before it. */
async function reserve(sql: Sql): Promise<Awaited<ReturnType<Sql['reserve']>>> {
  await sql.unsafe('SELECT 1')
  return sql.reserve()
}

/** A `sql` that a program has: one connection is reserved in it. */
export async function adoptSql(given: object, options: OpenOptions): Promise<Adopted> {
  const sql = given as Sql
  const { host, port, database, user, pass } = sql.options as {
    host?: string[]
    port?: number[]
    database?: string
    user?: string
    pass?: unknown
  }
  const reserved = await reserve(sql).catch((error: unknown) => {
    throw connectError(error, { host: host?.[0], port: port?.[0], database })
  })
  const secret = typeof pass === 'string' && pass !== '' ? `:${encodeURIComponent(pass)}` : ''
  const place = `${host?.[0] ?? 'localhost'}:${port?.[0] ?? 5432}`
  const connection = new PostgresJsConnection(reserved, sql, options)
  return {
    connection,
    driver: postgresJs,
    url: `postgres://${encodeURIComponent(user ?? '')}${secret}@${place}/${encodeURIComponent(database ?? '')}`,
    release: async () => {
      if (!connection.closed) reserved.release()
    },
  }
}

/** Sent between the statements of a script: its row shows that the statement before is done; it takes no snapshot. */
const mark = 'SHOW server_version_num'

class PostgresJsConnection implements Connection {
  readonly native: unknown
  readonly role: string | undefined
  readonly database: string | undefined
  closed = false
  readonly #sql: Sql
  readonly #options: OpenOptions
  /** Absent for a `sql` that the caller passed in, which has type parsers of its own. */
  readonly #end: (() => Promise<void>) | undefined
  readonly #places = new WeakMap<object, { statement: number; position?: number }>()
  #last: Promise<unknown> = Promise.resolve()
  #running: Query | undefined
  #parameters: Sql['parameters']

  constructor(reserved: Sql, whole: Sql, options: OpenOptions, end?: () => Promise<void>) {
    this.native = reserved
    const option = (name: string): string | undefined => {
      const value = whole.options[name]
      return typeof value === 'string' ? value : undefined
    }
    this.role = option('user')
    this.database = option('database')
    this.#sql = reserved
    this.#options = options
    this.#end = end
    this.#parameters = whole.parameters
  }

  get serverVersion(): number | undefined {
    return Number.parseInt(this.#parameters?.['server_version'] ?? '', 10) || undefined
  }

  lose(): void {
    this.closed = true
  }

  async #send(
    text: string,
    shape: (query: Query) => Query,
    params?: readonly unknown[],
  ): Promise<Result | readonly Result[]> {
    const turn = this.#last.then(async () => {
      this.#options.onSql?.(text, params)
      if (this.closed) throw lostConnection('The connection is closed')
      const query = shape(this.#sql.unsafe(text, params?.map(this.#end === undefined ? orNull : written) ?? []))
      this.#running = query
      try {
        return await query
      } catch (error) {
        throw this.#lost(error)
      } finally {
        this.#running = undefined
      }
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  #lost(error: unknown): unknown {
    const e = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>
    const code = typeof e['code'] === 'string' ? e['code'] : ''
    const ended = e['severity'] === 'FATAL' || e['severity'] === 'PANIC'
    const gone = this.closed || /^(?:CONNECTION_|ECONN|EPIPE|ETIMEDOUT|ENETRESET|EHOSTUNREACH)/.test(code)
    if (!ended && ('severity' in e || !gone)) return error
    this.closed = true
    return lostConnection(messageOf(error), code, error)
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    const several = params === undefined || params.length === 0
    const result = await this.#send(sql, (q) => (several ? q.simple() : q), params)
    // A cast: the rows have the shape that the caller's statement gives them.
    return [...lastOf(result)] as unknown as readonly Row[]
  }

  async values(sql: string, params?: readonly unknown[]): Promise<Rows> {
    const several = params === undefined || params.length === 0
    const result = await this.#send(sql, (q) => (several ? q.simple().raw() : q.raw()), params)
    return lastOf(result).map((row) =>
      (row as readonly (Buffer | null)[]).map((v) => (v === null ? null : v.toString('utf8'))),
    )
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const list = typeof sql === 'string' ? [sql] : sql
    const marked = list.flatMap((text, i) => (i === 0 ? [text] : [mark, text]))
    const joined = typeof sql === 'string' ? { text: sql, starts: [0] } : joinScript(marked)
    if (joined.text.trim() === '') return []
    let done = 0
    try {
      const each = (row: unknown): void => {
        if (isMark(row)) done++
      }
      const result = await this.#send(joined.text, (q) => q.simple().forEach(each))
      return (isSeveral(result) ? result : [result]).flatMap((r) =>
        r.command === 'SHOW' && r.columns?.[0]?.name === 'server_version_num' ? [] : [r.count ?? 0],
      )
    } catch (error) {
      if (typeof error === 'object' && error !== null) {
        const place = locate(joined, positionOf(error), done * 2)
        this.#places.set(error, { ...place, statement: Math.ceil(place.statement / 2) })
      }
      throw error
    }
  }

  describeError(error: unknown): ServerError | undefined {
    return describeError(error, typeof error === 'object' && error !== null ? this.#places.get(error) : undefined)
  }

  async cancel(): Promise<void> {
    this.#running?.cancel()
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await this.#end?.().catch(() => {})
  }
}

const isSeveral = (result: Result | readonly Result[]): result is readonly Result[] =>
  !('command' in result) || (result.length > 0 && Array.isArray(result[0]) && 'command' in result[0])

const lastOf = (result: Result | readonly Result[]): readonly unknown[] =>
  isSeveral(result) ? (result.at(-1) ?? []) : result

const isMark = (row: unknown): boolean =>
  typeof row === 'object' && row !== null && 'server_version_num' in row && Object.keys(row).length === 1

const orNull = (value: unknown): unknown => value ?? null

/** A parameter as the text that `pg` would send. */
function written(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  if (Array.isArray(value)) return list(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function list(items: readonly unknown[]): string {
  const item = (v: unknown): string => {
    if (v === null || v === undefined) return 'NULL'
    if (Array.isArray(v)) return list(v)
    return `"${String(written(v)).replaceAll(/["\\]/g, String.raw`\$&`)}"`
  }
  return `{${items.map(item).join(',')}}`
}
