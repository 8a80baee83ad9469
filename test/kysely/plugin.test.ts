/** Members in the program, labels in the database: every place of a query, on a real PostgreSQL (PGlite). */
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, sql } from 'kysely'
import { jsonArrayFrom, jsonObjectFrom } from 'kysely/helpers/postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { isAmbixError } from '../../src/errors.ts'
import { ambixPlugin, type Database, enumCodecs } from '../../src/kysely.ts'
import * as schema from './schema.ts'

interface DB extends Database<typeof schema> {}

let pglite: PGlite
let db: Kysely<DB>
/** The same database without the plugin: what is really stored. */
let bare: Kysely<Record<string, Record<string, unknown>>>

const names = `('New', 'Active', 'Inactive', 'Suspended')`
const values = `('N', 'A', 'I', 'S')`

beforeAll(async () => {
  pglite = await PGlite.create()
  await pglite.exec(`
    CREATE TYPE by_value AS ENUM ${values};
    CREATE TYPE by_name AS ENUM ${names};
    CREATE TYPE level AS ENUM ('Low', 'High');
    CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, v by_value NOT NULL, n by_name NOT NULL DEFAULT 'New',
      vc varchar(1) CHECK (vc IN ${values}), nc varchar(9) CHECK (nc IN ${names}), "all" by_name[] NOT NULL DEFAULT '{}', level level);
    CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL, state by_name NOT NULL, title text);
    CREATE TABLE logs (n text, user_id integer);
  `)
  // PGlite learns arrays of types when it starts; these were made after.
  await pglite.refreshArrayTypes()
  const dialect = new PGliteDialect({ pglite })
  db = new Kysely<DB>({ dialect, plugins: [ambixPlugin(schema)] })
  bare = new Kysely({ dialect })
})
afterAll(async () => {
  await pglite?.close()
})
beforeEach(async () => {
  await pglite.exec(`
    TRUNCATE users, posts, logs;
    INSERT INTO users VALUES (1, 'ann', 'N', 'New', 'N', 'New', '{New,Active}', 'Low'), (2, 'bob', 'A', 'Active', 'A', 'Active', '{}', 'High');
    INSERT INTO posts VALUES (-1, 1, 'Suspended', 'first'), (-2, 2, 'New', 'second');
    INSERT INTO logs VALUES ('N', 1);
  `)
})

const stored = async (id: number): Promise<unknown> =>
  (await pglite.query(`SELECT v::text, n::text, vc, nc, "all"::text AS all, level::text FROM users WHERE id = ${id}`))
    .rows[0]

describe('inserting', () => {
  it('persists N A I S by value and the names by name, native and not', async () => {
    for (const [i, member] of Object.values(schema.Status).entries()) {
      await db
        .insertInto('users')
        .values({ id: 10 + i, name: 'x', v: member, n: member, vc: member, nc: member, all: [member], level: 1 })
        .execute()
      const name = Object.keys(schema.Status)[i]
      expect(await stored(10 + i)).toEqual({
        v: member,
        n: name,
        vc: member,
        nc: name,
        all: `{${name}}`,
        level: 'High',
      })
    }
  })

  it('takes several rows, with and without a column, and NULL', async () => {
    await db
      .insertInto('users')
      .values([
        { id: 20, name: 'a', v: 'S', n: 'S', nc: null },
        { id: 21, name: 'b', v: 'A', level: 0 },
      ])
      .execute()
    expect(await stored(20)).toMatchObject({ v: 'S', n: 'Suspended', nc: null })
    expect(await stored(21)).toMatchObject({ v: 'A', n: 'New', level: 'Low' })
  })

  it('gives members back by returning, all columns or some', async () => {
    const all = await db
      .insertInto('users')
      .values({ id: 30, name: 'x', v: 'I', n: 'I' })
      .returningAll()
      .executeTakeFirstOrThrow()
    expect(all).toMatchObject({ v: 'I', n: 'I' })
    const some = await db
      .insertInto('users')
      .values({ id: 31, name: 'x', v: 'I', n: 'S' })
      .returning(['n as state', 'id'])
      .execute()
    expect(some).toEqual([{ state: 'S', id: 31 }])
  })

  it('resolves conflicts with members, of the row that is there and of the one that was to come', async () => {
    const [row] = await db
      .insertInto('users')
      .values({ id: 1, name: 'x', v: 'A', n: 'A' })
      .onConflict((oc) =>
        oc
          .column('id')
          .doUpdateSet((eb) => ({ n: 'S', v: eb.ref('excluded.v') }))
          .where('users.n', '=', 'N')
          .where('excluded.n', '=', 'A'),
      )
      .returning(['v', 'n'])
      .execute()
    expect(row).toEqual({ v: 'A', n: 'S' })
    expect(await stored(1)).toMatchObject({ v: 'A', n: 'Suspended' })
  })

  it('from a select, encodes what stands among the selected', async () => {
    await db
      .insertInto('posts')
      .columns(['id', 'user_id', 'state'])
      .expression((eb) =>
        eb
          .selectFrom('users')
          .select((s) => [
            s.ref('id').as('id'),
            s.ref('id').as('user_id'),
            s.cast<'A'>(s.val('A'), sql`by_name`).as('state'),
          ]),
      )
      .execute()
    expect((await pglite.query('SELECT DISTINCT state::text FROM posts WHERE id > 0')).rows).toEqual([
      { state: 'Active' },
    ])
  })

  it('fills client-side defaults, in each row that leaves them out', async () => {
    const rows = await db
      .insertInto('posts')
      .values([{ user_id: 1 }, { user_id: 2, state: 'A' }])
      .returningAll()
      .execute()
    expect(rows.map((r) => r.state)).toEqual(['I', 'A'])
    expect(new Set(rows.map((r) => r.id)).size).toBe(2)
    const again = await db
      .insertInto('posts')
      .values({ user_id: 1, title: 't' })
      .returning('state')
      .executeTakeFirstOrThrow()
    expect(again.state).toBe('I')
  })
})

