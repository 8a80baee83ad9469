/** Targets that are sent without waiting in between: each fails, waits and is recorded by itself, and one that is not where it was thought to be is read. */
import { expect, test } from 'vitest'
import type { FleetEvent } from '../../src/commands/fleet/many.ts'
import { lockKey } from '../../src/runtime/bookkeeping.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { first, fleetOf, second, type Fleet } from './tenants.ts'

const failed = (events: readonly FleetEvent[]): unknown[] =>
  events.flatMap((e) => (e.event === 'target' && e.status === 'failed' ? [[e.target, e.error.code]] : []))
const done = (events: readonly FleetEvent[]): string[] =>
  events.flatMap((e) => (e.event === 'target' && e.status === 'done' ? [e.target] : [])).toSorted()
const applied = (events: readonly FleetEvent[]): Set<string> =>
  new Set(events.flatMap((e) => (e.event === 'target' && e.status === 'done' ? [e.applied.join()] : [])))

/** On one connection, so that those that follow a target are behind it in its session. */
const alone = { parallel: 1, perHost: 1 }

/** Where the run was wrong about nothing: each target was begun once, and its history has what a single upgrade writes. */
async function whole(f: Fleet, ids: readonly string[]): Promise<void> {
  expect(await f.sql("SELECT DISTINCT attempts FROM ambix_fleet WHERE target <> ''")).toEqual([['1']])
  for (const id of ids)
    expect(await f.sql(`SELECT revision, status FROM ${id}.ambix_history ORDER BY id`)).toEqual([
      ['aaaaaaaaaaaa', 'done'],
      ['bbbbbbbbbbbb', 'done'],
    ])
}

