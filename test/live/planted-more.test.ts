/** More of what the owner of a database can plant, all of it in one database: none of it runs, and no command says anything else for it. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applied } from '../../src/commands/project/applied.ts'
import { check } from '../../src/commands/check.ts'
import { current } from '../../src/commands/current.ts'
import { fleet } from '../../src/commands/fleet/move.ts'
import { readFleet } from '../../src/commands/fleet/read.ts'
import { fleetStatus } from '../../src/commands/fleet/status.ts'
import { history } from '../../src/commands/history.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { pull } from '../../src/commands/pull.ts'
import { repair } from '../../src/commands/project/repair.ts'
import { resume } from '../../src/commands/resume.ts'
import { revision } from '../../src/commands/revision.ts'
import { ensureVersion, stamp } from '../../src/commands/stamp.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'
import { trapOn } from './trap.ts'

interface Plant {
  readonly name: string
  /** Run as the owner of the database with a schema of its own in the path, where `TRAP` springs the trap of this plant. */
  readonly sql: string
  /** What springs it when an administrator runs it. */
  readonly careless: string
}

const spring = 'BEGIN PERFORM here.spring(); RETURN NULL; END'
const shadow = (name: string, args: string, returns: string, schema = 'public'): string =>
  `CREATE FUNCTION ${schema}.${name}(${args}) RETURNS ${returns} LANGUAGE plpgsql AS $f$ ${spring} $f$`
/** A binary operator on a pair of types. */
const operator = (name: string, left: string, right: string, returns: string, schema: string, n: number): string =>
  `CREATE FUNCTION here.op${n}(a ${left}, b ${right}) RETURNS ${returns} LANGUAGE plpgsql AS $f$ ${spring} $f$; CREATE OPERATOR ${schema}.${name} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = here.op${n})`
const operators = (list: readonly (readonly [string, string, string, string])[], schema = 'public'): string =>
  list.map(([name, left, right, returns], n) => operator(name, left, right, returns, schema, n)).join('; ')
const aggregate = (name: string, arg: string, n: number): string =>
  `CREATE FUNCTION here.step${n}(s pg_catalog.text, a ${arg}) RETURNS pg_catalog.text LANGUAGE plpgsql AS $f$ ${spring} $f$; CREATE AGGREGATE public.${name}(${arg}) (SFUNC = here.step${n}, STYPE = pg_catalog.text, INITCOND = '')`

