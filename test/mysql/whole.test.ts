/** Issue 11, point 5: what a project does besides upgrading, on a real MariaDB or MySQL: each command once, end to end. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { sandbox, type Sandbox } from '../cli/sandbox.ts'
import { catalogOf, load } from '../support/mysql-pairs.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

const models = `import { boolean, check, customType, enumType, index, integer, json, sql, table, timestamp, varchar } from 'ambix/schema'
export const role = enumType('role', ['admin', 'reader'])
export const users = table('users', {
  id: integer().primaryKey().identity(),
  email: varchar(120).notNull().unique(),
  role: role().notNull().default('reader'),
  live: boolean().notNull().default(true),
  notes: json(),
  size: customType('int unsigned').notNull().default(0),
  at: timestamp({ precision: 3 }).default(sql\`CURRENT_TIMESTAMP(3)\`),
}, (t) => [index('ix_at').on(t.at), check('size_ok', sql\`size < 1000\`)])
`
const more = models
  .replace("['admin', 'reader']", "['admin', 'writer', 'reader']")
  .replace('  notes: json(),', "  notes: json(),\n  nick: varchar(30).comment('as they like'),")

/** A project whose first revision is written and applied. */
async function started(config: Readonly<Record<string, unknown>> = {}): Promise<{ p: Sandbox; url: string }> {
  const url = await mysqlDatabase()
  const p = sandbox({ files: { 'src/schema.ts': models }, config: { url, schema: './src/schema.ts', ...config } })
  await ok(p, 'revision --autogenerate -m first --rev-id a1')
  await ok(p, 'upgrade head')
  return { p, url }
}

async function ok(p: Sandbox, line: string, code = 0): Promise<string> {
  const done = await p.$(line)
  expect(done.code === code ? line : `${line}\n${done.stderr}`).toBe(line)
  return done.stdout + done.stderr
}