describeLive('targets that are sent together', (server) => {
  test('several are on their way at once, each in a transaction of its own', async () => {
    const f = await fleetOf(server, 60)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    const order: string[] = []
    const up = await f.run('upgrade', 'head', {
      ...alone,
      onSql: (sql) => void (sql.includes('ADD COLUMN name') && order.push(sql)),
    })
    expect(up).toMatchObject({ done: 60, failed: 0 })
    expect(applied(up.events)).toEqual(new Set(['bbbbbbbbbbbb']))
    expect(order).toHaveLength(60)
    expect(order.filter((sql) => !(sql.startsWith('BEGIN') && sql.split('\nCOMMIT;').length === 2))).toEqual([])
    const transactions = await f.everywhere(
      "SELECT '%', min(xmin::text) FROM %.ambix_history WHERE revision = 'bbbbbbbbbbbb'",
    )
    expect(new Set(transactions.map((r) => r[1])).size).toBe(60)
    await whole(f, f.ids)
  })

  // In the statements, before they begin, and at the commit, after which no transaction is open.
  test.for([
    ['as it runs', second, (id: string) => `ALTER TABLE ${id}.users ADD COLUMN name text`],
    [
      'at its commit',
      revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', {
        up: `op.execute('CREATE TABLE kept (id integer REFERENCES users DEFERRABLE INITIALLY DEFERRED)')\n  op.execute('INSERT INTO kept SELECT n FROM runs')`,
        down: `op.execute('DROP TABLE kept')`,
      }),
      (id: string) => `INSERT INTO ${id}.runs VALUES (7)`,
    ],
  ] as const)(
    'one that fails %s fails alone, and those behind it in its session are done',
    async ([, revision, spoil]) => {
      const f = await fleetOf(server, 50, { files: { 'migrations/a.ts': first, 'migrations/b.ts': revision } })
      await f.run('upgrade', 'aaaaaaaaaaaa')
      const spoiled = [f.ids[20]!, f.ids[21]!, f.ids[40]!]
      for (const id of spoiled) await f.sql(spoil(id))
      const up = await f.run('upgrade', 'head', alone)
      expect(up).toMatchObject({ done: 47, failed: 3, left: 0 })
      expect(failed(up.events)).toEqual(spoiled.map((id) => [id, 'DATABASE.STATEMENT']))
      expect(applied(up.events)).toEqual(new Set(['bbbbbbbbbbbb']))
      await whole(
        f,
        f.ids.filter((id) => !spoiled.includes(id)),
      )
      for (const id of spoiled)
        expect(await f.sql(`SELECT revision, status FROM ${id}.ambix_history ORDER BY id`)).toEqual([
          ['aaaaaaaaaaaa', 'done'],
          ['bbbbbbbbbbbb', 'failed'],
        ])
    },
  )

  test.for([
    ['UPDATE runs SET n = 3', true],
    ['ALTER TABLE users ALTER COLUMN id SET DEFAULT 7', true],
    ['CREATE TABLE pets (id integer, owner integer REFERENCES users ON DELETE SET NULL)', true],
    ["CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET work_mem = '1MB' AS 'SELECT 1'", true],
    [
      '/* SET is of a column */ WITH moved AS (UPDATE runs SET n = 3 RETURNING n) INSERT INTO runs SELECT n FROM moved',
      true,
    ],
    ["SET work_mem = '1MB'", false],
    ["/* as it is */ SET work_mem = '1MB'", false],
    ["UPDATE runs SET n = 3; SET work_mem = '1MB'", false],
    ["DO $$ BEGIN SET work_mem = '1MB'; END $$", false],
    ["SELECT set_config('work_mem', '1MB', false)", false],
    ['CREATE TEMP TABLE left_over (n integer)', false],
    ['SELECT 1 AS n INTO TEMPORARY left_over', false],
    ['SELECT pg_try_advisory_lock(1)', false],
    ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', false],
  ] as const)('what outlives a transaction is cleaned up behind each target: %s', async ([sql, together]) => {
    const odd = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', { up: `op.execute(${JSON.stringify(sql)})` })
    const f = await fleetOf(server, 6, { files: { 'migrations/a.ts': first, 'migrations/b.ts': odd } })
    await f.run('upgrade', 'aaaaaaaaaaaa')
    let cleaned = 0
    const up = await f.run('upgrade', 'head', {
      ...alone,
      onSql: (text) => void (text.includes('DISCARD ALL') && cleaned++),
    })
    expect(up).toMatchObject({ done: 6, failed: 0 })
    expect(cleaned).toBe(together ? 0 : 6)
    await whole(f, f.ids)
  })

  test('of several revisions those before the one that fails are kept, and told', async () => {
    const third = revisionFile('cccccccccccc', 'bbbbbbbbbbbb', { up: `op.execute('CREATE TABLE third (n integer)')` })
    const f = await fleetOf(server, 30, {
      files: { 'migrations/a.ts': first, 'migrations/b.ts': second, 'migrations/c.ts': third },
    })
    await f.run('upgrade', 'aaaaaaaaaaaa')
    await f.sql('CREATE TABLE t0012.third (n integer)')
    const up = await f.run('upgrade', 'head', alone)
    expect(up).toMatchObject({ done: 29, failed: 1 })
    const told = up.events.find((e) => e.event === 'target' && e.status === 'failed')
    expect(told).toMatchObject({ target: 't0012', error: { code: 'DATABASE.STATEMENT' } })
    expect(JSON.stringify(told)).toContain('Done before, and kept: bbbbbbbbbbbb.')
    expect(await f.sql('SELECT version_num FROM t0012.ambix_version')).toEqual([['bbbbbbbbbbbb']])
    expect(applied(up.events)).toEqual(new Set(['bbbbbbbbbbbb,cccccccccccc']))
  })

  // It was inspected, and its transaction is the first to meet what is missing.
  test('one whose schema is dropped while it waits behind others is looked at again', async () => {
    const f = await fleetOf(server, 40)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    let dropped: Promise<unknown> | undefined
    const up = await f.run('upgrade', 'head', {
      ...alone,
      onSql: (sql) => {
        if (sql.includes('ADD COLUMN name')) dropped ??= f.sql('DROP SCHEMA t0015 CASCADE')
      },
    })
    await dropped
    expect(failed(up.events)).toEqual([['t0015', 'FLEET.TARGETS']])
    expect(up).toMatchObject({ done: 39, left: 0 })
    await whole(
      f,
      f.ids.filter((id) => id !== 't0015'),
    )
  })

  test('one whose lock another deployer holds waits for it alone', async () => {
    const f = await fleetOf(server, 40)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    const key = String(lockKey('t0030', 'ambix_version'))
    await f.sql('SELECT pg_advisory_lock($1)', [key])
    const order: string[] = []
    const up = await f.run('upgrade', 'head', {
      perHost: 2,
      onEvent: (e) => {
        if (e.event !== 'target') return
        order.push(e.target)
        if (order.length === 39) void f.sql('SELECT pg_advisory_unlock($1)', [key])
      },
    })
    expect(up).toMatchObject({ done: 40, failed: 0 })
    expect(order.at(-1)).toBe('t0030')
    await whole(f, f.ids)
  })

  test('one that is in another state than those before it is read, and gets what it needs', async () => {
    const third = revisionFile('cccccccccccc', 'bbbbbbbbbbbb', { up: `op.execute('CREATE TABLE third (n integer)')` })
    const f = await fleetOf(server, 120, {
      files: { 'migrations/a.ts': first, 'migrations/b.ts': second, 'migrations/c.ts': third },
    })
    await f.run('upgrade', 'aaaaaaaaaaaa')
    const only = (ids: readonly string[]): { targets: { id: string; schema: string }[] } => ({
      targets: ids.map((id) => ({ id, schema: id })),
    })
    const [ahead, there] = [f.ids.slice(70, 73), f.ids.slice(80, 83)]
    await f.run('upgrade', 'bbbbbbbbbbbb', {}, only(ahead))
    await f.run('upgrade', 'head', {}, only(there))
    // At the same revision, with another past.
    await f.sql("UPDATE t0090.ambix_history SET checksum = 'another'")
    const sent: string[] = []
    const up = await f.run(
      'upgrade',
      'head',
      { ...alone, onSql: (sql) => void (sql.includes('string_agg') && !sql.startsWith('BEGIN') && sent.push(sql)) },
      { edited: 'error' },
    )
    expect(failed(up.events)).toEqual([['t0090', 'REVISION.EDITED']])
    expect(up).toMatchObject({ done: 119, failed: 1 })
    const ways = Object.fromEntries(
      up.events.flatMap((e) => (e.event === 'target' && e.status === 'done' ? [[e.target, e.applied.join()]] : [])),
    )
    expect(ways['t0060']).toBe('bbbbbbbbbbbb,cccccccccccc')
    expect(ahead.map((id) => ways[id])).toEqual(['cccccccccccc', 'cccccccccccc', 'cccccccccccc'])
    expect(there.map((id) => ways[id])).toEqual(['', '', ''])
    // Not all pages were read: of those after one with several such targets some are, how many depends on the pace.
    expect(f.ids.filter((id) => !sent.some((sql) => sql.includes(id))).length).toBeGreaterThan(0)
    expect(sent.filter((sql) => sql.includes('t0090'))).toHaveLength(1)
    expect(
      await f.sql(
        'SELECT DISTINCT version_num FROM (VALUES (1)) v, LATERAL (SELECT version_num FROM t0071.ambix_version UNION ALL SELECT version_num FROM t0119.ambix_version) w',
      ),
    ).toEqual([['cccccccccccc']])
  })

  test('a fleet of many states is done all the same', async () => {
    const f = await fleetOf(server, 150)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    const half = f.ids.filter((_, i) => i % 2 === 0)
    await f.run('upgrade', 'head', {}, { targets: half.map((id) => ({ id, schema: id })) })
    const up = await f.run('upgrade', 'head', { restart: true })
    expect(up).toMatchObject({ done: 150, failed: 0 })
    expect(done(up.events)).toEqual(f.ids)
    expect(await f.everywhere("SELECT '%', n FROM %.runs")).toEqual(f.ids.map((id) => [id, '2']))
  })
})
