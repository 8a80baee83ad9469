/** Issue 11, point 5: what a project does besides upgrading, on a real SQLite file: each command and each entry of the package once, end to end. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely'
import { expect, test } from 'vitest'
import { ambixPlugin, type Database } from '../../src/kysely.ts'
import { enumType, integer, table, text } from '../../src/schema.ts'
import { insertSchema, selectSchema } from '../../src/zod.ts'
import { sandbox, type Sandbox } from '../cli/sandbox.ts'
import { schemaLines } from '../support/sqlite-cases.ts'

const models = `import { check, enumType, index, integer, sql, table, text, varchar } from 'ambix/schema'
export const role = enumType('role', ['admin', 'reader'])
export const users = table('users', {
  id: integer().primaryKey(),
  userMail: varchar(120).notNull().unique(),
  role: role().notNull().default('reader'),
}, (t) => [index('ix_role').on(t.role), check('mail_ok', sql\`"userMail" <> ''\`)])
export const posts = table('posts', { id: integer().primaryKey(), user: integer().references(() => users.id, { onDelete: 'cascade' }) })
`
const more = models
  .replace("['admin', 'reader']", "['admin', 'writer', 'reader']")
  .replace(
    'varchar(120).notNull().unique(),',
    "varchar(60).notNull().unique(),\n  nick: text().notNull().default('none'),",
  )

const onFile = <T>(p: Sandbox, name: string, use: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(join(p.dir, name))
  try {
    return use(db)
  } finally {
    db.close()
  }
}
const lines = (p: Sandbox, name = 'app.db'): readonly string[] => onFile(p, name, schemaLines)

async function ok(p: Sandbox, line: string): Promise<string> {
  const done = await p.$(line)
  expect(done.code === 0 ? line : `${line}\n${done.stdout}${done.stderr}`).toBe(line)
  return done.stdout + done.stderr
}

/** A project whose first revision is written and applied, with rows. */
async function started(): Promise<Sandbox> {
  const p = sandbox({ files: { 'src/schema.ts': models }, config: { url: 'sqlite:app.db', schema: './src/schema.ts' } })
  await ok(p, 'revision --autogenerate -m first --rev-id a1')
  await ok(p, 'upgrade head')
  onFile(p, 'app.db', (d) => d.exec("INSERT INTO users VALUES (7, 'a@b', 'admin'); INSERT INTO posts VALUES (1, 7)"))
  return p
}

test('as scripts: up and down as SQL give what the run gives', async () => {
  const p = await started()
  p.write('src/schema.ts', more)
  await ok(p, 'revision --autogenerate -m more --rev-id a2')
  const up = await p.$('upgrade base:head --sql')
  const down = await p.$('downgrade head:base --sql')
  expect([up.code, down.code]).toEqual([0, 0])
  await ok(p, 'upgrade head')
  onFile(p, 'other.db', (d) => {
    d.exec(up.stdout)
    expect(schemaLines(d)).toEqual(lines(p))
    expect(d.prepare('SELECT version_num FROM ambix_version').all()).toEqual([{ version_num: 'a2' }])
    d.exec(down.stdout)
    expect(schemaLines(d)).toEqual([])
    expect(d.prepare('SELECT count(*) AS n FROM ambix_version').get()).toEqual({ n: 0 })
  })
})

test('dry: nothing is done, and what would be is said', async () => {
  const p = await started()
  p.write('src/schema.ts', more)
  await ok(p, 'revision --autogenerate -m more --rev-id a2')
  const before = lines(p)
  const said = await ok(p, 'upgrade head --dry-run')
  expect(said).toContain("CHECK (role IN ('admin', 'writer', 'reader'))")
  expect(said).toContain('TABLE_REWRITE users')
  expect(lines(p)).toEqual(before)
  expect(await ok(p, 'current')).toContain('a1')
})

test('asks by hints: a rename is one, and no value is lost, there and back', async () => {
  const p = await started()
  p.write('src/schema.ts', models.replaceAll('userMail', 'mail').replace("['admin', 'reader']", "['boss', 'reader']"))
  const asked = await p.$('revision --autogenerate -m hints --rev-id a2')
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('"rename":"column"')])
  p.write(
    'hints.json',
    JSON.stringify([
      { rename: 'column', table: 'users', from: 'userMail', to: 'mail' },
      { rename: 'value', enum: 'role', from: 'admin', to: 'boss' },
    ]),
  )
  await ok(p, 'revision --autogenerate -m hints --rev-id a2 --hints ' + join(p.dir, 'hints.json'))
  await ok(p, 'upgrade head')
  const rows = (sql: string): unknown => onFile(p, 'app.db', (d) => ({ ...d.prepare(sql).get() }))
  expect(rows('SELECT mail, role, (SELECT count(*) FROM posts) AS n FROM users')).toEqual({
    mail: 'a@b',
    role: 'boss',
    n: 1,
  })
  await ok(p, 'check')
  await ok(p, 'downgrade -1')
  expect(rows('SELECT userMail, role, (SELECT count(*) FROM posts) AS n FROM users')).toEqual({
    userMail: 'a@b',
    role: 'admin',
    n: 1,
  })
  await ok(p, 'upgrade head')
})

test.each(["ATTACH 'real.db' AS real", "-- copy\nVACUUM INTO 'copy.db'"])(
  'a schema that reaches another file is refused: %s',
  async (statement) => {
    const p = sandbox({
      files: { 'schema.sql': `CREATE TABLE t (a INT);\n${statement};\n` },
      config: { url: 'sqlite:app.db', schema: './schema.sql' },
    })
    const done = await p.$('check')
    expect([done.code, done.stderr]).toEqual([
      1,
      expect.stringMatching(/schema\.sql:[23]:1: .*\[SCHEMA\.SOURCE\]\n {2}It would reach another file/u),
    ])
    expect(['real.db', 'copy.db'].filter((file) => existsSync(join(p.dir, file)))).toEqual([])
  },
)

