/**
 * Issue 10, leak probes: a password in every place where one may be given, against every command and kind of failure. Each piece of each
 * password holds a mark (`Kx` and a digit) that no encoding changes, so that a part of a password that is shown counts as shown.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { current, upgrade } from '../../src/index.ts'
import type { TestServer } from '../support/server.ts'
import { revisionFile, sandbox } from './sandbox.ts'

export const mark = /Kx\d/i

/** How a password is written into a URL; `valid` where PostgreSQL's driver understands it. `%H` is host and port. */
const forms: readonly { readonly name: string; readonly url: string; readonly valid?: true }[] = [
  { name: 'plain', url: 'postgres://%U:Kx1@%H/%D', valid: true },
  { name: 'encoded marks', url: 'postgres://%U:Kx1%40Kx2%2FKx3%3FKx4%23Kx5%3AKx6@%H/%D', valid: true },
  { name: 'encoded quotes', url: 'postgres://%U:Kx1%20Kx2%22Kx3%27Kx4%60Kx5%5CKx6@%H/%D', valid: true },
  { name: 'letters of another script', url: 'postgres://%U:Kx1é日Kx2@%H/%D', valid: true },
  { name: 'in the query', url: 'postgres://%U@%H/%D?password=Kx1%26Kx2', valid: true },
  { name: 'quotes in the query', url: `postgres://%U@%H/%D?application_name=a&password=Kx1'Kx2"Kx3 Kx4`, valid: true },
  { name: 'of a key in the query', url: 'postgres://%U@%H/%D?sslpassword=Kx1%20Kx2' },
  { name: 'marks', url: 'postgres://%U:Kx1@Kx2/Kx3?Kx4#Kx5:Kx6@%H/%D' },
  { name: 'blanks', url: 'postgres://%U:Kx1 Kx2\tKx3@%H/%D' },
  { name: 'quotes', url: `postgres://%U:Kx1'Kx2"Kx3\`Kx4@%H/%D` },
  { name: 'a line break', url: 'postgres://%U:Kx1\nKx2@%H/%D' },
  { name: 'a backslash', url: 'postgres://%U:Kx1\\Kx2@%H/%D' },
  { name: 'a percent sign', url: 'postgres://%U:Kx1%zzKx2%@%H/%D' },
  { name: 'brackets', url: 'postgres://%U:Kx1[Kx2]{Kx3}<Kx4>@%H/%D' },
  { name: 'no user', url: 'postgres://:Kx1@%H/%D' },
  { name: 'no host', url: 'postgres://%U:Kx1@/%D' },
  { name: 'no host and no database', url: 'postgres://%U:Kx1@' },
  { name: 'no scheme', url: '%U:Kx1@%H/%D' },
  { name: 'nothing but user and password', url: '%U:Kx1@' },
  { name: 'no slashes', url: 'postgres:%U:Kx1@%H/%D' },
  { name: 'a scheme that is unknown', url: 'oracle://%U:Kx1@%H/%D' },
  { name: 'a port that is none', url: 'postgres://%U:Kx1@127.0.0.1:port/%D' },
  { name: 'a blank in the host', url: 'postgres://%U:Kx1@some where/%D' },
  { name: 'a host that is unknown', url: 'postgres://%U:Kx1@no-such-host.invalid/%D' },
  { name: 'keywords', url: 'host=127.0.0.1 port=1 user=%U password=Kx1 dbname=%D' },
  { name: 'keywords with quotes', url: "host=127.0.0.1 port=1 user=%U password='Kx1 Kx2\\'Kx3' dbname=%D" },
  { name: 'MySQL', url: 'mysql://%U:Kx1%40Kx2@%H/%D' },
  { name: 'MySQL with marks', url: "mysql://%U:Kx1@Kx2/Kx3'Kx4@%H/%D" },
  { name: 'MariaDB with a percent sign', url: 'mariadb://%U:Kx1%zzKx2@%H/%D' },
]
const put = (url: string, host: string, database: string, user = 'joe'): string =>
  url.replaceAll('%U', user).replaceAll('%H', host).replaceAll('%D', database)

