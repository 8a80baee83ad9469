/** Connections that a program has already and hands in: recognised by their shape, used as they are, never closed. */
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import type { Adopted, Driver, OpenOptions } from './driver.ts'
import { KyselyConnection, isKysely } from './given-kysely.ts'
import type { KyselyLike } from './given-kysely.ts'
import { connect, PgConnection } from './pg.ts'
import type { Client, ClientClass } from './pg.ts'
import { pglite, PgliteConnection } from './pglite.ts'
import type { Database } from './pglite.ts'

interface PoolLike {
  connect(): Promise<Client & { release(): void }>
  readonly options: Readonly<Record<string, unknown>>
  readonly Client?: ClientClass
}

type Unknown = Readonly<Record<string, unknown>>
const has = (given: Unknown, ...names: readonly string[]): boolean =>
  names.every((name) => typeof given[name] === 'function')

/**
 * A pool or client of `pg` or of what has its shape (`@neondatabase/serverless`), a PGlite, a `postgres` (postgres.js), a
 * Kysely, the `db` of Drizzle, the DataSource of TypeORM; undefined for anything else. Throws CONFIG.INVALID where it is
 * one of them and not connected, or of another database than PostgreSQL; DATABASE.CONNECT where the pool cannot connect.
 */
export async function adoptConnection(given: object, options: OpenOptions): Promise<Adopted | undefined> {
  const thing = given as Unknown
  // Drizzle has the client that it was created with.
  if (typeof thing['$client'] === 'object' || typeof thing['$client'] === 'function')
    return adoptConnection(thing['$client'] as object, options)
  if (has(thing, 'createQueryRunner')) return fromTypeorm(thing, options)
  if (isKysely(given)) return fromKysely(given, options)
  if (has(thing, 'unsafe', 'reserve')) return (await import('./postgres-js.ts')).adoptSql(given, options)
  if (has(thing, 'exec', 'query', 'dumpDataDir')) return fromPglite(given, options)
  if (has(thing, 'connect', 'query') && 'totalCount' in thing) return fromPool(given as PoolLike, options)
  if (has(thing, 'query', 'escapeIdentifier') && typeof thing['connection'] === 'object')
    return fromClient(given as Client, options)
  return undefined
}

async function fromPool(pool: PoolLike, options: OpenOptions): Promise<Adopted> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new AmbixError('DATABASE.CONNECT', 'The pool that was given cannot connect', {
      why: messageOf(cause),
      next: ['Check what the pool was made with'],
      cause,
    })
  })
  const adopted = fromClient(client, options)
  return {
    ...adopted,
    release: async () => {
      await adopted.release()
      // A client that lost its connection must not be lent again by the pool.
      ;(client.release as (broken?: boolean) => void)(adopted.connection.closed)
    },
  }
}

function fromClient(client: Client, options: OpenOptions): Adopted {
  if (client.processID === null) throw notConnected('client', 'await client.connect()')
  const connection = new PgConnection(client, options)
  const { connectionParameters: own = {} } = client as unknown as { connectionParameters?: Unknown }
  const { host, port, database, user } = own as Readonly<Record<string, string | undefined>>
  const place = `${encodeURIComponent(user ?? '')}@${host?.startsWith('/') === true ? 'localhost' : (host ?? 'localhost')}:${port ?? 5432}`
  const Client = client.constructor as ClientClass
  const driver: Driver = {
    name: 'pg',
    dialect: 'postgres',
    // With all options of the given one, including its password and certificates.
    open: async (url, asked) => connect(Client, url, asked, { ...own, database: databaseOf(url) }),
  }
  return {
    connection,
    driver,
    url: `postgres://${place}/${encodeURIComponent(database ?? '')}`,
    release: async () => connection.release(),
  }
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1))

async function fromPglite(given: object, options: OpenOptions): Promise<Adopted> {
  const db = given as Database
  await db.waitReady
  return {
    connection: new PgliteConnection(db, options, () => {}),
    driver: pglite,
    url: 'pglite://memory',
    release: async () => {},
  }
}

/** TypeORM's query runner returns the driver's own client when it is connected (by its interface). */
async function fromTypeorm(source: Unknown, options: OpenOptions): Promise<Adopted> {
  if (source['isInitialized'] === false) throw notConnected('DataSource', 'await dataSource.initialize()')
  const runner = (
    source as unknown as { createQueryRunner(): { connect(): Promise<object>; release(): Promise<void> } }
  ).createQueryRunner()
  try {
    const adopted = await adoptConnection(await runner.connect(), options)
    if (adopted === undefined) throw otherDatabase('DataSource')
    return {
      ...adopted,
      release: async () => {
        await adopted.release()
        await runner.release()
      },
    }
  } catch (error) {
    await runner.release()
    throw error
  }
}

async function fromKysely(given: KyselyLike, options: OpenOptions): Promise<Adopted> {
  const { connection, release } = await KyselyConnection.take(given, options)
  const version = await connection.query('SELECT pg_catalog.version()').catch(() => undefined)
  if (version === undefined) {
    await release()
    throw otherDatabase('Kysely')
  }
  return { connection, release }
}

const notConnected = (what: string, how: string): AmbixError =>
  new AmbixError('CONFIG.INVALID', `The ${what} that was given is not connected`, {
    next: [`Write \`${how}\` before`],
  })

const otherDatabase = (what: string): AmbixError =>
  new AmbixError('CONFIG.INVALID', `The ${what} that was given is not one of PostgreSQL`, {
    why: 'Only connections to PostgreSQL can be handed in as they are.',
    next: [
      'Give the URL of the database instead',
      "Or a connection of ambix's own driver: `await nodeSqlite.open(url, …)`",
    ],
  })
