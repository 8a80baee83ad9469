/** As a library: commands as functions, `ambix/testing`, and the whole command line inside another program. */
import { spawnSync } from 'node:child_process'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { ambixCommand } from '../../src/commander.ts'
import { check } from '../../src/commands/check.ts'
import type { Config } from '../../src/config/config.ts'
import { current } from '../../src/commands/current.ts'
import { branches, heads, show } from '../../src/commands/heads.ts'
import { history } from '../../src/commands/history.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { stamp } from '../../src/commands/stamp.ts'
import { pg } from '../../src/drivers/pg.ts'
import { pglite } from '../../src/drivers/pglite.ts'
import * as runtime from '../../src/runtime.ts'
import { integer, text } from '../../src/schema.ts'
import { migrationTests } from '../../src/testing.ts'
import { ambixYargs } from '../../src/yargs.ts'
import { insertSchema, selectSchema } from '../../src/zod.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { revisionFile, sandbox } from './sandbox.ts'

const files = {
  'migrations/a1.ts': revisionFile('a1', null, {
    head: "import { integer } from 'ambix/schema'",
    up: `op.createTable('users', { id: integer().primaryKey() })`,
    down: `op.dropTable('users')`,
  }),
  'migrations/b2.ts': revisionFile('b2', 'a1', {
    head: "import { text } from 'ambix/schema'",
    up: `op.addColumn('users', 'name', text())`,
    down: `op.dropColumn('users', 'name')`,
  }),
  'src/schema.ts': `import { table, integer, text } from 'ambix/schema'\nexport const users = table('users', { id: integer().primaryKey(), name: text() })\n`,
}

