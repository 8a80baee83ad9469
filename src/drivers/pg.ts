/** Connects to PostgreSQL servers through the `pg` package. */
import { createConnection } from 'node:net'
import { AmbixError, type Code, type NextAction } from '../errors.ts'
import type { Connection, Driver, OnRows, OpenOptions, Rows, ServerError } from './driver.ts'
import { importPackage } from './find-package.ts'
import { withoutSecret } from './cut-url.ts'
import { noneFree } from './none-free.ts'
import { joinScript, locate, positionOf } from './join-script.ts'
import { canPipeline, type Exchange, rowsOfAll, sendAll } from './pg-pipeline.ts'
import { messageOf, redact } from '../util/redact.ts'

/** The part of `pg`'s API that is used, by shape: the package is the user's and may be another copy than ours. */
interface Result {
  readonly rows: readonly unknown[]
  readonly rowCount: number | null
}
type Parameter = Readonly<Record<'parameterName' | 'parameterValue', string | undefined>>
export interface Client {
  readonly user?: string
  readonly database?: string
  connect(): Promise<unknown>
  query(config: {
    text: string
    values?: unknown[]
    rowMode?: 'array'
    types?: { getTypeParser(): (v: unknown) => unknown }
  }): Promise<Result | Result[]>
  end(): Promise<void>
  on(event: 'error' | 'end' | 'notice', listener: (value: { message?: string }) => void): void
  off(event: string, listener: (value: { message?: string }) => void): void
  readonly connection: Readonly<Record<'on' | 'off', (event: string, listener: (said: Parameter) => void) => void>>
  readonly pipeline?: boolean
  readonly processID: number | null
  readonly secretKey?: number | null
  readonly host?: string
  readonly port?: number
}
export type ClientClass = new (config: Record<string, unknown>) => Client

/** As pg_dump sets it. */
export const plainStrings = 'SET standard_conforming_strings = on'

const rawText = { getTypeParser: () => (v: unknown) => v }

/** Driver `pg`: `postgres://user@host:5432/database?sslmode=…`, and libpq's PG* variables for what the URL leaves out. */
export const pg: Driver = {
  name: 'pg',
  dialect: 'postgres',
  async open(url, options) {
    const module = await importPackage('pg', options.projectDir, 'A postgres:// URL')
    const Client = module['Client'] as ClientClass
    return connect(Client, url, options)
  },
}

/**
 * The same driver with the package handed in, for a program that is bundled with it: nothing is looked for on disk.
 *
 * @example import * as package from 'pg'; export default defineConfig({ driver: pgWith(package) })
 */
export function pgWith(module: { readonly Client: unknown }): Driver {
  return { ...pg, open: async (url, options) => connect(module.Client as ClientClass, url, options) }
}

