/** More changes by SQLite's manual (lang_createtable, lang_altertable, lang_createindex, lang_createtrigger, gencol): each there and back, with rows. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { project } from '../support/acceptance.ts'
import { differenceOf, runSqliteCase, schemaLines, type SqliteCase } from '../support/sqlite-cases.ts'

/** A table t of an id and these. */
const t = (parts: string, options = ''): string => `CREATE TABLE t (id INTEGER PRIMARY KEY, ${parts}) ${options};`
const of = (id: string, old: string, next: string, more: Partial<SqliteCase> = {}): SqliteCase => ({
  id,
  old: t(old),
  new: t(next),
  ...more,
})
const p = 'CREATE TABLE p (id INTEGER PRIMARY KEY, x INT UNIQUE, y TEXT, UNIQUE (x, y));'

const cases: readonly SqliteCase[] = [
  // Columns and types
  of(
    'types of every affinity, with sizes and odd words',
    'a VARCHAR(20), b DECIMAL(10,2), c UNSIGNED BIG INT, d DOUBLE PRECISION, e NATIVE CHARACTER(70)',
    'a VARCHAR(40), b DECIMAL(12,4), c BIGINT, d REAL, e CLOB',
  ),
  of('a column without a type gets one, and loses it', 'a, b INT', 'a TEXT, b'),
  of(
    'types named after nothing that SQLite knows',
    'a uuid, b "odd type", c json, d money',
    'a guid, b "odder type"(3), c jsonb, d money NOT NULL DEFAULT 0',
    { rows: "INSERT INTO t VALUES (1, 'a', 'b', 'c', 4)" },
  ),
  of('a type that is a word of SQL in quotes', 'a "select", b INT', 'a "from", b INT'),
  of(
    'defaults: signs, hex, blobs, strings with quotes, keywords',
    "a INT DEFAULT -1, b INT DEFAULT 0x1F, c BLOB DEFAULT x'00ff', d TEXT DEFAULT 'it''s', e TEXT DEFAULT NULL, f DEFAULT TRUE",
    "a INT DEFAULT +2, b INT DEFAULT 31, c BLOB DEFAULT x'01', d TEXT DEFAULT \"it's\", e TEXT DEFAULT 'NULL', f DEFAULT FALSE",
  ),
  of(
    'defaults: times and expressions in brackets',
    'a TEXT DEFAULT CURRENT_TIMESTAMP, b INT DEFAULT (1 + 2), c TEXT DEFAULT (lower(hex(randomblob(2))))',
    "a TEXT DEFAULT CURRENT_DATE, b INT DEFAULT (abs(-4)), c TEXT DEFAULT ('x' || 'y'), d REAL DEFAULT (strftime('%s', 'now'))",
  ),
  of('a default dropped and one set to NULL', 'a INT DEFAULT 1, b TEXT NOT NULL DEFAULT 1', 'a INT, b TEXT NOT NULL'),
  of('NOT NULL with rows that have a value', 'a INT, b TEXT', "a INT NOT NULL, b TEXT NOT NULL DEFAULT 'x'", {
    rows: "INSERT INTO t VALUES (1, 2, 'b')",
  }),
  of(
    'several columns come at once, in the middle',
    'a INT, z INT',
    'a INT, b TEXT, c REAL NOT NULL DEFAULT 0, d BLOB, z INT',
  ),
  of(
    'several columns go at once',
    'a INT, b TEXT UNIQUE, c REAL CHECK (c > 0), d INT REFERENCES t (id), e INT',
    'e INT',
  ),
  of('every column but the key is another one', 'a INT, b TEXT', 'c REAL, d BLOB'),
  of('a column renamed in another case', 'Value INT', 'VALUE INT', { empty: true }),
  of(
    'a column renamed with its key, its check, its index and its view',
    'a INT UNIQUE CHECK (a > 0)',
    'b INT UNIQUE CHECK (b > 0)',
    { hints: [{ rename: 'column', table: 't', from: 'a', to: 'b' }] },
  ),
  {
    id: 'a table with every column renamed',
    old: 'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT DEFAULT 1, c INT AS (a + 1)); CREATE INDEX ib ON t (b, c);',
    new: 'CREATE TABLE t (x INTEGER PRIMARY KEY, y TEXT DEFAULT 1, z INT AS (x + 1)); CREATE INDEX ib ON t (y, z);',
    hints: [
      { rename: 'column', table: 't', from: 'a', to: 'x' },
      { rename: 'column', table: 't', from: 'b', to: 'y' },
      { rename: 'column', table: 't', from: 'c', to: 'z' },
    ],
  },
  // Keys
  {
    id: 'a key becomes WITHOUT ROWID and composite',
    old: 'CREATE TABLE t (a INT, b TEXT, PRIMARY KEY (a));',
    new: 'CREATE TABLE t (a INT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID;',
    rows: "INSERT INTO t VALUES (1, 'x'), (2, 'y')",
  },
  {
    id: 'a rowid key becomes a text key',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY, v INT);',
    new: 'CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, v INT);',
  },
  {
    id: 'no key, and then one',
    old: 'CREATE TABLE t (a INT, b INT);',
    new: 'CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b));',
  },
  {
    id: 'a descending rowid alias is none',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v INT);',
    new: 'CREATE TABLE t (id INTEGER PRIMARY KEY, v INT);',
  },
  {
    id: 'AUTOINCREMENT comes to a table that others refer to',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); CREATE TABLE c (t_id INT REFERENCES t ON DELETE CASCADE);',
    new: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v INT); CREATE TABLE c (t_id INT REFERENCES t ON DELETE CASCADE);',
  },
  of(
    'unique keys: of a column, of the table, with names, with conflict clauses',
    'a INT UNIQUE, b INT, CONSTRAINT ub UNIQUE (b) ON CONFLICT IGNORE',
    'a INT, b INT UNIQUE ON CONFLICT REPLACE, UNIQUE (a, b)',
  ),
  of('two unique keys over the same columns', 'a INT UNIQUE, UNIQUE (a)', 'a INT UNIQUE'),
  of(
    'names of constraints are no change',
    'a INT CONSTRAINT c1 CHECK (a > 0), CONSTRAINT u1 UNIQUE (a)',
    'a INT CONSTRAINT c2 CHECK (a > 0), CONSTRAINT u2 UNIQUE (a)',
    { empty: true },
  ),
  // Foreign keys
  {
    id: 'a foreign key to a parent that is made after it',
    old: 'CREATE TABLE z (id INTEGER PRIMARY KEY);',
    new: 'CREATE TABLE a (id INTEGER PRIMARY KEY, b INT REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a (id)); CREATE TABLE z (id INTEGER PRIMARY KEY);',
  },
  {
    id: 'actions, deferrable and MATCH of foreign keys',
    old: `${p} CREATE TABLE c (x INT REFERENCES p (x) ON DELETE SET NULL);`,
    new: `${p} CREATE TABLE c (x INT REFERENCES p (x) ON DELETE RESTRICT ON UPDATE SET DEFAULT MATCH FULL DEFERRABLE INITIALLY DEFERRED);`,
    rows: "INSERT INTO p VALUES (1, 1, 'a'); INSERT INTO c VALUES (1), (NULL)",
  },
  {
    id: 'a foreign key over two columns',
    old: `${p} CREATE TABLE c (x INT, y TEXT);`,
    new: `${p} CREATE TABLE c (x INT, y TEXT, FOREIGN KEY (x, y) REFERENCES p (x, y) ON UPDATE CASCADE);`,
    rows: "INSERT INTO p VALUES (1, 1, 'a'); INSERT INTO c VALUES (1, 'a'), (NULL, 'b')",
  },
  {
    id: 'a parent is renamed, and its children are rebuilt',
    old: `${p} CREATE TABLE c (id INTEGER PRIMARY KEY, x INT REFERENCES p (x));`,
    new: `${p.replace('TABLE p', 'TABLE q')} CREATE TABLE c (id INTEGER PRIMARY KEY, x INT NOT NULL REFERENCES q (x));`,
    hints: [{ rename: 'table', from: 'p', to: 'q' }],
    rows: "INSERT INTO p VALUES (1, 1, 'a'); INSERT INTO c VALUES (1, 1)",
  },
  {
    id: 'parent and child go, and come back',
    old: `${p} CREATE TABLE c (x INT REFERENCES p (x)); CREATE TABLE z (id INTEGER PRIMARY KEY);`,
    new: 'CREATE TABLE z (id INTEGER PRIMARY KEY);',
    lossy: true,
  },
  {
    id: 'a chain of cascades, the middle of which is rebuilt',
    old: 'CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE CASCADE, v TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, b INT REFERENCES b ON DELETE CASCADE);',
    new: 'CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a ON DELETE CASCADE, v INT); CREATE TABLE c (id INTEGER PRIMARY KEY, b INT REFERENCES b ON DELETE CASCADE);',
    rows: "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1, '5'); INSERT INTO c VALUES (1, 1)",
    up: [['SELECT count(*) FROM c', '1']],
  },
  // Checks
  of(
    'checks with functions, patterns, CASE, lists and subexpressions',
    'a TEXT CHECK (length(a) < 30), b INT CHECK (b IN (1, 2, 3))',
    "a TEXT CHECK (a GLOB 'v*' OR a LIKE 'x\\_%' ESCAPE '\\'), b INT CHECK (CASE WHEN b > 2 THEN 1 ELSE b BETWEEN 0 AND 2 END), CHECK (a IS NOT NULL OR b IS NULL)",
  ),
  of(
    'a check that names its table and quotes its columns',
    'a INT, CHECK (t.a > 0)',
    'a INT, CHECK ("a" >= 0 AND `a` < 100 AND [a] <> 50)',
  ),
  of('checks alike but for one letter in a string', "a TEXT CHECK (a <> 'x')", "a TEXT CHECK (a <> 'X')"),
  // Generated columns
  of(
    'generated columns: virtual to stored, stored to virtual',
    'a INT, b INT AS (a * 2), c INT AS (a + 1) STORED',
    'a INT, b INT AS (a * 2) STORED, c INT AS (a + 1)',
  ),
  of(
    'generated columns of each other in the wrong order',
    'a INT, c INT AS (b + 1), b INT AS (a * 2)',
    'a INT, c INT AS (b + 2), b INT AS (a * 3), d INT AS (c * b)',
    { rows: 'SELECT 1' },
  ),
  of(
    'generated columns over JSON and dates, indexed',
    "j TEXT, n INT AS (json_extract(j, '$.n'))",
    "j TEXT, n INT AS (json_extract(j, '$.m')), m TEXT AS (date(j, '+1 day')) VIRTUAL",
    { rows: 'SELECT 1' },
  ),
  of(
    'a generated column NOT NULL, unique and checked',
    'a INT NOT NULL, b INT AS (a * 2) STORED',
    'a INT NOT NULL, b INT NOT NULL UNIQUE CHECK (b > 0) AS (a * 2) STORED',
  ),
  of('the base of a generated column goes, and its values stay', 'a INT, g INT AS (a * 2) STORED', 'g INT', {
    rows: 'INSERT INTO t (id, a) VALUES (1, 4)',
    up: [['SELECT g FROM t', '8']],
    lossy: true,
  }),
  // Indexes
  {
    id: 'indexes: over expressions, partial, collated, descending, of several kinds at once',
    old: `${t('a TEXT, b INT')} CREATE INDEX i1 ON t (a COLLATE NOCASE, b DESC); CREATE INDEX i2 ON t (lower(a)) WHERE b > 1;`,
    new: `${t('a TEXT, b INT')} CREATE INDEX i1 ON t (a, b); CREATE UNIQUE INDEX i2 ON t (upper(a), b % 2) WHERE b IS NOT NULL AND a <> 'it''s'; CREATE INDEX i3 ON t (json_extract(a, '$.x')) WHERE json_valid(a);`,
    rows: "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', NULL)",
  },
  {
    id: 'an index moves to another table under its name',
    old: `${t('a INT')} CREATE TABLE u (a INT); CREATE INDEX i ON t (a);`,
    new: `${t('a INT')} CREATE TABLE u (a INT); CREATE INDEX i ON u (a);`,
  },
  {
    id: 'a unique index and a unique key are two things',
    old: `${t('a INT UNIQUE')}`,
    new: `${t('a INT')} CREATE UNIQUE INDEX t_a ON t (a);`,
  },
  {
    id: 'an index over rowid and over a renamed column',
    old: 'CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (b, a);',
    new: 'CREATE TABLE t (a INT, c INT NOT NULL DEFAULT 1); CREATE INDEX i ON t (c, a);',
    hints: [{ rename: 'column', table: 't', from: 'b', to: 'c' }],
    rows: 'INSERT INTO t VALUES (1, 2)',
  },
  // Tables
  {
    id: 'STRICT with every type it takes',
    old: 'CREATE TABLE t (a INT, b INTEGER, c REAL, d TEXT, e BLOB, f ANY) STRICT;',
    new: 'CREATE TABLE t (a INTEGER, b REAL, c TEXT, d ANY, e ANY, f TEXT) STRICT;',
    rows: "INSERT INTO t VALUES (1, 2, 1.5, '7', x'01', 'f')",
    lossy: true,
  },
  {
    id: 'names with every letter, and in other quotes',
    old: 'CREATE TABLE "a b" ("c ""d" INT, `e``f` TEXT, [g h] REAL, "ü" INT, "1x" INT, "select" INT);',
    new: 'CREATE TABLE "a b" ("c ""d" TEXT, `e``f` TEXT NOT NULL DEFAULT 1, [g h] REAL, "ü" INT UNIQUE, "1x" INT, "select" INT CHECK ("select" > 0), "a.b" INT);',
    rows: `INSERT INTO "a b" VALUES (1, 'e', 1.5, 2, 3, 4)`,
  },
  {
    id: 'two tables, one renamed to the name of the other, which goes',
    old: 'CREATE TABLE a (x INT); CREATE TABLE b (y TEXT, z TEXT, w TEXT);',
    new: 'CREATE TABLE b (x INT);',
    hints: [{ distinct: 'table', table: 'a', other: 'b' }].slice(1),
    lossy: true,
  },
  {
    id: 'temporary words: IF NOT EXISTS, quotes, comments, trailing blanks are no change',
    old: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'a' /* c */); CREATE INDEX i ON t (v); CREATE VIEW w AS SELECT v FROM t; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;",
    new: 'create table if not exists "t" (\n  [id] integer primary key, -- the key\n  `v` text default \'a\'\n);\ncreate index if not exists "i" on "t"("v");\ncreate view if not exists w as select v from t;\ncreate trigger if not exists g after insert on t for each row begin select 1; end;',
    empty: true,
  },
  {
    id: 'a table made by SELECT, and by a list of inserts beside',
    old: 'CREATE TABLE a (x INT, y TEXT);',
    new: 'CREATE TABLE a (x INT, y TEXT); CREATE TABLE b AS SELECT x, y, x + 1 AS z FROM a;',
  },
  {
    id: 'a schema that is altered as it goes',
    old: t('a INT'),
    new: `${t('a INT')} ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x'; ALTER TABLE t RENAME COLUMN a TO c; ALTER TABLE t RENAME TO u; DROP TABLE IF EXISTS gone;`,
    hints: [{ distinct: 'x' }].slice(1),
    lossy: true,
  },
  // Views and triggers
  {
    id: 'a view instead of a table, a table instead of a view',
    old: `${t('v INT')} CREATE TABLE a (id INT); CREATE VIEW b AS SELECT id FROM t;`,
    new: `${t('v INT')} CREATE VIEW a AS SELECT id FROM t; CREATE TABLE b (id INT);`,
    hints: [{ distinct: 'all' }],
    lossy: true,
  },
  {
    id: 'views with CTE, window, UNION, VALUES and subqueries',
    old: `${t('v INT')} CREATE VIEW a AS SELECT id FROM t UNION SELECT v FROM t; CREATE VIEW b AS VALUES (1, 'x');`,
    new: `${t('v INT NOT NULL DEFAULT 0')} CREATE VIEW a AS WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT n, (SELECT max(v) FROM t) AS m FROM x; CREATE VIEW b (i, r) AS SELECT id, row_number() OVER (PARTITION BY v ORDER BY id) FROM t;`,
    rows: 'INSERT INTO t VALUES (1, 2)',
  },
  {
    id: 'views over views over a table that is rebuilt',
    old: `${t('v INT')} CREATE VIEW a AS SELECT * FROM t; CREATE VIEW b AS SELECT v FROM a; CREATE VIEW c AS SELECT count(*) AS n FROM b;`,
    new: `${t('v TEXT, w INT')} CREATE VIEW a AS SELECT * FROM t; CREATE VIEW b AS SELECT v FROM a; CREATE VIEW c AS SELECT count(*) AS n FROM b;`,
  },
  {
    id: 'triggers: before, after, instead of, of columns, with WHEN, several statements, RAISE',
    old: `${t('v INT')} CREATE VIEW w AS SELECT v FROM t; CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET v = 1 WHERE id = NEW.id; END;`,
    new: `${t('v INT NOT NULL DEFAULT 0, u TEXT')} CREATE VIEW w AS SELECT v, u FROM t; CREATE TRIGGER a BEFORE UPDATE OF v, u ON t WHEN NEW.v <> OLD.v BEGIN SELECT RAISE(ABORT, 'it''s; no') WHERE NEW.v < 0; DELETE FROM t WHERE id < 0; END; CREATE TRIGGER b INSTEAD OF INSERT ON w BEGIN INSERT INTO t (v, u) VALUES (NEW.v, CASE WHEN NEW.u IS NULL THEN 'x; y' ELSE NEW.u END); END; CREATE TRIGGER c AFTER DELETE ON t BEGIN INSERT INTO t (v) SELECT OLD.v WHERE 1 = 0; END;`,
    rows: 'INSERT INTO t VALUES (1, 2)',
  },
  {
    id: 'a trigger that writes to a table that is rebuilt, and to one that goes',
    old: `${t('v INT')} CREATE TABLE log (n INT); CREATE TABLE old (n INT); CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.id); INSERT INTO old VALUES (1); END;`,
    new: `${t('v INT')} CREATE TABLE log (n TEXT NOT NULL DEFAULT ''); CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.id); END;`,
    rows: 'INSERT INTO t VALUES (1, 2)',
    lossy: true,
  },
  // Virtual tables
  {
    id: 'virtual tables: fts5 with options, rtree, and a plain table beside',
    old: `${t('v TEXT')} CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED, tokenize = 'porter ascii');`,
    new: `${t('v TEXT NOT NULL DEFAULT 1')} CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED, tokenize = 'porter ascii'); CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);`,
    rows: "INSERT INTO t VALUES (1, 'a'); INSERT INTO f VALUES ('a', 'b')",
    up: [["SELECT count(*) FROM f WHERE f MATCH 'a'", '1']],
  },
  // Enums by check
  of(
    'a check that lists labels: one more, one less, another order',
    "s TEXT NOT NULL DEFAULT 'v1' CHECK (s IN ('v1', 'v2', 'v3'))",
    "s TEXT NOT NULL DEFAULT 'v2' CHECK (s IN ('v3', 'v2', 'v1', 'v4'))",
  ),
]

