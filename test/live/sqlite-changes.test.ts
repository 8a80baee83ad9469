/** Issue 11, done-when 3: each thing that SQLite's ALTER TABLE cannot do (lang_altertable.html), done by a rebuild, with rows, both ways. */
import { describe, expect, test } from 'vitest'
import { runSqliteCase, type SqliteCase } from '../support/sqlite-cases.ts'
import { OneRevision } from '../support/sqlite-revision.ts'

const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INT DEFAULT 1);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, title VARCHAR(20));`
const rows = `INSERT INTO users VALUES (7, 'ann', 3), (9, 'bob', NULL); INSERT INTO posts VALUES (1, 7, 'x'), (2, 9, 'y');`

const cases: readonly SqliteCase[] = [
  {
    id: 'the type of a column of a table that others refer to; their rows stay (B8)',
    old: users,
    rows,
    new: users.replace('age INT', 'age REAL'),
    up: [
      ['SELECT count(*) FROM posts', '2'],
      ['SELECT group_concat(id) FROM users', '7,9'],
    ],
    down: [['SELECT count(*) FROM posts', '2']],
  },
  {
    id: 'NOT NULL set and dropped',
    old: 'CREATE TABLE t (a TEXT, b TEXT NOT NULL);',
    rows: "INSERT INTO t VALUES ('x', 'y')",
    new: 'CREATE TABLE t (a TEXT NOT NULL, b TEXT);',
  },
  {
    id: 'defaults set, changed and dropped',
    old: "CREATE TABLE t (a TEXT DEFAULT 'x', b INT DEFAULT 1, c TEXT, d TEXT DEFAULT (lower('Q')));",
    new: "CREATE TABLE t (a TEXT, b INT DEFAULT 2, c TEXT DEFAULT CURRENT_TIMESTAMP, d TEXT DEFAULT (upper('q')));",
  },
  {
    id: 'a default that is an expression, for a new column',
    old: 'CREATE TABLE t (a INT);',
    rows: 'INSERT INTO t VALUES (1), (2)',
    new: "CREATE TABLE t (a INT, at TEXT NOT NULL DEFAULT (date('2026-01-02')), now TEXT DEFAULT CURRENT_DATE);",
    up: [['SELECT min(at) FROM t', '2026-01-02']],
  },
  {
    id: 'a new column that is unique, or a primary key',
    old: 'CREATE TABLE t (a INT);',
    rows: 'INSERT INTO t VALUES (1), (2)',
    new: 'CREATE TABLE t (a INT, b TEXT UNIQUE, id INTEGER PRIMARY KEY AUTOINCREMENT);',
  },
  {
    id: 'a new foreign key with a default',
    old: 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT);',
    rows: 'INSERT INTO p VALUES (5); INSERT INTO t VALUES (1)',
    new: 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT, p INTEGER DEFAULT 5 REFERENCES p);',
    up: [['SELECT p FROM t', '5']],
  },
  {
    id: 'a new stored generated column, and a virtual one',
    old: 'CREATE TABLE t (a INT);',
    rows: 'INSERT INTO t VALUES (2)',
    new: 'CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c INT AS (a + 1));',
    up: [['SELECT b + c FROM t', '7']],
  },
  {
    id: 'the expression of a generated column',
    old: 'CREATE TABLE t (a INT, b INT AS (a * 2) STORED, c INT AS (a + 1));',
    rows: 'INSERT INTO t (a) VALUES (2)',
    new: 'CREATE TABLE t (a INT, b INT AS (a * 3) STORED, c INT AS (a + 2));',
    up: [['SELECT b + c FROM t', '10']],
    lossy: true,
  },
  {
    id: 'columns that cannot be dropped: in the key, unique, indexed, checked, generated from, in a partial index',
    old: `CREATE TABLE t (id INT, a INT UNIQUE, b INT, c INT, d INT, e INT, f INT, g INT AS (d), PRIMARY KEY (id, e), CHECK (c > 0 OR f > 0));
