/** Issue 11, point 5: members and rows on MariaDB and SQLite, through Kysely's own dialects and the drivers' own values. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { type Dialect, Kysely, MysqlDialect, SqliteDialect } from 'kysely'
import { createPool } from 'mysql2'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { check, revision, upgrade } from '../../src/index.ts'
import { ambixPlugin, type Database } from '../../src/kysely.ts'
import {
  bigint,
  bit,
  boolean,
  bytea,
  customType,
  date,
  decimal,
  doublePrecision,
  enumType,
  integer,
  json,
  real,
  table,
  text,
  timestamp,
  uuid,
  varchar,
} from '../../src/schema.ts'
import { selectSchema } from '../../src/zod.ts'
import { describeMysql, mysqlDatabase } from '../support/mysql.ts'

const models = `import { enumType, integer, table, text, varchar } from 'ambix/schema'
export const Status = { New: 'N', Active: 'A', Gone: 'G' } as const
export const byValue = enumType('by_value', Status)
export const byName = enumType('by_name', Status, { persist: 'names' })
export const bare = enumType('bare', Status, { native: false, persist: 'names' })
export const users = table('users', {
  id: integer().primaryKey(),
  v: byValue().notNull(),
  n: byName().notNull().default(Status.New),
  b: bare(),
  name: varchar(20),
})
export const posts = table('posts', { id: integer().primaryKey(), userId: integer().named('user_id').notNull(), state: byName().notNull(), title: text() })
`
/** Evaluated here too, so that the plugin and the command line have the same. */
const Status = { New: 'N', Active: 'A', Gone: 'G' } as const
const byValue = enumType('by_value', Status)
const byName = enumType('by_name', Status, { persist: 'names' })
const bare = enumType('bare', Status, { native: false, persist: 'names' })
const columns = {
  id: integer().primaryKey(),
  v: byValue().notNull(),
  n: byName().notNull().default(Status.New),
  b: bare(),
  name: varchar(20),
}
const posts = table('posts', {
  id: integer().primaryKey(),
  userId: integer().named('user_id').notNull(),
  state: byName().notNull(),
  title: text(),
})
const plain = { Status, byValue, byName, bare, users: table('users', columns), posts }
interface DB extends Database<typeof plain> {}

interface Place {
  readonly dialect: Dialect
  /** What is stored, without the plugin. */
  readonly stored: (sql: string) => Promise<readonly Record<string, unknown>[]>
}

/** node:sqlite in the shape that Kysely's dialect for better-sqlite3 uses. */
function asBetterSqlite(db: DatabaseSync): object {
  return {
    close: () => db.close(),
    prepare: (sql: string) => {
      const statement = db.prepare(sql)
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly never[]) => statement.all(...values).map((row) => ({ ...row })),
        run: (values: readonly never[]) => statement.run(...values),
      }
    },
  }
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The models in a folder of their own, and applied. */
async function migrated(urlOf: (folder: string) => string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'ambix-test-'))
  folders.push(root)
  mkdirSync(join(root, 'migrations'))
  writeFileSync(join(root, 'schema.ts'), models)
  const config = { root, url: urlOf(root), schema: './schema.ts' }
  await revision(config, { message: 'all', autogenerate: true })
  await upgrade(config)
  expect((await check(config))[0]!.differences).toEqual([])
  return config.url
}

async function sqlite(): Promise<Place> {
  const file = (await migrated((folder) => `sqlite:${join(folder, 'a.db')}`)).replace('sqlite:', '')
  const db = new DatabaseSync(file)
  return {
    // A cast: Kysely's own interface of the package, by shape.
    dialect: new SqliteDialect({ database: asBetterSqlite(db) as never }),
    stored: async (sql) =>
      db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row })),
  }
}

async function mariadb(): Promise<Place> {
  const own = await mysqlDatabase()
  const url = await migrated(() => own)
  const pool = createPool(url)
  return {
    dialect: new MysqlDialect({ pool }),
    stored: async (sql) => (await pool.promise().query(sql))[0] as Record<string, unknown>[],
  }
}

