/** Opens a scratch database for DDL: a database on the server, PGlite, or a transaction that is rolled back. */
import { randomBytes } from 'node:crypto'
import type { Dialect, ScratchSql } from '../dialects/dialect.ts'
import type { Connection, Driver, OpenOptions, Scratch } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import { notAllowed, notEmptied } from './scratch/refused.ts'
import { RolledBack } from './scratch/rolled-back.ts'
import { ownRows } from './together.ts'

export interface ScratchRequest {
  /** Of the target. */
  readonly url: string
  readonly driver: Driver
  readonly dialect: Dialect
  readonly connection: Connection
  /** `scratch` of the configuration: `database`, `transaction`, `pglite`, a URL; absent: the best that is available. */
  readonly wanted?: string
  readonly projectDir: string
  readonly warn?: (text: string) => void
}

/** Opens it; the caller closes it, which leaves nothing behind. Throws DATABASE.*, naming the alternatives. */
export async function openScratch(request: ScratchRequest): Promise<Scratch> {
  const { dialect, connection, driver, wanted, projectDir } = request
  const sql = dialect.session.scratch
  if (sql === undefined) return inMemory(request, driver, `${driver.dialect}::memory:`, true, undefined)
  if ((wanted === 'transaction' || wanted === 'pglite') && sql.embedded !== true) {
    throw new AmbixError('CONFIG.INVALID', `DDL of this server cannot be tried in the scratch database ${wanted}`, {
      next: ['Leave `scratch` out for a database of its own on the server, or give the URL of an empty database'],
    })
  }
  if (wanted === 'transaction') return new TransactionScratch(request, sql).opened()
  if (wanted === 'pglite' || (wanted === undefined && connection.singleSession === true))
    return pgliteScratch(request, sql, connection.singleSession === true)
  if (wanted !== undefined && wanted !== 'database') {
    const named = await driver.open(wanted, { projectDir, applicationName: 'ambix scratch', batches: true })
    return onServer({ ...request, url: wanted, connection: named }, sql, named)
  }
  try {
    return await onServer(request, sql, undefined)
  } catch (error) {
    const said = connection.describeError(error)
    const right = said === undefined ? undefined : dialect.session.advice?.(said, connection)
    if (said === undefined || wanted === 'database' || sql.embedded !== true)
      throw notAllowed(said?.message, right, error)
    const fix = right === undefined || said.code !== sql.mayNotCreate ? '' : `. ${right}`
    request.warn?.(
      `No scratch database can be created on the server (${said.message}); trying things in an embedded PostgreSQL instead, whose version, locale and extensions may differ${fix}`,
    )
    return pgliteScratch(request, sql, false)
  }
}

