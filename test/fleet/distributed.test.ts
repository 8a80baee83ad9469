/** What ambix does otherwise on servers that lack something, with the capabilities taken from a PostgreSQL: no CockroachDB or YugabyteDB is run here. */
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { upgrade, downgrade } from '../../src/commands/move.ts'
import { capabilities } from '../../src/dialects/postgres/session/server.ts'
import { lockKey } from '../../src/runtime/bookkeeping.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { first, fleetOf, second, type Fleet } from './tenants.ts'

const without = { advisoryLock: false, transactionalDdl: false, concurrentIndex: false }
const index = revisionFile('cccccccccccc', 'bbbbbbbbbbbb', {
  up: "op.createIndex('ix_users_name', 'users', ['name'], { concurrently: true })",
  down: "op.dropIndex('ix_users_name', { table: 'users', concurrently: true })",
})
const files = { 'migrations/a.ts': first, 'migrations/b.ts': second, 'migrations/c.ts': index }

const keep = (f: Fleet): Promise<unknown> =>
  f.sql('CREATE TABLE ambix_lock (key text PRIMARY KEY, owner text NOT NULL, lease_until timestamptz NOT NULL)')
const hold = (f: Fleet, seconds: number): Promise<unknown> =>
  f.sql(
    `INSERT INTO ambix_lock VALUES ('${lockKey('public', 'ambix_version')}', 'another', clock_timestamp() + interval '${seconds} seconds')`,
  )

describeLive('a server without advisory locks, transactional DDL and concurrent indexes', (server) => {
  test('a row is the lock, each statement of DDL is alone with the journal, an index is built plainly', async () => {
    const f = await fleetOf(server, 0, { files })
    const sent: string[] = []
    const config = { root: f.dir, url: f.url, capabilities: without }
    await upgrade(config, 'head', { onSql: (sql) => sent.push(sql) })
    const all = sent.join('\n')
    expect(all).not.toContain('advisory')
    expect(all).not.toMatch(/INDEX CONCURRENTLY/i)
    const alter = sent.filter((sql) => sql.includes('ALTER TABLE users ADD COLUMN name'))
    expect(alter.filter((sql) => /^ALTER TABLE users ADD COLUMN name text;?\s*$/.test(sql))).toHaveLength(1)
    expect(await f.sql('SELECT count(*) FROM ambix_lock')).toEqual([['0']])
    expect(await f.sql('SELECT count(*) FROM ambix_journal')).toEqual([['0']])
    expect(await f.sql('SELECT n FROM runs')).toEqual([['2']])
    expect(await f.sql("SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_users_name'")).toEqual([['1']])
    await downgrade(config, 'base')
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'users'")).toEqual([['0']])
  })

  test('deployers at once run each revision once', async () => {
    const f = await fleetOf(server, 0, { files })
    const config = { root: f.dir, url: f.url, capabilities: without }
    await Promise.all(Array.from({ length: 4 }, () => upgrade(config)))
    expect(await f.sql('SELECT n FROM runs')).toEqual([['2']])
    expect(await f.sql("SELECT count(*) FROM ambix_history WHERE status = 'done'")).toEqual([['3']])
  })

  test('a lock whose holder has gone is free when its lease has ended, and not before', async () => {
    const f = await fleetOf(server, 0, { files })
    const config = { root: f.dir, url: f.url, capabilities: without }
    await keep(f)
    await hold(f, 3600)
    await expect(upgrade(config, 'head', { ifLocked: 'fail' })).rejects.toMatchObject({ code: 'DATABASE.LOCKED' })
    await f.sql("UPDATE ambix_lock SET lease_until = clock_timestamp() + interval '1 second'")
    const phases: string[] = []
    await upgrade(config, 'head', { onStep: (event) => phases.push(event.phase) })
    expect(phases).toContain('waiting')
    expect(await f.sql('SELECT n FROM runs')).toEqual([['2']])
  })

  test('a lock table that somebody planted is refused', async () => {
    const f = await fleetOf(server, 0, { files })
    await keep(f)
    await f.sql('CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$')
    await f.sql('CREATE TRIGGER planted BEFORE INSERT ON ambix_lock FOR EACH ROW EXECUTE FUNCTION planted()')
    const config = { root: f.dir, url: f.url, capabilities: without }
    await expect(upgrade(config)).rejects.toMatchObject({ code: 'VERSION.TABLE' })
  })

  test('a fleet goes by the same capabilities', async () => {
    const f = await fleetOf(server, 6, { files })
    const up = await f.run('upgrade', 'head', {}, { capabilities: without })
    expect(up.events.flatMap((e) => (e.event === 'target' && e.status === 'failed' ? [e.error] : []))).toEqual([])
    expect(up).toMatchObject({ done: 6, failed: 0 })
    expect(await f.everywhere("SELECT '%', n FROM %.runs")).toEqual(f.ids.map((id) => [id, '2']))
    expect(
      (await f.sql("SELECT schemaname FROM pg_indexes WHERE indexname = 'ix_users_name' ORDER BY 1")).flat(),
    ).toEqual(f.ids)
  })

  test('PostgreSQL itself lacks nothing, and is not asked', async () => {
    const f = await fleetOf(server, 0, { files })
    const sent: string[] = []
    await upgrade({ root: f.dir, url: f.url }, 'head', { onSql: (sql) => sent.push(sql) })
    expect(sent.some((sql) => sql.includes('pg_try_advisory_xact_lock'))).toBe(true)
    expect(sent.some((sql) => sql.includes('version()') && sql.length < 60)).toBe(false)
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'ambix_lock'")).toEqual([['0']])
    const client = new pg.Client({ connectionString: f.url })
    await client.connect()
    const told = (await client.query<{ version: string }>('SELECT version()')).rows[0]!.version
    await client.end()
    expect(capabilities(told)).toBeUndefined()
  })
})

describe('how servers call themselves', () => {
  const lacks = { advisoryLock: false, transactionalDdl: false, concurrentIndex: false }
  test.each([
    ['CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27, go1.19.10)', { name: 'CockroachDB', ...lacks }],
    ['13.0.0 CockroachDB CCL v24.3.1', { name: 'CockroachDB', ...lacks }],
    ['PostgreSQL 11.2-YB-2.20.1.3-b0 on x86_64-pc-linux-gnu', { name: 'YugabyteDB', ...lacks }],
    ['15.2-YB-2025.1.0.0-b0', { name: 'YugabyteDB', ...lacks }],
    ['PostgreSQL 16.4 (Debian 16.4-1.pgdg120+1) on x86_64-pc-linux-gnu', undefined],
    ['18.4', undefined],
  ])('%s', (told, expected) => {
    expect(capabilities(told)).toEqual(expected)
  })
})
