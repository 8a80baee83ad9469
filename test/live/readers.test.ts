/** Who may only read is told the same as the owner: nothing differs because somebody else owns it (issue 9, I). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { current } from '../../src/commands/current.ts'
import { upgrade } from '../../src/commands/move.ts'
import { applied } from '../../src/commands/project/applied.ts'
import { pull } from '../../src/commands/pull.ts'
import { pg } from '../../src/drivers/pg.ts'
import { isAmbixError } from '../../src/errors.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase, inFolder } from './pulled.ts'

const database = `
  CREATE TABLE t (id integer PRIMARY KEY, a text, b text); CREATE STATISTICS st (dependencies) ON a, b FROM t;
  CREATE COLLATION c (provider = icu, locale = 'de'); CREATE TEXT SEARCH CONFIGURATION tsc (COPY = simple);
  CREATE TEXT SEARCH DICTIONARY tsd (TEMPLATE = simple); CREATE SCHEMA app; CREATE TABLE app.u (id integer PRIMARY KEY);
  CREATE VIEW v AS SELECT id FROM t; CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'select 1'; CREATE TYPE mood AS ENUM ('a');
  CREATE PUBLICATION pb FOR TABLE t; CREATE SEQUENCE s; CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';`

describeLive('a role that may only read', (server) => {
  test.each(['ts', 'sql'] as const)('checks as the owner does, with %s', { timeout: 120_000 }, async (kind) => {
    await inDatabase(server, async (connection, url) => {
      await connection.script([
        `DO $$ BEGIN CREATE ROLE ambix_reader LOGIN IN ROLE pg_read_all_data; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
        `DO $$ BEGIN CREATE ROLE ambix_heir; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
        `DO $$ BEGIN CREATE ROLE ambix_owner; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
        database,
        'ALTER TABLE t OWNER TO ambix_owner',
      ])
      const own = new URL(url)
      own.username = 'ambix_reader'
      const reader = await pg.open(own.href, { projectDir: process.cwd() })
      try {
        await inFolder(async (root) => {
          const config = { root, url, schema: `./models.${kind}` }
          writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
          await pull(config, { connection, models: kind, out: `./models.${kind}` })
          expect((await check(config, { connection }))[0]!.differences).toEqual([])
          const [found] = await check({ ...config, url: own.href }, { connection: reader })
          expect(found!.differences.map((op) => JSON.stringify(op))).toEqual([])
          // Models say nothing of owners; DDL does, and names who has it now.
          await connection.query('ALTER TABLE t OWNER TO ambix_heir')
          const [changed] = await check({ ...config, url: own.href }, { connection: reader })
          const said = changed!.differences.map((op) =>
            op.kind === 'setOwner' ? [op.on.name, op.owner, op.before] : op,
          )
          expect(said).toEqual(kind === 'ts' ? [] : [['t', 'ambix_owner', 'ambix_heir']])
          await connection.query('ALTER TABLE t OWNER TO ambix_owner')
        })
      } finally {
        await reader.close()
      }
    })
  })

  /** The version table of a deployer that is no superuser, in a database of its own or of somebody else's. */
  const deployed = async (deployer: string, own: boolean, rights: string): Promise<unknown> => {
    let told: unknown
    await inDatabase(server, async (connection, url) => {
      const reader = `${deployer}_reads`
      const home = new URL(url).pathname.slice(1)
      await connection.script([
        `CREATE ROLE ${deployer}`,
        `CREATE ROLE ${reader} LOGIN ${rights}`,
        `GRANT pg_read_all_data TO ${reader}`,
        own ? `ALTER DATABASE ${home} OWNER TO ${deployer}` : `GRANT CREATE ON SCHEMA public TO ${deployer}`,
        `SET SESSION AUTHORIZATION ${deployer}`,
      ])
      const as = new URL(url)
      as.username = reader
      const reading = await pg.open(as.href, { projectDir: process.cwd() })
      try {
        await inFolder(async (root) => {
          const config = { root, url, schema: './schema.sql' }
          writeFileSync(join(root, 'schema.sql'), 'CREATE TABLE t (id integer PRIMARY KEY);')
          mkdirSync(join(root, 'migrations'))
          writeFileSync(
            join(root, 'migrations/a1.sql'),
            '-- one\n-- revision: a1\n-- down_revision: none\n-- upgrade\nCREATE TABLE t (id integer PRIMARY KEY);\n',
          )
          await upgrade(config, 'head', { connection })
          const read = { ...config, url: as.href }
          const options = { connection: reading }
          const all = async (): Promise<unknown> => [
            (await current(read, options)).flatMap((c) => c.rows),
            (await applied(read, options)).length,
            (await check(read, options))[0]!.differences,
          ]
          told = await all().catch((error: unknown) => (isAmbixError(error) ? error.code : error))
        })
      } finally {
        await reading.close()
        await connection.script(['RESET SESSION AUTHORIZATION', `ALTER DATABASE ${home} OWNER TO CURRENT_USER`])
        await connection.script([`DROP OWNED BY ${deployer}, ${reader} CASCADE`, `DROP ROLE ${deployer}, ${reader}`])
      }
    })
    return told
  }

  test(
    'reads what the owner of the database has recorded, and what nobody else has',
    { timeout: 120_000 },
    async () => {
      expect(await deployed('ambix_ships', true, '')).toEqual([['a1'], 1, []])
      // Where the owner of the database could use the rights of the role that reads, that role trusts it as little as any other.
      expect(await deployed('ambix_ships', true, 'CREATEROLE')).toBe('VERSION.TABLE')
      expect(await deployed('ambix_ships', false, '')).toBe('VERSION.TABLE')
    },
  )
})
