/**
 * Issue 10, point 8: what may go wrong around a run, as a table. Each ends in a coded error that says what is applied, what is not, and
 * what the next run does; when the cause is gone, the next plain run finishes the work, and nothing is done twice.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import { type AmbixError, isAmbixError } from '../../src/errors.ts'
import { findBinaries } from '../support/binaries.ts'
import { folderOf } from '../support/folder.ts'
import { privateServer, type PrivateServer } from '../support/server.ts'
import { tableOf } from '../support/table-of.ts'

/** `AMBIX_BAD_DAY='a deadlock'` runs that case alone. */
const only = process.env['AMBIX_BAD_DAY']

interface Day {
  readonly server: PrivateServer
  readonly url: string
  /** A superuser's session in the database; a new one after the server was down. */
  readonly admin: () => Promise<pg.Client>
  /** Waits until a session of ambix runs what matches. */
  readonly reached: (query: string) => Promise<number>
}

interface Case {
  readonly name: string
  /** The statement of the second revision that suffers. */
  readonly sql: string
  readonly before?: string
  /** Connects as this role. */
  readonly role?: string
  /** Settings of the server, and the size that its files may have. */
  readonly settings?: Readonly<Record<string, string>>
  readonly fileLimit?: number
  /** Done before the run; and while it runs. */
  readonly arrange?: (day: Day) => Promise<void>
  readonly strike?: (day: Day) => Promise<void>
  readonly code: string
  readonly says: RegExp
  /** Where it is found when the next part is begun. */
  readonly several?: { readonly code: string; readonly says: RegExp }
  /** Absent: the first revision is applied before it. */
  readonly applied?: readonly string[]
  /** Makes it good. */
  readonly mend?: (day: Day) => Promise<void>
  /** Only in revisions of one transaction, where the other kind does not come to it. */
  readonly once?: true
}

/** Until it was made good. */
const slow = 'SELECT pg_sleep(CASE WHEN EXISTS (SELECT FROM good) THEN 0 ELSE 20 END)'
const kill = async (day: Day, how: string): Promise<void> => {
  const pid = await day.reached('pg_sleep')
  await (await day.admin()).query(how, [pid])
}
const others: pg.Client[] = []
const session = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  others.push(client)
  return client
}
const leave = async (): Promise<void> => {
  await Promise.all(others.splice(0).map((c) => c.end().catch(() => {})))
}