describeLive('commands as functions', () => {
  it('C10 K15: upgrade at an app’s start, two databases at once', async () => {
    const [a, b] = [await freshDatabase(), await freshDatabase()]
    const s = sandbox({ files })
    const config = (url: string): object => ({ root: s.dir, url })
    const steps: string[] = []
    const [left, right] = await Promise.all([
      upgrade(config(a.url), 'head', { onStep: (e) => steps.push(`${e.phase} ${e.revision}`) }),
      upgrade(config(b.url), 'a1'),
    ])
    expect(left[0]).toMatchObject({ from: [], to: ['b2'] })
    expect(right[0]).toMatchObject({ from: [], to: ['a1'] })
    expect(steps.filter((t) => t.startsWith('done'))).toEqual(['done a1', 'done b2'])
    expect(await current(config(a.url))).toMatchObject([{ rows: ['b2'], atHeads: true }])
    expect(await check(config(a.url))).toMatchObject([{ differences: [], atHeads: true }])
    expect(await downgrade(config(a.url))).toMatchObject([{ to: ['a1'] }])
    await expect(upgrade(config(a.url), 'nosuch')).rejects.toMatchObject({ code: 'REVISION.UNKNOWN' })
  })

  it.each(['a server', 'PGlite'])(
    'K3 E5: a connection of one’s own (%s) is used and stays open; one in a transaction is refused untouched',
    async (place) => {
      const s = sandbox({ files })
      const url = place === 'PGlite' ? 'pglite:memory' : (await freshDatabase()).url
      const connection = await (place === 'PGlite' ? pglite : pg).open(url, { projectDir: s.dir })
      try {
        expect(await upgrade({ root: s.dir, url }, 'a1', { connection })).toMatchObject([{ to: ['a1'] }])
        await connection.query('begin')
        await connection.query('create table mine ()')
        await expect(upgrade({ root: s.dir, url }, 'b2', { connection })).rejects.toMatchObject({
          code: 'CONFIG.INVALID',
          message: 'The connection that was given is in a transaction',
        })
        await connection.query('rollback')
        expect(await current({ root: s.dir, url }, { connection })).toMatchObject([{ rows: ['a1'] }])
        expect(await connection.query("select to_regclass('mine') as name")).toEqual([{ name: null }])
        expect(await upgrade({ root: s.dir, url }, 'b2', { connection })).toMatchObject([{ to: ['b2'] }])
      } finally {
        await connection.close()
      }
    },
  )

  it('ambix/testing: all pass for a good project with branches, one after the other in one database', async () => {
    const s = sandbox({
      url: 'sqlite:unused.db',
      files: {
        ...files,
        'migrations/c3.ts': revisionFile('c3', 'a1', {
          up: `op.createEnum('mood', ['good'])`,
          down: `op.dropEnum('mood')`,
        }),
        'migrations/d4.ts': revisionFile('d4', ['b2', 'c3'], {
          up: `op.dropEnum('mood')`,
          down: `op.createEnum('mood', ['good'])`,
        }),
        'migrations/e5.ts': revisionFile('e5', null, {
          up: `op.execute('create table raw ()')\n  op.execute('drop table raw')`,
          down: '',
        }),
        'migrations/f6.ts': revisionFile('f6', ['d4', 'e5'], { down: '' }),
      },
    })
    const { url } = await freshDatabase()
    for (const t of migrationTests({ file: `${s.dir}/ambix.config.json` }, { url })) await t.run()
    const config = { root: s.dir, url }
    expect(await current(config)).toMatchObject([{ rows: [] }])
    await upgrade(config, 'a1')
    const [, applies] = migrationTests({ file: `${s.dir}/ambix.config.json` }, { url })
    await expect(applies!.run()).rejects.toMatchObject({
      code: 'CONFIG.INVALID',
      message: 'The database for the tests is not empty',
    })
    expect(await current(config)).toMatchObject([{ rows: ['a1'] }])
  })

  it('ambix/testing: a project on SQLite needs no database at all', async () => {
    const s = sandbox({ url: 'sqlite:unused.db', files })
    for (const t of migrationTests({ file: `${s.dir}/ambix.config.json` })) await t.run()
    expect(s.files('.').filter((f) => f.endsWith('.db'))).toEqual([])
  })

  it('ambix/testing: each finds what it is there for', async () => {
    const failing = async (changes: Readonly<Record<string, string>>, name: RegExp): Promise<unknown> => {
      const s = sandbox({ url: 'sqlite:unused.db', files: { ...files, ...changes } })
      const { url } = await freshDatabase()
      const t = migrationTests({ file: `${s.dir}/ambix.config.json` }, { url }).find((x) => name.test(x.name))!
      return t.run().then(
        () => undefined,
        (error: unknown) => error,
      )
    }
    expect(await failing({ 'migrations/c3.ts': revisionFile('c3', 'a1') }, /single head/)).toMatchObject({
      code: 'REVISION.MULTIPLE_HEADS',
    })
    expect(
      await failing({ 'migrations/c3.ts': revisionFile('c3', 'b2', { up: `op.execute('no sql')` }) }, /applies/),
    ).toMatchObject({ code: 'DATABASE.STATEMENT' })
    expect(await failing({ 'migrations/b2.ts': revisionFile('b2', 'a1', { down: '' }) }, /models say/)).toMatchObject({
      code: 'DIFF.NOT_VERIFIED',
    })
    expect(
      await failing(
        { 'migrations/b2.ts': files['migrations/b2.ts'].replace("op.dropColumn('users', 'name')", '') },
        /undoes/,
      ),
    ).toMatchObject({ code: 'DIFF.NOT_VERIFIED' })
    expect(
      await failing(
        {
          'migrations/a1.ts': files['migrations/a1.ts'].replace(
            "op.dropTable('users')",
            "op.execute('alter table users rename to old')",
          ),
        },
        /no trace/,
      ),
    ).toMatchObject({ code: 'DIFF.NOT_VERIFIED' })
    expect(
      await failing(
        {
          'src/posts.ts': `import { table, integer } from 'ambix/schema'\nexport const posts = table('posts', { id: integer() })\n`,
        },
        /registered/,
      ),
    ).toMatchObject({ code: 'SCHEMA.INVALID', message: expect.stringContaining('posts') as unknown })
  })

  it('ambix/testing from node:test', async () => {
    const { url } = await freshDatabase()
    const testing = new URL('../../src/testing.ts', import.meta.url).href
    const s = sandbox({
      url: 'sqlite:unused.db',
      files: {
        ...files,
        'all.test.mjs': `import { test } from 'node:test'\nimport { migrationTests } from ${JSON.stringify(testing)}\nfor (const t of migrationTests({ file: new URL('ambix.config.json', import.meta.url).pathname }, { url: ${JSON.stringify(url)} })) test(t.name, t.run)\n`,
      },
    })
    const done = spawnSync(process.execPath, ['--test', 'all.test.mjs'], {
      cwd: s.dir,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NODE_OPTIONS: undefined },
    })
    expect(done.stdout + done.stderr).toMatch(/pass 6\b/)
    expect(done.status).toBe(0)
  })
})

