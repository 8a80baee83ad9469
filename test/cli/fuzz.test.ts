/** Any command with any options, on any state of project and database: a coded error or a result, never an internal one (issue 9, H3). */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { OptionSpec } from '../../src/cli/args.ts'
import { globalOptions } from '../../src/cli/args.ts'
import { commandSpecs } from '../../src/cli/specs.ts'
import { type Outcome, revisionFile, sandbox, type Sandbox } from './sandbox.ts'

/** Another seed and count by AMBIX_FUZZ=SEED:COUNT. */
const [seed = 1, count = 160] = (process.env['AMBIX_FUZZ'] ?? '').split(':').filter(Boolean).map(Number)

/** Mulberry32: a number from 0 up to `below`, from a state of 32 bits. */
function chooser(start: number): <T>(list: readonly T[]) => T {
  let state = start >>> 0
  return (list) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return list[((t ^ (t >>> 14)) >>> 0) % list.length]!
  }
}

const url = 'sqlite:app.db'
const create = "op.createTable('t', { id: integer().primaryKey() })"
const head = "import { integer } from 'ambix/schema'"
const first = revisionFile('aa11', null, { up: create, down: "op.dropTable('t')", head })
const second = revisionFile('bb22', 'aa11', { up: "op.addColumn('t', 'n', integer())", head })
const third = revisionFile('cc33', 'aa11', { up: "op.execute('select 1')", labels: ['side'] })
const schema = {
  'schema.ts': `${head.replace('integer', 'integer, table')}\nexport const t = table('t', { id: integer().primaryKey() })\n`,
}
const line = { 'migrations/a1.ts': first, 'migrations/b2.ts': second, ...schema }
const config = { url, schema: './schema.ts' }
const alone = `op.withoutTransaction(() => { op.execute('create table h (id int)'); op.execute('create nonsense') })`

const states: Readonly<Record<string, () => Promise<Sandbox> | Sandbox>> = {
  'an empty folder': () => sandbox(),
  'no revisions': () => sandbox({ config: { ...config, migrations: './nosuch' }, files: schema }),
  'a config that throws': () => sandbox({ files: { ...line, 'ambix.config.ts': 'throw new Error("no")' } }),
  'a config that does not parse': () => sandbox({ files: { ...line, 'ambix.config.json': '{ "url": ' } }),
  'a config of the wrong kind': () => sandbox({ files: { ...line, 'ambix.config.ts': 'export default 5' } }),
  'a revision that does not parse': () =>
    sandbox({ config, files: { ...line, 'migrations/c3.ts': third.replace('{', '((') } }),
  'a schema that does not load': () => sandbox({ config, files: { ...line, 'schema.ts': 'import "./nosuch.ts"' } }),
  'nothing applied': () => sandbox({ config, files: line }),
  'all applied': async () => {
    const s = sandbox({ config, files: line })
    await s.$('upgrade head')
    return s
  },
  'several heads': () => sandbox({ config, files: { ...line, 'migrations/c3.ts': third } }),
  'a missing parent': () => sandbox({ config, files: { 'migrations/b2.ts': second, ...schema } }),
  'a revision that nobody knows': async () => {
    const s = sandbox({ config, files: { ...line, 'migrations/c3.ts': third } })
    await s.$('upgrade cc33')
    s.write('migrations/c3.ts', revisionFile('dd44', 'aa11', {}))
    return s
  },
  'a revision that is half run': async () => {
    const s = sandbox({ config, files: { ...line, 'migrations/d4.ts': revisionFile('dd44', 'bb22', { up: alone }) } })
    await s.$('upgrade head')
    return s
  },
  'no database there': () =>
    sandbox({ config: { ...config, url: 'postgres://nobody:secret@127.0.0.1:1/x' }, files: line }),
  'a database in a folder that is not there': () =>
    sandbox({ config: { ...config, url: 'sqlite:no/such/app.db' }, files: line }),
  'a file that is no database': () =>
    sandbox({ config, files: { ...line, 'app.db': 'this is no database, but it is longer than its header' } }),
  'a file where the folder should be': () => sandbox({ config, files: { ...schema, migrations: 'a file' } }),
  'a folder that cannot be made': () =>
    sandbox({ config: { ...config, migrations: '/dev/null/migrations' }, files: schema }),
  'a version table of another kind': () => {
    const s = sandbox({ config, files: line })
    const database = new DatabaseSync(join(s.dir, 'app.db'))
    database.exec('create view ambix_version as select 1 as x')
    database.close()
    return s
  },
  'another URL than the dialect': () => sandbox({ config: { ...config, dialect: 'mysql' }, files: line }),
}

