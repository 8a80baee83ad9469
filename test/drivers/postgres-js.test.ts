/** The driver of the package `postgres` beside that of `pg`: the same rows, counts, errors and notices, and whole runs on it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgres as dialect } from '../../src/dialects/postgres/index.ts'
import type { Connection, Driver } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import { postgresJs } from '../../src/drivers/postgres-js.ts'
import { isAmbixError } from '../../src/errors.ts'
import { current, downgrade, upgrade } from '../../src/index.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { kitchen } from '../live/kitchen.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

describeLive('the driver postgres', () => {
  let url: string
  let notices: string[]
  let both: readonly Connection[]
  beforeAll(async () => {
    url = (await freshDatabase()).url
    notices = []
    const open = (driver: Driver): Promise<Connection> =>
      driver.open(url, { projectDir: import.meta.dirname, onNotice: (m) => notices.push(`${driver.name}: ${m}`) })
    both = [await open(pg), await open(postgresJs)]
    await both[0]!.script(kitchen)
    for (const c of both) await c.script('create temp table t (id int primary key)')
  })
  afterAll(async () => {
    for (const c of both) await c.close()
  })

  const values = `1, true, null, '2024-01-02'::date, '{1,2}'::int[], 'a' as "?column?", 'x'::bytea`
  const typed = `1 n, 5::int8 b, true t, now()::date::timestamptz ts, '{"a":1}'::jsonb j, 1.5::numeric x, '\\x00ff'::bytea by, array[[1,null],[3,4]] a2,
    array[true,null] ab, array[1.5] an, array[date '2024-01-02'] ad, date '2024-01-02' d, 'infinity'::timestamp inf, array['{"a":"x"}'::jsonb] aj, array[5::int8] a8, '{}'::text[] e,
    array['a \\ "b', 'c,d', '', 'NULL', null] f, 'ok'::app.mood m, array['ok'::app.mood] ms`
  const params = [5, { a: [1] }, ['x,"y"', null], new Date(0), 'é', Buffer.from([0, 255]), true, null, 2n ** 60n]
  it.each<readonly [string, (c: Connection) => Promise<unknown>]>([
    ['the version', async (c) => c.serverVersion],
    ['raw values', (c) => c.values(`select ${values}`)],
    ['raw values of the last of several', (c) => c.values('select 1; select 2')],
    ['rows', (c) => c.query(`select ${typed}`)],
    ['rows of the last of several', (c) => c.query('select 1; select 2 as two')],
    [
      'parameters',
      (c) =>
        c.query(
          'select $1::int a, $2::jsonb b, $3::text[] c, $4::timestamptz d, $5::text e, $6::bytea f, $7::boolean g, $8::text h, $9::int8 i',
          params,
        ),
    ],
    ['raw values with parameters', (c) => c.values('select $1::int, $2::text', [5, 'x'])],
    [
      'counts',
      (c) =>
        c.script([
          'insert into t values (1), (2)',
          'update t set id = id + 10',
          'create temp table u ()',
          'drop table u',
          'select * from t',
          'show port',
        ]),
    ],
    ['an empty script', (c) => c.script('  ')],
    [
      'isolation, which must be set before any query',
      (c) => c.script(['begin', 'set transaction isolation level serializable', 'commit']),
    ],
    ['what cannot be in a transaction', (c) => c.script('vacuum t')],
    [
      'which statement failed, with no position',
      (c) => c.script(['insert into t values (50)', 'insert into t values (50)', 'select 1']),
    ],
    ['that what was before it in the script is undone', (c) => c.values('select count(*) from t where id = 50')],
    ['which statement failed, by position', (c) => c.script(['select 1 -- c', 'select é, nope from t', 'select 2'])],
    ['an error in several statements of one text', (c) => c.script('select 1; select 1/0')],
    ['an error of a query', (c) => c.query('select nope')],
    ['an error about a parameter', (c) => c.query('select $1::int', ['x'])],
    ['a transaction that failed', (c) => c.script(['rollback', 'begin', 'select 1/0'])],
    ['and goes on after ROLLBACK', (c) => c.script(['rollback', 'select 1'])],
    [
      'a statement that is cancelled',
      async (c) => {
        const running = c.query("select pg_sleep(60), 'cancel me'")
        const other = both.find((o) => o !== c)!
        const asleep =
          "select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like '%cancel me%' and pid <> pg_backend_pid()"
        running.catch(() => {})
        while ((await other.values(asleep)).length === 0);
        await c.cancel!()
        return running
      },
    ],
  ])('%s', async (_, run) => {
    const outcome = async (c: Connection): Promise<unknown> =>
      run(c).then(
        (value) => ({ value }),
        (error: unknown) => ({ refused: c.describeError(error) ?? String(error) }),
      )
    const usual = await outcome(both[0]!)
    expect(await outcome(both[1]!)).toEqual(usual)
  })

  it('tells notices', async () => {
    for (const c of both) await c.script(["do $$begin raise notice 'hello'; end$$"])
    expect(notices.filter((n) => n.endsWith('hello'))).toEqual(['pg: hello', 'postgres: hello'])
  })

  it('reflects the kitchen alike', async () => {
    const [a, b] = await Promise.all(both.map((c) => dialect.reflect(c, { schemas: 'all', privileges: true })))
    expect(b!.objects).toEqual(a!.objects)
    expect(b!.dependencies).toEqual(a!.dependencies)
  })

  it.each([
    ['postgres://nobody_here@HOST/DB', 'DATABASE.AUTH'],
    ['postgres://postgres@HOST/no_such_database', 'DATABASE.MISSING'],
    ['postgres://postgres:s3cr3t@127.0.0.1:1/x', 'DATABASE.CONNECT'],
  ])('%s is %s, without its password', async (text, code) => {
    const { host, pathname } = new URL(url)
    const refused = await postgresJs
      .open(text.replace('HOST', host).replace('/DB', pathname), { projectDir: import.meta.dirname })
      .then(
        () => expect.fail('it should have failed'),
        (error: unknown) => error,
      )
    expect(isAmbixError(refused) && refused.code).toBe(code)
    expect(JSON.stringify(refused)).not.toContain('s3cr3t')
  })

  it('a connection that the server ends is lost, and not made anew in silence', async () => {
    const c = await postgresJs.open(url, { projectDir: import.meta.dirname })
    const ended = c.query('select pg_terminate_backend(pg_backend_pid())')
    await expect(ended).rejects.toMatchObject({ code: 'DATABASE.CONNECT', data: { lost: true } })
    await expect(c.query('select 1')).rejects.toMatchObject({ code: 'DATABASE.CONNECT' })
    expect(c.closed).toBe(true)
    await c.close()
  })

  it('runs revisions up and down, CONCURRENTLY among them, each once for two deployers', async () => {
    const root = folderOf({
      'migrations/a1.ts': revisionFile('a1', null, {
        up: `op.execute('create table r (n int); insert into r values (0)')`,
        down: `op.execute('drop table r')`,
      }),
      'migrations/b2.ts': revisionFile('b2', 'a1', {
        up: `op.execute('update r set n = n + 1')\n  op.execute('create index concurrently r_n on r (n)', { autocommit: true })`,
        down: `op.execute('drop index r_n')`,
      }),
    })
    const config = { root, url: (await freshDatabase()).url, driver: 'postgres' }
    const runs = await Promise.all([upgrade(config), upgrade(config)])
    expect(
      runs
        .flat()
        .flatMap((r) => r.applied)
        .map((s) => s.revision)
        .toSorted(),
    ).toEqual(['a1', 'b2'])
    expect((await current(config))[0]).toMatchObject({ atHeads: true })
    const look = await postgresJs.open(config.url, { projectDir: root })
    expect(
      await look.query('select n, (select count(*)::int from pg_index where indexrelid = $1::regclass) i from r', [
        'r_n',
      ]),
    ).toEqual([{ n: 1, i: 1 }])
    await downgrade(config, 'base')
    expect(await look.values("select to_regclass('r')")).toEqual([[null]])
    await look.close()
  })
})
