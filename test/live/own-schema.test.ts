/** M5: a schema with the name of the role stands in "$user": making it would move what names without a schema mean. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import { pg } from '../../src/drivers/pg.ts'
import { execute } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { runModels } from './models-on.ts'

const role = 'schema_of_its_own'
const sources = {
  ts: `import { integer, schema, table } from '${new URL('../../src/schema.ts', import.meta.url).pathname}'
export const own = schema('${role}')
export const there = own.table('t', { id: integer().primaryKey(), n: integer() })
export const here = table('t', { id: integer().primaryKey() })
`,
  sql: `CREATE SCHEMA ${role}; CREATE TABLE public.t (id integer PRIMARY KEY); CREATE TABLE ${role}.t (id integer PRIMARY KEY, n integer);`,
}

describeLive('a schema with the name of the role', (server) => {
  const withRole = async (run: (url: string, root: string) => Promise<void>): Promise<void> => {
    const { url, drop } = await server.createDatabase()
    const name = new URL(url).pathname.slice(1)
    const root = mkdtempSync(join(tmpdir(), 'ambix-own-'))
    await execute(
      url,
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN CREATEDB; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; GRANT ALL ON SCHEMA public TO ${role}; GRANT CREATE ON DATABASE "${name}" TO ${role};`,
    )
    const as = new URL(url)
    as.username = role
    try {
      await run(as.href, root)
    } finally {
      await execute(url, `DROP OWNED BY ${role}`)
      await drop()
      await execute(server.url('postgres'), `DROP ROLE ${role}`)
      rmSync(root, { recursive: true, force: true })
    }
  }

  test.each(['ts', 'sql'] as const)('is refused in models (%s), until the path says where names go', async (kind) => {
    await withRole(async (url, root) => {
      const schema = join(root, `models.${kind}`)
      writeFileSync(schema, sources[kind])
      const refused = await pg.open(url, { projectDir: root })
      const { problems } = await runModels({ url, schema }, refused)
      expect(problems).toEqual([expect.stringContaining(`DIFF.REFUSED The schema ${role} cannot be created`)])
      await refused.query(`ALTER ROLE ${role} SET search_path = public`)
      await refused.close()
      const connection = await pg.open(url, { projectDir: root })
      expect((await runModels({ url, schema }, connection)).problems).toEqual([])
      const tables = `SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename = 't' ORDER BY 1`
      expect(await connection.values(tables)).toEqual([['public.t'], [`${role}.t`]])
      await connection.query(`ALTER ROLE ${role} RESET search_path`)
      await connection.close()
    })
  })

  test('is refused in a revision written by hand, before anything is run', async () => {
    await withRole(async (url, root) => {
      writeFileSync(
        join(root, 'r1.ts'),
        `export const revision = 'r1'\nexport const downRevision = null\nexport function upgrade(op) { op.createTable('early', []); op.createSchema('${role}') }\n`,
      )
      const connection = await pg.open(url, { projectDir: root })
      const run = upgrade({ root, url, migrations: '.' }, 'head', { connection })
      await expect(run).rejects.toMatchObject({
        code: 'DIFF.REFUSED',
        message: expect.stringContaining(`the schema ${role} has the name of the role`),
      })
      expect(await connection.values(`SELECT to_regclass('public.early')::text`)).toEqual([[null]])
      await connection.close()
    })
  })
})
