/** `ambix types --kysely`: the written interface compiles, and says of every type what its driver really gives. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { types } from '../../src/index.ts'
import { camelCase } from '../../src/kysely/interface.ts'
import { sandbox } from '../cli/sandbox.ts'
import { kitchen } from '../live/kitchen.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { describeMysql, mysqlDatabase } from '../support/mysql.ts'
import { typeErrors } from '../support/strict.ts'

/** Columns of a written interface: name -> type, with aliases replaced by what is read. */
function columnsOf(text: string, table: string): Map<string, string> {
  const aliases = new Map([...text.matchAll(/^export type (\w+) = ColumnType<([^,]+),/gm)].map((m) => [m[1]!, m[2]!]))
  const body = new RegExp(`^export interface ${table} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)![1]!
  return new Map(
    [...body.matchAll(/^ {2}(\w+): (.+)$/gm)].map(([, name, type]) => {
      const plain = type!.replace(/ \| null$/, '').replace(/^ColumnType<([^,]+),.*$/, '$1')
      return [name!, aliases.get(plain) ?? plain]
    }),
  )
}

/** Whether a value is what the type says. */
function fits(type: string, value: unknown): boolean {
  if (type.endsWith('[]')) return Array.isArray(value) && value.every((v) => fits(type.slice(0, -2), v))
  const object = typeof value === 'object' && value !== null
  if (type === 'Date') return value instanceof Date
  if (type === 'Buffer') return Buffer.isBuffer(value)
  if (type === 'Uint8Array') return value instanceof Uint8Array
  if (type === 'PointValue') return object && 'x' in value && 'y' in value && !('radius' in value)
  if (type === 'CircleValue') return object && 'radius' in value
  if (type === 'IntervalValue') return object && 'days' in value && 'toPostgres' in value
  if (type === 'JsonValue') return object && 'json' in value
  if (type === 'unknown') return object
  if (type.includes("'") || type.includes('"')) return typeof value === 'string' && type.includes(value)
  return typeof value === type
}

/** Tells every column whose value is not of its type. */
function liars(text: string, table: string, row: Readonly<Record<string, unknown>>): string[] {
  const columns = columnsOf(text, table)
  expect([...columns.keys()]).toEqual(Object.keys(row))
  return [...columns].flatMap(([name, type]) =>
    fits(type, row[name]) ? [] : [`${name} is said to be ${type} and is ${JSON.stringify(row[name])}`],
  )
}

it('names are made camel as CamelCasePlugin makes them', async () => {
  const plugin = new CamelCasePlugin()
  for (const name of [
    'a',
    '_a',
    'a_b',
    'a__b',
    'a_',
    'a__',
    '__a',
    '_',
    '__',
    'user_ID',
    'x_1',
    'aB_c',
    '_a_b',
    'ÄÖ_ü',
  ]) {
    const done = await plugin.transformResult({ queryId: { queryId: '1' }, result: { rows: [{ [name]: 1 }] } })
    expect([name, camelCase(name)]).toEqual([name, Object.keys(done.rows[0]!)[0]])
  }
})

/** Compiled against the kitchen's interface, then run. */
const use = `import type { Insertable, Kysely, Selectable, Updateable } from 'kysely'
import type { AppPosts, Database, Users } from './database.ts'

export async function use(db: Kysely<Database>): Promise<unknown> {
  const user: Insertable<Users> = { email: 'ann@x', ms: ['ok', 'bad'], tags: ['t'] }
  const { id } = await db.insertInto('users').values(user).returning('id').executeTakeFirstOrThrow()
  const post: Insertable<AppPosts> = { user_id: BigInt(id), price: 5.25, title: 'one', status: "it's" }
  await db.insertInto('app.posts').values(post).execute()
  await db.updateTable('app.posts').set({ status: 'published' }).where('user_id', '=', id).execute()
  const row = await db.selectFrom('v').selectAll().executeTakeFirstOrThrow()
  const text: string | null = row.id
  const read: Selectable<Users> = await db.selectFrom('users').selectAll().executeTakeFirstOrThrow()
  const when: Date = read.created_at
  const moods: string | null = read.ms
  return { text, email: row.email, status: row.status, when: when instanceof Date, moods, lower: read.lower_email }
}

// @ts-expect-error it is GENERATED ALWAYS AS IDENTITY
export const a: Insertable<Users> = { id: 5 }
// @ts-expect-error it is a generated column
export const b: Updateable<Users> = { lower_email: 'x' }
// @ts-expect-error no such label
export const c: Insertable<AppPosts> = { user_id: 1, status: 'gone' }
// @ts-expect-error it is not null, and has no default
export const d: Insertable<AppPosts> = {}
// @ts-expect-error views are read
export const e: keyof Insertable<Database['v']> = 'id'
// @ts-expect-error so are materialised ones
export const f: keyof Updateable<Database['mv']> = 'c'
`

const enumsModule = `export enum Status { Draft = 'draft', Its = "it's", Published = 'published' }
export const otherMood = { Ok: 'ok', Bad: 'bad' } as const
export const appMood = ['ok', 'bad'] as const
export const unrelated = 5
`
const useEnums = `import type { Insertable } from 'kysely'
import type { AppPosts, Users } from './own.ts'
import { Status } from './enums.ts'

export const post: Insertable<AppPosts> = { userId: 1, status: Status.Draft }
export const user: Insertable<Users> = { m: 'ok', oddName: 3 }
// @ts-expect-error the column holds members of the enum
export const label: Insertable<AppPosts> = { userId: 1, status: 'draft' }
`

describeLive('the kitchen', () => {
  let url: string
  let pool: pg.Pool
  beforeAll(async () => {
    url = (await freshDatabase()).url
    pool = new pg.Pool({ connectionString: url, max: 1 })
    await pool.query(kitchen)
  })
  afterAll(async () => pool.end())

  it('compiles under --strict, refuses what the database refuses, and reads and writes rows', async () => {
    const enums = folderOf({ 'enums.ts': enumsModule, 'package.json': '{ "type": "module" }' })
    const { text } = await types({ url, root: enums })
    const own = await types({ url, root: enums }, { enums: './enums.ts', camelCase: true, kysely: 'own.ts' })
    expect(own.notes).toEqual([])
    expect(own.text).toContain("import type * as own from './enums.js'\n")
    expect(own.text).toContain('export type AppMood = (typeof own.appMood)[number]\n')
    expect(own.text).toContain('export type Status = (typeof own.Status)[keyof typeof own.Status]\n')
    const camel = own.text.replaceAll("'Odd Name'", 'oddName')
    expect(
      typeErrors({
        'database.ts': text,
        'use.ts': use,
        'own.ts': camel,
        'enums.ts': enumsModule,
        'use-enums.ts': useEnums,
      }),
    ).toEqual([])
    const folder = folderOf({ 'use.ts': use, 'database.ts': text })
    const module = (await import(pathToFileURL(join(folder, 'use.ts')).href)) as {
      use(db: Kysely<never>): Promise<unknown>
    }
    const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) })
    expect(await module.use(db)).toEqual({
      text: '1',
      email: 'ann@x',
      status: 'published',
      when: true,
      moods: '{ok,bad}',
      lower: 'ann@x',
    })
  }, 120_000)

  it('says of every type what pg gives', async () => {
    await pool.query(`
      create schema kinds; set search_path = kinds; create type mood as enum ('ok', 'bad'); create domain pos as integer check (value > 0);
      create type pair as (a int, b text);
      create table kinds.t (small smallint, int4 integer, int8 bigint, num numeric(9,2), real4 real, dbl double precision, cash money, bool boolean,
        txt text, vc varchar(9), ch char(3), bytes bytea, d date, t time, tz timetz, ts timestamp, tstz timestamptz(3), iv interval, id uuid, j json, jb jsonb, x xml,
        ip inet, net cidr, mac macaddr, bits bit(3), vb varbit, tsv tsvector, pt point, ci circle, ln lseg, r int4range, mr int4multirange, o oid, e mood, dom pos, comp pair,
        a_int integer[], a_int8 bigint[], a_num numeric[], a_txt text[], a_bool boolean[], a_ts timestamptz[], a_uuid uuid[], a_jb jsonb[], a_bytes bytea[], a_pt point[],
        a_e mood[], a_dom pos[], a_comp pair[], a_r int4range[], a_x xml[], a_iv interval[], a_inet inet[], a_bit bit(2)[]);
      insert into kinds.t values (1, 2, 3, 4.5, 1.5, 2.5, 6, true, 'a', 'b', 'c', '\\x00', '2024-01-02', '10:00', '10:00+00', now(), now(), '1 day', gen_random_uuid(), '{"json":1}', '{"json":1}', '<a/>',
        '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', B'101', B'1', 'a b', '(1,2)', '<(1,2),3>', '[(0,0),(1,1)]', '[1,2)', '{[1,2)}', 1, 'ok', 5, '(1,a)',
        '{1}', '{1}', '{1.5}', '{a}', '{t}', array[now()], array[gen_random_uuid()], array['{"json":1}'::jsonb], array['\\x00'::bytea], array['(1,2)'::point],
        '{ok}', '{5}', array['(1,a)'::pair], array['[1,2)'::int4range], array['<a/>'::xml], array['1 day'::interval], '{10.0.0.1}', array[B'10']);
      reset search_path`)
    const { text } = await types({ url, schemas: ['kinds'] })
    const { rows } = await pool.query<Record<string, unknown>>('select * from kinds.t')
    const written = text.replaceAll('KindsMood', "'ok' | 'bad'")
    expect(liars(written, 'KindsT', rows[0]!)).toEqual([])
    await pool.query('drop schema kinds cascade')
  })

  it('writes the same from a schema in SQL, comments and views too', async () => {
    const ddl = `create table t (id integer primary key generated by default as identity, big bigint default 5, "a_b" text);
      comment on column t.a_b is 'ends */ here'; create view w as select id, big from t;`
    const at = sandbox({
      url: (await freshDatabase()).url,
      config: { schema: './schema.sql' },
      files: { 'schema.sql': ddl },
    })
    expect(await at.$('types --kysely src/db.ts --from schema --map bigint=number')).toMatchObject({ code: 0 })
    const text = at.read('src/db.ts')
    expect(text).toContain(
      '  id: Generated<number>\n  big: Generated<number | null>\n  /** ends *\\/ here */\n  a_b: string | null\n',
    )
    expect(text).toContain('  id: ReadOnly<number | null>\n  big: ReadOnly<number | null>\n')
    // A formatter's doing is no difference; a column is.
    at.write(
      'src/db.ts',
      text
        .replaceAll("'", '"')
        .replaceAll(/(?<=[a-z>])\n/g, ';\n')
        .replaceAll('\n  ', '\n\t'),
    )
    expect(await at.$('types --kysely src/db.ts --from schema --map bigint=number --check')).toMatchObject({ code: 0 })
    at.write('schema.sql', ddl.replace('"a_b" text', '"a_b" text not null'))
    const stale = await at.$('types --kysely src/db.ts --from schema --map bigint=number --check')
    expect(stale).toMatchObject({ code: 2 })
    expect(stale.stderr).toContain('src/db.ts is out of date')
    expect(at.read('src/db.ts')).toContain('a_b: string | null')
  })
})

describe('models', () => {
  it('need no database where they have no views', async () => {
    const at = sandbox({
      config: { schema: './schema.ts' },
      files: {
        'schema.ts': `import { enumType, integer, table, timestamp } from 'ambix/schema'
export enum Level { Low = 'low', High = 'high' }
export const level = enumType('level', Level)
export const users = table('users', { id: integer().primaryKey().identity({ generation: 'always' }), level: level().default(Level.Low).notNull(), seen: timestamp() })
`,
      },
    })
    const done = await at.$('types --kysely - --from schema --enums import -q')
    expect(done.stderr).toBe('')
    expect(done.stdout).toContain('export type Level = (typeof own.Level)[keyof typeof own.Level]\n')
    expect(done.stdout).toContain(
      '  id: GeneratedAlways<number>\n  level: Generated<Level>\n  seen: Timestamp | null\n',
    )
  })

  it.each([
    ['types', 'What to write is not said'],
    ['types --kysely x.ts --from models', '--from is database or schema, not models'],
    ['types --kysely x.ts --map bigint', '--map is TYPE=TYPESCRIPT, not bigint'],
    ['types --kysely - --check', '--check needs the file to look at'],
    ['types --kysely x.ts --enums ./gone.ts', 'The schema source ./gone.ts is not there'],
  ])('%s is refused', async (line, said) => {
    const at = sandbox({ url: 'sqlite::memory:' })
    const done = await at.$(line)
    expect(done.code).toBe(1)
    expect(done.stderr).toContain(said)
  })
})

describe('SQLite', () => {
  it('says what node:sqlite gives, and that the rowid is filled in', async () => {
    const at = sandbox({ url: 'sqlite:a.db' })
    const db = new DatabaseSync(join(at.dir, 'a.db'))
    db.exec(`create table t (id integer primary key, i bigint, r real, n numeric(9,2), s varchar(9), b blob, c timestamp not null default current_timestamp, flag boolean, g text generated always as (s || 'x') stored);
      insert into t (i, r, n, s, b, flag) values (2, 1.5, 2.5, 's', x'00', true); create view w as select id, s, i + 1 as more from t`)
    const { stdout } = await at.$('types --kysely - -q')
    expect(stdout).toContain('  id: Generated<Int>\n')
    expect(stdout).toContain('  c: Generated<string>\n')
    expect(stdout).toContain('  g: GeneratedAlways<string | null>\n')
    expect(stdout).toContain(
      'export interface W {\n  id: ReadOnly<Int | null>\n  s: ReadOnly<string | null>\n  more: ReadOnly<unknown>\n}',
    )
    const bare = stdout.replaceAll(/Generated(?:Always)?<(.*)>$/gm, '$1')
    expect(liars(bare, 'T', db.prepare('select * from t').get()!)).toEqual([])
    db.close()
  })
})

describeMysql('MySQL and MariaDB', () => {
  it('says what mysql2 gives', async () => {
    const url = await mysqlDatabase()
    const db = await mysql.createConnection(url)
    await db.query(`create table t (ti tinyint, flag boolean, s smallint, m mediumint, i int unsigned, b bigint, f float, d double, n decimal(9,2), y year, bits bit(3),
      c char(3), v varchar(9), tx text, bin binary(2), vb varbinary(9), bl blob, da date, tm time, dt datetime(3), ts timestamp not null default current_timestamp, e enum('a','b'), st set('x','y'), j json, p point)`)
    await db.query(
      `insert into t values (1, true, 2, 3, 4, 5, 1.5, 2.5, 6.5, 2024, b'101', 'a', 'b', 'c', 'a', 'a', 'a', '2024-01-02', '10:00', now(), now(), 'a', 'x,y', '{"json":1}', point(1, 2))`,
    )
    await db.query('create table auto (id bigint unsigned auto_increment primary key, twice int as (1 + 1) stored)')
    await db.query('create view w as select id, e from auto, t')
    const { text } = await types({ url })
    expect(text).toContain('export interface Auto {\n  id: Generated<Int8>\n  twice: GeneratedAlways<number | null>\n}')
    expect(text).toMatch(
      /export interface W \{\n {2}id: ReadOnly<Int8 \| null>\n {2}e: ReadOnly<['"]a['"] \| ['"]b['"] \| null>\n\}/,
    )
    const [rows] = await db.query('select * from t')
    const bare = text.replaceAll(/Generated<(.*)>$/gm, '$1').replace('TE | null', "'a' | 'b'")
    expect(liars(bare, 'T', (rows as Record<string, unknown>[])[0]!)).toEqual([])
    await db.end()
  })
})
