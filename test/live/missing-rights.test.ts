/** A role that lacks a right is told which, on what, and the statement that gives it: what is told is run, until nothing is refused. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { advice } from '../../src/dialects/postgres/session/advice.ts'
import { describeLive, heldDatabase } from '../support/live.ts'

const role = 'ambix_lacking'
const other = 'ambix_lacking_owner'

/** Each as the role, and how many rights it takes. */
const statements: readonly (readonly [sql: string, rights: number])[] = [
  ['CREATE TABLE hidden.x (id int)', 1],
  ['SELECT * FROM hidden.secrets', 2],
  ['CREATE SCHEMA newone', 1],
  ["INSERT INTO theirs VALUES (1, 'x')", 1],
  // Data, in which no name is.
  [`INSERT INTO theirs VALUES (1, '${'a'.repeat(300_000)}')`, 1],
  [`INSERT INTO theirs VALUES (1, '${'"'.repeat(300_000)}')`, 1],
  [`UPDATE app."Theirs too" SET x = '1' WHERE id = 1`, 1],
  // Columns that are named as the table is, of an alias and of a table.
  ['SELECT u.theirs FROM mine u JOIN app.theirs ON u.theirs = theirs.id', 1],
  ['SELECT u.theirs, mine.theirs FROM mine AS u, mine, theirs', 1],
  ['SELECT mine.theirs FROM app.mine, app.theirs', 1],
  ['DELETE FROM ONLY theirs WHERE id = 1', 1],
  ['TRUNCATE TABLE theirs', 1],
  ['LOCK TABLE app.theirs IN EXCLUSIVE MODE', 1],
  ['CREATE TABLE refers (id int REFERENCES theirs)', 1],
  ['CREATE TABLE alike (LIKE theirs)', 1],
  ['CREATE TRIGGER x BEFORE UPDATE ON theirs FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', 1],
  ["SELECT nextval('counter')", 1],
  ['SELECT app.closed()', 1],
  ['CREATE TABLE typed (x app.kind)', 1],
  ['CREATE TEMP TABLE x (id int)', 1],
  ['CREATE INDEX ON app.theirs (x)', 1],
  ['ALTER TABLE theirs ADD COLUMN more int', 1],
  ["ALTER TYPE kind ADD VALUE 'c'", 1],
  ['ALTER VIEW shown RENAME TO seen', 1],
  ['ALTER STATISTICS app.counted RENAME TO known', 1],
  ['SELECT * FROM app.made', 1],
  ['REFRESH MATERIALIZED VIEW app.made', 1],
  ['CREATE FOREIGN TABLE far (id int) SERVER ambix_far', 1],
  ['ALTER SCHEMA hidden RENAME TO seen', 2],
  ['CREATE ROLE ambix_lacking_new', 1],
  [`SET ROLE ${other}`, 1],
  ['CREATE PUBLICATION q', 1],
]

describeLive('a role that lacks a right', (server) => {
  const db = heldDatabase(server)

  async function prepare(): Promise<void> {
    await db.admin.query(`
      DROP SCHEMA IF EXISTS app, hidden, seen, newone CASCADE;
      DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
      DO $$ BEGIN CREATE ROLE ${other}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
      DO $$ BEGIN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM ${role}, PUBLIC', current_database());
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO PUBLIC', current_database());
        EXECUTE format('ALTER DATABASE %I SET search_path = app', current_database());
      END $$;
      REVOKE ${other} FROM ${role};
      ALTER ROLE ${role} NOCREATEROLE NOCREATEDB;
      CREATE SCHEMA app AUTHORIZATION ${role}; CREATE SCHEMA hidden AUTHORIZATION ${other}; GRANT ALL ON SCHEMA app TO ${other};
      DROP SERVER IF EXISTS ambix_far; DROP FOREIGN DATA WRAPPER IF EXISTS ambix_wrapper;
      CREATE FOREIGN DATA WRAPPER ambix_wrapper; CREATE SERVER ambix_far FOREIGN DATA WRAPPER ambix_wrapper;
      SET ROLE ${other};
      CREATE TABLE hidden.secrets (id int PRIMARY KEY);
      CREATE TABLE app.theirs (id int PRIMARY KEY, x text); CREATE TABLE app."Theirs too" (id int, x text);
      CREATE TABLE app.mine (theirs int); GRANT ALL ON app.mine TO ${role};
      CREATE VIEW app.shown AS SELECT id FROM app.theirs; CREATE STATISTICS app.counted ON id, x FROM app.theirs;
      CREATE MATERIALIZED VIEW app.made AS SELECT 1 AS id; CREATE SEQUENCE app.counter; CREATE TYPE app.kind AS ENUM ('a');
      CREATE FUNCTION app.closed() RETURNS int LANGUAGE sql AS 'SELECT 1';
      REVOKE ALL ON FUNCTION app.closed FROM PUBLIC; REVOKE ALL ON TYPE app.kind FROM PUBLIC;
      RESET ROLE`)
  }

  test.each(statements.map(([sql, rights]) => [sql.slice(0, 90), sql, rights] as const))(
    '%s',
    async (_, sql, rights) => {
      await prepare()
      const url = new URL(db.url)
      url.username = role
      const client = new pg.Client(url.href)
      await client.connect()
      try {
        const told: string[] = []
        for (;;) {
          await client.query('BEGIN')
          const refused = await client.query(sql).then(
            () => undefined,
            (error: pg.DatabaseError) => error,
          )
          await client.query('ROLLBACK')
          if (refused === undefined) break
          expect(refused.code).toBe('42501')
          const text = advice(
            {
              code: '42501',
              message: refused.message,
              ...(refused.detail === undefined ? {} : { detail: refused.detail }),
              ...(refused.hint === undefined ? {} : { hint: refused.hint }),
            },
            { sql, role },
          )
          const gives = /: ((?:GRANT|ALTER) [^:]+)$/.exec(text ?? '')?.[1]
          expect(gives, `${refused.message}: ${text}`).toBeDefined()
          expect(told).not.toContain(gives)
          told.push(gives!)
          await db.admin.query(`SET search_path = app; ${gives}; RESET search_path`)
        }
        expect(told).toHaveLength(rights)
      } finally {
        await client.end()
        await db.admin.query(`REASSIGN OWNED BY ${role}, ${other} TO CURRENT_USER; DROP OWNED BY ${role}, ${other}`)
      }
    },
  )
})

test('an extension that a role may not create: the right is on the database of the session', () => {
  const said = {
    code: '42501',
    message: 'permission denied to create extension "citext"',
    hint: 'Must have CREATE privilege on current database to create this extension.',
  }
  const sql = 'CREATE EXTENSION citext'
  expect(advice(said, { sql, role: 'app', database: 'My shop' })).toBe(
    'app has no CREATE on the database "My shop": GRANT CREATE ON DATABASE "My shop" TO app',
  )
  expect(advice(said, { sql, role: 'app' })).toContain('GRANT CREATE ON DATABASE … TO app')
})