const plants: readonly Plant[] = [
  // Found by name, for the very types that the catalog has.
  {
    name: 'operators on arrays, vectors and documents',
    sql: operators([
      ['->', 'json', 'name', 'json'],
      ['->>', 'json', 'name', 'text'],
      ['@>', 'int2vector', 'int2vector', 'boolean'],
      ['=', 'int2vector', 'int2vector', 'boolean'],
      ['=', '"char"', 'text', 'boolean'],
      ['=', 'name', 'varchar', 'boolean'],
      ['=', 'regtype', 'oid', 'boolean'],
      ['=', 'aclitem', 'text', 'boolean'],
      ['&&', 'name[]', 'text[]', 'boolean'],
      ['||', 'name', 'text', 'text'],
      ['||', 'regclass', 'text', 'text'],
      ['+', 'int2', 'int4', 'int4'],
      ['-', 'oid', 'int4', 'int4'],
    ]),
    careless: `SELECT 'a'::name || 'b'::text`,
  },
  {
    name: 'operators in the schema that has the administrator’s name',
    sql: `CREATE SCHEMA IF NOT EXISTS postgres; ${operators(
      [
        ['=', 'varchar', 'varchar', 'boolean'],
        ['<>', 'varchar', 'varchar', 'boolean'],
        ['||', 'varchar', 'varchar', 'text'],
        ['=', 'int4', 'int8', 'boolean'],
      ],
      'postgres',
    )}`,
    careless: `SELECT 'a'::varchar = 'b'::varchar`,
  },
  {
    name: 'a prefix operator',
    sql: `CREATE FUNCTION here.minus(a name) RETURNS boolean LANGUAGE plpgsql AS $f$ ${spring} $f$; CREATE OPERATOR public.! (RIGHTARG = name, FUNCTION = here.minus)`,
    careless: `SELECT ! 'a'::name`,
  },
  {
    name: 'functions whose arguments match better than the system’s',
    sql: [
      shadow('array_to_string', 'pg_catalog.name[], pg_catalog.text', 'pg_catalog.text'),
      shadow('unnest', 'pg_catalog.int2vector', 'pg_catalog.int2'),
      shadow('array_position', 'pg_catalog.int2vector, pg_catalog.int2', 'pg_catalog.int4'),
      shadow('format', 'pg_catalog.text, pg_catalog.name', 'pg_catalog.text'),
      shadow('concat', 'pg_catalog.name, pg_catalog.text', 'pg_catalog.text'),
      shadow('quote_ident', 'pg_catalog.name', 'pg_catalog.text'),
      shadow('quote_literal', 'pg_catalog.name', 'pg_catalog.text'),
      shadow('length', 'pg_catalog.name', 'pg_catalog.int4'),
      shadow('lower', 'pg_catalog.name', 'pg_catalog.text'),
      shadow('strpos', 'pg_catalog.name, pg_catalog.text', 'pg_catalog.int4'),
      shadow('regexp_replace', 'pg_catalog.name, pg_catalog.text, pg_catalog.text', 'pg_catalog.text'),
      shadow('obj_description', 'pg_catalog.oid, pg_catalog.text', 'pg_catalog.text'),
      shadow('col_description', 'pg_catalog.oid, pg_catalog.int2', 'pg_catalog.text'),
      shadow('to_jsonb', 'pg_catalog.pg_database', 'pg_catalog.jsonb'),
      shadow('to_jsonb', 'pg_catalog.pg_class', 'pg_catalog.jsonb'),
      shadow('json_build_object', 'pg_catalog.text, pg_catalog.int8', 'pg_catalog.json'),
      shadow('generate_subscripts', 'pg_catalog.int2vector, pg_catalog.int4', 'pg_catalog.int4'),
    ].join('; '),
    careless: `SELECT array_to_string(ARRAY['a'::name], ','::text)`,
  },
  {
    name: 'functions in the schema that has the administrator’s name',
    sql: `CREATE SCHEMA IF NOT EXISTS postgres; ${[
      shadow('format_type', 'pg_catalog.oid, pg_catalog.int2', 'pg_catalog.text', 'postgres'),
      shadow('pg_get_expr', 'pg_catalog.pg_node_tree, pg_catalog.regclass', 'pg_catalog.text', 'postgres'),
      shadow('coalesce_', 'pg_catalog.text', 'pg_catalog.text', 'postgres'),
    ].join('; ')}`,
    careless: `SELECT format_type(25::oid, 1::int2)`,
  },
  {
    name: 'aggregates whose arguments match better',
    sql: [
      aggregate('array_agg', 'pg_catalog.name', 0),
      aggregate('max', 'pg_catalog.name', 1),
      aggregate('min', 'pg_catalog.name', 2),
      aggregate('count', 'pg_catalog.name', 3),
      aggregate('json_agg', 'pg_catalog.text', 4),
    ].join('; '),
    careless: `SELECT max('a'::name)`,
  },
  {
    name: 'variadic functions',
    sql: `CREATE FUNCTION public.coalesce_all(VARIADIC a name[]) RETURNS name LANGUAGE plpgsql AS $f$ ${spring} $f$; CREATE FUNCTION public.concat_ws(a text, VARIADIC b name[]) RETURNS text LANGUAGE plpgsql AS $f$ ${spring} $f$`,
    careless: `SELECT concat_ws('a'::text, 'b'::name)`,
  },
  {
    name: 'a function that reads as an attribute of a catalog’s row',
    sql: `CREATE FUNCTION public.relispopulated_(c pg_catalog.pg_class) RETURNS boolean LANGUAGE plpgsql AS $f$ ${spring} $f$`,
    careless: `SELECT c.relispopulated_ FROM pg_class c LIMIT 1`,
  },
  {
    name: 'collations of the system’s names',
    sql: `CREATE COLLATION public."C" (provider = icu, locale = 'de', deterministic = false); CREATE COLLATION public."default" (provider = icu, locale = 'de'); CREATE TABLE collated (a text COLLATE public."C" CHECK (TRAP))`,
    careless: `INSERT INTO here.collated VALUES ('a')`,
  },
  {
    name: 'casts of a type of its own',
    sql: `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE FUNCTION here.to_text(mood) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM here.spring(); RETURN 'x'; END $f$; CREATE CAST (mood AS text) WITH FUNCTION here.to_text(mood) AS IMPLICIT; CREATE TABLE cast_ (a mood DEFAULT 'a', b text DEFAULT ('b'::mood)::text)`,
    careless: 'INSERT INTO here.cast_ DEFAULT VALUES',
  },
  {
    name: 'a composite type with a cast to integer',
    sql: `CREATE TYPE pair AS (a integer, b integer); CREATE FUNCTION here.to_int(pair) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM here.spring(); RETURN 1; END $f$; CREATE CAST (pair AS integer) WITH FUNCTION here.to_int(pair) AS ASSIGNMENT; CREATE TABLE paired (a integer DEFAULT ROW(1, 2)::pair::integer)`,
    careless: 'INSERT INTO here.paired DEFAULT VALUES',
  },
  {
    name: 'a range with a difference of its own',
    sql: `CREATE FUNCTION here.diff(a float8, b float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM here.spring(); RETURN 1; END $f$; CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = here.diff); CREATE TABLE spans (a span DEFAULT '[1,2]', EXCLUDE USING gist (a WITH &&))`,
    careless: `INSERT INTO here.spans SELECT here.span(i, i + 0.5) FROM generate_series(1, 500) i`,
  },
  // What a table of its own does when it is written or read.
  {
    name: 'a domain over a domain, with checks and a default',
    sql: 'CREATE DOMAIN d1 AS integer DEFAULT here.number() CHECK (TRAP); CREATE DOMAIN d2 AS d1 NOT NULL CHECK (here.fixed(VALUE::text)); CREATE TABLE domains (a d2, b d2[] DEFAULT ARRAY[1]::d2[])',
    careless: 'INSERT INTO here.domains DEFAULT VALUES',
  },
  {
    name: 'a generated column over a function',
    sql: 'CREATE TABLE generated (a text, b boolean GENERATED ALWAYS AS (here.fixed(a)) STORED)',
    careless: `INSERT INTO here.generated VALUES ('a')`,
  },
  {
    name: 'a default that takes from a sequence and calls',
    sql: `CREATE SEQUENCE sq; CREATE TABLE sequenced (a bigint DEFAULT nextval('here.sq') + here.number())`,
    careless: 'INSERT INTO here.sequenced DEFAULT VALUES',
  },
  {
    name: 'a rule ON DELETE DO INSTEAD',
    sql: 'CREATE TABLE ruled (a integer); INSERT INTO ruled VALUES (1); CREATE RULE r AS ON DELETE TO ruled DO INSTEAD SELECT TRAP',
    careless: 'DELETE FROM here.ruled',
  },
  {
    name: 'a view with an INSTEAD OF trigger',
    sql: 'CREATE VIEW seen AS SELECT 1 AS a; CREATE TRIGGER t INSTEAD OF INSERT OR UPDATE OR DELETE ON seen FOR EACH ROW EXECUTE FUNCTION here.row()',
    careless: 'INSERT INTO here.seen VALUES (1)',
  },
  {
    name: 'a trigger on TRUNCATE',
    sql: 'CREATE TABLE emptied (a integer); CREATE FUNCTION here.each() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM here.spring(); RETURN NULL; END $f$; CREATE TRIGGER t BEFORE TRUNCATE ON emptied EXECUTE FUNCTION here.each()',
    careless: 'TRUNCATE here.emptied',
  },
  {
    name: 'a deferred constraint trigger',
    sql: 'CREATE TABLE deferred (a integer); CREATE CONSTRAINT TRIGGER t AFTER INSERT ON deferred DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION here.row()',
    careless: 'INSERT INTO here.deferred VALUES (1)',
  },
  {
    name: 'a trigger with a condition and a transition table',
    sql: 'CREATE TABLE watched (a integer); CREATE TRIGGER t BEFORE INSERT ON watched FOR EACH ROW WHEN (TRAP) EXECUTE FUNCTION here.row()',
    careless: 'INSERT INTO here.watched VALUES (1)',
  },
  {
    name: 'restrictive policies with checks',
    sql: `CREATE TABLE secured (a integer); INSERT INTO secured VALUES (1); ALTER TABLE secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON secured AS RESTRICTIVE FOR ALL USING (here.fixed('a')) WITH CHECK (TRAP)`,
    careless: 'SELECT here.spring()',
  },
  {
    name: 'a child table with an index on an expression',
    sql: `CREATE TABLE parent (a text); CREATE TABLE child (b text DEFAULT here.number()::text) INHERITS (parent); CREATE INDEX ON child ((here.fixed('a')))`,
    careless: `SELECT * FROM here.parent WHERE here.fixed('a')`,
  },
  {
    name: 'partitions by an expression, with a default partition',
    sql: `CREATE TABLE parts (a text) PARTITION BY LIST (here.fixed(a)); CREATE TABLE part_d PARTITION OF parts DEFAULT PARTITION BY RANGE (here.fixed(a)); CREATE TABLE part_e PARTITION OF part_d DEFAULT`,
    careless: `INSERT INTO here.parts VALUES ('a')`,
  },
  {
    name: 'a partition with a trigger and a check',
    sql: `CREATE TABLE ranged (a integer) PARTITION BY RANGE (a); CREATE TABLE ranged_1 PARTITION OF ranged (CHECK (TRAP)) FOR VALUES FROM (1) TO (10); CREATE TRIGGER t BEFORE INSERT ON ranged FOR EACH ROW EXECUTE FUNCTION here.row()`,
    careless: 'INSERT INTO here.ranged VALUES (1)',
  },
  {
    name: 'statistics on expressions that were gathered',
    sql: `CREATE TABLE counted (a text, b text); INSERT INTO counted SELECT i::text, i::text FROM generate_series(1, 50) i; CREATE STATISTICS st ON (here.fixed(a)), (here.fixed('x')), b FROM counted; ANALYZE counted`,
    careless: `SELECT * FROM here.counted WHERE a = 'a'`,
  },
  {
    name: 'indexes on expressions, with included columns and predicates',
    sql: `CREATE TABLE indexed (a text, b integer); CREATE UNIQUE INDEX ON indexed ((here.fixed(a))) INCLUDE (b) WHERE here.fixed('c'); CREATE INDEX ON indexed USING hash ((here.fixed(a)))`,
    careless: `SELECT * FROM here.indexed WHERE a = 'a'`,
  },
  {
    name: 'an exclusion constraint on an expression',
    sql: `CREATE FUNCTION here.point(a integer) RETURNS int4range LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM here.spring(); RETURN int4range(a, a + 1); END $f$; CREATE TABLE excluded (a integer, EXCLUDE USING gist (here.point(a) WITH &&) WHERE (here.fixed('a')))`,
    careless: 'INSERT INTO here.excluded VALUES (1)',
  },
  {
    name: 'an operator of its own in a check, an index and a policy',
    sql: `CREATE FUNCTION here.same(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM here.spring(); RETURN true; END $f$; CREATE OPERATOR here.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = here.same); CREATE TABLE compared (a text CHECK (a OPERATOR(here.===) 'a')); CREATE INDEX ON compared (a) WHERE 'a' OPERATOR(here.===) 'b'`,
    careless: `INSERT INTO here.compared VALUES ('a')`,
  },
  {
    name: 'an operator that calls estimators',
    sql: `CREATE FUNCTION here.near(a integer, b integer) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN PERFORM here.spring(); RETURN true; END $f$; CREATE OPERATOR here.~~~ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = here.near, RESTRICT = eqsel, JOIN = eqjoinsel)`,
    careless: 'SELECT 1 OPERATOR(here.~~~) 2',
  },
  {
    name: 'a foreign key with a trigger on the other side',
    sql: `CREATE TABLE one (a integer PRIMARY KEY); CREATE TABLE two (a integer REFERENCES one ON DELETE CASCADE ON UPDATE CASCADE); INSERT INTO one VALUES (1); INSERT INTO two VALUES (1); CREATE TRIGGER t BEFORE DELETE ON two FOR EACH ROW EXECUTE FUNCTION here.row()`,
    careless: 'DELETE FROM here.two',
  },
  {
    name: 'a constraint that is not valid',
    sql: `CREATE TABLE unvalid (a integer); INSERT INTO unvalid VALUES (1); ALTER TABLE unvalid ADD CONSTRAINT c CHECK (TRAP) NOT VALID`,
    careless: 'ALTER TABLE here.unvalid VALIDATE CONSTRAINT c',
  },
  {
    name: 'a table of a composite type',
    sql: 'CREATE DOMAIN td AS integer CHECK (TRAP); CREATE TYPE row_ AS (a td, b integer); CREATE TABLE typed OF row_; ALTER TABLE typed ALTER b SET DEFAULT here.number()',
    careless: 'INSERT INTO here.typed (a) VALUES (1)',
  },
  // Views and routines.
  {
    name: 'a recursive view, and one with a barrier',
    sql: 'CREATE RECURSIVE VIEW rec (a) AS SELECT 1 WHERE TRAP UNION ALL SELECT a + 1 FROM rec WHERE a < 2; CREATE VIEW barred WITH (security_barrier) AS SELECT a FROM rec WHERE TRAP',
    careless: 'SELECT * FROM here.barred',
  },
  {
    name: 'a view that can be updated, with a check and a default',
    sql: 'CREATE TABLE base (a integer); CREATE VIEW updatable AS SELECT a FROM base WHERE here.fixed(a::text) WITH CASCADED CHECK OPTION; ALTER VIEW updatable ALTER a SET DEFAULT here.number()',
    careless: 'INSERT INTO here.updatable DEFAULT VALUES',
  },
  {
    name: 'a materialized view with rows and an index on an expression',
    sql: `CREATE MATERIALIZED VIEW kept AS SELECT here.fixed(i::text) AS a, i FROM generate_series(1, 3) i; CREATE UNIQUE INDEX ON kept (i); CREATE INDEX ON kept ((here.fixed('a')))`,
    careless: 'REFRESH MATERIALIZED VIEW here.kept; SELECT here.spring()',
  },
  {
    name: 'arguments with defaults that call',
    sql: `CREATE FUNCTION defaults(a integer DEFAULT here.number(), b boolean DEFAULT TRAP) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE defaults_too(INOUT a integer DEFAULT here.number()) LANGUAGE sql AS 'SELECT 1'`,
    careless: 'CALL here.defaults_too()',
  },
  {
    name: 'a function with a body that is parsed when it is made',
    sql: 'CREATE FUNCTION parsed() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT TRAP; END',
    careless: 'SELECT here.parsed()',
  },
  {
    name: 'a function that is inlined',
    sql: `CREATE FUNCTION inlined(a text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT here.fixed(a)'; CREATE TABLE inlines (a boolean DEFAULT here.inlined('a')); CREATE INDEX ON inlines (a) WHERE here.inlined('b')`,
    careless: 'INSERT INTO here.inlines DEFAULT VALUES',
  },
  {
    name: 'a routine whose body has literals of a domain with checks',
    sql: `CREATE DOMAIN lit AS text CHECK (TRAP); CREATE FUNCTION literals() RETURNS text LANGUAGE plpgsql AS $f$ DECLARE x here.lit := 'a'; BEGIN RETURN x::here.lit; END $f$`,
    careless: 'SELECT here.literals()',
  },
  {
    name: 'a window function and an aggregate of its own',
    sql: `CREATE FUNCTION here.sfunc(s boolean, a text) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN PERFORM here.spring(); RETURN true; END $f$; CREATE AGGREGATE agg(text) (SFUNC = here.sfunc, STYPE = boolean, INITCOND = 'true', SORTOP = <); CREATE VIEW windowed AS SELECT here.agg('a') OVER () AS a`,
    careless: 'SELECT * FROM here.windowed',
  },
  {
    name: 'a text search configuration and an extension that everybody may make',
    sql: `CREATE TEXT SEARCH CONFIGURATION simple_ (COPY = pg_catalog.simple); CREATE TABLE texts (a text, b tsvector GENERATED ALWAYS AS (to_tsvector('here.simple_'::regconfig, a)) STORED, c boolean DEFAULT TRAP)`,
    careless: 'INSERT INTO here.texts DEFAULT VALUES',
  },
  {
    name: 'a publication with a filter',
    sql: `CREATE TABLE published (a integer PRIMARY KEY, b boolean DEFAULT TRAP); CREATE PUBLICATION planted_pub FOR TABLE published`,
    careless: 'INSERT INTO here.published (a) VALUES (1)',
  },
  {
    name: 'views that look like the catalog’s, in a schema that comes first',
    sql: `CREATE SCHEMA IF NOT EXISTS postgres; ${[
      'pg_index',
      'pg_constraint',
      'pg_proc',
      'pg_roles',
      'pg_depend',
      'pg_settings',
    ]
      .map((t) => `CREATE VIEW postgres.${t} AS SELECT * FROM pg_catalog.${t} WHERE TRAP`)
      .join('; ')}`,
    careless: 'SELECT count(*) FROM postgres.pg_index',
  },
  {
    name: 'tables named as the information schema’s',
    sql: `CREATE SCHEMA IF NOT EXISTS postgres; CREATE VIEW postgres.columns AS SELECT * FROM information_schema.columns WHERE TRAP`,
    careless: 'SELECT count(*) FROM postgres.columns',
  },
]

