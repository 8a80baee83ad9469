/** Issue 10.4: who waits for a lock keeps nobody waiting for long, is tried again as a whole, and says who is in the way. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import type { AmbixError } from '../../src/errors.ts'
import { limits } from '../../src/dialects/postgres/session/limits.ts'
import type { StepEvent } from '../../src/runtime/types.ts'
import { sandbox } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { splitStatements } from '../../src/util/split-sql.ts'

const file = (id: string, down: string, sql: string, before = ''): string =>
  `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n${before}-- upgrade\n${sql};\n-- downgrade\nSELECT 1;\n`

test('which statements keep clients out while they wait', () => {
  const out = [
    'ALTER TABLE t ADD c int',
    'alter table t validate_it int',
    '-- why\n/* how */ DROP INDEX i',
    'CREATE INDEX i ON t (a)',
    'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()',
    'TRUNCATE t',
    'DO $$ BEGIN END $$',
    'CREATE TABLE u (id int REFERENCES t)',
    'LOCK TABLE t',
    'REFRESH MATERIALIZED VIEW v',
  ]
  const alone = [
    'ALTER TABLE t VALIDATE CONSTRAINT k',
    'CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)',
    'DROP INDEX CONCURRENTLY i',
    '-- a\nUPDATE t SET a = 1',
    'WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x',
    "COMMENT ON TABLE t IS 'x'",
    "ALTER TYPE e ADD VALUE 'x'",
    "SET LOCAL lock_timeout = '30s'",
  ]
  expect(out.filter((sql) => !limits.transaction.keepsOut(sql))).toEqual([])
  expect(alone.filter((sql) => limits.transaction.keepsOut(sql))).toEqual([])
})

