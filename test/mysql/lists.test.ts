/** Issue 12: columns and indexes come as one row for each table, whatever their texts and however many they are. */
import { expect, test } from 'vitest'
import { mariadb } from '../../src/dialects/mysql/index.ts'
import type { Table } from '../../src/schema/model.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

describeMysql('lists of parts', () => {
  test('odd texts, more of them than a list of the server usually holds, and tables whose names differ in case alone', async () => {
    const db = await open(await mysqlDatabase())
    try {
      const remark = (i: number): string => `${i} it's "so"\\, \t\n{[ü€]} `.padEnd(1020, `/\\"'`)
      const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
      const wide = Array.from({ length: 40 }, (_, i) => `\`c"${i}\\\` int COMMENT ${text(remark(i))}`)
      await db.script([
        `CREATE TABLE wide (${wide.join(', ')}, KEY \`i"x\\\` (\`c"1\\\`, \`c"0\\\`) COMMENT ${text(remark(0))})`,
        `CREATE TABLE same (a int NOT NULL DEFAULT 1, UNIQUE KEY k (a))`,
        `CREATE TABLE Same (a int NOT NULL DEFAULT 1, b varchar(9) DEFAULT ${text(`'"\\`)}, KEY k (b(3) , a))`,
      ])
      await db.script('SET SESSION group_concat_max_len = 1024')
      const { objects } = await mariadb.forServer!(db.serverVersion, db.serverText).reflect(db, { schemas: [] })
      const tableOf = (name: string): Table => objects.get(`table:${name}`) as Table
      expect(tableOf('wide').columns.map((c) => [c.name, c.comment])).toEqual(
        wide.map((_, i) => [`c"${i}\\`, remark(i)]),
      )
      expect(tableOf('wide').indexes).toEqual([
        { name: 'i"x\\', elements: [{ column: 'c"1\\' }, { column: 'c"0\\' }], comment: remark(0) },
      ])
      expect(tableOf('same').columns.map((c) => c.name)).toEqual(['a'])
      const other = tableOf('Same')
      expect(other.columns).toEqual([
        tableOf('same').columns[0],
        {
          name: 'b',
          type: { kind: 'varchar', length: 9 },
          nullable: true,
          default: { kind: 'literal', value: `'"\\` },
        },
      ])
      // Most tables have the same few.
      expect(other.columns[0]).toBe(tableOf('same').columns[0])
      expect(other.indexes).toEqual([{ name: 'k', elements: [{ column: 'b', length: 3 }, { column: 'a' }] }])
      expect(await db.values('SELECT @@SESSION.group_concat_max_len')).toEqual([['1024']])
    } finally {
      await db.close()
    }
  })
})
