/** Whatever a database has, models that are pulled from it say the same: every schema of the changes by the manuals, read back as TypeScript. */
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { pull } from '../../src/commands/pull.ts'
import { folderOf } from '../support/folder.ts'
import { describeMysql, dropMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { load } from '../support/mysql-pairs.ts'
import { pairs } from './manual-pairs.ts'

describeMysql('models pulled from a database', () => {
  for (const [name, pair] of Object.entries(pairs))
    test(name, async () => {
      const url = await mysqlDatabase()
      try {
        const db = await open(url)
        await load(db, pair.new)
        await db.close()
        const root = folderOf({ 'ambix.config.json': '{}' })
        const config = { root, url, schema: './schema.ts' }
        await pull(config, { models: 'ts', out: 'schema.ts' })
        const [result] = await check(config)
        expect([result!.differences, result!.decisions]).toEqual([[], []])
      } finally {
        await dropMysql(url)
      }
    })
})
