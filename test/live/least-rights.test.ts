/** `check` as a role that may connect and nothing more: the same answer, or the name of what it could not read (issue 9, I). */
import { expect, test } from 'vitest'
import { execute, project } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

describeLive('a role that may only connect', (server) => {
  test.each([
    ['current'],
    ['check'],
    ['upgrade', 'head'],
    ['revision', '--autogenerate', '-m', 'more'],
    ['pull', '--out', '-'],
  ])(
    'does not take for empty a schema of its path that it may not use: %s',
    { timeout: 60_000 },
    async (...command) => {
      const { url, drop } = await server.createDatabase()
      const own = new URL(url)
      own.username = 'ambix_least'
      const owner = project(url, 'CREATE TABLE t (id int)')
      try {
        await execute(
          url,
          `DO $$ BEGIN CREATE ROLE ambix_least LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
           CREATE SCHEMA "App"; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = "App"', current_database()); END $$`,
        )
        await owner.run('revision', '--autogenerate', '-m', 'first')
        const refused = await owner.run(...command, '--url', own.href)
        expect(refused.code).toBe(1)
        expect(refused.stderr).toContain('The role ambix_least may not use the schema App of its search_path')
        const grant = /GRANT USAGE ON SCHEMA .* TO ambix_least/.exec(refused.stderr)?.[0]
        expect(grant).toBe('GRANT USAGE ON SCHEMA "App" TO ambix_least')
        await execute(url, grant!)
        expect((await owner.run(...command, '--url', own.href)).stderr).not.toContain('may not use the schema')
      } finally {
        owner.close()
        await execute(url, 'DROP OWNED BY ambix_least')
        await drop()
      }
    },
  )

  test.each([
    ['the schemas to look at', { schemas: ['app'] }],
    ['the schema of the version table', { versionTableSchema: 'app' }],
  ])('pulls where public is closed to it on purpose, and the configuration names %s', async (_, says) => {
    const { url, drop } = await server.createDatabase()
    const own = new URL(url)
    own.username = 'ambix_least'
    const place = project(own.href, '', JSON.stringify(says))
    try {
      await execute(
        url,
        `DO $$ BEGIN CREATE ROLE ambix_least LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA app; CREATE TABLE app.kept (id int); GRANT USAGE ON SCHEMA app TO ambix_least`,
      )
      const pulled = await place.run('pull', '--out', '-')
      expect(pulled.stderr).not.toContain('may not use')
      expect(pulled.stdout).toContain('kept')
    } finally {
      place.close()
      await execute(url, 'DROP OWNED BY ambix_least')
      await drop()
    }
  })

  test(
    'is told which table of ambix it cannot read, and then checks as the owner does',
    { timeout: 120_000 },
    async () => {
      const { url, drop } = await server.createDatabase()
      const own = new URL(url)
      own.username = 'ambix_least'
      const schema = `CREATE TABLE t (id serial PRIMARY KEY, a text DEFAULT lower('A')); CREATE SCHEMA app; CREATE TABLE app.u (id int); CREATE VIEW app.v AS SELECT id FROM t;`
      const owner = project(url, schema)
      try {
        await execute(
          url,
          `DO $$ BEGIN CREATE ROLE ambix_least LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
        )
        await owner.run('revision', '--autogenerate', '-m', 'first')
        await owner.run('upgrade', 'head')
        const refused = await owner.run('check', '--url', own.href)
        expect(refused.code).toBe(1)
        expect(refused.stderr).toContain('ambix_version')
        expect(refused.stderr).toContain('grant SELECT')
        await execute(url, 'GRANT SELECT ON ambix_version TO ambix_least')
        // The tables of a superuser are trusted by whoever may read them.
        const history = await owner.run('check', '--url', own.href)
        expect(history.stderr + history.stdout).toContain('ambix_history')
        await execute(url, 'GRANT SELECT ON ambix_history TO ambix_least')
        expect(await owner.run('check', '--url', own.href)).toMatchObject({ code: 0, stdout: '' })
        await execute(url, 'ALTER TABLE app.u ADD COLUMN more integer')
        expect(await owner.run('check', '--url', own.href)).toMatchObject({
          code: 2,
          stdout: expect.stringContaining('more'),
        })
      } finally {
        owner.close()
        await execute(url, 'DROP OWNED BY ambix_least')
        await drop()
      }
    },
  )
})
