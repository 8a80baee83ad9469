/** B1: operators, collations, casts, types and text search objects of the models' own, named in expressions: pulled, built from nothing, and back. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { pull } from '../../src/commands/pull.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { runModels } from './models-on.ts'
import { inDatabase } from './pulled.ts'

const near = `CREATE FUNCTION near(a integer, b integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'select abs($1 - $2) < 3';
  CREATE OPERATOR ### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = near);`

/** Tables are named so that they sort before what they need. */
const cases: Readonly<Record<string, string>> = {
  'an operator in a check': `${near} CREATE TABLE a_t (id integer CHECK (id ### 5));`,
  'an operator in an index': `${near} CREATE TABLE a_t (id integer); CREATE INDEX i ON a_t ((id ### 4)) WHERE id ### 5;`,
  'an operator in a generated column': `${near} CREATE TABLE a_t (id integer, g boolean GENERATED ALWAYS AS (id ### 5) STORED);`,
  'an operator in a default': `${near} CREATE TABLE a_t (id integer, g boolean DEFAULT (1 ### 5));`,
  'an operator in a policy': `${near} CREATE TABLE a_t (id integer); CREATE POLICY p ON a_t USING (id ### 3);`,
  'an operator in a view': `${near} CREATE TABLE a_t (id integer); CREATE VIEW v AS SELECT id ### 3 AS x FROM a_t;`,
  'an operator in a schema': `CREATE SCHEMA o; CREATE FUNCTION o.near(a integer, b integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'select abs($1 - $2) < 3';
    CREATE OPERATOR o.### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = o.near); CREATE TABLE a_t (id integer CHECK (id OPERATOR(o.###) 5));`,
  'a collation in a column, a check and an index': `CREATE COLLATION c (provider = icu, locale = 'de');
    CREATE TABLE a_t (n text COLLATE c DEFAULT 'x', m text CHECK (m COLLATE c > 'a')); CREATE INDEX i ON a_t (m COLLATE c);`,
  'a cast in a default and a check': `CREATE TYPE e AS ENUM ('a', 'b');
    CREATE FUNCTION to_e(integer) RETURNS e LANGUAGE sql IMMUTABLE AS $$ select case $1 when 1 then 'a'::e else 'b'::e end $$;
    CREATE CAST (integer AS e) WITH FUNCTION to_e(integer); CREATE TABLE a_t (id e DEFAULT (1::e), CHECK (id <> 2::e));`,
  'a text search configuration': `CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
    CREATE TABLE a_t (n text, t tsvector GENERATED ALWAYS AS (to_tsvector('conf'::regconfig, n)) STORED); CREATE INDEX i ON a_t USING gin (to_tsvector('conf', n));`,
  'a sequence': `CREATE SEQUENCE zs; CREATE TABLE a_t (id integer DEFAULT nextval('zs') + 1);`,
  'a range': `CREATE TYPE zr AS RANGE (subtype = float8);
    CREATE TABLE a_t (id zr DEFAULT '[1,2)', CHECK (NOT isempty(id)), x boolean DEFAULT ('[1,2)'::zr @> 1.5::float8));`,
  'an aggregate in a view': `CREATE AGGREGATE zsum(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0'); CREATE TABLE a_t (id integer);
    CREATE VIEW v AS SELECT zsum(id) AS s FROM a_t;`,
}

describeLive('what expressions name', (server) => {
  const runs = Object.keys(cases).flatMap((id) => (['ts', 'sql'] as const).map((kind) => [id, kind] as const))
  test.each(tableOf(runs))('%s, %s', { timeout: 60_000 }, async (id, kind) => {
    const root = mkdtempSync(join(tmpdir(), 'ambix-named-'))
    try {
      writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
      mkdirSync(join(root, 'migrations'))
      const schema = `./models.${kind}`
      await inDatabase(server, async (connection, url) => {
        await connection.script(cases[id]!)
        const config = { root, url, schema }
        await pull(config, { connection, models: kind, out: schema })
        expect((await check(config, { connection }))[0]?.differences).toEqual([])
      })
      await inDatabase(server, async (connection, url) => {
        expect((await runModels({ url, schema: join(root, schema) }, connection)).problems).toEqual([])
      })
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
