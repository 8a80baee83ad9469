/** Issue 11, point 3: servers and databases that are set otherwise: sql_mode, letter case, character sets, long names. */
import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { mysqlSession } from '../../src/dialects/mysql/session/session-dialect.ts'
import { session } from '../../src/dialects/mysql/session/session.ts'
import { mysql2 } from '../../src/drivers/mysql2.ts'
import { lockKey } from '../../src/runtime/bookkeeping.ts'
import { sandbox, type Sandbox } from '../cli/sandbox.ts'
import { catalogOf, difference, load, runPair } from '../support/mysql-pairs.ts'
import { describeMysql, describePrivateMysql, mysqlDatabase, open } from '../support/mysql.ts'

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
const own = (lines: readonly string[]): readonly string[] => lines.filter((l) => !l.startsWith('ambix'))

/** Up from the schema, clean, pulled both ways and clean, and down to nothing. */
async function thereAndBack(url: string, files: Readonly<Record<string, string>>, schema: string): Promise<Sandbox> {
  const p = sandbox({ files, config: { url, schema } })
  await ok(p, 'revision --autogenerate -m all --rev-id a1')
  await ok(p, 'upgrade head')
  expect(await ok(p, 'check')).toContain('No changes')
  for (const kind of ['ts', 'sql']) {
    await ok(p, `pull --models ${kind} --out pulled.${kind}`)
    p.write('ambix.config.json', JSON.stringify({ url, schema: `./pulled.${kind}` }))
    expect(await ok(p, 'check')).toContain('No changes')
  }
  p.write('ambix.config.json', JSON.stringify({ url, schema }))
  await ok(p, 'downgrade base')
  expect(own(await on(url, catalogOf))).toEqual([])
  await ok(p, 'upgrade head')
  return p
}

/** 64 letters, 128 bytes: as long as a name may be, for a server that counts letters. */
const long = (word: string): string => word + 'é'.repeat(64 - word.length)

describeMysql("a server with other people's databases", () => {
  test('opens none of their views where ambix looks for its own tables', async () => {
    const [url, theirs] = [await mysqlDatabase(), await mysqlDatabase()]
    await on(theirs, (db) => db.script(['CREATE TABLE t (id int)', 'CREATE VIEW v AS SELECT id FROM t']))
    await on(url, async (db) => {
      await db.script(['CREATE TABLE ambix_version (version_num varchar(32) PRIMARY KEY)'])
      const found = await db.values(session.bookkeeping.inspect!(undefined, ['ambix_version', 'ambix_history']))
      expect(found.map(([name, , problem, width]) => [name, problem, width])).toEqual([
        [null, null, null],
        ['ambix_version', null, '32'],
      ])
      // MySQL has no such counter: it keeps its catalogs in tables.
      const opened = await db.values("SHOW SESSION STATUS LIKE 'Opened_views'")
      expect(opened.map((row) => row[1])).toEqual(opened.map(() => '0'))
    })
  })
})

describeMysql('names and labels', () => {
  const label = 'ü'.repeat(200)
  const files = {
    'schema.ts': `import { enumType, index, integer, table } from 'ambix/schema'
export const kind = enumType('kind', ['a', '${label}'])
export const t = table('${long('t')}', { id: integer().primaryKey(), n: integer().named('${long('c')}'), k: kind() }, (t) => [index('${long('i')}').on(t.n)])
export const unnamed = table('${'é'.repeat(60)}', { id: integer().primaryKey(), n: integer().named('${'ö'.repeat(30)}').unique().references(() => t.id) })
`,
    'schema.sql': `CREATE TABLE \`${long('t')}\` (id int PRIMARY KEY, \`${long('c')}\` int, k enum('a', '${label}'), KEY \`${long('i')}\` (\`${long('c')}\`), CONSTRAINT \`${long('k')}\` CHECK (\`${long('c')}\` > 0));`,
  }
  test.each(['./schema.ts', './schema.sql'])('may be as long as the server counts letters: %s', async (schema) => {
    const url = await mysqlDatabase()
    await thereAndBack(url, files, schema)
    const catalog = (await on(url, catalogOf)).join('\n')
    for (const name of [long('t'), long('c'), long('i'), label]) expect(catalog).toContain(name)
  })

  test.each([
    ['./schema.sql', `CREATE TABLE ${'é'.repeat(65)} (id int PRIMARY KEY);`],
    [
      './schema.ts',
      `import { integer, table } from 'ambix/schema'\nexport const t = table('${'é'.repeat(65)}', { id: integer().primaryKey() })`,
    ],
  ])('that are longer are refused with how long they are: %s', async (schema, text) => {
    const p = sandbox({ files: { [schema.slice(2)]: text }, config: { url: await mysqlDatabase(), schema } })
    const done = await p.$('check')
    expect(done.stderr).toContain('[SCHEMA.NAME_TOO_LONG]')
    expect(done.stderr).toContain('It has 65 characters, and the database keeps 64.')
  })
})

