/** Issue 10.4 on MySQL and MariaDB: who waits for a table lets others pass, is tried again, and says who is in the way. */
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import type { AmbixError } from '../../src/errors.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { StepEvent } from '../../src/runtime/types.ts'
import { sandbox } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

const file = (id: string, sql: string): string =>
  `-- ${id}\n-- revision: ${id}\n-- down_revision: none\n-- upgrade\n${sql};\n-- downgrade\nSELECT 1;\n`
const three = {
  'migrations/a1.sql': file('a1', 'CREATE TABLE done (n int);\nINSERT INTO done VALUES (1);\nALTER TABLE t ADD c int'),
}
const waits = { lockTimeout: '1s', lockRetry: '2m' }

/** A report that has read the table in a transaction, and takes its time. */
async function held(url: string): Promise<Connection & { readonly id: string }> {
  const db = await open(url)
  await db.script(['CREATE TABLE t (id int PRIMARY KEY)', 'START TRANSACTION'])
  await db.values('SELECT * FROM t')
  const [[id]] = (await db.values('SELECT CONNECTION_ID()')) as [[string]]
  return Object.assign(db, { id })
}

const failed = async (run: Promise<unknown>): Promise<AmbixError> =>
  run.then(
    () => {
      throw new Error('it did not fail')
    },
    // A cast: what commands throw.
    (error: unknown) => error as AmbixError,
  )

describeMysql('a table that somebody else reads', () => {
  test('is waited for in turns: others are served, and the revision goes on with the part that was kept', async () => {
    const url = await mysqlDatabase()
    const blocker = await held(url)
    const events: StepEvent[] = []
    let served: Promise<void> | undefined
    const config: Config = { root: folderOf(three), url, ...waits }
    const onStep = (event: StepEvent): void => {
      events.push(event)
      if (event.phase !== 'blocked') return
      served ??= (async () => {
        const reader = await open(url)
        expect(await reader.values('SELECT COUNT(*) FROM t')).toEqual([['0']])
        await reader.close()
        await blocker.script('COMMIT')
      })()
    }
    expect(await upgrade(config, 'head', { onStep })).toMatchObject([{ to: ['a1'] }])
    await served
    const blocked = events.filter((e) => e.phase === 'blocked')
    expect(blocked[0]!.holder).toMatch(
      new RegExp(`process ${blocker.id} of the server \\(root@\\S+\\), since .* \\(\\d+ s\\)`),
    )
    expect(await blocker.values('SELECT n FROM done')).toEqual([['1']])
    expect(await blocker.values('SELECT COUNT(*) FROM ambix_journal')).toEqual([['0']])
    await blocker.close()
  })

  test('stops a run that may not try again, by name of who is in the way, with exit code 3', async () => {
    const url = await mysqlDatabase()
    const blocker = await held(url)
    const p = sandbox({ files: three, config: { url, migrations: './migrations', lockRetry: 0 } })
    const done = await p.$('upgrade head --lock-timeout 1s')
    expect(done.code).toBe(3)
    expect(done.stderr).toContain('[DATABASE.BLOCKED]')
    expect(done.stderr).toContain(`If nobody needs it, end it on the server: KILL ${blocker.id}`)
    await blocker.script(`ROLLBACK`)
    expect(await p.$('upgrade head')).toMatchObject({ code: 0 })
    expect(await blocker.values('SELECT n FROM done')).toEqual([['1']])
    await blocker.close()
  })

  test('is named with what it has locked, where the server tells', async () => {
    const url = await mysqlDatabase()
    const admin = await open(url)
    await admin.script("INSTALL SONAME 'metadata_lock_info'")
    const blocker = await held(url)
    try {
      const config: Config = { root: folderOf(three), url, lockTimeout: '1s', lockRetry: 0 }
      const error = await failed(upgrade(config, 'head'))
      expect(error.code).toBe('DATABASE.BLOCKED')
      expect(error.data?.['holders']).toMatchObject([{ pid: blocker.id, locked: 't' }])
    } finally {
      await blocker.close()
      await admin.script("UNINSTALL SONAME 'metadata_lock_info'")
      await admin.close()
    }
  })
})

describeMysql('limits of a session', () => {
  test('bound a statement of a revision, and are what they were afterwards', async () => {
    const url = await mysqlDatabase()
    const db = await open(url)
    try {
      const limits = 'SELECT @@SESSION.lock_wait_timeout, @@SESSION.max_statement_time'
      await db.script('SET SESSION lock_wait_timeout = 77, SESSION max_statement_time = 9')
      const config: Config = {
        root: folderOf({
          'migrations/a1.sql': file(
            'a1',
            `CREATE TABLE big AS SELECT COUNT(*) FROM ${['a', 'b', 'c', 'd', 'e'].map((n) => `information_schema.COLLATIONS ${n}`).join(', ')}`,
          ),
        }),
        url,
        statementTimeout: '1s',
      }
      const error = await failed(upgrade(config, 'head', { connection: db }))
      expect(error.code).toBe('DATABASE.STATEMENT')
      expect(error.message).toContain('max_statement_time')
      expect(await db.values(limits)).toEqual([['77', '9.000000']])
      // A limit that somebody set is theirs, unless the configuration has another.
      const seen = { 'migrations/a1.sql': file('a1', `CREATE TABLE seen AS SELECT @@SESSION.lock_wait_timeout AS a`) }
      await upgrade({ root: folderOf(seen), url }, 'head', { connection: db })
      expect(await db.values('SELECT a FROM seen')).toEqual([['77']])
      await db.script(['DROP TABLE seen', 'DELETE FROM ambix_version'])
      await upgrade({ root: folderOf(seen), url, lockTimeout: '1500ms' }, 'head', { connection: db })
      expect(await db.values('SELECT a FROM seen')).toEqual([['2']])
      expect(await db.values(limits)).toEqual([['77', '9.000000']])
    } finally {
      await db.close()
    }
  })
})
