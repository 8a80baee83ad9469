/** C3, C6, issue 10.3: who waits for whom, for how long, and what ends the waiting; defaults of the database that must not matter. */
import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import pg from 'pg'
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import { stamp } from '../../src/commands/stamp.ts'
import type { Config } from '../../src/config/config.ts'
import type { AmbixError } from '../../src/errors.ts'
import { lockKey } from '../../src/runtime/bookkeeping.ts'
import { sandbox } from '../cli/sandbox.ts'
import { histories } from '../support/crash-points.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const file = (id: string, down: string, sql: string): string =>
  `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n-- upgrade\n${sql};\n-- downgrade\nSELECT 1;\n`
const files = { 'migrations/a1.sql': file('a1', 'none', 'CREATE TABLE one (id integer)') }
const concurrent = histories.find((h) => h.name === 'concurrent')!

describeLive('the lock', () => {
  /** A session that has the lock, under a name. */
  const holder = async (url: string, name: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, application_name: name })
    client.on('error', () => {})
    await client.connect()
    await client.query('SELECT pg_advisory_lock($1)', [String(lockKey('public', 'ambix_version'))])
    return client
  }
  const failed = async (work: Promise<unknown>): Promise<AmbixError> =>
    work.then(
      () => expect.fail('it should have failed'),
      (error: AmbixError) => error,
    )

  test('that somebody has is waited for, refused, left to him, or taken from a process that has ended', async () => {
    const { url } = await freshDatabase()
    const config: Config = { root: folderOf(files), url }
    const alive = await holder(url, `ambix ${process.pid}@${hostname()}`)
    const refused = await failed(upgrade(config, 'head', { ifLocked: 'fail' }))
    expect(refused.code).toBe('DATABASE.LOCKED')
    expect(refused.why).toContain(`ambix ${process.pid}@`)
    expect(refused.why).toContain('SELECT pg_advisory_lock')
    expect(refused.next.map((n) => n.text).join('\n')).toContain('pg_terminate_backend(')
    expect((await failed(stamp(config, ['a1'], { lockWaitMs: 200 }))).code).toBe('DATABASE.LOCKED')
    expect(await upgrade(config, 'head', { ifLocked: 'skip' })).toMatchObject([{ applied: [], skipped: true }])
    // A process that lives is not ended.
    expect((await failed(upgrade(config, 'head', { ifLocked: 'terminate', lockWaitMs: 300 }))).code).toBe(
      'DATABASE.LOCKED',
    )
    const s = sandbox({ url, files })
    expect((await s.$('upgrade --if-locked fail')).code).toBe(3)
    expect((await s.$('upgrade --lock-wait 100ms')).code).toBe(3)
    expect((await s.$('upgrade --if-locked skip')).code).toBe(0)
    expect((await s.$('upgrade --if-locked never')).stderr).toContain('--if-locked takes wait, fail, skip, terminate')
    await alive.end()
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    const orphan = await holder(url, `ambix ${dead}@${hostname()}`)
    expect(await upgrade(config, 'head', { ifLocked: 'terminate' })).toMatchObject([{ to: ['a1'] }])
    await orphan.end().catch(() => {})
  })

  test.each(['repeatable read', 'serializable'])(
    'works where the database defaults to %s, with a concurrent build and deployers at once',
    async (level) => {
      const { url } = await freshDatabase()
      const admin = new pg.Client(url)
      await admin.connect()
      await admin.query(concurrent.before!)
      await admin.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''${level}''', current_database()); END $$`,
      )
      const config: Config = { root: folderOf(concurrent.files), url }
      const results = await Promise.all(Array.from({ length: 6 }, () => upgrade(config)))
      expect(results.map(([r]) => r!.to)).toEqual(results.map(() => ['a2']))
      expect((await admin.query('SELECT n FROM ctr')).rows).toEqual([{ n: 3 }])
      await admin.end()
    },
  )

  test('a journal that an earlier build made gets the column that it lacks', async () => {
    const { url } = await freshDatabase()
    const admin = new pg.Client(url)
    await admin.connect()
    await admin.query(concurrent.before!)
    await admin.query(`CREATE TABLE ambix_journal (revision varchar(255) NOT NULL, pos integer NOT NULL, direction varchar(16) NOT NULL,
      state varchar(16) NOT NULL, checksum varchar(128) NOT NULL, owner varchar(64) NOT NULL, started_at timestamptz NOT NULL,
      backend_pid integer, PRIMARY KEY (revision, pos))`)
    const config: Config = { root: folderOf(concurrent.files), url }
    const results = await Promise.all([1, 2, 3].map(() => upgrade(config)))
    expect(results.map(([r]) => r!.to)).toEqual(results.map(() => ['a2']))
    expect((await admin.query('SELECT plan FROM ambix_journal')).rows).toEqual([])
    await admin.end()
  })
})
