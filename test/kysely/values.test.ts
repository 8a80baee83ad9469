/** Values of every type, by every PostgreSQL driver, through the plugin: what the column's TypeScript type says is what comes out. */
import { PGlite } from '@electric-sql/pglite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  PGliteDialect,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { isAmbixError } from '../../src/errors.ts'
import { ambixPlugin, type Database } from '../../src/kysely.ts'
import * as s from '../../src/schema.ts'
import { selectSchema } from '../../src/zod.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const Status = { New: 'N', Active: 'A' } as const
const byValue = s.enumType('by_value', Status)
const byName = s.enumType('by_name', Status, { persist: 'names' })
const bigs = s.domain('bigs', s.bigint())

const types = `
  CREATE TYPE by_value AS ENUM ('N', 'A');
  CREATE TYPE by_name AS ENUM ('New', 'Active');
  CREATE DOMAIN bigs AS bigint;`

const columns = {
  small: s.smallint(),
  int: s.integer(),
  big: s.bigint(),
  bigNumber: s.bigint({ mode: 'number' }),
  bigString: s.bigint({ mode: 'string' }),
  bigDomain: bigs(),
  numeric: s.numeric(),
  real: s.real(),
  double: s.doublePrecision(),
  money: s.money(),
  boolean: s.boolean(),
  text: s.text(),
  varchar: s.varchar(9),
  char: s.char(3),
  name: s.name(),
  bytea: s.bytea(),
  date: s.date(),
  time: s.time(),
  timetz: s.time({ withTimeZone: true }),
  timestamp: s.timestamp(),
  timestamptz: s.timestamp({ withTimeZone: true }),
  interval: s.interval(),
  uuid: s.uuid(),
  json: s.json().$type<Held>(),
  jsonb: s.jsonb().$type<Held>(),
  xml: s.xml(),
  inet: s.inet(),
  cidr: s.cidr(),
  macaddr: s.macaddr(),
  macaddr8: s.macaddr8(),
  bit: s.bit(3),
  varbit: s.varbit(5),
  tsvector: s.tsvector(),
  tsquery: s.tsquery(),
  point: s.point(),
  line: s.line(),
  lseg: s.lseg(),
  box: s.box(),
  path: s.path(),
  polygon: s.polygon(),
  circle: s.circle(),
  int4range: s.int4range(),
  int8range: s.int8range(),
  numrange: s.numrange(),
  tsrange: s.tsrange(),
  daterange: s.daterange(),
  int4multirange: s.int4multirange(),
  nummultirange: s.nummultirange(),
  datemultirange: s.datemultirange(),
  oid: s.oid(),
  byValue: byValue(),
  byName: byName(),
}
type Columns = typeof columns
type ArrayOf<C> =
  C extends s.ColumnBuilder<infer V, boolean, boolean, boolean, string | undefined> ? s.ColumnBuilder<V[]> : never
interface Held {
  readonly a: readonly number[]
}

const one = s.table('one', columns)
// A cast: `array()` of each column, whose type `ArrayOf` says.
const many = s.table(
  'many',
  Object.fromEntries(Object.entries(columns).map(([key, c]) => [key, c.array()])) as unknown as {
    [K in keyof Columns]: ArrayOf<Columns[K]>
  },
)
const lists = s.table('lists', { id: s.integer().primaryKey(), data: s.jsonb().$type<readonly (number | null)[]>() })
const schema = { one, many, lists, byValue, byName, bigs }
interface DB extends Database<typeof schema> {}
type Row = { [K in keyof Columns]: NonNullable<s.Row<typeof one>[K]> }

/** What a value of a TypeScript type is when the program runs. */
type Runtime<V> = V extends bigint
  ? 'bigint'
  : V extends string
    ? 'string'
    : V extends number
      ? 'number'
      : V extends boolean
        ? 'boolean'
        : V extends Date
          ? 'Date'
          : V extends Uint8Array
            ? 'bytes'
            : V extends Held
              ? 'object'
              : never