CREATE INDEX i ON t (b); CREATE INDEX j ON t (id) WHERE f > 1;`,
    rows: 'INSERT INTO t (id, a, b, c, d, e, f) VALUES (1, 2, 3, 4, 5, 6, 7)',
    new: 'CREATE TABLE t (id INT PRIMARY KEY);',
    lossy: true,
  },
  {
    id: 'a column that a foreign key stands on',
    old: users,
    rows,
    new: users.replace(', user_id INTEGER REFERENCES users (id) ON DELETE CASCADE', ''),
    lossy: true,
  },
  {
    id: 'keys, checks and foreign keys added',
    old: 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT NOT NULL, b INT);',
    rows: 'INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)',
    new: 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT NOT NULL, b INT REFERENCES p (id) ON UPDATE SET NULL, PRIMARY KEY (a), UNIQUE (a, b), CONSTRAINT pos CHECK (b > 0));',
  },
  {
    id: 'what a foreign key does, and whether it waits',
    old: users,
    rows,
    new: users.replace('ON DELETE CASCADE', 'ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED'),
  },
  {
    id: 'AUTOINCREMENT comes and goes, and its counter is kept by a rebuild',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY); CREATE TABLE v (id INTEGER PRIMARY KEY AUTOINCREMENT);',
    rows: "INSERT INTO t (a) VALUES ('x'), ('y'), ('z'); DELETE FROM t WHERE id = 3; INSERT INTO u VALUES (4); INSERT INTO v VALUES (8); DELETE FROM v",
    new: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL); CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE v (id INTEGER PRIMARY KEY AUTOINCREMENT, x INT NOT NULL);',
    up: [
      ["SELECT seq FROM sqlite_sequence WHERE name = 't'", '3'],
      ["SELECT seq FROM sqlite_sequence WHERE name = 'u'", '4'],
      ["SELECT seq FROM sqlite_sequence WHERE name = 'v'", '8'],
    ],
    down: [["SELECT seq FROM sqlite_sequence WHERE name = 't'", '3']],
  },
  {
    id: 'rowids of tables without a key of their own',
    old: 'CREATE TABLE t (a TEXT);',
    rows: "INSERT INTO t (rowid, a) VALUES (5, 'x'), (9, 'y'), (40, 'z')",
    new: 'CREATE TABLE t (a TEXT NOT NULL);',
    up: [['SELECT group_concat(rowid) FROM t', '5,9,40']],
    down: [['SELECT group_concat(rowid) FROM t', '5,9,40']],
  },
  {
    id: 'STRICT and WITHOUT ROWID',
    old: 'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE u (a TEXT PRIMARY KEY NOT NULL, b ANY) STRICT;',
    new: 'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) STRICT; CREATE TABLE u (a TEXT PRIMARY KEY NOT NULL, b ANY) STRICT, WITHOUT ROWID;',
  },
  {
    id: 'collations of columns and indexes',
    old: 'CREATE TABLE t (a TEXT, b TEXT COLLATE NOCASE); CREATE INDEX i ON t (a);',
    new: 'CREATE TABLE t (a TEXT COLLATE RTRIM, b TEXT); CREATE INDEX i ON t (a COLLATE NOCASE DESC);',
  },
  {
    id: 'ON CONFLICT of keys and of NOT NULL; rows are not swallowed',
    old: 'CREATE TABLE t (a INT, b INT NOT NULL, c INT);',
    rows: 'INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)',
    new: 'CREATE TABLE t (a INT UNIQUE ON CONFLICT REPLACE, b INT NOT NULL ON CONFLICT IGNORE DEFAULT 3, c INT, CONSTRAINT u UNIQUE (c, b) ON CONFLICT IGNORE);',
  },
  {
    id: 'keys with an order and a collation',
    old: 'CREATE TABLE t (a TEXT, b TEXT);',
    new: 'CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (a DESC, b COLLATE NOCASE), UNIQUE (b DESC));',
  },
  {
    id: 'types as they are written',
    old: 'CREATE TABLE t (a INT, b DATETIME, c "unsigned big int", d NVARCHAR(100), e DOUBLE, f FLOAT, g, h DECIMAL(10,2));',
    new: 'CREATE TABLE t (a BIGINT, b TIMESTAMP, c INT8, d VARCHAR(100), e DOUBLE PRECISION, f REAL, g BLOB, h NUMERIC(10,2));',
  },
  {
    id: 'int is not integer in a key',
    old: 'CREATE TABLE t (id INT PRIMARY KEY, a TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY DESC, a INT); CREATE TABLE v (id INTEGER, PRIMARY KEY (id DESC));',
    rows: "INSERT INTO t VALUES (3, 'x'); INSERT INTO u VALUES (4, 5); INSERT INTO v VALUES (6)",
    new: 'CREATE TABLE t (id INT PRIMARY KEY, a TEXT NOT NULL); CREATE TABLE u (id INTEGER PRIMARY KEY DESC, a INT NOT NULL); CREATE TABLE v (id INTEGER PRIMARY KEY, a INT NOT NULL DEFAULT 1);',
    up: [["SELECT count(*) FROM pragma_index_list('t')", '1']],
  },
  {
    id: 'triggers on a table, on others and on views are restored by a rebuild',
    old: `CREATE TABLE t (a INT, b TEXT); CREATE TABLE log (what TEXT);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER on_t AFTER INSERT ON t WHEN NEW.a > 1 BEGIN INSERT INTO log VALUES ('t; ' || NEW.b); END;
