/** Ctrl-C at a command that is at work: exit code 130, one clear error, nothing half done, no scratch database left. */
import { spawn } from 'node:child_process'
import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { describeLive, freshDatabase } from '../support/live.ts'
import { sandbox } from './sandbox.ts'

const program = new URL('./program.mjs', import.meta.url).pathname

const clients: pg.Client[] = []
afterEach(async () => {
  for (const one of clients.splice(0)) await one.end()
})
type Query = <Row extends object>(sql: string) => Promise<Row[]>
async function client(url: string): Promise<Query> {
  const one = new pg.Client(url)
  await one.connect()
  clients.push(one)
  return async <Row extends object>(sql: string) => (await one.query<Row>(sql)).rows
}

/** Runs until the text that `busy` waits for is being worked on, sends the signal, and gives what came of it. */
async function interrupted(
  dir: string,
  argv: readonly string[],
  busy: () => Promise<boolean>,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...argv], { cwd: dir, env: { ...process.env, NO_COLOR: '1' } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<number | null>((done) => child.on('exit', done))
  while (!(await busy()) && child.exitCode === null) await new Promise((next) => setTimeout(next, 20))
  child.kill(signal)
  return { code: await ended, stdout, stderr }
}

describeLive('an interruption', () => {
  const revision = (id: string, down: string, sql: string): string =>
    `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n-- upgrade\n${sql};\n-- downgrade\nSELECT 1;\n`

  it('of an upgrade rolls its revision back and keeps the ones before', async () => {
    const { url } = await freshDatabase()
    const query = await client(url)
    const s = sandbox({
      url,
      files: {
        'migrations/1.sql': revision('a1', 'none', 'CREATE TABLE one (id integer)'),
        'migrations/2.sql': revision('b2', 'a1', 'CREATE TABLE two (id integer);\nSELECT pg_sleep(60)'),
      },
    })
    const busy = async (): Promise<boolean> =>
      (
        await query(
          // Not by its text: the server shows 1,024 bytes of a message.
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
        )
      ).length > 0
    const done = await interrupted(s.dir, ['upgrade'], busy, 'SIGINT')
    expect(done.code).toBe(130)
    expect(done.stderr).toContain('[RUN.INTERRUPTED]\n  Revision b2 was rolled back. Done before, and kept: a1.\n')
    expect(await query("SELECT to_regclass('one') IS NOT NULL AS one, to_regclass('two') IS NULL AS two")).toEqual([
      { one: true, two: true },
    ])
    expect((await s.$('current')).stdout).toBe('a1, a1\n')
  })

  it.each([
    ['SIGINT', 130, 'check'],
    ['SIGTERM', 143, 'revision --autogenerate -m x'],
  ] as const)('%s: exit code %s of %s, which leaves no file and no scratch database', async (signal, code, line) => {
    const { url } = await freshDatabase()
    const query = await client(url)
    const mark = `sleep ${Math.random()}`
    const s = sandbox({
      url,
      config: { schema: './schema.sql' },
      files: {
        'migrations/.gitkeep': '',
        'schema.sql': `CREATE TABLE t (id integer);\nSELECT pg_sleep(60), '${mark}';\n`,
      },
    })
    const sleeping = `SELECT datname FROM pg_stat_activity WHERE query LIKE '%${mark}%' AND pid <> pg_backend_pid()`
    let scratch: unknown
    const busy = async (): Promise<boolean> => {
      const [row] = await query<{ datname: string }>(sleeping)
      scratch = row?.datname
      return row !== undefined
    }
    const done = await interrupted(s.dir, line.split(' '), busy, signal)
    expect(done).toMatchObject({ code, stdout: '', stderr: expect.stringContaining('[RUN.INTERRUPTED]') })
    expect(done.stderr).not.toMatch(/internal error|^ {4}at /m)
    expect(s.files()).toEqual(['.gitkeep'])
    expect(await query(`SELECT datname FROM pg_database WHERE datname = '${String(scratch)}'`)).toEqual([])
  })
})
