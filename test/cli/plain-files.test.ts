/** Issue 9 K, L, M6, M7: bytes, .env files, paths, what the user's code prints, tables of other tools, aliases. */
import { describe, expect, it } from 'vitest'
import { DatabaseSync } from 'node:sqlite'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expandVariables } from '../../src/config/expand-variables.ts'
import { parsePgliteUrl } from '../../src/drivers/pglite.ts'
import { sqlitePath } from '../../src/drivers/sqlite-values.ts'
import { revisionFile, sandbox } from './sandbox.ts'

const bom = '\uFEFF'

describe('bytes (M7)', () => {
  it('a byte order mark in a revision, .env and JSON configuration is no part of it, and no edit', async () => {
    const sql = '-- revision: a1\n-- down_revision: none\n\n-- upgrade\ncreate table t (id integer);\n'
    const s = sandbox({
      files: {
        '.env': `${bom}AMBIX_TEST_BOM=sqlite:bom.db\n`,
        'ambix.config.json': `${bom}{ "url": "sqlite:app.db" }`,
        'migrations/a1.sql': `${bom}${sql}`,
      },
    })
    expect((await s.$('upgrade head')).code).toBe(0)
    expect(process.env['AMBIX_TEST_BOM']).toBe('sqlite:bom.db')
    delete process.env['AMBIX_TEST_BOM']
    s.write('migrations/a1.sql', sql)
    expect((await s.$('upgrade head')).stderr).not.toContain('edited')
    s.write('migrations/a1.sql', `${bom}${sql.replaceAll('\n', '\r\n')}`)
    expect((await s.$('current -v')).stderr).not.toContain('edited')
    s.write('migrations/a1.sql', sql.replace('id integer', 'id text'))
    expect((await s.$('upgrade head')).stderr).toContain('a1 was edited')
  })

  it('.env: references, defaults, quotes and what is none', () => {
    const text = `HOST=db\nQUOTED='\${HOST}'\n`
    const values = {
      HOST: 'db',
      QUOTED: '${HOST}',
      URL: 'postgres://u@${HOST}:${PORT:-5432}/$NAME',
      PASSWORD: 'pa$$word$1',
      KEPT: '\\${HOST}',
      LOOP: '${LOOP}x',
      GONE: '${AMBIX_NOWHERE}',
    }
    expect(expandVariables(values, text, { NAME: 'app' })).toEqual({
      HOST: 'db',
      QUOTED: '${HOST}',
      URL: 'postgres://u@db:5432/app',
      PASSWORD: 'pa$$word$1',
      KEPT: '${HOST}',
      LOOP: 'x',
      GONE: '',
    })
  })

  it('a percent sign and a question mark in a path are letters of it', async () => {
    const s = sandbox()
    for (const name of ['feature%2Fx', '100%', 'what?', 'a?b=c d']) {
      const dir = join(s.dir, name)
      mkdirSync(dir)
      expect(parsePgliteUrl(`pglite:${dir}/pg`, '/')).toMatchObject({ folder: `${dir}/pg` })
      expect(sqlitePath(`sqlite:${dir}/app.db`, '/')).toBe(`${dir}/app.db`)
      expect(parsePgliteUrl('pglite:.ambix/pg?extensions=citext', dir)).toEqual({
        folder: `${dir}/.ambix/pg`,
        extensions: ['citext'],
      })
    }
    expect(sqlitePath('sqlite:./my%20app.db', s.dir)).toBe(join(s.dir, 'my%20app.db'))
    expect(sqlitePath('sqlite:./nowhere%2Fapp.db', s.dir)).toBe(join(s.dir, 'nowhere%2Fapp.db'))
    expect(sqlitePath(`file://${s.dir}/my%20app.db`, '/')).toBe(join(s.dir, 'my app.db'))
  })
})

