/** A schema that models rename keeps its rows; one that has the old name later is left alone (issue 9, M2). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase } from './pulled.ts'

const models = `import { schema, integer, text } from '${new URL('../../src/schema.ts', import.meta.url).pathname}'
export const store = schema('store', { renamedFrom: 'shop' })
export const t = store.table('t', { id: integer().primaryKey(), name: text() })
`

describeLive('a schema that is renamed in models', (server) => {
  test('is renamed with its rows, both ways', { timeout: 60_000 }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'ambix-schema-renames-'))
    try {
      await inDatabase(server, async (connection, url) => {
        await connection.script(
          `CREATE SCHEMA shop; CREATE TABLE shop.t (id integer PRIMARY KEY, name text); INSERT INTO shop.t VALUES (1, 'a'), (2, 'b')`,
        )
        writeFileSync(join(root, 'schema.ts'), models)
        const config = { root, url, dialect: 'postgres', migrations: './migrations', schema: './schema.ts' } as const
        await revision(config, { connection, autogenerate: true, message: 'store', revId: 's1' })
        await upgrade(config, 'head', { connection })
        expect(await connection.values('SELECT count(*) FROM store.t')).toEqual([['2']])
        expect(await connection.values(`SELECT to_regnamespace('shop')`)).toEqual([[null]])
        expect((await check(config, { connection }))[0]?.differences).toEqual([])
        await downgrade(config, 'base', { connection })
        expect(await connection.values('SELECT count(*) FROM shop.t')).toEqual([['2']])
        await upgrade(config, 'head', { connection })
        // Somebody else's schema by now.
        await connection.script('CREATE SCHEMA shop; CREATE TABLE shop.mine (a integer)')
        expect((await check(config, { connection }))[0]?.differences).toEqual([])
      })
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
