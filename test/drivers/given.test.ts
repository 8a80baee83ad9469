/** Connections of an app's own, handed in: used as they are, left as they were, never closed. */
import { PGlite } from '@electric-sql/pglite'
import { Kysely, MysqlDialect, PGliteDialect, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { parseRow } from '../../src/drivers/given-kysely.ts'
import { applied, check, current, downgrade, upgrade } from '../../src/index.ts'
import type { Config, GivenConnection } from '../../src/index.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const files = {
  'schema.sql': `create table one (id int primary key, note text default 'a "b", c');`,
  'migrations/a1.ts': revisionFile('a1', null, {
    up: `op.execute('create table one (id int primary key)')\n  op.run(async ({ db }) => { await db.query('insert into one values ($1)', [7]) })`,
    down: `op.execute('drop table one')`,
  }),
  'migrations/b2.ts': revisionFile('b2', 'a1', {
    up: `op.execute('alter table one add note text default \\'a "b", c\\'')\n  op.execute('create index concurrently one_note on one (note)', { autocommit: true })`,
    down: `op.execute('alter table one drop note')`,
  }),
}
const project = (more: Config = {}): Config => ({ root: folderOf(files), schema: './schema.sql', ...more })

/** Up, looked at, down; `compared`: with what needs a scratch database beside it. */
async function story(config: Config, connection: GivenConnection, compared = false): Promise<void> {
  const [up] = await upgrade(config, 'head', { connection })
  expect(up!.applied.map((s) => s.revision)).toEqual(['a1', 'b2'])
  expect((await current(config, { connection }))[0]).toMatchObject({ atHeads: true })
  // The index stands in no schema file.
  if (compared) expect((await check(config, { connection }))[0]!.differences.map((d) => d.kind)).toEqual(['dropIndex'])
  expect((await upgrade(config, 'head', { connection }))[0]!.applied).toEqual([])
  expect((await applied(config, { connection })).slice(0, 2).map((e) => e.revision)).toEqual(['b2', 'a1'])
  expect((await downgrade(config, 'base', { connection }))[0]!.applied.length).toBe(2)
}

describeLive('on a server', () => {
  it('a pool of pg lends a client and has it back, with no listener left on it', async () => {
    const { url } = await freshDatabase()
    const pool = new pg.Pool({ connectionString: url })
    const client = await pool.connect()
    const before = client.listenerCount('notice')
    client.release()
    await story(project(), pool, true)
    expect(pool.idleCount).toBe(pool.totalCount)
    const again = await pool.connect()
    expect(again.listenerCount('notice')).toBe(before)
    expect((await again.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    again.release()
    await pool.end()
  })

  it('a client of pg; one that is not connected or in a transaction is refused', async () => {
    const { url } = await freshDatabase()
    const client = new pg.Client({ connectionString: url })
    const config = project()
    await expect(upgrade(config, 'head', { connection: client })).rejects.toMatchObject({
      code: 'CONFIG.INVALID',
      message: 'The client that was given is not connected',
    })
    await client.connect()
    await client.query('begin')
    await client.query('create table mine ()')
    await expect(upgrade(config, 'head', { connection: client })).rejects.toMatchObject({
      code: 'CONFIG.INVALID',
      message: 'The connection that was given is in a transaction',
    })
    await client.query('commit')
    expect((await client.query("select to_regclass('mine') as t, to_regclass('one') as o")).rows).toEqual([
      { t: 'mine', o: null },
    ])
    await client.query("drop table mine; set search_path = public, pg_catalog; set statement_timeout = '5min'")
    await story(config, client)
    expect((await client.query('show search_path')).rows).toEqual([{ search_path: 'public, pg_catalog' }])
    expect((await client.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '5min' }])
    await client.end()
  })

  it('the sql of postgres.js', async () => {
    const { url } = await freshDatabase()
    for (const fetch_types of [true, false]) {
      const own = postgres(url, { max: 3, fetch_types, onnotice: () => {} })
      await story(project(), own, fetch_types)
      expect([...(await own`select 1 as n`)]).toEqual([{ n: 1 }])
      await own.end()
    }
  })

  it('a Kysely, with the URL configured for what cannot be done on its connection', async () => {
    const { url } = await freshDatabase()
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) })
    await story(project({ url }), db, true)
    expect(pool.idleCount).toBe(pool.totalCount)
    expect((await sql`select 1 as n`.execute(db)).rows).toEqual([{ n: 1 }])
    await db.destroy()
  })

  it('what has the shape of Drizzle and of TypeORM', async () => {
    const { url } = await freshDatabase()
    const pool = new pg.Pool({ connectionString: url })
    await story(project(), { $client: pool })
    let open = 0
    const dataSource = {
      isInitialized: true,
      createQueryRunner: () => {
        let client: pg.PoolClient | undefined
        return {
          connect: async () => {
            open++
            return (client = await pool.connect())
          },
          release: async () => {
            open--
            client?.release()
          },
        }
      },
    }
    await story(project(), dataSource)
    expect(open).toBe(0)
    await expect(current(project(), { connection: { ...dataSource, isInitialized: false } })).rejects.toMatchObject({
      message: 'The DataSource that was given is not connected',
    })
    await pool.end()
  })

  it('a row as PostgreSQL prints it is read value by value', async () => {
    const { url } = await freshDatabase()
    const pool = new pg.Pool({ connectionString: url })
    const list = `1, true, null, '', 'a "b", c', '(x)', E'back\\\\slash', E'two\\nlines', '{1,"b c"}'::text[], 'é', null`
    const { rows } = await pool.query<{ r: string }>(`select x::text as r from (select ${list}) x`)
    expect(parseRow(rows[0]!.r)).toEqual([
      '1',
      't',
      null,
      '',
      'a "b", c',
      '(x)',
      'back\\slash',
      'two\nlines',
      '{1,"b c"}',
      'é',
      null,
    ])
    await pool.end()
  })
})

describe('in the process', () => {
  it('a PGlite, by itself and in a Kysely', async () => {
    const db = await PGlite.create()
    await story(project(), db)
    expect((await db.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    const kysely = new Kysely<Record<string, never>>({ dialect: new PGliteDialect({ pglite: db }) })
    const [up] = await upgrade(project({ url: 'pglite://memory' }), 'a1', { connection: kysely })
    expect(up!.applied.map((s) => s.revision)).toEqual(['a1'])
    await db.close()
  })

  it('a Kysely of another database is refused in words', async () => {
    const connection = {
      query: (_: string, __: unknown, done: (e: Error) => void) => done(new Error('no')),
      release: () => {},
    }
    const pool = { getConnection: (done: (e: null, c: object) => void) => done(null, connection), end: () => {} }
    const db = new Kysely<Record<string, never>>({ dialect: new MysqlDialect({ pool: pool as never }) })
    await expect(current(project(), { connection: db })).rejects.toMatchObject({
      code: 'CONFIG.INVALID',
      message: 'The Kysely that was given is not one of PostgreSQL',
    })
  })
})