function cases(open: () => Promise<Place>): void {
  let place: Place
  let db: Kysely<DB>
  beforeAll(async () => {
    place = await open()
    db = new Kysely<DB>({ dialect: place.dialect, plugins: [ambixPlugin(plain)] })
  })
  afterAll(async () => db?.destroy())
  beforeEach(async () => {
    await db.deleteFrom('posts').execute()
    await db.deleteFrom('users').execute()
    await db
      .insertInto('users')
      .values([
        { id: 1, v: Status.New, n: Status.Active, b: Status.Gone, name: 'ann' },
        { id: 2, v: Status.Gone, n: Status.New, b: null, name: 'N' },
      ])
      .execute()
    await db.insertInto('posts').values({ id: 1, user_id: 1, state: Status.Gone, title: 'Gone' }).execute()
  })

  it('stores values by value and names by name, native and not, and reads members', async () => {
    expect(await place.stored('SELECT v, n, b, name FROM users ORDER BY id')).toEqual([
      { v: 'N', n: 'Active', b: 'Gone', name: 'ann' },
      { v: 'G', n: 'New', b: null, name: 'N' },
    ])
    expect(await db.selectFrom('users').selectAll().orderBy('id').execute()).toEqual([
      { id: 1, v: 'N', n: 'A', b: 'G', name: 'ann' },
      { id: 2, v: 'G', n: 'N', b: null, name: 'N' },
    ])
  })

  it('takes members in conditions, lists, updates and defaults', async () => {
    const ids = async (query: { execute(): Promise<{ id: number }[]> }): Promise<number[]> =>
      (await query.execute()).map((row) => row.id)
    const from = db.selectFrom('users').select('id').orderBy('id')
    expect(await ids(from.where('n', '=', Status.Active))).toEqual([1])
    expect(await ids(from.where('v', 'in', [Status.New, Status.Active]))).toEqual([1])
    expect(await ids(from.where('b', '=', Status.Gone))).toEqual([1])
    await db.updateTable('users').set({ n: Status.Gone, b: Status.New }).where('v', '=', Status.Gone).execute()
    await db.insertInto('users').values({ id: 3, v: Status.Active }).execute()
    expect(await place.stored('SELECT v, n, b FROM users WHERE id > 1 ORDER BY id')).toEqual([
      { v: 'G', n: 'Gone', b: 'New' },
      { v: 'A', n: 'New', b: null },
    ])
  })

  it('reads members through joins, aliases and nested rows', async () => {
    const joined = await db
      .selectFrom('posts as p')
      .innerJoin('users as u', 'u.id', 'p.user_id')
      .select(['p.state as what', 'u.n', 'p.title'])
      .executeTakeFirstOrThrow()
    expect(joined).toEqual({ what: 'G', n: 'A', title: 'Gone' })
    // Kysely's JSON helpers for MySQL use CAST … AS JSON, which MariaDB does not have: a value of a subquery instead.
    const nested = await db
      .selectFrom('users as u')
      .select((eb) => [
        'u.v',
        eb.selectFrom('posts as p').select('p.state').whereRef('p.user_id', '=', 'u.id').limit(1).as('state'),
      ])
      .where('u.id', '=', 1)
      .executeTakeFirstOrThrow()
    expect(nested).toEqual({ v: 'N', state: 'G' })
  })

  it('refuses what is no member: the database a text, the plugin a number', async () => {
    const insert = async (row: object): Promise<unknown> =>
      // A cast: a mistake that TypeScript would not let pass.
      db
        .insertInto('users')
        .values({ id: 9, v: Status.New, ...row } as never)
        .execute()
    await expect(insert({ n: 7 })).rejects.toMatchObject({ code: 'ENUM.INVALID' })
    await expect(insert({ v: 'X' })).rejects.toThrow(
      /CHECK constraint failed: enum_by_value|Data truncated for column 'v'/,
    )
  })
}

describe('the row plugin on SQLite', () => cases(sqlite))
describeMysql('the row plugin on MariaDB', () => cases(mariadb))

