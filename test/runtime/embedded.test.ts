/** The drivers that need no server, and the runner on them: PGlite and SQLite. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { lockFolder } from '../../src/drivers/folder-lock.ts'
import { nodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { sqlitePath } from '../../src/drivers/sqlite-values.ts'
import { pg } from '../../src/drivers/pg.ts'
import { parsePgliteUrl, pglite } from '../../src/drivers/pglite.ts'
import { redact } from '../../src/util/redact.ts'
import type { AmbixError } from '../../src/errors.ts'
import { readHistory, readState } from '../../src/runtime/history.ts'
import { runSteps } from '../../src/runtime/runner.ts'
import { openPglite, testPglite } from '../support/pglite.ts'
import { id, line, settings, statement } from './steps.ts'

const dir = mkdtempSync(join(tmpdir(), 'ambix-embedded-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const options = { projectDir: process.cwd() }
const failure = async (work: Promise<unknown>): Promise<AmbixError> =>
  work.then(
    () => expect.fail('it should have failed'),
    (error: AmbixError) => error,
  )

describe('URLs and what is shown of them', () => {
  test.each([
    ['postgres://u:se:cr@et@host/db', 'postgres://u:***@host/db'],
    ['postgres://u:p@ss/word@host/db?x=1', 'postgres://u:***@host/db?x=1'],
    ['postgres://host/db?user=u&password=secret', 'postgres://host/db?user=u&password=***'],
    ["host=h password='my secret' user=u", 'host=h password=*** user=u'],
    ['PGPASSWORD=secret psql', 'PGPASSWORD=*** psql'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown)
  })

  test('no failure to connect shows the password, in whatever field', async () => {
    const urls = [
      'postgres://u:s3cr3t@127.0.0.1:1/db',
      'postgres://u:s3cr3t@127.0.0.1:99999/db',
      'postgres://[u:s3cr3t@x',
      'postgres://u:s3cr3t%ZZ@127.0.0.1:1/db',
      'postgres://u:s3cr3t@nosuchhost.invalid/db',
    ]
    for (const url of urls) {
      const error = await failure(pg.open(url, { ...options, connectTimeoutMs: 3000 }))
      expect(error.code).toMatch(/^DATABASE\.(URL|CONNECT)$/)
      expect(error.next.length).toBeGreaterThan(0)
      expect(
        JSON.stringify([error.message, error.why, error.next, error.data, String(error.cause), error.stack]),
      ).not.toContain('s3cr3t')
    }
  })

  test('PGlite and SQLite URLs', () => {
    expect(parsePgliteUrl('pglite:./.ambix/pg', '/p')).toEqual({ folder: '/p/.ambix/pg', extensions: [] })
    expect(parsePgliteUrl('pglite:///abs/pg', '/p')).toEqual({ folder: '/abs/pg', extensions: [] })
    expect(parsePgliteUrl('pglite:/abs/pg', '/p')).toEqual({ folder: '/abs/pg', extensions: [] })
    expect(parsePgliteUrl('pglite://memory?extensions=citext,hstore', '/p')).toEqual({
      extensions: ['citext', 'hstore'],
    })
    expect(sqlitePath('sqlite:./a.db', '/p')).toBe('/p/a.db')
    expect(sqlitePath('sqlite:///abs/a.db', '/p')).toBe('/abs/a.db')
    expect(sqlitePath('sqlite::memory:', '/p')).toBe(':memory:')
    expect(sqlitePath('file:a.db', '/p')).toBe('/p/a.db')
  })

  test('a driver that is not installed says how to install it', async () => {
    const { importPackage } = await import('../../src/drivers/find-package.ts')
    const error = await failure(importPackage('no-such-driver', dir, 'A no:// URL'))
    expect(error).toMatchObject({ code: 'DATABASE.DRIVER_MISSING', next: [{ command: 'npm i no-such-driver' }] })
  })
})

describe('the lock of a folder', () => {
  test('keeps others out while its process lives, and is taken over from a dead one', async () => {
    const file = join(dir, 'a.lock')
    const release = await lockFolder(file, 'a', 0)
    expect((await failure(lockFolder(file, 'a', 100))).code).toBe('DATABASE.LOCKED')
    release()
    expect(existsSync(file)).toBe(false)
    const dead = execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }).trim()
    writeFileSync(file, `${dead} 1\n`)
    const again = await lockFolder(file, 'a', 0)
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    again()
  })

  test('a lock of our own number but of an earlier life is nobody’s', async () => {
    const file = join(dir, 'b.lock')
    writeFileSync(file, `${process.pid} 12345\n`)
    ;(await lockFolder(file, 'b', 0))()
  })

  test('of many who take over a dead one at once, one has it at a time', async () => {
    const file = join(dir, 'c.lock')
    writeFileSync(file, '999999999 1\n')
    let inside = 0
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const release = await lockFolder(file, 'c', 20_000)
        expect(++inside).toBe(1)
        await new Promise((done) => setTimeout(done, 5))
        inside--
        release()
      }),
    )
  })
})

describe('PGlite', () => {
  test('a folder is opened by one at a time, keeps its rows, and is refused to another version', async () => {
    const url = `pglite:${join(dir, 'pg')}`
    const first = await pglite.open(url, options)
    await first.script('CREATE TABLE t (id integer); INSERT INTO t VALUES (1)')
    expect((await failure(pglite.open(url, { ...options, lockWaitMs: 100 }))).code).toBe('DATABASE.LOCKED')
    await first.close()
    const second = await pglite.open(url, options)
    expect(await second.query('SELECT id FROM t')).toEqual([{ id: 1 }])
    await second.close()
    expect(existsSync(join(dir, 'pg.lock'))).toBe(false)
    writeFileSync(join(dir, 'pg.version'), '0.4.9\n')
    const error = await failure(pglite.open(url, options))
    expect(error.why).toContain('It was made by PGlite 0.4.9')
    expect(existsSync(join(dir, 'pg.lock'))).toBe(false)
  }, 60_000)

  test('values are JavaScript’s, or raw texts; arrays of new enums too; errors name their statement', async () => {
    const db = await testPglite()
    await db.script("CREATE TYPE st AS ENUM ('a', 'b')")
    expect(await db.query("SELECT 1 AS n, true AS b, '{a,b}'::st[] AS s")).toEqual([{ n: 1, b: true, s: ['a', 'b'] }])
    expect(await db.values("SELECT 1, true, '{1,2}'::integer[], NULL, '2024-01-02'::date")).toEqual([
      ['1', 't', '{1,2}', null, '2024-01-02'],
    ])
    const error: unknown = await db.script(['SELECT 1', 'SELECT nope']).catch((e: unknown) => e)
    expect(db.describeError(error)).toMatchObject({ code: '42703', statement: 1, position: 8 })
  })

  test('runs a plan up and down, with what cannot be in a transaction', async () => {
    const connection = await openPglite()
    try {
      const up = line(3, (i) =>
        i === 2
          ? [statement('CREATE INDEX CONCURRENTLY ix ON t1 (id)', { transaction: 'alone' })]
          : [statement(`CREATE TABLE t${i} (id integer)`)],
      )
      const down = line(
        0,
        () => [],
        (i) => [statement(i === 2 ? 'DROP INDEX ix' : `DROP TABLE t${i}`)],
      )
      expect((await runSteps({ connection, dialect: postgres, settings, plan: up })).heads).toEqual([id(3)])
      expect((await runSteps({ connection, dialect: postgres, settings, plan: down })).heads).toEqual([])
      expect((await readHistory(connection, postgres, settings)).map((h) => `${h.direction} ${h.revision}`)).toEqual([
        'upgrade r0001',
        'upgrade r0002',
        'upgrade r0003',
        'downgrade r0003',
        'downgrade r0002',
        'downgrade r0001',
      ])
    } finally {
      await connection.close()
    }
  }, 60_000)
})

describe('SQLite', () => {
  const open = (): Promise<Connection> => nodeSqlite.open(`sqlite:${join(dir, 'a.db')}`, options)

  test('stores dates, booleans and big numbers as they are', async () => {
    const db = await nodeSqlite.open('sqlite::memory:', options)
    await db.script('CREATE TABLE v (a, b, c, d)')
    await db.query('INSERT INTO v VALUES (?, ?, ?, ?)', [new Date(0), true, 2n ** 60n, { x: 1 }])
    expect(await db.query('SELECT * FROM v')).toEqual([
      { a: '1970-01-01T00:00:00.000Z', b: 1, c: 2n ** 60n, d: '{"x":1}' },
    ])
    expect(await db.values('SELECT c, NULL FROM v')).toEqual([[String(2n ** 60n), null]])
    await db.close()
  })

  test('runs a plan, rolls back what failed, and two deployers do each revision once', async () => {
    const plan = line(10, (i) => [
      ...(i === 1 ? [statement('CREATE TABLE ctr (n integer)'), statement('INSERT INTO ctr VALUES (0)')] : []),
      statement('UPDATE ctr SET n = n + 1'),
    ])
    const [a, b] = [await open(), await open()]
    const results = await Promise.all(
      [a, b].map((connection) => runSteps({ connection, dialect: sqlite, settings, plan })),
    )
    expect(results.map((r) => r.heads)).toEqual([[id(10)], [id(10)]])
    expect(await a.values('SELECT n FROM ctr')).toEqual([['10']])
    const error = await failure(
      runSteps({
        connection: a,
        dialect: sqlite,
        settings,
        plan: line(11, () => [statement('UPDATE ctr SET n = 99'), statement('INSERT INTO nope VALUES (1)')]),
      }),
    )
    expect(error).toMatchObject({ code: 'DATABASE.STATEMENT' })
    expect(error.message).toContain('no such table: nope')
    expect(await a.values('SELECT n FROM ctr')).toEqual([['10']])
    expect((await readState(a, sqlite, settings)).heads).toEqual([id(10)])
    expect((await readHistory(a, sqlite, settings)).at(-1)).toMatchObject({ revision: id(11), status: 'failed' })
    await a.close()
    await b.close()
  })

  test('a folder that cannot be written to is told', async () => {
    writeFileSync(join(dir, 'file'), '')
    mkdirSync(join(dir, 'x'), { recursive: true })
    expect((await failure(nodeSqlite.open(`sqlite:${join(dir, 'file', 'a.db')}`, options))).code).toBe(
      'DATABASE.CONNECT',
    )
  })
})
