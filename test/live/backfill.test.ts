/** Issue 10.6: `op.backfill` goes over a table in batches that are committed one by one, and goes on where it was. */
import { spawn } from 'node:child_process'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import type { AmbixError } from '../../src/errors.ts'
import type { StepEvent } from '../../src/runtime/types.ts'
import { sandbox } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const program = new URL('../cli/program.mjs', import.meta.url).pathname
const clients: pg.Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end()
})
async function place(sql: string): Promise<{ url: string; ask: (sql: string) => Promise<string> }> {
  const { url } = await freshDatabase()
  const client = new pg.Client(url)
  clients.push(client)
  await client.connect()
  await client.query(sql)
  const ask = async (text: string): Promise<string> =>
    (await client.query({ text, rowMode: 'array' })).rows.map((r: unknown[]) => r.join(' ')).join(', ')
  return { url, ask }
}
/** A revision with statements of its own around what it fills. */
const revision = (body: string): Readonly<Record<string, string>> => ({
  'migrations/a1.js': `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.execute('CREATE TABLE before ()')\n${body}\n  op.execute('CREATE TABLE after ()')\n}\nexport function downgrade(op) {\n  op.execute('DROP TABLE before; DROP TABLE after')\n}\n`,
})
const rows = (n: number): string =>
  `CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0); INSERT INTO t (id) SELECT i FROM generate_series(1, ${n}) i; ANALYZE t`