describe('selecting', () => {
  it('gives members back, of one column, of all, of lists', async () => {
    expect(await db.selectFrom('users').selectAll().orderBy('id').executeTakeFirst()).toEqual({
      id: 1,
      name: 'ann',
      v: 'N',
      n: 'N',
      vc: 'N',
      nc: 'N',
      all: ['N', 'A'],
      level: 0,
    })
    const row = await db.selectFrom('users').select(['n', 'all']).where('id', '=', 1).executeTakeFirstOrThrow()
    expectTypeOf(row).toEqualTypeOf<{ n: 'N' | 'A' | 'I' | 'S'; all: ('N' | 'A' | 'I' | 'S')[] }>()
    expect(row).toEqual({ n: 'N', all: ['N', 'A'] })
  })

  it('compares with members: equal, in, between, distinct, lists, any', async () => {
    const ids = async (q: { execute(): Promise<{ id: number }[]> }): Promise<number[]> =>
      (await q.execute()).map((r) => r.id)
    const q = db.selectFrom('users').select('id').orderBy('id')
    expect(await ids(q.where('n', '=', 'A'))).toEqual([2])
    expect(await ids(q.where('n', '!=', 'A'))).toEqual([1])
    expect(await ids(q.where('nc', 'in', ['A', 'S']))).toEqual([2])
    expect(await ids(q.where('n', 'not in', ['A', 'S']))).toEqual([1])
    expect(await ids(q.where((eb) => eb.between('n', 'N', 'A')))).toEqual([1, 2])
    expect(await ids(q.where('n', 'is distinct from', 'A'))).toEqual([1])
    expect(await ids(q.where('n', '>=', 'A'))).toEqual([2])
    expect(await ids(q.where('all', '@>', sql.val(['A']) as never))).toEqual([1])
    expect(await ids(q.where((eb) => eb('n', '=', sql`any(${sql.val(['A', 'S'])})` as never)))).toEqual([2])
    expect(await ids(q.where((eb) => eb(eb.val('A'), '=', eb.fn.any('all'))))).toEqual([1])
    expect(await ids(q.where((eb) => eb.or([eb('n', '=', 'A'), eb.not(eb('v', '=', 'A'))])))).toEqual([1, 2])
    expect(await ids(q.where((eb) => eb(eb.refTuple('n', 'id'), 'in', [eb.tuple<'A', number>('A', 2)])))).toEqual([2])
    expect(await ids(q.where(sql.ref('users.n'), '=', 'A'))).toEqual([2])
  })

  it('leaves patterns, other columns and raw SQL alone', async () => {
    expect(
      await db
        .selectFrom('users')
        .select('id')
        .where('nc', 'like', 'A%' as never)
        .execute(),
    ).toEqual([{ id: 2 }])
    expect(await db.selectFrom('users').select('id').where('name', '=', 'N').execute()).toEqual([])
    expect(await db.selectFrom('logs').selectAll().where('n', '=', 'N').execute()).toEqual([{ n: 'N', user_id: 1 }])
    expect((await sql<{ n: string }>`select n::text from users where n = ${'New'}`.execute(db)).rows).toEqual([
      { n: 'New' },
    ])
  })
})

