/**
 * Names with a capital, a dot, a blank, quotes and brackets, for every kind of object: each change goes up, comes back and goes up again
 * as it does with plain names. What is looked up by a text is looked up by one of
 * `schema/keys.ts`.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runScenario, type Scenario } from '../support/acceptance.ts'
import { sandbox } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'

const odd = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}. "${word}" (x)`
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
/** `{posts}` in a text is that name, odd and quoted. */
const spelled = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, word: string) => quoted(odd(word)))

interface Pair {
  readonly what: string
  readonly before: string
  readonly after: string
  readonly rows?: string
  readonly hints?: readonly unknown[]
  /** Models manage the kinds that they declare: here they would declare no view. */
  readonly sqlAlone?: true
}

const posts = `CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY, {title} text NOT NULL DEFAULT 'a', {n} int);`
const app = 'CREATE SCHEMA {app};'
const rows = `INSERT INTO {app}.{posts} ({id}, {n}) VALUES (1, 1), (2, 2);`
const status = `CREATE TYPE {app}.{status} AS ENUM ('A.b', 'c "d"');`
const withStatus = `CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY, {s} {app}.{status} NOT NULL DEFAULT 'A.b', {list} {app}.{status}[]);`
const statusRows = `INSERT INTO {app}.{posts} VALUES (1, 'A.b', '{}'), (2, 'c "d"', ARRAY['A.b']::{app}.{status}[]);`