describe('without a server', () => {
  it('V31: everything that the graph knows, as data; stamp and revision as functions', async () => {
    const s = sandbox({ files: { ...files, 'migrations/c3.ts': revisionFile('c3', 'a1', { labels: ['side'] }) } })
    const config = { root: s.dir, url: `sqlite:${s.dir}/app.db` }
    expect((await heads(config)).map((r) => [r.revision, r.downRevision, r.branches])).toEqual([
      ['b2', ['a1'], []],
      ['c3', ['a1'], ['side']],
    ])
    expect((await branches(config)).map((r) => [r.revision, r.children])).toEqual([['a1', ['b2', 'c3']]])
    expect((await show(config, ['b2', 'side@head'])).map((r) => r.file)).toEqual(
      ['b2', 'c3'].map((id) => `${s.dir}/migrations/${id}.ts`),
    )
    const ids = async (range: string): Promise<string[]> =>
      (await history(config, { range })).revisions.map((r) => r.revision)
    expect(await ids('a1:b2')).toEqual(['b2', 'a1'])
    expect(await ids(':side@head')).toEqual(['c3', 'a1'])
    expect(await stamp(config, ['b2', 'c3'])).toMatchObject([{ from: [], to: ['b2', 'c3'] }])
    expect(await current(config)).toMatchObject([{ rows: ['b2', 'c3'], atHeads: true }])
    const [made] = await revision(config, { message: 'next', head: 'side@head', revId: 'd4', dependsOn: ['b2'] })
    expect(made).toMatchObject({ revision: 'd4', downRevision: ['c3'] })
    expect((await heads(config, { resolveDependencies: true })).map((r) => r.revision)).toEqual(['d4'])
    await expect(heads({ root: s.dir, migrations: './package.json' })).rejects.toMatchObject({ code: 'FILES.READ' })
  })

  it('models that were edited are loaded anew, with what they import; unchanged ones stay what they were', async () => {
    const model = (columns: string): string =>
      `import { table, integer, text } from 'ambix/schema'\nimport { name } from './names.ts'\nexport const t = table(name, { ${columns} })\n`
    const s = sandbox({
      files: {
        'migrations/.gitkeep': '',
        'src/names.ts': `export const name: string = 'one'\n`,
        'src/schema.ts': model('id: integer()'),
      },
    })
    const config = { root: s.dir, url: `sqlite:${s.dir}/app.db` }
    const made = async (): Promise<unknown> => {
      const [result] = await check(config)
      const [op] = result!.differences
      return op?.kind === 'createTable' ? [op.table.name, op.table.columns.map((c) => c.name)] : op
    }
    expect(await made()).toEqual(['one', ['id']])
    s.write('src/schema.ts', model('id: integer(), more: text()'))
    expect(await made()).toEqual(['one', ['id', 'more']])
    s.write('src/names.ts', `export const name: string = 'another'\n`)
    expect(await made()).toEqual(['another', ['id', 'more']])
    s.write('src/schema.ts', 'export const = 1\n')
    await expect(made()).rejects.toMatchObject({ code: 'MODULE.LOAD', data: { line: 1 } })
    s.write('src/schema.ts', model('id: integer().primaryKey()'))
    expect(await made()).toEqual(['another', ['id']])
    const counter = globalThis as { ambixLoads?: number }
    s.write('src/names.ts', `globalThis.ambixLoads = (globalThis.ambixLoads ?? 0) + 1\nexport const name = 'counted'\n`)
    await made()
    await made()
    expect(counter.ambixLoads).toBe(1)
    delete counter.ambixLoads
  })

  it('X5: operations on any connection, without a project', async () => {
    const driver = await runtime.findDriver('sqlite:memory')
    const dialect = await runtime.findDialect(driver.dialect)
    const connection = await driver.open('sqlite::memory:', { projectDir: process.cwd() })
    try {
      const operations = runtime.record((op) => {
        op.createTable('users', { id: integer().primaryKey(), name: text() })
        op.bulkInsert('users', [{ id: 1, name: "O'Hara" }])
      })
      const statements = dialect.compile(operations, runtime.emptySchema, { offline: false })
      await connection.script(statements.map((st) => st.sql))
      expect(await connection.query('select * from users')).toEqual([{ id: 1, name: "O'Hara" }])
    } finally {
      await connection.close()
    }
  })
})

describe('what a program gives that no command takes', () => {
  it.each<[string, (config: Config) => Promise<unknown>, string]>([
    ['a name as the configuration', () => heads('x' as never), 'The configuration is an object, and "x" was given'],
    ['null as the configuration', () => history(null as never), 'The configuration is an object, and null was given'],
    ['no revision', (config) => show(config, [undefined as never]), 'a string is wanted'],
    ['a number as the revision', (config) => show(config, [5 as never]), 'a string is wanted'],
  ])('%s', async (_, call, message) => {
    const { dir } = sandbox({ config: {}, files: { 'migrations/.gitkeep': '' } })
    await expect(call({ root: dir, migrations: './migrations' })).rejects.toMatchObject({
      name: 'AmbixError',
      message: expect.stringContaining(message),
    })
  })

  it('what is no table, for a schema of Zod', () => {
    expect(() => selectSchema(undefined as never)).toThrow('A declared table or view is wanted.')
    expect(() => insertSchema(integer() as never)).toThrow('A declared table or view is wanted.')
  })
})