describe('through joins, aliases, subqueries and common table expressions', () => {
  it('knows whose column it is, although another table has one of that name', async () => {
    const rows = await db
      .selectFrom('users as u')
      .innerJoin('logs', 'logs.user_id', 'u.id')
      .leftJoin('posts as p', (join) => join.onRef('p.user_id', '=', 'u.id').on('p.state', '=', 'S'))
      .select(['u.n as status', 'logs.n', 'p.state'])
      .where('u.n', '=', 'N')
      .where('logs.n', '=', 'N')
      .execute()
    expect(rows).toEqual([{ status: 'N', n: 'N', state: 'S' }])
  })

  it('all columns of a join by table', async () => {
    const [row] = await db
      .selectFrom('posts')
      .innerJoin('users as u', 'u.id', 'posts.user_id')
      .selectAll('posts')
      .select('u.n')
      .where('u.id', '=', 2)
      .execute()
    expect(row).toEqual({ id: -2, user_id: 2, state: 'N', title: 'second', n: 'A' })
  })

  it('subqueries in from, in where, and as a value', async () => {
    const rows = await db
      .selectFrom((eb) => eb.selectFrom('users').select(['id', 'n as status']).where('n', '!=', 'S').as('sub'))
      .select((eb) => [
        'sub.status',
        eb.selectFrom('posts').select('posts.state').whereRef('posts.user_id', '=', 'sub.id').limit(1).as('first'),
      ])
      .where('sub.status', '=', 'N')
      .where('sub.id', 'in', (eb) => eb.selectFrom('posts').select('user_id').where('state', '=', 'S'))
      .execute()
    expect(rows).toEqual([{ status: 'N', first: 'S' }])
  })

  it('correlated subqueries see the query around them', async () => {
    const rows = await db
      .selectFrom('users')
      .select('id')
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('posts')
            .select('posts.id')
            .where('users.n', '=', 'N')
            .whereRef('posts.user_id', '=', 'users.id'),
        ),
      )
      .execute()
    expect(rows).toEqual([{ id: 1 }])
  })

  it('common table expressions, with renamed columns, and such that write', async () => {
    const rows = await db
      .with('busy(who, how)', (q) => q.selectFrom('users').select(['id as who', 'n as how']).where('n', '=', 'A'))
      .with('moved', (q) =>
        q.updateTable('posts').set({ state: 'S' }).where('state', '=', 'N').returning(['user_id', 'state']),
      )
      .selectFrom('busy')
      .innerJoin('moved', 'moved.user_id', 'busy.who')
      .select(['busy.how', 'moved.state'])
      .where('busy.how', '=', 'A')
      .execute()
    expect(rows).toEqual([{ how: 'A', state: 'S' }])
  })

  it('unions, where a branch is a plain member', async () => {
    const rows = await db
      .selectFrom('users')
      .select('nc as s')
      .where('id', '=', 1)
      .union((eb) => eb.selectFrom('users').select((e) => e.val<'S'>('S').as('s')))
      .orderBy('s')
      .execute()
    expect(rows).toEqual([{ s: 'N' }, { s: 'S' }])
  })

  it('rows in JSON', async () => {
    const rows = await db
      .selectFrom('users')
      .select((eb) => [
        'users.id',
        jsonArrayFrom(
          eb.selectFrom('posts').select(['posts.state', 'posts.title']).whereRef('posts.user_id', '=', 'users.id'),
        ).as('posts'),
        jsonObjectFrom(
          eb.selectFrom('posts').select('posts.state').whereRef('posts.user_id', '=', 'users.id').limit(1),
        ).as('one'),
      ])
      .where('users.n', '=', 'N')
      .execute()
    expect(rows).toEqual([{ id: 1, posts: [{ state: 'S', title: 'first' }], one: { state: 'S' } }])
  })
})

describe('functions and cases', () => {
  it('coalesce, min, array_agg, concatenation and case take and give members', async () => {
    const row = await db
      .selectFrom('users')
      .select((eb) => [
        eb.fn.coalesce('nc', eb.val<'S'>('S')).as('c'),
        eb.fn.min('n').as('least'),
        eb.fn<('N' | 'A' | 'I' | 'S')[]>('array_agg', ['n']).as('list'),
        eb
          .case()
          .when('v', '=', 'N')
          .then(eb.ref('n'))
          .else(eb.cast<'S'>(eb.val('S'), sql`by_name`))
          .end()
          .as('k'),
        eb.case('n').when('N').then(1).else(2).end().as('number'),
      ])
      .where('id', '=', 1)
      .groupBy(['nc', 'v', 'n'])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ c: 'N', least: 'N', list: ['N'], k: 'N', number: 1 })
  })
})

