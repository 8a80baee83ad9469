/** Somebody else's database: what a role without rights planted runs nothing when an administrator uses ambix (issue 10.1, specs/reliability.md 6.1, S4). */
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { applied } from '../../src/commands/project/applied.ts'
import { check } from '../../src/commands/check.ts'
import { current } from '../../src/commands/current.ts'
import { history } from '../../src/commands/history.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { pull } from '../../src/commands/pull.ts'
import { repair } from '../../src/commands/project/repair.ts'
import { revision } from '../../src/commands/revision.ts'
import { ensureVersion, stamp } from '../../src/commands/stamp.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import type { TestDatabase } from '../support/server.ts'
import { history as history_, journal, trapOn, version } from './trap.ts'

interface Plant {
  readonly name: string
  /** Run as the planter, who has CREATE on `public` and on the database. `TRAP` is an expression that springs the trap. */
  readonly sql: string
  /** What a careless tool would do as the administrator: it must spring the trap, or the plant proves nothing. */
  readonly careless: string
  /** Planted after the administrator has applied the first revision. */
  readonly after?: true
  /** The planter owns the database. */
  readonly owner?: true
  /** The commands must work as if nothing was planted. */
  readonly works?: true
}

const insert = "INSERT INTO ambix_version VALUES ('a1')"
const select = "SELECT version_num FROM ambix_version WHERE version_num = 'a1'"
const inHistory =
  "INSERT INTO ambix_history (revision, direction, tool_version, actor, started_at, status) VALUES ('a1', 'upgrade', '', '', now(), 'done')"
const inJournal =
  "INSERT INTO ambix_journal (revision, pos, direction, state, checksum, owner, started_at) VALUES ('a1', 0, 'upgrade', 'done', '', '', now())"
const trigger = (table: string, when: string): string =>
  `CREATE TRIGGER t ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION trap.row()`
/** Operators of the given names for every pair of the types, where there is none yet of these very types. */
const operators = (names: readonly string[], types: readonly string[], schema = 'public'): string => `DO $do$
DECLARE l regtype; r regtype; o text; n integer := 0;
BEGIN
  FOREACH o IN ARRAY ARRAY[${names.map((n) => `'${n}'`).join(', ')}] LOOP
    FOREACH l IN ARRAY ARRAY[${types.map((t) => `'${t}'`).join(', ')}]::regtype[] LOOP
      FOREACH r IN ARRAY ARRAY[${types.map((t) => `'${t}'`).join(', ')}]::regtype[] LOOP
        n := n + 1;
        EXECUTE format('CREATE FUNCTION ${schema}.op%s(a %s, b %s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN PERFORM trap.spring(); RETURN NULL; END $f$', n, l, r, CASE WHEN o = '||' THEN 'text' ELSE 'boolean' END);
        EXECUTE format('CREATE OPERATOR ${schema}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = ${schema}.op%s)', o, l, r, n);
      END LOOP;
    END LOOP;
  END LOOP;
END $do$`
const types = ['pg_catalog.text', 'varchar', 'name', '"char"', 'oid', 'regclass', 'int2', 'int4', 'int8', 'bool']
const first = (what: string): string =>
  `${what}; DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $do$`
const shadow = (name: string, args: string, returns: string): string =>
  `CREATE FUNCTION public.${name}(${args}) RETURNS ${returns} LANGUAGE plpgsql AS $f$ BEGIN PERFORM trap.spring(); RETURN NULL; END $f$`