/** The same URL with another database. */
export function withDatabase(url: string, name: string): string {
  const m = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)(?:\/[^?#]*)?(.*)$/is.exec(url)
  if (m === null)
    throw new AmbixError('DATABASE.URL', 'The database URL cannot be understood', {
      next: [
        `Write the URL with its host and database: ${/^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0] ?? 'scheme'}://user@host:port/database`,
      ],
    })
  return `${m[1]}/${encodeURIComponent(name)}${m[2]}`
}

async function one(connection: Connection, dialect: Dialect, query: string): Promise<readonly (string | null)[]> {
  return (await ownRows(connection, dialect, query))[0] ?? []
}

/** The user's own path, so not read as `one` reads; the query runs nothing that is found by name. */
async function pathOf(connection: Connection, sql: ScratchSql): Promise<readonly (string | null)[]> {
  return (await connection.values(sql.path))[0] ?? []
}

async function versionOf(connection: Connection, dialect: Dialect): Promise<number> {
  if (connection.serverVersion !== undefined) return connection.serverVersion
  const n = Number.parseInt((await one(connection, dialect, dialect.session.serverVersion))[0] ?? '', 10)
  return n >= 10_000 ? Math.floor(n / 10_000) : n
}

interface Parts {
  /** Returns a connection to an empty scratch database. */
  readonly make: () => Promise<Connection>
  readonly unmake: (connection: Connection) => Promise<void>
  readonly atEnd?: () => Promise<void>
  /** Empties the scratch database; false where something is left, and it must be recreated. */
  readonly clean?: (connection: Connection) => Promise<boolean>
  /** Takes the connection over at the end instead of `unmake`. */
  readonly keep?: (connection: Connection) => Promise<void>
  /** Called with the error when the scratch database cannot be removed; absent: closing fails. */
  readonly left?: (error: unknown) => void
  /** Where it is the target itself: rolls everything back, and returns a connection without locks. */
  readonly release?: () => Promise<Connection>
  readonly sameServer: boolean
}

async function scratchOf(dialect: Dialect, parts: Parts): Promise<Scratch> {
  let connection = await parts.make()
  let closed = false
  let serverVersion: number
  try {
    serverVersion = await versionOf(connection, dialect)
  } catch (error) {
    await parts.unmake(connection).catch((fault: unknown) => parts.left?.(fault))
    throw error
  }
  return {
    get connection() {
      return connection
    },
    sameServer: parts.sameServer,
    serverVersion,
    reset: async () => {
      if ((await parts.clean?.(connection)) === true) return connection
      await parts.unmake(connection)
      connection = await parts.make()
      return connection
    },
    release: async () => {
      if (parts.release !== undefined && !closed) connection = await parts.release()
    },
    close: async () => {
      if (closed) return
      closed = true
      try {
        await (parts.keep ?? parts.unmake)(connection)
      } catch (error) {
        // The work in the scratch database is done, or has failed by itself.
        if (parts.left === undefined) throw error
        parts.left(error)
      } finally {
        await parts.atEnd?.()
      }
    },
  }
}

/** Drops everything in the database of a connection. */
export async function emptyOut(connection: Connection, { wipe, wipeBy }: ScratchSql): Promise<void> {
  const [row] = wipeBy === undefined ? [] : await connection.values(wipeBy.ask)
  await connection.script(wipeBy === undefined || row === undefined ? wipe : wipeBy.statements(row))
}

/** Emptying costs a few milliseconds, where a new database costs some hundred. */
async function wiped(connection: Connection, dialect: Dialect, sql: ScratchSql): Promise<boolean> {
  try {
    if (sql.wipe.length === 0) return false
    await connection.script('ROLLBACK')
    await connection.script(sql.wipe)
    return Number((await one(connection, dialect, sql.leftovers))[0]) === 0
  } catch {
    return false
  }
}

/** CREATE DATABASE … TEMPLATE template0 with the target's encoding and locale; dropped at the end. */
async function onServer(request: ScratchRequest, sql: ScratchSql, own: Connection | undefined): Promise<Scratch> {
  const { connection, dialect, driver, projectDir, url } = request
  const described = (await one(connection, dialect, sql.describe))[0] ?? '{}'
  const [path, schema] = await pathOf(connection, sql)
  const options: OpenOptions = { projectDir, applicationName: 'ambix scratch', batches: true }
  // A separate connection: the target's may be in a transaction.
  const maker = own ?? (await driver.open(url, options))
  const name = `ambix_scratch_${randomBytes(6).toString('hex')}`
  const target = withDatabase(url, name)
  // A session that has ended, or a cancel request for the work before that arrives only now: a new session drops it.
  const drop = async (): Promise<void> => {
    try {
      await maker.script([sql.drop(name, maker.serverVersion)])
    } catch {
      const other = await driver.open(url, options)
      try {
        await other.script([sql.drop(name, maker.serverVersion)])
      } finally {
        await other.close()
      }
    }
  }
  const left = (error: unknown): void =>
    request.warn?.(
      `the scratch database ${name} is still there: ${maker.describeError(error)?.message ?? messageOf(error)}; drop it: ${sql.drop(name, maker.serverVersion)}`,
    )
  const make = async (): Promise<Connection> => {
    await maker.script([sql.create(name, described)])
    let opened: Connection | undefined
    try {
      opened = await driver.open(target, options)
      return await prepared(opened, sql, path, schema)
    } catch (error) {
      await opened?.close()
      await drop().catch(left)
      throw error
    }
  }
  const unmake = async (open: Connection): Promise<void> => {
    await open.close()
    await drop()
  }
  try {
    const clean = async (open: Connection): Promise<boolean> => {
      if (!(await wiped(open, dialect, sql))) return false
      await prepared(open, sql, path, schema)
      return true
    }
    return await scratchOf(dialect, { make, unmake, clean, left, atEnd: () => maker.close(), sameServer: true })
  } catch (error) {
    if (own !== undefined && connection.describeError(error)?.code === sql.mayNotCreate)
      return emptied(request, sql, own)
    await maker.close()
    throw error
  }
}

/** Where no database may be created: the given one itself, if it is empty; emptied again after each use. */
async function emptied(request: ScratchRequest, sql: ScratchSql, own: Connection): Promise<Scratch> {
  const found = await ownRows(own, request.dialect, sql.occupied)
  if (found.length > 0) {
    await own.close()
    throw new AmbixError('DATABASE.CONNECT', 'The scratch database is not empty', {
      why: `It has objects in ${found.map((r) => r[0]).join(', ')}; ambix would delete them.`,
      next: ['Name an empty database in `scratch`, or a user there that may create databases'],
    })
  }
  // Twice, for a cancel request that arrives late.
  const wipe = (): Promise<void> => emptyOut(own, sql).catch(() => emptyOut(own, sql))
  return scratchOf(request.dialect, { make: async () => own, unmake: wipe, atEnd: () => own.close(), sameServer: true })
}

/** The same default schema as the target, so that unqualified names mean the same. */
async function prepared(
  connection: Connection,
  sql: ScratchSql,
  path: string | null | undefined,
  schema: string | null | undefined,
): Promise<Connection> {
  if (path === null || path === undefined || schema === null || schema === undefined) return connection
  const [ownPath, ownSchema] = await pathOf(connection, sql)
  if (ownSchema !== schema || ownPath !== path) await connection.script([...sql.usePath(path, schema)])
  return connection
}

/** A PGlite in memory with the target's roles, and those of its extensions that PGlite has. */
async function pgliteScratch(request: ScratchRequest, sql: ScratchSql, sameServer: boolean): Promise<Scratch> {
  const { connection, dialect } = request
  const { pglite, pglitePackage } = await import('../drivers/pglite.ts')
  const names = async (query: string): Promise<string[]> =>
    (await ownRows(connection, dialect, query)).map((r) => r[0] ?? '')
  // The extensions that the target has, and those that it could have: the target schema may be the first to use one.
  const able =
    connection.singleSession === true
      ? (/[?&]extensions=([^&#]*)/.exec(request.url)?.[1] ?? '').split(',').map(decodeURIComponent)
      : []
  const extensions = [...new Set([...(await names(sql.extensions)), ...able])].filter((e) => e !== '')
  const roles = await names(sql.roles)
  const own = sql.ownRole === undefined ? undefined : (await names(sql.ownRole.query))[0]
  const [path, schema] = await pathOf(connection, sql)
  const url = `pglite://memory${extensions.length === 0 ? '' : `?extensions=${extensions.map(encodeURIComponent).join(',')}`}`
  const clean = async (open: Connection): Promise<boolean> => {
    if (!(await wiped(open, dialect, sql))) return false
    await prepared(open, sql, path, schema)
    return true
  }
  const prepare = async (open: Connection): Promise<void> => {
    const there = new Set((await ownRows(open, dialect, sql.roles)).map((r) => r[0]))
    for (const role of roles) if (!there.has(role)) await open.script([sql.createRole(role)])
    if (own !== undefined && roles.includes(own)) await open.script(sql.ownRole!.become(own))
    await prepared(open, sql, path, schema)
  }
  // Roles outlive the wipe: it must have the target's roles, and none that a schema has created there.
  const rolesOf = async (open: Connection): Promise<string> =>
    JSON.stringify((await ownRows(open, dialect, sql.roles)).map((row) => row[0] ?? '').toSorted())
  const key = JSON.stringify([pglitePackage(request.projectDir), url, own, roles.toSorted()])
  const last = await takeKept(key)
  let first: Connection | undefined
  if (last !== undefined) {
    if ((await clean(last.connection)) && (await rolesOf(last.connection)) === last.roles) first = last.connection
    else await last.connection.close()
  }
  let made = last?.roles
  const prepareAll = async (open: Connection): Promise<void> => {
    await prepare(open)
    made = await rolesOf(open)
  }
  return inMemory(request, pglite, url, sameServer, clean, prepareAll, {
    ...(first === undefined ? {} : { first }),
    keep: (open) => keepFor({ key, connection: open, roles: made ?? '' }),
  })
}

interface Kept {
  readonly key: string
  readonly connection: Connection
  /** The roles when it was created. */
  readonly roles: string
}

/** The last embedded scratch database of this process: the next command that needs one does not start another. */
let kept: (Kept & { readonly timer: NodeJS.Timeout }) | undefined

async function takeKept(key: string): Promise<Kept | undefined> {
  const found = kept
  kept = undefined
  if (found === undefined) return undefined
  clearTimeout(found.timer)
  if (found.key === key) return found
  await found.connection.close()
  return undefined
}

/** For some seconds; it does not keep the process alive, and is in memory only. */
async function keepFor(place: Kept): Promise<void> {
  await (await takeKept(place.key))?.connection.close()
  const timer = setTimeout(() => void takeKept('').catch(() => {}), 10_000)
  timer.unref()
  kept = { ...place, timer }
}

async function inMemory(
  request: ScratchRequest,
  driver: Driver,
  url: string,
  sameServer: boolean,
  clean: Parts['clean'],
  prepare?: (open: Connection) => Promise<void>,
  more: Pick<Parts, 'keep'> & { readonly first?: Connection } = {},
): Promise<Scratch> {
  let { first } = more
  const make = async (): Promise<Connection> => {
    if (first !== undefined) {
      const open = first
      first = undefined
      return open
    }
    const open = await driver.open(url, { projectDir: request.projectDir })
    try {
      await prepare?.(open)
      return open
    } catch (error) {
      await open.close()
      throw error
    }
  }
  return scratchOf(request.dialect, {
    make,
    unmake: (open) => open.close(),
    ...(clean === undefined ? {} : { clean }),
    ...(more.keep === undefined ? {} : { keep: more.keep }),
    sameServer,
  })
}

/** On the target itself, inside a transaction that is never committed: it empties the schemas, so it locks everything. */
class TransactionScratch {
  readonly #request: ScratchRequest
  readonly #sql: ScratchSql

  constructor(request: ScratchRequest, sql: ScratchSql) {
    this.#request = request
    this.#sql = sql
  }

  async opened(): Promise<Scratch> {
    const { dialect, driver, url, projectDir } = this.#request
    const open = await driver.open(url, { projectDir, applicationName: 'ambix scratch' })
    const [path, schema] = await pathOf(open, this.#sql)
    const begin = async (): Promise<Connection> => {
      await open.script([dialect.session.begin])
      return new RolledBack(await prepared(open, this.#sql, path, schema))
    }
    const make = async (): Promise<Connection> => {
      await open.script([dialect.session.begin])
      try {
        await open.script(this.#sql.wipe)
      } catch (error) {
        throw notEmptied(open, error)
      }
      return new RolledBack(await prepared(open, this.#sql, path, schema))
    }
    try {
      return await scratchOf(dialect, {
        make,
        unmake: async () => void (await open.script([dialect.session.rollback])),
        // Still in a transaction: nothing that is done on it is kept.
        release: async () => {
          await open.script([dialect.session.rollback])
          return begin()
        },
        atEnd: () => open.close(),
        sameServer: true,
      })
    } catch (error) {
      await open.close()
      throw error
    }
  }
}