/** `own`: the options of the caller's client, with which another one is created. */
export async function connect(
  Client: ClientClass,
  url: string,
  options: OpenOptions,
  own: Readonly<Record<string, unknown>> = { connectionString: url },
): Promise<Connection> {
  const config = {
    ...own,
    application_name: options.applicationName ?? 'ambix',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  let client: Client
  try {
    client = new Client(config)
  } catch {
    throw new AmbixError('DATABASE.URL', 'The database URL cannot be understood', {
      why: 'A PostgreSQL URL looks like postgres://user:password@host:5432/database; special characters of a password are percent-encoded.',
      next: ['Check `url` in the configuration, DATABASE_URL or --url'],
    })
  }
  const session = new PgConnection(client, options, () =>
    connect(Client, url, { ...options, onSql: undefined, onNotice: undefined }, own),
  )
  try {
    await client.connect()
    // Expressions are written as the server prints them under the standard settings, whatever the database sets.
    if (session.readsBackslashes) await client.query({ text: plainStrings })
  } catch (error) {
    client.end().catch(() => {})
    throw withoutSecret(url, connectError(error, client))
  }
  return session
}

const errorWords: Readonly<Record<string, readonly [Code, string, readonly (NextAction | string)[]]>> = {
  '28P01': [
    'DATABASE.AUTH',
    'The database refuses the password',
    ['Check the user and password of the database URL, or PGPASSWORD'],
  ],
  '28000': [
    'DATABASE.AUTH',
    'The database refuses the connection of this user',
    ['Check the user of the database URL and the server’s pg_hba.conf'],
  ],
  '3D000': ['DATABASE.MISSING', 'The database does not exist', []],
  '57P03': ['DATABASE.CONNECT', 'The server is starting up or shutting down', ['Try again in a moment']],
  '53300': noneFree('The server takes no more connections', 'max_connections', 'pg_stat_activity'),
}

/** The error of a failed connection, by what the server or the system reported. */
export function connectError(
  error: unknown,
  { host, port, database }: { readonly host?: string; readonly port?: number; readonly database?: string },
): AmbixError {
  const found = error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error
  const code = typeof found === 'object' && found !== null && 'code' in found ? String(found.code) : ''
  const where = host === undefined ? 'the server' : `${host}:${port ?? 5432}`
  const why = messageOf(found)
  const full = code === '53300' ? { full: true } : {}
  const data = { host, port, database, ...(code === '' ? {} : { serverCode: code }), ...full }
  const known = errorWords[code]
  if (known !== undefined) {
    const next =
      code === '3D000' && database !== undefined
        ? [{ text: 'Create it', command: `createdb ${database}` }, 'Or check the URL']
        : known[2]
    return new AmbixError(known[0], known[1], { why, next, data })
  }
  if (/password must be a (non-empty )?string|no password/i.test(why)) {
    return new AmbixError('DATABASE.AUTH', 'The database asks for a password, and none was given', {
      next: ['Give it in the database URL (postgres://user:password@…), or in PGPASSWORD'],
      data,
    })
  }
  return new AmbixError('DATABASE.CONNECT', `The database at ${where} cannot be reached`, {
    why,
    next: ['Check that the server runs and that host and port of the database URL are right'],
    data,
  })
}

export function lostConnection(why: string, code = '', cause?: unknown): AmbixError {
  return new AmbixError('DATABASE.CONNECT', 'The connection to the database was lost', {
    why,
    next: ['Run the same command again: it looks where the database stands, and goes on from there'],
    data: { lost: true, ...(code === '' ? {} : { serverCode: code }) },
    cause,
  })
}

/** A client of `pg` as a connection. */
export class PgConnection implements Connection {
  readonly native: unknown
  readonly role: string | undefined
  readonly database: string | undefined
  serverVersion: number | undefined
  serverText: string | undefined
  closed = false
  /** Whether a backslash in a string constant escapes what follows it, as before PostgreSQL 9.1. */
  readsBackslashes = false
  readonly #client: Client
  readonly #options: OpenOptions
  readonly #another: (() => Promise<Connection>) | undefined
  readonly #listening: (() => void)[] = []
  readonly #places = new WeakMap<object, { statement: number; position?: number }>()
  /** `pg` must not be given a query while one runs: queries are queued here. */
  #last: Promise<unknown> = Promise.resolve()
  #completed = 0

  /** Without `another` what runs cannot be cancelled. */
  constructor(client: Client, options: OpenOptions, another?: () => Promise<Connection>) {
    this.native = this.#client = client
    this.role = client.user
    this.database = client.database
    this.#options = options
    this.#another = another
    const gone = (): void => {
      this.closed = true
    }
    for (const end of ['error', 'end'] as const) this.#listen(end, gone)
    this.#listen('notice', (notice) => options.onNotice?.(notice.message ?? ''))
    const { connection } = client
    const completed = (): void => {
      this.#completed++
    }
    const status = (message: Parameter): void => {
      const value = message.parameterValue ?? ''
      if (message.parameterName === 'server_version') this.serverVersion = Number.parseInt(value, 10) || undefined
      // CockroachDB names itself in a separate parameter, and reports an old version of PostgreSQL in this one.
      if (message.parameterName === 'server_version' || message.parameterName === 'crdb_version')
        this.serverText = `${this.serverText ?? ''} ${value}`.trim()
      if (message.parameterName === 'standard_conforming_strings') this.readsBackslashes = value === 'off'
    }
    connection.on('commandComplete', completed)
    connection.on('parameterStatus', status)
    this.#listening.push(() => {
      connection.off('commandComplete', completed)
      connection.off('parameterStatus', status)
    })
  }

  #listen(event: 'error' | 'end' | 'notice', listener: (value: { message?: string }) => void): void {
    this.#client.on(event, listener)
    this.#listening.push(() => this.#client.off(event, listener))
  }

  /** Stops using a client that its owner continues to use. */
  release(): void {
    for (const stop of this.#listening.splice(0)) stop()
  }

  get backend(): number | undefined {
    return this.#client.processID ?? undefined
  }

  async #send(config: Parameters<Client['query']>[0]): Promise<Result | Result[]> {
    const turn = this.#last.then(() => {
      this.#options.onSql?.(config.text, config.values)
      this.#completed = 0
      return this.#client.query(config).catch((error: unknown) => {
        throw this.#lost(error)
      })
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  /** An error that is not the server's, on a lost connection, as an error that a user can act on. */
  #lost(error: unknown): unknown {
    const isServers = typeof error === 'object' && error !== null && 'severity' in error
    // With its last message the server ends the session.
    const ended = isServers && (error.severity === 'FATAL' || error.severity === 'PANIC')
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    const why = messageOf(error)
    const gone =
      this.closed ||
      /^(?:ECONN|EPIPE|ETIMEDOUT|ENETRESET|EHOSTUNREACH)/.test(code) ||
      /terminated|not queryable|was closed/i.test(why)
    if (!ended && (isServers || !gone)) return error
    this.closed = true
    return lostConnection(why, code, error)
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    const result = await this.#send(
      params === undefined || params.length === 0 ? { text: sql } : { text: sql, values: [...params] },
    )
    // A cast: the rows have the shape that the caller's statement gives them.
    return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as readonly Row[]
  }

  async values(sql: string, params?: readonly unknown[]): Promise<Rows> {
    const config = { text: sql, rowMode: 'array' as const, types: rawText }
    const result = await this.#send(
      params === undefined || params.length === 0 ? config : { ...config, values: [...params] },
    )
    return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Rows
  }

  async valuesOfAll(statements: readonly string[], onRows?: OnRows): Promise<readonly Rows[]> {
    const { text } = joinScript(statements)
    // In its own pipeline mode the client takes no queries but its own.
    if (!canPipeline(this.#client) || this.#client.pipeline === true) {
      const result = await this.#send({ text, rowMode: 'array', types: rawText })
      return (Array.isArray(result) ? result : [result]).map((r) => r.rows as Rows)
    }
    const turn = this.#last.then(async () => {
      this.#options.onSql?.(text)
      this.#completed = 0
      try {
        return await rowsOfAll(this.#client, text, onRows)
      } catch (error) {
        throw this.#lost(error)
      }
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  get pipeline(): Connection['pipeline'] {
    return canPipeline(this.#client) ? this.#pipeline : undefined
  }

  #pipeline: NonNullable<Connection['pipeline']> = async (scripts, onDone, onFailed, more) => {
    const exchange: Exchange = {
      onSend: (text) => this.#options.onSql?.(text),
      onDone,
      note: (error, place) => void this.#places.set(error, place),
      onFailed: onFailed && ((at, error) => onFailed(at, this.#lost(error))),
      more: more && (async () => (await more()).map(joinScript)),
    }
    const sending = async (): Promise<void> => sendAll(this.#client, scripts.map(joinScript), exchange)
    const turn = this.#last.then(sending).catch((error: unknown) => {
      throw this.#lost(error)
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const joined = typeof sql === 'string' ? { text: sql, starts: [0] } : joinScript(sql)
    if (joined.text.trim() === '') return []
    try {
      const result = await this.#send({ text: joined.text })
      return (Array.isArray(result) ? result : [result]).map((r) => r.rowCount ?? 0)
    } catch (error) {
      if (typeof error === 'object' && error !== null) {
        this.#places.set(error, locate(joined, positionOf(error), this.#completed))
      }
      throw error
    }
  }

  describeError(error: unknown): ServerError | undefined {
    return describeError(error, typeof error === 'object' && error !== null ? this.#places.get(error) : undefined)
  }

  async cancel(): Promise<void> {
    const pid = this.#client.processID
    if (this.closed || pid === null || this.#another === undefined) return
    // Through a pooler whose only connection is busy the question would wait for what is to be cancelled.
    const late = new Promise<boolean>((resolve) => void setTimeout(resolve, 1000, false).unref())
    const found = await Promise.race([this.#cancelBy(this.#another, pid).catch(() => false), late])
    if (!found) await cancelThrough(this.#client)
  }

  /** Whether that is a process of the server; a pooler gives numbers of its own. */
  async #cancelBy(another: () => Promise<Connection>, pid: number): Promise<boolean> {
    const other = await another()
    try {
      const rows = await other.values(
        'SELECT pg_catalog.pg_cancel_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE a.pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4',
        [pid],
      )
      return rows.length > 0
    } finally {
      await other.close()
    }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await this.#client.end().catch(() => {})
  }
}

/** The protocol's own request to cancel (manual, 55.2.8), on a connection of its own; nothing is answered. */
function cancelThrough({ host, port, processID, secretKey }: Client): Promise<void> {
  const request = Buffer.alloc(16)
  request.writeInt32BE(16, 0)
  request.writeInt32BE(80877102, 4)
  request.writeInt32BE(processID ?? 0, 8)
  request.writeInt32BE(secretKey ?? 0, 12)
  return new Promise((resolve) => {
    const socket = host?.startsWith('/')
      ? createConnection(`${host}/.s.PGSQL.${port ?? 5432}`)
      : createConnection(port ?? 5432, host)
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    // The other side closes it: a pooler forgets the request of a client that is gone.
    socket.on('connect', () => socket.write(request))
    socket.resume()
    socket.setTimeout(5000, () => socket.destroy())
  })
}

const given = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: string })

/** The error that PostgreSQL sent, from the fields that `pg`, PGlite and (except for two names) `postgres` have in common. */
export function describeError(
  error: unknown,
  place?: { statement: number; position?: number },
): ServerError | undefined {
  if (typeof error !== 'object' || error === null || !('severity' in error) || !('message' in error)) return undefined
  const e = error as Record<string, unknown>
  const text = (key: string): string | undefined =>
    typeof e[key] === 'string' && e[key] !== '' ? redact(e[key]) : undefined
  const position =
    place === undefined ? (text('position') === undefined ? undefined : Number(text('position'))) : place.position
  return {
    message: redact(String(e['message'])),
    ...(text('code') === undefined ? {} : { code: text('code') }),
    ...(text('detail') === undefined ? {} : { detail: text('detail') }),
    ...(text('hint') === undefined ? {} : { hint: text('hint') }),
    ...given('constraint', text('constraint') ?? text('constraint_name')),
    ...given('table', text('table') ?? text('table_name')),
    ...(position === undefined ? {} : { position }),
    ...(place === undefined ? {} : { statement: place.statement }),
  }
}
