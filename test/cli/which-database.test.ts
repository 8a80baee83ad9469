/** Issue 9 F1 F2: a command never works on another database, or on other revisions, than the one that was meant. */
import { describe, expect, it } from 'vitest'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { revisionFile, sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const revisions = { 'migrations/a1.ts': revisionFile('a1', null, { up: `op.execute('create table t (id integer)')` }) }
const commands = ['upgrade head', 'downgrade base', 'current', 'stamp head', 'check', 'history -i', 'ensure-version']

async function refusedEverywhere(s: Sandbox, words: RegExp, lines: readonly string[], code: string): Promise<void> {
  for (const line of lines) {
    const done = await s.$(line)
    expect([line, done.code]).toEqual([line, 1])
    expect(done.stderr).toMatch(words)
    expect(done.stderr).toContain(`[${code}]`)
    expect(done.stderr).toContain('→')
  }
  expect(existsSync(join(s.dir, '.ambix'))).toBe(false)
}

describe('a database that nobody named (F2)', () => {
  const unset: readonly (readonly [string, string, RegExp])[] = [
    ['a variable that is not set', 'url: process.env.AMBIX_UNSET', /AMBIX_UNSET is not set/],
    ['an empty variable', `url: ''`, /`url` has no value \(it is an empty text\)/],
    ['null', 'url: null', /url must be|has no value/],
    ['a function that gives nothing', 'url: () => process.env.AMBIX_UNSET', /its function gives undefined/],
    ['an asynchronous one', `url: async () => ''`, /its function gives an empty text/],
  ]
  it.each(unset)('%s', async (_name, key, words) => {
    const s = sandbox({ files: { ...revisions, 'ambix.config.ts': `export default { ${key} }` } })
    await refusedEverywhere(s, words, commands, 'CONFIG.INVALID')
  })

  it('an environment whose URL is not set is not the other database', async () => {
    const s = sandbox({
      files: {
        ...revisions,
        'ambix.config.ts': `export default { url: 'sqlite:main.db', environments: { staging: { url: process.env.STAGING_URL } } }`,
      },
    })
    await refusedEverywhere(
      s,
      /STAGING_URL is not set/,
      commands.map((c) => `-n staging ${c}`),
      'CONFIG.INVALID',
    )
    expect(existsSync(join(s.dir, 'main.db'))).toBe(false)
    expect((await s.$('upgrade head')).stderr).toContain('Database: sqlite:main.db\n')
  })

  it('an empty DATABASE_URL, an empty --url, no terminal', async () => {
    const s = sandbox({ config: {}, files: revisions })
    for (const line of commands) {
      expect((await s.$(line, { DATABASE_URL: '' })).stderr).toContain(
        'DATABASE_URL is in the environment, but it is empty',
      )
      expect((await s.run(...line.split(' '), '--url', '')).stderr).toContain('(--url) is empty')
    }
    await refusedEverywhere(s, /No database is named[^]*Without a terminal/, commands, 'CONFIG.INVALID')
    // A script needs no database, and the dialect is that of the embedded one.
    expect((await s.$('upgrade head --sql')).stdout).toContain('create table t (id integer);')
    expect((await s.$('heads')).code).toBe(0)
  })

  it('any key without a value; env.ts too', async () => {
    const s = sandbox({
      files: {
        ...revisions,
        'ambix.config.ts': `export default { url: 'sqlite:a.db', versionTable: process.env.AMBIX_UNSET }`,
      },
    })
    expect((await s.$('upgrade head')).stderr).toContain('versionTable has no value')
    s.write('ambix.config.ts', `export default { url: 'sqlite:a.db' }`)
    s.write(
      'migrations/env.ts',
      `export default async (c) => { c.configure({ url: process.env.AMBIX_UNSET }); await c.runMigrations() }`,
    )
    expect((await s.$('upgrade head')).stderr).toContain('context.configure: url has no value')
    s.write('migrations/env.ts', `export default async (c) => { await c.connect(process.env.AMBIX_UNSET) }`)
    expect(s.$$('upgrade head').stderr).toContain('context.connect: url has no value')
    expect(existsSync(join(s.dir, 'a.db'))).toBe(false)
  })

  it('a dialect, a driver and a URL that do not go together', async () => {
    const postgres = 'postgres://joe:hunter2@127.0.0.1:1/app'
    const wrong: readonly (readonly [Record<string, unknown>, string, string])[] = [
      [{ dialect: 'sqlite', url: postgres }, 'The dialect is sqlite', 'DATABASE.DIALECT'],
      [{ dialect: 'postgres', url: 'sqlite:a.db' }, 'The dialect is postgres', 'DATABASE.DIALECT'],
      [{ driver: 'pg', url: 'sqlite:a.db' }, 'The driver pg does not open sqlite: URLs', 'DATABASE.DIALECT'],
      [{ driver: 'pglite', url: postgres }, 'The driver pglite does not open postgres: URLs', 'DATABASE.DIALECT'],
      [{ dialect: 'oracle', url: postgres }, 'There is no dialect named oracle', 'DATABASE.DIALECT'],
      [{ url: 'postgres:/joe:hunter2@127.0.0.1/app' }, 'two slashes', 'DATABASE.URL'],
    ]
    for (const [config, words, code] of wrong) {
      const s = sandbox({ config, files: revisions })
      const { stderr, code: exit } = await s.$('upgrade head')
      expect([exit, stderr]).toEqual([1, expect.stringContaining(words)])
      expect(stderr).toContain(`[${code}]`)
      expect(stderr).not.toContain('hunter2')
    }
  })

  it('a database in memory is gone with the command, and that is said', async () => {
    const s = sandbox({ url: 'sqlite::memory:', files: revisions })
    expect((await s.$('upgrade head')).stderr).toContain('this database is in memory')
  })
})

describe('a folder of revisions that is not there (F1)', () => {
  const all = ['heads', 'branches', 'history', 'show head', 'merge', 'edit head', 'repair', 'rebase a --onto b']
  it('is an error for every command that reads it', async () => {
    const s = sandbox({ url: 'sqlite:a.db', config: { migrations: './migratoins' }, files: revisions })
    await refusedEverywhere(
      s,
      /The folder of the revisions does not exist: migratoins[^]*Did you mean migrations\?/,
      [...all, ...commands.filter((c) => c !== 'ensure-version')],
      'FILES.READ',
    )
    await refusedEverywhere(s, /does not exist/, ['upgrade head --sql', 'stamp head --sql'], 'FILES.READ')
    expect(existsSync(join(s.dir, 'migratoins'))).toBe(false)
  })

  it('also the default one, and one of several; revision makes it', async () => {
    const s = sandbox({ url: 'sqlite:a.db' })
    expect((await s.$('upgrade head')).stderr).toContain('and this is the default')
    expect((await s.$('current --check-heads')).code).toBe(1)
    expect((await s.$('revision -m first --rev-id a1')).code).toBe(0)
    expect((await s.$('upgrade head')).code).toBe(0)
    s.write('ambix.config.json', JSON.stringify({ url: 'sqlite:a.db', migrations: ['./migrations', './more'] }))
    expect((await s.$('heads')).stderr).toContain('does not exist: more')
  })
})
