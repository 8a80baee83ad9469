/** Fleets on a real server: every target once, under its own lock, with its state kept; and nothing left behind in a session. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFleet } from '../../src/commands/fleet/read.ts'
import type { TargetReading } from '../../src/commands/fleet/read.ts'
import { createTarget } from '../../src/commands/fleet/create-target.ts'
import { fleetStatus } from '../../src/commands/fleet/status.ts'
import { upgrade } from '../../src/commands/move.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { first, fleetOf, second } from './tenants.ts'

describeLive('a fleet of schemas', (server) => {
  test('upgrade runs every revision once in each schema and records it there; a second run has nothing to do', async () => {
    const f = await fleetOf(server, 40)
    expect(await f.run('upgrade', 'head')).toMatchObject({ run: 1, done: 40, failed: 0, left: 0, resumed: false })
    expect(await f.everywhere("SELECT '%', n FROM %.runs")).toEqual(f.ids.map((id) => [id, '2']))
    expect(await f.everywhere("SELECT '%', version_num FROM %.ambix_version")).toEqual(
      f.ids.map((id) => [id, 'bbbbbbbbbbbb']),
    )
    expect(await f.everywhere("SELECT '%', count(*) FROM %.ambix_history")).toEqual(f.ids.map((id) => [id, '2']))
    const again = await f.run('upgrade', 'head')
    expect(again).toMatchObject({ run: 2, done: 40, failed: 0 })
    expect(again.events.flatMap((e) => (e.event === 'target' && e.status === 'done' ? e.applied : []))).toEqual([])
  })

  test('what is asked of each table of a page has an index: no catalog is read whole for it', async () => {
    const f = await fleetOf(server, 0)
    const query = postgres.session.fleet!.inspectMany(f.ids, ['ambix_version', 'ambix_history', 'ambix_journal'])
    const asked = [...query.matchAll(/SELECT FROM pg_catalog\.(\w+) (\w) WHERE \2\.(\w+) = c\.oid/g)]
    expect(asked.length).toBeGreaterThanOrEqual(7)
    const first = await f.sql(
      'SELECT i.indrelid::regclass::text, a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid < 16384',
    )
    const indexed = new Set(first.map((r) => r.join('.')))
    expect(asked.map((m) => `${m[1]}.${m[3]}`).filter((column) => !indexed.has(column))).toEqual([])
  })

  test('of the tables that are named alike in all schemas only those of the page are read', async () => {
    const f = await fleetOf(server, 40)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    const names = ['ambix_version', 'ambix_history', 'ambix_journal']
    const query = postgres.session.fleet!.inspectMany(f.ids.slice(0, 2), names)
    await f.sql("SELECT set_config('search_path', 'pg_catalog, pg_temp', false)")
    const plan = (await f.sql(`EXPLAIN (ANALYZE, TIMING off, COSTS off) ${query}`)).map((r) => r[0]!)
    const read = plan.filter((line) => / on pg_class c /.test(line))
    expect(read).toHaveLength(1)
    expect(Number(/rows=(\d+)/.exec(read[0]!)![1])).toBe(4)
    expect(plan.filter((line) => /pg_(?:class_relname|type_typname)_nsp_index/.test(line))).toHaveLength(2)
  })

  test('the histories of a page are read by one aggregate, whatever their number', () => {
    const places = ['a', 'b', 'c'].map((schema) => ({ schema, version: 'v', history: 'h', exposed: false }))
    const { statements, at } = postgres.session.fleet!.readMany(places, ['v', 'h'])
    expect(statements[at]!.split('string_agg')).toHaveLength(2)
    // Only what another role could have changed since is locked and looked at again.
    expect(statements).toHaveLength(3)
    const exposed = postgres.session.fleet!.readMany(
      places.map((p) => ({ ...p, exposed: p.schema === 'b' })),
      ['v', 'h'],
    )
    expect(exposed.statements[1]).toBe('LOCK TABLE b.v, b.h IN ACCESS SHARE MODE')
    expect(exposed.statements[2]).toContain('ambix does not trust')
    expect(exposed.at).toBe(3)
  })

  test('the next page is read while one is at work', async () => {
    const slow = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', { up: `op.execute('SELECT pg_sleep(0.02)')` })
    const f = await fleetOf(server, 32, { files: { 'migrations/a.ts': first, 'migrations/b.ts': slow } })
    await f.run('upgrade', 'aaaaaaaaaaaa')
    const sent: string[] = []
    const onSql = (sql: string): void => {
      if (sql.includes('it is not an ordinary table') && /'t0001'|'t0017'/.test(sql)) sent.push('read')
      else if (sql.includes('pg_sleep')) sent.push('run')
    }
    expect(await f.run('upgrade', 'head', { parallel: 1, onSql })).toMatchObject({ done: 32 })
    expect(sent.filter((s) => s === 'read')).toHaveLength(2)
    expect(sent.lastIndexOf('read')).toBeLessThan(16)
  })

  test('the history of a target is what a single upgrade writes', async () => {
    const f = await fleetOf(server, 3)
    await f.run('upgrade', 'head')
    const alone = await fleetOf(server, 0)
    await upgrade({ ...alone.config, root: f.dir })
    const columns = 'revision, direction, checksum, tool_version, actor, status FROM'
    const single = await alone.sql(`SELECT ${columns} ambix_history ORDER BY id`)
    expect(single).toHaveLength(2)
    for (const id of f.ids) expect(await f.sql(`SELECT ${columns} ${id}.ambix_history ORDER BY id`)).toEqual(single)
  })

  test('targets at different revisions each take their own way, down as well as up', async () => {
    const f = await fleetOf(server, 6)
    await f.run('upgrade', 'head')
    await f.run('downgrade', 'aaaaaaaaaaaa', {}, { targets: [{ id: 't0001', schema: 't0001' }] })
    await f.run('downgrade', 'base', {}, { targets: [{ id: 't0002', schema: 't0002' }] })
    expect(await f.sql('SELECT version_num FROM t0001.ambix_version')).toEqual([['aaaaaaaaaaaa']])
    expect(await f.sql('SELECT version_num FROM t0002.ambix_version')).toEqual([])
    const up = await f.run('upgrade', 'head')
    const applied = up.events.flatMap((e) =>
      e.event === 'target' && e.status === 'done' ? [[e.target, e.applied]] : [],
    )
    expect(Object.fromEntries(applied)).toEqual({
      t0000: [],
      t0001: ['bbbbbbbbbbbb'],
      t0002: ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'],
      t0003: [],
      t0004: [],
      t0005: [],
    })
  })

  test('a relative step is refused: a run that is gone on with would take it twice', async () => {
    const f = await fleetOf(server, 1)
    await expect(f.run('downgrade', '-1')).rejects.toMatchObject({ code: 'USAGE.INVALID' })
    await expect(f.run('upgrade', '+1')).rejects.toMatchObject({ code: 'USAGE.INVALID' })
  })

  test('stamp marks every target, and runs nothing', async () => {
    const f = await fleetOf(server, 4)
    expect(await f.run('stamp', 'head')).toMatchObject({ done: 4, failed: 0 })
    expect(await f.everywhere("SELECT '%', version_num FROM %.ambix_version")).toEqual(
      f.ids.map((id) => [id, 'bbbbbbbbbbbb']),
    )
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'users'")).toEqual([['0']])
  })

  test('a target that fails neither stops nor blocks the others, and the next run tries it again, alone', async () => {
    const f = await fleetOf(server, 20)
    await f.sql('CREATE TABLE t0007.users (id integer)')
    const up = await f.run('upgrade', 'head')
    expect(up).toMatchObject({ done: 19, failed: 1, left: 0 })
    expect(up.events.filter((e) => e.event === 'target' && e.status === 'failed')).toMatchObject([
      { target: 't0007', attempt: 1, error: { code: 'DATABASE.STATEMENT' } },
    ])
    await f.sql('DROP TABLE t0007.users')
    const again = await f.run('upgrade', 'head')
    expect(again).toMatchObject({ run: up.run, resumed: true, done: 20, failed: 0 })
    expect(again.events.filter((e) => e.event === 'target')).toMatchObject([
      { target: 't0007', attempt: 2, status: 'done' },
    ])
    expect(await f.everywhere("SELECT '%', n FROM %.runs")).toEqual(f.ids.map((id) => [id, '2']))
  })

  test('restart looks at every target again', async () => {
    const f = await fleetOf(server, 5)
    await f.sql('CREATE TABLE t0003.users (id integer)')
    await f.run('upgrade', 'head')
    const again = await f.run('upgrade', 'head', { restart: true })
    expect(again).toMatchObject({ run: 2, resumed: false, done: 4, failed: 1 })
    expect(again.events.filter((e) => e.event === 'target')).toHaveLength(5)
  })

  test('max-failures begins no further target, and leaves the rest for the next run', async () => {
    const f = await fleetOf(server, 60)
    for (const id of f.ids) await f.sql(`CREATE TABLE ${id}.users (id integer)`)
    const up = await f.run('upgrade', 'head', { maxFailures: 3, parallel: 1 })
    expect(up).toMatchObject({ done: 0, failed: 3 })
    expect(up.stopped).toContain('--max-failures 3')
    expect(
      await f.sql("SELECT status, count(*) FROM ambix_fleet WHERE target <> '' GROUP BY 1 ORDER BY 1"),
    ).toContainEqual(['failed', '3'])
    expect(await f.sql("SELECT count(*) FROM ambix_fleet WHERE status = 'running'")).toEqual([['0']])
    for (const id of f.ids) await f.sql(`DROP TABLE ${id}.users`)
    expect(await f.run('upgrade', 'head')).toMatchObject({ run: up.run, resumed: true, done: 60, failed: 0 })
  })

  test('stages go one after the other, by tag and by share, and one that fails is the last', async () => {
    const f = await fleetOf(server, 30, { tags: (i) => (i === 4 || i === 9 ? ['canary'] : []) })
    const up = await f.run('upgrade', 'head', { stages: 'canary,50%,100%' })
    expect(up).toMatchObject({ done: 30, failed: 0 })
    const order = up.events.flatMap((e) => (e.event === 'stage' ? [e.stage] : e.event === 'target' ? [e.target] : []))
    expect(order[0]).toBe('canary')
    expect(order.slice(1, 3).toSorted()).toEqual(['t0004', 't0009'])
    expect(order[3]).toBe('50%')
    const half = order.indexOf('100%') - 4
    expect(half).toBeGreaterThan(0)
    expect(half).toBeLessThan(28)

    const g = await fleetOf(server, 10, { tags: (i) => (i === 2 ? ['canary'] : []) })
    await g.sql('CREATE TABLE t0002.users (id integer)')
    const stopped = await g.run('upgrade', 'head', { stages: 'canary,100%' })
    expect(stopped).toMatchObject({ done: 0, failed: 1, stopped: '1 target failed in the stage canary' })
    expect(stopped.events.filter((e) => e.event === 'target')).toHaveLength(1)
  })

  test('two targets of one schema and two ids take turns under its lock', async () => {
    const f = await fleetOf(server, 1)
    const targets = Array.from({ length: 12 }, (_, i) => ({ id: `alias${i}`, schema: 't0000' }))
    expect(await f.run('upgrade', 'head', { perHost: 8 }, { targets })).toMatchObject({ done: 12, failed: 0 })
    expect(await f.sql('SELECT n FROM t0000.runs')).toEqual([['2']])
  })

  test('a schema that is not there is told, and not made', async () => {
    const f = await fleetOf(server, 1)
    const up = await f.run('upgrade', 'head', {}, { targets: [{ id: 'gone', schema: 'gone' }] })
    expect(up.events.find((e) => e.event === 'target')).toMatchObject({
      status: 'failed',
      error: { code: 'FLEET.TARGETS' },
    })
    expect(await f.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'gone'")).toEqual([['0']])
  })

  test('a version table with a trigger is not trusted, and its neighbours are read all the same', async () => {
    const f = await fleetOf(server, 3)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    await f.sql("CREATE FUNCTION t0001.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    await f.sql('CREATE TRIGGER planted BEFORE UPDATE ON t0001.ambix_version FOR EACH ROW EXECUTE FUNCTION t0001.f()')
    const up = await f.run('upgrade', 'head')
    expect(up).toMatchObject({ done: 2, failed: 1 })
    expect(up.events.find((e) => e.event === 'target' && e.status === 'failed')).toMatchObject({
      target: 't0001',
      error: { code: 'VERSION.TABLE' },
    })
  })

  test('nothing of a target is left in a session for the next one', async () => {
    const leaky = revisionFile('aaaaaaaaaaaa', null, {
      up: [
        "op.execute('CREATE TABLE users (id integer)')",
        "op.execute('CREATE TEMP TABLE leaked (id integer)')",
        `op.execute("SET search_path = public; SET work_mem = '7MB'")`,
        // Two at once would both find no table, and one would fail.
        "op.run(async ({ db }) => { await db.query('SELECT pg_advisory_xact_lock(7)'); await db.query('CREATE TABLE IF NOT EXISTS inrun (id integer)') })",
      ].join('\n  '),
    })
    const f = await fleetOf(server, 12, { files: { 'migrations/a.ts': leaky } })
    expect(await f.run('upgrade', 'head', { parallel: 2 })).toMatchObject({ done: 12, failed: 0 })
    const where = await f.sql("SELECT schemaname FROM pg_tables WHERE tablename = 'users' ORDER BY 1")
    expect(where.map((r) => r[0])).toEqual(f.ids)
  })

  test('what cannot run in a transaction finds the schema of its target', async () => {
    const index = revisionFile('cccccccccccc', 'bbbbbbbbbbbb', {
      up: "op.createIndex('ix_users_name', 'users', ['name'], { concurrently: true })",
      down: "op.dropIndex('ix_users_name', { table: 'users' })",
    })
    const f = await fleetOf(server, 6, {
      files: { 'migrations/a.ts': first, 'migrations/b.ts': second, 'migrations/c.ts': index },
    })
    expect(await f.run('upgrade', 'head')).toMatchObject({ done: 6, failed: 0 })
    expect(
      (await f.sql("SELECT schemaname FROM pg_indexes WHERE indexname = 'ix_users_name' ORDER BY 1")).flat(),
    ).toEqual(f.ids)
  })

  test('a revision is loaded and compiled once for all, and for each target where it asks which target it is', async () => {
    // The target that the others share a plan with comes last to the second revision.
    const wait = "DO 'BEGIN IF current_schema() = ''t0000'' THEN PERFORM pg_sleep(0.5); END IF; END'"
    const late = first.replace(
      /export function upgrade[^{]*\{\n/,
      (head) => `${head}  op.execute(${JSON.stringify(wait)})\n`,
    )
    expect(late).not.toBe(first)
    const counting = `${late}\nglobalThis.loadedFirst = (globalThis.loadedFirst ?? 0) + 1\n`
    const own = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', { down: '' }).replace(
      /export function upgrade[\s\S]*?\n}/,
      'export function upgrade(op: Operations, args: { target: string }): void {\n  op.execute(`CREATE TABLE "of_${args.target}" (id integer)`)\n}',
    )
    const f = await fleetOf(server, 20, { files: { 'migrations/a.ts': counting, 'migrations/b.ts': own } })
    const loads = globalThis as { loadedFirst?: number }
    delete loads.loadedFirst
    const up = await f.run('upgrade', 'head')
    expect(up).toMatchObject({ done: 20, failed: 0 })
    expect(loads.loadedFirst).toBeLessThan(4)
    expect(
      (
        await f.sql("SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename LIKE 'of_%' ORDER BY 1")
      ).flat(),
    ).toEqual(f.ids.map((id) => `${id}.of_${id}`))
  })

  test('current and check tell each target, and keep no state', async () => {
    const f = await fleetOf(server, 5)
    await f.run('upgrade', 'head')
    await f.run('downgrade', 'aaaaaaaaaaaa', {}, { targets: [{ id: 't0003', schema: 't0003' }] })
    await f.sql('ALTER TABLE t0001.users ADD COLUMN extra text')
    const before = await f.sql('SELECT count(*) FROM ambix_fleet')
    const seen: TargetReading[] = []
    const current = await readFleet(f.config, 'current', { onTarget: (r) => seen.push(r) })
    expect(current).toMatchObject({ targets: 5, failed: 0, behind: 1 })
    expect(current.revisions).toEqual([
      { revision: 'bbbbbbbbbbbb', targets: 4 },
      { revision: 'aaaaaaaaaaaa', targets: 1 },
    ])
    expect(seen.find((r) => r.target === 't0003')).toMatchObject({ rows: ['aaaaaaaaaaaa'], atHeads: false })
    const checked: TargetReading[] = []
    const drift = await readFleet(f.config, 'check', { database: true, onTarget: (r) => checked.push(r) })
    expect(checked.filter((r) => r.error !== undefined)).toEqual([])
    expect(drift).toMatchObject({ targets: 5, differing: 1 })
    expect(checked.find((r) => r.target === 't0001')?.differences).toMatchObject([{ kind: 'dropColumn' }])
    expect(await f.sql('SELECT count(*) FROM ambix_fleet')).toEqual(before)
  })

  test.each([
    ['check', { schema: './nosuch.ts' }, 'SCHEMA.SOURCE'],
    ['check', { schema: './broken.ts' }, 'MODULE.LOAD'],
    ['current', { migrations: './broken' }, 'REVISION.HEADER'],
  ] as const)(
    'what is wrong with the project is told once, and of no target: %s with %j',
    async (command, config, code) => {
      const f = await fleetOf(server, 5)
      await f.run('upgrade', 'head')
      writeFileSync(join(f.dir, 'broken.ts'), 'throw new Error("not today")')
      mkdirSync(join(f.dir, 'broken'))
      writeFileSync(join(f.dir, 'broken/20260101_1000_x_cccccccccccc.ts'), 'export const nothing = 1')
      const told: TargetReading[] = []
      await expect(
        readFleet({ ...f.config, ...config }, command, { onTarget: (r) => told.push(r) }),
      ).rejects.toMatchObject({
        code,
      })
      expect(told).toEqual([])
    },
  )

  test('fleet status tells the histogram, the failed and the behind, from the control database alone', async () => {
    const f = await fleetOf(server, 8)
    expect(await fleetStatus(f.config)).toEqual({ revisions: [], behind: 0, failed: [] })
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'ambix_fleet'")).toEqual([['0']])
    await f.run('upgrade', 'aaaaaaaaaaaa')
    await f.sql('ALTER TABLE t0005.users ADD COLUMN name text')
    await f.run('upgrade', 'head')
    const status = await fleetStatus(f.config)
    expect(status).toMatchObject({
      run: { run: 2, command: 'upgrade', goal: 'bbbbbbbbbbbb', status: 'open', targets: { done: 7, failed: 1 } },
      behind: 1,
    })
    expect(status.revisions).toContainEqual({ revision: 'bbbbbbbbbbbb', targets: 7, behind: false })
    expect(status.revisions).toContainEqual({ revision: 'aaaaaaaaaaaa', targets: 1, behind: true })
    expect(status.failed).toMatchObject([{ target: 't0005', revision: 'aaaaaaaaaaaa', attempts: 1 }])
    expect(status.failed[0]!.error).toContain('DATABASE.STATEMENT')
  })

  test('create-target makes what the revisions make, with the rows that they write, and stamps it', async () => {
    const seeded = revisionFile('aaaaaaaaaaaa', null, {
      up: [
        "op.execute('CREATE TABLE kinds (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL)')",
        "op.execute('CREATE TABLE users (id integer PRIMARY KEY, kind integer NOT NULL REFERENCES kinds)')",
        `op.execute("INSERT INTO kinds (name) VALUES ('a'), ('b''s'), ('c')")`,
        "op.execute('DELETE FROM kinds WHERE id = 3')",
      ].join('\n  '),
    })
    const f = await fleetOf(server, 2, { files: { 'migrations/a.ts': seeded } })
    await f.run('upgrade', 'head', {}, { targets: [{ id: 't0000', schema: 't0000' }] })
    const made = await createTarget({ ...f.config, targets: [{ id: 'fresh', schema: 'fresh' }] }, 'fresh')
    expect(made).toMatchObject({ target: 'fresh', revisions: ['aaaaaaaaaaaa'], rows: 2 })
    expect(await f.sql('SELECT id, name FROM fresh.kinds ORDER BY 1')).toEqual([
      ['1', 'a'],
      ['2', "b's"],
    ])
    await f.sql("INSERT INTO fresh.kinds (name) VALUES ('d')")
    expect(await f.sql("SELECT id FROM fresh.kinds WHERE name = 'd'")).toEqual([['4']])
    expect(await f.sql('SELECT version_num FROM fresh.ambix_version')).toEqual([['aaaaaaaaaaaa']])
    const targets = [{ id: 'fresh', schema: 'fresh' }]
    expect(await readFleet({ ...f.config, targets }, 'check', { database: true })).toMatchObject({
      targets: 1,
      failed: 0,
      differing: 0,
    })
    expect(await f.run('upgrade', 'head', {}, { targets })).toMatchObject({ done: 1, failed: 0 })
    await expect(createTarget({ ...f.config, targets }, 'fresh')).rejects.toMatchObject({ code: 'FLEET.TARGETS' })
    await expect(createTarget({ ...f.config, targets }, 'nobody')).rejects.toMatchObject({ code: 'FLEET.TARGETS' })
  })
})