/** Of each column: its type in SQL, what a value is when the program runs (held to the row's type by the compiler), and a value. */
const cases: { readonly [K in keyof Row]: readonly [string, Runtime<Row[K]>, Row[K], Row[K]?] } = {
  small: ['smallint', 'number', -5],
  int: ['integer', 'number', 70000],
  big: ['bigint', 'bigint', 9007199254740993n, 5n],
  bigNumber: ['bigint', 'number', 9007199254740991, 5],
  bigString: ['bigint', 'string', '9007199254740993', '5'],
  bigDomain: ['bigs', 'bigint', -9007199254740993n, 5n],
  numeric: ['numeric', 'string', '12.5', '-3'],
  real: ['real', 'number', 1.5],
  double: ['double precision', 'number', 0.1],
  money: ['money', 'string', '$1,234.50'],
  boolean: ['boolean', 'boolean', false, true],
  text: ['text', 'string', `it's "so", {1}\\`],
  varchar: ['varchar(9)', 'string', 'NULL'],
  char: ['char(3)', 'string', 'abc'],
  name: ['name', 'string', 'n'],
  bytea: ['bytea', 'bytes', new Uint8Array([0, 255, 92])],
  date: ['date', 'Date', new Date(2026, 4, 7)],
  time: ['time', 'string', '09:08:07.25'],
  timetz: ['timetz', 'string', '09:08:07+02'],
  timestamp: ['timestamp', 'Date', new Date(2026, 4, 7, 8, 9, 10)],
  timestamptz: ['timestamptz', 'Date', new Date('2026-05-07T08:09:10.123Z')],
  interval: ['interval', 'string', '1 year 2 mons -3 days +04:05:06.000789', '-00:00:01'],
  uuid: ['uuid', 'string', '00000000-0000-4000-8000-000000000001'],
  json: ['json', 'object', { a: [1, 2] }],
  jsonb: ['jsonb', 'object', { a: [] }],
  xml: ['xml', 'string', '<a/>'],
  inet: ['inet', 'string', '10.0.0.1/8'],
  cidr: ['cidr', 'string', '10.0.0.0/8'],
  macaddr: ['macaddr', 'string', '08:00:2b:01:02:03'],
  macaddr8: ['macaddr8', 'string', '08:00:2b:01:02:03:04:05'],
  bit: ['bit(3)', 'string', '101'],
  varbit: ['varbit(5)', 'string', '1011'],
  tsvector: ['tsvector', 'string', "'a' 'b'"],
  tsquery: ['tsquery', 'string', "'a' & 'b'"],
  point: ['point', 'string', '(1.5,-2)'],
  line: ['line', 'string', '{1,2,3}'],
  lseg: ['lseg', 'string', '[(1,2),(3,4)]'],
  box: ['box', 'string', '(3,4),(1,2)', '(2,2),(0,0)'],
  path: ['path', 'string', '((1,2),(3,4))'],
  polygon: ['polygon', 'string', '((1,2),(3,4),(5,6))'],
  circle: ['circle', 'string', '<(1,2),3.5>'],
  int4range: ['int4range', 'string', '[1,3)'],
  int8range: ['int8range', 'string', '[1,3)'],
  numrange: ['numrange', 'string', '[1.5,2)'],
  tsrange: ['tsrange', 'string', '["2026-01-02 00:00:00","2026-01-03 00:00:00")'],
  daterange: ['daterange', 'string', '[2026-01-02,2026-01-05)'],
  int4multirange: ['int4multirange', 'string', '{[1,3),[5,7)}'],
  nummultirange: ['nummultirange', 'string', '{[1.5,3)}'],
  datemultirange: ['datemultirange', 'string', '{[2026-01-02,2026-01-05)}'],
  oid: ['oid', 'number', 4000000000],
  byValue: ['by_value', 'string', 'N', 'A'],
  byName: ['by_name', 'string', 'N', 'A'],
}
const keys = Object.keys(cases) as (keyof Row)[]
const valuesOf = (key: keyof Row): readonly unknown[] => {
  const [, , first, second] = cases[key]
  return [first, second ?? first]
}

const runtimeOf = (v: unknown): string =>
  v instanceof Date ? 'Date' : v instanceof Uint8Array ? 'bytes' : Array.isArray(v) ? 'array' : typeof v
const ddl = `${types}
  CREATE TABLE one (${keys.map((k) => `"${k}" ${cases[k][0]}`).join(', ')});
  CREATE TABLE many (${keys.map((k) => `"${k}" ${cases[k][0]}[]`).join(', ')});
  CREATE TABLE lists (id integer PRIMARY KEY, data jsonb);`

/** A dialect as the packages for postgres.js are: one reserved connection, values as postgres.js reads and writes them. */
function postgresJsDialect(client: postgres.Sql): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql: text, parameters }: CompiledQuery) {
      // A cast: rows have the shape of the query.
      return { rows: [...(await client.unsafe(text, [...parameters] as never[]))] as unknown as R[] }
    },
    streamQuery() {
      throw new Error('not streamed here')
    },
  }
  const nothing = async (): Promise<void> => {}
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => ({
      init: nothing,
      acquireConnection: async () => connection,
      beginTransaction: nothing,
      commitTransaction: nothing,
      rollbackTransaction: nothing,
      releaseConnection: nothing,
      destroy: () => client.end(),
    }),
  }
}

