/** Somebody else's database: what its owner changes while ambix works, between a look at the tables and what is done with them. */
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { current } from '../../src/commands/current.ts'
import { fleet } from '../../src/commands/fleet/move.ts'
import { readFleet } from '../../src/commands/fleet/read.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { applied } from '../../src/commands/project/applied.ts'
import { repair } from '../../src/commands/project/repair.ts'
import { resume } from '../../src/commands/resume.ts'
import { stamp } from '../../src/commands/stamp.ts'
import type { Config } from '../../src/config/config.ts'
import type { Connection, Driver } from '../../src/drivers/driver.ts'
import { pg as driver } from '../../src/drivers/pg.ts'
import { isAmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { history, journal, trapOn, version } from './trap.ts'

const revision = (id: string, down: string | undefined, up: string): string =>
  `export const revision = '${id}'\nexport const downRevision = ${down === undefined ? 'null' : `'${down}'`}\nexport function upgrade(op) {\n${up}\n}\nexport function downgrade(op) {\n  op.execute('SELECT 1')\n}\n`
const files = {
  'migrations/a1.js': revision(
    'a1',
    undefined,
    `  op.execute('CREATE TABLE public.users (id integer PRIMARY KEY, n integer)')`,
  ),
  'migrations/b2.js': revision('b2', 'a1', `  op.execute('SELECT pg_advisory_xact_lock(4711)')`),
  'migrations/c3.js': revision(
    'c3',
    'b2',
    `  op.execute('INSERT INTO public.users SELECT i, 0 FROM generate_series(1, 20) i')\n  op.execute('CREATE INDEX CONCURRENTLY i ON public.users (n)', { autocommit: true })\n  op.backfill('users', { set: { n: 'n + 1' }, batchSize: 10 })`,
  ),
}
const tables = ['ambix_version', 'ambix_history', 'ambix_journal']

/** Tables of the same names, with everything that runs for whoever reads or writes them. */
const snares = `${version}; ${history}; ${journal}; ${tables
  .map(
    (t) =>
      `CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON ${t} FOR EACH ROW EXECUTE FUNCTION trap.row(); CREATE INDEX ON ${t} ((1)) WHERE trap.fixed('a')`,
  )
  .join('; ')}; INSERT INTO ambix_version VALUES ('a1')`

interface Attack {
  readonly name: string
  /** Owner of the bookkeeping tables. */
  readonly tables: 'planter' | 'administrator'
  /** Each may be refused or be made to wait. */
  readonly sql: readonly string[]
  /** Also where they fail. */
  readonly leaves?: true
}

const attacks: readonly Attack[] = [
  {
    name: 'statistics on its tables',
    tables: 'planter',
    sql: tables.map((t) => `CREATE STATISTICS s_${t} ON (trap.fixed('a')), (trap.fixed('b')) FROM ${t}`),
  },
  {
    name: 'indexes of its tables',
    tables: 'planter',
    sql: tables.map((t) => `CREATE INDEX CONCURRENTLY i_${t} ON ${t} ((1)) WHERE trap.fixed('a')`),
    leaves: true,
  },
  {
    name: 'other tables in place of its own',
    tables: 'planter',
    sql: [`BEGIN; ${tables.map((t) => `ALTER TABLE IF EXISTS ${t} RENAME TO was_${t}`).join('; ')}; ${snares}; COMMIT`],
  },
  {
    name: 'another schema in place of its own',
    tables: 'administrator',
    sql: [
      `BEGIN; ALTER SCHEMA public RENAME TO was; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO public; ${snares}; COMMIT`,
    ],
  },
]

const commands: readonly (readonly [string, (config: Config) => Promise<unknown>, string?])[] = [
  ['current', (c) => current(c)],
  ['history --applied', (c) => applied(c)],
  ['check', (c) => check(c)],
  ['repair', (c) => repair(c)],
  ['stamp', (c) => stamp(c, ['b2'])],
  ['upgrade', (c) => upgrade(c, 'b2')],
  ['upgrade in one transaction', (c) => upgrade({ ...c, transactionPerMigration: false }, 'b2')],
  ['upgrade in several parts', (c) => upgrade(c, 'c3')],
  ['downgrade', (c) => downgrade(c, 'base')],
  [
    'resume',
    (c) => resume(c, 'again'),
    `INSERT INTO ambix_journal VALUES ('b2', 0, 'upgrade', 'started', 'x', 'x', now())`,
  ],
  ['upgrade --targets', (c) => fleet(c, 'upgrade', 'b2')],
  ['current --targets', (c) => readFleet(c, 'current')],
]

/** In `npm test` those that differ in what they send, before three messages of each; `npm run test:long` runs all of them before every one. */
const short = new Set(['upgrade in several parts', 'resume', 'upgrade --targets'])
const all = process.env['AMBIX_TEST_LONG'] !== undefined

describeLive('the owner of the database', (server) => {
  const trap = trapOn(server, 'racer')

  interface Scene {
    readonly url: string
    readonly admin: pg.Client
    /** The owner's session, which is not kept waiting for long. */
    attack(attack: Attack): Promise<number>
  }
  async function scene(attack: Attack, file: string, run: (scene: Scene) => Promise<void>): Promise<void> {
    const database = await server.createDatabase()
    const [admin, owner] = [new pg.Client(database.url), new pg.Client(database.url)]
    await Promise.all([admin.connect(), owner.connect()])
    try {
      await upgrade({ root: folderOf(files), url: database.url }, 'a1')
      await trap.arm(admin, { sql: 'SELECT 1', owner: true }, file)
      await admin.query(journal)
      if (attack.tables === 'planter')
        for (const t of tables) await admin.query(`ALTER TABLE ${t} OWNER TO ${trap.planter}`)
      await owner.query(
        `SET SESSION AUTHORIZATION ${trap.planter}; SET search_path = public; SET lock_timeout = '200ms'`,
      )
      await run({
        url: database.url,
        admin,
        attack: async ({ sql }) => {
          let done = 0
          for (const text of sql) {
            await owner.query(text).then(
              () => done++,
              () => owner.query('ROLLBACK').catch(() => {}),
            )
          }
          return done
        },
      })
    } finally {
      await Promise.all([admin.end(), owner.end()])
      await database.drop()
    }
  }

  /** Calls `before` ahead of every message to the server, with its number. */
  function watched(before: (message: number) => Promise<void>): {
    readonly driver: Driver
    readonly count: () => number
  } {
    let count = 0
    const sends = new Set(['query', 'values', 'valuesOfAll', 'script', 'pipeline'])
    const watch = (connection: Connection): Connection =>
      new Proxy(connection, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key)
          if (typeof value !== 'function') return value
          if (!sends.has(String(key))) return value.bind(target) as unknown
          return async (...args: unknown[]) => {
            await before(count++)
            return (value as (...all: unknown[]) => unknown).apply(target, args)
          }
        },
      })
    return {
      driver: { ...driver, open: async (url, options) => watch(await driver.open(url, options)) },
      count: () => count,
    }
  }

  const coded = (error: unknown): string =>
    isAmbixError(error) ? error.code : `no code: ${String((error as Error).stack)}`

  describe.each(tableOf(attacks))('puts $name', (attack) => {
    const some = commands.filter(([name]) => all || short.has(name))
    test.each(some)('before any message of %s, and nothing of it runs', { timeout: 300_000 }, async (...args) => {
      const [name, command, before] = args as unknown as (typeof commands)[number]
      let messages = 0
      // First without an attack, so that all messages are known.
      for (let at = -1; at < messages; at += at < 0 || all ? 1 : Math.ceil(messages / 3)) {
        const file = `${attack.name} ${name} ${at}`.replaceAll(' ', '-')
        await scene(attack, file, async ({ url, admin, attack: put }) => {
          if (before !== undefined) await admin.query(before)
          const seen = watched(async (message) => {
            if (message === at) await put(attack)
          })
          const targets = [{ id: 'one', schema: 'public' }]
          const config: Config = { root: folderOf(files), url, driver: seen.driver, targets }
          const told = await command(config).then(() => 'done', coded)
          expect(told, `attacked before message ${at}`).toMatch(
            /^(done|(VERSION|REVISION|DIFF|RUN|DATABASE|FLEET)\.\w+)$/,
          )
          expect(trap.sprung(file), `attacked before message ${at}, which ended in ${told}`).toBe(false)
          if (at >= 0) return
          expect(told).toBe('done')
          messages = seen.count()
        })
      }
      expect(messages).toBeGreaterThan(name.startsWith('upgrade') ? 5 : 1)
    })

    test('while a revision is at work, and nothing of it runs', { timeout: 60_000 }, async () => {
      const file = `${attack.name} during`.replaceAll(' ', '-')
      await scene(attack, file, async ({ url, admin, attack: put }) => {
        await admin.query('SELECT pg_advisory_lock(4711)')
        const running = upgrade({ root: folderOf(files), url }, 'b2').then(() => 'done', coded)
        const waiting = `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 4711`
        while ((await admin.query(waiting)).rowCount === 0);
        const done = await put(attack)
        await admin.query('SELECT pg_advisory_unlock(4711)')
        const told = await running
        expect(trap.sprung(file)).toBe(false)
        // What the owner could do is seen, and the revision is rolled back; a concurrent build that had to wait leaves its index.
        expect(told).toBe(done === 0 && attack.leaves !== true ? 'done' : 'VERSION.TABLE')
      })
    })
  })
})
