/** Issue 10.9: names and messages that look like code go through generate, load, apply, check and pull unchanged, and run nothing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project, value } from '../support/acceptance.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const canary = '${globalThis.ambixCanary = 1}'
const ddl = `CREATE TABLE t (id int);
CREATE FUNCTION "f(1)"(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION "g${canary}\`"() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION "*/h"("a b" text DEFAULT '*/') RETURNS text LANGUAGE sql AS $$ SELECT '*/ ${canary} \`' $$;
CREATE FUNCTION "-- dash"() RETURNS int LANGUAGE sql AS 'SELECT 4';
CREATE PROCEDURE "p'(,)"(a int) LANGUAGE sql AS 'SELECT 4';
CREATE VIEW "v${canary}" AS SELECT "f(1)"(id) AS "c*/" FROM t;
COMMENT ON FUNCTION "f(1)"(int) IS 'c */ ${canary} \`';`
const messages = ['-- dash', 'x */ y', `${canary} \``, "it's \\ </script>", 'a *\\/ b', '--', '*/ void 0 //']

describeLive('names and messages that look like code', () => {
  test('stay what they are', async () => {
    const { url } = await freshDatabase()
    const cli = project(url, ddl)
    try {
      for (const message of messages.filter((m) => m !== '--'))
        expect(await cli.run('revision', '-m', message)).toMatchObject({ code: 0 })
      expect(await cli.run('revision', '--message=--')).toMatchObject({ code: 0 })
      const told = JSON.parse((await cli.run('history', '--json')).stdout) as { revisions: { message: string }[] }
      const all = JSON.stringify(told)
      for (const message of messages) expect(all).toContain(JSON.stringify(message).slice(1, -1))
      expect((await cli.run('upgrade')).code).toBe(0)
      expect((await cli.run('migrate', '-m', `*/ ${canary}`)).code).toBe(0)
      expect((await cli.run('upgrade')).code).toBe(0)
      expect((await cli.run('check')).code).toBe(0)
      expect((await cli.run('check', '--database')).code).toBe(0)
      expect(await value(url, `SELECT "f(1)"(2)`)).toBe('1')
      expect(await value(url, `SELECT obj_description('"f(1)"(int)'::regprocedure)`)).toBe(`c */ ${canary} \``)
      // From the database into models, which are loaded and compared.
      writeFileSync(join(cli.dir, 'ambix.config.json'), JSON.stringify({ url, schema: './schema.ts' }))
      expect(await cli.run('pull', '--out', 'schema.ts')).toMatchObject({ code: 0 })
      expect(await cli.run('check')).toMatchObject({ code: 0 })
      expect((await cli.run('downgrade', 'base')).code).toBe(0)
      expect('ambixCanary' in globalThis).toBe(false)
    } finally {
      cli.close()
    }
  })
})
