/** Scripts of whole histories: two revisions by the manuals' pairs, up from nothing and one back, without a database; run as another client would. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import type { Hint } from '../../src/diff/model/types.ts'
import { folderOf } from '../support/folder.ts'
import { describeMysql, dropMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { catalogOf, difference, load } from '../support/mysql-pairs.ts'
import { tableOf } from '../support/table-of.ts'
import { pairs } from './manual-pairs.ts'

const catalog = async (url: string): Promise<readonly string[]> => {
  const db = await open(url)
  try {
    return await catalogOf(db)
  } finally {
    await db.close()
  }
}

async function made(sql: string): Promise<readonly string[]> {
  const url = await mysqlDatabase()
  const db = await open(url)
  await load(db, sql)
  await db.close()
  const found = await catalog(url)
  await dropMysql(url)
  return found
}

describeMysql('scripts', () => {
  for (const [name, pair] of tableOf(Object.entries(pairs).filter(([, p]) => p.empty !== true)))
    test(name, async () => {
      const [url, other] = [await mysqlDatabase(), await mysqlDatabase()]
      try {
        const root = folderOf({ 'schema.sql': pair.old })
        mkdirSync(join(root, 'migrations'))
        // Without a database, the URL says which of the two servers it is.
        const config = { root, url: url.replace('mysql:', 'mariadb:'), schema: './schema.sql' }
        await revision(config, { message: 'first', autogenerate: true, revId: 'a1' })
        await upgrade(config)
        writeFileSync(join(root, 'schema.sql'), pair.new)
        await revision(config, {
          message: 'second',
          autogenerate: true,
          revId: 'a2',
          hints: (pair.hints ?? []) as readonly Hint[],
          ask: async (decision) => decision.options.find((o) => 'distinct' in o) ?? decision.options[0],
        })
        const [up] = await upgrade(config, 'head', { sql: true })
        const db = await open(other)
        try {
          await load(db, up!.script!)
          expect(difference(await catalogOf(db), await made(pair.new))).toEqual([])
          const [down] = await downgrade(config, 'a2:a1', { sql: true })
          await load(db, down!.script!)
          expect(difference(await catalogOf(db), await made(pair.old))).toEqual([])
        } finally {
          await db.close()
        }
      } finally {
        await dropMysql(url)
        await dropMysql(other)
      }
    })
})