const plants: readonly Plant[] = [
  // Under the names that ambix looks for.
  {
    name: 'a view as version table',
    sql: "CREATE VIEW ambix_version AS SELECT 'a1'::varchar AS version_num WHERE TRAP",
    careless: select,
  },
  {
    name: 'a view as version table in the schema that has the administrator’s name',
    sql: `CREATE SCHEMA postgres; CREATE VIEW postgres.ambix_version AS SELECT 'a1'::varchar AS version_num WHERE TRAP`,
    careless: 'SELECT * FROM postgres.ambix_version',
  },
  {
    name: 'the same, where the administrator’s own table is in public',
    sql: `CREATE SCHEMA postgres; CREATE VIEW postgres.ambix_version AS SELECT 'a1'::varchar AS version_num WHERE TRAP`,
    careless: 'SELECT * FROM ambix_version',
    after: true,
  },
  {
    name: 'a history of the same kind there',
    sql: `CREATE SCHEMA postgres; CREATE VIEW postgres.ambix_history AS SELECT 1 AS id, 'a1'::varchar AS revision, 'upgrade' AS direction, 'x' AS checksum, 'done' AS status WHERE TRAP`,
    careless: 'SELECT * FROM ambix_history',
    after: true,
    works: true,
  },
  {
    name: 'a trigger before INSERT',
    sql: `${version}; ${trigger('ambix_version', 'BEFORE INSERT')}`,
    careless: insert,
  },
  {
    name: 'a trigger after UPDATE or DELETE',
    sql: `${version}; ${insert}; ${trigger('ambix_version', 'AFTER UPDATE OR DELETE')}`,
    careless: 'DELETE FROM ambix_version',
  },
  {
    name: 'a rule ON INSERT',
    sql: `${version}; CREATE RULE r AS ON INSERT TO ambix_version DO ALSO SELECT TRAP`,
    careless: insert,
  },
  {
    name: 'a rule ON UPDATE',
    sql: `${version}; ${insert}; CREATE RULE r AS ON UPDATE TO ambix_version DO ALSO SELECT TRAP`,
    careless: "UPDATE ambix_version SET version_num = 'b2'",
  },
  {
    name: 'a column default',
    sql: `CREATE TABLE ambix_version (version_num varchar(255) NOT NULL PRIMARY KEY, more boolean DEFAULT TRAP)`,
    careless: insert,
  },
  {
    name: 'a generated column',
    sql: `CREATE TABLE ambix_version (version_num varchar(255) NOT NULL PRIMARY KEY, more boolean GENERATED ALWAYS AS (trap.fixed(version_num)) STORED)`,
    careless: insert,
  },
  {
    name: 'a CHECK constraint',
    sql: `CREATE TABLE ambix_version (version_num varchar(255) NOT NULL PRIMARY KEY CHECK (TRAP))`,
    careless: insert,
  },
  {
    name: 'a domain as type',
    sql: `CREATE DOMAIN sly AS varchar(255) CHECK (TRAP); CREATE TABLE ambix_version (version_num sly NOT NULL)`,
    careless: insert,
  },
  {
    name: 'an index on an expression',
    sql: `${version}; CREATE INDEX ON ambix_version (trap.fixed(version_num))`,
    careless: insert,
  },
  {
    name: 'a partial index',
    sql: `${version}; CREATE INDEX ON ambix_version (version_num) WHERE trap.fixed(version_num)`,
    careless: insert,
  },
  {
    name: 'a partial index that is worked out when a query is planned',
    sql: `${version}; CREATE INDEX ON ambix_version (version_num) WHERE trap.fixed('a')`,
    careless: select,
  },
  {
    name: 'statistics on an expression',
    sql: `${version}; CREATE STATISTICS s ON (trap.fixed('a')), version_num FROM ambix_version; INSERT INTO ambix_version VALUES ('z'); ANALYZE ambix_version; DELETE FROM ambix_version`,
    careless: select,
  },
  {
    name: 'a table that inherits from it',
    sql: `${version}; CREATE TABLE heir () INHERITS (ambix_version); CREATE INDEX ON heir (version_num) WHERE trap.fixed('a')`,
    careless: select,
  },
  {
    name: 'a table partitioned by an expression',
    sql: `CREATE TABLE ambix_version (version_num varchar(255) NOT NULL) PARTITION BY LIST (trap.fixed(version_num)); CREATE TABLE part PARTITION OF ambix_version DEFAULT`,
    careless: insert,
  },
  {
    name: 'a foreign key that refers to it, with a trigger',
    sql: `${version}; ${insert}; CREATE TABLE refers (v varchar(255) REFERENCES ambix_version ON UPDATE CASCADE ON DELETE CASCADE); INSERT INTO refers VALUES ('a1'); ${trigger('refers', 'AFTER UPDATE OR DELETE')}`,
    careless: 'DELETE FROM refers; DELETE FROM ambix_version',
  },
  {
    name: 'a view as history',
    sql: `CREATE VIEW ambix_history AS SELECT 1 AS id, 'a1'::varchar AS revision, 'upgrade' AS direction, 'x' AS checksum, 'done' AS status WHERE TRAP`,
    careless: 'SELECT * FROM ambix_history',
  },
  {
    name: 'a history with a trigger',
    sql: `${history_}; ${trigger('ambix_history', 'BEFORE INSERT')}`,
    careless: inHistory,
  },
  {
    name: 'a history with a rule',
    sql: `${history_}; CREATE RULE r AS ON INSERT TO ambix_history DO ALSO SELECT TRAP`,
    careless: inHistory,
  },
  {
    name: 'a view as journal',
    sql: `CREATE VIEW ambix_journal AS SELECT 'a1'::varchar AS revision, 0 AS pos, 'upgrade' AS direction, 'done' AS state, '' AS checksum, 1 AS backend_pid WHERE TRAP`,
    careless: 'SELECT * FROM ambix_journal',
  },
  {
    name: 'a journal with a trigger',
    sql: `${journal}; ${trigger('ambix_journal', 'BEFORE INSERT')}`,
    careless: inJournal,
  },
  {
    name: 'a table of the database’s owner, with a trigger',
    sql: `${version}; ${trigger('ambix_version', 'BEFORE INSERT OR UPDATE OR DELETE')}`,
    careless: insert,
    owner: true,
  },
  {
    name: 'a type of the version table’s name',
    sql: `CREATE DOMAIN ambix_version AS text CHECK (TRAP)`,
    careless: "SELECT 'a1'::ambix_version",
  },
  {
    name: 'an index of the name of its key',
    sql: `CREATE TABLE other (a boolean); CREATE INDEX ambix_version_pkc ON other ((a AND trap.fixed('a')))`,
    careless: 'INSERT INTO other VALUES (true)',
  },
  // By what statements find by name.
  {
    name: 'the operator that compares version numbers',
    sql: operators(['='], ['varchar']),
    careless: select,
    after: true,
    works: true,
  },
  {
    name: 'operators for every pair of types',
    sql: operators(['=', '<>', '||', '~', '!~', '>=', '<'], types),
    careless: select,
    after: true,
    works: true,
  },
  {
    name: 'the same, found before the system’s own',
    sql: first(operators(['=', '<>', '||', '~', '!~', '>=', '<', '>', '<='], types)),
    careless: `SELECT 'a'::text = 'b'::text`,
    after: true,
    owner: true,
    works: true,
  },
  {
    name: 'functions found before the system’s own',
    sql: first(
      [
        shadow('current_setting', 'pg_catalog.text', 'pg_catalog.text'),
        shadow('set_config', 'pg_catalog.text, pg_catalog.text, boolean', 'pg_catalog.text'),
        shadow('to_regclass', 'pg_catalog.text', 'regclass'),
        shadow('quote_ident', 'pg_catalog.text', 'pg_catalog.text'),
        shadow('pg_try_advisory_xact_lock', 'bigint', 'boolean'),
        shadow('pg_get_expr', 'pg_node_tree, oid', 'pg_catalog.text'),
        shadow('format_type', 'oid, integer', 'pg_catalog.text'),
        shadow('concat_ws', 'VARIADIC pg_catalog.text[]', 'pg_catalog.text'),
        shadow('clock_timestamp', '', 'pg_catalog.timestamptz'),
        shadow('lower', 'pg_catalog.text', 'pg_catalog.text'),
      ].join('; '),
    ),
    careless: `SELECT lower('A'::text)`,
    after: true,
    owner: true,
    works: true,
  },
  {
    name: 'types found before the system’s own',
    sql: first(
      ['text', 'name', 'oid', 'timestamptz', 'int4', 'regclass', 'regnamespace']
        .map((t) => `CREATE DOMAIN public.${t} AS pg_catalog.text CHECK (TRAP)`)
        .join('; '),
    ),
    careless: `SELECT 'a'::text`,
    after: true,
    owner: true,
    works: true,
  },
  {
    name: 'relations found before the system’s own',
    sql: first(
      ['pg_class', 'pg_locks', 'pg_stat_activity', 'pg_namespace', 'pg_type', 'pg_database']
        .map((t) => `CREATE VIEW public.${t} AS SELECT * FROM pg_catalog.${t} WHERE TRAP`)
        .join('; '),
    ),
    careless: 'SELECT count(*) FROM pg_class',
    after: true,
    owner: true,
    works: true,
  },
  // In objects of the database that are compared.
  {
    name: 'a view',
    sql: 'CREATE VIEW users_seen AS SELECT TRAP AS a',
    careless: 'SELECT * FROM users_seen',
    after: true,
    works: true,
  },
  {
    name: 'a materialized view',
    sql: 'CREATE MATERIALIZED VIEW users_kept AS SELECT trap.fixed(x) AS a FROM (VALUES (now()::text)) v (x) WITH NO DATA',
    careless: 'SELECT trap.fixed(now()::text)',
    after: true,
    works: true,
  },
  {
    name: 'a table with defaults, checks, generated columns and indexes',
    sql: `CREATE DOMAIN d AS integer DEFAULT trap.number() CHECK (trap.fixed(VALUE::text)); CREATE TABLE theirs (id integer DEFAULT trap.number(), d d, g boolean GENERATED ALWAYS AS (trap.fixed(id::text)) STORED, CHECK (trap.fixed('a')));
      CREATE INDEX ON theirs (id) WHERE trap.fixed('b'); CREATE INDEX ON theirs ((trap.fixed('c'))); CREATE INDEX ON theirs ((trap.fixed(id::text)));
      CREATE SEQUENCE theirs_seq; CREATE TABLE parts (a integer) PARTITION BY LIST (trap.fixed(a::text))`,
    careless: 'INSERT INTO theirs DEFAULT VALUES',
    after: true,
    works: true,
  },
  {
    name: 'a table with row security',
    sql: 'CREATE TABLE theirs (id integer); INSERT INTO theirs VALUES (1); ALTER TABLE theirs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON theirs USING (TRAP)',
    careless: 'SELECT trap.spring()',
    after: true,
  },
]

