/** Issue 11, figures: how much is said to the server is the same for five tables and for sixty (counted, not timed). */
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { mysql2 } from '../../src/drivers/mysql2.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import { folderOf } from '../support/folder.ts'
import { load } from '../support/mysql-pairs.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

const models = (
  count: number,
): string => `import { check, enumType, index, integer, sql, table, timestamp, varchar } from 'ambix/schema'
${Array.from(
  { length: count },
  (_, i) => `export const e${i} = enumType('t${i}_state', ['a', 'b'])
export const t${i} = table('t${i}', {
  id: integer().primaryKey().identity(),
  name: varchar(40).notNull(),
  state: e${i}().notNull().default('a'),
  other: integer(),
  at: timestamp().notNull().default(sql\`CURRENT_TIMESTAMP\`),
}, (t) => [index('ix_name_${i}').on(t.name), check('c${i}', sql\`other > 0\`)])`,
).join('\n')}
`
const ddl = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `CREATE TABLE t${i} (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, state enum('a','b') NOT NULL DEFAULT 'a', other int, at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, KEY ix_name_${i} (name), CONSTRAINT c${i} CHECK (other > 0));`,
  ).join('\n')

describeMysql('check of a database of which nothing differs', () => {
  test('says as much for sixty tables as for five', async () => {
    const said: (readonly string[])[] = []
    for (const count of [5, 60]) {
      const url = await mysqlDatabase()
      const db = await open(url)
      await load(db, ddl(count))
      await db.close()
      const sent: string[] = []
      const driver: Driver = {
        ...mysql2,
        open: (to, options) => mysql2.open(to, { ...options, onSql: (sql) => void sent.push(sql.slice(0, 60)) }),
      }
      const root = folderOf({ 'schema.ts': models(count), 'migrations/.keep': '' })
      const [found] = await check({ root, url, driver, schema: './schema.ts' })
      expect(found!.differences).toEqual([])
      said.push(sent)
    }
    expect(said[1]).toEqual(said[0])
    expect(said[0]!.length).toBeLessThan(30)
  })
})
