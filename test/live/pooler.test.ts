/** C6, I12: one deployer behind a PgBouncer in transaction mode; what cannot be done there is said, at once and by a code. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError, type AmbixError } from '../../src/errors.ts'
import { Crew, scenarios, trial } from '../support/deployers.ts'
import { folderOf } from '../support/folder.ts'
import { freshDatabase } from '../support/live.ts'
import { describePooler, startPooler, type Pooler } from '../support/pgbouncer.ts'

const revision = (id: string, down: string | null, up: string): string =>
  `import { sql } from 'ambix/schema'\nexport const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\nexport function downgrade() {}\n`

describePooler('PgBouncer', () => {
  let url: string
  let admin: pg.Client
  let one: Pooler
  beforeAll(async () => {
    url = (await freshDatabase()).url
    admin = new pg.Client(url)
    await admin.connect()
    one = await startPooler(url, 1)
  })
  afterAll(async () => {
    await admin.end()
    await one.stop()
  })
  const fresh = async (): Promise<void> => {
    await admin.query(
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE ctr (n integer); INSERT INTO ctr VALUES (0)',
    )
  }
  const refusal = async (config: Config): Promise<AmbixError> =>
    upgrade(config).then(
      () => expect.fail('it should have failed'),
      (error: unknown) => (isAmbixError(error) ? error : expect.fail(String((error as Error).stack))),
    )

  test('with one connection to the server: several deployers take turns', async () => {
    const crew = new Crew(3)
    try {
      for (const name of ['an empty database, tables', 'two heads and their merge']) {
        const scenario = scenarios.find((s) => s.name === name)!
        expect(
          await trial(crew, scenario, { direct: url, url: one.through(url), admin, folder: folderOf, pool: 1 }),
        ).toEqual([])
      }
    } finally {
      await crew.stop()
    }
  })

  test('with one connection, what needs two is refused and does not hang; with two it is done', async () => {
    await fresh()
    const files = {
      'migrations/a1.ts': revision('a1', null, `op.execute('UPDATE ctr SET n = n + 1')`),
      'migrations/a2.ts': revision('a2', 'a1', `op.createIndex('ctr_n', 'ctr', ['n'], { concurrently: true })`),
    }
    const root = folderOf(files)
    const error = await refusal({ root, url: one.through(url) })
    expect(error.code).toBe('DATABASE.CONNECT')
    expect(error.message).toContain('a2 needs two connections at once')
    expect(error.data?.['applied']).toEqual(['a1'])
    expect((await admin.query('SELECT version_num FROM ambix_version')).rows).toEqual([{ version_num: 'a1' }])
    const two = await startPooler(url, 2)
    try {
      expect(await upgrade({ root, url: two.through(url) })).toMatchObject([{ to: ['a2'] }])
    } finally {
      await two.stop()
    }
  })

  test('an interruption reaches the statement', async () => {
    await fresh()
    const root = folderOf({ 'migrations/a1.ts': revision('a1', null, `op.execute('SELECT pg_sleep(60)')`) })
    const stop = new AbortController()
    const run = upgrade({ root, url: one.through(url) }, 'head', { signal: stop.signal }).catch(
      (e: AmbixError) => e.code,
    )
    const asleep = async (): Promise<number> =>
      (await admin.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"))
        .rowCount ?? 0
    while ((await asleep()) === 0) await new Promise((resolve) => setTimeout(resolve, 25))
    stop.abort()
    expect(await run).toBe('RUN.INTERRUPTED')
    expect(await asleep()).toBe(0)
  })

  test('a statement that needs a setting of its session is refused, and leaves none behind', async () => {
    await fresh()
    await admin.query('CREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN UPDATE ctr SET n = n + 1; COMMIT; END $$')
    const two = await startPooler(url, 2)
    const root = folderOf({
      'migrations/a1.ts': revision('a1', null, `op.execute('CALL work()', { autocommit: true, allRows: true })`),
    })
    try {
      const error = await refusal({ root, url: two.through(url) })
      expect(error.code).toBe('DATABASE.CONNECT')
      expect(error.message).toContain('a1 needs a session of its own')
      expect((await admin.query('SELECT n FROM ctr')).rows).toEqual([{ n: 0 }])
      expect(await upgrade({ root, url })).toMatchObject([{ to: ['a1'] }])
      expect((await admin.query('SELECT n FROM ctr')).rows).toEqual([{ n: 1 }])
    } finally {
      await two.stop()
    }
  })
})