async function on<T>(url: string, use: (db: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const db = await open(url)
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}

const rights = (lines: readonly string[]): readonly string[] => lines.filter((l) => !l.startsWith('ambix'))

describeMysql('a project', () => {
  test('as scripts: up and down as SQL give what the run gives', async () => {
    const { p, url } = await started()
    p.write('src/schema.ts', more)
    await ok(p, 'revision --autogenerate -m more --rev-id a2')
    const up = await p.$('upgrade base:head --sql')
    expect(up.code).toBe(0)
    const down = await p.$('downgrade head:base --sql')
    expect(down.code).toBe(0)
    await ok(p, 'upgrade head')
    const live = await on(url, catalogOf)
    const other = await mysqlDatabase()
    await on(other, async (db) => {
      await load(db, up.stdout)
      expect(rights(await catalogOf(db))).toEqual(live)
      expect(await db.values('SELECT version_num FROM ambix_version')).toEqual([['a2']])
      await load(db, down.stdout)
      expect(rights(await catalogOf(db))).toEqual([])
      expect(await db.values('SELECT COUNT(*) FROM ambix_version')).toEqual([['0']])
    })
  })

  test('as scripts for a client that knows no ambix: the settings that the text needs are in it', async () => {
    const { p } = await started()
    const { stdout } = await p.$('upgrade base:head --sql')
    const url = await mysqlDatabase()
    await on(url, async (db) => {
      await db.script("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'")
      await load(db, stdout)
      expect((await db.values('SELECT @@SESSION.sql_mode'))[0]![0]).toMatch(/STRICT_TRANS_TABLES/)
      expect((await db.values('SELECT @@SESSION.sql_mode'))[0]![0]).not.toMatch(/NO_BACKSLASH_ESCAPES/)
    })
  })

  test('dry: nothing is done, and what would be is said', async () => {
    const { p, url } = await started()
    p.write('src/schema.ts', more)
    await ok(p, 'revision --autogenerate -m more --rev-id a2')
    const before = await on(url, catalogOf)
    const said = await ok(p, 'upgrade head --dry-run')
    expect(said).toContain("MODIFY COLUMN `role` enum('admin','writer','reader')")
    expect(await on(url, catalogOf)).toEqual(before)
    expect(await ok(p, 'current')).toContain('a1')
  })

  test('stamped, merged, and walked back through both branches', async () => {
    const { p, url } = await started()
    for (const [id, table] of [
      ['b1', 'left_side'],
      ['b2', 'right_side'],
    ])
      p.write(
        `migrations/${id}.ts`,
        `import { integer } from 'ambix/schema'\nexport const revision = '${id}'\nexport const downRevision = 'a1'\nexport const branchLabels = []\nexport const dependsOn = []\nexport function upgrade(op) { op.createTable('${table}', { id: integer().primaryKey() }) }\nexport function downgrade(op) { op.dropTable('${table}') }\n`,
      )
    await ok(p, 'merge heads -m both --rev-id c1')
    await ok(p, 'upgrade head')
    expect(await ok(p, 'current --check-heads')).toContain('c1')
    await on(url, async (db) => expect(await db.values("SHOW TABLES LIKE '%side'")).toHaveLength(2))
    await ok(p, 'downgrade a1')
    await on(url, async (db) => expect(await db.values("SHOW TABLES LIKE '%side'")).toEqual([]))
    await ok(p, 'stamp b1')
    expect(await ok(p, 'current')).toContain('b1')
    await ok(p, 'stamp a1')
    await ok(p, 'history -i')
  })

  test('asks by hints: a rename is one, and no column is dropped', async () => {
    const { p, url } = await started()
    await on(url, (db) => db.script("INSERT INTO users (email, role) VALUES ('a@b', 'admin')"))
    p.write(
      'src/schema.ts',
      models
        .replace('  email: varchar(120)', '  mail: varchar(120)')
        .replace("['admin', 'reader']", "['boss', 'reader']"),
    )
    const asked = await p.$('revision --autogenerate -m hints --rev-id a2')
    expect(asked.code).toBe(2)
    p.write(
      'hints.json',
      JSON.stringify([
        { rename: 'column', table: 'users', from: 'email', to: 'mail' },
        { rename: 'value', enum: 'role', from: 'admin', to: 'boss' },
      ]),
    )
    await ok(p, `revision --autogenerate -m hints --rev-id a2 --hints ${p.dir}/hints.json`)
    await ok(p, 'upgrade head')
    await on(url, async (db) => expect(await db.values('SELECT mail, role FROM users')).toEqual([['a@b', 'boss']]))
    await ok(p, 'check')
    await ok(p, 'downgrade -1')
    await on(url, async (db) => expect(await db.values('SELECT email, role FROM users')).toEqual([['a@b', 'admin']]))
  })

  test.each(['ts', 'sql'])('pulled as %s is the database, with all that stands in it', async (kind) => {
    const url = await mysqlDatabase()
    const all = `CREATE TABLE a (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, e enum('x','it''s') NOT NULL DEFAULT 'x', s set('p','q'), v varchar(20) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'back\\\\\\\\slash' COMMENT 'c', d decimal(5,2) unsigned, g int AS (id + 1) VIRTUAL, at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), p point NOT NULL, t text, KEY kv (v(5)), SPATIAL KEY sp (p), FULLTEXT KEY ft (t), CONSTRAINT c CHECK (d > 0)) ENGINE=InnoDB ROW_FORMAT=COMPRESSED COMMENT='all';
CREATE TABLE b2 (id bigint PRIMARY KEY, a_id int unsigned, CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE);
CREATE VIEW w AS SELECT id, e FROM a WHERE id > 1 WITH CASCADED CHECK OPTION;
CREATE TRIGGER g BEFORE INSERT ON b2 FOR EACH ROW BEGIN SET NEW.id = NEW.id + 1; SET NEW.id = NEW.id + 1; END;
CREATE FUNCTION f(x int) RETURNS int DETERMINISTIC RETURN x + 1;
CREATE PROCEDURE r(IN x int) BEGIN SELECT x; SELECT 'a;b'; END;
CREATE EVENT ev ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM b2;`
    await on(url, (db) => load(db, all))
    const p = sandbox({ config: { url, schema: kind === 'ts' ? './models.ts' : './models.sql' } })
    await ok(p, `pull --models ${kind} --out models.${kind}`)
    expect(await ok(p, 'check')).toContain('No changes')
    // And as a new database.
    const other = await mysqlDatabase()
    await ok(p, `revision --autogenerate -m all --rev-id z1 --url ${other}`)
    await ok(p, `upgrade head --url ${other}`)
    expect(rights(await on(other, catalogOf))).toEqual(await on(url, catalogOf))
    await ok(p, `downgrade base --url ${other}`)
    expect(rights(await on(other, catalogOf))).toEqual([])
  })

  test('that is taken over from its database is at its baseline', async () => {
    const url = await mysqlDatabase()
    await on(url, (db) => load(db, "CREATE TABLE a (id int PRIMARY KEY, e enum('x','y'));"))
    const p = sandbox()
    await ok(p, `init --from-database --url ${url}`)
    await ok(p, `check --url ${url}`)
    expect(await ok(p, `current --check-heads --url ${url}`)).toMatch(/head/)
  })

  test.each(['a database of its own', 'a database that is named'])(
    'is tested by ambix/testing in %s',
    async (where) => {
      const { p } = await started()
      const empty = await mysqlDatabase()
      const testing = new URL('../../src/testing.ts', import.meta.url).href
      const given = where === 'a database of its own' ? '' : `, { url: ${JSON.stringify(empty)} }`
      p.write(
        'all.test.mjs',
        `import { test } from 'node:test'\nimport { migrationTests } from ${JSON.stringify(testing)}\nfor (const t of migrationTests({ file: new URL('ambix.config.json', import.meta.url).pathname }${given})) test(t.name, t.run)\n`,
      )
      const done = spawnSync(process.execPath, ['--test', 'all.test.mjs'], {
        cwd: p.dir,
        encoding: 'utf8',
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NODE_OPTIONS: undefined },
      })
      expect(done.stdout + done.stderr).toMatch(/pass 6\b/)
      await on(empty, async (db) => expect(await db.values('SHOW TABLES')).toEqual([]))
    },
  )

  test('whose user may make no database tries things in the empty one that is named', async () => {
    const [url, spare] = [await mysqlDatabase(), await mysqlDatabase()]
    const [name, spareName] = [url, spare].map((u) => u.slice(u.lastIndexOf('/') + 1))
    const user = `h${process.pid}`
    await on(url, (db) =>
      db.script([
        `CREATE USER ${user}@'%' IDENTIFIED BY 'secret'`,
        `GRANT ALL ON ${name}.* TO ${user}@'%'`,
        `GRANT ALL ON ${spareName}.* TO ${user}@'%'`,
      ]),
    )
    try {
      const as = (u: string): string => u.replace('root@', `${user}:secret@`)
      const files = { 'src/schema.ts': more }
      const alone = sandbox({ files, config: { url: as(url), schema: './src/schema.ts' } })
      const refused = await alone.$('check')
      expect(refused.stderr).toMatch(/No scratch database can be created on the server/)
      const p = sandbox({ files, config: { url: as(url), schema: './src/schema.ts', scratch: as(spare) } })
      await ok(p, 'check', 2)
      await ok(p, 'check', 2)
      await on(spare, async (db) => expect(await db.values('SHOW TABLES')).toEqual([]))
      await on(spare, (db) => db.script('CREATE TABLE mine (id int)'))
      expect((await p.$('check')).stderr).toContain('The scratch database is not empty')
      await on(spare, async (db) => expect(await db.values('SHOW TABLES')).toEqual([['mine']]))
    } finally {
      await on(url, (db) => db.script(`DROP USER ${user}@'%'`))
    }
  })
})