describe('inside another program', () => {
  const app = async (run: () => Promise<unknown>): Promise<{ code: unknown }> => {
    const before = process.exitCode
    process.exitCode = undefined
    try {
      await run()
      return { code: process.exitCode }
    } finally {
      process.exitCode = before
    }
  }

  it('ambix/commander: db upgrade, db downgrade (-1), db migrate -m', async () => {
    const s = sandbox({ files })
    const config = { root: s.dir, url: `sqlite:${s.dir}/app.db` }
    const db = async (...words: string[]): Promise<unknown> =>
      (
        await app(() =>
          new Command('app')
            .enablePositionalOptions()
            .addCommand(ambixCommand(config))
            .parseAsync(['node', 'app', 'db', ...words]),
        )
      ).code
    expect(await db('upgrade')).toBe(0)
    expect(await current(config)).toMatchObject([{ rows: ['b2'] }])
    expect(await db('downgrade')).toBe(0)
    expect(await current(config)).toMatchObject([{ rows: ['a1'] }])
    expect(await db('downgrade', '-1')).toBe(0)
    expect(await current(config)).toMatchObject([{ rows: [] }])
    expect(await db('current', '-c')).toBe(2)
    expect(await db('revision', '-m', 'more', '--rev-id', 'c3', '-q')).toBe(0)
    expect(s.files()).toHaveLength(3)
    expect(await db('stamp')).toBe(0)
    expect(await current(config)).toMatchObject([{ rows: ['c3'] }])
  })

  it('ambix/commander: flags before the command, help and mistakes are told in the app’s words', () => {
    const s = sandbox({
      files: {
        ...files,
        'app.ts': `import { Command } from ${JSON.stringify(import.meta.resolve('commander'))}
import { ambixCommand } from ${JSON.stringify(new URL('../../src/commander.ts', import.meta.url).href)}
const program = new Command('app')
program.command('serve').action(() => console.log('serving'))
program.addCommand(ambixCommand({ url: 'sqlite:app.db' }))
await program.parseAsync()
`,
      },
    })
    const app = (...words: string[]): { code: number | null; stdout: string; stderr: string } => {
      const done = spawnSync(process.execPath, ['app.ts', ...words], {
        cwd: s.dir,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: undefined },
      })
      return { code: done.status, stdout: done.stdout, stderr: done.stderr }
    }
    expect(app('serve')).toEqual({ code: 0, stdout: 'serving\n', stderr: '' })
    expect(JSON.parse(app('db', '--json', 'heads').stdout)).toMatchObject([{ revision: 'b2' }])
    expect(app('db', '--help').stdout).toContain('Usage: app db <command> [options]')
    expect(app('db', 'upgrade', '--help').stdout).toContain('Example: app db upgrade head')
    expect(app('db', 'upgrad')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('→ Did you mean: app db upgrade\n  → All commands: app db --help'),
    })
    expect(app('db', 'upgrade', '-x', 'a=b', '-v').stderr).toMatch(
      /^Configuration: given in code\nDatabase: sqlite:app\.db\nRunning upgrade/,
    )
    expect(app('db', 'history', '-r-0:').code).toBe(1)
    expect(app('db', 'history', '-r', ':a1').stdout).toBe('<base> -> a1, the revision a1\n')
  })

  it('ambix/yargs: the words as they were typed', async () => {
    const s = sandbox({ files })
    const config = { root: s.dir, url: `sqlite:${s.dir}/app.db` }
    const argv = process.argv
    const db = async (...words: string[]): Promise<unknown> => {
      process.argv = ['node', 'app', 'db', ...words]
      try {
        return (await app(() => ambixYargs(config).handler({ $0: 'app' }))).code
      } finally {
        process.argv = argv
      }
    }
    expect(ambixYargs(config)).toMatchObject({ command: 'db [words..]' })
    expect(await db('upgrade', '+2')).toBe(0)
    expect(await db('downgrade', '-1')).toBe(0)
    expect(await current(config)).toMatchObject([{ rows: ['a1'] }])
    expect(await db('nonsense')).toBe(1)
  })
})
