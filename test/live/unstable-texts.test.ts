/**
 * Texts that PostgreSQL prints in one way and prints again in another (issue 9, B4, and the end of G): a revision does what
 * it should, nothing differs afterwards, and what somebody made by hand is no difference either.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { describeLive } from '../support/live.ts'
import { runModels } from './models-on.ts'
import { inDatabase } from './pulled.ts'

/** Each stands in the schema of its own name. */
const texts: Readonly<Record<string, string>> = {
  view_union: `CREATE TABLE a (x int, y int); CREATE TABLE b (x int);
    CREATE VIEW v AS SELECT * FROM (SELECT x, y FROM a UNION ALL SELECT x, NULL FROM b) q;`,
  view_over_view: `CREATE TABLE a (x int, y int);
    CREATE VIEW v AS SELECT * FROM (SELECT x, y FROM a UNION ALL SELECT x, NULL FROM a) q;
    CREATE VIEW w AS SELECT x FROM v WHERE x IN (SELECT y FROM (SELECT x, y FROM a UNION SELECT 1, NULL) r);`,
  matview: `CREATE TABLE a (x int, y int);
    CREATE MATERIALIZED VIEW m AS SELECT * FROM (SELECT x, y FROM a UNION ALL SELECT x, NULL FROM a) q;
    CREATE INDEX mi ON m (x);`,
  checks: `CREATE TABLE t (v varchar(5) CONSTRAINT c CHECK (v IN ('a', 'b')), w varchar, CONSTRAINT d CHECK (w NOT IN ('x', 'y')));`,
  indexes: `CREATE TABLE t (x int, v varchar(5)); CREATE INDEX i ON t (x) WHERE v IN ('a', 'b');
    CREATE INDEX j ON t ((v IN ('a', 'b')), x);`,
  excluded: `CREATE TABLE t (x int, v varchar(5), CONSTRAINT e EXCLUDE (x WITH =) WHERE (v IN ('a', 'b')));`,
  generated: `CREATE TABLE t (v varchar(5), g boolean GENERATED ALWAYS AS (v IN ('a', 'b')) STORED);`,
  defaults: `CREATE TABLE t (b boolean DEFAULT (current_setting('x.y', true)::varchar IN ('a', 'b')));`,
  domains: `CREATE DOMAIN d AS varchar(5) CONSTRAINT k CHECK (VALUE IN ('a', 'b')); CREATE TABLE t (x d);`,
  policies: `CREATE TABLE t (v varchar(5)); CREATE POLICY p ON t USING (v IN ('a', 'b')) WITH CHECK (v IN ('c', 'd'));`,
  triggers: `CREATE TABLE t (v varchar(5)); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.v IN ('a', 'b')) EXECUTE FUNCTION f();`,
  rules: `CREATE TABLE t (v varchar(5)); CREATE RULE r AS ON DELETE TO t WHERE OLD.v IN ('a', 'b') DO INSTEAD NOTHING;`,
  bodies: `CREATE TABLE t (x int, y int, v varchar(5)); CREATE FUNCTION f() RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC SELECT count(*) FROM (SELECT x, y FROM t WHERE v IN ('a', 'b') UNION ALL SELECT 1, NULL) q; END;`,
}

const schemaSql = Object.entries(texts)
  .map(([name, sql]) => `CREATE SCHEMA ${name};\nSET search_path = ${name};\n${sql}`)
  .join('\n')

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ambix-unstable-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describeLive('texts that are printed in one way and then in another', (server) => {
  test('DDL goes up, differs in nothing, comes down and goes up again', { timeout: 120_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      writeFileSync(join(dir, 'schema.sql'), schemaSql)
      const { problems, file } = await runModels(
        { url, dialect: 'postgres', schema: join(dir, 'schema.sql') },
        connection,
      )
      expect(problems).toEqual([])
      for (const name of Object.keys(texts)) expect(file).toContain(name)
    })
  })

  test(
    'what was made from the same DDL by hand is no difference, and what says something else is',
    { timeout: 120_000 },
    async () => {
      await inDatabase(server, async (connection, url) => {
        await connection.script(`${schemaSql}\nRESET search_path`)
        const root = mkdtempSync(join(dir, 'by-hand-'))
        const config = { root, url, dialect: 'postgres', schema: './schema.sql' } as const
        // The very text that the server prints: it would print another one of what it makes of it.
        const printed = (await connection.values(`SELECT pg_get_viewdef('view_union.v')`))[0]?.[0] ?? ''
        const dumped = schemaSql.replace(
          /CREATE VIEW v AS SELECT \* FROM \(SELECT x, y FROM a UNION ALL SELECT x, NULL FROM b\) q;/,
          () => `CREATE VIEW v AS ${printed}`,
        )
        expect(dumped).not.toBe(schemaSql)
        writeFileSync(join(root, 'schema.sql'), dumped)
        expect((await check(config, { connection }))[0]?.differences).toEqual([])
        const other = dumped.replace("CHECK (v IN ('a', 'b'))", "CHECK (v IN ('a', 'c'))")
        expect(other).not.toBe(dumped)
        writeFileSync(join(root, 'schema.sql'), other)
        const differences = JSON.stringify((await check(config, { connection }))[0]?.differences)
        expect(differences).toContain('checks')
        expect(differences).not.toContain('view_union')
      })
    },
  )

  test('models', { timeout: 120_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      writeFileSync(
        join(dir, 'schema.ts'),
        `import { table, view, sql, integer, varchar, boolean, check, index, domain } from '${new URL('../../src/schema.ts', import.meta.url).pathname}'
export const d = domain('d', varchar(5), { check: sql\`value in ('a', 'b')\` })
export const t = table('t', { x: integer(), y: integer(), v: varchar(5), g: boolean().generatedAs(sql\`v in ('a', 'b')\`) }, () => [
  check('c', sql\`v in ('a', 'b')\`), index('i').on(sql\`x\`).where(sql\`v in ('a', 'b')\`)])
export const v = view('v', { x: integer(), y: integer() }, sql\`SELECT * FROM (SELECT x, y FROM t UNION ALL SELECT x, NULL FROM t) q\`)
`,
      )
      const config = { url, dialect: 'postgres', schema: join(dir, 'schema.ts') } as const
      expect((await runModels(config, connection)).problems).toEqual([])
    })
  })
})
