/** Issue "The main job", bad input: each is a coded error with a next step; nothing is changed, no stack trace, no password. */
import { afterEach, describe, expect, it } from 'vitest'
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, cpSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describeLive, freshDatabase, server } from '../support/live.ts'
import { revisionFile, sandbox } from './sandbox.ts'
import type { Outcome, Sandbox } from './sandbox.ts'

let last: Sandbox | undefined
const open = (...args: Parameters<typeof sandbox>): Sandbox => (last = sandbox(...args))

/** What every refusal has in common. */
function refused(outcome: Outcome, code: string, exit = 1): void {
  expect(outcome.stderr).toContain(`[${code}]`)
  expect(outcome.code).toBe(exit)
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).not.toMatch(/^\s+at /m)
  expect(outcome.stderr).not.toContain('internal error')
  expect(outcome.stderr).not.toContain('hunter2')
  expect(outcome.stderr).toContain('→')
}

afterEach(async ({ task }) => {
  if (last !== undefined && task.result?.state !== 'fail') {
    await expect(last.transcript()).toMatchFileSnapshot(
      `golden/bad/${task.name.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '')}.txt`,
    )
  }
  last = undefined
})

const users = `import { table, integer } from 'ambix/schema'\nexport const users = table('users', { id: integer().primaryKey() })\n`
/** SQLite in a file: a database that needs no server, where only the command line's own words are looked at. */
const nowhere = { url: 'postgres://joe:hunter2@127.0.0.1:1/app' }

describe('configuration', () => {
  it('no config', async () => {
    const s = open()
    refused(await s.$('upgrade head'), 'CONFIG.NOT_FOUND')
    refused(await s.$('-c nowhere.ts current'), 'CONFIG.NOT_FOUND')
  })

  it('a config that throws', async () => {
    const s = open({ files: { 'ambix.config.ts': `export const a: number = 1\nthrow new Error('no such setting')\n` } })
    refused(await s.$('current'), 'CONFIG.INVALID')
  })

  it('a config that does not parse', async () => {
    const s = open({ files: { 'ambix.config.ts': `export default {\n  schema: './a.ts',\n  oops oops\n}\n` } })
    refused(await s.$('current'), 'CONFIG.INVALID')
  })

  it('a config with mistakes', async () => {
    const s = open({ config: { shema: './a.ts' } })
    refused(await s.$('current'), 'CONFIG.INVALID')
    s.write('ambix.config.json', '{ "slugLength": "many" }')
    refused(await s.$('current'), 'CONFIG.INVALID')
    s.write('ambix.config.json', '{ "schema": ')
    refused(await s.$('current'), 'CONFIG.INVALID')
    s.write('ambix.config.json', '{}')
    refused(await s.$('-n staging current'), 'CONFIG.ENVIRONMENT')
    s.write('ambix.config.json', '{ "environments": { "test": {} } }')
    refused(await s.$('-n staging current'), 'CONFIG.ENVIRONMENT')
  })
})

