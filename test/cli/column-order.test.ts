/** The order of columns is told and never changed (A25). */
import { expect, test } from 'vitest'
import { execute, project } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { sandbox } from './sandbox.ts'

describeLive('the order of columns (A25)', (server) => {
  test('is no difference, and said by -v and --json', async () => {
    const database = await server.createDatabase()
    const cli = project(database.url, 'CREATE TABLE t (c int, b text, a int); CREATE TABLE u (x int, y int)')
    try {
      await execute(database.url, 'CREATE TABLE t (a int, b text); CREATE TABLE u (x int, y int)')
      await execute(database.url, 'ALTER TABLE t ADD c int')
      const plain = await cli.run('check')
      expect(plain.code).toBe(0)
      expect(plain.stderr).not.toContain('order of columns')
      const told = await cli.run('check', '-v')
      expect(told.code).toBe(0)
      expect(told.stderr).toContain('order of columns: t has a, b, c; the schema says c, b, a')
      expect(told.stderr).not.toContain('order of columns: u')
      const { stdout } = await cli.run('check', '--json')
      expect(JSON.parse(stdout)).toMatchObject([
        {
          differences: [],
          columnOrder: [{ table: 't', database: ['a', 'b', 'c'], schema: ['c', 'b', 'a'] }],
        },
      ])
    } finally {
      cli.close()
      await database.drop()
    }
  })
})

const file = (id: string, down: string, sql: string): string =>
  `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n-- upgrade\n${sql};\n-- downgrade\nSELECT 1;\n`

describeLive('check --database', (server) => {
  const files = {
    'migrations/a1.sql': file('a1', 'none', "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 5, b text DEFAULT 'x')"),
    'migrations/a2.sql': file('a2', 'a1', 'ALTER TABLE t ADD c numeric(10, 2) CHECK (c > 0 AND c < 100)'),
    'migrations/a3.sql': file('a3', 'a2', 'CREATE TABLE later (id int)'),
  }

  test('compares with what the applied revisions make: no schema is asked, and columns that moved are drift', async () => {
    const database = await server.createDatabase()
    const s = sandbox({ url: database.url, files, config: { schema: './no-such-file.ts' } })
    try {
      expect((await s.$('upgrade a2')).code).toBe(0)
      expect(await s.$('check --database')).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('No drift: the database has what its revisions make.') as string,
      })
      await execute(database.url, 'ALTER TABLE t ALTER n SET DEFAULT 6; CREATE INDEX by_hand ON t (b)')
      const drift = await s.$('check --database')
      expect(drift).toMatchObject({ code: 2, stderr: expect.stringContaining('2 differences') as string })
      expect(drift.stdout).toContain("dropIndex('by_hand'")
      expect(drift.stdout).toContain("'n'")
      await execute(
        database.url,
        "DROP INDEX by_hand; ALTER TABLE t ALTER n SET DEFAULT 5; ALTER TABLE t DROP b; ALTER TABLE t ADD b text DEFAULT 'x'",
      )
      const moved = await s.$('check --database')
      expect(moved).toMatchObject({ code: 2, stdout: '' })
      expect(moved.stderr).toContain('order of columns: t has id, n, c, b; the revisions make id, n, b, c')
    } finally {
      await database.drop()
    }
  })
})