const words = [
  'head',
  'heads',
  'base',
  'aa11',
  'bb22',
  'cc33',
  'zz99',
  'a',
  '+1',
  '-1',
  'aa11:bb22',
  ':',
  'side@head',
  'current',
  '',
  'x',
  './nosuch.json',
  'schema.ts',
  'ts',
  'sql',
  'json',
  '0',
  '5',
  'prisma',
  '__proto__',
  'ünï',
  'a b',
]

// The page of `studio` stays open, and `edit` opens an editor: both have tests of their own.
const commands = commandSpecs.filter((c) => c.name !== 'studio' && c.name !== 'edit')
const never = new Set(['config', 'help', 'version', 'url', 'raiseerr', 'lock-wait'])

function commandLine(pick: ReturnType<typeof chooser>): string[] {
  const command = pick(commands)
  const options = [...command.options, ...globalOptions].filter((o) => !never.has(o.name))
  const option = (o: OptionSpec): string[] => {
    const name = o.name.length === 1 ? `-${o.name}` : `--${o.name}`
    return o.value === undefined ? [name] : [name, pick([...o.value.split('|'), ...words])]
  }
  const argv = [command.name]
  for (let n = pick([0, 1, 1, 2]); n > 0; n--)
    if (command.positionals.length > 0 || pick([false, false, true])) argv.push(pick(words))
  for (let n = pick([0, 0, 1, 1, 2, 3]); n > 0 && options.length > 0; n--) argv.push(...option(pick(options)))
  if (pick([true, false])) argv.push('--json')
  return argv
}

function complaint({ code, stdout, stderr }: Outcome, json: boolean): string | undefined {
  if (![0, 1, 2, 3].includes(code)) return `it ended with ${code}`
  if (/internal error|\n\s+at .+:\d+/.test(stderr + stdout)) return 'it has an internal error'
  if (/secret/.test(stderr + stdout)) return 'it says a password'
  if (code === 1 && json) {
    try {
      const { error } = JSON.parse(stdout) as { error: { code: string; next: unknown[] } }
      if (error.code === 'INTERNAL' || error.next.length === 0) return 'its error says nothing'
    } catch {
      return 'its error is no JSON'
    }
  }
  return code === 1 && !json && !/\[[A-Z_]+\.[A-Z_]+\]|Usage|warning:|^.+:\d+/.test(stderr)
    ? 'its error has no code'
    : undefined
}

test(`${count} command lines, from seed ${seed}`, { timeout: 600_000 }, async () => {
  const pick = chooser(seed)
  const found: string[] = []
  for (let i = 0; i < count; i++) {
    const state = pick(Object.keys(states))
    const argv = commandLine(pick)
    const s = await states[state]!()
    const outcome = await s.run(...argv)
    const problem = complaint(outcome, argv.includes('--json'))
    if (problem !== undefined)
      found.push(
        `${problem}: ${argv.map((w) => JSON.stringify(w)).join(' ')} (${state})\n${outcome.code} ${outcome.stdout.slice(0, 600)}\n${outcome.stderr.slice(0, 1500)}`,
      )
  }
  expect(found.join('\n\n')).toBe('')
})