/** What a script of another program leaves: two revisions, up from nothing and one back, without a database. */
async function runScripts(c: SqliteCase): Promise<readonly string[]> {
  const cli = project('sqlite:./app.db', c.old)
  const other = new DatabaseSync(':memory:')
  const linesOf = (sql: string): readonly string[] => {
    const made = new DatabaseSync(':memory:')
    made.exec(sql)
    const lines = schemaLines(made)
    made.close()
    return lines
  }
  const step = async (...args: string[]): Promise<string> => {
    const done = await cli.run(...args)
    if (done.code !== 0) throw new Error(`${args.join(' ')} (exit ${done.code}): ${done.stderr}`)
    return done.stdout
  }
  try {
    writeFileSync(join(cli.dir, 'hints.json'), JSON.stringify(c.hints ?? []))
    await step('revision', '--autogenerate', '-m', 'first', '--rev-id', 'a1')
    await step('upgrade', 'head')
    writeFileSync(join(cli.dir, 'schema.sql'), c.new)
    await step('revision', '--autogenerate', '-m', 'second', '--rev-id', 'a2', '--hints', join(cli.dir, 'hints.json'))
    other.exec(await step('upgrade', 'head', '--sql'))
    const up = differenceOf(schemaLines(other), linesOf(c.new)).map((l) => `up: ${l}`)
    other.exec(await step('downgrade', 'a2:a1', '--sql'))
    return [...up, ...differenceOf(schemaLines(other), linesOf(c.old)).map((l) => `down: ${l}`)]
  } catch (error) {
    return [(error as Error).message]
  } finally {
    other.close()
    cli.close()
  }
}

