/** Settings that the owner of a database gives to whoever connects to it: no command says or does anything else for them. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { applied } from '../../src/commands/project/applied.ts'
import { check } from '../../src/commands/check.ts'
import { current } from '../../src/commands/current.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { pull } from '../../src/commands/pull.ts'
import { repair } from '../../src/commands/project/repair.ts'
import { revision } from '../../src/commands/revision.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { trapOn } from './trap.ts'

const settings: readonly (readonly [string, string])[] = [
  ['standard_conforming_strings', 'off'],
  ['backslash_quote', 'off'],
  ['escape_string_warning', 'on'],
  ['DateStyle', "'German, DMY'"],
  ['IntervalStyle', "'sql_standard'"],
  ['TimeZone', "'Asia/Kathmandu'"],
  ['bytea_output', "'escape'"],
  ['xmlbinary', "'hex'"],
  ['xmloption', "'document'"],
  ['extra_float_digits', '-15'],
  ['quote_all_identifiers', 'on'],
  ['client_encoding', "'LATIN1'"],
  ['row_security', 'off'],
  ['check_function_bodies', 'off'],
  ['default_transaction_isolation', "'serializable'"],
  ['default_transaction_deferrable', 'on'],
  ['default_toast_compression', "'pglz'"],
  ['default_text_search_config', "'pg_catalog.german'"],
  ['lc_monetary', "'C'"],
  ['plan_cache_mode', "'force_generic_plan'"],
  ['enable_indexscan', 'off'],
  ['enable_seqscan', 'off'],
  ['enable_hashjoin', 'off'],
  ['enable_sort', 'off'],
  ['join_collapse_limit', '1'],
  ['from_collapse_limit', '1'],
  ['geqo_threshold', '2'],
  ['constraint_exclusion', 'on'],
  ['cursor_tuple_fraction', '0.0'],
  ['gin_fuzzy_search_limit', '1'],
  ['lo_compat_privileges', 'off'],
  ['synchronize_seqscans', 'off'],
  ['synchronous_commit', 'off'],
  ['work_mem', "'64kB'"],
  ['exit_on_error', 'off'],
  ['application_name', "'somebody'"],
  ['search_path', "'public', 'pg_catalog'"],
]

const body = `CREATE TYPE public.mood AS ENUM ('it''s', 'back\\slash', 'ünïcode');
CREATE TABLE public.t (
  id integer PRIMARY KEY,
  d date DEFAULT '2026-02-03',
  ts timestamptz DEFAULT '2026-02-03 04:05:06+00',
  i interval DEFAULT '1 mon -2 days 03:04:05',
  b bytea DEFAULT '\\x00ff5c',
  f double precision DEFAULT 0.1234567890123456789,
  r real DEFAULT 1.1,
  n numeric DEFAULT 1.50,
  s text DEFAULT 'back\\slash ''quote'' ünïcode €',
  e public.mood DEFAULT 'back\\slash',
  a text[] DEFAULT '{NULL,"a\\\\\\\\b"}',
  ad date[] DEFAULT ARRAY['2026-02-03'::date],
  x xml, tz timetz DEFAULT '04:05:06+02',
  rg daterange DEFAULT '[2026-02-03,2026-03-04)',
  CONSTRAINT c CHECK (s <> '\\' AND d > '2026-01-02'::date)
);
COMMENT ON TABLE public.t IS 'a \\ b '' c €';
CREATE INDEX i ON public.t (d) WHERE d > '2026-05-06'::date AND f > 0.3;
CREATE TABLE public.parts (d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES FROM ('2026-02-03') TO ('2026-04-05');
CREATE VIEW public.v AS SELECT '2026-02-03'::date AS d, '1 mon'::interval AS i, 0.1::double precision AS f, 'a\\b'::text AS s, NULL = NULL AS n;
CREATE FUNCTION public.fn(a interval DEFAULT '1 day', b date DEFAULT '2026-02-03') RETURNS text LANGUAGE sql AS $$ SELECT 'a\\b' $$;`

const files = {
  'schema.sql': body,
  'migrations/a1.sql': `-- one\n-- revision: a1\n-- down_revision: none\n-- upgrade\n${body}\n-- downgrade\nDROP FUNCTION public.fn; DROP VIEW public.v; DROP TABLE public.t, public.parts; DROP TYPE public.mood;\n`,
  'migrations/b2.js': `export const revision = 'b2'\nexport const downRevision = 'a1'\nexport function upgrade(op) {\n  op.bulkInsert('t', [{ id: 1, s: 'a\\\\b \\' ü', d: '2026-02-03' }, { id: 2, s: null, d: null }])\n  op.backfill('t', { key: ['id'], set: { s: "coalesce(s, 'x\\\\y')" }, batchSize: 1 })\n}\nexport function downgrade(op) {\n  op.execute('DELETE FROM public.t')\n}\n`,
}

const iso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)$/

describeLive('settings of the owner of the database', (server) => {
  const trap = trapOn(server, 'sets')

  test('change nothing', { timeout: 300_000 }, async () => {
    const told: unknown[] = []
    for (const hostile of [false, true]) {
      const database = await server.createDatabase()
      const admin = new pg.Client(database.url)
      await admin.connect()
      try {
        const name = new URL(database.url).pathname.slice(1)
        await admin.query(`ALTER DATABASE ${name} OWNER TO ${trap.planter}`)
        const refused: string[] = []
        await admin.query(`SET SESSION AUTHORIZATION ${trap.planter}`)
        for (const [setting, value] of hostile ? settings : [])
          await admin.query(`ALTER DATABASE ${name} SET ${setting} = ${value}`).catch(() => refused.push(setting))
        await admin.query('RESET SESSION AUTHORIZATION')
        expect(refused.length).toBeLessThan(4)
        const root = folderOf(files)
        const config: Config = { root, url: database.url, schema: './schema.sql' }
        const results: Record<string, unknown> = {}
        const run = async (what: string, get: () => Promise<unknown>): Promise<void> => {
          results[what] = await get().catch((error: unknown) =>
            isAmbixError(error) ? `${error.code} ${error.message} ${error.why}` : (error as Error).stack,
          )
        }
        await run('upgrade', async () => (await upgrade(config)).map((r) => r.to))
        await run('current', async () => (await current(config)).map((c) => c.rows))
        await run('history', async () =>
          (await applied(config)).map((r) => {
            const row = r as unknown as Record<string, unknown>
            return [
              row['revision'],
              row['direction'],
              iso.test(String(row['startedAt'])) || row['startedAt'],
              iso.test(String(row['finishedAt'])) || row['finishedAt'],
            ]
          }),
        )
        await run('check', async () => (await check(config)).map((c) => [c.differences, c.decisions]))
        await run('check --database', async () => (await check(config, { database: true })).map((c) => c.differences))
        await run(
          'pull',
          async () => (await pull(config, { models: 'ts', out: './pulled.ts' } as Parameters<typeof pull>[1])).text,
        )
        await run(
          'pull to SQL',
          async () => (await pull(config, { models: 'sql', out: './pulled.sql' } as Parameters<typeof pull>[1])).text,
        )
        await run('check of what was pulled', async () =>
          (await check({ ...config, schema: './pulled.sql' })).map((c) => c.differences),
        )
        await run('check of the models that were pulled', async () =>
          (await check({ ...config, schema: './pulled.ts' })).map((c) => c.differences),
        )
        await run('repair', async () => repair(config))
        await run(
          'revision',
          async () =>
            (await revision(config, { autogenerate: true, message: 'none' } as Parameters<typeof revision>[1])).length,
        )
        const rows = new pg.Client(`${server.url(name)}`)
        await rows.connect()
        await rows.query(
          'RESET ALL; SET standard_conforming_strings = on; SET DateStyle = ISO; SET bytea_output = hex; SET client_encoding = UTF8',
        )
        await run(
          'rows',
          async () =>
            (
              await rows.query(
                "SELECT id, s, d::text, b::text = E'\\\\x00ff5c' AS b, i = interval '1 mon -2 days 03:04:05' AS i, a::text FROM public.t ORDER BY id",
              )
            ).rows,
        )
        await rows.end()
        await run('downgrade', async () => (await downgrade(config, 'base')).map((r) => r.to))
        told.push(results)
      } finally {
        await admin.end()
        await database.drop()
      }
    }
    expect((told[0] as Record<string, unknown>)['history']).toEqual(
      [expect.anything(), expect.anything()].map(() => [expect.any(String), 'upgrade', true, true]),
    )
    expect(told[1]).toEqual(told[0])
  })
})