/** What the models say of a value and what comes out: mysql2 needs the two settings of docs/types.md. */
describeMysql('zod schemas on MariaDB', () => {
  it('take the rows that mysql2 gives, and their values go back as they came', async () => {
    const all = table('all_types', {
      id: bigint({ mode: 'string' }).primaryKey(),
      flag: boolean().notNull(),
      price: decimal(12, 2).notNull(),
      day: date().notNull(),
      at: timestamp({ precision: 3 }).notNull(),
      stamp: timestamp({ withTimeZone: true }).notNull(),
      data: json().notNull(),
      raw: bytea().notNull(),
      bits: bit(10).notNull(),
      year: customType('year').notNull(),
      ratio: doublePrecision().notNull(),
      key: uuid().notNull(),
      state: byName().notNull(),
    })
    const pool = createPool({
      uri: await mysqlDatabase(),
      supportBigNumbers: true,
      bigNumberStrings: true,
      // tinyint(1) is what boolean() is there.
      typeCast: (field, next) =>
        field.type === 'TINY' && field.length === 1
          ? ((text) => (text === null ? null : text === '1'))(field.string())
          : next(),
    })
    await pool.promise()
      .query(`CREATE TABLE all_types (id bigint PRIMARY KEY, flag tinyint(1) NOT NULL, price decimal(12,2) NOT NULL, day date NOT NULL,
      at datetime(3) NOT NULL, stamp timestamp NOT NULL, data json NOT NULL, raw longblob NOT NULL, bits bit(10) NOT NULL, year year NOT NULL, ratio double NOT NULL, \`key\` uuid NOT NULL,
      state enum('New','Active','Gone') NOT NULL)`)
    const db = new Kysely<Record<string, Record<string, unknown>>>({
      dialect: new MysqlDialect({ pool }),
      plugins: [ambixPlugin({ byName, all })],
    })
    try {
      const row = {
        id: '9007199254740993',
        flag: true,
        price: '12345.60',
        day: new Date(2024, 1, 29),
        at: new Date(2024, 1, 29, 12, 30, 15, 250),
        stamp: new Date(2024, 1, 29, 12, 30, 15),
        data: { a: [1, 'x', null] },
        raw: Buffer.from([0, 1, 255]),
        bits: Buffer.from([2, 5]),
        year: 2024,
        ratio: 0.1,
        key: '00000000-0000-0000-0000-0000000000ab',
        state: Status.Active,
      }
      // An object as a parameter would be a list of assignments: JSON is given as text.
      await db
        .insertInto('all_types')
        .values({ ...row, data: JSON.stringify(row.data) })
        .execute()
      const read = await db.selectFrom('all_types').selectAll().executeTakeFirstOrThrow()
      expect(read).toEqual(row)
      const { bits, ...typed } = read
      expect(Buffer.isBuffer(bits)).toBe(true)
      expect(selectSchema(all).omit({ bits: true }).parse(typed)).toEqual(typed)
      expect(selectSchema(all).safeParse({ ...typed, bits, state: 'Active' }).success).toBe(false)
    } finally {
      await db.destroy()
    }
  })
})

describe('zod schemas on SQLite', () => {
  it('take the rows of columns that have what SQLite stores', () => {
    const some = table('some', {
      id: integer().primaryKey(),
      price: real().notNull(),
      at: text().notNull(),
      raw: bytea().notNull(),
      state: byName().notNull(),
    })
    const db = new DatabaseSync(':memory:')
    db.exec(
      'CREATE TABLE some (id integer PRIMARY KEY, price real NOT NULL, at text NOT NULL, raw blob NOT NULL, state text NOT NULL)',
    )
    db.exec("INSERT INTO some VALUES (1, 1.5, '2024-02-29 12:30:15', x'00ff', 'Active')")
    const row = { ...db.prepare('SELECT * FROM some').get()!, state: byName.fromDatabase('Active') }
    db.close()
    expect(selectSchema(some).parse(row)).toEqual({ ...row, state: Status.Active })
  })
})
