/** DDL and raw SQL that name a database: the target's own name is as if it were left out, and nothing reaches another one while things are tried. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { folderOf } from '../support/folder.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { load } from '../support/mysql-pairs.ts'

const tables = async (url: string): Promise<readonly (readonly (string | null)[])[]> => {
  const db = await open(url)
  try {
    return await db.values(
      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'ambix%' ORDER BY 1",
    )
  } finally {
    await db.close()
  }
}
const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)

/** As MySQL Workbench and phpMyAdmin write it. */
const qualified = (name: string): string => `
CREATE TABLE ${name}.p (id int PRIMARY KEY, s enum('a','b') DEFAULT 'a');
CREATE TABLE IF NOT EXISTS \`${name}\`.\`c\` (id int, p_id int, CONSTRAINT f FOREIGN KEY (p_id) REFERENCES ${name}.p (id));
CREATE VIEW ${name}.v AS SELECT c.id, ${name}.c.p_id AS j FROM ${name}.c JOIN \`${name}\`.p ON \`${name}\`.\`p\`.id = c.p_id;
CREATE INDEX ix ON ${name}.c (id);
ALTER TABLE ${name}.c ADD COLUMN n int;
CREATE TRIGGER ${name}.tr BEFORE INSERT ON ${name}.c FOR EACH ROW SET @x = (SELECT COUNT(*) FROM \`${name}\`.p);
CREATE PROCEDURE ${name}.pr() BEGIN INSERT INTO ${name}.c VALUES (1, 1, 1); SELECT 1; END;
`
const project = (
  url: string,
  schema: string,
): { readonly root: string; readonly url: string; readonly schema: string } => {
  const root = folderOf({ 'schema.sql': schema })
  mkdirSync(join(root, 'migrations'))
  return { root, url, schema: './schema.sql' }
}

describeMysql('a schema that names its database', () => {
  test('is tried elsewhere, and is what the database has after the upgrade', async () => {
    const url = await mysqlDatabase()
    const config = project(url, qualified(nameOf(url)))
    const [found] = await check(config)
    expect(found!.differences.length).toBeGreaterThan(3)
    expect(await tables(url)).toEqual([])
    await revision(config, { message: 'first', autogenerate: true })
    expect(await tables(url)).toEqual([])
    await upgrade(config)
    expect(await tables(url)).toEqual([['c'], ['p'], ['v']])
    const [after] = await check(config)
    expect(after!.differences).toEqual([])
  })

  test('as mysqldump writes defaults that draw from a sequence', async () => {
    const url = await mysqlDatabase()
    const ddl = (s: string): string => `CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(${s}));`
    const db = await open(url)
    await load(db, ddl('s'))
    await db.close()
    const [found] = await check(project(url, ddl(`\`${nameOf(url)}\`.\`s\``)))
    expect(found!.differences).toEqual([])
  })

  test.each([
    ['CREATE TABLE other_db.t (id int)', 'other_db'],
    ['CREATE TABLE IF NOT EXISTS `other_db` . t (id int)', 'other_db'],
    ['CREATE TABLE "other_db"."t" (id int)', 'other_db'],
    ['create or replace view other_db.v as select 1', 'other_db'],
    ['DROP TABLE IF EXISTS x, other_db.t', 'other_db'],
    ['ALTER TABLE other_db.t ADD COLUMN n int', 'other_db'],
    ['RENAME TABLE x TO other_db.t', 'other_db'],
    ['TRUNCATE other_db.t', 'other_db'],
    ['CREATE UNIQUE INDEX i ON other_db.t (id)', 'other_db'],
    ['INSERT INTO other_db.t VALUES (1)', 'other_db'],
    ['UPDATE other_db.t SET n = 1', 'other_db'],
    ['DELETE FROM other_db.t', 'other_db'],
    ["SET @@GLOBAL.GTID_PURGED = ''", 'the whole server'],
    ['SET GLOBAL max_connections = 10', 'the whole server'],
  ])('is refused where it reaches another one: %s', async (statement, says) => {
    const url = await mysqlDatabase()
    await expect(check(project(url, `CREATE TABLE x (id int);\n${statement};\n`))).rejects.toMatchObject({
      code: 'SCHEMA.SOURCE',
      message: expect.stringMatching(/^schema\.sql:2:1: /),
      why: expect.stringContaining(says),
    })
  })

  test('may read another one: foreign keys, views and bodies', async () => {
    const [url, other] = [await mysqlDatabase(), await mysqlDatabase()]
    const db = await open(other)
    await load(db, 'CREATE TABLE p (id int PRIMARY KEY);')
    await db.close()
    const name = nameOf(other)
    const config = project(
      url,
      `CREATE TABLE t (id int, CONSTRAINT f FOREIGN KEY (id) REFERENCES ${name}.p (id)); CREATE VIEW v AS SELECT id FROM ${name}.p;`,
    )
    await revision(config, { message: 'first', autogenerate: true })
    await upgrade(config)
    const [after] = await check(config)
    expect(after!.differences).toEqual([])
  })
})

describeMysql('raw SQL of a revision that is replayed', () => {
  const revised = async (url: string, sql: string): Promise<ReturnType<typeof project>> => {
    const config = project(url, 'CREATE TABLE t (n int);')
    writeFileSync(
      join(config.root, 'migrations', 'a1.ts'),
      `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) { op.execute('CREATE TABLE t (n int)'); op.execute(${JSON.stringify(sql)}) }\nexport function downgrade(op) { op.dropTable('t') }\n`,
    )
    await upgrade(config)
    return config
  }
  const held = async (url: string): Promise<readonly (readonly (string | null)[])[]> => {
    const db = await open(url)
    try {
      return await db.values('SELECT n FROM t')
    } finally {
      await db.close()
    }
  }

  test('changes no row of the target, which it names', async () => {
    const url = await mysqlDatabase()
    const config = await revised(url, `INSERT INTO ${nameOf(url)}.t VALUES (1)`)
    const [found] = await check({ root: config.root, url }, { database: true })
    expect([found!.differences, await held(url)]).toEqual([[], [['1']]])
  })

  test('is refused where it goes to another database', async () => {
    const url = await mysqlDatabase()
    const config = await revised(url, `USE ${nameOf(url)}; INSERT INTO t VALUES (1)`)
    await expect(check({ root: config.root, url }, { database: true })).rejects.toMatchObject({
      message: 'Revision a1 cannot be replayed in a scratch database',
      why: expect.stringContaining('It would leave the scratch database for another one.'),
    })
    expect(await held(url)).toEqual([['1']])
  })
})
