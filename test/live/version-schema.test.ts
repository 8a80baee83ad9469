/** `versionTableSchema` may name a schema that is not there yet, or that the first revision makes (issue 9, M20). */
import { expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase, inFolder } from './pulled.ts'

describeLive('a schema of its own for the version table', (server) => {
  test('made by the first revision, dropped by its downgrade', { timeout: 60_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      await inFolder(async (root) => {
        writeFileSync(
          join(root, 'schema.ts'),
          "import { integer, schema } from 'ambix/schema'\nexport const t = schema('app').table('t', { id: integer().primaryKey() })\n",
        )
        const config = { root, url, schema: './schema.ts', migrations: './migrations', versionTableSchema: 'app' }
        const common = { connection }
        const tables = async (): Promise<unknown> =>
          (await connection.values("SELECT tablename FROM pg_tables WHERE schemaname = 'app' ORDER BY 1")).flat()
        await revision(config, { ...common, autogenerate: true, message: 'first' })
        for (const round of [1, 2]) {
          await upgrade(config, 'head', common)
          expect(await tables(), `round ${round}`).toEqual(['ambix_history', 'ambix_version', 't'])
          expect((await check(config, common))[0]!.differences).toEqual([])
          await downgrade(config, 'base', common)
          expect(await tables(), `round ${round}`).toEqual(['ambix_history', 'ambix_version'])
        }
      })
    })
  })
})