describeLive('the schema', () => {
  const schemas: readonly (readonly [string, string, string])[] = [
    ['a schema module that throws', `throw new Error('no users today')\n`, 'MODULE.LOAD'],
    ['a schema module that does not parse', `export const users = = 1\n`, 'MODULE.LOAD'],
    ['a schema module that exports no table', `export const nothing = 1\n`, 'SCHEMA.EMPTY'],
    [
      'two tables of one name',
      `${users}export const again = table('users', { id: integer().primaryKey() })\n`,
      'SCHEMA.DUPLICATE',
    ],
    [
      'a foreign key to nothing',
      `import { table, integer, foreignKey } from 'ambix/schema'\nexport const posts = table('posts', { id: integer().primaryKey(), author: integer() }, () => [foreignKey().on('author').references('authors', 'id')])\n`,
      'SCHEMA.UNKNOWN_REFERENCE',
    ],
    ['a name over 63 bytes', users.replace("'users'", `'${'u'.repeat(64)}'`), 'SCHEMA.NAME_TOO_LONG'],
  ]
  it.each(schemas)('%s', async (_name, text, code) => {
    const { url } = await freshDatabase()
    const s = open({ url, files: { 'src/schema.ts': text, 'migrations/.gitkeep': '' } })
    refused(await s.$('revision --autogenerate -m "first"'), code)
    refused(await s.$('check'), code)
    expect(s.files()).toEqual(['.gitkeep'])
  })

  it('a name over 63 bytes in DDL', async () => {
    const { url } = await freshDatabase()
    const s = open({
      url,
      config: { schema: './schema.sql' },
      files: {
        'migrations/.gitkeep': '',
        'schema.sql': `CREATE TABLE a (id int);\n\nCREATE TABLE posts (\n  ${'c'.repeat(64)} integer\n);\n`,
      },
    })
    refused(await s.$('revision --autogenerate -m "first"'), 'SCHEMA.NAME_TOO_LONG')
    s.write('schema.sql', `CREATE TYPE "${'é'.repeat(32)}" AS ENUM ('a');\n`)
    refused(await s.$('check'), 'SCHEMA.NAME_TOO_LONG')
    s.write('schema.sql', `CREATE TABLE posts ("${'é'.repeat(31)}" text DEFAULT '${'x'.repeat(100)}');\n`)
    expect((await s.$('check')).code).toBe(2)
    expect(s.files()).toEqual(['.gitkeep'])
  })

  it('DDL that the server refuses', async () => {
    const { url } = await freshDatabase()
    const s = open({
      url,
      config: { schema: './schema.sql' },
      files: {
        'migrations/.gitkeep': '',
        'schema.sql': 'CREATE TABLE posts (\n  id integer,\n  author integer REFERENCES authors\n);\n',
      },
    })
    refused(await s.$('revision --autogenerate -m "first"'), 'SCHEMA.SOURCE')
    s.write('schema.sql', 'CREATE TABLE posts (id integr);')
    refused(await s.$('check'), 'SCHEMA.SOURCE')
  })

  it('no schema file at all', async () => {
    const { url } = await freshDatabase()
    const s = open({ url })
    refused(await s.$('revision --autogenerate -m "first"'), 'SCHEMA.SOURCE')
  })
})

describe('the database', () => {
  it('an unreachable server', async () => {
    const s = open(nowhere)
    refused(await s.$('current'), 'DATABASE.CONNECT')
    s.write('migrations/a1.ts', revisionFile('a1', null))
    refused(await s.$('upgrade head'), 'DATABASE.CONNECT')
    const outcome = await s.$('current --json')
    expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code: 'DATABASE.CONNECT' } })
    expect(outcome.stdout + outcome.stderr).not.toContain('hunter2')
  })

  it('a URL that is none', async () => {
    const s = open()
    s.write('ambix.config.json', '{}')
    refused(await s.$('--url joe:hunter2@somewhere/app current'), 'DATABASE.URL')
    refused(await s.$('--url mssql://joe:hunter2@somewhere/app current'), 'DATABASE.URL')
    refused(await s.$('--url "postgres://joe:hunter2@some where:port/app" current'), 'DATABASE.URL')
  })

  it('a driver that is not installed', async () => {
    const s = open({ files: { 'ambix.config.json': '{ "driver": "oracledb", "url": "postgres://localhost/app" }' } })
    refused(await s.$('current'), 'DATABASE.DIALECT')
  })

  it('a driver package that is not installed', () => {
    const s = open({ ...nowhere, files: { 'migrations/a1.ts': revisionFile('a1', null) } })
    // ambix where no package but its own code is.
    mkdirSync(join(s.dir, 'tool/test/cli'), { recursive: true })
    cpSync(new URL('../../src', import.meta.url), join(s.dir, 'tool/src'), { recursive: true })
    cpSync(new URL('../../bin', import.meta.url), join(s.dir, 'tool/bin'), { recursive: true })
    cpSync(new URL('program.mjs', import.meta.url), join(s.dir, 'tool/test/cli/program.mjs'))
    const done = spawnSync(process.execPath, [join(s.dir, 'tool/test/cli/program.mjs'), 'current'], {
      cwd: s.dir,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
      timeout: 25_000,
    })
    expect(done.stderr).toContain('npm i pg')
    refused({ code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr }, 'DATABASE.DRIVER_MISSING')
    s.note(done.stderr)
  })
})