describe('updating and deleting', () => {
  it('sets members, one, lists, by case and by append', async () => {
    await db
      .updateTable('users')
      .set({ v: 'S', n: 'S', nc: 'S', all: ['S', 'I'], level: 1 })
      .where('n', '=', 'N')
      .execute()
    expect(await stored(1)).toMatchObject({
      v: 'S',
      n: 'Suspended',
      nc: 'Suspended',
      all: '{Suspended,Inactive}',
      level: 'High',
    })
    await db
      .updateTable('users')
      .set((eb) => ({
        nc: eb.case().when('nc', '=', 'S').then(eb.val<'N'>('N')).else(eb.val<'I'>('I')).end(),
        all: eb.fn('array_append', ['all', eb.val('A')]),
      }))
      .execute()
    expect(await stored(1)).toMatchObject({ nc: 'New', all: '{Suspended,Inactive,Active}' })
    expect(await stored(2)).toMatchObject({ nc: 'Inactive', all: '{Active}' })
  })

  it('updates from another table, and returns members', async () => {
    const rows = await db
      .updateTable('posts as p')
      .from('users as u')
      .set({ state: 'I' })
      .whereRef('u.id', '=', 'p.user_id')
      .where('u.n', '=', 'A')
      .returning(['p.state', 'u.n'])
      .execute()
    expect(rows).toEqual([{ state: 'I', n: 'A' }])
  })

  it('deletes by member, using another table', async () => {
    const rows = await db
      .deleteFrom('posts')
      .using('users as u')
      .whereRef('u.id', '=', 'posts.user_id')
      .where('u.n', '=', 'N')
      .returning('posts.state')
      .execute()
    expect(rows).toEqual([{ state: 'S' }])
  })

  it('merges', async () => {
    await db
      .mergeInto('posts as target')
      .using('users as u', 'u.id', 'target.user_id')
      .whenMatchedAnd('u.n', '=', 'N')
      .thenUpdateSet({ state: 'A' })
      .whenNotMatched()
      .thenInsertValues((eb) => ({ id: 5, user_id: eb.ref('u.id'), state: 'I' }))
      .execute()
    expect(
      (await bare.selectFrom('posts').select('state').where('user_id', '=', 1).execute()).map((r) => r['state']),
    ).toEqual(['Active'])
  })
})

describe('what is not known', () => {
  it('a label that the models have not is an error, or passes by option', async () => {
    await pglite.exec(`ALTER TABLE users DROP CONSTRAINT users_nc_check; UPDATE users SET nc = 'Gone' WHERE id = 1`)
    const query = db.selectFrom('users').select('nc').where('id', '=', 1)
    const e: unknown = await query.execute().catch((x: unknown) => x)
    expect(isAmbixError(e, 'ENUM.INVALID') && e.message).toContain('"Gone"')
    const lenient = new Kysely<DB>({
      dialect: new PGliteDialect({ pglite }),
      plugins: [ambixPlugin(schema, { unknown: 'passthrough' })],
    })
    expect(await lenient.selectFrom('users').select('nc').where('id', '=', 1).execute()).toEqual([{ nc: 'Gone' }])
  })

  it('a value that is no member is refused by the database, with the value as it was given', async () => {
    const e: unknown = await db
      .insertInto('users')
      .values({ id: 40, name: 'x', v: 'X' as never })
      .execute()
      .catch((x: unknown) => x)
    expect(String(e)).toContain('invalid input value for enum by_value: "X"')
  })

  it('tables that are not declared and queries that build tables pass', async () => {
    const any = db as unknown as Kysely<Record<string, Record<string, unknown>>>
    expect(await any.selectFrom('pg_class').select('relname').where('relname', '=', 'users').execute()).toEqual([
      { relname: 'users' },
    ])
    await db.schema.createTable('tmp').addColumn('n', 'text').execute()
    await db.schema.dropTable('tmp').execute()
  })
})

describe('codecs by type', () => {
  it('turn every value of the type into a member, also in raw SQL', async () => {
    const { parsers, serializers } = await enumCodecs(schema, (q) => pglite.query(q))
    const options = { parsers, serializers }
    const { rows } = await pglite.query(
      'SELECT n, "all", array_agg(level) AS levels FROM users WHERE n = any($1) GROUP BY 1, 2',
      [['N', 'S']],
      options,
    )
    expect(rows).toEqual([{ n: 'N', all: ['N', 'A'], levels: [0] }])
    await pglite.query('UPDATE users SET n = $1, level = $2 WHERE id = 1', ['S', 0], options)
    expect(await stored(1)).toMatchObject({ n: 'Suspended', level: 'Low' })
  })
})
