/** Issue 11, figures: how much `check` says to a MariaDB server, counted exactly; and what it can compare without asking one. */
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { sameExpression } from '../../src/dialects/mysql/reflect/expressions.ts'
import { folderOf } from '../support/folder.ts'
import { describeMysql, dropMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { countingProxy } from '../support/wire.ts'

type Ddl = (i: number) => string

/** The texts that a check sends where nothing differs: `there` is the DDL of the database, `models` what is compared with it. */
async function said(count: number, there: Ddl, models: (count: number) => string): Promise<readonly string[]> {
  const url = await mysqlDatabase()
  const db = await open(url)
  for (let i = 0; i < count; i++) await db.script(there(i))
  await db.close()
  const wire = await countingProxy(url)
  try {
    const [result] = await check({
      root: folderOf({ 'schema.ts': models(count) }),
      schema: './schema.ts',
      url: wire.url,
    })
    expect(result!.differences).toEqual([])
    const { texts, statements } = wire.counted()
    expect(texts).toHaveLength(statements)
    return texts
  } finally {
    await wire.close()
    await dropMysql(url)
  }
}

const counts = [20, 100, 300]
const lines = (count: number, line: Ddl): string => Array.from({ length: count }, (_, i) => line(i)).join('\n')
const makes = (texts: readonly string[]): readonly string[] => texts.filter((t) => /^create\b/i.test(t))

/** As people write them: neither quoted nor in the server's words. */
const written = (count: number): string => `
import { boolean, check, customType, enumType, index, integer, numeric, sql, table, text, timestamp, varchar } from 'ambix/schema'
${lines(
  count,
  (i) => `export const state${i} = enumType('t${i}_state', ['draft', 'live'])
export const t${i} = table('t${i}', {
  id: integer().primaryKey().identity(),
  name: varchar(100).notNull(),
  state: state${i}().notNull().default('draft'),
  price: numeric(12, 2),
  open: boolean().notNull().default(true),
  made_at: timestamp({ precision: 6 }).notNull().default(sql\`NOW(6)\`),
  token: customType('char(36)').notNull().default(sql\`UUID()\`),
  shout: varchar(110).generatedAs(sql\`CONCAT(UPPER(name), '!')\`, { stored: false }),
}, (t) => [
  index('t${i}_name').on(t.name),
  check('t${i}_price', sql\`price > 0 AND (price < 1000 OR name != '')\`),
  check('t${i}_name_size', sql\`CHAR_LENGTH(name) BETWEEN 1 AND 90\`),
])`,
)}`
const writtenDdl: Ddl = (
  i,
) => `CREATE TABLE t${i} (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(100) NOT NULL,
  state enum('draft','live') NOT NULL DEFAULT 'draft', price decimal(12,2), open tinyint(1) NOT NULL DEFAULT 1,
  made_at datetime(6) NOT NULL DEFAULT now(6), token char(36) NOT NULL DEFAULT (uuid()),
  shout varchar(110) GENERATED ALWAYS AS (concat(upper(name), '!')) VIRTUAL, KEY t${i}_name (name),
  CONSTRAINT t${i}_price CHECK (price > 0 AND (price < 1000 OR name <> '')),
  CONSTRAINT t${i}_name_size CHECK (char_length(name) BETWEEN 1 AND 90))`

/** Expressions whose printed form only the server knows, views and partitions. */
const spelled = (count: number): string => `
import { check, integer, sql, table, varchar, view } from 'ambix/schema'
${lines(
  count,
  (i) => `export const t${i} = table('t${i}', {
  id: integer().primaryKey(),
  name: varchar(100).notNull(),
  twice: varchar(20).generatedAs(sql\`CAST(id * 2 AS CHAR(20))\`),
}, (t) => [check('t${i}_name', sql\`NOT (name = '')\`)], { with: { partition: 'HASH(id) PARTITIONS 3' } })
export const v${i} = view('v${i}', sql\`SELECT id, CONCAT(name, '!') AS shout FROM t${i}\`)`,
)}`
const spelledDdl: Ddl = (i) => `CREATE TABLE t${i} (id int NOT NULL PRIMARY KEY, name varchar(100) NOT NULL,
  twice varchar(20) GENERATED ALWAYS AS (CAST(id * 2 AS CHAR(20))) STORED, CONSTRAINT t${i}_name CHECK (NOT (name = '')))
  PARTITION BY HASH (id) PARTITIONS 3;
CREATE VIEW v${i} AS SELECT id, CONCAT(name, '!') AS shout FROM t${i}`

describeMysql('on the wire', () => {
  test('a check without a difference takes as many statements for 300 tables as for 20, and makes nothing', async () => {
    const all: (readonly string[])[] = []
    for (const count of counts) all.push(await said(count, writtenDdl, written))
    expect(all.map((texts) => texts.length)).toEqual(counts.map(() => all[0]!.length))
    expect(all[0]!.length).toBeLessThanOrEqual(20)
    expect(all.flatMap(makes)).toEqual([])
  })

  test('as many again where the server must print expressions and views: they are created by one message', async () => {
    const all: (readonly string[])[] = []
    for (const count of counts) all.push(await said(count, spelledDdl, spelled))
    // SHOW CREATE TABLE is the one place where partitions are told in full (MariaDB).
    const others = all.map((texts) => texts.filter((t) => !t.startsWith('SHOW CREATE TABLE')))
    expect(others.map((texts) => texts.length)).toEqual(counts.map(() => others[0]!.length))
    expect(others[0]!.length).toBeLessThanOrEqual(60)
    expect(others.map((texts) => makes(texts).filter((t) => !/^create database/i.test(t)).length)).toEqual(
      counts.map(() => 1),
    )
  }, 300_000)

  /** Expressions as they are written, each of which the server prints otherwise. */
  const alike = [
    'a > 0',
    'a!=b',
    "a > 0 AND b > 0 OR c = 'x'",
    "a > 0 AND (b > 0 OR c = 'x')",
    'a BETWEEN 1 AND 10',
    'a NOT BETWEEN 1 AND 10 AND b > 1',
    "c LIKE 'x%'",
    "c NOT LIKE 'x%'",
    'c IS NOT NULL',
    "c IN ('x', 'y')",
    'a NOT IN (1,2)',
    'a + b * 2 - 3',
    '(a + b) * 2',
    'a - (b - 1)',
    '-a + 1',
    'a DIV 2',
    'a MOD 2',
    'MOD(a, 2)',
    'a & 3 | b << 1',
    "CONCAT(c, ' ', a)",
    'SUBSTRING(c, 1, 3)',
    'UPPER(LOWER(c))',
    'COALESCE(a, b, 0)',
    'IF(a > b, a, b)',
    "IFNULL(c, 'it''s')",
    "CASE WHEN a > 1 THEN 'x' ELSE 'y' END",
    "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'z' END",
    'CHAR_LENGTH(c)',
    'd + INTERVAL 1 DAY',
    'YEAR(d)',
    "JSON_VALUE(c, '$.a')",
    'ROUND(a / b, 2)',
    'CEIL(a / b)',
    'a = b && a > 0',
    'c COLLATE utf8mb4_bin',
  ]
  /** Pairs that mean something else. */
  const unlike: readonly (readonly [string, string])[] = [
    ['a > 0 AND b > 0 OR a > 5', 'a > 0 AND (b > 0 OR a > 5)'],
    ['a - b - 1', 'a - (b - 1)'],
    ['a + b * 2', '(a + b) * 2'],
    ["c = 'x'", "c = 'X'"],
    ['a > b', 'b > a'],
    ['a BETWEEN 1 AND 10 AND b', 'a BETWEEN 1 AND (10 AND b)'],
    ['a IN (1, 2)', 'a IN (1, 3)'],
    ['a NOT IN (1)', 'a IN (1)'],
    ["IF(a, 'x', 'y')", "IF(a, 'y', 'x')"],
    ['a / b / 2', 'a / (b / 2)'],
    ["c LIKE 'a%'", "c LIKE 'a_'"],
    ['-a ^ b', '-(a ^ b)'],
    ['a << 1 + b', '(a << 1) + b'],
    ['c COLLATE utf8mb4_bin', 'c COLLATE utf8mb4_general_ci'],
    ["'a' 'b'", "'a'"],
    ['CASE a WHEN 1 THEN 2 END', 'CASE WHEN a THEN 1 ELSE 2 END'],
    ['a XOR b OR c', 'a XOR (b OR c)'],
    ['a = b IS NULL', 'a = (b IS NULL)'],
  ]

  async function printed(expressions: readonly string[]): Promise<readonly string[]> {
    const url = await mysqlDatabase()
    const db = await open(url)
    try {
      await db.script(
        `CREATE TABLE t (a int, b int, c varchar(50) COLLATE utf8mb4_general_ci, d datetime, ${expressions
          .map((e, i) => `x${i} varchar(60) GENERATED ALWAYS AS (${e}) VIRTUAL`)
          .join(', ')})`,
      )
      return (
        await db.values(
          "SELECT GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME LIKE 'x%' ORDER BY ORDINAL_POSITION",
        )
      ).map((row) => row[0]!)
    } finally {
      await db.close()
    }
  }

  test('what people write is known again in what the server prints, without asking it', async () => {
    const prints = await printed(alike)
    expect(alike.filter((e, i) => !sameExpression(e, prints[i]!)).map((e) => [e, prints[alike.indexOf(e)]])).toEqual([])
  })

  test('and nothing is taken for what means something else', async () => {
    const prints = await printed(unlike.flat())
    for (const [i, [a, b]] of unlike.entries()) {
      expect([a, b, sameExpression(a, b)]).toEqual([a, b, false])
      expect([a, b, sameExpression(a, prints[2 * i + 1]!)]).toEqual([a, b, false])
      expect([b, a, sameExpression(b, prints[2 * i]!)]).toEqual([b, a, false])
    }
  })

  test('whatever is taken for the same is printed as the same', async () => {
    const all = [...alike, ...unlike.flat()]
    const prints = await printed(all)
    for (const [i, a] of all.entries())
      for (const [j, b] of all.entries())
        if (i !== j && sameExpression(a, b)) expect([a, b, prints[i]]).toEqual([a, b, prints[j]])
  })
})