const pairs: readonly Pair[] = [
  {
    what: 'a column whose view, index and check stay',
    before: `${app} ${posts} CREATE VIEW {app}.{v} AS SELECT {id}, {n} FROM {app}.{posts}; CREATE INDEX {ix} ON {app}.{posts} ({n}) WHERE {n} > 0;
      ALTER TABLE {app}.{posts} ADD CONSTRAINT {ck} CHECK ({n} > 0);`,
    after: `${app} ${posts.replace('{n} int', '{n} bigint')} CREATE VIEW {app}.{v} AS SELECT {id}, {n} FROM {app}.{posts}; CREATE INDEX {ix} ON {app}.{posts} ({n}) WHERE {n} > 0;
      ALTER TABLE {app}.{posts} ADD CONSTRAINT {ck} CHECK ({n} > 0);`,
    rows,
  },
  {
    what: 'a table renamed that others name',
    before: `${app} ${posts} CREATE TABLE {app}.{likes} ({post} int REFERENCES {app}.{posts} ({id}) ON DELETE CASCADE); CREATE VIEW {app}.{v} AS SELECT {title} FROM {app}.{posts};
      CREATE FUNCTION {app}.{f}({p} {app}.{posts}) RETURNS int LANGUAGE sql AS 'SELECT 1';`,
    after: `${app} ${posts.replace('{posts}', '{articles}')} CREATE TABLE {app}.{likes} ({post} int REFERENCES {app}.{articles} ({id}) ON DELETE CASCADE); CREATE VIEW {app}.{v} AS SELECT {title} FROM {app}.{articles};
      CREATE FUNCTION {app}.{f}({p} {app}.{articles}) RETURNS int LANGUAGE sql AS 'SELECT 1';`,
    rows,
    hints: [{ rename: 'table', from: '{app}.{posts}', to: '{app}.{articles}' }],
  },
  {
    what: 'a column renamed that an index, a check, a view, a generated column and a foreign key name',
    before: `${app} ${posts} CREATE INDEX {ix} ON {app}.{posts} (lower({title})); ALTER TABLE {app}.{posts} ADD UNIQUE ({title}), ADD CHECK ({title} <> ''), ADD {g} text GENERATED ALWAYS AS (upper({title})) STORED;
      CREATE TABLE {app}.{likes} ({post} text REFERENCES {app}.{posts} ({title})); CREATE VIEW {app}.{v} AS SELECT {title} FROM {app}.{posts};`,
    after: `${app} ${posts.replace('{title}', '{name}')} CREATE INDEX {ix} ON {app}.{posts} (lower({name})); ALTER TABLE {app}.{posts} ADD UNIQUE ({name}), ADD CHECK ({name} <> ''), ADD {g} text GENERATED ALWAYS AS (upper({name})) STORED;
      CREATE TABLE {app}.{likes} ({post} text REFERENCES {app}.{posts} ({name})); CREATE VIEW {app}.{v} AS SELECT {name} AS {title} FROM {app}.{posts};`,
    hints: [{ rename: 'column', table: '{app}.{posts}', from: '{title}', to: '{name}' }],
  },
  {
    what: 'a schema renamed with all that it holds',
    before: `${app} ${status} ${withStatus} CREATE VIEW {app}.{v} AS SELECT {s} FROM {app}.{posts}; CREATE FUNCTION {app}.{f}() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
    after:
      `${app} ${status} ${withStatus} CREATE VIEW {app}.{v} AS SELECT {s} FROM {app}.{posts}; CREATE FUNCTION {app}.{f}() RETURNS int LANGUAGE sql AS 'SELECT 1';`.replaceAll(
        '{app}',
        '{shop}',
      ),
    rows: statusRows,
    hints: [{ rename: 'schema', from: '{app}', to: '{shop}' }],
  },
  {
    what: 'a label removed, its rows remapped',
    before: `${app} ${status} ${withStatus} CREATE INDEX {ix} ON {app}.{posts} ({s}); CREATE VIEW {app}.{v} AS SELECT {id} FROM {app}.{posts} WHERE {s} = 'A.b';`,
    after: `${app} ${status.replace(`, 'c "d"'`, `, 'e'`)} ${withStatus} CREATE INDEX {ix} ON {app}.{posts} ({s}); CREATE VIEW {app}.{v} AS SELECT {id} FROM {app}.{posts} WHERE {s} = 'A.b';`,
    rows: statusRows,
    hints: [
      { remap: 'value', enum: '{app}.{status}', from: 'c "d"', to: 'e' },
      { remap: 'value', enum: '{app}.{status}', from: 'e', to: 'A.b', direction: 'down' },
    ],
  },
  {
    what: 'a label renamed and the type with it',
    before: `${app} ${status} ${withStatus}`,
    after: `${app} ${status.replace('{status}', '{state}').replace(`'c "d"'`, `'x'`)} ${withStatus.replaceAll('{status}', '{state}')}`,
    rows: statusRows,
    hints: [
      { rename: 'enum', from: '{app}.{status}', to: '{app}.{state}' },
      { rename: 'value', enum: '{app}.{state}', from: 'c "d"', to: 'x' },
    ],
  },
  {
    what: 'an enum added before a label, and used as the default at once',
    before: `${app} ${status} ${withStatus}`,
    after: `${app} ${status.replace(`('A.b'`, `('new one', 'A.b'`)} ${withStatus.replace(`DEFAULT 'A.b'`, `DEFAULT 'new one'`)}`,
    rows: statusRows,
  },
  {
    what: 'text that becomes an enum',
    before: `${app} ${posts}`,
    after: `${app} CREATE TYPE {app}.{kind} AS ENUM ('a', 'b'); ${posts.replace('{title} text', '{title} {app}.{kind}')}`,
    rows,
  },
  {
    what: 'serial that becomes identity, with its count',
    before: `${app} CREATE TABLE {app}.{posts} ({id} serial PRIMARY KEY, {n} int);`,
    after: `${app} CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, {n} int);`,
    rows: 'INSERT INTO {app}.{posts} ({n}) VALUES (1), (2);',
  },
  {
    what: 'a counter of its own that becomes owned',
    before: `${app} CREATE SEQUENCE {app}.{seq} INCREMENT 5; CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY DEFAULT nextval('{app}.{seq}'), {n} int);`,
    after: `${app} CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY, {n} int); CREATE SEQUENCE {app}.{seq} INCREMENT 5 OWNED BY {app}.{posts}.{id};
      ALTER TABLE {app}.{posts} ALTER {id} SET DEFAULT nextval('{app}.{seq}');`,
    rows: 'INSERT INTO {app}.{posts} ({n}) VALUES (1), (2);',
  },
  {
    what: 'a column that goes, and a view that no longer reads it',
    before: `${app} ${posts} CREATE VIEW {app}.{v} AS SELECT {id}, {n} FROM {app}.{posts}; CREATE VIEW {app}.{w} AS SELECT {n} FROM {app}.{v};`,
    after: `${app} ${posts.replace(', {n} int', '')} CREATE VIEW {app}.{v} AS SELECT {id}, 0 AS {n} FROM {app}.{posts}; CREATE VIEW {app}.{w} AS SELECT {n} FROM {app}.{v};`,
    rows,
  },
  {
    what: 'triggers, policies, rules and comments of a table whose column is retyped',
    before: `${app} ${posts} CREATE FUNCTION {app}.{tf}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER {tr} BEFORE UPDATE OF {n} ON {app}.{posts} FOR EACH ROW WHEN (NEW.{n} > 0) EXECUTE FUNCTION {app}.{tf}();
      ALTER TABLE {app}.{posts} ENABLE ROW LEVEL SECURITY; CREATE POLICY {pol} ON {app}.{posts} USING ({n} > 0);
      CREATE RULE {ru} AS ON DELETE TO {app}.{posts} WHERE OLD.{n} > 0 DO INSTEAD NOTHING; COMMENT ON COLUMN {app}.{posts}.{n} IS 'n';
      CREATE STATISTICS {app}.{st} ON {id}, {n} FROM {app}.{posts};`,
    after: `${app} ${posts.replace('{n} int', '{n} bigint')} CREATE FUNCTION {app}.{tf}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER {tr} BEFORE UPDATE OF {n} ON {app}.{posts} FOR EACH ROW WHEN (NEW.{n} > 0) EXECUTE FUNCTION {app}.{tf}();
      ALTER TABLE {app}.{posts} ENABLE ROW LEVEL SECURITY; CREATE POLICY {pol} ON {app}.{posts} USING ({n} > 0);
      CREATE RULE {ru} AS ON DELETE TO {app}.{posts} WHERE OLD.{n} > 0 DO INSTEAD NOTHING; COMMENT ON COLUMN {app}.{posts}.{n} IS 'n';
      CREATE STATISTICS {app}.{st} ON {id}, {n} FROM {app}.{posts};`,
    rows,
  },
  {
    what: 'domains and composite types that change',
    before: `${app} CREATE DOMAIN {app}.{dom} AS int CONSTRAINT {ck} CHECK (VALUE > 0); CREATE TYPE {app}.{pair} AS ({a} int, {b} {app}.{dom}); CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY, {n} {app}.{dom}, {p} {app}.{pair});`,
    after: `${app} CREATE DOMAIN {app}.{dom} AS int CONSTRAINT {ck} CHECK (VALUE > -1); CREATE TYPE {app}.{pair} AS ({a} bigint, {b} {app}.{dom}, {c} text); CREATE TABLE {app}.{posts} ({id} int PRIMARY KEY, {n} {app}.{dom}, {p} {app}.{pair});`,
    rows: 'INSERT INTO {app}.{posts} VALUES (1, 1, ROW(1, 2)), (2, 2, NULL);',
  },
  {
    what: 'partitions with their indexes, and one more of them',
    before: `${app} CREATE TABLE {app}.{posts} ({id} int, {n} int) PARTITION BY RANGE ({id}); CREATE TABLE {app}.{low} PARTITION OF {app}.{posts} FOR VALUES FROM (0) TO (10);
      CREATE INDEX {ix} ON {app}.{posts} ({n});`,
    after: `${app} CREATE TABLE {app}.{posts} ({id} int, {n} bigint) PARTITION BY RANGE ({id}); CREATE TABLE {app}.{low} PARTITION OF {app}.{posts} FOR VALUES FROM (0) TO (10);
      CREATE TABLE {app}.{high} PARTITION OF {app}.{posts} FOR VALUES FROM (10) TO (20); CREATE INDEX {ix} ON {app}.{posts} ({n}); ALTER TABLE {app}.{posts} ADD CONSTRAINT {pk} PRIMARY KEY ({id});`,
    rows: 'INSERT INTO {app}.{posts} VALUES (1, 1), (2, 2);',
  },
  {
    what: 'a table that moves to another schema',
    before: `${app} CREATE SCHEMA {shop}; ${posts} CREATE MATERIALIZED VIEW {app}.{m} AS SELECT {n} FROM {app}.{posts}; CREATE INDEX {mx} ON {app}.{m} ({n});`,
    after: `${app} CREATE SCHEMA {shop}; ${posts.replace('{app}', '{shop}')} CREATE MATERIALIZED VIEW {app}.{m} AS SELECT {n} FROM {shop}.{posts}; CREATE INDEX {mx} ON {app}.{m} ({n});`,
    rows,
    hints: [{ rename: 'table', from: '{app}.{posts}', to: '{shop}.{posts}' }],
  },
  {
    what: 'grants on a schema, a table, a column and a sequence',
    before: `${app} ${posts} CREATE SEQUENCE {app}.{seq};`,
    after: `${app} ${posts} CREATE SEQUENCE {app}.{seq}; GRANT USAGE ON SCHEMA {app} TO PUBLIC; GRANT SELECT ON {app}.{posts} TO PUBLIC; GRANT UPDATE ({n}) ON {app}.{posts} TO PUBLIC; GRANT USAGE ON SEQUENCE {app}.{seq} TO PUBLIC;
      REVOKE ALL ON SCHEMA {app} FROM CURRENT_USER;`,
  },
  {
    what: 'everything that goes at once',
    sqlAlone: true,
    before: `${app} ${status} ${withStatus} CREATE VIEW {app}.{v} AS SELECT {s} FROM {app}.{posts}; CREATE FUNCTION {app}.{f}({x} {app}.{status}) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE {app}.{seq};`,
    after: `${app} CREATE TABLE {app}.{t} ({id} int);`,
  },
]

/** Names in hints are texts as the schema has them: quoted where they are odd. */
const hinted = (hints: readonly unknown[] | undefined): readonly unknown[] =>
  (hints ?? []).map((h) =>
    Object.fromEntries(
      Object.entries(h as Record<string, string>).map(([key, text]) => [
        key,
        // Labels are no names; a column's name is one, and stands alone.
        text.replaceAll(/\{(\w+)\}/g, (_, word: string) =>
          (key === 'from' || key === 'to') && !text.includes('.') && (h as { rename?: string }).rename === 'column'
            ? odd(word)
            : quoted(odd(word)),
        ),
      ]),
    ),
  )

const scenario = (pair: Pair, spell: (text: string) => string, hints: readonly unknown[]): Scenario => ({
  id: pair.what,
  title: pair.what,
  before_schema: spell(pair.before),
  after_schema: spell(pair.after),
  rows: pair.rows === undefined ? null : spell(pair.rows),
  hints,
  expect: {},
})

describeLive('objects of PostgreSQL with odd names', (server) => {
  test.each(tableOf(pairs).map((p) => [p.what, p] as const))('%s', async (_, pair) => {
    expect(
      await runScenario(scenario(pair, spelled, hinted(pair.hints)), { server, names: true, offline: true }),
    ).toEqual([])
    if (pair.sqlAlone !== true)
      expect(await runScenario(scenario(pair, spelled, hinted(pair.hints)), { server, models: true })).toEqual([])
  })
})

const light: readonly Pair[] = [
  {
    what: 'a retyped column beside references without columns, a view and a trigger',
    before: `CREATE TABLE {users} ({id} INTEGER PRIMARY KEY, {n} INT); CREATE TABLE {posts} ({id} INTEGER PRIMARY KEY, {u} INT REFERENCES {users} ON DELETE CASCADE, {t} TEXT, CHECK ({t} <> ''));
      CREATE INDEX {ix} ON {posts} ({t}) WHERE {t} > 'a'; CREATE VIEW {v} AS SELECT {n} FROM {users}; CREATE TRIGGER {tr} AFTER UPDATE OF {n} ON {users} BEGIN DELETE FROM {posts} WHERE {u} = new.{id}; END;`,
    after: `CREATE TABLE {users} ({id} INTEGER PRIMARY KEY, {n} TEXT NOT NULL DEFAULT 'x'); CREATE TABLE {posts} ({id} INTEGER PRIMARY KEY, {u} INT REFERENCES {users} ON DELETE SET NULL, {t} TEXT, CHECK ({t} <> ''));
      CREATE INDEX {ix} ON {posts} ({t}) WHERE {t} > 'a'; CREATE VIEW {v} AS SELECT {n} FROM {users}; CREATE TRIGGER {tr} AFTER UPDATE OF {n} ON {users} BEGIN DELETE FROM {posts} WHERE {u} = new.{id}; END;`,
  },
  {
    what: 'a renamed table',
    before: `CREATE TABLE {users} ({id} INTEGER PRIMARY KEY, {n} INT UNIQUE); CREATE TABLE {posts} ({u} INT REFERENCES {users} ({n})); CREATE INDEX {ix} ON {users} ({n});`,
    after: `CREATE TABLE {people} ({id} INTEGER PRIMARY KEY, {n} INT UNIQUE); CREATE TABLE {posts} ({u} INT REFERENCES {people} ({n})); CREATE INDEX {ix} ON {people} ({n});`,
    hints: [{ rename: 'table', from: '{users}', to: '{people}' }],
  },
]

describe('objects of SQLite with odd names', () => {
  test.each(light.map((p) => [p.what, p] as const))('%s', async (_, pair) => {
    const p = sandbox({ url: 'sqlite:./db.sqlite', config: { schema: './schema.sql' } })
    const ok = async (...words: string[]): Promise<string> => {
      const done = await p.run(...words)
      expect(done.code, `${words.join(' ')}: ${done.stdout}${done.stderr}`).toBe(0)
      return done.stdout
    }
    p.write('schema.sql', spelled(pair.before))
    await ok('revision', '--autogenerate', '-m', 'one')
    await ok('upgrade', 'head')
    await ok('check')
    p.write('schema.sql', spelled(pair.after))
    p.write('hints.json', JSON.stringify(hinted(pair.hints)))
    await ok('revision', '--autogenerate', '-m', 'two', '--hints', join(p.dir, 'hints.json'))
    await ok('upgrade', 'head')
    await ok('check')
    for (const models of ['ts', 'sql']) {
      await ok('pull', '--models', models, '--out', `pulled.${models}`)
      p.write('ambix.config.json', JSON.stringify({ url: 'sqlite:./db.sqlite', schema: `./pulled.${models}` }))
      await ok('check')
    }
    await ok('downgrade', '-1')
    p.write('ambix.config.json', JSON.stringify({ url: 'sqlite:./db.sqlite', schema: './schema.sql' }))
    p.write('schema.sql', spelled(pair.before))
    expect((await p.run('check')).stderr).toContain('No changes')
    await ok('upgrade', 'head')
    await ok('downgrade', 'base')
  })
})