test('a rename that is marked in schema.sql, of a name with capitals, is read without an answer', async () => {
  const p = sandbox({
    files: { 'schema.sql': 'CREATE TABLE Orders (Id INTEGER PRIMARY KEY, userId INT);' },
    config: { url: 'sqlite:app.db', schema: './schema.sql' },
  })
  await ok(p, 'revision --autogenerate -m first --rev-id a1')
  await ok(p, 'upgrade head')
  p.write('schema.sql', 'CREATE TABLE Orders (Id INTEGER PRIMARY KEY,\n-- ambix:renamed-from userId\nbuyerId INT);')
  await ok(p, 'revision --autogenerate -m second --rev-id a2')
  expect(p.read(`migrations/${p.files().find((f) => f.includes('a2'))!}`)).toContain("newColumnName: 'buyerId'")
  await ok(p, 'upgrade head')
  await ok(p, 'check')
})

test.each(['ts', 'sql'])('pulled as %s is the database, with all that stands in it', async (kind) => {
  const p = sandbox({ config: { url: 'sqlite:app.db', schema: kind === 'ts' ? './models.ts' : './models.sql' } })
  onFile(p, 'app.db', (d) =>
    d.exec(
      `CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, e TEXT NOT NULL DEFAULT 'x' CONSTRAINT enum_e CHECK (e IN ('x', 'it''s')), Camel INT COLLATE NOCASE CHECK (CAMEL > 0), g INT AS (id + 1) VIRTUAL, UNIQUE (Camel, e));
CREATE TABLE "b c" (k TEXT NOT NULL, n INTEGER, a_id INT REFERENCES a (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (k, n)) STRICT, WITHOUT ROWID;
CREATE INDEX i ON a (lower(e), Camel DESC) WHERE camel IS NOT NULL;
CREATE VIEW w AS SELECT id, e FROM a WHERE id > 1;
CREATE TRIGGER g AFTER INSERT ON a BEGIN UPDATE a SET camel = 1; UPDATE a SET camel = 2; END;`,
    ),
  )
  await ok(p, `pull --models ${kind} --out models.${kind}`)
  expect(await ok(p, 'check')).toContain('No changes')
  await ok(p, 'revision --autogenerate -m all --rev-id z1 --url sqlite:other.db')
  await ok(p, 'upgrade head --url sqlite:other.db')
  expect(lines(p, 'other.db')).toEqual(lines(p))
  await ok(p, 'downgrade base --url sqlite:other.db')
  expect(lines(p, 'other.db')).toEqual([])
})

test('is tested by ambix/testing, without a trace in its database', async () => {
  const p = await started()
  const before = lines(p)
  const testing = new URL('../../src/testing.ts', import.meta.url).href
  p.write(
    'all.test.mjs',
    `import { test } from 'node:test'\nimport { migrationTests } from ${JSON.stringify(testing)}\nfor (const t of migrationTests({ file: new URL('ambix.config.json', import.meta.url).pathname })) test(t.name, t.run)\n`,
  )
  const done = spawnSync(process.execPath, ['--test', 'all.test.mjs'], {
    cwd: p.dir,
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NODE_OPTIONS: undefined },
  })
  expect(done.stdout + done.stderr).toMatch(/fail 0\b/)
  expect(done.stdout).toMatch(/pass 6\b/)
  expect(lines(p)).toEqual(before)
})

const Role = { Admin: 'admin', Reader: 'reader' } as const
const role = enumType('role', Role, { persist: 'names' })
const users = table('users', {
  id: integer().primaryKey(),
  name: text().notNull(),
  role: role().notNull().default(Role.Reader),
})
const schema = { role, users }

test('its rows are read and written by the Kysely plugin, and held by zod, with the members of the program', async () => {
  const file = new DatabaseSync(':memory:')
  file.exec(
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL DEFAULT 'Reader' CONSTRAINT enum_role CHECK (role IN ('Admin', 'Reader')))",
  )
  const db = new Kysely<Database<typeof schema>>({
    dialect: new SqliteDialect({
      database: {
        close: () => file.close(),
        prepare: (sql) => {
          const s = file.prepare(sql)
          return {
            reader: s.columns().length > 0,
            all: (p) => s.all(...(p as string[])),
            run: (p) => s.run(...(p as string[])),
            iterate: (p) => s.iterate(...(p as string[])) as IterableIterator<unknown>,
          }
        },
      },
    }),
    plugins: [ambixPlugin(schema), new CamelCasePlugin()],
  })
  await db.insertInto('users').values({ id: 1, name: 'ann', role: Role.Admin }).execute()
  await db.insertInto('users').values({ id: 2, name: 'bob' }).execute()
  expect(file.prepare('SELECT group_concat(role) AS r FROM users').get()).toEqual({ r: 'Admin,Reader' })
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where('role', 'in', [Role.Admin, Role.Reader])
    .orderBy('id')
    .execute()
  expect(rows.map((r) => selectSchema(users).parse(r))).toEqual([
    { id: 1, name: 'ann', role: 'admin' },
    { id: 2, name: 'bob', role: 'reader' },
  ])
  await db.updateTable('users').set({ role: Role.Reader }).where('role', '=', Role.Admin).execute()
  expect(file.prepare("SELECT count(*) AS n FROM users WHERE role = 'Reader'").get()).toEqual({ n: 2 })
  expect(insertSchema(users).safeParse({ id: 1, name: 'x', role: 'Admin' }).success).toBe(false)
  expect(insertSchema(users).safeParse({ id: 1, name: 'x', role: 'admin' }).success).toBe(true)
  await db.destroy()
})
