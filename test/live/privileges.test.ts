/**
 * Privileges (issue 9, C): what a database grants, revokes and gives by default comes out of a pull, makes the same
 * privileges on an empty database, and lets new objects be made; and nothing is opened that nobody asked to open.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { pull } from '../../src/commands/pull.ts'
import { revision } from '../../src/commands/revision.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { enumType, fn, grant, integer, revoke, table } from '../../src/schema.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { inDatabase, inFolder, pulled } from './pulled.ts'

/**
 * Who may do what, whether it was said or is so by nature: one line for each privilege, the owner's too. An owner may
 * always grant what is his, and needs no rights on columns: how the list says so is no difference.
 */
async function rights(connection: Connection): Promise<readonly string[]> {
  const of = (word: string, name: string, acl: string, from: string): string =>
    `SELECT '${word} ' || ${name} || ': ' || COALESCE(g.rolname, 'PUBLIC') || ' ' || a.privilege_type || CASE WHEN a.is_grantable AND g.rolname IS DISTINCT FROM current_user THEN '*' ELSE '' END
       FROM ${from} CROSS JOIN LATERAL aclexplode(${acl}) a LEFT JOIN pg_roles g ON g.oid = a.grantee`
  const own = `n.nspname !~ '^(pg_|information_schema$)'`
  const rows = await connection.values(`
    ${of('relation', 'o.oid::regclass', `COALESCE(o.relacl, acldefault(CASE o.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, o.relowner))`, `pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace AND ${own} AND o.relname !~ '^ambix_' AND o.relkind IN ('r', 'v', 'S', 'm', 'p')`)}
    UNION ALL ${of('column', `o.attrelid::regclass || '.' || o.attname`, 'o.attacl', `pg_attribute o JOIN pg_class c ON c.oid = o.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace AND ${own}`)} WHERE a.grantee <> c.relowner
    UNION ALL ${of('routine', 'o.oid::regprocedure', `COALESCE(o.proacl, acldefault('f', o.proowner))`, `pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace AND ${own}`)}
    UNION ALL ${of('type', 'o.oid::regtype', `COALESCE(o.typacl, acldefault('T', o.typowner))`, `pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace AND ${own} AND o.typtype IN ('e', 'd', 'r') `)}
    UNION ALL ${of('schema', 'o.nspname', `COALESCE(o.nspacl, acldefault('n', o.nspowner))`, `pg_namespace o JOIN pg_namespace n ON n.oid = o.oid AND ${own} AND o.nspname <> 'public'`)}
    UNION ALL ${of('default', `o.defaclobjtype::text || o.defaclnamespace::regnamespace::text`, 'o.defaclacl', 'pg_default_acl o')}
    ORDER BY 1`)
  return rows.map(([line]) => line!)
}

