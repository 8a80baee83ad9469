/** Connects to MySQL and MariaDB servers through the `mysql2` package. */
import { append } from '../util/append.ts'
import { AmbixError } from '../errors.ts'
import type { Code, NextAction } from '../errors.ts'
import type { Connection, Driver, OpenOptions, Rows, ServerError } from './driver.ts'
import { importPackage } from './find-package.ts'
import { withoutSecret } from './cut-url.ts'
import { noneFree } from './none-free.ts'
import { splitStatements } from '../util/split-sql.ts'
import { messageOf, redact } from '../util/redact.ts'
import { backtickSession, backtickText } from '../util/sql-text.ts'

/** The part of `mysql2`'s API that is used, by shape: the package is the user's and may be another copy than ours. */
interface Client {
  query(
    config: {
      sql: string
      rowsAsArray?: boolean
      typeCast?: ((field: Field, next: () => unknown) => unknown) | boolean
    },
    values: readonly unknown[] | undefined,
    done: (error: unknown, result: unknown) => void,
  ): { on(event: 'fields', listener: () => void): unknown }
  end(done: (error?: unknown) => void): void
  destroy(): void
  on(event: 'error' | 'end', listener: (error: unknown) => void): void
  readonly threadId: number
  readonly stream: { destroy(): void }
  readonly config: { readonly host?: string; readonly port?: number; readonly database?: string }
}
interface Field {
  readonly type: string
  string(): string | null
  buffer(): Buffer | null
}
type CreateConnection = (config: Record<string, unknown>) => Client

/** Driver `mysql2`: `mysql://user:password@host:3306/database`, and `mariadb://…` for the same. */
export const mysql2: Driver = driver('mysql2', 'mysql')
/** The same package for `mariadb://` URLs. */
export const mysql2ForMariadb: Driver = driver('mysql2-mariadb', 'mariadb')

function driver(name: string, dialect: string): Driver {
  return {
    name,
    dialect,
    async open(url, options) {
      const module = await importPackage('mysql2', options.projectDir, `A ${dialect}:// URL`)
      // A cast: the package's own function, by the shape above.
      return connect(module['createConnection'] as CreateConnection, url, options)
    },
  }
}