describe('what the code of the project prints (M6)', () => {
  it('goes to stderr; stdout is the result alone', () => {
    const loud = `console.log('LOUD')\n`
    const s = sandbox({
      files: {
        'ambix.config.ts': `${loud}export default { url: 'sqlite:app.db', commands: { hello: { summary: 'x', run() { console.log('HELLO') } } } }`,
        'migrations/a1.ts': `${loud}${revisionFile('a1', null, { up: `console.log('LOUD'); op.execute('create table t (id integer)'); op.run(() => { console.log('LOUD') })` })}`,
      },
    })
    const done = s.$$('upgrade head --json')
    expect(done.stderr).toContain('LOUD')
    expect(JSON.parse(done.stdout)).toMatchObject([{ version: 1, to: ['a1'] }])
    expect(s.$$('heads').stdout).toBe('a1 (head), the revision a1\n')
    expect(s.$$('hello').stdout).toContain('HELLO')
  })
})

describe('tables of other migration tools (K)', () => {
  it('are left alone', async () => {
    const s = sandbox({
      url: 'sqlite:app.db',
      files: {
        'src/schema.ts': `import { table, integer } from 'ambix/schema'\nexport const t = table('t', { id: integer() })\n`,
      },
    })
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    for (const name of [
      '_prisma_migrations',
      '__drizzle_migrations',
      'knex_migrations',
      'knex_migrations_lock',
      'SequelizeMeta',
      'kysely_migration',
      'pgmigrations',
      'schema_migrations',
      'flyway_schema_history',
      'alembic_version',
    ])
      db.exec(`create table "${name}" (id integer)`)
    db.exec('create table t (id integer); create table u (id integer)')
    db.close()
    const { code, stdout } = await s.$('check')
    expect(code).toBe(2)
    expect(stdout).toBe(`  op.dropTable('u')\n`)
  })

  it('TypeORM’s are known by their columns too, and named; a table of that name with other columns is compared', async () => {
    const s = sandbox({ url: 'sqlite:app.db', files: { 'schema.sql': '' }, config: { schema: './schema.sql' } })
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    db.exec('create table migrations (id integer primary key, timestamp bigint not null, name varchar not null)')
    const typeorm = await s.$('check')
    expect(typeorm.code).toBe(0)
    expect(typeorm.stderr).toContain('note: table migrations is left alone: another tool keeps its books in it')
    db.exec('drop table migrations; create table migrations (id integer primary key, bird text)')
    db.close()
    expect((await s.$('check')).stdout).toBe(`  op.dropTable('migrations')\n`)
  })

  it.each([
    ['Knex', 'id integer primary key, name varchar(255), batch integer, migration_time timestamp'],
    ["Knex's lock", '"index" integer primary key, is_locked integer'],
    ['Kysely', 'name varchar(255) primary key, timestamp varchar(255) not null'],
    ["Kysely's lock", 'id varchar(255) primary key, is_locked integer default 0 not null'],
    ['MikroORM', 'id integer primary key, name varchar(255), executed_at datetime'],
    ['node-pg-migrate', 'id integer primary key, name varchar(255) not null, run_on timestamp not null'],
    ['golang-migrate', 'version bigint primary key, dirty boolean not null'],
    ['goose', 'id integer primary key, version_id bigint not null, is_applied boolean not null, tstamp timestamp'],
  ])('the table of %s is known by its columns under any name: by check, and by pull', async (_, columns) => {
    const s = sandbox({ url: 'sqlite:app.db', files: { 'schema.sql': '' }, config: { schema: './schema.sql' } })
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    db.exec(`create table my_history (${columns})`)
    const left = await s.$('check')
    expect(left.stderr).toContain('note: table my_history is left alone: another tool keeps its books in it')
    expect(left.code).toBe(0)
    expect((await s.$('pull --out -')).stdout).not.toContain('my_history')
    // One column more, and it is anybody's.
    db.exec('alter table my_history add column more text')
    db.close()
    expect((await s.$('check')).stdout).toBe(`  op.dropTable('my_history')\n`)
    expect((await s.$('pull --out -')).stdout).toContain('my_history')
  })

  it('a table that the models declare is managed, whatever its name', async () => {
    const model = (more: string): string =>
      `import { table, integer, text } from 'ambix/schema'\nexport const s = table('schema_migrations', { id: integer()${more} })\n`
    const s = sandbox({ url: 'sqlite:app.db', files: { 'src/schema.ts': model('') } })
    await s.$('migrate -m one')
    await s.$('upgrade head')
    expect((await s.$('check')).code).toBe(0)
    s.write('src/schema.ts', model(', note: text()'))
    expect((await s.$('check')).stdout).toContain(`op.addColumn('schema_migrations'`)
  })
})

