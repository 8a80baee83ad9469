/** Revisions in plain SQL and scripts for other clients: text that is cut by the rules of MySQL. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { load } from '../support/mysql-pairs.ts'

const revision = `-- Revision ID: s1
-- Revises: none

-- upgrade
CREATE TABLE t (id int PRIMARY KEY, v varchar(40)); # a remark; of MySQL
INSERT INTO t VALUES (1, 'it\\'s; one'), (2, "two;");
CREATE PROCEDURE p() BEGIN IF 1 THEN INSERT INTO t VALUES (3, 'a;b'); END IF; END;
CALL p();

-- downgrade
DROP PROCEDURE p;
DROP TABLE t;
`

describeMysql('SQL text', () => {
  test('of a revision runs, comes back, and runs as a script of another client', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ambix-mysql-sql-'))
    mkdirSync(join(dir, 'migrations'))
    writeFileSync(join(dir, 'migrations', 's1.sql'), revision)
    const [url, other] = [await mysqlDatabase(), await mysqlDatabase()]
    const [db, second] = [await open(url), await open(other)]
    try {
      const config = { migrations: './migrations', url }
      const rows = 'SELECT GROUP_CONCAT(v ORDER BY id) FROM t'
      await upgrade(config, 'head', { cwd: dir })
      expect(await db.values(rows)).toEqual([["it's; one,two;,a;b"]])
      const [script] = await upgrade(config, 'head', { cwd: dir, sql: true })
      expect(script!.script).toContain('DELIMITER //')
      await load(second, script!.script!)
      expect(await second.values(rows)).toEqual([["it's; one,two;,a;b"]])
      await downgrade(config, 'base', { cwd: dir })
      expect(await db.values("SHOW TABLES LIKE 't'")).toEqual([])
    } finally {
      await db.close()
      await second.close()
      rmSync(dir, { recursive: true, force: true })
    }
  })

  test.each([
    'USE other_db;',
    'CREATE DATABASE other_db;',
    '/*!40000 DROP DATABASE IF EXISTS `other_db`*/;',
    '-- said\nuse `other_db`;',
  ])('of a schema that leaves its database is refused with its line: %s', async (statement) => {
    const dir = mkdtempSync(join(tmpdir(), 'ambix-mysql-sql-'))
    mkdirSync(join(dir, 'migrations'))
    writeFileSync(
      join(dir, 'schema.sql'),
      `CREATE TABLE t (id int PRIMARY KEY);\n${statement}\nCREATE TABLE u (id int);\n`,
    )
    try {
      const url = await mysqlDatabase()
      await expect(
        check({ migrations: './migrations', schema: './schema.sql', url }, { cwd: dir }),
      ).rejects.toMatchObject({
        code: 'SCHEMA.SOURCE',
        message: expect.stringMatching(/^schema\.sql:[23]:1: /),
        why: 'It would leave the scratch database for another one.',
      })
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