describeMysql('character sets', () => {
  const ddl = (rest = ''): string =>
    `CREATE TABLE plain (id int PRIMARY KEY, v varchar(20) DEFAULT 'é', e enum('ä','b'))${rest};
CREATE TABLE other (id int PRIMARY KEY, v varchar(20), w varchar(9) CHARACTER SET ascii, x text COLLATE utf8mb4_bin, KEY k (v)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE old (id int PRIMARY KEY, v varchar(20), w char(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci) CHARACTER SET latin1;`

  test.each(['latin1', 'utf8mb4 COLLATE utf8mb4_bin', 'ucs2', 'utf8mb3'])(
    'of a database %s, its tables and columns are as the schema says, and no others',
    async (set) => {
      const url = await mysqlDatabase(`CHARACTER SET ${set}`)
      const reference = await mysqlDatabase(`CHARACTER SET ${set}`)
      await on(reference, (db) => load(db, ddl()))
      await thereAndBack(url, { 'schema.sql': ddl() }, './schema.sql')
      expect(difference(own(await on(url, catalogOf)), await on(reference, catalogOf))).toEqual([])
    },
  )

  test('of two databases with other defaults: the revision of one gives the other its own', async () => {
    const [first, second] = [await mysqlDatabase('CHARACTER SET utf8mb4'), await mysqlDatabase('CHARACTER SET latin1')]
    const p = await thereAndBack(first, { 'schema.sql': ddl() }, './schema.sql')
    await ok(p, `upgrade head --url ${second}`)
    expect(await ok(p, `check --url ${second}`)).toContain('No changes')
  })

  test('are changed by models: table and column, letters kept', async () => {
    const table = (collation: string, column: string): string =>
      `CREATE TABLE t (id int PRIMARY KEY, v varchar(20) ${column}) ${collation};`
    const found = await runPair({
      old: table('CHARACTER SET latin1', ''),
      new: table('CHARACTER SET utf8mb4', 'COLLATE utf8mb4_bin'),
      rows: ["INSERT INTO t VALUES (1, 'Zoë')"],
      up: { 'SELECT HEX(v) FROM t': '5A6FC3AB' },
      down: { 'SELECT HEX(v) FROM t': '5A6FEB' },
    })
    expect(found).toEqual([])
  })
})

const modes = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_TRANS_TABLES,NO_ZERO_DATE'

describePrivateMysql(
  `a server with sql_mode ${modes}`,
  [`--sql-mode=${modes}`, '--character-set-server=latin1'],
  (fresh) => {
    const ddl = `CREATE TABLE "a t" ("id" int PRIMARY KEY, "v" varchar(40) NOT NULL DEFAULT 'it''s' COMMENT 'back', "g" varchar(80) AS ("v" || '-x') STORED, KEY "k" ("v"), CONSTRAINT "c" CHECK ("v" <> 'no'));
CREATE VIEW "w" AS SELECT "id", "v" || '!' AS "loud" FROM "a t";
CREATE TRIGGER "tr" BEFORE INSERT ON "a t" FOR EACH ROW SET NEW."v" = NEW."v" || '.';`

    test('takes a schema that is written so, and gives texts that other sessions understand', async () => {
      const url = await fresh()
      const p = await thereAndBack(url, { 'schema.sql': ddl }, './schema.sql')
      const file = p.read(`migrations/${p.files().find((f) => f.endsWith('a1.ts'))!}`)
      expect(file).toContain(String.raw`concat(\`v\`,'-x')`)
    })
  },
)