interface Given {
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Before the command, and after it. */
  readonly before?: readonly string[]
  readonly after?: readonly string[]
}
const config = (keys: object): Readonly<Record<string, string>> => ({ 'ambix.config.json': JSON.stringify(keys) })
const code = (text: string): Readonly<Record<string, string>> => ({ 'ambix.config.ts': `export default ${text}\n` })
const fleetCommands = /^(?:upgrade|downgrade|stamp|current|check)\b/
const fine = 'postgres://joe@127.0.0.1:1/app'

const places: readonly { readonly name: string; readonly fleet?: true; readonly give: (url: string) => Given }[] = [
  { name: '--url', give: (url) => ({ files: config({}), before: ['--url', url] }) },
  { name: '--url=', give: (url) => ({ files: config({}), after: [`--url=${url}`] }) },
  { name: 'DATABASE_URL', give: (url) => ({ files: config({}), env: { DATABASE_URL: url } }) },
  { name: '.env', give: (url) => ({ files: { ...config({}), '.env': `DATABASE_URL=${JSON.stringify(url)}\n` } }) },
  { name: 'the configuration', give: (url) => ({ files: config({ url }) }) },
  { name: 'a configuration in code', give: (url) => ({ files: code(`{ url: ${JSON.stringify(url)} }`) }) },
  {
    name: 'an environment',
    give: (url) => ({ files: config({ environments: { far: { url } } }), before: ['-n', 'far'] }),
  },
  { name: 'a function', give: (url) => ({ files: code(`{ url: async () => ${JSON.stringify(url)} }`) }) },
  {
    name: 'a function that throws',
    give: (url) => ({ files: code(`{ url: () => { throw new Error('cannot use ' + ${JSON.stringify(url)}) } }`) }),
  },
  {
    name: "a function that throws Node's own error",
    give: (url) => ({ files: code(`{ url: () => new URL('x ' + ${JSON.stringify(url)}).href }`) }),
  },
  {
    name: 'a configuration that throws',
    give: (url) => ({ files: { 'ambix.config.ts': `throw new Error(${JSON.stringify(url)})\n` } }),
  },
  { name: 'a configuration of a wrong kind', give: (url) => ({ files: config({ url: [url], migrations: url }) }) },
  { name: 'targets', fleet: true, give: (url) => ({ files: config({ url: fine, targets: [{ id: 'a', url }] }) }) },
  {
    name: 'a file of targets',
    fleet: true,
    give: (url) => ({
      files: {
        ...config({ url: fine, targets: { file: './t.jsonl' } }),
        't.jsonl': `${JSON.stringify({ id: 'a', url })}\n`,
      },
    }),
  },
  {
    name: 'a target of a wrong kind',
    fleet: true,
    give: (url) => ({
      files: {
        ...config({ url: fine, targets: { file: './t.jsonl' } }),
        't.jsonl': `${JSON.stringify({ id: url, url: [url] })}\n{ ${url}\n`,
      },
    }),
  },
  {
    name: 'the control database',
    fleet: true,
    give: (url) => ({ files: config({ url, targets: { sql: 'SELECT 1 AS id' } }) }),
  },
]

/** Each with what it prints in other ways. */
const commands: readonly string[] = [
  'upgrade head',
  'current',
  'current --json',
  'upgrade head --raiseerr',
  'check -v',
  'stamp head --json',
  'downgrade -1 -v --raiseerr',
  'history --applied',
  'upgrade head --dry-run --json',
  'revision --autogenerate -m x --rev-id zz',
  'pull --out -',
  'report --html -',
  'current -v --raiseerr',
  'diff --sql',
  'types --kysely -',
  'repair',
  'resume',
  'reset --json',
  'ensure-version --json',
  'check --database --raiseerr',
  'upgrade head --sql',
  'upgrade -v --json --raiseerr',
  'lint --json',
  'history -i -v',
  'init other --from-database',
]

export interface Amount {
  /** Commands for each form in each place, of those above; absent: all. */
  readonly commands?: number
}