describeLive('the server', () => {
  it('a missing database', async () => {
    const s = open({ url: server!.url('ambix_no_such_database') })
    refused(await s.$('current'), 'DATABASE.MISSING')
    refused(await s.$('upgrade'), 'DATABASE.MISSING')
  })

  it('a wrong user', async () => {
    const url = new URL(server!.url('postgres'))
    url.username = 'ambix_nobody'
    url.password = 'hunter2'
    const s = open({ url: url.href })
    refused(await s.$('current'), 'DATABASE.AUTH')
  })

  it.skipIf(process.env['AMBIX_TEST_PG'] !== undefined)('a wrong password', async () => {
    const role = `ambix_locked_${process.pid}`
    const admin = server!.url('postgres')
    await ask(admin, `create role ${role} login password 'right'`)
    const [hba] = (await ask(
      admin,
      `select current_setting('hba_file') as file, pg_read_file(current_setting('hba_file')) as text`,
    )) as { file: string; text: string }[]
    const rule = (text: string): Promise<unknown[]> =>
      ask(admin, `copy (select line from regexp_split_to_table($ambix$${text}$ambix$, '\n') line) to '${hba!.file}'`)
    try {
      await rule(`host all ${role} all scram-sha-256\n${hba!.text.replaceAll('\t', ' ')}`)
      await ask(admin, 'select pg_reload_conf()')
      const url = new URL(admin)
      url.username = role
      url.password = 'hunter2'
      const s = open({ url: url.href })
      // The reload reaches new sessions a moment later: until then everybody is trusted.
      let outcome = await s.$('current')
      for (let i = 0; outcome.code === 0 && i < 50; i++) {
        await new Promise((done) => setTimeout(done, 20))
        outcome = await s.$('current')
      }
      refused(outcome, 'DATABASE.AUTH')
      last = undefined
      const fresh = open({ url: url.href })
      refused(await fresh.$('upgrade'), 'DATABASE.AUTH')
    } finally {
      await rule(hba!.text.replaceAll('\t', ' '))
      await ask(admin, 'select pg_reload_conf()')
      await ask(admin, `drop role ${role}`)
    }
  })

  it('an upgrade that fails in its middle', async () => {
    const { url } = await freshDatabase()
    const s = open({
      url,
      config: { actor: 'ann@laptop' },
      files: {
        'migrations/a1.ts': revisionFile('a1', null, {
          up: `op.execute('create table t (id int primary key)')`,
          message: 'first',
        }),
        'migrations/b2.ts': revisionFile('b2', 'a1', {
          up: `op.execute('create table u (id int)')\n  op.execute("insert into t values (1)")\n  op.execute("insert into t values (1)")`,
          message: 'twice',
        }),
        'migrations/c3.ts': revisionFile('c3', 'b2'),
      },
    })
    refused(await s.$('upgrade head'), 'DATABASE.STATEMENT')
    await s.$('current')
    expect(await ask(url, `select to_regclass('t') is not null as t, to_regclass('u') is not null as u`)).toEqual([
      { t: true, u: false },
    ])
    await s.$('history --applied')
    s.write(
      'migrations/b2.ts',
      revisionFile('b2', 'a1', { up: `op.execute('create tabel u (id int)')`, message: 'misspelt' }),
    )
    refused(await s.$('upgrade head'), 'DATABASE.STATEMENT')
    s.write('migrations/b2.ts', revisionFile('b2', 'a1', { up: `throw new Error('not today')`, message: 'throws' }))
    refused(await s.$('upgrade head'), 'REVISION.LOAD')
    s.write('migrations/b2.ts', revisionFile('b2', 'a1', { up: `op.addColum('t', 'x')`, message: 'no such operation' }))
    refused(await s.$('upgrade head'), 'OPERATION.INVALID')
  })
})

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('revision files', () => {
  const bad: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    [
      'a revision file that does not parse',
      { 'a1.ts': `export const revision = 'a1'\nexport const downRevision = [\n` },
      'REVISION.HEADER',
    ],
    [
      'a revision file without an id',
      { 'a1.ts': `export const downRevision = null\nexport function upgrade() {}\n` },
      'REVISION.HEADER',
    ],
    ['an id twice', { 'a1.ts': revisionFile('a1', null), 'b2.ts': revisionFile('a1', null) }, 'REVISION.DUPLICATE'],
    ['a missing parent', { 'a1.ts': revisionFile('a1', 'z9') }, 'REVISION.MISSING_PARENT'],
    [
      'a cycle',
      { 'a1.ts': revisionFile('a1', 'b2'), 'b2.ts': revisionFile('b2', 'c3'), 'c3.ts': revisionFile('c3', 'a1') },
      'REVISION.CYCLE',
    ],
    ['a revision that stands on itself', { 'a1.ts': revisionFile('a1', 'a1') }, 'REVISION.CYCLE'],
    [
      'a label twice',
      { 'a1.ts': revisionFile('a1', null, { labels: ['x'] }), 'b2.ts': revisionFile('b2', null, { labels: ['x'] }) },
      'REVISION.LABEL',
    ],
    ['an SQL revision without an id', { 'a1.sql': '-- hello\n\n-- upgrade\nselect 1;\n' }, 'REVISION.HEADER'],
  ]
  it.each(bad)('%s', async (_name, files, code) => {
    const s = open({
      ...nowhere,
      files: Object.fromEntries(Object.entries(files).map(([k, v]) => [`migrations/${k}`, v])),
    })
    refused(await s.$('heads'), code)
    refused(await s.$('history'), code)
    refused(await s.$('upgrade head --sql'), code)
    refused(await s.$('revision -m more'), code)
    expect(s.files()).toEqual(Object.keys(files))
  })

  it('a revision whose body does not parse', async () => {
    const s = open({ ...nowhere, files: { 'migrations/a1.ts': revisionFile('a1', null, { up: 'op.execute(' }) } })
    refused(await s.$('upgrade head --sql'), 'REVISION.LOAD')
  })

  it('a revision without upgrade', async () => {
    const s = open({
      ...nowhere,
      files: { 'migrations/a1.ts': `export const revision = 'a1'\nexport const downRevision = null\n` },
    })
    refused(await s.$('upgrade head --sql'), 'REVISION.LOAD')
  })

  it('a downgrade that nobody wrote', async () => {
    const s = open({
      ...nowhere,
      files: { 'migrations/a1.ts': revisionFile('a1', null, { up: `op.execute('select 1')` }) },
    })
    refused(await s.$('downgrade a1:base --sql'), 'REVISION.IRREVERSIBLE')
  })
})

