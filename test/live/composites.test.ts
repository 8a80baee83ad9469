/** Values of composite types while the type changes: kept where they can be, refused where they would be mixed up. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute, project, runScenario, type Scenario, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const type = (attributes: string): string =>
  `CREATE TYPE c AS (${attributes}); CREATE TABLE t (id integer PRIMARY KEY, x c, y c[]);`
const rows = `INSERT INTO t VALUES (1, (1, 2), ARRAY[(3, 4)::c])`
const first = type('a integer, b integer')
const told = 'SELECT string_agg(to_jsonb(t)::text, $$;$$) FROM t'

const nested = (attributes: string): string =>
  `CREATE TYPE c AS (${attributes}); CREATE DOMAIN d AS c; CREATE TYPE o AS (c c, n integer);
   CREATE TABLE t (id integer PRIMARY KEY, x c, d d, o o); CREATE VIEW v AS SELECT (x).a FROM t;
   CREATE FUNCTION f(c) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a'; CREATE INDEX i ON t (f(x));`
const values = `SELECT string_agg(concat_ws(' ', id, (x).a, (x).b, (d).a, (d).b, ((o).c).a, ((o).c).b, (o).n), ';' ORDER BY id) FROM t`

const scenario = (id: string, after: string, more: Partial<Scenario>): Scenario => ({
  id,
  title: id,
  before_schema: first,
  after_schema: after,
  rows,
  expect: {},
  ...more,
})

describeLive('composite values', (server) => {
  test.each([
    scenario('attributes that change places are refused where arrays hold them', type('b integer, a integer'), {
      wanted_schema: type('b integer, a integer'),
      expect: { must_refuse: true },
      says: ['t.y', '(a, b)', '(b, a)'],
    }),
    scenario('attributes that change places or go: values go by name, in domains and composites too (M18)', '', {
      before_schema: nested('a integer, b integer, c text'),
      after_schema: nested('b integer, a integer'),
      rows: `INSERT INTO t VALUES (1, (1, 2, 'x'), (3, 4, '",('), ROW((5, 6, NULL)::c, 7)), (2, NULL, NULL, NULL)`,
      verify_up: [{ sql: values, equals: '1 1 2 3 4 5 6 7;2' }],
      verify_down: [{ sql: values, equals: '1 1 2 3 4 5 6 7;2' }],
    }),
    scenario('a new attribute at the end leaves the values', type('a integer, b integer, d date'), {
      verify_up: [
        {
          sql: told,
          equals: '{"x": {"a": 1, "b": 2, "d": null}, "y": [{"a": 3, "b": 4, "d": null}], "id": 1}',
        },
      ],
      verify_down: [{ sql: told, equals: '{"x": {"a": 1, "b": 2}, "y": [{"a": 3, "b": 4}], "id": 1}' }],
    }),
  ])('$id', async (s) => {
    expect(await runScenario(s, { server })).toEqual([])
  })

  test('arrays of them are guarded by the revision: made on an empty table, refused where there are rows (M18)', async () => {
    const { url } = await server.createDatabase()
    const cli = project(url, first)
    try {
      expect(await cli.run('revision', '--autogenerate', '-m', 'one')).toMatchObject({ code: 0 })
      expect(await cli.run('upgrade', 'head')).toMatchObject({ code: 0 })
      writeFileSync(join(cli.dir, 'schema.sql'), type('b integer, a integer'))
      expect(await cli.run('revision', '--autogenerate', '-m', 'two')).toMatchObject({ code: 0 })
      await execute(url, rows)
      const refused = await cli.run('upgrade', 'head')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('[DIFF.REFUSED]')
      expect(refused.stderr).toContain('t.y holds arrays of a composite type whose attributes change')
      expect(await value(url, told)).toBe('{"x": {"a": 1, "b": 2}, "y": [{"a": 3, "b": 4}], "id": 1}')
      const sql = await cli.run('upgrade', 'head', '--sql')
      expect(sql.stdout).toContain('t.y holds arrays of a composite type whose attributes change')
      await execute(url, 'UPDATE t SET y = NULL')
      expect(await cli.run('upgrade', 'head')).toMatchObject({ code: 0 })
      expect(await value(url, told)).toBe('{"x": {"a": 1, "b": 2}, "y": null, "id": 1}')
    } finally {
      cli.close()
    }
  })
})
