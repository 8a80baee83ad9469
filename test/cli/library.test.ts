/** As a library: commands as functions, `ambix/testing`, and the whole command line inside another program. */
import { spawnSync } from 'node:child_process'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { ambixCommand } from '../../src/commander.ts'
import { check } from '../../src/commands/check.ts'
import { current } from '../../src/commands/current.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { pg } from '../../src/drivers/pg.ts'
import { migrationTests } from '../../src/testing.ts'
import { ambixYargs } from '../../src/yargs.ts'
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

  it('K3 E5: a connection of one’s own is used and stays open; one in a transaction is refused untouched', async () => {
    const { url } = await freshDatabase()
    const s = sandbox({ files })
    const connection = await pg.open(url, { projectDir: s.dir })
    try {
      expect(await upgrade({ root: s.dir, url }, 'a1', { connection })).toMatchObject([{ to: ['a1'] }])
      await connection.query('begin')
      await connection.query('create table mine ()')
      await expect(upgrade({ root: s.dir, url }, 'b2', { connection })).rejects.toMatchObject({
        code: 'CONFIG.INVALID',
        message: 'The connection that was given is in a transaction',
      })
      await connection.query('rollback')
      expect(await current({ root: s.dir, url })).toMatchObject([{ rows: ['a1'] }])
      expect(await connection.query("select to_regclass('mine') as name")).toEqual([{ name: null }])
      expect(await upgrade({ root: s.dir, url }, 'b2', { connection })).toMatchObject([{ to: ['b2'] }])
    } finally {
      await connection.close()
    }
  })

  it('ambix/testing: all pass for a good project', async () => {
    const s = sandbox({ url: 'sqlite:unused.db', files })
    const names = migrationTests({ file: `${s.dir}/ambix.config.json` }).map((t) => t.name)
    for (const name of names) {
      const { url } = await freshDatabase()
      await migrationTests({ file: `${s.dir}/ambix.config.json` }, { url })
        .find((t) => t.name === name)!
        .run()
    }
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
        'all.test.mjs': `import { test } from 'node:test'\nimport { migrationTests } from ${JSON.stringify(testing)}\nfor (const t of migrationTests({ file: new URL('ambix.config.json', import.meta.url).pathname }, { url: ${JSON.stringify(url)} })) if (/single|no trace|registered/.test(t.name)) test(t.name, t.run)\n`,
      },
    })
    const done = spawnSync(process.execPath, ['--test', 'all.test.mjs'], {
      cwd: s.dir,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NODE_OPTIONS: undefined },
    })
    expect(done.stdout + done.stderr).toMatch(/pass 3\b/)
    expect(done.status).toBe(0)
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
  })

  it('ambix/yargs: the words as they were typed', async () => {
    const s = sandbox({ files })
    const config = { root: s.dir, url: `sqlite:${s.dir}/app.db` }
    const argv = process.argv
    const db = async (...words: string[]): Promise<unknown> => {
      process.argv = ['node', 'app', 'db', ...words]
      try {
        return (await app(() => ambixYargs(config).handler({}))).code
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