describeLive('a lock that is not had in time', () => {
  const open = async (url: string, sql = ''): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, application_name: 'report' })
    await client.connect()
    if (sql !== '') await client.query(sql)
    return client
  }
  const table = 'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE log (n int); CREATE TABLE seen (l text, s text)'
  /** A report that has read the table, and takes its time. */
  const held = async (url: string): Promise<pg.Client> => {
    const client = await open(url, table)
    await client.query('BEGIN')
    await client.query('SELECT 1 FROM t')
    return client
  }
  const waits = { lockTimeout: '100ms', lockRetry: '2m' }
  /** Lets the blocker go once the run was blocked and another client was served meanwhile. */
  const freeing = (
    url: string,
    blocker: pg.Client,
  ): { onStep(event: StepEvent): void; events: StepEvent[]; done(): Promise<void> } => {
    const events: StepEvent[] = []
    let served: Promise<void> | undefined
    return {
      events,
      onStep: (event) => {
        events.push(event)
        if (event.phase === 'blocked')
          served ??= (async () => {
            const reader = await open(url)
            await reader.query('SELECT count(*) FROM t')
            await reader.end()
            await blocker.query('COMMIT')
          })()
      },
      done: async () => served,
    }
  }

  test.each([true, false])(
    'others are served, the revision is tried again, the blocker is named (a transaction each: %s)',
    async (each) => {
      const { url } = await freshDatabase()
      const blocker = await held(url)
      const files = {
        'migrations/a1.sql': file('a1', 'none', 'INSERT INTO log VALUES (1)'),
        'migrations/a2.sql': file('a2', 'a1', 'INSERT INTO log VALUES (2);\nALTER TABLE t ADD c int'),
      }
      const { onStep, events, done } = freeing(url, blocker)
      const config: Config = { root: folderOf(files), url, transactionPerMigration: each, ...waits }
      expect(await upgrade(config, 'head', { onStep })).toMatchObject([{ to: ['a2'] }])
      await done()
      const blocked = events.filter((e) => e.phase === 'blocked')
      expect(blocked[0]!.holder).toMatch(
        /process \d+ of the server \(report\), since .* with a lock on t.*SELECT 1 FROM t/,
      )
      if (each)
        expect(events.map((e) => e.phase).filter((p) => p !== 'blocked')).toEqual(['start', 'done', 'start', 'done'])
      expect((await blocker.query('SELECT n FROM log ORDER BY n')).rows).toEqual([{ n: 1 }, { n: 2 }])
      expect((await blocker.query('SELECT revision, status FROM ambix_history ORDER BY id')).rows).toEqual([
        { revision: 'a1', status: 'done' },
        { revision: 'a2', status: 'done' },
      ])
      await blocker.end()
    },
  )

  test('a revision of several parts goes on with the part that was kept', async () => {
    const { url } = await freshDatabase()
    const blocker = await open(url, table)
    const files = {
      'migrations/a1.sql': file(
        'a1',
        'none',
        'INSERT INTO log VALUES (1);\nCREATE INDEX CONCURRENTLY log_ix ON log (n);\nALTER TABLE t ADD c int',
      ),
    }
    await blocker.query('BEGIN')
    await blocker.query('SELECT 1 FROM t')
    const { onStep, done } = freeing(url, blocker)
    // The build waits for nobody: the blocker has no snapshot any more.
    expect(await upgrade({ root: folderOf(files), url, ...waits }, 'head', { onStep })).toMatchObject([{ to: ['a1'] }])
    await done()
    expect((await blocker.query('SELECT n FROM log')).rows).toEqual([{ n: 1 }])
    expect((await blocker.query('SELECT * FROM ambix_journal')).rows).toEqual([])
    await blocker.end()
  })

  test('given up: DATABASE.BLOCKED, exit code 3, nothing done', async () => {
    const { url } = await freshDatabase()
    const blocker = await held(url)
    const files = { 'migrations/a1.sql': file('a1', 'none', 'INSERT INTO log VALUES (1);\nALTER TABLE t ADD c int') }
    const config: Config = { root: folderOf(files), url, lockTimeout: 50, lockRetry: 0 }
    const error = await upgrade(config).then(
      () => expect.fail('it should have failed'),
      (e: AmbixError) => e,
    )
    expect(error.code).toBe('DATABASE.BLOCKED')
    expect(error.why).toContain('In the way: process')
    expect(error.next.map((n) => n.text).join('\n')).toContain('pg_terminate_backend(')
    const s = sandbox({ url, files, config: { lockRetry: '0s' } })
    expect(await s.$('upgrade --lock-timeout 50ms')).toMatchObject({ code: 3, stdout: '' })
    expect((await s.$('upgrade --lock-timeout soon')).stderr).toContain('--lock-timeout takes a time such as 3s')
    expect((await blocker.query('SELECT n FROM log')).rows).toEqual([])
    await blocker.query('COMMIT')
    expect((await s.$('upgrade')).code).toBe(0)
    await blocker.end()
  })

  test('limits: 3 s with what keeps clients out, none for the rest; what the server, the configuration and the revision say', async () => {
    const { url } = await freshDatabase()
    const admin = await open(url, table)
    const look = "INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
    const at = (root: string, more: Partial<Config>, to: string): Promise<unknown> =>
      upgrade({ root, url, ...more }, to)
    const root = folderOf({
      'migrations/a1.sql': file('a1', 'none', look),
      'migrations/a2.sql': file('a2', 'a1', `ALTER TABLE t ADD c int;\n${look}`),
      'migrations/a3.sql': file('a3', 'a2', `SET LOCAL lock_timeout = '9s';\nALTER TABLE t ADD d int;\n${look}`),
      'migrations/a4.sql': file('a4', 'a3', `ALTER TABLE t ADD e int;\n${look}`),
      'migrations/a5.sql': file('a5', 'a4', `ALTER TABLE t ADD f int;\n${look}`),
      'migrations/a6.sql': file('a6', 'a5', `ALTER TABLE t ADD g int;\n${look}`),
    })
    await at(root, {}, 'a3')
    await at(root, { lockTimeout: 0, statementTimeout: '1m' }, 'a4')
    await admin.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = ''7s''', current_database()); END $$`,
    )
    await at(root, {}, 'a5')
    await at(root, { lockTimeout: '2s' }, 'a6')
    expect((await admin.query({ text: 'SELECT l, s FROM seen', rowMode: 'array' })).rows).toEqual([
      ['0', '0'],
      ['3s', '0'],
      ['9s', '0'],
      ['0', '1min'],
      ['7s', '0'],
      ['2s', '0'],
    ])
    await admin.end()
  })

  test('a script states the limits that are configured, where the run would set them, and is stopped by them', async () => {
    const { url } = await freshDatabase()
    const files = {
      'migrations/a1.ts': `export const revision = 'a1'
export const downRevision = null
export function upgrade(op) {
  op.execute('CREATE TABLE one (n integer)')
}`,
      'migrations/a2.ts': `export const revision = 'a2'
export const downRevision = 'a1'
export function upgrade(op) {
  op.execute('UPDATE one SET n = 1')
}`,
      'migrations/a3.ts': `export const revision = 'a3'
export const downRevision = 'a2'
export function upgrade(op) {
  op.execute('ALTER TABLE one ADD COLUMN more integer')
}`,
    }
    const root = folderOf(files)
    const scriptOf = async (more: object): Promise<string> =>
      (await upgrade({ root, url, ...more }, 'head', { sql: true }))[0]!.script!
    expect(await scriptOf({})).not.toContain('_timeout')
    const script = await scriptOf({ lockTimeout: '200ms', statementTimeout: '60s' })
    const parts = script.split('-- Running upgrade').slice(1)
    expect(parts.map((p) => p.includes("'lock_timeout', '200'"))).toEqual([true, false, true])
    expect(parts.map((p) => p.includes("'statement_timeout', '60000'"))).toEqual([true, true, true])
    const reader = new pg.Client(url)
    const other = new pg.Client(url)
    await Promise.all([reader.connect(), other.connect()])
    try {
      const statements = splitStatements(script).map((s) => s.text)
      const last = statements.findIndex((s) => s.includes('ADD COLUMN'))
      for (const sql of statements.slice(0, last)) await other.query(sql)
      await reader.query('BEGIN; LOCK TABLE one IN ACCESS SHARE MODE')
      await expect(other.query(statements[last]!)).rejects.toMatchObject({ code: '55P03' })
      await reader.query('COMMIT')
      await other.query('ROLLBACK')
      expect(await upgrade({ root, url })).toMatchObject([{ from: ['a2'], to: ['a3'] }])
    } finally {
      await Promise.all([reader.end(), other.end()])
    }
  })

  test('a concurrent build waits for older transactions, whatever limit the database has', async () => {
    const { url } = await freshDatabase()
    const blocker = await open(url, table)
    await blocker.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = ''20ms''', current_database()); END $$`,
    )
    await blocker.query('BEGIN; INSERT INTO t VALUES (1)')
    const files = { 'migrations/a1.sql': file('a1', 'none', 'CREATE INDEX CONCURRENTLY t_ix ON t (id)') }
    const run = upgrade({ root: folderOf(files), url })
    const watcher = await open(url)
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '60 ms'`
    while ((await watcher.query(waiting)).rowCount === 0);
    await blocker.query('COMMIT')
    expect(await run).toMatchObject([{ to: ['a1'] }])
    expect((await watcher.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_ix'::regclass")).rows).toEqual([
      { indisvalid: true },
    ])
    await watcher.end()
    await blocker.end()
  })
})
