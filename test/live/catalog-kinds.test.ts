/** Every catalog of PostgreSQL, with an object of each kind: it is compared, or named as not compared; nothing is passed over in silence. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { project } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { placesOf } from './place.ts'
import type { Place } from './cases.ts'

/** An object of a catalog, and the key that compares it, or the words that name it. */
interface Kind {
  readonly catalog: string
  readonly sql: string
  readonly compared?: string
  readonly named?: string
}

const kinds: readonly Kind[] = [
  { catalog: 'pg_class', sql: 'CREATE TABLE a_table (a integer)', compared: 'table:a_table' },
  { catalog: 'pg_class', sql: 'CREATE VIEW a_view AS SELECT 1 AS a', compared: 'view:a_view' },
  { catalog: 'pg_class', sql: 'CREATE MATERIALIZED VIEW a_mat AS SELECT 1 AS a', compared: 'view:a_mat' },
  { catalog: 'pg_sequence', sql: 'CREATE SEQUENCE a_seq', compared: 'sequence:a_seq' },
  { catalog: 'pg_index', sql: 'CREATE INDEX an_index ON a_table (a)', compared: '"an_index"' },
  { catalog: 'pg_attribute', sql: 'ALTER TABLE a_table ADD a_column integer', compared: '"a_column"' },
  { catalog: 'pg_attrdef', sql: 'ALTER TABLE a_table ADD b integer DEFAULT 77', compared: '"value":77' },
  { catalog: 'pg_constraint', sql: 'ALTER TABLE a_table ADD CONSTRAINT a_check CHECK (a > 0)', compared: '"a_check"' },
  { catalog: 'pg_inherits', sql: 'CREATE TABLE a_child () INHERITS (a_table)', compared: '"inherits"' },
  {
    catalog: 'pg_partitioned_table',
    sql: 'CREATE TABLE a_parted (a integer) PARTITION BY LIST (a)',
    compared: '"partitionBy"',
  },
  { catalog: 'pg_type', sql: 'CREATE DOMAIN a_domain AS integer', compared: 'domain:a_domain' },
  { catalog: 'pg_type', sql: 'CREATE TYPE a_composite AS (a integer)', compared: 'composite:a_composite' },
  { catalog: 'pg_type', sql: 'CREATE TYPE a_shell', named: 'type a_shell' },
  {
    catalog: 'pg_type',
    sql: `CREATE TYPE a_base; CREATE FUNCTION a_base_in(cstring) RETURNS a_base LANGUAGE internal STRICT IMMUTABLE AS 'textin';
      CREATE FUNCTION a_base_out(a_base) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
      CREATE TYPE a_base (INPUT = a_base_in, OUTPUT = a_base_out, LIKE = text)`,
    named: 'type a_base',
  },
  { catalog: 'pg_enum', sql: `CREATE TYPE an_enum AS ENUM ('a')`, compared: 'enum:an_enum' },
  { catalog: 'pg_range', sql: 'CREATE TYPE a_range AS RANGE (subtype = integer)', compared: 'range:a_range' },
  {
    catalog: 'pg_proc',
    sql: `CREATE FUNCTION a_function() RETURNS integer LANGUAGE sql AS 'select 1'`,
    compared: 'routine:a_function()',
  },
  {
    catalog: 'pg_aggregate',
    sql: 'CREATE AGGREGATE an_aggregate (integer) (SFUNC = int4pl, STYPE = integer)',
    compared: 'routine:an_aggregate(integer)',
  },
  {
    catalog: 'pg_trigger',
    sql: `CREATE FUNCTION a_trigger_function() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
      CREATE TRIGGER a_trigger BEFORE INSERT ON a_table FOR EACH ROW EXECUTE FUNCTION a_trigger_function()`,
    compared: 'trigger:a_table.a_trigger',
  },
  { catalog: 'pg_policy', sql: 'CREATE POLICY a_policy ON a_table USING (true)', compared: 'policy:a_table.a_policy' },
  {
    catalog: 'pg_rewrite',
    sql: 'CREATE RULE a_rule AS ON DELETE TO a_table DO INSTEAD NOTHING',
    compared: 'definition:rule a_table.a_rule',
  },
  {
    catalog: 'pg_statistic_ext',
    sql: 'CREATE STATISTICS a_statistics ON a, b FROM a_table',
    compared: 'definition:statistics a_statistics',
  },
  {
    catalog: 'pg_cast',
    sql: 'CREATE CAST (an_enum AS text) WITH INOUT AS ASSIGNMENT',
    compared: 'definition:cast (an_enum AS text)',
  },
  {
    catalog: 'pg_operator',
    sql: 'CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer)',
    compared: 'definition:operator ===(integer, integer)',
  },
  {
    catalog: 'pg_opfamily',
    sql: 'CREATE OPERATOR FAMILY a_family USING btree',
    compared: 'definition:operator family a_family USING btree',
  },
  {
    catalog: 'pg_opclass',
    sql: 'CREATE OPERATOR CLASS a_class FOR TYPE integer USING btree FAMILY a_family AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer)',
    compared: 'definition:operator class a_class USING btree',
  },
  {
    catalog: 'pg_amop',
    sql: 'ALTER OPERATOR FAMILY a_family USING btree ADD OPERATOR 1 < (integer, bigint)',
    compared: 'OPERATOR 1 <(integer,bigint)',
  },
  {
    catalog: 'pg_amproc',
    sql: 'ALTER OPERATOR FAMILY a_family USING btree ADD FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint)',
    compared: 'FUNCTION 1 (integer, bigint) btint48cmp(integer,bigint)',
  },
  {
    catalog: 'pg_am',
    sql: 'CREATE ACCESS METHOD a_method TYPE TABLE HANDLER heap_tableam_handler',
    compared: 'definition:access method a_method',
  },
  {
    catalog: 'pg_am',
    sql: 'CREATE TABLE of_method (a integer) USING a_method',
    named: 'access method a_method of table of_method',
  },
  {
    catalog: 'pg_collation',
    sql: `CREATE COLLATION a_collation (provider = libc, locale = 'C')`,
    compared: 'definition:collation a_collation',
  },
  {
    catalog: 'pg_conversion',
    sql: `CREATE CONVERSION a_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
    compared: 'definition:conversion a_conversion',
  },
  {
    catalog: 'pg_language',
    sql: 'CREATE LANGUAGE a_language HANDLER plpgsql_call_handler',
    compared: 'definition:language a_language',
  },
  {
    catalog: 'pg_transform',
    sql: 'CREATE TRANSFORM FOR integer LANGUAGE a_language (FROM SQL WITH FUNCTION prsd_lextype(internal))',
    compared: 'definition:transform FOR integer LANGUAGE a_language',
  },
  {
    catalog: 'pg_ts_parser',
    sql: 'CREATE TEXT SEARCH PARSER a_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
    compared: 'definition:text search parser a_parser',
  },
  {
    catalog: 'pg_ts_template',
    sql: 'CREATE TEXT SEARCH TEMPLATE a_template (LEXIZE = dsimple_lexize, INIT = dsimple_init)',
    compared: 'definition:text search template a_template',
  },
  {
    catalog: 'pg_ts_dict',
    sql: 'CREATE TEXT SEARCH DICTIONARY a_dictionary (TEMPLATE = simple)',
    compared: 'definition:text search dictionary a_dictionary',
  },
  {
    catalog: 'pg_ts_config',
    sql: 'CREATE TEXT SEARCH CONFIGURATION a_configuration (PARSER = "default")',
    compared: 'definition:text search configuration a_configuration',
  },
  {
    catalog: 'pg_ts_config_map',
    sql: 'ALTER TEXT SEARCH CONFIGURATION a_configuration ADD MAPPING FOR word WITH a_dictionary',
    compared: 'ADD MAPPING FOR word WITH a_dictionary',
  },
  {
    catalog: 'pg_event_trigger',
    sql: `CREATE FUNCTION an_event() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
      CREATE EVENT TRIGGER an_event_trigger ON ddl_command_end WHEN TAG IN ('CREATE SERVER') EXECUTE FUNCTION an_event()`,
    compared: 'definition:event trigger an_event_trigger',
  },
  {
    catalog: 'pg_foreign_data_wrapper',
    sql: 'CREATE FOREIGN DATA WRAPPER a_wrapper',
    compared: 'definition:foreign data wrapper a_wrapper',
  },
  {
    catalog: 'pg_foreign_server',
    sql: 'CREATE SERVER a_server FOREIGN DATA WRAPPER a_wrapper',
    compared: 'definition:server a_server',
  },
  {
    catalog: 'pg_foreign_table',
    sql: 'CREATE FOREIGN TABLE a_foreign_table (a integer) SERVER a_server',
    compared: 'definition:foreign table a_foreign_table',
  },
  {
    catalog: 'pg_user_mapping',
    sql: 'CREATE USER MAPPING FOR PUBLIC SERVER a_server',
    named: 'user mapping for public on server a_server',
  },
  {
    catalog: 'pg_publication',
    sql: 'CREATE PUBLICATION a_publication',
    compared: 'definition:publication a_publication',
  },
  {
    catalog: 'pg_publication_rel',
    sql: 'ALTER PUBLICATION a_publication ADD TABLE a_table',
    compared: 'TABLE ONLY a_table',
  },
  {
    catalog: 'pg_publication_namespace',
    sql: 'CREATE SCHEMA published; ALTER PUBLICATION a_publication ADD TABLES IN SCHEMA published',
    compared: 'TABLES IN SCHEMA published',
  },
  {
    catalog: 'pg_subscription',
    sql: `CREATE SUBSCRIPTION a_subscription CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)`,
    named: 'subscription a_subscription',
  },
  { catalog: 'pg_namespace', sql: 'CREATE SCHEMA a_schema', compared: 'schema:a_schema' },
  { catalog: 'pg_extension', sql: 'CREATE EXTENSION IF NOT EXISTS plpgsql', compared: '' },
  { catalog: 'pg_description', sql: `COMMENT ON TABLE a_table IS 'a comment'`, compared: '"a comment"' },
  {
    catalog: 'pg_default_acl',
    sql: 'ALTER DEFAULT PRIVILEGES IN SCHEMA a_schema GRANT SELECT ON TABLES TO PUBLIC',
    compared: 'definition:default privileges',
  },
  {
    catalog: 'pg_depend',
    sql: 'ALTER FUNCTION a_function() DEPENDS ON EXTENSION plpgsql',
    named: 'function a_function() depends on extension plpgsql',
  },
]

/** Catalogs that hold no object of a database's schema, and why. */
const none: Readonly<Record<string, string>> = {
  pg_auth_members: 'roles belong to the server',
  pg_authid: 'roles belong to the server',
  pg_database: 'databases belong to the server',
  pg_db_role_setting: 'what the sessions of a database or role begin with; no object',
  pg_init_privs: 'what extensions granted when they were created',
  pg_largeobject: 'data',
  pg_largeobject_metadata: 'data',
  pg_parameter_acl: 'settings belong to the server',
  pg_replication_origin: 'state of replication',
  pg_seclabel: 'needs a module of the server that says what labels mean; named by `security label on`',
  pg_shdepend: 'dependencies on roles',
  pg_shdescription: 'comments on objects of the server',
  pg_shseclabel: 'labels of objects of the server',
  pg_statistic: 'what ANALYZE gathered',
  pg_statistic_ext_data: 'what ANALYZE gathered',
  pg_subscription_rel: 'state of a subscription',
  pg_tablespace: 'tablespaces belong to the server',
}

describeLive('every kind of catalog', (server) => {
  let place: Place
  beforeAll(async () => {
    place = await placesOf(server)()
  })
  afterAll(async () => {
    await place.connection
      .script('ALTER SUBSCRIPTION a_subscription SET (slot_name = NONE); DROP SUBSCRIPTION a_subscription')
      .catch(() => undefined)
    await place.drop()
  })
  const read = async (): Promise<{ readonly objects: string; readonly uncovered: readonly string[] }> => {
    const schema = await postgres.reflect(place.connection, { schemas: 'all', privileges: true })
    return { objects: JSON.stringify([...schema.objects]), uncovered: schema.uncovered }
  }

  test('has a case, or a reason', async () => {
    const rows = await place.connection.values(
      `SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'`,
    )
    const known = new Set([...kinds.map((kind) => kind.catalog), ...Object.keys(none)])
    expect(rows.map(([name]) => name!).filter((name) => !known.has(name))).toEqual([])
  })

  describe('an object', () => {
    // In this order: later objects need earlier ones.
    test.each(kinds)('of $catalog: $sql', async ({ sql, compared, named }) => {
      const before = await read()
      await place.connection.script(sql)
      const after = await read()
      if (named !== undefined) {
        expect(before.uncovered).not.toContain(named)
        expect(after.uncovered).toContain(named)
        return
      }
      const words = JSON.stringify(compared).slice(1, -1)
      const inText = compared!.startsWith('"') ? compared! : words
      if (compared !== '') expect(before.objects).not.toContain(inText)
      expect(after.objects).toContain(inText)
    })
  })

  test('of a schema that ambix does not read is named, and no revision is refused for it', async () => {
    const { url, drop } = await server.createDatabase()
    const cli = project(url, 'CREATE TYPE announced; CREATE TABLE t (id integer PRIMARY KEY);')
    try {
      const said = 'note: type announced is in the schema and not in the database: ambix does not write such objects'
      const made = await cli.run('revision', '--autogenerate', '-m', 'first')
      expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining(said) })
      await cli.run('upgrade', 'head')
      expect(await cli.run('check')).toMatchObject({ code: 0, stderr: expect.stringContaining(said) })
    } finally {
      cli.close()
      await drop()
    }
  })
})
