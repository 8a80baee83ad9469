/** Issue 10, point 8, on MariaDB: what may go wrong around a run, as a table; each is a coded error, and the next plain run finishes the work. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { isAmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describePrivateMysql, open } from '../support/mysql.ts'

interface Day {
  readonly admin: Connection
  readonly url: string
  /** The number of the session of ambix that sleeps. */
  readonly reached: () => Promise<string>
}
interface Case {
  readonly name: string
  readonly sql: string
  readonly before?: readonly string[]
  /** Connects as this user. */
  readonly user?: string
  readonly arrange?: (day: Day) => Promise<void>
  readonly strike?: (day: Day) => Promise<void>
  readonly mend?: (day: Day) => Promise<unknown>
  readonly code: string
  readonly says: RegExp
  readonly applied?: readonly string[]
}

const slow = 'SELECT SLEEP(IF((SELECT COUNT(*) FROM good) > 0, 0, 20))'
const others: Connection[] = []
const session = async (url: string): Promise<Connection> => {
  const one = await open(url)
  others.push(one)
  return one
}
const leave = async (): Promise<void> => {
  for (const one of others.splice(0)) await one.close()
}
const kill =
  (how: string) =>
  async ({ admin, reached }: Day): Promise<void> => {
    await admin.script(`KILL ${how} ${await reached()}`)
  }

const cases: readonly Case[] = [
  {
    name: 'the statement is cancelled by an administrator',
    sql: slow,
    strike: kill('QUERY'),
    code: 'DATABASE.STATEMENT',
    says: /interrupted[\s\S]*KILL QUERY/,
  },
  {
    name: 'the session is ended by an administrator',
    sql: slow,
    strike: kill('CONNECTION'),
    code: 'DATABASE.CONNECT',
    says: /connection to the database was lost/,
  },
  {
    name: 'the statement takes longer than it may',
    sql: slow,
    before: ['SET GLOBAL max_statement_time = 0.3'],
    mend: ({ admin }) => admin.script('SET GLOBAL max_statement_time = 0'),
    code: 'DATABASE.STATEMENT',
    says: /max_statement_time/,
  },
  {
    name: 'a permission is missing half-way',
    sql: "INSERT INTO theirs VALUES ('x')",
    before: [
      'CREATE TABLE theirs (what text)',
      "CREATE OR REPLACE USER deployer@'%' IDENTIFIED BY ''",
      "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP ON * TO deployer@'%'",
      "REVOKE INSERT ON * FROM deployer@'%'",
      "GRANT CREATE ON * TO deployer@'%'",
      ...['ctr', 'log', 'ambix_version', 'ambix_history', 'ambix_journal'].map(
        (t) => `GRANT INSERT ON ${t} TO deployer@'%'`,
      ),
    ],
    user: 'deployer',
    mend: ({ admin }) => admin.script("GRANT INSERT ON theirs TO deployer@'%'"),
    code: 'DATABASE.STATEMENT',
    says: /INSERT command denied[\s\S]*privilege/,
  },
  {
    name: 'a deadlock',
    sql: 'UPDATE one SET n = 1; SELECT SLEEP(0.5); UPDATE two SET n = 1',
    before: [
      'CREATE TABLE one (n integer)',
      'CREATE TABLE two (n integer)',
      'INSERT INTO one VALUES (0)',
      'INSERT INTO two VALUES (0)',
      // Whoever has changed more goes on.
      'CREATE TABLE weight (n integer)',
    ],
    strike: async (day) => {
      await day.reached()
      const other = await session(day.url)
      await other.script('START TRANSACTION')
      await other.script(`INSERT INTO weight VALUES ${Array.from({ length: 200 }, (_, i) => `(${i})`).join()}`)
      await other.script('UPDATE two SET n = 2')
      other.script('UPDATE one SET n = 2').catch(() => {})
    },
    mend: leave,
    code: 'DATABASE.STATEMENT',
    says: /Deadlock found[\s\S]*run the command again/,
  },
  {
    name: 'another tool changes the version rows meanwhile',
    sql: 'SELECT SLEEP(1)',
    strike: async ({ admin, reached }) => {
      await reached()
      await admin.script("UPDATE ambix_version SET version_num = 'theirs'")
    },
    mend: ({ admin }) => admin.script("UPDATE ambix_version SET version_num = 'a1'"),
    code: 'VERSION.ROW_COUNT',
    says: /without taking ambix's lock[\s\S]*rolled back/,
  },
  {
    name: 'all connections are taken',
    sql: 'SELECT 1',
    user: 'guest',
    before: ["CREATE OR REPLACE USER guest@'%' IDENTIFIED BY ''", "GRANT ALL ON * TO guest@'%'"],
    arrange: async ({ url }) => {
      const guest = new URL(url)
      guest.username = 'guest'
      for (;;) {
        try {
          await session(guest.href)
        } catch {
          return
        }
      }
    },
    mend: leave,
    code: 'DATABASE.CONNECT',
    says: /Too many connections/i,
    applied: [],
  },
]