const files = {
  'schema.ts': `import { table, integer, text } from 'ambix/schema'
export const users = table('users', { id: integer().primaryKey(), name: text() })
export const more = table('more', { id: integer().primaryKey(), name: text().default('x') })
`,
  'migrations/a1.sql': `-- one\n-- revision: a1\n-- down_revision: none\n-- upgrade\nCREATE TABLE public.users (id integer PRIMARY KEY, name text);\n-- downgrade\nDROP TABLE public.users;\n`,
  'migrations/b2.sql': `-- two\n-- revision: b2\n-- down_revision: a1\n-- upgrade\nCREATE TABLE public.more (id integer PRIMARY KEY, name text);\n-- downgrade\nDROP TABLE public.more;\n`,
}

/** In `npm test` the commands that differ in what they read; `npm run test:long` runs all of them on every plant. */
const short = new Set(['current', 'history --applied', 'check', 'upgrade --dry-run', 'stamp', 'repair', 'upgrade'])
const deep = new Set(['a materialized view', 'types found before the system’s own'])
const all = process.env['AMBIX_TEST_LONG'] !== undefined

/** Reading commands first: what they leave is what the writing ones meet. */
const commands: readonly (readonly [string, (config: Config) => Promise<unknown>])[] = [
  ['current', (c) => current(c)],
  ['current -v', (c) => current(c, { verbose: true })],
  ['history', (c) => history(c)],
  ['history --applied', (c) => applied(c)],
  ['check', (c) => check(c)],
  ['pull', (c) => pull(c, { out: 'pulled.ts' } as Parameters<typeof pull>[1])],
  ['upgrade --dry-run', (c) => upgrade(c, 'head', { dryRun: true })],
  ['downgrade --dry-run', (c) => downgrade(c, 'base', { dryRun: true })],
  ['stamp --verify', (c) => stamp(c, ['a1'], { verify: true })],
  ['stamp', (c) => stamp(c, ['a1'])],
  ['repair', (c) => repair(c)],
  ['ensure-version', (c) => ensureVersion(c)],
  ['upgrade', (c) => upgrade(c)],
  [
    'revision --autogenerate',
    (c) => revision(c, { autogenerate: true, message: 'more' } as Parameters<typeof revision>[1]),
  ],
  ['downgrade', (c) => downgrade(c, '-1')],
]

