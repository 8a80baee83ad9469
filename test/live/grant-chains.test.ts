/** C: privileges that were granted on by grant option: what is revoked is gone, whoever granted it, and who is to keep it keeps it; both ways. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execute } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'
import { majorOf, placesOf } from './place.ts'

const roles = ['ambix_chain_a', 'ambix_chain_b', 'ambix_chain_c'] as const
const [a, b, c] = roles
const table = 'CREATE TABLE t (id integer PRIMARY KEY, n integer);'
const as = (role: string, sql: string): string => `SET ROLE ${role}; ${sql} RESET ROLE;`

const states: Readonly<Record<string, string>> = {
  none: table,
  'with grant option': `${table} GRANT SELECT ON t TO ${a} WITH GRANT OPTION;`,
  'without grant option': `${table} GRANT SELECT ON t TO ${a};`,
  'granted on': `${table} GRANT SELECT, INSERT ON t TO ${a} WITH GRANT OPTION; ${as(a, `GRANT SELECT ON t TO ${b};`)}`,
  'granted on twice': `${table} GRANT SELECT ON t TO ${a} WITH GRANT OPTION; ${as(a, `GRANT SELECT ON t TO ${b} WITH GRANT OPTION;`)} ${as(b, `GRANT SELECT ON t TO ${c};`)}`,
  'to everybody by another': `${table} GRANT SELECT ON t TO ${a} WITH GRANT OPTION; ${as(a, 'GRANT SELECT ON t TO PUBLIC;')}`,
  'by the owner': `${table} GRANT SELECT ON t TO ${a} WITH GRANT OPTION; GRANT SELECT ON t TO ${b};`,
  'by two': `${table} GRANT SELECT ON t TO ${a} WITH GRANT OPTION; GRANT SELECT ON t TO ${b}; ${as(a, `GRANT SELECT ON t TO ${b};`)}`,
  columns: `${table} GRANT SELECT (n) ON t TO ${a} WITH GRANT OPTION; ${as(a, `GRANT SELECT (n) ON t TO ${b};`)}`,
  'columns and the table': `${table} GRANT SELECT ON t TO ${a} WITH GRANT OPTION; GRANT SELECT (n) ON t TO ${a} WITH GRANT OPTION; ${as(a, `GRANT SELECT (n) ON t TO ${b}; GRANT SELECT ON t TO ${c};`)}`,
}

const objects = `CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'select 1'; CREATE SEQUENCE s; CREATE SCHEMA sc; CREATE VIEW v AS SELECT 1 AS n; CREATE TYPE e AS ENUM ('x');`
const kinds: Readonly<Record<string, string>> = {
  'FUNCTION f()': 'EXECUTE',
  'SEQUENCE s': 'USAGE',
  'SCHEMA sc': 'USAGE',
  v: 'SELECT',
  'TYPE e': 'USAGE',
}

describeLive('privileges that were granted on', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  beforeAll(() =>
    execute(
      server.url('postgres'),
      roles
        .map(
          (r) => `DO $$ BEGIN CREATE ROLE ${r}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;`,
        )
        .join(' '),
    ),
  )
  afterAll(() => lane.close())

  const list = Object.entries(states)
  const pairs = list.flatMap(([from, old], i) =>
    list.slice(i + 1).map(([to, now]) => ({ id: `${from} and ${to}`, old, new: now })),
  )
  test.each(tableOf(pairs))('$id', async (pair) => {
    expect(await lane.run(pair)).toEqual([])
    expect(await lane.run({ ...pair, old: pair.new, new: pair.old })).toEqual([])
  })

  test.each(tableOf(Object.entries(kinds)))('%s', async (object, privilege) => {
    const chain = `${objects} GRANT ${privilege} ON ${object} TO ${a} WITH GRANT OPTION; ${as(a, `GRANT ${privilege} ON ${object} TO ${b};`)}`
    expect(await lane.run({ id: '', old: chain, new: objects })).toEqual([])
    const less = `${objects} GRANT ${privilege} ON ${object} TO ${b};`
    expect(await lane.run({ id: '', old: chain, new: less })).toEqual([])
  })

  test('the grantee becomes the owner', async () => {
    const now = `${table} ALTER TABLE t OWNER TO ${a}; ${as(a, `GRANT SELECT ON t TO ${b} WITH GRANT OPTION;`)}`
    expect(await lane.run({ id: '', old: states['granted on']!, new: now })).toEqual([])
  })
})