describeLive('targets', () => {
  it('unknown, ambiguous and wrong-direction targets', async () => {
    const { url } = await freshDatabase()
    const s = open({
      url,
      files: {
        'migrations/a.ts': revisionFile('abcd01', null, { down: '' }),
        'migrations/b.ts': revisionFile('abcd02', 'abcd01', { down: '' }),
        'migrations/c.ts': revisionFile('beef03', 'abcd02', { down: '' }),
      },
    })
    refused(await s.$('upgrade zzzz'), 'REVISION.UNKNOWN')
    refused(await s.$('upgrade abcd'), 'REVISION.AMBIGUOUS')
    refused(await s.$('upgrade -1'), 'REVISION.DIRECTION')
    refused(await s.$('downgrade +1'), 'REVISION.DIRECTION')
    refused(await s.$('upgrade +7'), 'REVISION.RANGE')
    refused(await s.$('upgrade nosuch@head'), 'REVISION.UNKNOWN')
    refused(await s.$('upgrade abcd01+1xyz'), 'REVISION.UNKNOWN')
    refused(await s.$('upgrade abcd01:beef03'), 'REVISION.RANGE')
    refused(await s.$('history -r abcd01'), 'REVISION.UNKNOWN')
    refused(await s.$('history -r a:b:c'), 'REVISION.UNKNOWN')
    refused(await s.$('downgrade head --sql'), 'REVISION.RANGE')
    expect((await s.$('upgrade abcd02')).code).toBe(0)
    refused(await s.$('downgrade beef03'), 'REVISION.DIRECTION')
    refused(await s.$('downgrade -5'), 'REVISION.RANGE')
    refused(await s.$('edit base'), 'REVISION.UNKNOWN')
    refused(await s.$('revision -m x --rev-id head'), 'REVISION.INVALID_ID')
    refused(await s.$('revision -m x --rev-id a@b'), 'REVISION.INVALID_ID')
    refused(await s.$('revision -m x --rev-id abcd01'), 'REVISION.DUPLICATE')
    refused(await s.$('revision -m x --rev-id ../../evil'), 'REVISION.INVALID_ID')
    expect(s.files()).toEqual(['a.ts', 'b.ts', 'c.ts'])
  })
})