describeLive('op.backfill', () => {
  test('100,000 rows, killed in the middle, resumed: each row once', async () => {
    const { url, ask } = await place(rows(100_000))
    const s = sandbox({ url, files: revision(`  op.backfill('t', { set: { n: 'n + 1' }, batchSize: 2000 })`) })
    const changed = async (): Promise<number> => Number(await ask('SELECT count(*) FROM t WHERE n > 0'))
    const child = spawn(process.execPath, [program, 'upgrade'], { cwd: s.dir, stdio: 'ignore' })
    const ended = new Promise<NodeJS.Signals | null>((done) => child.on('exit', (_, signal) => done(signal)))
    while ((await changed()) < 10_000 && child.exitCode === null);
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    const there = await changed()
    expect(there % 2000).toBe(0)
    expect(there).toBeLessThan(100_000)
    const events: StepEvent[] = []
    expect(await upgrade({ root: s.dir, url }, 'head', { onStep: (e) => events.push(e) })).toMatchObject([
      { to: ['a1'] },
    ])
    expect(await ask('SELECT n, count(*) FROM t GROUP BY n')).toBe('1 100000')
    expect(await ask(`SELECT count(*) FROM ambix_journal`)).toBe('0')
    expect(await ask(`SELECT to_regclass('before') IS NULL, to_regclass('after') IS NULL`)).toBe('false false')
    const told = events.flatMap((e) => (e.progress === undefined ? [] : [e.progress]))
    expect(told[0]!.rows).toBeGreaterThanOrEqual(there)
    expect(told.at(-1)).toMatchObject({ rows: 100_000, about: 100_000, leftMs: 0 })
    expect(told.every((p) => p.rows % 2000 === 0)).toBe(true)
    // What each of the later batches changed was committed by itself.
    expect(Number(await ask('SELECT count(DISTINCT xmin::text) FROM t'))).toBe(50)
  })

  test('a row that fails stops it: what is done stays, the same command goes on, and no row is changed twice', async () => {
    const { url, ask } = await place(`${rows(100)}; ALTER TABLE t ADD CHECK (n < 5); UPDATE t SET n = 4 WHERE id = 55`)
    const config = { root: folderOf(revision(`  op.backfill('t', { set: { n: 'n + 1' }, batchSize: 10 })`)), url }
    const error = await upgrade(config).then(
      () => expect.fail('it should have failed'),
      (e: AmbixError) => e,
    )
    expect(error.code).toBe('DATABASE.STATEMENT')
    expect(error.message).toContain('violates check constraint')
    expect(await ask('SELECT count(*) FROM t WHERE n = 1')).toBe('50')
    await ask('UPDATE t SET n = 0 WHERE id = 55')
    expect(await upgrade(config)).toMatchObject([{ to: ['a1'] }])
    expect(await ask('SELECT n, count(*) FROM t GROUP BY n')).toBe('1 100')
  })

  test('a file that says something else in the middle of it: refused, with both ways out', async () => {
    const { url, ask } = await place(`${rows(100)}; ALTER TABLE t ADD CHECK (id <> 55 OR n = 0)`)
    const s = sandbox({ url, files: revision(`  op.backfill('t', { set: { n: 'n + 1' }, batchSize: 10 })`) })
    expect((await s.$('upgrade')).stderr).toContain('DATABASE.STATEMENT')
    s.write(
      'migrations/a1.js',
      revision(`  op.backfill('t', { set: { n: '1' }, where: 'id <> 55', batchSize: 10 })`)['migrations/a1.js']!,
    )
    const { code, stderr } = await s.$('upgrade')
    expect([code, stderr]).toEqual([1, expect.stringContaining('REVISION.EDITED')])
    expect(stderr).toContain('ambix resume --again a1:2')
    expect((await s.$('resume --again a1:2')).code).toBe(0)
    expect(await ask('SELECT n, count(*) FROM t GROUP BY n ORDER BY n')).toBe('0 1, 1 99')
  })

  test('a key of two columns that compare in their own order, a filter, a name that must be quoted, and the way back', async () => {
    const { url, ask } =
      await place(`CREATE SCHEMA "o'S"; CREATE TABLE "o'S"."T""t" (a text, "B" numeric, x int, PRIMARY KEY (a, "B"));
      INSERT INTO "o'S"."T""t" SELECT chr(97 + i % 3) || '''', i * 10, i FROM generate_series(1, 50) i`)
    const body = `  op.backfill('T"t', { schema: "o'S", set: { x: 'x + 100' }, where: 'x % 2 = 0', batchSize: 7, throttle: 1, down: { x: 'x - 100' } })`
    const files = {
      'migrations/a1.js': `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n${body}\n}\n`,
    }
    const config = { root: folderOf(files), url }
    await upgrade(config)
    expect(await ask(`SELECT count(*) FROM "o'S"."T""t" WHERE x > 100`)).toBe('25')
    expect(
      await ask(
        `SELECT count(*) FROM "o'S"."T""t" WHERE x <> "B" / 10 + CASE WHEN "B" / 10 % 2 = 0 THEN 100 ELSE 0 END`,
      ),
    ).toBe('0')
    await downgrade(config).catch((e: AmbixError) => expect(e).toBeUndefined())
    expect(await ask(`SELECT count(*) FROM "o'S"."T""t" WHERE x <> "B" / 10 AND x <> "B" / 10 - 100`)).toBe('0')
  })

  test('the script does the same: a block that commits after each batch', async () => {
    const { url, ask } = await place(rows(95))
    const s = sandbox({
      url,
      files: revision(`  op.backfill('t', { key: ['id'], set: { n: 'n + 1' }, where: 'id > 5', batchSize: 10 })`),
    })
    const { stdout } = await s.$('upgrade head --sql')
    const block = /DO \$(\w*)\$\nDECLARE\n[^]*?\n\$\1\$/.exec(stdout)![0]
    await ask(block)
    expect(await ask('SELECT n, count(*), count(DISTINCT xmin::text) FROM t GROUP BY n ORDER BY n')).toBe(
      '0 5 1, 1 90 9',
    )
  })

  test('without a key there is no order to walk in: said before anything runs', async () => {
    const { url, ask } = await place('CREATE TABLE t (id int, n int)')
    const config = { root: folderOf(revision(`  op.backfill('t', { set: { n: '1' } })`)), url }
    const error = await upgrade(config).then(
      () => expect.fail('it should have failed'),
      (e: AmbixError) => e,
    )
    expect([error.code, error.why]).toEqual([
      'OPERATION.UNSUPPORTED',
      expect.stringContaining('name unique columns in `key`'),
    ])
    expect(await ask(`SELECT to_regclass('before') IS NULL`)).toBe('true')
  })
})
