/** A change of type that rows refuse is found before anything is written, with an example and the hint to copy. */
import { describe, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Hint } from '../../src/diff/model/types.ts'
import { record } from '../../src/operations/recorder.ts'
import { integer, text } from '../../src/schema.ts'
import { runScenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { majorOf } from './place.ts'
import { inDatabase } from './pulled.ts'

interface Retype {
  readonly from: string
  readonly to: string
  /** Values of rows, as SQL. */
  readonly rows: readonly string[]
  readonly hints?: readonly Hint[]
}

const scenario = ({ from, to, rows, hints }: Retype, says?: readonly string[]): Parameters<typeof runScenario>[0] => {
  const [before, after] = [from, to].map((type) => `CREATE TABLE posts (id serial PRIMARY KEY, v ${type});`) as [
    string,
    string,
  ]
  return {
    id: '',
    title: '',
    before_schema: before,
    after_schema: says === undefined ? after : before,
    ...(says === undefined ? {} : { wanted_schema: after, says }),
    rows: `INSERT INTO posts (v) VALUES ${rows.map((v) => `(${v})`).join(', ')};`,
    ...(hints === undefined ? {} : { hints }),
    expect: { must_refuse: says !== undefined },
  }
}
const using = (up: string): readonly Hint[] => [{ using: 'posts.v', up }]

describeLive('rows that cannot become another type', (server) => {
  const run = (r: Retype, says?: readonly string[]): Promise<string[]> => runScenario(scenario(r, says), { server })
  // Before 16 the server cannot be asked which texts it takes: it names the first that it does not.
  const counts = majorOf(server) >= 16

  describe('are asked about', () => {
    const table: readonly (readonly [string, Retype, string[]])[] = [
      [
        'text that is no number',
        { from: 'text', to: 'integer', rows: ["'1'", "'abc'", "'x'", 'NULL'] },
        [
          counts
            ? '2 rows hold in posts.v what is no integer, such as "abc"'
            : 'Rows hold in posts.v what is no integer',
          'abc',
          `{"using":"posts.v","up":"CASE WHEN v ~ '^ *-?[0-9]{1,9} *$' THEN v::integer END"}`,
        ],
      ],
      [
        'text that is no timestamp',
        { from: 'varchar(30)', to: 'timestamptz', rows: ["'2026-11-20'", "'soon'"] },
        ['what is no timestamp', 'soon', `nullif(v, 'soon')::timestamp with time zone`],
      ],
      ['texts in arrays', { from: 'text[]', to: 'integer[]', rows: ["'{1}'", "'{1,b}'"] }, ['no integer[]', 'b']],
      [
        'text that is too long, blanks at its end aside',
        { from: 'varchar(10)', to: 'varchar(3)', rows: ["'abc'", "'abc   '", "'abcd'", "'xyzzy'"] },
        ['2 rows hold in posts.v what is no varchar(3), such as "abcd"', `{"using":"posts.v","up":"left(v, 3)"}`],
      ],
      [
        'a number too long as text',
        { from: 'integer', to: 'varchar(2)', rows: ['1', '100'] },
        ['1 row holds', '"100"'],
      ],
      [
        'a number out of range',
        { from: 'bigint NOT NULL', to: 'integer NOT NULL', rows: ['1', '3000000000'] },
        ['1 row holds', '"3000000000"', 'BETWEEN -2147483648 AND 2147483647 THEN v ELSE 0 END'],
      ],
      [
        'a number with too many digits, rounding included',
        { from: 'numeric', to: 'numeric(4,1)', rows: ['999.9', '999.96', '-1000', "'NaN'"] },
        ['2 rows hold', 'numeric(4,1)', '"-1000"'],
      ],
      [
        'a fraction that rounds out of range',
        { from: 'float8', to: 'smallint', rows: ['32767.4', '32767.6'] },
        ['1 row'],
      ],
      ['JSON that is none', { from: 'text', to: 'jsonb', rows: [`'{"a":1}'`, `'{a}'`] }, ['what is no jsonb']],
      ['bits of another length', { from: 'bit(4)', to: 'bit(3)', rows: ["B'1010'"] }, ['1 row holds', 'bit(3)']],
    ]
    test.each(tableOf(table))('%s', async (_, retype, says) => {
      expect(await run(retype, says)).toEqual([])
    })
  })

  test('are refused with the expression that was to convert them', async () => {
    const retype = { from: 'text', to: 'integer', rows: ["'1'", "'12x'"], hints: using("nullif(v, 'x')::integer") }
    expect(await run(retype, ['DIFF.REFUSED', '12x', 'the hint'])).toEqual([])
  })

  describe('are no longer there, or never were, and the change is made', () => {
    const table: readonly (readonly [string, Retype])[] = [
      [
        'by the expression',
        { from: 'text', to: 'integer', rows: ["'1'", "'x'"], hints: using("nullif(v, 'x')::integer") },
      ],
      ['by being cut', { from: 'varchar(10)', to: 'varchar(3)', rows: ["'abcd'"], hints: using('left(v, 3)') }],
      ['text that is a number', { from: 'text', to: 'integer', rows: ["'1'", "' 2 '", 'NULL'] }],
      ['numbers in range', { from: 'numeric(12,3)', to: 'smallint', rows: ['32767.4', '-32768.4', 'NULL'] }],
      ['blanks alone too long', { from: 'text', to: 'char(3)', rows: ["'ab    '"] }],
      ['dates', { from: 'text', to: 'date', rows: ["'2026-11-20'"] }],
      ['no rows at all', { from: 'text', to: 'uuid', rows: ['NULL'] }],
    ]
    test.each(tableOf(table))('%s', async (_, retype) => {
      expect(await run(retype)).toEqual([])
    })
  })

  test('may become NULL, where NOT NULL goes with the type', async () => {
    await inDatabase(server, async (connection) => {
      await connection.script("CREATE TABLE posts (v text NOT NULL); INSERT INTO posts VALUES ('1'), ('x')")
      const ops = record((op) =>
        op.alterColumn('posts', 'v', {
          type: integer(),
          using: "nullif(v, 'x')::integer",
          nullable: true,
          was: { type: text(), nullable: false },
        }),
      )
      const statements = postgres.compile(ops, undefined, { offline: true, serverVersion: majorOf(server) })
      await connection.script(statements.map((statement) => statement.sql).join(';\n'))
      expect(await connection.values('SELECT v FROM posts ORDER BY v')).toEqual([['1'], [null]])
    })
  })

  const renamed = (table: string, from: string, to: string): Hint => ({ rename: 'column', table, from, to })
  const both = (before: string, after: string, hints: readonly Hint[], rows: string): Promise<string[]> =>
    runScenario(
      { id: '', title: '', before_schema: before, after_schema: after, rows, hints, expect: {} },
      { server, names: true },
    )

  test('are asked about under the new name of their column, in an expression that can be given back', async () => {
    const schema = 'CREATE TABLE t (n int);'
    const problems = await runScenario(
      {
        id: '',
        title: '',
        before_schema: schema,
        after_schema: schema,
        wanted_schema: 'CREATE TABLE t (nn text[]);',
        rows: 'INSERT INTO t VALUES (1);',
        hints: [renamed('t', 'n', 'nn')],
        expect: { must_refuse: true },
        says: ['{"using":"t.nn","up":"ARRAY[nn]","down":"nn[1]::integer"}'],
      },
      { server },
    )
    expect(problems).toEqual([])
  })

  describe('stand in a column that is renamed', () => {
    const table: readonly (readonly [string, string, string, readonly Hint[], string])[] = [
      [
        'a serial that keeps its type',
        'CREATE TABLE b (id serial PRIMARY KEY);',
        'CREATE TABLE b (bid serial PRIMARY KEY);',
        [renamed('b', 'id', 'bid')],
        'INSERT INTO b DEFAULT VALUES;',
      ],
      [
        'a date with an index named after it',
        'CREATE TABLE t (a text); CREATE INDEX ON t (a);',
        'CREATE TABLE t (d date); CREATE INDEX ON t (d);',
        [renamed('t', 'a', 'd')],
        "INSERT INTO t VALUES ('2026-11-21');",
      ],
      [
        'a number with constraints named after it',
        'CREATE TABLE b (aid int UNIQUE CHECK (aid > 0));',
        'CREATE TABLE b (a_id bigint UNIQUE CHECK (a_id > 0));',
        [renamed('b', 'aid', 'a_id')],
        'INSERT INTO b VALUES (1);',
      ],
      [
        'a foreign key named after it',
        'CREATE TABLE a (id text PRIMARY KEY); CREATE TABLE b (aid text REFERENCES a);',
        'CREATE TABLE a (uid int PRIMARY KEY); CREATE TABLE b (a_uid int REFERENCES a);',
        [renamed('a', 'id', 'uid'), renamed('b', 'aid', 'a_uid')],
        "INSERT INTO a VALUES ('1'); INSERT INTO b VALUES ('1');",
      ],
      [
        'one with options',
        'CREATE TABLE t (a int); ALTER TABLE t ALTER a SET (n_distinct=5);',
        'CREATE TABLE t (aa int); ALTER TABLE t ALTER aa SET (n_distinct=5);',
        [renamed('t', 'a', 'aa')],
        'INSERT INTO t VALUES (1);',
      ],
      [
        'an array, by the hint that is offered',
        'CREATE TABLE t (n int);',
        'CREATE TABLE t (nn text[]);',
        [renamed('t', 'n', 'nn'), { using: 't.nn', up: 'ARRAY[nn]', down: 'nn[1]::integer' }],
        'INSERT INTO t VALUES (1);',
      ],
      [
        'a text, by expressions that name the columns as wished',
        'CREATE TABLE t (n text, "Old" int);',
        'CREATE TABLE t ("N n" int, o int);',
        [
          renamed('t', 'n', 'N n'),
          renamed('t', 'Old', 'o'),
          {
            using: 't.N n',
            up: `CASE WHEN "N n" = 'x' THEN o ELSE "N n"::int END`,
            down: 'CASE WHEN o = "N n" THEN \'x\' ELSE "N n"::text END',
          },
        ],
        "INSERT INTO t VALUES ('x', 1), ('2', 3);",
      ],
    ]
    test.each(tableOf(table))('%s', async (_, before, after, hints, rows) => {
      expect(await both(before, after, hints, rows)).toEqual([])
    })
  })
})
