/** A role that may create no database: the embedded scratch database has the server's roles, and its session is that role's. */
import { expect, test } from 'vitest'
import { execute, project, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const schema = `CREATE TABLE t (id integer PRIMARY KEY, a text);
GRANT SELECT ON t TO ambix_guest;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'select 1';
REVOKE ALL ON FUNCTION f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f() TO ambix_guest;
ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO ambix_guest USING (true);
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ambix_guest;
ALTER DEFAULT PRIVILEGES FOR ROLE ambix_plain IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO ambix_guest;`

const createRole = (role: string): string =>
  `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`

describeLive('a role without the right to create databases', (server) => {
  /** A database of that role, and its URL as the role. */
  const ownDatabase = async (): Promise<{ url: string; own: string; drop(): Promise<void> }> => {
    const { url, drop } = await server.createDatabase()
    const own = new URL(url)
    own.username = 'ambix_plain'
    await execute(
      url,
      `${createRole('ambix_plain LOGIN')}; ALTER DATABASE ${own.pathname.slice(1)} OWNER TO ambix_plain`,
    )
    return { url, own: own.href, drop }
  }

  test('gets what it declares without a name of a role, to its own name', { timeout: 120_000 }, async () => {
    const { url, own, drop } = await ownDatabase()
    await execute(url, createRole('ambix_guest'))
    const cli = project(own, schema)
    try {
      const embedded = 'in an embedded PostgreSQL instead'
      const made = await cli.run('revision', '--autogenerate', '-m', 'first')
      expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining(embedded) })
      expect(await cli.run('upgrade', 'head')).toMatchObject({ code: 0 })
      expect(await value(url, `SELECT string_agg(DISTINCT defaclrole::regrole::text, ',') FROM pg_default_acl`)).toBe(
        'ambix_plain',
      )
      expect(await cli.run('check')).toMatchObject({ code: 0 })
      expect(await cli.run('downgrade', 'base')).toMatchObject({ code: 0 })
      expect(await value(url, 'SELECT count(*) FROM pg_default_acl')).toBe('0')
    } finally {
      cli.close()
      await drop()
    }
  })

  test('is told what it does not own where the scratch place is a transaction', { timeout: 120_000 }, async () => {
    const { url, own, drop } = await ownDatabase()
    await execute(url, 'ALTER SCHEMA public OWNER TO ambix_plain')
    const needs =
      'CREATE EXTENSION IF NOT EXISTS pg_buffercache; CREATE TABLE t (id int PRIMARY KEY, n text DEFAULT 1::text);'
    const cli = project(own, needs, JSON.stringify({ scratch: 'transaction' }))
    const foreign = {
      'must be owner of extension pg_buffercache': 'CREATE EXTENSION pg_buffercache',
      'must be owner of schema other': 'DROP EXTENSION pg_buffercache; CREATE SCHEMA other',
    }
    try {
      for (const [why, made] of Object.entries(foreign)) {
        await execute(url, made)
        for (const args of [
          ['check'],
          ['revision', '--autogenerate', '-m', 'first'],
          ['diff'],
          ['check', '--database'],
        ]) {
          const said = await cli.run(...args)
          expect(said.code, said.stderr).toBe(1)
          expect(said.stderr).toContain(`cannot be emptied: ${why} [DATABASE.CONNECT]`)
          expect(said.stderr).toContain('name another place: `pglite`')
        }
      }
      // The extension itself is a superuser's to create.
      await execute(url, 'DROP SCHEMA other')
      expect(await cli.run('check')).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_buffercache') })
      expect((await cli.run('check')).stderr).not.toMatch(/INTERNAL|bug of ambix/)
    } finally {
      cli.close()
      await drop()
    }
  })
})