/** What a driver itself does not do. */
interface Limits {
  /** Arrays that it cannot send. */
  readonly out?: readonly string[]
  /** It reads NULL in an array as the text "NULL". */
  readonly nulls?: false
  /** It writes a Date for a type without time zone in UTC, and reads it in the time zone of the program. */
  readonly utc?: true
}

/** The law, for a dialect whose database is empty when `open` resolves. */
function law(open: () => Promise<Dialect>, driver: Limits = {}): void {
  const none = driver.nulls === false ? [] : [null]
  const plain = (key: string, v: unknown): unknown => {
    if (v instanceof Uint8Array) return [...v]
    return v instanceof Date && driver.utc === true && (key === 'date' || key === 'timestamp') ? 'a Date' : v
  }
  let db: Kysely<DB>
  beforeAll(async () => {
    const dialect = await open()
    db = new Kysely<DB>({ dialect, plugins: [ambixPlugin(schema)] })
  })
  afterAll(async () => {
    await db?.destroy()
  })

  it.each(keys)('%s', async (key) => {
    const [, runtime, value] = cases[key]
    await db.deleteFrom('one').execute()
    // A cast: the compiler does not follow a key that is a union.
    await db
      .insertInto('one')
      .values({ [key]: value } as never)
      .execute()
    const row = await db.selectFrom('one').select(key).executeTakeFirstOrThrow()
    expect(runtimeOf(row[key])).toBe(runtime)
    expect(plain(key, row[key])).toEqual(plain(key, value))
    expect(selectSchema(one).shape[key].parse(row[key])).toEqual(row[key])
  })

  it.each(keys.filter((k) => driver.out?.includes(k) !== true))('an array of %s', async (key) => {
    const [, runtime] = cases[key]
    const values = valuesOf(key)
    await db.deleteFrom('many').execute()
    await db
      .insertInto('many')
      .values({ [key]: [...values, ...none] } as never)
      .execute()
    await db
      .updateTable('many')
      .set({ [key]: [...values, ...none] } as never)
      .execute()
    const row = await db.selectFrom('many').selectAll().executeTakeFirstOrThrow()
    const read: unknown = row[key]
    expect(runtimeOf(read)).toBe('array')
    const items = read as readonly unknown[]
    // The type of an array says nothing of NULLs in it.
    expect(selectSchema(many).shape[key].safeParse(items.filter((v) => v !== null)).success).toBe(true)
    expect(items.map(runtimeOf)).toEqual([runtime, runtime, ...none.map(runtimeOf)])
    expect(items.map((v) => plain(key, v))).toEqual([...values, ...none].map((v) => plain(key, v)))
  })

  it('an empty array, and NULL', async () => {
    await db.deleteFrom('many').execute()
    await db.insertInto('many').values({ big: [], interval: [], byName: [] }).execute()
    const row = await db.selectFrom('many').selectAll().executeTakeFirstOrThrow()
    expect([row.big, row.interval, row.byName, row.box, row.bigNumber]).toEqual([[], [], [], null, null])
  })

  it('through joins, functions, array_agg, subqueries and returning', async () => {
    await db.deleteFrom('one').execute()
    const made = await db
      .insertInto('one')
      .values({ big: 7n, bigNumber: 8, point: '(1,2)', interval: '1 day' })
      .returning(['big', 'point as at'])
      .executeTakeFirstOrThrow()
    expect(made).toEqual({ big: 7n, at: '(1,2)' })
    const row = await db
      .selectFrom('one as o')
      .innerJoin('one as p', 'p.big', 'o.big')
      .select((eb) => [
        eb.fn.max('o.big').as('most'),
        eb.fn.coalesce('o.interval', eb.val('2 days')).as('long'),
        eb.fn<bigint[]>('array_agg', ['p.big']).as('all'),
        eb.selectFrom('one').select('bigNumber').limit(1).as('inner'),
      ])
      .where('p.big', '=', 7n)
      .groupBy('o.interval')
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ most: 7n, long: '1 day', all: [7n], inner: 8 })
    expectTypeOf(row.inner).toEqualTypeOf<number | null>()
  })

  it('in JSON, what the types of jsonArrayFrom say', async () => {
    await db.deleteFrom('one').execute()
    await db.deleteFrom('lists').execute()
    await db.insertInto('one').values({ big: 7n, bigString: '8', numeric: '1.5', byName: 'A' }).execute()
    await db.insertInto('lists').values({ id: 1 }).execute()
    const row = await db
      .selectFrom('lists')
      .select((eb) => jsonArrayFrom(eb.selectFrom('one').select(['big', 'bigString', 'numeric', 'byName'])).as('list'))
      .executeTakeFirstOrThrow()
    expect(row.list).toEqual([{ big: 7, bigString: '8', numeric: '1.5', byName: 'A' }])
    expectTypeOf(row.list[0]!).toEqualTypeOf<{
      big: number | null
      bigString: string | null
      numeric: string | null
      byName: 'N' | 'A' | null
    }>()
  })

  it('a list for a JSON column, inserted and updated', async () => {
    await db.deleteFrom('lists').execute()
    await db
      .insertInto('lists')
      .values({ id: 2, data: [1, null] })
      .execute()
    expect(await db.selectFrom('lists').selectAll().execute()).toEqual([{ id: 2, data: [1, null] }])
    await db.updateTable('lists').set({ data: [] }).execute()
    expect(await db.selectFrom('lists').selectAll().execute()).toEqual([{ id: 2, data: [] }])
  })

  it('refuses to round a bigint that is declared as a number', async () => {
    await db.deleteFrom('one').execute()
    await db
      .insertInto('one')
      .values({ bigNumber: '9007199254740993' as never })
      .execute()
    const e: unknown = await db
      .selectFrom('one')
      .select('bigNumber')
      .execute()
      .catch((x: unknown) => x)
    expect(isAmbixError(e, 'SCHEMA.INVALID') && e.message).toContain('9007199254740993')
  })
}

