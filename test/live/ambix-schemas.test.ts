/** A schema of the user's whose name begins with `ambix_` is one like any other; the schema of the version table is nobody's to drop. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute, project, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const builders = new URL('../../src/schema.ts', import.meta.url).pathname
const sources = {
  sql: 'CREATE SCHEMA ambix_shop; CREATE TABLE ambix_shop.t (id integer PRIMARY KEY);',
  ts: `import { integer, schema } from '${builders}'
export const shop = schema('ambix_shop')
export const t = shop.table('t', { id: integer().primaryKey() })
`,
}

describeLive('schemas whose names begin with ambix_', (server) => {
  const cases = (['sql', 'ts'] as const).flatMap((kind) =>
    ['ambix_books', 'books', undefined].map((books) => ({ kind, books })),
  )
  test.each(cases)('$kind, version table in $books', { timeout: 120_000 }, async ({ kind, books }) => {
    const { url, drop } = await server.createDatabase()
    const config = { schema: `./schema.${kind}`, ...(books === undefined ? {} : { versionTableSchema: books }) }
    const cli = project(url, sources.sql, JSON.stringify(config))
    try {
      writeFileSync(join(cli.dir, 'schema.ts'), sources.ts)
      expect((await cli.run('check')).code).toBe(2)
      expect(await cli.run('revision', '--autogenerate', '-m', 'first')).toMatchObject({ code: 0 })
      expect(await cli.run('upgrade', 'head')).toMatchObject({ code: 0 })
      for (const how of [['check'], ['check', '--database']])
        expect(await cli.run(...how)).toMatchObject({ code: 0, stdout: '' })
      const pulled = await cli.run('pull', '--models', kind, '--out', '-')
      expect(pulled.stdout).toContain('ambix_shop')
      expect(pulled.stdout).not.toContain('books')
      await execute(url, 'ALTER TABLE ambix_shop.t ADD COLUMN more integer')
      const drift = await cli.run('check')
      expect(drift).toMatchObject({ code: 2, stdout: expect.stringContaining('more') })
      expect(drift.stdout).not.toContain('books')
      await execute(url, 'ALTER TABLE ambix_shop.t DROP COLUMN more')
      expect(await cli.run('downgrade', 'base')).toMatchObject({ code: 0 })
      expect(await value(url, `SELECT count(*) FROM pg_namespace WHERE nspname = 'ambix_shop'`)).toBe('0')
    } finally {
      cli.close()
      await drop()
    }
  })
})
