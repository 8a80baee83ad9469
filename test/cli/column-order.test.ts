/** The order of columns is told and never changed (A25). */
import { expect, test } from 'vitest'
import { execute, project } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

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