const count = "op.execute('UPDATE ctr SET n = n + 1')"
const file = (id: string, down: string | null, up: string): string =>
  `export const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\nexport function downgrade(op) {}\n`

describePrivateMysql('a bad day on MariaDB', ['--max-connections=10'], (fresh) => {
  test.each(cases)('$name', async (one) => {
    const root = await fresh()
    const admin = await open(root)
    for (const sql of [
      'CREATE TABLE ctr (n integer) ENGINE = InnoDB',
      'INSERT INTO ctr VALUES (0)',
      'CREATE TABLE log (what text)',
      'CREATE TABLE good (n integer)',
    ])
      await admin.script(sql)
    const url = new URL(root)
    const config: Config = {
      root: folderOf({
        'migrations/a1.ts': file('a1', null, count),
        'migrations/a2.ts': file('a2', 'a1', `${count}; op.execute(${JSON.stringify(one.sql)})`),
        'migrations/a3.ts': file('a3', 'a2', count),
      }),
      url: url.href,
    }
    // The tables of ambix are there, so that rights on them can be given.
    const applied = one.applied ?? ['a1']
    if (one.user === 'deployer') {
      await upgrade(config, 'a1')
    }
    for (const sql of one.before ?? []) await admin.script(sql)
    if (one.user !== undefined) url.username = one.user
    const own = { ...config, url: url.href }
    const day: Day = {
      admin,
      url: root,
      reached: async () => {
        for (let n = 0; n < 400; n++) {
          const rows = await admin.values(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND STATE = 'User sleep'",
          )
          if (rows[0] !== undefined) return rows[0][0]!
          await sleep(25)
        }
        throw new Error('nobody sleeps')
      },
    }
    await one.arrange?.(day)
    const run = upgrade(own).then(
      () => undefined,
      (error: unknown) => error,
    )
    await one.strike?.(day)
    const error = await run
    await one.mend?.(day)
    if (!isAmbixError(error)) expect.fail(String((error as Error | undefined)?.stack ?? error))
    const said = [error.message, error.why ?? '', ...error.next.map((n) => n.text)].join('\n')
    expect([error.code, said]).toEqual([one.code, expect.stringMatching(one.says)])
    if (one.user !== 'deployer') expect(said).toMatch(applied.length === 0 ? /Nothing|Too many/ : /kept: a1/)
    expect(error.next.length).toBeGreaterThan(0)
    await admin.script('INSERT INTO good VALUES (1)')
    if (applied.length > 0) expect(await admin.values('SELECT version_num FROM ambix_version')).toEqual([['a1']])
    expect(await upgrade(own)).toMatchObject([{ to: ['a3'] }])
    expect(await admin.values('SELECT n FROM ctr')).toEqual([['3']])
    expect(await admin.values('SELECT COUNT(*) FROM ambix_journal')).toEqual([['0']])
    await leave()
    await admin.close()
  })
})
