/** A revision that begins or ends a transaction itself is refused before anything of it is sent, in every mode and on every server. */
import { describe, expect, it } from 'vitest'
import { describeLive, freshDatabase } from '../support/live.ts'
import { describeMysql, mysqlDatabase } from '../support/mysql.ts'
import { sandbox } from './sandbox.ts'
import type { Outcome, Sandbox } from './sandbox.ts'

const sql = (id: string, down: string, up: string, back = 'SELECT 1'): string =>
  `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n-- upgrade\n${up};\n-- downgrade\n${back};\n`
const module = (id: string, down: string, up: string, back = ''): string =>
  `export const revision = '${id}'\nexport const downRevision = '${down}'\n\nexport function upgrade(op) {\n  ${up}\n}\n\nexport function downgrade(op) {\n  ${back}\n}\n`

const first = { 'migrations/a1.sql': sql('a1', 'none', 'CREATE TABLE t (n int)', 'DROP TABLE t') }
const inSql = {
  ...first,
  'migrations/b2.sql': sql('b2', 'a1', 'INSERT INTO t VALUES (1);\n/* now */ COMMIT'),
}
const inModule = {
  ...first,
  'migrations/b2.js': module('b2', 'a1', `op.execute('INSERT INTO t VALUES (1); COMMIT')`),
}

const said = ({ stdout, stderr }: Outcome): string => `${stdout}${stderr}`