describe('PGlite', () => {
  law(
    async () => {
      const pglite = await PGlite.create()
      await pglite.exec(ddl)
      // PGlite learns arrays of types when it starts.
      await pglite.refreshArrayTypes()
      return new PGliteDialect({ pglite })
    },
    { utc: true },
  )
})

describeLive('on a server', () => {
  let url: string
  beforeAll(async () => {
    url = (await freshDatabase()).url
    const client = new pg.Client(url)
    await client.connect()
    await client.query(ddl)
    await client.end()
  })

  describe('pg', () => {
    law(async () => new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }))

    it('an interval of any parts and signs is what PostgreSQL prints', async () => {
      const db = new Kysely<DB>({
        dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }),
        plugins: [ambixPlugin(schema)],
      })
      await db.deleteFrom('one').execute()
      await sql`INSERT INTO one (interval)
        SELECT make_interval(months => m, days => d) + t
          FROM unnest(ARRAY[0, 1, -1, 12, -12, 13, -13, 11, 30]) m, unnest(ARRAY[0, 1, -1, 40]) d,
               unnest(ARRAY['0', '1 us', '-1 us', '00:00:59.999999', '-100:00:00.5', '01:00:00']::interval[]) t`.execute(
        db,
      )
      const rows = await db
        .selectFrom('one')
        .select((eb) => ['interval', eb.cast<string>('interval', 'text').as('printed')])
        .execute()
      expect(rows).toHaveLength(9 * 4 * 6)
      expect(rows.map((r) => r.interval)).toEqual(rows.map((r) => r.printed))
      await db.destroy()
    })

    it('keeps every digit of numeric[] with the parser that the documentation names', async () => {
      const types = {
        getTypeParser: (id: number, format?: 'text') =>
          pg.types.getTypeParser(id === 1231 ? 1009 : id, format) as (text: string) => unknown,
      }
      const dialect = new PostgresDialect({
        pool: new pg.Pool({ connectionString: url, max: 1, types } as pg.PoolConfig),
      })
      const db = new Kysely<DB>({ dialect, plugins: [ambixPlugin(schema)] })
      await db.deleteFrom('many').execute()
      await db
        .insertInto('many')
        .values({ numeric: ['12345678901234567890.50'] })
        .execute()
      expect(await db.selectFrom('many').select('numeric').execute()).toEqual([
        { numeric: ['12345678901234567890.50'] },
      ])
      await db.destroy()
    })
  })

  describe('postgres.js', () => {
    law(async () => postgresJsDialect(postgres(url, { max: 1 })), {
      out: ['date', 'timestamp'],
      nulls: false,
      utc: true,
    })
  })
})
