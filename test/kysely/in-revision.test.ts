/** Issue 10, item 6: `op.run` with a Kysely that is typed by the schema as of that revision. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { value } from '../support/acceptance.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { describeMysql, mysqlDatabase } from '../support/mysql.ts'
import { typeErrors } from '../support/strict.ts'
import { revisionFile, type Sandbox, sandbox } from '../cli/sandbox.ts'

const files = {
  'migrations/a1.ts': revisionFile('a1', null, {
    head: `import { integer, text } from 'ambix/schema'`,
    up: `op.createTable('posts', { id: integer().primaryKey(), title: text().notNull() })
  op.bulkInsert('posts', [{ id: 1, title: 'One' }, { id: 2, title: 'Two' }, { id: 3, title: 'Three' }], { key: ['id'] })`,
  }),
  'migrations/a2.ts': revisionFile('a2', 'a1', {
    head: `import { text } from 'ambix/schema'
import { kyselyOf } from 'ambix/kysely'
import { sql } from 'kysely'
interface Database { posts: { id: number; title: string; slug: string | null } }`,
    up: `op.addColumn('posts', 'slug', text())
  op.run(async ({ db }) => {
    const k = kyselyOf<Database>(db, DIALECT)
    const { numUpdatedRows } = await k.updateTable('posts').set({ slug: sql\`lower(title)\` }).where('id', '<', 3).executeTakeFirstOrThrow()
    const left = await k.selectFrom('posts').select(['id', 'title']).where('slug', 'is', null).execute()
    for (const { id, title } of left) await k.updateTable('posts').set({ slug: \`\${title}!\${numUpdatedRows}\` }).where('id', '=', id).execute()
    const { numDeletedRows } = await k.deleteFrom('posts').where('id', '>', 99).executeTakeFirstOrThrow()
    if (numDeletedRows !== 0n) throw new Error('nothing was to be deleted')
    const refused = await k.transaction().execute(async () => {}).catch((e) => e.message)
    if (!refused.includes('transaction')) throw new Error('a transaction in the transaction')
  }, { down: async () => {} })`,
    down: `op.dropColumn('posts', 'slug')`,
  }),
  // It comes after: its column is in no interface of a2.
  'migrations/a3.ts': revisionFile('a3', 'a2', {
    head: `import { text } from 'ambix/schema'`,
    up: `op.addColumn('posts', 'later', text())`,
    down: `op.dropColumn('posts', 'later')`,
  }),
}
const forDialect = (options: string): Record<string, string> => ({
  ...files,
  'migrations/a2.ts': files['migrations/a2.ts'].replace('DIALECT', options),
})

/** A project that has Kysely installed. */
function projectAt(url: string, files: Readonly<Record<string, string>>): Sandbox {
  const s = sandbox({ url, files })
  mkdirSync(join(s.dir, 'node_modules'))
  symlinkSync(resolve('node_modules/kysely'), join(s.dir, 'node_modules/kysely'))
  return s
}

describeLive('in op.run', () => {
  test('queries run in the revision, count what they change, and a transaction of their own is refused', async () => {
    const { url } = await freshDatabase()
    const s = projectAt(url, forDialect('{}'))
    const { code, stderr } = await s.$('upgrade head')
    expect([code, stderr]).toEqual([0, expect.stringContaining('Running upgrade a2 -> a3')])
    expect(await value(url, `SELECT string_agg(slug, ',' ORDER BY id) FROM posts`)).toBe('one,two,Three!2')
  })

  test('a query that fails rolls its revision back', async () => {
    const { url } = await freshDatabase()
    const broken = forDialect('{}')['migrations/a2.ts']!.replace(`'id', '<', 3`, `'missing' as 'id', '<', 3`)
    const s = projectAt(url, { ...files, 'migrations/a2.ts': broken })
    const { code, stderr } = await s.$('upgrade head')
    expect([code, stderr]).toEqual([1, expect.stringContaining('"missing"')])
    expect((await s.$('current')).stdout).toContain('a1')
  })
})

describeMysql('in op.run, on MySQL', () => {
  test('the same', async () => {
    const s = projectAt(await mysqlDatabase(), forDialect(`{ dialect: 'mysql' }`))
    const { code, stderr } = await s.$('upgrade head')
    expect([code, stderr]).toEqual([0, expect.stringContaining('Running upgrade a2 -> a3')])
  })
})

test('in op.run, on SQLite: the same', async () => {
  const s = projectAt('sqlite:a.db', forDialect(`{ dialect: 'sqlite' }`))
  const { code, stderr } = await s.$('upgrade head')
  expect([code, stderr]).toEqual([0, expect.stringContaining('Running upgrade a2 -> a3')])
})

test('types --at: the interface of the schema that the revision leaves, without a database', async () => {
  const s = sandbox({ url: 'postgres://nobody@127.0.0.1:1/x', files: forDialect('{}') })
  const at = async (revision: string): Promise<string> => {
    const { code, stdout, stderr } = await s.$(`types --kysely - --at ${revision}`)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }
  const columns = (text: string): string =>
    /export interface Posts \{\n([\s\S]*?)\}/.exec(text)![1]!.replaceAll(/\s+/g, ' ').trim()
  expect(columns(await at('a1'))).toBe('id: number title: string')
  // `op.run` tells nobody what it does to the schema: the revision is run to know.
  expect((await s.$('types --kysely - --at a1 --from schema')).stderr).toContain('USAGE.INVALID')
  expect((await s.$('types --kysely - --at zz')).stderr).toContain('REVISION.UNKNOWN')
})

test('a query of another revision’s column is an error of TypeScript', () => {
  const use = (column: string): string => `import { kyselyOf } from 'ambix/kysely'
import type { RunContext } from 'ambix'
interface Database { posts: { id: number; slug: string | null } }
export const run = ({ db }: RunContext): Promise<unknown> =>
  kyselyOf<Database>(db).selectFrom('posts').select('${column}').execute()
`
  const said = typeErrors({ 'good.ts': use('slug'), 'bad.ts': use('later') })
  expect(said[0]).toMatch(/bad\.ts\(5,/)
  expect(said.join('\n')).toContain('"later"')
  expect(said.join('\n')).not.toContain('good.ts')
})
