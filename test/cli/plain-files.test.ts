/** Issue 9 K, L, M6, M7: bytes, .env files, paths, what the user's code prints, tables of other tools, aliases. */
import { describe, expect, it } from 'vitest'
import { DatabaseSync } from 'node:sqlite'
import { existsSync, mkdirSync } from 'node:fs'
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
    expect(JSON.parse(done.stdout)).toMatchObject({ to: ['a1'] })
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
})

describe('small ones (L)', () => {
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
