/** M15: the names that a swap of an enum needs for a while, borne by something of the user's own before, after, or both. */
import { afterAll, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'
import { majorOf, placesOf } from './place.ts'
import { inDatabase } from './pulled.ts'

const bearers: Readonly<Record<string, string>> = {
  enum: `CREATE TYPE NAME AS ENUM ('x'); CREATE TABLE u (y NAME);`,
  table: 'CREATE TABLE NAME (y integer);',
  view: 'CREATE VIEW NAME AS SELECT 1 AS y;',
  'materialized view': 'CREATE MATERIALIZED VIEW NAME AS SELECT 1 AS y;',
  composite: 'CREATE TYPE NAME AS (y integer);',
  domain: 'CREATE DOMAIN NAME AS integer;',
  range: 'CREATE TYPE NAME AS RANGE (subtype = integer);',
  multirange: 'CREATE TYPE span AS RANGE (subtype = integer, multirange_type_name = NAME);',
  sequence: 'CREATE SEQUENCE NAME;',
  index: 'CREATE TABLE u (y integer); CREATE INDEX NAME ON u (y);',
  'foreign table':
    'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE NAME (y integer) SERVER s;',
}

const abc = `CREATE TYPE st AS ENUM ('a', 'b', 'c');`
const ba = `CREATE TYPE st AS ENUM ('b', 'a');`
const tables: Readonly<Record<string, string>> = {
  st__old: 'CREATE TABLE t (id integer PRIMARY KEY, x st);',
  dom__old: 'CREATE DOMAIN dom AS st; CREATE TABLE t (id integer PRIMARY KEY, x dom);',
}
const rows = `INSERT INTO t VALUES (1, 'a'), (2, 'b')`
const values = [{ sql: `SELECT string_agg(x::text, ',' ORDER BY id) FROM t`, equals: 'a,b' }]

describeLive('names that a swap of an enum needs', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  afterAll(() => lane.close())

  const cases = Object.entries(tables).flatMap(([name, table]) =>
    Object.entries(bearers).flatMap(([kind, sql]) => {
      const own = sql.replaceAll('NAME', name)
      const pair = (id: string, before: string, after: string) => ({
        id: `${kind} ${name} ${id}`,
        old: abc + table + before,
        new: ba + table + after,
      })
      const both = pair('stays', own, own)
      return name === 'st__old' ? [both, pair('comes', '', own), pair('goes', own, '')] : [both]
    }),
  )
  test.each(tableOf(cases))('$id', async (pair) => {
    expect(await lane.run({ ...pair, rows, verifyUp: values, verifyDown: values })).toEqual([])
  })

  const online: Readonly<Record<string, readonly [string, string]>> = {
    'a type': ['CREATE TYPE st__new AS (y integer);', 'the name st__new, which is needed for the new type'],
    'a column': ['ALTER TABLE t ADD COLUMN x__new integer;', 'the column t.x__new, whose name is needed'],
    'a constraint': [
      'ALTER TABLE t ADD CONSTRAINT t_x__not_null CHECK (id > 0);',
      'the constraint t_x__not_null of t, whose name is needed',
    ],
    'an index': ['CREATE INDEX i ON t (x); CREATE SEQUENCE i__new;', 'the name i__new, which is needed for an index'],
    'a function': [
      `CREATE FUNCTION t__ambix_sync() RETURNS integer LANGUAGE sql AS 'select 1';`,
      'the function t__ambix_sync, whose name is needed',
    ],
    'a trigger': [
      `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'; CREATE TRIGGER zzz_ambix_sync AFTER INSERT ON t EXECUTE FUNCTION f();`,
      'the trigger zzz_ambix_sync of t, whose name is needed',
    ],
  }
  test.each(tableOf(Object.entries(online)))(
    '%s in the way of a swap beside the traffic',
    async (_, [own, blocker]) => {
      await inDatabase(server, async (connection) => {
        await connection.script(abc + tables['st__old'] + own)
        const current = await postgres.reflect(connection, { schemas: 'all' })
        const key = 'enum:st'
        const type = current.objects.get(key)
        if (type?.kind !== 'enum') throw new Error('no enum was read')
        const wished = { ...current, objects: new Map(current.objects).set(key, { ...type, values: ['b', 'a'] }) }
        const plan = (): unknown => diff(current, wished, { hints: [], online: true })
        expect(plan).toThrow(
          expect.objectContaining({ code: 'DIFF.REFUSED', data: { enum: 'st', blockers: [blocker] } }),
        )
      })
    },
  )
})