CREATE TRIGGER on_log AFTER DELETE ON log BEGIN UPDATE t SET b = 'gone'; END;
CREATE TRIGGER on_v INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END;`,
    rows: "INSERT INTO t VALUES (1, 'x')",
    new: `CREATE TABLE t (a REAL, b TEXT); CREATE TABLE log (what TEXT);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER on_t AFTER INSERT ON t WHEN NEW.a > 1 BEGIN INSERT INTO log VALUES ('t; ' || NEW.b); END;
CREATE TRIGGER on_log AFTER DELETE ON log BEGIN UPDATE t SET b = 'gone'; END;
CREATE TRIGGER on_v INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END;`,
    up: [['SELECT count(*) FROM log', '0']],
  },
  {
    id: 'a view with columns of its own, over a view, changed with the table below',
    old: 'CREATE TABLE t (a INT, b INT); CREATE VIEW v (x, y) AS SELECT a, b FROM t; CREATE VIEW a AS SELECT x FROM v;',
    rows: 'INSERT INTO t VALUES (1, 2)',
    new: 'CREATE TABLE t (a INT NOT NULL); CREATE VIEW v (x) AS SELECT a FROM t; CREATE VIEW a AS SELECT x + 1 AS x FROM v;',
    lossy: true,
    up: [['SELECT x FROM a', '2']],
  },
  {
    id: 'a column renamed with all that names it, and changed with it',
    old: `CREATE TABLE t (id INTEGER PRIMARY KEY, a INT CHECK (a > 0), b INT AS (a + 1));
CREATE INDEX i ON t (a) WHERE a > 1; CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER tr AFTER UPDATE OF a ON t BEGIN SELECT NEW.a; END;`,
    rows: 'INSERT INTO t (a) VALUES (5)',
    new: `CREATE TABLE t (id INTEGER PRIMARY KEY, c BIGINT NOT NULL CHECK (c > 0), b INT AS (c + 1));