const files = {
  'schema.ts': `import { table, integer, text } from 'ambix/schema'
export const users = table('users', { id: integer().primaryKey(), name: text() })
export const more = table('more', { id: integer().primaryKey(), name: text().default('x') })
`,
  'migrations/a1.sql': `-- one\n-- revision: a1\n-- down_revision: none\n-- upgrade\nCREATE TABLE public.users (id integer PRIMARY KEY, name text);\n-- downgrade\nDROP TABLE public.users;\n`,
  'migrations/b2.sql': `-- two\n-- revision: b2\n-- down_revision: a1\n-- upgrade\nCREATE TABLE public.more (id integer PRIMARY KEY, name text);\n-- downgrade\nDROP TABLE public.more;\n`,
  'migrations/c3.js': `export const revision = 'c3'\nexport const downRevision = 'b2'\nexport function upgrade(op) {\n  op.execute('INSERT INTO public.users SELECT i FROM generate_series(1, 30) i')\n  op.execute('CREATE INDEX CONCURRENTLY users_name ON public.users (name)', { autocommit: true })\n  op.backfill('users', { schema: 'public', key: ['id'], set: { name: "'x'" }, batchSize: 10 })\n}\nexport function downgrade(op) {\n  op.execute('DROP INDEX public.users_name')\n  op.execute('DELETE FROM public.users')\n}\n`,
}