const cases: readonly Case[] = [
  {
    name: 'the server crashes in the middle of a statement',
    sql: slow,
    strike: async (day) => {
      await day.reached('pg_sleep')
      await day.server.halt('SIGQUIT')
    },
    mend: (day) => day.server.start(),
    code: 'DATABASE.CONNECT',
    says: /connection to the database was lost/,
  },
  {
    name: 'the server is shut down in the middle of a statement',
    sql: slow,
    strike: async (day) => {
      await day.reached('pg_sleep')
      await day.server.halt('SIGINT')
    },
    mend: (day) => day.server.start(),
    code: 'DATABASE.CONNECT',
    says: /connection to the database was lost/,
  },
  {
    name: 'the server is not there, and comes back',
    sql: 'SELECT 1',
    arrange: (day) => day.server.halt('SIGINT'),
    mend: (day) => day.server.start(),
    code: 'DATABASE.CONNECT',
    says: /cannot be reached/,
    applied: [],
    once: true,
  },
  {
    name: 'a process of the server is killed',
    sql: slow,
    strike: async (day) => {
      const pid = await day.reached('pg_sleep')
      const other = await session(day.url)
      process.kill(pid, 'SIGKILL')
      // The server ends all sessions then, a moment later, and starts anew.
      for (let lost = false; !lost;)
        lost = await other.query('SELECT 1').then(
          () => false,
          () => true,
        )
    },
    mend: (day) => up(day),
    code: 'DATABASE.CONNECT',
    says: /connection to the database was lost/,
  },
  {
    name: 'the session is ended by an administrator',
    sql: slow,
    strike: (day) => kill(day, 'SELECT pg_terminate_backend($1)'),
    code: 'DATABASE.CONNECT',
    says: /connection to the database was lost/,
  },
  {
    name: 'the statement is cancelled by an administrator',
    sql: slow,
    strike: (day) => kill(day, 'SELECT pg_cancel_backend($1)'),
    code: 'DATABASE.STATEMENT',
    says: /user request[\s\S]*pg_cancel_backend/,
  },
  {
    name: 'the statement takes longer than the role may',
    sql: slow,
    role: 'hasty',
    before: "ALTER ROLE hasty SET statement_timeout = '300ms'",
    code: 'DATABASE.STATEMENT',
    says: /statement timeout[\s\S]*statementTimeout/,
    mend: async (day) => {
      await (await day.admin()).query('ALTER ROLE hasty RESET statement_timeout')
    },
  },
  {
    name: 'the disk of the server is full',
    sql: "INSERT INTO big SELECT repeat('x', 1000) FROM generate_series(1, 30000)",
    before: 'CREATE TABLE big (x text)',
    settings: {},
    // Not a multiple of the page: a page at the limit is written in part, which is what a full disk does. A log file has 16 MiB.
    fileLimit: 16 * 1024 + 4,
    code: 'DATABASE.STATEMENT',
    says: /could not extend file[\s\S]*Make room/,
    mend: async (day) => {
      await day.server.halt('SIGINT')
      await day.server.start()
    },
  },
  {
    name: 'the room for temporary files is used up',
    sql: 'INSERT INTO log SELECT count(*)::text FROM (SELECT g FROM generate_series(1, 300000) g ORDER BY md5(g::text)) q',
    settings: { temp_file_limit: '1MB', work_mem: '64kB' },
    code: 'DATABASE.STATEMENT',
    says: /temp_file_limit[\s\S]*make room/,
    mend: async (day) => {
      await day.server.halt('SIGINT')
      await day.server.start()
    },
  },
  {
    name: 'a permission is missing half-way',
    sql: "INSERT INTO theirs VALUES ('x')",
    before: 'CREATE TABLE theirs (what text)',
    role: 'deployer',
    code: 'DATABASE.STATEMENT',
    says: /permission denied for table theirs/,
    mend: async (day) => {
      await (await day.admin()).query('GRANT INSERT ON theirs TO deployer')
    },
  },
  {
    name: 'a deadlock',
    sql: "SET LOCAL deadlock_timeout = '100ms'; UPDATE one SET n = 1; SELECT pg_sleep(0.5); UPDATE two SET n = 1",
    before:
      'CREATE TABLE one (n integer); CREATE TABLE two (n integer); INSERT INTO one VALUES (0); INSERT INTO two VALUES (0)',
    strike: async (day) => {
      await day.reached('pg_sleep')
      const other = await session(day.url)
      await other.query("BEGIN; SET LOCAL deadlock_timeout = '20s'; UPDATE two SET n = 2")
      other.query('UPDATE one SET n = 2').catch(() => {})
    },
    mend: leave,
    code: 'DATABASE.STATEMENT',
    says: /deadlock detected[\s\S]*again/,
  },
  {
    name: 'a database that may only be read',
    sql: 'SELECT 1',
    arrange: async (day) => {
      await (
        await day.admin()
      ).query(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
      )
    },
    mend: async (day) => {
      await (
        await day.admin()
      ).query(
        "SET default_transaction_read_only = off; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$",
      )
    },
    code: 'DATABASE.STATEMENT',
    says: /read-only transaction/,
    applied: [],
    once: true,
  },
  {
    name: 'another tool changes the version rows meanwhile',
    sql: 'SELECT pg_sleep(1)',
    strike: async (day) => {
      await day.reached('pg_sleep')
      await (await day.admin()).query("UPDATE ambix_version SET version_num = 'theirs'")
    },
    mend: async (day) => {
      await (await day.admin()).query("UPDATE ambix_version SET version_num = 'a1'")
    },
    code: 'VERSION.ROW_COUNT',
    says: /without taking ambix's lock[\s\S]*rolled back/,
    several: { code: 'VERSION.UNKNOWN_REVISION', says: /is at theirs, which no revision file has/ },
  },
  {
    name: 'another tool empties the version table meanwhile',
    sql: 'SELECT pg_sleep(1)',
    strike: async (day) => {
      await day.reached('pg_sleep')
      await (await day.admin()).query('DELETE FROM ambix_version')
    },
    mend: async (day) => {
      await (await day.admin()).query("INSERT INTO ambix_version VALUES ('a1')")
    },
    code: 'VERSION.ROW_COUNT',
    says: /without taking ambix's lock[\s\S]*rolled back/,
  },
  {
    name: 'all connections are taken before the run',
    sql: 'SELECT 1',
    settings: { max_connections: '12', superuser_reserved_connections: '0' },
    arrange: (day) => take(day),
    mend: leave,
    code: 'DATABASE.CONNECT',
    says: /takes no more connections/,
    applied: [],
    once: true,
  },
  {
    name: 'all connections are taken when a second one is needed',
    sql: 'SELECT 1',
    settings: { max_connections: '12', superuser_reserved_connections: '0' },
    // The first revision waits until they are.
    before: 'CREATE TABLE gate ()',
    strike: async (day) => {
      await day.reached('pg_sleep')
      await take(day)
    },
    mend: leave,
    code: 'DATABASE.CONNECT',
    says: /takes no more connections/,
  },
]