CREATE INDEX i ON t (c) WHERE c > 1; CREATE VIEW v AS SELECT c FROM t;
CREATE TRIGGER tr AFTER UPDATE OF c ON t BEGIN SELECT NEW.c; END;`,
    hints: [{ rename: 'column', table: 't', from: 'a', to: 'c' }],
    up: [['SELECT c + b FROM t', '11']],
  },
  {
    id: 'a table renamed and rebuilt, with what refers to it',
    old: users,
    rows,
    new: users.replaceAll('users', 'people').replace('age INT', 'age TEXT'),
    hints: [{ rename: 'table', from: 'users', to: 'people' }],
    up: [['SELECT count(*) FROM posts', '2']],
  },
  {
    id: 'a table that refers to itself',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t ON DELETE CASCADE, a TEXT);',
    rows: "INSERT INTO t VALUES (1, NULL, 'x'), (2, 1, 'y')",
    new: 'CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t ON DELETE CASCADE, a BLOB);',
    up: [['SELECT count(*) FROM t', '2']],
  },
  {
    id: 'tables that refer to each other',
    old: '',
    new: 'CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a);',
  },
  {
    id: 'names in odd quotes, of odd letters and of keywords',
    old: 'CREATE TABLE [my table] (`order` INT, "a""b" TEXT, \'c\' TEXT, [select] INT, "é" INT); CREATE INDEX "my index" ON [my table] ("order", [select] DESC);',
    rows: "INSERT INTO [my table] VALUES (1, 'x', 'y', 2, 3)",
    new: 'CREATE TABLE [my table] (`order` INT NOT NULL, "a""b" TEXT UNIQUE, \'c\' TEXT, [select] INT, "é" TEXT); CREATE INDEX "my index" ON [my table] ("order");',
  },
  {
    id: 'expression and partial indexes',
    old: "CREATE TABLE t (a TEXT, b INT); CREATE INDEX i ON t (lower(a)); CREATE UNIQUE INDEX j ON t (b) WHERE a = 'x';",
    new: "CREATE TABLE t (a TEXT, b INT); CREATE INDEX i ON t (upper(a), b + 1 DESC); CREATE UNIQUE INDEX j ON t (b) WHERE a = 'y' AND b IS NOT NULL;",
  },
  {
    id: 'a full-text table comes, goes and changes; its shadow tables are nobody’s business',
    old: 'CREATE VIRTUAL TABLE old USING fts5(a); CREATE VIRTUAL TABLE doc USING fts5(title, body);',
    rows: "INSERT INTO doc VALUES ('x', 'y')",
    new: "CREATE VIRTUAL TABLE doc USING fts5(title, body); CREATE VIRTUAL TABLE fresh USING fts5(a, tokenize = 'porter');",
    up: [["SELECT count(*) FROM doc WHERE doc MATCH 'x'", '1']],
  },
  {
    id: 'blanks, comments and the case of words and names are no change',
    old: "create table T (Id integer primary key, -- the key\n Name varchar ( 20 ) not null default 'x' check ( length(Name)>0 ) /* so */);\nCREATE INDEX I ON t(NAME);",
    new: "CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  name VARCHAR(20) NOT NULL DEFAULT 'x' CHECK (length(Name) > 0)\n);\nCREATE INDEX i ON t (name);",
    empty: true,
  },
  {
    id: 'rows that refer to nothing already are no reason to refuse a rebuild',
    old: users,
    rows: "INSERT INTO users VALUES (7, 'ann', 3); PRAGMA foreign_keys = OFF; INSERT INTO posts VALUES (1, 99, 'x')",
    new: users.replace('age INT', 'age REAL'),
    up: [['SELECT user_id FROM posts', '99']],
  },
  {
    id: 'a key that is not there to refer to',
    old: 'CREATE TABLE t (a INT REFERENCES nowhere (x), b INT);',
    rows: 'PRAGMA foreign_keys = OFF; INSERT INTO t VALUES (1, 2)',
    new: 'CREATE TABLE t (a INT REFERENCES nowhere (x), b INT NOT NULL);',
  },
  {
    id: 'rows in a table whose key may be null',
    old: 'CREATE TABLE t (a TEXT PRIMARY KEY, b INT);',
    rows: 'INSERT INTO t VALUES (NULL, 1), (NULL, 2)',
    new: 'CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT);',
    up: [['SELECT count(*) FROM t', '2']],
  },
  {
    id: 'big numbers, blobs and values of other types than the column’s',
    old: 'CREATE TABLE t (a INTEGER, b BLOB, c TEXT, d);',
    rows: "INSERT INTO t VALUES (9223372036854775807, X'00ff', 12, 1.5), ('abc', 'text', X'01', NULL)",
    new: 'CREATE TABLE t (a INTEGER, b BLOB, c TEXT, d, e INT DEFAULT (1 + 1));',
  },
  {
    id: 'defaults of every kind of constant',
    old: 'CREATE TABLE t (x INT);',
    rows: 'INSERT INTO t VALUES (1)',
    new: `CREATE TABLE t (x INT NOT NULL, a TEXT DEFAULT 'it''s', b INT DEFAULT -5, c REAL DEFAULT 1.50, d BLOB DEFAULT X'00', e INT DEFAULT TRUE, f TEXT DEFAULT NULL,
 g TEXT DEFAULT "quoted", h BOOLEAN DEFAULT false, i INT DEFAULT +3, j INT DEFAULT 0x10, k TEXT DEFAULT (NULL), l TEXT DEFAULT ('a' || 'b'), m REAL DEFAULT 1e5);`,
  },
]

describe('changes that SQLite’s ALTER TABLE does not make', () => {
  test.each(cases.map((c) => [c.id, c] as const))('%s', async (_id, c) => {
    expect(await runSqliteCase(c)).toEqual([])
  })
})

describe('a rebuild that is written by hand, as the manual writes it', () => {
  const byHand = (off: string): string =>
    `op.execute(\`${off};
CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO n SELECT * FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;
PRAGMA foreign_keys = ON;\`)`
  const start = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE);
INSERT INTO users VALUES (1, 'a'); INSERT INTO posts VALUES (1, 1);`

  test.each(['PRAGMA foreign_keys = OFF', 'pragma main.foreign_keys=0', 'PRAGMA foreign_keys(off)'])(
    'keeps the rows of other tables: %s has effect although the revision is a transaction',
    async (off) => {
      const r = new OneRevision(start, byHand(off))
      const said = await r.up()
      expect(said).not.toContain('exit')
      expect(r.one('SELECT count(*) FROM posts')).toBe(1)
      expect(r.lines).toContain('table users column name text 1 null 0 0')
      // In a script it stands before BEGIN.
      const { stdout } = await r.cli.run('upgrade', 'head', '--sql')
      expect(stdout).toMatch(/PRAGMA foreign_keys = OFF;\s+BEGIN IMMEDIATE;\s+-- Running upgrade {2}-> a1/)
    },
  )
})