function everyMode(place: () => Promise<string>): void {
  const project = async (files: Readonly<Record<string, string>>): Promise<Sandbox> =>
    sandbox({ url: await place(), files })

  it.each([
    ['.sql', inSql, 'migrations/b2.sql:6:11'],
    ['.js', inModule, 'migrations/b2.js:5:6'],
  ] as const)('upgrade, dry run, script, lint: %s', async (_, files, at) => {
    const s = await project(files)
    for (const line of ['upgrade head --dry-run', 'upgrade head --sql', 'upgrade head']) {
      const done = await s.$(line)
      expect(said(done)).toMatch(/A revision cannot COMMIT: its transaction is ambix's/)
      expect(said(done)).toContain('[OPERATION.INVALID]')
      expect(said(done)).toContain('COMMIT\n')
      expect(said(done)).toContain(`In upgrade of revision b2, `)
      expect(said(done)).toContain(at)
      expect(said(done)).toContain('make it a revision of its own')
      expect(done.code).toBe(1)
      expect(done.stdout).not.toMatch(/INSERT/)
    }
    // The revision before is applied, nothing of this one.
    expect((await s.$('current')).stdout).toMatch(/^a1\b/)
    const lint = await s.$('lint --allow TRANSACTION_CONTROL a1:head')
    expect(lint.code).toBe(2)
    expect(lint.stdout).toContain(
      `${at.replace(/:\d+$/, '')}: TRANSACTION_CONTROL COMMIT: begins or ends a transaction`,
    )
  })

  it('downgrade, and what cannot run in a transaction', async () => {
    const s = await project({
      ...first,
      'migrations/b2.js': module(
        'b2',
        'a1',
        '',
        `op.execute('DELETE FROM t'); op.execute('ROLLBACK', { autocommit: true })`,
      ),
    })
    expect((await s.$('upgrade head')).code).toBe(0)
    for (const line of ['downgrade -1', 'downgrade -1 --dry-run', 'downgrade b2:a1 --sql']) {
      const done = await s.$(line)
      expect(said(done)).toMatch(/A revision cannot ROLLBACK[^]*In downgrade of revision b2, [^\n]*b2\.js:9:\d+/)
      expect(done.code).toBe(1)
    }
    expect((await s.$('current')).stdout).toMatch(/^b2\b/)
  })

  it('op.run: when the query is sent', async () => {
    const s = await project({
      ...first,
      'migrations/b2.js': module(
        'b2',
        'a1',
        `op.run(async ({ db }) => {\n    await db.query('INSERT INTO t VALUES (1)')\n    await db.query("SELECT ';'; COMMIT")\n  })`,
      ),
    })
    const done = await s.$('upgrade head')
    expect(said(done)).toMatch(/A revision cannot COMMIT/)
    expect(said(done)).toContain('[OPERATION.INVALID]')
    expect(said(done)).toMatch(/b2\.js:7:\d+/)
    expect(said(done)).toMatch(/revision b2\b/)
    expect(done.code).toBe(1)
    expect((await s.$('current')).stdout).toMatch(/^a1\b/)
  })

  it('savepoints are no such thing', async () => {
    const s = await project({
      ...first,
      'migrations/b2.js': module(
        'b2',
        'a1',
        `op.execute('SAVEPOINT s'); op.execute('INSERT INTO t VALUES (1)'); op.execute('ROLLBACK TO SAVEPOINT s')`,
      ),
    })
    expect((await s.$('upgrade head')).code).toBe(0)
    expect((await s.$('lint')).stdout).not.toContain('TRANSACTION_CONTROL')
  })
}

describe('SQLite', () => everyMode(async () => 'sqlite:app.db'))
describeLive('PostgreSQL', () => {
  everyMode(async () => (await freshDatabase()).url)

  it.each([
    ['a DO block', 'DO $$ BEGIN INSERT INTO t VALUES (2); COMMIT; END $$'],
    ['a procedure', 'CALL p()'],
  ])('%s that commits: told by the server, with what to do, and nothing half done', async (_, statement) => {
    const s = sandbox({
      url: (await freshDatabase()).url,
      files: {
        'migrations/a1.sql': sql(
          'a1',
          'none',
          'CREATE TABLE t (n int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (2); COMMIT; END $$',
        ),
        'migrations/b2.sql': sql('b2', 'a1', `INSERT INTO t VALUES (1);\n${statement}`),
        'migrations/c3.js': `export const revision = 'c3'\nexport const downRevision = 'b2'\nexport function upgrade(op) {\n  op.execute('DO $$ BEGIN ASSERT (SELECT count(*) FROM t) = 0; END $$')\n}\n`,
      },
    })
    const done = await s.$('upgrade head')
    expect(said(done)).toContain('[DATABASE.STATEMENT]')
    expect(said(done)).toContain('invalid transaction termination')
    expect(said(done)).toContain('op.execute(sql, { autocommit: true })')
    expect(said(done)).toMatch(/b2\.sql:6\b/)
    expect(done.code).toBe(1)
    expect((await s.$('current')).stdout).toMatch(/^a1\b/)
    // Of b2 there is nothing: what comes after it finds an empty table.
    expect((await s.$('stamp b2')).code).toBe(0)
    expect((await s.$('upgrade head')).code).toBe(0)
  })
})
describeMysql('MySQL, MariaDB', () => {
  everyMode(mysqlDatabase)

  it.each([
    ["EXECUTE IMMEDIATE 'COMMIT'", 'COMMIT'],
    ['BEGIN NOT ATOMIC INSERT INTO t VALUES (2); COMMIT; END', 'COMMIT'],
    ['SET @x = 1, autocommit = 0', 'SET AUTOCOMMIT'],
    ["PREPARE p FROM 'COMMIT'", 'COMMIT'],
  ])('%s: refused before anything of the revision is sent', async (statement, control) => {
    const s = sandbox({
      url: await mysqlDatabase(),
      files: { ...first, 'migrations/b2.sql': sql('b2', 'a1', `INSERT INTO t VALUES (1);\n${statement}`) },
    })
    for (const line of ['upgrade head --dry-run', 'upgrade head --sql', 'upgrade head']) {
      const done = await s.$(line)
      expect(said(done)).toContain(`A revision cannot ${control}`)
      expect(said(done)).toContain('[OPERATION.INVALID]')
      expect(done.code).toBe(1)
    }
    expect((await s.$('current')).stdout).toMatch(/^a1\b/)
  })
})