describe('plain SQL (K)', () => {
  const files = { 'schema.sql': 'CREATE TABLE t (id integer PRIMARY KEY);\n' }

  it('format: sql writes every new revision as .sql, which runs both ways; --format goes before it', async () => {
    const s = sandbox({ url: 'sqlite:app.db', files, config: { schema: './schema.sql', format: 'sql' } })
    expect((await s.$('revision -m empty --rev-id a1')).stdout).toMatch(/_a1\.sql\n$/)
    await s.$('upgrade head')
    expect((await s.$('revision --autogenerate -m tables --rev-id b2')).stdout).toMatch(/_b2\.sql\n$/)
    await s.$('upgrade head')
    expect((await s.$('check')).code).toBe(0)
    expect((await s.$('downgrade base')).code).toBe(0)
    await s.$('upgrade head')
    expect((await s.$('revision -m code --format ts')).stdout).toMatch(/\.ts\n$/)
  })

  it('diff prints what check found both ways, as operations or SQL; no file is written, and the SQL brings the change', async () => {
    const s = sandbox({ url: 'sqlite:app.db', files, config: { schema: './schema.sql' } })
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    db.exec('CREATE TABLE u (one text, two text, three blob)')
    const operations = await s.$('diff')
    expect(operations.code).toBe(0)
    expect(operations.stdout).toContain(`op.dropTable('u')`)
    expect(operations.stdout).toMatch(/^\/\/ upgrade\n[^]*\n\n\/\/ downgrade\n[^]*op\.dropTable\('t'\)/)
    const { stdout } = await s.$('diff --sql')
    expect(s.files()).toEqual([])
    const [up = '', down = ''] = stdout.split('-- downgrade\n')
    const tables = (): unknown[] =>
      db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'ambix%' ORDER BY name`).all()
    db.exec(up)
    expect(tables()).toEqual([{ name: 't' }])
    expect((await s.$('diff --sql')).stdout).toBe('')
    expect(JSON.parse((await s.$('diff --json')).stdout)).toMatchObject([{ version: 1, upgrade: { sql: [] } }])
    db.exec(down)
    expect(tables()).toEqual([{ name: 'u' }])
    db.close()
  })

  it('init -t sql --from-database writes SQL: schema, baseline and every later revision', async () => {
    const s = sandbox()
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    db.exec('CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL)')
    db.close()
    expect((await s.$('init -t sql --from-database --url sqlite:app.db')).code).toBe(0)
    expect(s.read('schema.sql')).toContain('CREATE TABLE t')
    expect(s.files()).toEqual([expect.stringMatching(/_baseline_\w+\.sql$/)])
    expect((await s.$('check')).code).toBe(0)
    expect((await s.$('revision -m next')).stdout).toMatch(/\.sql\n$/)
    expect((await s.$('upgrade head --url sqlite:new.db')).code).toBe(0)
    expect((await s.$('check --url sqlite:new.db')).code).toBe(0)
  })
})

describe('a revision half run whose file is gone (M10)', () => {
  it('is named by check, by current and by an upgrade with nothing to do', async () => {
    const s = sandbox({
      url: 'sqlite:app.db',
      files: { 'schema.sql': '', 'migrations/a1.ts': revisionFile('a1', null, { down: '' }) },
      config: { schema: './schema.sql' },
    })
    await s.$('upgrade head')
    expect((await s.$('check')).stderr).not.toContain('was begun')
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    db.exec(`CREATE TABLE ambix_journal (revision text, pos integer, direction text, state text, checksum text,
      owner text, started_at text, backend_pid text);
      INSERT INTO ambix_journal VALUES ('gone', 0, 'upgrade', 'done', 'x', 'x', 'x', NULL), ('a1', 0, 'downgrade', 'done', 'x', 'x', 'x', NULL)`)
    db.close()
    for (const line of ['check', 'current', 'current -v', 'upgrade head']) {
      const { stderr } = await s.$(line)
      expect(stderr).toContain('the upgrade of revision gone was begun and not finished; no revision file has it')
      expect(stderr).toContain(
        'the downgrade of revision a1 was begun and not finished; finish it with: ambix downgrade a1',
      )
    }
    expect(JSON.parse((await s.$('check --json')).stdout)).toMatchObject([
      {
        unfinished: [
          { revision: 'a1', direction: 'downgrade' },
          { revision: 'gone', direction: 'upgrade' },
        ],
      },
    ])
  })
})

describe('small ones (L)', () => {
  it('--json: docs/json.md names every key of every list, one object for each database', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/json.md'), 'utf8')
    const keysOf = (command: string): string[] => {
      const line = page.split('\n').find((l) => l.startsWith('|') && l.split('|')[1]!.includes(`\`${command}\``))!
      return [
        ...line
          .split('|')[2]!
          .split(';')[0]!
          .matchAll(/`(\w+\??)`/g),
      ].map((m) => m[1]!)
    }
    const s = sandbox({
      url: 'sqlite:app.db',
      files: {
        'schema.sql': 'CREATE TABLE t (id integer PRIMARY KEY);\n',
        'migrations/a1.ts': revisionFile('a1', null, { down: '' }),
      },
      config: { schema: './schema.sql' },
    })
    for (const line of ['upgrade --dry-run', 'upgrade', 'current', 'check', 'diff', 'migrate -m x', 'reset']) {
      const printed = JSON.parse((await s.$(`${line} --json`)).stdout) as object[]
      expect(printed, line).toHaveLength(1)
      const named = keysOf(line.split(' ')[0]!)
      const found = Object.keys(printed[0]!)
      expect(found.filter((key) => !named.includes(key) && !named.includes(`${key}?`))).toEqual([])
      expect(named.filter((key) => !key.endsWith('?') && !found.includes(key))).toEqual([])
      expect(printed[0]).toMatchObject({ version: 1 })
    }
  })

  it('what was named is what a message speaks of', async () => {
    const s = sandbox({ url: 'sqlite:app.db', files: { 'migrations/a1.ts': revisionFile('a1', null) } })
    expect((await s.$('merge a1 a1')).stderr).toBe('Nothing to merge: a1 is the only revision that was named.\n')
    expect((await s.$('merge')).stderr).toBe('Nothing to merge: a1 is the only head.\n')
    const gone = (await s.$('import knex nowhere')).stderr
    expect(gone).toContain(`error: There is no folder nowhere [IMPORT.HISTORY]`)
    expect(gone).not.toContain('ENOENT')
    expect((await s.$('import knex package.json')).stderr).toContain('package.json is a file, not a folder')
  })

  it('aliases that users type; history of what was applied: newest first, ISO times, messages', async () => {
    const s = sandbox({
      url: 'sqlite:app.db',
      config: { actor: 'ann' },
      files: {
        'migrations/a1.ts': revisionFile('a1', null, { message: 'first', down: '' }),
        'migrations/b2.ts': revisionFile('b2', 'a1', { message: 'second', down: '' }),
      },
    })
    await s.$('upgrade head')
    expect((await s.$('status')).stdout).toBe('b2 (head), second\n')
    expect((await s.$('generate -m third --rev-id c3')).code).toBe(0)
    const listed = JSON.parse((await s.$('history --applied --json')).stdout) as Record<string, string>[]
    expect(listed.map((e) => [e['revision'], e['message']])).toEqual([
      ['b2', 'second'],
      ['a1', 'first'],
    ])
    for (const e of listed) expect(e['startedAt']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect((await s.$('history --applied')).stdout).toMatch(
      / b2 {2}ann {2}ambix \S+ \(\d+ ms\) {2}second\n.* a1 {2}ann .* first\n$/,
    )
    expect((await s.$('upgrade --help')).stdout).toContain('may be repeated')
  })

  it('init keeps .env out of git, and names the database', async () => {
    const s = sandbox()
    await s.$('init')
    expect(s.read('.gitignore').split('\n')).toContain('.env')
    expect(s.read('ambix.config.ts')).toContain(`url: process.env.DATABASE_URL ?? 'pglite:.ambix/pg'`)
    expect(existsSync(join(s.dir, '.ambix'))).toBe(false)
  })
})