/** Idle sessions until the server takes no more. */
async function take(day: Day): Promise<void> {
  for (;;) {
    try {
      await session(day.url)
    } catch {
      return
    }
  }
}

async function up({ url }: Day): Promise<void> {
  for (let n = 0; n < 200; n++) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.end()
    } catch {
      await sleep(50)
    }
  }
}

const count = "op.execute('UPDATE ctr SET n = n + 1')"
const file = (id: string, down: string | null, up: string): string =>
  `export const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\nexport function downgrade(op) {}\n`
/** One transaction; or, of several parts, with one that is done before and one after. */
const filesOf = ({ sql, name }: Case, several: boolean): Readonly<Record<string, string>> => {
  const own = `op.execute(${JSON.stringify(sql)})`
  const second = name.includes('second one')
  return {
    'migrations/a1.ts': file('a1', null, second ? `${count}; op.execute('SELECT pg_sleep(1)')` : count),
    'migrations/a2.ts': file(
      'a2',
      'a1',
      second
        ? `op.createIndex('ctr_n', 'ctr', ['n'], { concurrently: true }); ${count}`
        : several
          ? `op.execute('UPDATE ctr SET n = n + 1', { autocommit: true }); ${count}; ${own}; op.execute('UPDATE ctr SET n = n + 1', { autocommit: true })`
          : `${count}; ${own}`,
    ),
    'migrations/a3.ts': file('a3', 'a2', count),
  }
}

const missing = findBinaries(undefined) === undefined ? 'no binaries of a server that may be killed' : undefined