const roles = ['ambix_c1', 'ambix_c2']
async function withRoles(connection: Connection): Promise<string> {
  for (const role of roles)
    await connection.script([
      `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    ])
  return (await connection.values('SELECT current_user'))[0]![0]!
}

const base = `CREATE SCHEMA app; CREATE TABLE t (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY); CREATE VIEW v AS SELECT id FROM t;
  CREATE SEQUENCE s; CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS int; CREATE TYPE r AS RANGE (subtype = float8);
  CREATE FUNCTION login(pw text) RETURNS integer LANGUAGE sql AS $$ select 1 $$;
  CREATE FUNCTION login(pw int) RETURNS integer LANGUAGE sql AS $$ select 2 $$;
  CREATE PROCEDURE app.work() LANGUAGE sql AS $$ select 1 $$`

const kinds = ['TABLES', 'SEQUENCES', 'FUNCTIONS', 'TYPES']
const each = (say: (kind: string) => string): string => kinds.map(say).join('; ')

/** `me` is who owns it all; what can stand side by side shares a database. */
const cases: readonly (readonly [string, string])[] = [
  [
    'what is closed to PUBLIC',
    `REVOKE ALL ON FUNCTION login(text) FROM PUBLIC; GRANT SELECT ON t TO ambix_c1;
     REVOKE EXECUTE ON PROCEDURE app.work() FROM PUBLIC; GRANT EXECUTE ON PROCEDURE app.work() TO ambix_c1 WITH GRANT OPTION;
     REVOKE USAGE ON TYPE e FROM PUBLIC; GRANT USAGE ON TYPE e TO ambix_c1, me WITH GRANT OPTION;
     REVOKE USAGE ON DOMAIN d FROM PUBLIC; REVOKE USAGE ON TYPE r FROM PUBLIC`,
  ],
  [
    'what is granted to the owner, with grant option, on columns',
    `GRANT EXECUTE ON FUNCTION login(int) TO PUBLIC, ambix_c2; GRANT ALL ON v TO me, ambix_c1; GRANT ALL ON s TO ambix_c2;
     GRANT ALL ON SCHEMA app TO ambix_c1, me; GRANT SELECT ON t TO me WITH GRANT OPTION; GRANT SELECT, UPDATE ON t TO ambix_c1;
     GRANT INSERT ON t TO ambix_c1 WITH GRANT OPTION; GRANT SELECT (id) ON t TO ambix_c2, me; GRANT UPDATE (n) ON t TO PUBLIC`,
  ],
  [
    'what owners took from themselves',
    `REVOKE ALL ON t FROM me; GRANT SELECT ON t TO PUBLIC; REVOKE EXECUTE ON FUNCTION login(text) FROM me;
     REVOKE ALL ON s FROM me; REVOKE USAGE ON TYPE e FROM me`,
  ],
  [
    'default privileges to the owner',
    each((kind) => `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON ${kind} TO me, ambix_c1`),
  ],
  [
    'default privileges to the owner with grant option, and of everybody in a schema',
    each(
      (kind) => `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON ${kind} TO me WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON ${kind} TO ambix_c1 WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON ${kind} TO PUBLIC`,
    ),
  ],
  [
    'default privileges that close to PUBLIC',
    `${each((kind) => `ALTER DEFAULT PRIVILEGES REVOKE ALL ON ${kind} FROM PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON ${kind} TO me, ambix_c2`)};
     ALTER DEFAULT PRIVILEGES FOR ROLE ambix_c2 IN SCHEMA app GRANT SELECT ON TABLES TO ambix_c2, ambix_c1, me;
     ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO me, ambix_c1`,
  ],
  ['default privileges taken from the owner', each((kind) => `ALTER DEFAULT PRIVILEGES REVOKE ALL ON ${kind} FROM me`)],
]

const more = `
export const more = [
  m.table('t2', { id: m.integer().primaryKey().identity(), n: m.serial() }),
  m.sequence('s2'), m.enumType('e2', ['x']), m.domain('d2', m.text()),
  m.fn('f2', { returns: 'integer', body: 'select 1' }),
  m.schema('later').table('t3', { id: m.integer().primaryKey() }),
]
`

describeLive('privileges', (server) => {
  test.each(tableOf(cases))(
    '%s: pulled, the same on an empty database, new objects beside',
    { timeout: 120_000 },
    async (name, statements) => {
      await inDatabase(server, async (connection, url) => {
        const me = await withRoles(connection)
        await connection.script([base, statements.replaceAll(/\bme\b/g, me)])
        const wanted = await rights(connection)
        expect(await pulled(connection, url, 'ts')).toEqual([])
        expect(await pulled(connection, url, 'sql')).toEqual([])
        const kind = name === 'what is closed to PUBLIC' ? 'sql' : 'ts'
        await inFolder(async (root) => {
          await pull({ root, url, schema: `./models.${kind}` }, { connection, models: kind, out: `models.${kind}` })
          await inDatabase(server, async (empty, emptyUrl) => {
            const common = { connection: empty }
            const config = { root, url: emptyUrl, schema: `./models.${kind}`, migrations: './migrations' }
            await revision(config, { ...common, autogenerate: true, message: 'all' })
            await upgrade(config, 'head', common)
            expect(await rights(empty)).toEqual(wanted)
            await downgrade(config, 'base', common)
            await upgrade(config, 'head', common)
            expect(await rights(empty), 'again').toEqual(wanted)
            if (kind === 'sql') return
            writeFileSync(
              join(root, 'with-more.ts'),
              `import * as m from 'ambix/schema'\nexport * from './models.ts'\n${more}`,
            )
            const bigger = { ...config, schema: './with-more.ts' }
            await revision(bigger, { ...common, autogenerate: true, message: 'more' })
            await upgrade(bigger, 'head', common)
            expect((await check(bigger, common))[0]!.differences).toEqual([])
            // Nothing that was there was opened or closed.
            expect((await rights(empty)).filter((l) => wanted.includes(l))).toEqual(wanted)
            await downgrade(bigger, '-1', common)
            expect(await rights(empty), 'after the downgrade').toEqual(wanted)
          })
        })
      })
    },
  )

  test('a schema that is silent opens nothing; what it says is done', { timeout: 60_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      await withRoles(connection)
      await connection.script([
        `CREATE TABLE t (id integer PRIMARY KEY); CREATE FUNCTION login(pw text) RETURNS integer LANGUAGE sql AS $$select 1$$;
         REVOKE ALL ON FUNCTION login(text) FROM PUBLIC; CREATE TYPE mood AS ENUM ('a'); REVOKE ALL ON TYPE mood FROM PUBLIC;
         GRANT ALL ON t TO ambix_c1`,
      ])
      const body = { returns: 'integer', body: 'select 1' }
      const t = table('t', { id: integer().primaryKey() })
      const mood = enumType('mood', ['a'])
      const login = fn('login', { ...body, arguments: 'pw text' })
      const found = async (...schema: readonly object[]): Promise<readonly unknown[]> => {
        const [one] = await check({ url, schema: schema as never }, { connection })
        return one!.differences.map((op) => ({ kind: op.kind, ...('grant' in op ? op.grant : {}) }))
      }
      const all = grant('all', t, { to: 'ambix_c1' })
      const open = { kind: 'grant', grantee: 'public', privileges: ['EXECUTE'] }
      // Privileges are managed as soon as one is declared: of login and mood nothing is said.
      expect(await found({ t, mood, login, all })).toEqual([])
      expect(await found({ t, mood, login })).toEqual([])
      expect(await found({ t, mood, login, all, more: grant('execute', login, { to: 'public' }) })).toEqual([open])
      const revoked = [revoke('execute', login, { from: 'public' }), revoke('all', mood, { from: ['PUBLIC'] })]
      expect(await found({ t, mood, login, all, revoked })).toEqual([])
      // Another signature is another function: it is made as closed as the one that goes.
      const wider = fn('login', { ...body, arguments: 'pw text, n integer default 1' })
      expect(await check({ url, schema: [{ t, mood, wider, all }] as never }, { connection })).toMatchObject([
        { differences: [{ kind: 'dropFunction' }, { kind: 'createFunction', routine: { grants: [] } }] },
      ])
      await connection.script(['GRANT EXECUTE ON FUNCTION login(text) TO PUBLIC'])
      expect(await found({ t, mood, login, all, revoked })).toEqual([{ ...open, kind: 'revoke' }])
      expect(await found({ t, mood, login, all })).toEqual([])
      // ALL but one.
      const most = revoke('delete', t, { from: 'ambix_c1' })
      expect(await found({ t, mood, login, all, revoked: [most] })).toMatchObject([
        { kind: 'revoke', grantee: 'ambix_c1', privileges: expect.arrayContaining(['DELETE']) },
      ])
    })
  })

  test('DDL opens what it grants to PUBLIC, and nothing else', { timeout: 60_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      const make = 'CREATE FUNCTION login(pw text) RETURNS integer LANGUAGE sql AS $$select 1$$;'
      await connection.script([make, 'REVOKE ALL ON FUNCTION login(text) FROM PUBLIC'])
      await inFolder(async (root) => {
        const found = async (text: string): Promise<readonly string[]> => {
          writeFileSync(join(root, 'schema.sql'), text)
          const [one] = await check({ root, url, schema: './schema.sql' }, { connection })
          return one!.differences.map((op) => op.kind)
        }
        expect(await found(make)).toEqual([])
        expect(await found(`${make} GRANT EXECUTE ON FUNCTION login(text) TO PUBLIC`)).toEqual(['grant'])
        expect(await found(`${make} REVOKE ALL ON FUNCTION login(text) FROM PUBLIC`)).toEqual([])
      })
    })
  })
})