const replay = (name: string): string => `AMBIX_LEAK=${JSON.stringify(name)} npx vitest run test/cli/leaks.test.ts`
const only = process.env['AMBIX_LEAK']

export function leaks(amount: Amount, server: TestServer | undefined): void {
  let probes = 0
  const shown: string[] = []
  const look = (name: string, said: string): void => {
    probes++
    // Folders and databases of the tests have random names, which may hold a mark by chance.
    const text = said.replaceAll(/ambix[-_]test[-_]\w+/g, '<name>')
    const at = text.search(mark)
    if (at >= 0) shown.push(`${replay(name)}\n  ${JSON.stringify(text.slice(Math.max(0, at - 100), at + 60))}`)
  }
  const before = process.env['DATABASE_URL']
  beforeAll(() => void delete process.env['DATABASE_URL'])
  afterAll(() => {
    if (before !== undefined) process.env['DATABASE_URL'] = before
    console.log(`leak probes: ${probes}, passwords shown: ${shown.length}`)
  })

  let turn = 0
  for (const place of places)
    test(`a password given by ${place.name}`, async () => {
      const from = shown.length
      const may = commands.filter((c) => place.fleet !== true || fleetCommands.test(c))
      for (const form of forms) {
        // In a text of the user's own, nobody knows where a key's value with blanks ends.
        if (place.name.includes('throws') && form.name === 'quotes in the query') continue
        const given = place.give(put(form.url, '127.0.0.1:1', 'app'))
        const s = sandbox({ files: { ...given.files, 'migrations/a1.ts': revisionFile('a1', null, { down: '' }) } })
        const own = new Set(s.files('.'))
        const lines =
          amount.commands === undefined ? may : Array.from({ length: amount.commands }, () => may[turn++ % may.length]!)
        for (const line of lines) {
          const name = `${place.name}, ${form.name}, ${line}`
          if (only !== undefined && only !== name) continue
          if (given.env !== undefined) Object.assign(process.env, given.env)
          try {
            const words = [
              ...(given.before ?? []),
              ...line.split(' '),
              ...(given.after ?? []),
              ...(place.fleet === true ? ['--targets'] : []),
            ]
            const done = await s.run(...words)
            const made = s.files('.').filter((f) => !own.has(f) && /\.\w+$/.test(f))
            look(name, [done.stdout, done.stderr, ...made.map((f) => `${f}\n${s.read(f)}`)].join('\n'))
          } finally {
            delete process.env['DATABASE_URL']
          }
        }
      }
      expect(shown.slice(from).join('\n')).toBe('')
    })

  test('errors that a program gets: text, JSON, stack, and as Node prints them', async () => {
    const from = shown.length
    for (const form of forms) {
      const url = put(form.url, '127.0.0.1:1', 'app')
      for (const [how, work] of [
        ['url', () => upgrade({ root: sandbox().dir, url })],
        ['function', () => current({ root: sandbox().dir, url: () => url })],
      ] as const) {
        const name = `program, ${form.name}, ${how}`
        if (only !== undefined && only !== name) continue
        const error: unknown = await work().then(
          () => undefined,
          (e: unknown) => e,
        )
        look(
          name,
          [
            String(error),
            JSON.stringify(error),
            (error as Error | undefined)?.stack,
            inspect(error, { depth: 9, showHidden: true }),
          ].join('\n'),
        )
      }
    }
    expect(shown.slice(from).join('\n')).toBe('')
  })

  test.runIf(process.platform === 'linux')('the list of processes', async () => {
    const from = shown.length
    // Takes connections and never answers.
    const silent = createServer(() => arrived?.())
    let arrived: (() => void) | undefined
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const s = sandbox({ config: {}, files: { 'migrations/a1.ts': revisionFile('a1', null) } })
    for (const form of forms.filter((f) => f.valid === true).slice(0, amount.commands === undefined ? undefined : 3))
      for (const words of [
        (url: string) => ['--url', url, 'upgrade', 'head'],
        (url: string) => ['current', `--url=${url}`],
      ]) {
        const url = put(form.url, host, 'app')
        const name = `title, ${form.name}, ${words('').join(' ').trim()}`
        if (only !== undefined && only !== name) continue
        const here = new Promise<void>((done) => (arrived = done))
        const program = new URL('./program.mjs', import.meta.url).pathname
        const child = spawn(process.execPath, [program, ...words(url)], { cwd: s.dir, stdio: 'ignore' })
        await here
        look(name, readFileSync(join('/proc', String(child.pid), 'cmdline'), 'utf8'))
        const gone = new Promise((done) => child.once('exit', done))
        child.kill('SIGKILL')
        await gone
      }
    silent.close()
    expect(shown.slice(from).join('\n')).toBe('')
  })

  describe.skipIf(server === undefined)('a database that is there', () => {
    for (const form of forms.filter((f) => f.valid === true))
      test(`password: ${form.name}`, async () => {
        const from = shown.length
        const made = await server!.createDatabase()
        const at = new URL(made.url)
        const url = put(form.url, at.host, at.pathname.slice(1), at.username)
        try {
          const files = {
            'migrations/a1.ts': revisionFile('a1', null, { up: `op.execute('create table t (id int)')`, down: '' }),
            'migrations/a2.ts': revisionFile('a2', 'a1', {
              up: `op.execute('insert into t values (1)', { autocommit: true })\n  op.execute('create tabel u (id int)')`,
            }),
          }
          const s = sandbox({ url, files })
          const own = new Set(s.files('.'))
          for (const line of ['upgrade head -v --raiseerr', 'upgrade head --json', ...commands]) {
            const name = `server, ${form.name}, ${line}`
            if (only !== undefined && only !== name) continue
            const done = await s.run(...line.split(' '))
            const wrote = s.files('.').filter((f) => !own.has(f) && /\.\w+$/.test(f))
            look(name, [done.stdout, done.stderr, ...wrote.map((f) => `${f}\n${s.read(f)}`)].join('\n'))
          }
          const missing = put(form.url, at.host, 'ambix_no_such_database', at.username)
          const absent = await s.run('--url', missing, 'upgrade', '--raiseerr')
          look(`server, ${form.name}, no database`, absent.stdout + absent.stderr)
          const nobody = await s.run(
            '--url',
            put(form.url, at.host, 'postgres', 'ambix_nobody'),
            'current',
            '--raiseerr',
          )
          look(`server, ${form.name}, no such user`, nobody.stdout + nobody.stderr)
          const client = new pg.Client({ connectionString: url })
          await client.connect()
          try {
            const steps: string[] = []
            const error: unknown = await upgrade({ root: s.dir }, 'head', {
              connection: client,
              onStatement: (statement: unknown) => void steps.push(JSON.stringify(statement)),
            } as Parameters<typeof upgrade>[2]).then(
              () => undefined,
              (e: unknown) => e,
            )
            look(
              `server, ${form.name}, connection`,
              [inspect(error, { depth: 9, showHidden: true }), ...steps].join('\n'),
            )
            const rows: string[] = []
            const tables = await client.query<{ name: string }>(
              `SELECT oid::regclass::text AS name FROM pg_class WHERE relname LIKE 'ambix%' AND relkind = 'r'`,
            )
            expect(tables.rows.map((r) => r.name).toSorted()).toEqual([
              'ambix_history',
              'ambix_journal',
              'ambix_version',
            ])
            for (const { name } of tables.rows)
              rows.push(
                ...(await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).rows.map((r) => r.row),
              )
            const sessions = await client.query<{ row: string }>(
              `SELECT application_name || query AS row FROM pg_stat_activity WHERE datname = current_database()`,
            )
            look(`server, ${form.name}, rows`, [...rows, ...sessions.rows.map((r) => r.row)].join('\n'))
          } finally {
            await client.end()
          }
        } finally {
          await made.drop()
        }
        expect(shown.slice(from).join('\n')).toBe('')
      })
  })

  test.skipIf(only !== undefined)('enough of them', () => {
    expect(probes).toBeGreaterThanOrEqual(175)
  })
}
