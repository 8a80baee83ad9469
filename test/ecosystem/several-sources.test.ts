/** `schema: [drizzle(…), './views.sql', './audit.ts']`: several sources that are one schema, and two that declare one thing. */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect, test } from 'vitest'
import { bin } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { installed } from './project.ts'

const models = `import { integer, pgTable, text } from 'drizzle-orm/pg-core'
export const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull() })
`
const views = `-- What Drizzle has no word for.
CREATE VIEW emails AS SELECT email FROM users;
COMMENT ON TABLE users IS 'People';
`
const audit = `import { integer, table, text } from 'ambix/schema'
export const audit = table('audit', { id: integer().primaryKey(), what: text() })
`

describeLive('several sources', (server) => {
  const project = (url: string, more: Readonly<Record<string, string>> = {}): string => {
    expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
    const dir = folderOf({
      'package.json': '{ "type": "module" }',
      'ambix.config.ts': `import { drizzle } from 'ambix/drizzle'\nexport default { url: '${url}', schema: [drizzle('./models.ts'), './views.sql', './audit.ts'] }\n`,
      'models.ts': models,
      'views.sql': views,
      'audit.ts': audit,
      ...more,
    })
    symlinkSync(fileURLToPath(new URL('./node_modules', import.meta.url)), join(dir, 'node_modules'))
    return dir
  }

  test('are one schema: what the ORM cannot say is declared beside it', async () => {
    const database = await server.createDatabase()
    try {
      const dir = project(database.url)
      for (const words of [['revision', '--autogenerate', '-m', 'start'], ['upgrade', 'head'], ['check']]) {
        const done = bin(dir, words)
        expect(`${words[0]}: ${done.code}${done.code === 0 ? '' : done.stderr}`).toBe(`${words[0]}: 0`)
      }
      const client = new pg.Client(database.url)
      await client.connect()
      const { rows } = await client.query(
        `SELECT to_regclass('emails') IS NOT NULL AS view, to_regclass('audit') IS NOT NULL AS audit, obj_description('users'::regclass) AS comment`,
      )
      expect(rows).toEqual([{ view: true, audit: true, comment: 'People' }])
      // Who declares one view speaks for all; of functions nobody said anything.
      await client.query('CREATE VIEW other AS SELECT 1 AS n; CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1')
      await client.end()
      const found = bin(dir, ['check'])
      expect(found.code).toBe(2)
      expect(found.stdout.trim()).toBe(`op.dropView('other')`)
    } finally {
      await database.drop()
    }
  }, 600_000)

  test.each([
    ['SQL, a table that the ORM has', { 'views.sql': `${views}\nCREATE TABLE users (id integer);\n` }, /views\.sql:5/],
    ['models, a table that the ORM has', { 'audit.ts': audit.replaceAll('audit', 'users') }, /audit\.ts/],
  ] as const)('that declare one thing twice: %s', async (_, files, place) => {
    const database = await server.createDatabase()
    try {
      const done = bin(project(database.url, files), ['check'])
      expect(done.stderr).toContain('[SCHEMA.DUPLICATE]')
      expect(done.stderr).toMatch(place)
      expect(done.stderr).toMatch(/users/)
      expect(done.stderr).toMatch(/^ *(?:→|->) /m)
      expect(done.code).toBe(1)
    } finally {
      await database.drop()
    }
  })
})
