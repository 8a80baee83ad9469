/** What reflection says of databases that were built by hand: on a server, and on the embedded PostgreSQL. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { reflect } from '../../src/dialects/postgres/reflect/reflect.ts'
import type { Scope } from '../../src/dialects/dialect.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { Schema, SchemaObject, Table } from '../../src/schema/model.ts'
import { freshDatabase, noServer, server } from '../support/live.ts'
import { emptyDatabase, testPglite } from '../support/pglite.ts'

const options = { projectDir: process.cwd() }

/** A server's database is made afresh by emptying it, like the embedded one. */
let live: Promise<Connection> | undefined
async function openLive(): Promise<Connection> {
  live ??= freshDatabase().then((database) => pg.open(database.url, options))
  return live
}
afterAll(async () => (await live)?.close())

const places: readonly (readonly [name: string, open: (() => Promise<Connection>) | undefined])[] = [
  [
    server === undefined ? `a server (skipped: ${noServer})` : `PostgreSQL ${server.version}`,
    server === undefined ? undefined : openLive,
  ],
  ['the embedded PostgreSQL', testPglite],
]

describe.each(places)('on %s', (_name, open) => {
  if (open === undefined) {
    test.skip('nothing to read', () => {})
    return
  }
  let db: Connection
  let version = 0
  beforeEach(async () => {
    db = await open()
    await emptyDatabase(db)
    version = Number((await db.values('show server_version_num'))[0]![0])
  })

  async function built(sql: string, scope: Scope = {}): Promise<Schema> {
    await db.script(sql)
    return reflect(db, scope)
  }
  const the = (schema: Schema, key: string): SchemaObject => {
    const found = schema.objects.get(key)
    if (found === undefined) throw new Error(`no ${key} in ${[...schema.objects.keys()].join(', ')}`)
    return found
  }
  const tableOf = (schema: Schema, name: string): Table => the(schema, `table:${name}`) as Table
  const column = (schema: Schema, name: string, table = 't'): object =>
    tableOf(schema, table).columns.find((c) => c.name === name)!

  test('an empty database is an empty schema', async () => {
    const schema = await reflect(db, { schemas: 'all' })
    expect([...schema.objects.keys()]).toEqual([])
    expect(schema.uncovered).toEqual([])
  })

  test('columns: types, null, defaults', async () => {
    const schema = await built(`
      CREATE TYPE status AS ENUM ('draft', 'it''s');
      CREATE SCHEMA app; CREATE TYPE app."Odd Type" AS ENUM ('x');
      CREATE TABLE t (a integer NOT NULL, b varchar(120) DEFAULT '', c numeric(10,2) DEFAULT 0.50, d timestamptz(3) DEFAULT now(),
        e interval day to second(2), f status NOT NULL DEFAULT 'it''s', g status[] DEFAULT '{draft,"it''s"}', h app."Odd Type" DEFAULT 'x',
        i bit(3), j char(2), k text COLLATE "C", l jsonb DEFAULT '{"b":1,"a":2}', m bigint DEFAULT -1, n regclass, o boolean DEFAULT true,
        p numeric(5), q time(0) without time zone, r double precision)`)
    expect(tableOf(schema, 't').columns).toEqual([
      { name: 'a', type: { kind: 'integer' }, nullable: false },
      { name: 'b', type: { kind: 'varchar', length: 120 }, nullable: true, default: { kind: 'literal', value: '' } },
      {
        name: 'c',
        type: { kind: 'numeric', precision: 10, scale: 2 },
        nullable: true,
        default: { kind: 'literal', value: '0.50' },
      },
      {
        name: 'd',
        type: { kind: 'timestamp', precision: 3, withTimeZone: true },
        nullable: true,
        default: { kind: 'sql', sql: 'now()' },
      },
      { name: 'e', type: { kind: 'interval', fields: 'day to second', precision: 2 }, nullable: true },
      {
        name: 'f',
        type: { kind: 'enum', name: 'status' },
        nullable: false,
        default: { kind: 'literal', value: "it's" },
      },
      {
        name: 'g',
        type: { kind: 'array', element: { kind: 'enum', name: 'status' } },
        nullable: true,
        default: { kind: 'literal', value: ['draft', "it's"] },
      },
      {
        name: 'h',
        type: { kind: 'enum', schema: 'app', name: 'Odd Type' },
        nullable: true,
        default: { kind: 'literal', value: 'x' },
      },
      { name: 'i', type: { kind: 'bit', length: 3 }, nullable: true },
      { name: 'j', type: { kind: 'char', length: 2 }, nullable: true },
      { name: 'k', type: { kind: 'text' }, nullable: true, collation: { name: 'C' } },
      { name: 'l', type: { kind: 'jsonb' }, nullable: true, default: { kind: 'literal', value: '{"a": 2, "b": 1}' } },
      { name: 'm', type: { kind: 'bigint' }, nullable: true, default: { kind: 'literal', value: -1 } },
      { name: 'n', type: { kind: 'custom', sql: 'regclass' }, nullable: true },
      { name: 'o', type: { kind: 'boolean' }, nullable: true, default: { kind: 'literal', value: true } },
      { name: 'p', type: { kind: 'numeric', precision: 5 }, nullable: true },
      { name: 'q', type: { kind: 'time', precision: 0 }, nullable: true },
      { name: 'r', type: { kind: 'doublePrecision' }, nullable: true },
    ])
  })

  test('equal columns of several tables are one object, whatever the server keeps with a column for itself', async () => {
    const columns = `id bigint GENERATED BY DEFAULT AS IDENTITY, name text NOT NULL, said varchar(20) DEFAULT 'x', stored text GENERATED ALWAYS AS (name) STORED`
    const schema = await built(`CREATE TABLE a (${columns}); CREATE TABLE b (${columns});
      CREATE TABLE c (${columns}); ALTER TABLE c ALTER name SET (n_distinct = 7), ALTER said SET STORAGE plain;
      CREATE TABLE d (id bigint GENERATED ALWAYS AS IDENTITY (START 7), name text);
      CREATE TABLE e (id bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME own_seq), name text NOT NULL)`)
    for (const name of ['id', 'name', 'said']) expect(column(schema, name, 'a')).toBe(column(schema, name, 'b'))
    expect(column(schema, 'id', 'c')).toBe(column(schema, 'id', 'a'))
    expect(column(schema, 'said', 'c')).toMatchObject({ storage: 'plain' })
    expect(column(schema, 'said', 'a')).not.toHaveProperty('storage')
    expect(the(schema, 'definition:column options c.name')).toBeDefined()
    expect(column(schema, 'id', 'a')).toMatchObject({ identity: { generation: 'byDefault' } })
    expect(column(schema, 'id', 'd')).toMatchObject({ identity: { generation: 'always', start: 7 } })
    expect(column(schema, 'id', 'e')).toMatchObject({ identity: { generation: 'byDefault', sequenceName: 'own_seq' } })
    expect(column(schema, 'name', 'e')).toBe(column(schema, 'name', 'a'))
    expect([...schema.objects.keys()].filter((key) => key.startsWith('sequence:'))).toEqual([])
  })

  test('a serial is folded only where nothing of its sequence would be lost', async () => {
    const schema = await built(`
      CREATE TABLE t (a serial, b bigserial, c smallserial, d serial, e integer);
      ALTER SEQUENCE t_d_seq INCREMENT 2;
      CREATE SEQUENCE other; ALTER TABLE t ALTER e SET DEFAULT nextval('other')`)
    expect(tableOf(schema, 't').columns.map((c) => c.type.kind)).toEqual([
      'serial',
      'bigserial',
      'smallserial',
      'integer',
      'integer',
    ])
    expect(column(schema, 'a')).toEqual({ name: 'a', type: { kind: 'serial' }, nullable: false })
    expect(column(schema, 'd')).toEqual({
      name: 'd',
      type: { kind: 'integer' },
      nullable: false,
      default: { kind: 'sql', sql: "nextval('t_d_seq'::regclass)" },
    })
    expect(the(schema, 'sequence:t_d_seq')).toEqual({
      kind: 'sequence',
      name: 't_d_seq',
      type: 'integer',
      increment: 2,
      ownedBy: { table: { name: 't' }, column: 'd' },
    })
    expect(the(schema, 'sequence:other')).toEqual({ kind: 'sequence', name: 'other' })
    expect([...schema.objects.keys()].filter((k) => k.startsWith('sequence:'))).toEqual([
      'sequence:other',
      'sequence:t_d_seq',
    ])
    expect(schema.dependencies.get('column:t.e')).toEqual(['sequence:other'])
  })

  test('identity and generated columns', async () => {
    const schema = await built(`
      CREATE TABLE t (a integer GENERATED ALWAYS AS IDENTITY, b bigint GENERATED BY DEFAULT AS IDENTITY (START -7 INCREMENT -5 CACHE 9 CYCLE),
        c integer GENERATED ALWAYS AS (b * 2) STORED);
      ALTER SEQUENCE t_a_seq RENAME TO renamed`)
    expect(column(schema, 'a')).toMatchObject({
      nullable: false,
      identity: { generation: 'always', sequenceName: 'renamed' },
    })
    expect(column(schema, 'b')).toMatchObject({
      identity: { generation: 'byDefault', start: -7, increment: -5, cache: 9, cycle: true },
    })
    expect(column(schema, 'c')).toMatchObject({ generated: { sql: 'b * 2', stored: true } })
    expect([...schema.objects.keys()]).toEqual(['table:t'])
  })

  test('constraints of every kind, keys first', async () => {
    const schema = await built(`
      CREATE TABLE o (a integer, b integer, PRIMARY KEY (b, a), u text CONSTRAINT "U" UNIQUE DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE t (id integer PRIMARY KEY, x integer CHECK (x > 0), y integer, z text, r int4range,
        UNIQUE (x, y) INCLUDE (z),
        CHECK ((x > 1) OR (y > 1)) NO INHERIT,
        FOREIGN KEY (x, y) REFERENCES o (a, b) MATCH FULL ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE,
        CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&) WHERE (x > 3));
      ALTER TABLE t ADD CONSTRAINT later CHECK (y <> 7) NOT VALID;
      COMMENT ON CONSTRAINT later ON t IS 'soon'`)
    expect(tableOf(schema, 'o').constraints).toEqual([
      { kind: 'primaryKey', name: 'o_pkey', columns: ['b', 'a'] },
      { kind: 'unique', name: 'U', columns: ['u'], deferrable: true, initiallyDeferred: true },
    ])
    expect(tableOf(schema, 't').constraints).toEqual([
      { kind: 'primaryKey', name: 't_pkey', columns: ['id'] },
      { kind: 'unique', name: 't_x_y_z_key', columns: ['x', 'y'], include: ['z'] },
      { kind: 'exclude', name: 'no_overlap', elements: [{ column: 'r', operator: '&&' }], where: 'x > 3' },
      { kind: 'check', name: 'later', sql: 'y <> 7', notValid: true, comment: 'soon' },
      { kind: 'check', name: 't_check', sql: '(x > 1) OR (y > 1)', noInherit: true },
      { kind: 'check', name: 't_x_check', sql: 'x > 0' },
      {
        kind: 'foreignKey',
        name: 't_x_y_fkey',
        columns: ['x', 'y'],
        references: { name: 'o' },
        referencedColumns: ['a', 'b'],
        onDelete: 'cascade',
        onUpdate: 'setNull',
        match: 'full',
        deferrable: true,
      },
    ])
    expect(tableOf(schema, 't').indexes).toEqual([])
  })

  test('what PostgreSQL 15 brought: nulls not distinct, columns that are set null', async (context) => {
    if (version < 150000) context.skip()
    const schema = await built(`
      CREATE TABLE o (a integer PRIMARY KEY);
      CREATE TABLE t (a integer UNIQUE NULLS NOT DISTINCT, b integer, FOREIGN KEY (b) REFERENCES o ON DELETE SET NULL (b));
      CREATE UNIQUE INDEX i ON t (b) NULLS NOT DISTINCT`)
    expect(tableOf(schema, 't')).toMatchObject({
      constraints: [{ nullsNotDistinct: true }, { onDelete: 'setNull', onDeleteColumns: ['b'] }],
      indexes: [{ nullsNotDistinct: true }],
    })
  })

  test('what PostgreSQL 18 brought: virtual columns; keys over time and unenforced ones are named as not covered', async (context) => {
    if (version < 180000) context.skip()
    const schema = await built(`
      CREATE TABLE t (a integer CONSTRAINT given NOT NULL, b integer GENERATED ALWAYS AS (a + 1) VIRTUAL, q int4range, r int4range,
        CONSTRAINT k PRIMARY KEY (q, r WITHOUT OVERLAPS), CONSTRAINT loose CHECK (a > 0) NOT ENFORCED)`)
    expect(column(schema, 'b')).toEqual({
      name: 'b',
      type: { kind: 'integer' },
      nullable: true,
      generated: { sql: 'a + 1', stored: false },
    })
    expect(tableOf(schema, 't').constraints.map((c) => c.kind)).toEqual(['primaryKey', 'check'])
    expect(schema.uncovered).toEqual(['WITHOUT OVERLAPS of constraint k on t'])
  })

  test('indexes with all that they can have', async () => {
    const schema = await built(`
      CREATE TABLE t (a text, b integer, c integer, d text COLLATE "C", e jsonb);
      CREATE UNIQUE INDEX i1 ON t (lower(a) text_pattern_ops DESC, b NULLS FIRST, c DESC NULLS LAST) INCLUDE (d) WHERE (b > 0);
      CREATE INDEX i2 ON t USING gin (e jsonb_path_ops) WITH (fastupdate = off);
      CREATE INDEX i3 ON t (a COLLATE "C", d, (a || d) COLLATE "POSIX", (d || d));
      CREATE INDEX i4 ON t USING hash (b);
      COMMENT ON INDEX i4 IS 'hashed'; CLUSTER t USING i3`)
    expect(tableOf(schema, 't').indexes).toEqual([
      {
        name: 'i1',
        unique: true,
        elements: [
          { expression: 'lower(a)', opclass: 'text_pattern_ops', order: 'desc' },
          { column: 'b', nulls: 'first' },
          { column: 'c', order: 'desc', nulls: 'last' },
        ],
        include: ['d'],
        where: 'b > 0',
      },
      {
        name: 'i2',
        method: 'gin',
        elements: [{ column: 'e', opclass: 'jsonb_path_ops' }],
        with: { fastupdate: 'off' },
      },
      {
        name: 'i3',
        elements: [
          { column: 'a', collation: { name: 'C' } },
          { column: 'd' },
          { expression: 'a || d', collation: { name: 'POSIX' } },
          { expression: 'd || d' },
        ],
        clustered: true,
      },
      { name: 'i4', method: 'hash', elements: [{ column: 'b' }], comment: 'hashed' },
    ])
  })

  test('tables: persistence, parameters, row security, replica identity', async () => {
    const schema = await built(`
      CREATE UNLOGGED TABLE u (a integer) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
      ALTER TABLE u ADD b text; ALTER TABLE u ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE TABLE f (a integer); ALTER TABLE f REPLICA IDENTITY FULL;
      CREATE TABLE t (a integer NOT NULL UNIQUE); ALTER TABLE t REPLICA IDENTITY USING INDEX t_a_key;
      COMMENT ON TABLE t IS 'a table'; COMMENT ON COLUMN t.a IS 'a column'`)
    expect(tableOf(schema, 'u')).toMatchObject({
      unlogged: true,
      with: { autovacuum_enabled: 'false', fillfactor: '70' },
      rowSecurity: true,
      forceRowSecurity: true,
    })
    expect(tableOf(schema, 'f').replicaIdentity).toBe('full')
    expect(tableOf(schema, 't')).toMatchObject({
      replicaIdentity: { index: 't_a_key' },
      comment: 'a table',
      columns: [{ comment: 'a column' }],
    })
  })

  test('partitions and children say what they have from their parents', async () => {
    const schema = await built(`
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TABLE r (id integer PRIMARY KEY);
      CREATE TABLE p (k text, n integer REFERENCES r, PRIMARY KEY (k, n)) PARTITION BY LIST (k);
      CREATE TABLE p_a PARTITION OF p FOR VALUES IN ('a');
      CREATE TABLE p_d PARTITION OF p DEFAULT;
      CREATE INDEX p_n ON p (n); CREATE INDEX half ON ONLY p (k);
      CREATE TRIGGER touch AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE TABLE parent (a integer CHECK (a > 0), b text); CREATE TABLE child (b text, c integer) INHERITS (parent);
      CREATE TABLE to_p (k text, n integer, FOREIGN KEY (k, n) REFERENCES p)`)
    expect(tableOf(schema, 'p').partitionBy).toBe('LIST (k)')
    expect(tableOf(schema, 'p').indexes).toEqual([
      { name: 'half', elements: [{ column: 'k' }], only: true },
      { name: 'p_n', elements: [{ column: 'n' }] },
    ])
    const part = tableOf(schema, 'p_a')
    expect(part.partitionOf).toEqual({ parent: { name: 'p' }, bound: "FOR VALUES IN ('a')" })
    expect(part.columns.map((c) => c.inherited)).toEqual([true, true])
    expect(part.constraints.map((c) => [c.name, c.inherited])).toEqual([
      ['p_a_pkey', true],
      ['p_n_fkey', true],
    ])
    expect(part.indexes).toEqual([{ name: 'p_a_n_idx', elements: [{ column: 'n' }], attachedTo: { name: 'p_n' } }])
    expect(tableOf(schema, 'p_d').partitionOf?.bound).toBe('DEFAULT')
    expect([...schema.objects.keys()].filter((k) => k.startsWith('trigger:'))).toEqual(['trigger:p.touch'])
    expect(tableOf(schema, 'child')).toMatchObject({
      inherits: [{ name: 'parent' }],
      columns: [{ name: 'a', inherited: true }, { name: 'b' }, { name: 'c' }],
      constraints: [{ name: 'parent_a_check', inherited: true }],
    })
    expect(tableOf(schema, 'child').columns[1]).not.toHaveProperty('inherited')
    // One key to a partitioned table is one key, however many partitions there are.
    expect(tableOf(schema, 'to_p').constraints.map((c) => c.name)).toEqual(['to_p_k_n_fkey'])
  })

  test('types of the users', async () => {
    const schema = await built(`
      CREATE TYPE status AS ENUM ('b', 'c'); ALTER TYPE status ADD VALUE 'a' BEFORE 'c'; COMMENT ON TYPE status IS 'states';
      CREATE DOMAIN few AS integer DEFAULT 5 NOT NULL CONSTRAINT small CHECK (VALUE < 10) CHECK (VALUE > 0);
      CREATE DOMAIN live AS status DEFAULT 'b';
      CREATE TYPE pair AS (a status, b varchar(10)[]);
      CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
      CREATE TABLE t (a few DEFAULT 7, b live DEFAULT 'c', c pair, d span, e pair[])`)
    expect(the(schema, 'enum:status')).toEqual({
      kind: 'enum',
      name: 'status',
      values: ['b', 'a', 'c'],
      comment: 'states',
    })
    expect(the(schema, 'domain:few')).toEqual({
      kind: 'domain',
      name: 'few',
      type: { kind: 'integer' },
      notNull: true,
      default: { kind: 'literal', value: 5 },
      checks: [
        { name: 'few_check', sql: 'VALUE > 0' },
        { name: 'small', sql: 'VALUE < 10' },
      ],
    })
    expect(the(schema, 'domain:live')).toMatchObject({
      type: { kind: 'enum', name: 'status' },
      default: { kind: 'literal', value: 'b' },
    })
    expect(the(schema, 'composite:pair')).toMatchObject({
      attributes: [
        { name: 'a', type: { kind: 'enum', name: 'status' } },
        { name: 'b', type: { kind: 'array', element: { kind: 'varchar', length: 10 } } },
      ],
    })
    expect(the(schema, 'range:span')).toEqual({
      kind: 'range',
      name: 'span',
      subtype: { kind: 'doublePrecision' },
      subtypeDiff: 'float8mi',
    })
    expect(tableOf(schema, 't').columns).toMatchObject([
      { type: { kind: 'domain', name: 'few' }, default: { kind: 'literal', value: 7 } },
      { type: { kind: 'domain', name: 'live' }, default: { kind: 'literal', value: 'c' } },
      { type: { kind: 'composite', name: 'pair' } },
      { type: { kind: 'range', name: 'span' } },
      { type: { kind: 'array', element: { kind: 'composite', name: 'pair' } } },
    ])
    // What a range brings with it is no object of its own.
    expect([...schema.objects.keys()]).toEqual([
      'composite:pair',
      'domain:few',
      'domain:live',
      'enum:status',
      'range:span',
      'table:t',
    ])
  })

  test('views, rules, policies, triggers, routines', async () => {
    const schema = await built(`
      CREATE TABLE t (id integer PRIMARY KEY, s text);
      CREATE VIEW v WITH (security_barrier) AS SELECT id FROM t WHERE s <> '' WITH LOCAL CHECK OPTION;
      COMMENT ON COLUMN v.id IS 'the id';
      CREATE MATERIALIZED VIEW m AS SELECT s, count(*) AS n FROM t GROUP BY s WITH NO DATA; CREATE UNIQUE INDEX m_s ON m (s);
      CREATE RULE keep AS ON DELETE TO t WHERE old.s = 'x' DO INSTEAD NOTHING;
      CREATE POLICY mine ON t AS RESTRICTIVE FOR UPDATE TO public USING (id > 0) WITH CHECK ((id > 1) AND (id < 9));
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER " ON public.t " BEFORE UPDATE OF s ON t FOR EACH ROW WHEN (new.s <> old.s) EXECUTE FUNCTION touch();
      ALTER TABLE t DISABLE TRIGGER " ON public.t ";
      CREATE FUNCTION add(a integer, b varchar DEFAULT 'x', OUT c integer) LANGUAGE sql IMMUTABLE AS 'SELECT a';
      CREATE PROCEDURE go(x numeric) LANGUAGE sql AS 'SELECT 1';
      CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', PARALLEL = SAFE)`)
    expect(the(schema, 'view:v')).toMatchObject({
      columns: [{ name: 'id', type: 'integer' }],
      with: { check_option: 'local', security_barrier: 'true' },
      columnComments: { id: 'the id' },
    })
    expect(the(schema, 'view:v')).toHaveProperty(
      'definition',
      expect.stringMatching(/^SELECT .*WHERE \((t\.)?s <> ''::text\)$/s),
    )
    expect(the(schema, 'view:m')).toMatchObject({
      materialized: true,
      noData: true,
      indexes: [{ name: 'm_s', unique: true, elements: [{ column: 's' }] }],
    })
    expect(the(schema, 'definition:rule t.keep')).toMatchObject({
      create: ["CREATE RULE keep AS\n    ON DELETE TO t\n   WHERE (old.s = 'x'::text) DO INSTEAD NOTHING"],
      drop: 'DROP RULE keep ON t',
      table: { name: 't' },
    })
    expect(the(schema, 'policy:t.mine')).toEqual({
      kind: 'policy',
      table: { name: 't' },
      name: 'mine',
      command: 'update',
      restrictive: true,
      roles: ['public'],
      using: 'id > 0',
      check: '(id > 1) AND (id < 9)',
    })
    expect(the(schema, 'trigger:t." ON public.t "')).toMatchObject({
      definition:
        'CREATE TRIGGER " ON public.t " BEFORE UPDATE OF s ON t FOR EACH ROW WHEN ((new.s <> old.s)) EXECUTE FUNCTION touch()',
      enabled: 'disabled',
    })
    expect(the(schema, 'routine:add(integer, character varying)')).toMatchObject({
      routineKind: 'function',
      definition: expect.stringMatching(
        /^CREATE OR REPLACE FUNCTION add\(a integer, b character varying DEFAULT 'x'::character varying, OUT c integer\)/,
      ),
    })
    expect(the(schema, 'routine:go(numeric)')).toMatchObject({ routineKind: 'procedure' })
    expect(the(schema, 'routine:total(integer)')).toMatchObject({
      routineKind: 'aggregate',
      definition:
        "CREATE AGGREGATE total(integer) (\n  SFUNC = int4pl,\n  STYPE = integer,\n  INITCOND = '0',\n  PARALLEL = SAFE\n)",
    })
  })

  test('grants leave out what everybody has, and say when that was taken away', async () => {
    const schema = await built(`
      CREATE TABLE t (a integer, b integer); CREATE TABLE plain (a integer); CREATE TYPE e AS ENUM ('x');
      CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION g() RETURNS integer LANGUAGE sql AS 'SELECT 1';
      GRANT SELECT, INSERT ON t TO public; GRANT UPDATE (b) ON t TO public;
      REVOKE ALL ON FUNCTION f() FROM public; GRANT USAGE ON TYPE e TO public`)
    expect(tableOf(schema, 't').grants).toEqual([{ grantee: 'public', privileges: ['INSERT', 'SELECT'] }])
    expect(column(schema, 'b')).toMatchObject({ grants: [{ grantee: 'public', privileges: ['UPDATE'] }] })
    expect(tableOf(schema, 'plain')).not.toHaveProperty('grants')
    expect(the(schema, 'enum:e')).not.toHaveProperty('grants')
    expect(the(schema, 'routine:f()')).toHaveProperty('grants', [])
    expect(the(schema, 'routine:g()')).not.toHaveProperty('grants')
  })

  test('everything else is held by its statements, which make it again', async () => {
    const statements = [
      `CREATE TABLE t (a integer, b text, c text)`,
      `CREATE STATISTICS st (dependencies) ON a, b FROM t`,
      `CREATE TYPE status AS ENUM ('x')`,
      `CREATE CAST (status AS text) WITH INOUT AS ASSIGNMENT`,
      `CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = ===)`,
      `CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english)`,
      `CREATE TEXT SEARCH CONFIGURATION words (PARSER = "default")`,
      `ALTER TEXT SEARCH CONFIGURATION words ADD MAPPING FOR asciiword WITH plain, simple`,
      `CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (debug 'true')`,
      `CREATE SERVER there FOREIGN DATA WRAPPER wrapper OPTIONS (host 'it''s')`,
      `CREATE FOREIGN TABLE far (a integer OPTIONS (x 'y') NOT NULL, b text DEFAULT 'q', CHECK (a > 0)) SERVER there OPTIONS (t 'r')`,
      `CREATE COLLATION coll (provider = libc, locale = 'C')`,
      `CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
      `CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION ev()`,
      `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public`,
    ]
    try {
      for (const sql of statements) await db.script(sql)
      const schema = await reflect(db, { schemas: 'all' })
      const definitions = [...schema.objects.values()].flatMap((o) => (o.kind === 'definition' ? [o] : []))
      expect(definitions.map((d) => d.objectKind).toSorted()).toEqual([
        'cast',
        'collation',
        'default privileges',
        'event trigger',
        'foreign data wrapper',
        'foreign table',
        'operator',
        'server',
        'statistics',
        'text search configuration',
        'text search dictionary',
      ])
      const order = [
        'default privileges',
        'foreign table',
        'server',
        'foreign data wrapper',
        'text search configuration',
      ]
      const rank = (kind: string): number => (order.includes(kind) ? order.indexOf(kind) : order.length)
      for (const d of definitions.toSorted((a, b) => rank(a.objectKind) - rank(b.objectKind))) await db.script(d.drop)
      expect(
        [...(await reflect(db, { schemas: 'all' })).objects.keys()].filter((k) => k.startsWith('definition:')),
      ).toEqual([])
      for (const d of definitions.toSorted((a, b) => rank(b.objectKind) - rank(a.objectKind)))
        for (const sql of d.create) await db.script(sql)
      expect((await reflect(db, { schemas: 'all' })).objects).toEqual(schema.objects)
    } finally {
      await db.script(
        'DROP EVENT TRIGGER IF EXISTS watch; DROP FOREIGN DATA WRAPPER IF EXISTS wrapper CASCADE; ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM public',
      )
    }
  })

  test('who needs whom, by parts', async () => {
    const schema = await built(`
      CREATE TYPE status AS ENUM ('a', 'b'); CREATE DOMAIN d AS status; CREATE TYPE c AS (s status);
      CREATE FUNCTION f(status) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
      CREATE TABLE o (id integer PRIMARY KEY);
      CREATE TABLE t (id integer REFERENCES o, s status DEFAULT 'a', x boolean GENERATED ALWAYS AS (s = 'a') STORED, ss status[], k text CHECK (k::status = 'a'), w d, cc c);
      CREATE INDEX i ON t (id) WHERE s = 'b';
      CREATE VIEW v AS SELECT s FROM t; CREATE VIEW vv AS SELECT * FROM v;
      CREATE POLICY p ON t USING (f(s));
      CREATE TABLE r (whole t)`)
    const needs = (key: string): readonly string[] | undefined => schema.dependencies.get(key)
    expect(needs('column:t.s')).toEqual(['enum:status'])
    expect(needs('column:t.ss')).toEqual(['enum:status'])
    expect(needs('column:t.x')).toEqual(['column:t.s', 'enum:status'])
    expect(needs('constraint:t.t_k_check')).toEqual(['column:t.k', 'enum:status'])
    expect(needs('constraint:t.t_id_fkey')).toEqual(['column:o.id', 'column:t.id', 'constraint:o.o_pkey'])
    expect(needs('index:i')).toEqual(['column:t.id', 'column:t.s', 'enum:status'])
    expect(needs('view:v')).toEqual(['column:t.s', 'enum:status'])
    expect(needs('view:vv')).toEqual(['enum:status', 'view:v'])
    expect(needs('policy:t.p')).toEqual(['column:t.s', 'routine:f(status)', 'table:t'])
    expect(needs('routine:f(status)')).toEqual(['enum:status'])
    expect(needs('domain:d')).toEqual(['enum:status'])
    expect(needs('composite:c')).toEqual(['enum:status'])
    expect(needs('column:t.w')).toEqual(['domain:d'])
    expect(needs('column:t.cc')).toEqual(['composite:c'])
    expect(needs('column:r.whole')).toEqual(['table:t'])
    expect(needs('table:t')).toBeUndefined()
  })

  test('only the schemas that were asked for; names elsewhere stay qualified', async () => {
    const sql = `
      CREATE SCHEMA app; CREATE SCHEMA other;
      CREATE TYPE other.mood AS ENUM ('x');
      CREATE TABLE other.o (id integer PRIMARY KEY);
      CREATE TABLE app.a (id integer);
      CREATE TABLE t (m other.mood DEFAULT 'x', o integer REFERENCES other.o);
      CREATE TABLE ambix_version (v text); CREATE TABLE alembic_version (v text);
      CREATE TABLE skipped (v serial, w integer GENERATED ALWAYS AS IDENTITY)`
    const schema = await built(sql, { excludeTables: ['skipped'] })
    expect([...schema.objects.keys()]).toEqual(['table:t'])
    expect(column(schema, 'm')).toMatchObject({
      type: { kind: 'enum', schema: 'other', name: 'mood' },
      default: { kind: 'literal', value: 'x' },
    })
    expect(tableOf(schema, 't').constraints).toMatchObject([
      { references: { schema: 'other', name: 'o' }, referencedColumns: ['id'] },
    ])
    expect([...(await reflect(db, { schemas: ['app'] })).objects.keys()]).toEqual([
      'schema:app',
      'table:app.a',
      'table:skipped',
      'table:t',
    ])
    expect([...(await reflect(db, { schemas: 'all' })).objects.keys()]).toEqual([
      'enum:other.mood',
      'schema:app',
      'schema:other',
      'table:app.a',
      'table:other.o',
      'table:skipped',
      'table:t',
    ])
  })

  test('the default schema is the connection’s own', async () => {
    await db.script(
      `CREATE SCHEMA app; CREATE TYPE app.e AS ENUM ('x'); CREATE TABLE app.t (a app.e DEFAULT 'x'); CREATE TABLE p (a app.e DEFAULT 'x'); SET search_path = app, public`,
    )
    const schema = await reflect(db, { schemas: 'all' })
    expect([...schema.objects.keys()]).toEqual(['enum:e', 'schema:public', 'table:public.p', 'table:t'])
    expect(tableOf(schema, 't').columns).toEqual([
      { name: 'a', type: { kind: 'enum', name: 'e' }, nullable: true, default: { kind: 'literal', value: 'x' } },
    ])
  })

  test('an open transaction is read from inside and left as it was', async () => {
    await db.script(`SET TimeZone = 'Asia/Tokyo'; CREATE SCHEMA app`)
    await db.script(
      `BEGIN; SET LOCAL search_path = app, public; CREATE TABLE t (a timestamptz DEFAULT '2026-01-01 00:00:00+00')`,
    )
    const schema = await reflect(db, { inTransaction: true })
    expect(column(schema, 'a')).toMatchObject({ default: { kind: 'literal', value: '2026-01-01 00:00:00+00' } })
    expect(await db.values(`SELECT current_setting('search_path'), current_setting('TimeZone')`)).toEqual([
      ['app, public', 'Asia/Tokyo'],
    ])
    await db.script('ROLLBACK')
    expect([...(await reflect(db, { schemas: ['app'] })).objects.keys()]).toEqual(['schema:app'])
    expect(await db.values(`SELECT current_setting('TimeZone')`)).toEqual([['Asia/Tokyo']])
  })

  test('a failure leaves no transaction open', async () => {
    const failing: Connection = Object.create(db, {
      values: {
        value: (sql: string) => (sql.includes('pg_inherits') ? Promise.reject(new Error('gone')) : db.values(sql)),
      },
      valuesOfAll: { value: undefined },
    }) as Connection
    await expect(reflect(failing, {})).rejects.toThrow('gone')
    await db.script('CREATE TABLE still_writable (a integer)')
    // In one turn too: the server stops at the statement that it cannot run.
    const broken: Connection = Object.create(db, {
      valuesOfAll: {
        value: db.valuesOfAll && ((list: readonly string[]) => db.valuesOfAll!([...list.slice(0, 4), 'SELECT 1/0'])),
      },
      values: { value: (sql: string) => db.values(sql.includes('pg_inherits') ? 'SELECT 1/0' : sql) },
    }) as Connection
    await expect(reflect(broken, {})).rejects.toThrow('division by zero')
    await db.script('CREATE TABLE also_writable (a integer)')
  })

  test('two reflections are equal, whatever the number of tables the statements are twenty-three, in one turn where the driver can', async () => {
    await db.script(
      Array.from(
        { length: 30 },
        (_, i) => `CREATE TABLE t${i} (id serial PRIMARY KEY, a text, b text); CREATE INDEX ON t${i} (a, b)`,
      ).join(';'),
    )
    const turns: number[] = []
    const counting = Object.create(db, {
      values: {
        value: (sql: string) => {
          turns.push(1)
          return db.values(sql)
        },
      },
      valuesOfAll: {
        value:
          db.valuesOfAll &&
          ((list: readonly string[]) => {
            turns.push(list.length)
            return db.valuesOfAll!(list)
          }),
      },
    }) as Connection
    const first = await reflect(counting, { schemas: 'all' })
    // Where the driver does not know the version of the server, it is asked first.
    expect(turns).toEqual(db.valuesOfAll === undefined ? Array.from({ length: 24 }, () => 1) : [23])
    expect(await reflect(db, { schemas: 'all' })).toEqual(first)
    expect(first.objects.size).toBe(30)
  })

  test('what is not described is named', async () => {
    const schema = await built(`CREATE TYPE announced`)
    await db.script(`
      CREATE TABLE t (a integer PRIMARY KEY WITH (fillfactor = 50)); ALTER TABLE t ALTER a SET (n_distinct = 5);
      CREATE VIEW v AS SELECT a FROM t; ALTER VIEW v ALTER a SET DEFAULT 1`)
    expect(schema.uncovered).toEqual(['type announced'])
    await db.script(`
      CREATE TABLE child (a integer REFERENCES t); ALTER TABLE child DISABLE TRIGGER ALL;
      GRANT USAGE ON SCHEMA public TO pg_monitor; COMMENT ON SCHEMA public IS 'ours'`)
    const all = await reflect(db, {})
    expect(all.uncovered).toEqual([
      'the comment of schema public',
      'the privileges of pg_monitor on schema public',
      'the state of triggers behind foreign keys of table child',
      'type announced',
    ])
    expect([...all.objects.keys()].filter((key) => key.startsWith('definition:'))).toEqual([
      'definition:column default v.a',
      'definition:column options t.a',
    ])
    expect(all.objects.get('table:t')).toMatchObject({ constraints: [{ name: 't_pkey', with: { fillfactor: '50' } }] })
  })
})