describe.skipIf(missing !== undefined)(`a bad day${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: PrivateServer
  let day: Day
  let count = 0
  let running = ''
  beforeAll(async () => {
    server = (await privateServer())!
    await server.start()
    running = '{}'
  })
  afterAll(async () => {
    await leave()
    await server.remove()
  })

  const fresh = async (one: Case): Promise<void> => {
    const wanted = JSON.stringify({ ...one.settings, fileLimit: one.fileLimit })
    if (wanted !== running) {
      await server.halt('SIGINT')
      await server.start(one.settings, one.fileLimit)
      running = wanted
    }
    const maintenance = new pg.Client(server.url('postgres'))
    await maintenance.connect()
    const name = `day_${++count}`
    await maintenance.query(`CREATE DATABASE ${name}`)
    await maintenance.end()
    const root = new URL(server.url(name))
    let held: pg.Client | undefined
    day = {
      server,
      url: root.href,
      admin: async () => {
        const alive = await held?.query('SELECT 1').then(
          () => true,
          () => false,
        )
        if (alive !== true) held = await session(root.href)
        return held!
      },
      reached: async (query) => {
        const admin = await day.admin()
        for (let n = 0; n < 400; n++) {
          const { rows } = await admin.query<{ pid: number }>(
            `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND application_name LIKE 'ambix%'
             AND (wait_event = 'PgSleep' OR $1 <> 'pg_sleep')`,
            [query],
          )
          if (rows[0] !== undefined) return rows[0].pid
          await sleep(25)
        }
        throw new Error(`nobody came to ${query}`)
      },
    }
    const admin = await day.admin()
    await admin.query(
      'CREATE TABLE ctr (n integer); INSERT INTO ctr VALUES (0); CREATE TABLE log (what text); CREATE TABLE good ()',
    )
    if (one.role !== undefined) {
      await admin.query(
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${one.role}') THEN CREATE ROLE ${one.role} LOGIN; END IF; END $$;
         GRANT CREATE ON SCHEMA public TO ${one.role}; GRANT ALL ON ctr, log, good TO ${one.role}`,
      )
    }
    if (one.before !== undefined) await admin.query(one.before)
  }

  for (const several of [false, true])
    describe(several ? 'in a revision of several parts' : 'in a revision of one transaction', () => {
      const some =
        only === undefined ? tableOf(cases, undefined, several ? 1 : 0) : cases.filter((c) => c.name === only)
      test.each(some.filter((c) => !(several && c.once === true)))('$name', async (one) => {
        await fresh(one)
        const url = new URL(day.url)
        if (one.role !== undefined) url.username = one.role
        const config: Config = { root: folderOf(filesOf(one, several)), url: url.href }
        await one.arrange?.(day)
        const run = upgrade(config).then(
          () => undefined,
          (error: unknown) => error,
        )
        await one.strike?.(day)
        const error = await run
        await one.mend?.(day)
        const replay = `AMBIX_BAD_DAY='${one.name}' npx vitest run test/live/bad-days.test.ts`
        if (!isAmbixError(error)) expect.fail(`${replay}\n${String((error as Error | undefined)?.stack ?? error)}`)
        const said = textOf(error)
        const { code, says } = (several ? one.several : undefined) ?? one
        expect([replay, error.code]).toEqual([replay, code])
        expect(said).toMatch(says)
        // What is applied, and what to do.
        const applied = one.applied ?? ['a1']
        if (error.data?.['applied'] !== undefined) expect(error.data['applied']).toEqual(applied)
        expect(said).toMatch(applied.length === 0 ? /Nothing|cannot be reached|no more|read-only/ : /kept: a1/)
        if (several && code === 'DATABASE.STATEMENT') expect(said).toMatch(/part 1 .*(?:is|are) done and recorded/)
        expect(error.next.length).toBeGreaterThan(0)
        await up(day)
        const admin = await day.admin()
        await admin.query('INSERT INTO good DEFAULT VALUES')
        if (applied.length > 0)
          expect((await admin.query('SELECT version_num FROM ambix_version')).rows).toEqual([{ version_num: 'a1' }])
        // The server has been started again without what was in the way.
        if (one.fileLimit !== undefined || one.settings?.['temp_file_limit'] !== undefined) running = '{}'
        expect(await upgrade(config)).toMatchObject([{ to: ['a3'] }])
        const second = one.name.includes('second one')
        expect(
          (
            await (
              await day.admin()
            )
              .query('SELECT n, (SELECT count(*)::integer FROM ambix_journal) AS left FROM ctr')
              .catch(async () => (await day.admin()).query('SELECT n, 0 AS left FROM ctr'))
          ).rows,
        ).toEqual([{ n: several && !second ? 5 : 3, left: 0 }])
        expect(await downgrade(config, 'base')).toMatchObject([{ to: [] }])
        await leave()
      })
    })
})

const textOf = (error: AmbixError): string =>
  [error.message, error.why ?? '', ...error.next.map((n) => `${n.text} ${n.command ?? ''}`)].join('\n')
