/**
 * What ambix writes compiles under `tsc --strict` with no unused parameters (issue 9, E1 and J2): the models of random
 * schemas and of databases with a default of every type, the revisions that make them, and revisions that do nothing.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pull } from '../../src/commands/pull.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import { renderModels } from '../../src/revisions/write/models.ts'
import { renderRevision } from '../../src/revisions/write/render.ts'
import { emptySchema, type Schema } from '../../src/schema/model.ts'
import { arbSchema } from '../support/arbitrary-schema.ts'
import { describeLive } from '../support/live.ts'
import { typeErrors } from '../support/strict.ts'
import { kitchen } from './kitchen.ts'
import { inDatabase } from './pulled.ts'

/** A default of every type, as the catalog holds them. */
const defaults = `
create type mood as enum ('a','b'); create domain posint as int check (value>0); create domain dt as timestamptz default now(); create type comp as (a int, b text[]);
create type fr as range (subtype=float8);
create table t (id bigserial primary key, n numeric default 0, n2 numeric(10,2) default 0, n3 numeric default '1e3', n4 numeric[] default '{1,2.50}', b bigint default 5, b2 bigint default 9007199254740993, b3 bigint[] default '{1,2}', r real default 1.5, d double precision default 'NaN',
 m mood default 'a', ma mood[] default '{a,b}', p posint default 3, dd dt, c comp default row(1,'{x}'), f fr default '[1,2)', ts timestamptz default '2020-01-01', tsn timestamp default now(), da date default '2020-01-01', daa date[] default '{2020-01-01}', ti time default '09:00', iv interval default '1 hour', iva interval[] default '{1 hour}', bo boolean default true, boa boolean[] default '{t,f}', j json default '{"a":1}', jb jsonb default '[]', jba jsonb[] default '{}', by bytea default '\\xde', bya bytea[] default '{"\\\\xde"}', u uuid default gen_random_uuid(), u2 uuid default 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', mo money default 3, o oid default 5, pt point default '(1,2)', bi bit(3) default '101', vb varbit default '1', ch char(3) default 'a', tx text[] default '{}', tx2 text[][] default '{{a,b},{c,d}}', i int[] default '{1,NULL}', s smallint default -1, x xml default '<a/>', inn inet default '1.2.3.4', pd posint[] default '{1,2}', nm name default 'x', cc "char" default 'c', rg regclass, tv tsvector default 'a', i4 int4range default '[1,2)', ls pg_lsn default '0/0', nn numeric default 12345678901234567890.5, neg numeric default -5, gen int generated always as (1) stored, fl float8 default 1e-7);
create view v as select * from t; create function f(a int) returns int language sql as 'select 1';
`

const revisionOf = (schema: Schema): string => {
  const { upgrade, downgrade } = diff(emptySchema, schema, { hints: [] })
  return renderRevision({ revision: 'a1', downRevision: null, message: 'all', upgrade, downgrade })
}

const files: Record<string, string> = {
  'empty.ts': renderRevision({ revision: 'b1', downRevision: 'a1', message: 'none', upgrade: [], downgrade: [] }),
}

test('random schemas', { timeout: 120_000 }, () => {
  for (const [i, schema] of fc.sample(arbSchema(), { numRuns: 40, seed: 9 }).entries()) {
    files[`models-${i}.ts`] = renderModels(schema).text
    files[`revision-${i}.ts`] = revisionOf(postgres.normalize(schema))
  }
  expect(typeErrors(files)).toEqual([])
})

describeLive('databases', (server) => {
  test('with a default of every type, and one of every kind', { timeout: 120_000 }, async () => {
    const found: Record<string, string> = {}
    for (const [name, ddl] of Object.entries({ defaults, kitchen })) {
      await inDatabase(server, async (connection, url) => {
        await connection.script([ddl])
        found[`${name}.ts`] = (await pull({ url, schema: './models.ts' }, { connection, models: 'ts', out: '-' })).text
        found[`${name}-revision.ts`] = revisionOf(
          await postgres.reflect(connection, { schemas: 'all', privileges: true }),
        )
      })
    }
    expect(typeErrors(found)).toEqual([])
  })
})