/** The parts of a URL, decoded; every query parameter is an option of mysql2. Throws DATABASE.URL. */
function configOf(url: string): Record<string, unknown> {
  try {
    const parsed = new URL(url.replace(/^[a-z][a-z0-9+.-]*:/i, 'mysql:'))
    const options: Record<string, unknown> = {}
    for (const [key, value] of parsed.searchParams) {
      // The rest of a password: the package would print it as an option that it does not know.
      if (key.includes('@')) throw new Error('an @')
      options[key] =
        value === 'true' ? true : value === 'false' ? false : /^[[{]/.test(value) ? JSON.parse(value) : value
    }
    const database = decodeURIComponent(parsed.pathname.slice(1))
    return {
      host: decodeURIComponent(parsed.hostname.replace(/^\[(.*)\]$/, '$1')) || 'localhost',
      port: parsed.port === '' ? 3306 : Number(parsed.port),
      user: parsed.username === '' ? undefined : decodeURIComponent(parsed.username),
      password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password),
      ...(database === '' ? {} : { database }),
      ...options,
    }
  } catch {
    throw new AmbixError('DATABASE.URL', 'The database URL cannot be understood', {
      why: 'A URL looks like mysql://user:password@host:3306/database; special characters of a password are percent-encoded.',
      next: ['Check `url` in the configuration, DATABASE_URL or --url'],
    })
  }
}

async function connect(create: CreateConnection, url: string, options: OpenOptions): Promise<Connection> {
  const config = configOf(url)
  const client = create({
    charset: 'utf8mb4',
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    supportBigNumbers: true,
    bigNumberStrings: false,
    dateStrings: true,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    ...config,
    multipleStatements: options.batches === true,
    flags: ['-IGNORE_SPACE', '+FOUND_ROWS'],
    connectAttributes: { program_name: options.applicationName ?? 'ambix' },
  })
  const connection = new MysqlConnection(client, options, () =>
    connect(create, url, { ...options, onSql: undefined, onNotice: undefined }),
  )
  try {
    const told = await connection.quiet(backtickSession, 'SELECT VERSION(), @@lower_case_table_names')
    const [version, letters] = (told as unknown[][])[0] ?? []
    connection.serverVersion = versionNumber(String(version ?? ''))
    connection.serverText = `${String(version)} lower_case_table_names=${String(letters)}`
  } catch (error) {
    client.destroy()
    throw withoutSecret(url, connectError(error, config))
  }
  return connection
}

/**
 * One number for the dialect's two sets of facts: MySQL 8.0 is 800 and 8.4 is 804, MariaDB 10.11 is 1011 and 11.4 is
 * 1104.
 */
export function versionNumber(text: string): number | undefined {
  const found = /(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(text)
  if (found === null) return undefined
  return Number(found[1]) * 100 + Number(found[2])
}

const errorWords: Readonly<Record<string, readonly [Code, string, readonly (NextAction | string)[]]>> = {
  '1045': [
    'DATABASE.AUTH',
    'The database refuses the user or the password',
    ['Check the user and password of the database URL'],
  ],
  '1698': ['DATABASE.AUTH', 'The database refuses the user', ['Check the user of the database URL']],
  '1044': ['DATABASE.AUTH', 'The user may not use this database', ['Grant rights on it, or check the URL']],
  '1049': ['DATABASE.MISSING', 'The database does not exist', []],
  '1040': noneFree('The server takes no more connections', 'max_connections', 'SHOW PROCESSLIST'),
  '1203': noneFree('The server takes no more connections of this user', 'max_user_connections', 'SHOW PROCESSLIST'),
  '1226': noneFree(
    'The account takes no more connections',
    'its limit (ALTER USER … WITH MAX_USER_CONNECTIONS)',
    'SHOW PROCESSLIST',
  ),
}

function connectError(error: unknown, config: Record<string, unknown>): AmbixError {
  const number = typeof error === 'object' && error !== null && 'errno' in error ? String(error.errno) : ''
  const { host, port, database } = config as { host?: string; port?: number; database?: string }
  const full = ['1040', '1203', '1226'].includes(number) ? { full: true } : {}
  const data = { host, port, database, ...(number === '' ? {} : { serverCode: number }), ...full }
  const why = messageOf(error)
  const known = errorWords[number]
  if (known !== undefined) {
    const next =
      number === '1049' && database !== undefined
        ? [
            { text: 'Create it', command: `mysql -e 'CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4'` },
            'Or check the URL',
          ]
        : known[2]
    return new AmbixError(known[0], known[1], { why, next, data })
  }
  return new AmbixError(
    'DATABASE.CONNECT',
    `The database at ${host ?? 'localhost'}:${port ?? 3306} cannot be reached`,
    {
      why,
      next: ['Check that the server runs and that host and port of the database URL are right'],
      data,
    },
  )
}

interface Piece {
  readonly text: string
  /** Which of the texts it is from. */
  readonly of: number
}

/** In characters: well below the smallest max_allowed_packet that a server has by default (4 MB). */
const batchSize = 500_000

/** A value of a raw row as text: bytes as hexadecimal digits, everything else as the server sent it. */
function rawText(field: Field, _next: () => unknown): string | null {
  if (field.type === 'GEOMETRY' || field.type === 'BIT') {
    const bytes = field.buffer()
    return bytes === null ? null : bytes.toString('hex')
  }
  return field.string()
}

class MysqlConnection implements Connection {
  readonly native: unknown
  serverVersion: number | undefined
  serverText: string | undefined
  closed = false
  readonly #client: Client
  readonly #options: OpenOptions
  readonly #another: () => Promise<Connection>
  readonly #places = new WeakMap<object, number>()

  constructor(client: Client, options: OpenOptions, another: () => Promise<Connection>) {
    this.native = client
    this.#client = client
    this.#options = options
    this.#another = another
    client.on('error', () => {
      this.closed = true
    })
    client.on('end', () => {
      this.closed = true
    })
  }

  /** `each` is called once for each statement that the server has accepted. */
  #send(sql: string, params: readonly unknown[] | undefined, raw: boolean, each?: () => void): Promise<unknown> {
    const config = raw ? { sql, rowsAsArray: true, typeCast: rawText } : { sql }
    return new Promise((done, fail) => {
      const sent = this.#client.query(config, params?.map(bindable), (error, result) => {
        if (error === null || error === undefined) return done(result)
        if (typeof error === 'object' && 'fatal' in error && error.fatal === true) this.closed = true
        fail(error as Error)
      })
      if (each !== undefined) sent.on('fields', each)
    })
  }

  /** Statements at the start of a connection, which no log shows; returns the rows of the last. */
  async quiet(...statements: readonly string[]): Promise<unknown> {
    let rows: unknown
    for (const sql of statements) rows = await this.#send(sql, undefined, true)
    return rows
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    this.#options.onSql?.(sql, params)
    const result = await this.#send(sql, params, false)
    // A cast: the rows have the shape that the caller's statement gives them.
    return (Array.isArray(result) ? result.map((row) => ({ ...row })) : []) as readonly Row[]
  }

  async values(sql: string, params?: readonly unknown[]): Promise<Rows> {
    this.#options.onSql?.(sql, params)
    const result = await this.#send(sql, params, true)
    return Array.isArray(result) ? (result as Rows) : []
  }

  /** Queued at once, and sent one by one: the rows come while the caller does something else. */
  async valuesOfAll(statements: readonly string[]): Promise<readonly Rows[]> {
    return Promise.all(statements.map(async (sql) => this.values(sql)))
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const counts: number[] = []
    for (const batch of this.#batches(typeof sql === 'string' ? [sql] : sql)) {
      for (const { text } of batch) this.#options.onSql?.(text)
      let finished = 0
      try {
        // A comment at the end of a statement must not swallow the semicolon.
        const joined = batch.map((piece) => piece.text).join('\n;\n')
        const result = await this.#send(joined, undefined, false, () => finished++)
        const results: readonly unknown[] = batch.length > 1 && Array.isArray(result) ? result : [result]
        append(
          counts,
          results.map((one) => (Array.isArray(one) ? one.length : affected(one))),
        )
      } catch (error) {
        if (typeof error === 'object' && error !== null)
          this.#places.set(error, batch[Math.min(finished, batch.length - 1)]!.of)
        throw error
      }
    }
    return counts
  }

  /** The statements of several texts as they are sent: each alone, or together up to a size that every server takes. */
  #batches(texts: readonly string[]): readonly (readonly Piece[])[] {
    const all = texts.flatMap((text, of) => pieces(text).map((piece) => ({ text: piece, of })))
    if (this.#options.batches !== true) return all.map((piece) => [piece])
    const batches: Piece[][] = []
    let size = Infinity
    for (const piece of all) {
      size += piece.text.length
      if (size > batchSize) {
        batches.push([])
        size = piece.text.length
      }
      batches.at(-1)!.push(piece)
    }
    return batches
  }

  describeError(error: unknown): ServerError | undefined {
    if (typeof error !== 'object' || error === null || !('sqlState' in error) || !('errno' in error)) return undefined
    const statement = this.#places.get(error)
    return {
      code: String(error.errno),
      message: redact('sqlMessage' in error ? String(error.sqlMessage) : messageOf(error)),
      ...(statement === undefined ? {} : { statement }),
    }
  }

  async cancel(): Promise<void> {
    if (this.closed) return
    let other: Connection
    try {
      other = await this.#another()
    } catch {
      // No connection is free: the server rolls back what a session leaves that went away.
      this.#client.stream.destroy()
      return
    }
    try {
      await other.script(`KILL QUERY ${this.#client.threadId}`)
    } finally {
      await other.close()
    }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await new Promise<void>((done) => {
      this.#client.end(() => done())
    })
  }
}

function affected(result: unknown): number {
  return typeof result === 'object' && result !== null && 'affectedRows' in result ? Number(result.affectedRows) : 0
}

/** The statements of a text; a text that cannot be split is sent as it is, and the server reports what is wrong with it. */
function pieces(text: string): readonly string[] {
  if (!text.includes(';')) return text.trim() === '' ? [] : [text]
  try {
    return splitStatements(text, backtickText).map((s) => s.text)
  } catch {
    return [text]
  }
}

/** mysql2 spreads an array over the statement and writes an object as assignments: such values are JSON here. */
function bindable(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return JSON.stringify(value)
}
