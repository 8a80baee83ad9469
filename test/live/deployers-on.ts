/** The scenarios of many deployers as tests, for `npm test` with few processes and one trial, and for the long form with twenty and many. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lockKey } from '../../src/runtime/bookkeeping.ts'
import { Crew, type Place, type Scenario, scenarios, trial } from '../support/deployers.ts'
import { folderOf } from '../support/folder.ts'
import { server } from '../support/live.ts'
import { startPooler, type Pooler } from '../support/pgbouncer.ts'
import type { TestDatabase } from '../support/server.ts'

/** `AMBIX_DEPLOYERS='behind, rows only'` runs that scenario alone; `AMBIX_DEPLOYERS='…:20'` with so many processes. */
const [only, processes] = process.env['AMBIX_DEPLOYERS']?.split(':') ?? []

export function deployers(
  how: 'direct' | 'PgBouncer',
  size: number,
  trials: number,
  some: readonly Scenario[] = scenarios,
): void {
  let database: TestDatabase
  let admin: pg.Client
  let pooler: Pooler | undefined
  const crew = new Crew(Number(processes ?? size))
  beforeAll(async () => {
    database = await server!.createDatabase()
    admin = new pg.Client(database.url)
    await admin.connect()
    if (how === 'PgBouncer') pooler = await startPooler(database.url, 5)
    await crew.ready()
  })
  afterAll(async () => {
    await crew.stop()
    await pooler?.stop()
    await admin.end()
    await database.drop()
  })

  const place = (): Place => ({
    direct: database.url,
    url: pooler?.through(database.url) ?? database.url,
    admin,
    folder: folderOf,
  })

  describe.each(some.filter((s) => only === undefined || s.name === only))('$name', (scenario) => {
    test(`${crew.size} deployers, ${trials} trials`, { timeout: 60_000 * trials + 60_000 }, async () => {
      const failures: string[] = []
      for (let n = 1; n <= trials; n++) {
        for (const text of await trial(crew, scenario, place()))
          failures.push(
            `trial ${n}: AMBIX_DEPLOYERS='${scenario.name}:${crew.size}' npx vitest run test/live/deployers.test.ts -t ${how}\n${text}`,
          )
      }
      expect(failures.join('\n\n')).toBe('')
    })
  })
  if (only !== undefined) return

  // Sessions of a pooler keep the defaults with which they began.
  test.skipIf(how !== 'direct').each(['repeatable read', 'serializable'])(
    `where the database defaults to %s: ${crew.size} deployers, ${trials} trials`,
    { timeout: 60_000 * trials + 60_000 },
    async (level) => {
      const { rows } = await admin.query<{ name: string }>('SELECT current_database() AS name')
      const set = async (how: string): Promise<void> => {
        await admin.query(`ALTER DATABASE ${rows[0]!.name} ${how}`)
      }
      await set(`SET default_transaction_isolation = '${level}'`)
      try {
        for (let n = 1; n <= trials; n++)
          for (const scenario of scenarios.filter(
            (s) => s.name.startsWith('every third') || s.name.startsWith('a label'),
          ))
            expect([scenario.name, n, await trial(crew, scenario, place())]).toEqual([scenario.name, n, []])
      } finally {
        await set('RESET default_transaction_isolation')
      }
    },
  )

  test('a lock that is held for ever stops each of them within its wait, by a code, and nothing is run', async () => {
    await admin.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE ctr (n integer)')
    const key = String(lockKey('public', 'ambix_version'))
    const { files } = scenarios.find((s) => s.name === 'an empty database, rows only')!
    const { url } = place()
    await admin.query('BEGIN')
    try {
      await admin.query('SELECT pg_advisory_xact_lock($1)', [key])
      const outcomes = await crew.run(
        Array.from({ length: crew.size }, () => ({
          config: { root: folderOf(files), url, lockWait: '2s' },
          direction: 'upgrade' as const,
          target: 'head',
        })),
      )
      expect(new Set(outcomes.map((o) => o.end))).toEqual(new Set(['DATABASE.LOCKED']))
    } finally {
      await admin.query('ROLLBACK')
    }
    expect((await admin.query("SELECT to_regclass('ambix_version') AS t")).rows).toEqual([{ t: null }])
  })

  test('an orphan: its client is killed in a concurrent build; whoever comes next has it ended or waits for it, and is recorded as the one at work', async () => {
    await admin.query(
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE ctr (n integer); INSERT INTO ctr VALUES (0)',
    )
    const files = {
      'migrations/r01.ts': `export const revision = 'r01'
export const downRevision = null
export function upgrade(op) {
  op.execute('UPDATE ctr SET n = n + 1')
  op.createIndex('ctr_n', 'ctr', ['n'], { concurrently: true })
}`,
    }
    const task = { config: { root: folderOf(files), url: place().url }, direction: 'upgrade' as const, target: 'head' }
    const reader = new pg.Client(database.url)
    await reader.connect()
    const builders = async (): Promise<readonly { pid: number; client: number; journal: number | null }[]> =>
      (
        await admin.query<{ pid: number; client: number; journal: number | null }>(
          `SELECT pid, substring(application_name FROM '^ambix (\\d+)@')::integer AS client, (SELECT backend_pid FROM ambix_journal WHERE state = 'started') AS journal
           FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query ~ '^(CREATE|DROP) INDEX CONCURRENTLY'`,
        )
      ).rows
    const until = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
      for (let n = 0; n < 400; n++) {
        const found = await ask().catch(() => undefined)
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      return expect.fail('it did not come to that')
    }
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM ctr')
    try {
      const first = crew.run([task])
      const { client } = await until(async () => (await builders())[0])
      expect(crew.kill(client)).toBe(true)
      expect((await first)[0]!.end).toBe('killed')
      const second = crew.run([task])
      if (how === 'direct') {
        // The server gives up what its client cannot hear any more; then the next one is at work, and said to be.
        const now = await until(async () => (await builders()).find((b) => b.client !== client))
        expect(await until(async () => ((await builders())[0]?.journal === now.pid ? true : undefined))).toBe(true)
      } else {
        // The pooler's own connection lives on, so that the build goes on: nobody else builds meanwhile.
        await until(async () => ((await waiting()) ? true : undefined))
        expect((await builders()).map((b) => b.client)).toEqual([client])
      }
      await reader.query('COMMIT')
      expect(await second).toMatchObject([{ end: 'ok' }])
    } finally {
      await reader.end()
    }
    expect(
      (
        await admin.query(
          "SELECT indisvalid AS valid, (SELECT n FROM ctr) AS n FROM pg_index WHERE indexrelid = 'ctr_n'::regclass",
        )
      ).rows,
    ).toEqual([{ valid: true, n: 1 }])
  })

  /** A session of ambix has the lock, and builds nothing. */
  const waiting = async (): Promise<boolean> =>
    (
      await admin.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'ambix %' AND state = 'idle in transaction'`,
      )
    ).rowCount === 1
}
