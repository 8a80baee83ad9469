/** Rows E1-E28 of specs/alembic.md: what env.ts and the configuration may say of a run. SQLite files, so that nothing is needed. */
import { spawnSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import { revisionFile, sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const table = (name: string): string => `op.execute('create table ${name} (id integer primary key)')`
const dropped = (name: string): string => `op.execute('drop table ${name}')`
const two = {
  'migrations/a1.ts': revisionFile('a1', null, { up: table('one'), down: dropped('one'), message: 'first' }),
  'migrations/b2.ts': revisionFile('b2', 'a1', { up: table('two'), down: dropped('two'), message: 'second' }),
}

function env(body: string, files: Readonly<Record<string, string>> = two): Sandbox {
  return sandbox({
    url: 'sqlite:main.db',
    files: {
      ...files,
      'migrations/env.ts':
        `import type { EnvironmentContext } from 'ambix'\nimport { appendFileSync } from 'node:fs'\n\nconst log = (text: string): void => appendFileSync('LOG', text + '\\n')\nexport default async function env(context: EnvironmentContext): Promise<void> {\n${body}\n}\n`.replace(
          "'LOG'",
          "new URL('../log.txt', import.meta.url)",
        ),
    },
  })
}

function tables(s: Sandbox, file = 'main.db'): string[] {
  const db = new DatabaseSync(join(s.dir, file))
  try {
    return db
      .prepare(
        `select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '%history%' order by 1`,
      )
      .all()
      .map((r) => String(r['name']))
  } finally {
    db.close()
  }
}

describe('env.ts', () => {
  it('E1 F13: configure runs several databases in one command', async () => {
    const s = env(
      `  for (const name of ['main', 'logs']) {\n    context.configure({ url: \`sqlite:\${name}.db\` })\n    await context.runMigrations({ database: name })\n  }`,
    )
    expect((await s.$('upgrade head')).code).toBe(0)
    expect(tables(s)).toEqual(['ambix_version', 'one', 'two'])
    expect(tables(s, 'logs.db')).toEqual(['ambix_version', 'one', 'two'])
    const shown = JSON.parse((await s.$('current --json')).stdout) as { rows: string[] }[]
    expect(shown.map((r) => r.rows)).toEqual([['b2'], ['b2']])
    expect(JSON.parse((await s.$('downgrade base --json')).stdout)).toHaveLength(2)
    expect(tables(s, 'logs.db')).toEqual(['ambix_version'])
  })

  it('E1: a connection that env.ts opened itself, and one of another URL', async () => {
    const s = env(
      `  const connection = await context.connect('sqlite:other.db')\n  context.configure({ connection })\n  await context.runMigrations()`,
    )
    expect((await s.$('upgrade head')).code).toBe(0)
    expect(tables(s, 'other.db')).toContain('two')
  })

  it('E1: a client of a driver package instead of a connection is told in words, with how to get one', async () => {
    for (const raw of ['new pg.Client()', '{} as never', 'null as never']) {
      const s = env(
        `  const pg = { Client: class { query(): void {} } } as never as { Client: new () => never }\n  context.configure({ connection: ${raw} })\n  await context.runMigrations()`,
      )
      for (const command of ['current', 'upgrade', 'stamp a1'])
        expect(await s.$(command), `${command} ${raw}`).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/not a connection of ambix \[CONFIG\.INVALID\][^]*await pg\.open\(url/),
        })
    }
  })

  it('E2 transactionalDdl false: what ran before a failure stays, statement by statement', async () => {
    const files = {
      'migrations/a1.ts': revisionFile('a1', null, { up: `${table('one')}\n  op.execute('create tabel x (id)')` }),
    }
    const whole = env('  context.configure()\n  await context.runMigrations()', files)
    expect((await whole.$('upgrade')).code).toBe(1)
    expect(tables(whole)).not.toContain('one')
    const single = env('  context.configure({ transactionalDdl: false })\n  await context.runMigrations()', files)
    expect((await single.$('upgrade')).code).toBe(1)
    expect(tables(single)).toContain('one')
  })

  it('E3 transactionPerMigration: by default a transaction each; one for all when asked', async () => {
    const files = { ...two, 'migrations/b2.ts': revisionFile('b2', 'a1', { up: `op.execute('create tabel x (id)')` }) }
    const each = env('  context.configure()\n  await context.runMigrations()', files)
    await each.$('upgrade')
    expect(tables(each)).toContain('one')
    const all = env('  context.configure({ transactionPerMigration: false })\n  await context.runMigrations()', files)
    await all.$('upgrade')
    expect(tables(all)).not.toContain('one')
    expect((await all.$('upgrade --sql')).stdout.match(/^BEGIN/gm)).toHaveLength(1)
  })

  it('E4 autocommitBlock: its SQL stands outside of every transaction, offline too', async () => {
    const s = env(
      '  context.configure({ dialect: "postgres", url: "postgres://nobody@127.0.0.1:1/x" })\n  await context.runMigrations()',
      {
        'migrations/a1.ts': revisionFile('a1', null, {
          up: `op.execute('create table t ()')\n  op.autocommitBlock(() => op.execute('vacuum t'))\n  op.execute('create table u ()')`,
        }),
      },
    )
    const { stdout } = await s.$('upgrade head --sql')
    // At the beginning of a line: the journal has the plan as text.
    const lines = stdout.split('\n')
    const [first, vacuum, last] = ['create table t ();', 'vacuum t;', 'create table u ();'].map((l) => lines.indexOf(l))
    const between = (from: number, to: number): string[] =>
      lines.slice(from, to).filter((l) => l === 'BEGIN;' || l === 'COMMIT;')
    expect(first).toBeGreaterThan(0)
    expect(between(first!, vacuum!)).toEqual(['COMMIT;'])
    expect(between(vacuum!, last!)).toEqual(['BEGIN;'])
  })

  it('E6 output: env.ts takes the script', async () => {
    const s = env(`  context.configure({ output: (text) => log(text) })\n  await context.runMigrations()`)
    const done = await s.$('upgrade head --sql')
    expect(done).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(s.read('log.txt')).toContain('create table two')
  })

  it('E7 values are bound online and literal offline', async () => {
    const up = `op.execute('create table t (a text, b integer)')\n  op.execute('insert into t values (:a, :b)', [{ a: "it's", b: 1 }, { a: null, b: 2 }])`
    const s = env('  context.configure()\n  await context.runMigrations()', {
      'migrations/a1.ts': revisionFile('a1', null, { up }),
    })
    expect((await s.$('upgrade head --sql')).stdout).toContain(`insert into t values ('it''s', 1);`)
    expect((await s.$('upgrade head')).code).toBe(0)
    const db = new DatabaseSync(join(s.dir, 'main.db'))
    expect(
      db
        .prepare('select a, b from t order by b')
        .all()
        .map((r) => ({ ...r })),
    ).toEqual([
      { a: "it's", b: 1 },
      { a: null, b: 2 },
    ])
    db.close()
  })

  it('E8 startingRevision and --tag', async () => {
    const s = env(
      `  log(String(context.tag))\n  context.configure({ startingRevision: 'a1' })\n  await context.runMigrations()`,
    )
    const { stdout } = await s.$('upgrade head --sql --tag blue')
    expect(stdout).not.toContain('create table one')
    expect(stdout).toContain('create table two')
    expect(s.read('log.txt')).toBe('blue\n')
  })

  it('E9 versionTable', async () => {
    const s = env(`  context.configure({ versionTable: 'alembic_version' })\n  await context.runMigrations()`)
    await s.$('upgrade a1')
    expect(tables(s)).toEqual(['alembic_version', 'one'])
    expect((await s.$('current')).stdout).toBe('a1, first\n')
  })

  it('E17 onVersionApply: in the step’s transaction; what it throws undoes the step', async () => {
    const s = env(
      `  context.configure({ onVersionApply: [(a) => log(a.direction + ' ' + a.revision + ' ' + a.from.join() + '>' + a.to.join()), (a) => { if (a.revision === 'b2' && context.x['fail'] !== undefined) throw new Error('no b2 today') }] })\n  await context.runMigrations()`,
    )
    const failed = await s.$('upgrade head -x fail')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('no b2 today')
    expect(tables(s)).toEqual(['ambix_version', 'one'])
    expect((await s.$('upgrade head')).code).toBe(0)
    await s.$('downgrade a1')
    expect(s.read('log.txt')).toBe('upgrade a1 >a1\nupgrade b2 a1>b2\nupgrade b2 a1>b2\ndowngrade b2 b2>a1\n')
  })

  it('C4 E24 E25: -x arguments, arguments to upgrade, what the context knows', async () => {
    const s = env(
      `  log(JSON.stringify([context.x, context.command, context.isOffline(), context.heads(), context.head(), context.destination]))\n  context.configure()\n  await context.runMigrations({ data: context.x['data'] === 'true' })`,
      {
        'migrations/a1.ts': `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op, args) {\n  op.execute('create table one (id integer)')\n  if (args.data) op.execute('insert into one values (7)')\n}\n`,
      },
    )
    expect((await s.$('-x data=false -x data=true -x flag upgrade head -x a=b=c')).code).toBe(0)
    expect(JSON.parse(s.read('log.txt'))).toEqual([
      { data: 'true', flag: '', a: 'b=c' },
      'upgrade',
      false,
      ['a1'],
      'a1',
      'head',
    ])
    const db = new DatabaseSync(join(s.dir, 'main.db'))
    expect(db.prepare('select id from one').all()).toHaveLength(1)
    db.close()
  })

  it('an env.ts that throws, does nothing, or exports nothing', async () => {
    const s = env(`  throw new Error('no settings')`)
    expect((await s.$('upgrade')).stderr).toContain('no settings')
    s.write('migrations/env.mjs', '')
    const lazy = env('  context.configure()')
    expect((await lazy.$('upgrade')).stderr).toContain('never called context.runMigrations()')
    const none = sandbox({ url: 'sqlite:main.db', files: { ...two, 'migrations/env.ts': 'export const a = 1\n' } })
    expect((await none.$('upgrade')).stderr).toContain('must export a function as its default')
  })

  it('an option that configure does not have is named, and a place in env.ts where it throws', async () => {
    const s = env(`  context.configure({ versionTabel: 'x' } as object)\n  await context.runMigrations()`)
    expect((await s.$('upgrade')).stderr).toMatch(
      /env\.ts: context\.configure has no option versionTabel \[CONFIG\.INVALID\]\n {2}→ Did you mean versionTable\?/,
    )
    const thrown = env(`  context.configure()\n  throw new Error('no settings')`)
    expect((await thrown.$('upgrade')).stderr).toContain('no settings (migrations/env.ts:7)')
  })

  it('E26 E28: two upgrades of two databases at once in one process, inside a running event loop', async () => {
    const s = sandbox({ files: two })
    const run = (name: string): ReturnType<typeof upgrade> =>
      upgrade({ root: s.dir, url: `sqlite:${s.dir}/${name}.db` }, 'head')
    const [left, right] = await Promise.all([run('left'), run('right')])
    expect([left[0]!.to, right[0]!.to]).toEqual([['b2'], ['b2']])
    expect(left[0]!.applied.map((a) => a.revision)).toEqual(['a1', 'b2'])
    expect(tables(s, 'left.db')).toEqual(tables(s, 'right.db'))
  })

  it.each([
    ['an error', `throw new Error('no settings')`, 1],
    ['success', `context.configure()\n  await context.runMigrations()`, 0],
  ])('the process ends after %s, whatever socket env.ts left open', (_, body, code) => {
    const s = env(`  const { createServer } = await import('node:net')\n  createServer().listen(0)\n  ${body}`)
    const program = new URL('./program.mjs', import.meta.url).pathname
    const done = spawnSync(process.execPath, [program, 'upgrade', '--sql'], {
      cwd: s.dir,
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    })
    expect([done.status, done.signal]).toEqual([code, null])
    expect(code === 0 ? done.stdout : done.stderr).toContain(code === 0 ? 'create table two' : 'no settings')
  })

  it.each([
    [
      'a file that is being written',
      `import('node:fs').then(({ writeFile }) => writeFile('left.txt', 'done', () => {}))`,
    ],
    ['a timer', `setTimeout(() => require('node:fs').writeFileSync('left.txt', 'done'), 20)`],
    [
      'a listener',
      `const { process: own } = globalThis; own.once('beforeExit', () => require('node:fs').writeFileSync('left.txt', 'done'))`,
    ],
  ])('what env.ts left to be done comes to its end: %s', (_, body) => {
    const s = env(
      `  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)\n  ${body}\n  await context.runMigrations()`,
    )
    const program = new URL('./program.mjs', import.meta.url).pathname
    const done = spawnSync(process.execPath, [program, 'upgrade', '--sql'], { cwd: s.dir, encoding: 'utf8' })
    expect([done.status, done.stdout.includes('create table two'), s.read('left.txt')]).toEqual([0, true, 'done'])
  })

  it('E27: a run leaves the process as it was', async () => {
    const s = sandbox({ files: two })
    const before = [process.listenerCount('SIGINT'), process.listenerCount('uncaughtException'), console.log]
    await upgrade({ root: s.dir, url: `sqlite:${s.dir}/a.db` }, 'head')
    expect([process.listenerCount('SIGINT'), process.listenerCount('uncaughtException'), console.log]).toEqual(before)
  })
})