describe('scripts of the same changes', () => {
  test.each(cases.filter((c) => c.empty !== true).map((c) => [c.id, c] as const))('%s', async (_id, c) => {
    expect(await runScripts(c)).toEqual([])
  })
})

describe('more of what SQLite’s manual lets be declared', () => {
  test.each(cases.map((c) => [c.id, c] as const))('%s', async (_id, c) => {
    expect(await runSqliteCase(c)).toEqual([])
  })
})

test('a column that is renamed and becomes NOT NULL refuses rows without a value in words, online and in a script', async () => {
  const cli = project('sqlite:./app.db', 'CREATE TABLE t (a INT, b INT);')
  const open = (name: string): DatabaseSync => new DatabaseSync(join(cli.dir, name))
  try {
    expect((await cli.run('revision', '--autogenerate', '-m', 'first', '--rev-id', 'a1')).code).toBe(0)
    expect((await cli.run('upgrade', 'head')).code).toBe(0)
    const { stdout: first } = await cli.run('upgrade', 'a1', '--sql')
    writeFileSync(join(cli.dir, 'schema.sql'), 'CREATE TABLE t (a INT, c INT NOT NULL);')
    writeFileSync(join(cli.dir, 'hints.json'), '[{ "rename": "column", "table": "t", "from": "b", "to": "c" }]')
    const made = await cli.run(
      'revision',
      '--autogenerate',
      '-m',
      'b',
      '--rev-id',
      'a2',
      '--hints',
      join(cli.dir, 'hints.json'),
    )
    expect(made.code).toBe(0)
    const { stdout: script } = await cli.run('upgrade', 'a1:a2', '--sql')
    const [db, other] = [open('app.db'), open('other.db')]
    db.exec('INSERT INTO t VALUES (1, NULL)')
    db.close()
    const done = await cli.run('upgrade', 'head')
    expect([done.code, done.stderr]).toEqual([1, expect.stringContaining('rows of t have no value in c')])
    other.exec(first)
    other.exec('INSERT INTO t VALUES (1, NULL)')
    expect(() => other.exec(script)).toThrow(/ambix refuses/)
    other.close()
  } finally {
    cli.close()
  }
})