describePrivateMysql(
  'a server that keeps names in small letters (lower_case_table_names=1)',
  ['--lower-case-table-names=1'],
  (fresh) => {
    test('takes tables that are named with capitals, and sees no difference', async () => {
      const url = await fresh()
      const ddl = `CREATE TABLE Users (Id int PRIMARY KEY, Name varchar(20));
CREATE TABLE Posts (Id int PRIMARY KEY, UserId int, CONSTRAINT FkUser FOREIGN KEY (UserId) REFERENCES Users (Id));
CREATE VIEW Names AS SELECT Name FROM Users;`
      const p = await thereAndBack(url, { 'schema.sql': ddl }, './schema.sql')
      p.write('schema.sql', ddl.replace('Name varchar(20)', 'Name varchar(30), More int'))
      await ok(p, 'revision --autogenerate -m more --rev-id a2')
      await ok(p, 'upgrade head')
      expect(await ok(p, 'check')).toContain('No changes')
    })

    test('takes models that are named with capitals: references, enums, views, triggers, and a table renamed', async () => {
      const url = await fresh()
      const models = (users: string, more: string): string => `
import { check, enumType, foreignKey, integer, sql, table, trigger, varchar, view } from 'ambix/schema'
export const kind = enumType('UserKind', ['Admin', 'Guest'])
export const users = table('${users}', {
  id: integer().named('Id').primaryKey(),
  name: varchar(20).named('Name').notNull(),
  kind: kind().named('Kind').notNull().default('Guest'),${more}
}, (t) => [check('NameSize', sql\`CAST(Name AS CHAR(5)) <> ''\`)])
export const posts = table('Posts', { id: integer().primaryKey(), userId: integer().named('UserId') },
  (t) => [foreignKey('FkUser').on(t.userId).references('${users}', 'Id')])
export const names = view('Names', sql\`SELECT Name FROM ${users}\`)
export const stamp = trigger('Stamp', posts, sql\`CREATE TRIGGER Stamp BEFORE INSERT ON Posts FOR EACH ROW SET NEW.UserId = COALESCE(NEW.UserId, 1)\`)
`
      const p = await thereAndBack(url, { 'schema.ts': models('Users', '') }, './schema.ts')
      await on(url, (db) => db.script("INSERT INTO USERS (Id, Name) VALUES (1, 'Ada')"))
      p.write('schema.ts', models('Users', "\n  age: integer().named('Age').notNull().default(3),"))
      await ok(p, 'revision --autogenerate -m more --rev-id a2')
      await ok(p, 'upgrade head')
      expect(await ok(p, 'check')).toContain('No changes')
      expect(await on(url, (db) => db.values('SELECT Name, Kind, Age FROM uSERS'))).toEqual([['Ada', 'Guest', '3']])
      await ok(p, 'downgrade base')
      expect(own(await on(url, catalogOf))).toEqual([])
    })
  },
)

describePrivateMysql('a server with its performance schema', ['--performance-schema=ON'], (fresh) => {
  test('tells whose lock it is, and ends the session of a deployer that is gone, and of no other (--if-locked=terminate)', async () => {
    const url = await fresh()
    const p = sandbox({
      files: { 'migrations/a1.sql': '-- revision: a1\n-- down_revision: none\n-- upgrade\nCREATE TABLE t (id int);\n' },
      config: { url },
    })
    const database = url.slice(url.lastIndexOf('/') + 1)
    const holder = async (name: string): Promise<Awaited<ReturnType<typeof open>>> => {
      const db = await mysql2.open(url, { projectDir: import.meta.dirname, applicationName: name })
      await db.values(`SELECT ${mysqlSession.session.tryLock(lockKey(database, 'ambix_version'))!}`)
      return db
    }
    const alive = await holder(`ambix ${process.pid}@${hostname()}`)
    const refused = await p.$('upgrade head --if-locked terminate --lock-wait 400ms')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain(`ambix ${process.pid}@${hostname()}`)
    await alive.close()
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    const orphan = await holder(`ambix ${dead}@${hostname()}`)
    await ok(p, 'upgrade head --if-locked terminate')
    await orphan.close().catch(() => {})
  })
})

describeMysql('a table of an engine that points elsewhere', () => {
  test('is named: what it points to is not in the catalog, and would be lost without a word', async () => {
    const url = await mysqlDatabase()
    await on(url, (db) =>
      load(db, 'CREATE TABLE a (id int) ENGINE=MyISAM; CREATE TABLE m (id int) ENGINE=MERGE UNION=(a);'),
    )
    const p = sandbox({
      files: { 'schema.sql': 'CREATE TABLE a (id int) ENGINE=MyISAM; CREATE TABLE m (id int) ENGINE=MERGE UNION=(a);' },
      config: { url, schema: './schema.sql' },
    })
    expect(await ok(p, 'check')).toContain('what table m of the engine MRG_MyISAM points to')
  })
})