describe('messages', () => {
  it('quotes, newlines, paths and templates in -m', async () => {
    const s = open({ ...nowhere })
    const nasty = [
      `it's "quoted" \`back\``,
      'two\nlines\n\nand more',
      '../../etc/passwd',
      '${process.exit(1)} {rev} */ <%= x %>',
      '',
      '*/ export const revision = "evil" /*',
      'naïve 日本語 ✓',
    ]
    for (const [i, text] of nasty.entries()) {
      const done = await s.run('revision', '-m', text, '--rev-id', `n${i}`)
      expect(done.code).toBe(0)
    }
    expect(existsSync(join(s.dir, '..', 'etc'))).toBe(false)
    expect((await s.$('history')).code).toBe(0)
    expect((await s.$('upgrade head --sql')).code).toBe(0)
    expect(s.files()).toHaveLength(nasty.length)
    await expect(
      s
        .files()
        .map((f) => s.read(`migrations/${f}`).replaceAll(/Create Date: .*/g, 'Create Date: <date>'))
        .join('// ------\n'),
    ).toMatchFileSnapshot('golden/bad/messages-files.ts.txt')
  })
})

describe('files that cannot be written', () => {
  it('a file where the folder should be', async () => {
    const s = open({ ...nowhere, files: { blocked: 'a file' }, config: { migrations: './blocked/versions' } })
    refused(await s.$('revision -m x'), 'FILES.READ')
    expect(s.read('blocked')).toBe('a file')
  })

  it('a folder that cannot be made', async () => {
    const s = open({ ...nowhere, files: { 'migrations/2026': 'a file' }, config: { fileTemplate: '2026/{rev}' } })
    refused(await s.$('revision -m x'), 'FILES.WRITE')
    expect(s.files()).toEqual(['2026'])
  })

  it.skipIf(!existsSync('/dev/full'))('a full disk (skipped where there is no /dev/full)', () => {
    const s = sandbox({ ...nowhere, files: { 'migrations/a1.ts': revisionFile('a1', null) } })
    const full = openSync('/dev/full', 'w')
    const program = new URL('program.mjs', import.meta.url).pathname
    const done = spawnSync(process.execPath, [program, 'upgrade', 'head', '--sql'], {
      cwd: s.dir,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
      timeout: 25_000,
    })
    closeSync(full)
    expect(done.status).toBe(1)
    expect(done.stderr).toBe(
      'error: The output cannot be written: The disk is full [FILES.WRITE]\n  → Make room, or write it elsewhere\n',
    )
  })

  it('a reader that has seen enough', () => {
    const s = sandbox({
      ...nowhere,
      files: Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [
          `migrations/r${i}.ts`,
          revisionFile(`r${i}`, i === 0 ? null : `r${i - 1}`, { message: 'x'.repeat(200) }),
        ]),
      ),
    })
    const program = new URL('program.mjs', import.meta.url).pathname
    const done = spawnSync('bash', ['-o', 'pipefail', '-c', `${process.execPath} ${program} history | head -1`], {
      cwd: s.dir,
      encoding: 'utf8',
      timeout: 25_000,
    })
    expect(done.stdout).toMatch(/^r298 -> r299 \(head\)/)
    expect(done.stderr).toBe('')
  })

  it.skipIf(process.getuid?.() === 0)('a read-only folder (skipped for root, whom no permission stops)', async () => {
    const s = open({ ...nowhere, files: { 'migrations/a1.ts': revisionFile('a1', null) } })
    chmodSync(join(s.dir, 'migrations'), 0o555)
    refused(await s.$('revision -m x --rev-id b2'), 'FILES.WRITE')
    chmodSync(join(s.dir, 'migrations'), 0o755)
    expect(s.files()).toEqual(['a1.ts'])
  })

  it('a project that is there already', async () => {
    const s = open()
    expect((await s.$('init')).code).toBe(0)
    refused(await s.$('init'), 'FILES.EXISTS')
    refused(await s.$('init -t nosuch'), 'USAGE.INVALID')
    refused(await s.$('init ../elsewhere'), 'FILES.UNSAFE_PATH')
  })
})

