/** The tests' own ground: a server, an embedded database, both empty when asked for. */
import { expect, test } from 'vitest'
import pg from 'pg'
import { describeLive, freshDatabase } from './live.ts'
import { emptyDatabase, testPglite } from './pglite.ts'

describeLive('a server', (server) => {
  test('two fresh databases know nothing of one another', async () => {
    const [a, b] = [await freshDatabase(), await freshDatabase()]
    const client = new pg.Client({ connectionString: a.url })
    await client.connect()
    await client.query('create table only_here (id int)')
    const seen = await client.query("select current_setting('server_version') v, current_database() d")
    expect(seen.rows[0].v).toContain(server.version)
    expect(a.url).toContain(seen.rows[0].d)
    await client.end()
    const other = new pg.Client({ connectionString: b.url })
    await other.connect()
    await expect(other.query('select * from only_here')).rejects.toMatchObject({ code: '42P01' })
    await other.end()
  })
})

test('an emptied PGlite keeps nothing, not even of an open transaction', async () => {
  const db = await testPglite()
  await db.script("create schema s; create type s.mood as enum ('a'); create table t (id int)")
  await db.script('set search_path to s; begin; create table u (id int)')
  await emptyDatabase(db)
  const left = await db.query<{ n: number }>(
    "select count(*)::int n from pg_class c join pg_namespace n on n.oid = relnamespace where nspname in ('public', 's')",
  )
  expect(left).toEqual([{ n: 0 }])
  await db.script('create table t (id int)')
  expect(await db.query("select to_regclass('public.t')::text t")).toEqual([{ t: 't' }])
})
