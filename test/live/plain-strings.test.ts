/** M5: a database, or a role, that has standard_conforming_strings off: texts with backslashes are read and written as they are. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import client from 'pg'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { pull } from '../../src/commands/pull.ts'
import { pg } from '../../src/drivers/pg.ts'
import { postgresJs } from '../../src/drivers/postgres-js.ts'
import { execute, project, value } from '../support/acceptance.ts'
import { splitStatements } from '../../src/util/split-sql.ts'
import { describeLive } from '../support/live.ts'
import { runModels } from './models-on.ts'

const ddl = String.raw`
CREATE TYPE en AS ENUM (E'a\\b', 'c');
CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT E'a\\b', b text CHECK (b <> E'x\\''y'), c text GENERATED ALWAYS AS (id::text || E'\\n') STORED,
  d text DEFAULT E'tab\there', e bytea DEFAULT E'\\xdead', f en DEFAULT E'a\\b' CHECK (f <> E'a\\b'), g text[] DEFAULT ARRAY[E'\\']);
CREATE INDEX i ON t (a) WHERE a <> E'\\';
CREATE VIEW v AS SELECT E'q\\w' AS x FROM t WHERE a ~ E'^\\d+$';
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ select E'a\\b' $$;
CREATE POLICY p ON t USING (a <> E'\\d+');
COMMENT ON TABLE t IS E'c\\d';`

describeLive('strings with backslashes', (server) => {
  const off = async (): Promise<{ url: string; drop(): Promise<void> }> => {
    const database = await server.createDatabase()
    const name = new URL(database.url).pathname.slice(1)
    await execute(database.url, `ALTER DATABASE "${name}" SET standard_conforming_strings = off`)
    return database
  }

  const kinds = ['ts', 'sql'] as const
  const drivers = { pg, 'postgres-js': postgresJs }
  const cases = kinds.flatMap((kind) => Object.entries(drivers).map(([name, driver]) => ({ kind, name, driver })))
  test.each(cases)('$kind by $name', { timeout: 120_000 }, async ({ kind, driver }) => {
    const [full, empty] = [await off(), await off()]
    const root = mkdtempSync(join(tmpdir(), 'ambix-strings-'))
    const open = (url: string) => driver.open(url, { projectDir: process.cwd() })
    mkdirSync(join(root, 'migrations'))
    await execute(full.url, ddl)
    const [there, fresh] = [await open(full.url), await open(empty.url)]
    try {
      const schema = `./models.${kind}`
      await pull({ root, url: full.url, schema }, { connection: there, models: kind, out: schema })
      const [found] = await check({ root, url: full.url, schema, migrations: './migrations' }, { connection: there })
      expect(found?.differences).toEqual([])
      const { problems } = await runModels({ url: empty.url, schema: join(root, schema) }, fresh)
      expect(problems).toEqual([])
      const told = `SELECT string_agg(pg_get_expr(adbin, adrelid), ';' ORDER BY adnum) FROM pg_attrdef`
      expect(await fresh.values(told)).toEqual(await there.values(told))
      await fresh.query(`INSERT INTO t (id, b, f) VALUES (1, 'z', 'c')`)
      expect(await fresh.values('SELECT a, c, d FROM t')).toEqual([['a\\b', '1\\n', 'tab\there']])
    } finally {
      await there.close()
      await fresh.close()
      await full.drop()
      await empty.drop()
      rmSync(root, { recursive: true, force: true })
    }
  })

  test(
    'SQL that others run says how its backslashes are read, and only where it has some',
    { timeout: 120_000 },
    async () => {
      const [database, plain] = [await off(), await off()]
      const schema = String.raw`CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'a\b' CHECK (a <> 'x\'), b text);
CREATE VIEW v AS SELECT 'q\w' AS x FROM t WHERE a ~ '^\d+$' OR id = 0; COMMENT ON TABLE t IS 'c\d';
CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'a\b'::text; END;`
      const sets = 'SET standard_conforming_strings = on;'
      const sent = async (url: string, script: string): Promise<void> => {
        const session = new client.Client({ connectionString: url })
        await session.connect()
        try {
          for (const { text } of splitStatements(script.replace(/^\\set .*$/m, ''))) await session.query(text)
        } finally {
          await session.end()
        }
      }
      const cli = project(database.url, schema)
      const bare = project(plain.url, 'CREATE TABLE t (id int PRIMARY KEY);')
      try {
        const found = await cli.run('diff', '--sql')
        expect(found.stdout).toContain(sets)
        expect(await cli.run('revision', '--autogenerate', '-m', 'first')).toMatchObject({ code: 0 })
        const up = await cli.run('upgrade', 'head', '--sql')
        expect(up.stdout.indexOf(sets)).toBeLessThan(up.stdout.indexOf('BEGIN;'))
        await sent(database.url, up.stdout)
        expect(await cli.run('check')).toMatchObject({ code: 0, stderr: expect.stringContaining('No changes') })
        const pulled = await cli.run('pull', '--models', 'sql', '--out', '-')
        expect(pulled.stdout).toContain(sets)
        await sent(plain.url, pulled.stdout)
        const told = 'SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef'
        expect(await value(plain.url, told)).toBe(await value(database.url, told))
        await sent(database.url, (await cli.run('downgrade', 'head:base', '--sql')).stdout)
        expect(await value(database.url, 'SELECT count(*) FROM pg_attrdef')).toBe('0')
        expect(await bare.run('revision', '--autogenerate', '-m', 'first', '--no-verify')).toMatchObject({ code: 0 })
        expect((await bare.run('upgrade', 'head', '--sql')).stdout).not.toContain('standard_conforming_strings')
      } finally {
        cli.close()
        bare.close()
        await database.drop()
        await plain.drop()
      }
    },
  )
})