/** Fails where a target does. */
async function targets(config: Config, command: 'upgrade' | 'downgrade', goal: string): Promise<void> {
  const failed: unknown[] = []
  await fleet(config, command, goal, {
    onEvent: (e) => void (e.event === 'target' && e.status !== 'done' && failed.push(e)),
  })
  if (failed.length > 0) throw new Error(JSON.stringify(failed))
}

/** Reading commands first: what they leave is what the writing ones meet. */
const commands: readonly (readonly [string, (config: Config) => Promise<unknown>])[] = [
  ['current -v', (c) => current(c, { verbose: true })],
  ['history -v', (c) => history(c)],
  ['history --applied', (c) => applied(c)],
  ['check', (c) => check(c)],
  ['check --database', (c) => check(c, { database: true })],
  ['pull', (c) => pull(c, { out: 'pulled.ts' } as Parameters<typeof pull>[1])],
  ['pull to SQL', (c) => pull(c, { out: 'pulled.sql', models: 'sql' } as Parameters<typeof pull>[1])],
  ['upgrade --dry-run', (c) => upgrade(c, 'head', { dryRun: true })],
  ['downgrade --dry-run', (c) => downgrade(c, 'base', { dryRun: true })],
  ['stamp --verify', (c) => stamp(c, ['a1'], { verify: true })],
  ['stamp', (c) => stamp(c, ['a1'])],
  ['repair', (c) => repair(c)],
  ['ensure-version', (c) => ensureVersion(c)],
  ['resume', (c) => resume(c, 'again')],
  ['upgrade', (c) => upgrade(c)],
  ['current --targets', (c) => readFleet(c, 'current')],
  ['check --targets', (c) => readFleet(c, 'check')],
  ['downgrade --targets', (c) => targets(c, 'downgrade', 'a1')],
  ['upgrade --targets', (c) => targets(c, 'upgrade', 'head')],
  ['fleet status', (c) => fleetStatus(c)],
  [
    'revision --autogenerate',
    (c) => revision(c, { autogenerate: true, message: 'more' } as Parameters<typeof revision>[1]),
  ],
  ['downgrade', (c) => downgrade(c, 'base')],
]