describe('the command line itself', () => {
  it('an editor that would wait for a terminal that is not there', () => {
    const s = open({ files: { 'migrations/a1.ts': revisionFile('aa11', null) } })
    refused(s.$$('edit head', { EDITOR: '', VISUAL: '' }), 'FILES.READ')
    expect(s.$$('edit head', { EDITOR: 'cat', VISUAL: '' })).toMatchObject({ code: 0 })
  })

  it('words that it does not know', async () => {
    const s = open({ ...nowhere })
    refused(await s.$('upgrad head'), 'USAGE.UNKNOWN_COMMAND')
    refused(await s.$('frobnicate'), 'USAGE.UNKNOWN_COMMAND')
    refused(await s.$('revision --autogenrate'), 'USAGE.INVALID')
    refused(await s.$('upgrade head extra words'), 'USAGE.INVALID')
    refused(await s.$('show'), 'USAGE.INVALID')
    refused(await s.$('revision -m'), 'USAGE.INVALID')
    refused(await s.$('revision -m a -m b'), 'USAGE.INVALID')
    refused(await s.$('upgrade --sql=yes'), 'USAGE.INVALID')
    refused(await s.$('upgrade -zz'), 'USAGE.INVALID')
    refused(await s.$('rebase a'), 'USAGE.INVALID')
    refused(await s.$('upgrade --lock-wait soon'), 'USAGE.INVALID')
    refused(await s.$('revision --autogenerate --sql -m x'), 'USAGE.INVALID')
    refused(await s.$('revision --format yaml'), 'USAGE.INVALID')
    refused(await s.$('completion powershell'), 'USAGE.INVALID')
    refused(await s.$('stamp head --purge --sql'), 'USAGE.INVALID')
    refused(await s.$('import liquibase x'), 'USAGE.INVALID')
    refused(await s.$('revision --autogenerate --hints nowhere.json'), 'FILES.READ')
  })
})
