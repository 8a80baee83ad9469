/** Values of composite types while the type changes: kept where they can be, refused where they would be mixed up. */
import { expect, test } from 'vitest'
import { runScenario, type Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const type = (attributes: string): string =>
  `CREATE TYPE c AS (${attributes}); CREATE TABLE t (id integer PRIMARY KEY, x c, y c[]);`
const rows = `INSERT INTO t VALUES (1, (1, 2), ARRAY[(3, 4)::c])`
const first = type('a integer, b integer')
const told = 'SELECT string_agg(to_jsonb(t)::text, $$;$$) FROM t'

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
    scenario('attributes that change places are refused, with the column', type('b integer, a integer'), {
      wanted_schema: type('b integer, a integer'),
      expect: { must_refuse: true },
      says: ['t.x', '(a, b)', '(b, a)'],
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
    expect(await runScenario(s, { create: () => server.createDatabase() })).toEqual([])
  })
})