describeLive('what the owner of a database plants', (server) => {
  const trap = trapOn(server, 'owns')
  let database: TestDatabase
  let admin: pg.Client
  beforeAll(async () => {
    database = await server.createDatabase()
    admin = new pg.Client(database.url)
    await admin.connect()
  })
  afterAll(async () => {
    await admin.end()
    await database.drop()
  })

  const names = (): readonly string[] => trap.files.map((f) => plants[Number(f)]!.name)

  test('runs in no command', { timeout: 300_000 }, async () => {
    await upgrade({ root: folderOf(files), url: database.url }, 'a1')
    const name = new URL(database.url).pathname.slice(1)
    await admin.query(`ALTER DATABASE ${name} OWNER TO ${trap.planter}`)
    const unplanted: string[] = []
    for (const [i, { name: what, sql }] of plants.entries()) {
      const schema = `p${i}`
      const text = sql.replaceAll('TRAP', 'here.spring()').replaceAll('here.', `${schema}.`)
      await trap.plant(admin, schema, text, String(i)).catch(async (error: unknown) => {
        await admin.query('RESET SESSION AUTHORIZATION; RESET search_path')
        unplanted.push(`${what}: ${(error as Error).message}`)
      })
    }
    expect(unplanted).toEqual([])
    expect(names(), 'the planter has no right to spring it').toEqual([])
    const config: Config = {
      root: folderOf(files),
      url: database.url,
      schema: './schema.ts',
      targets: [{ id: 'one', schema: 'public' }],
    }
    const failed: string[] = []
    for (const [name, command] of commands) {
      try {
        await command(config)
      } catch (error) {
        failed.push(
          `${name}: ${isAmbixError(error) ? `${error.code} ${error.message} ${error.why}` : String((error as Error).stack)}`,
        )
      }
      expect({ command: name, ran: names() }).toEqual({ command: name, ran: [] })
    }
    // What is planted makes it another database than the revisions make; nothing waits to be resumed.
    expect(failed.map((f) => f.slice(0, 300))).toEqual([
      expect.stringMatching(/^stamp --verify: DIFF.NOT_VERIFIED /),
      expect.stringMatching(/^resume: RUN.UNFINISHED /),
    ])
  })

  test.each(plants.map((p, i) => [p.name, p, i] as const))('%s would run in a careless tool', async (_, plant, i) => {
    const careless = new pg.Client(database.url)
    await careless.connect()
    await careless.query(plant.careless.replaceAll('here.', `p${i}.`)).catch(() => {})
    await careless.end()
    expect(trap.sprung(String(i))).toBe(true)
  })
})