describeLive('planted objects', (server) => {
  const trap = trapOn(server, 'planter')
  const { planter } = trap

  describe.each(tableOf(plants))('$name', (plant) => {
    let database: TestDatabase
    let admin: pg.Client
    const file = `${plants.indexOf(plant)}`
    test('runs in no command, and would in a careless one', async () => {
      database = await server.createDatabase()
      admin = new pg.Client(database.url)
      await admin.connect()
      try {
        const config: Config = { root: folderOf(files), url: database.url, schema: './schema.ts' }
        if (plant.after === true) await upgrade(config, 'a1')
        await trap.arm(admin, plant, file)
        expect(trap.sprung(file), 'the planter has no right to spring it').toBe(false)
        const failed: string[] = []
        for (const [name, command] of commands) {
          if (!all && !short.has(name) && !deep.has(plant.name)) continue
          try {
            await command(config)
          } catch (error) {
            failed.push(
              `${name}: ${isAmbixError(error) ? `${error.code} ${error.message}` : String((error as Error).stack)}`,
            )
          }
          expect({ command: name, ran: trap.sprung(file) }).toEqual({ command: name, ran: false })
        }
        // What is no use to anybody is refused by its code; what is nobody's business does not disturb.
        expect(failed.filter((f) => !/: (VERSION\.TABLE|REVISION\.\w+|DIFF\.\w+) /.test(f))).toEqual([])
        // What is planted makes it another database than the revisions make.
        if (plant.works === true)
          expect(failed.filter((f) => !f.startsWith('stamp --verify: DIFF.NOT_VERIFIED'))).toEqual([])
        else expect(failed.length).toBeGreaterThan(0)
        const careless = new pg.Client(database.url)
        await careless.connect()
        await careless.query(plant.careless).catch(() => {})
        await careless.end()
        expect(trap.files, 'the trap works').toContain(file)
      } finally {
        await admin.end()
        await database.drop()
      }
    })
  })

  // Between the look at a table and the query that reads it: what is worked out when a query is planned.
  test.each([
    ['an index', `CREATE INDEX ON ambix_version (version_num) WHERE trap.fixed('a')`],
    ['statistics', `CREATE STATISTICS s ON (trap.fixed('a')), version_num FROM ambix_version`],
    ['a child table', `CREATE TABLE heir () INHERITS (ambix_version)`],
  ])('%s that the owner of the database makes meanwhile is waited for, and seen', async (what, sql) => {
    const database = await server.createDatabase()
    const [admin, owner] = [new pg.Client(database.url), new pg.Client(database.url)]
    const file = what.replaceAll(' ', '-')
    await Promise.all([admin.connect(), owner.connect()])
    try {
      const config: Config = { root: folderOf(files), url: database.url, schema: './schema.ts' }
      await trap.arm(admin, { sql: `${version}; ${insert}`, owner: true }, file)
      expect((await current(config)).map((c) => c.rows)).toEqual([['a1']])
      await owner.query(`SET SESSION AUTHORIZATION ${planter}; SET search_path = public; BEGIN; ${sql}`)
      const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'ambix_version'::regclass`
      let told: unknown
      const reading = current(config).then(
        (found) => (told = found),
        (error: unknown) => (told = error),
      )
      const isTold = (): boolean => told !== undefined
      while (!isTold() && (await admin.query(waiting)).rowCount === 0);
      expect(told, 'the look waits').toBeUndefined()
      await owner.query('COMMIT')
      await reading
      expect(told).toMatchObject({ code: 'VERSION.TABLE' })
      expect(trap.sprung(file)).toBe(false)
    } finally {
      await Promise.all([admin.end(), owner.end()])
      await database.drop()
    }
  })

  test('there are enough of them', () => {
    expect(plants.length * commands.length).toBeGreaterThan(500)
  })
})
