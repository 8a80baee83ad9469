/** specs/alembic.md sections 3.4, 5.1 and 5.2 (P3) on SQLite: each row as ambix has it, on real files. */
import { describe, expect, test } from 'vitest'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import { isAmbixError } from '../../src/errors.ts'
import { record } from '../../src/operations/recorder.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { project } from '../support/acceptance.ts'
import { runSqliteCase, type SqliteCase } from '../support/sqlite-cases.ts'
import { OneRevision } from '../support/sqlite-revision.ts'

const parent = 'CREATE TABLE p (id INTEGER PRIMARY KEY);'

/** Up, clean, back, up again; `empty`: no difference; `refused`: asked or refused in these words. */
const detected: readonly SqliteCase[] = [
  {
    id: 'A1 tables and columns come and go',
    old: `${parent} CREATE TABLE t (a INT, b INT);`,
    new: `CREATE TABLE t (b INT, c INT); CREATE TABLE q (id INTEGER PRIMARY KEY);`,
    hints: [
      { distinct: 'column', table: 't', from: 'a', to: 'c' },
      { distinct: 'table', from: 'p', to: 'q' },
    ],
    rows: 'INSERT INTO t VALUES (1, 2)',
    lossy: true,
  },
  {
    id: 'A2 nullable',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT NOT NULL);',
    rows: 'INSERT INTO t VALUES (1, 2, 3)',
    new: 'CREATE TABLE t (id INTEGER PRIMARY KEY, a INT NOT NULL, b INT);',
  },
  {
    id: 'A3 a column that may be renamed is asked about, and nothing is written',
    old: 'CREATE TABLE t (a INT);',
    rows: 'INSERT INTO t VALUES (1)',
    new: 'CREATE TABLE t (b INT);',
    refused: /Is the column t\.a renamed, or is it dropped and another one added\?/,
  },
  {
    id: 'A3 a rename that is said keeps the values',
    old: 'CREATE TABLE t (a INT);',
    rows: 'INSERT INTO t VALUES (1)',
    new: 'CREATE TABLE s (b INT);',
    hints: [
      { rename: 'table', from: 't', to: 's' },
      { rename: 'column', table: 's', from: 'a', to: 'b' },
    ],
    up: [['SELECT b FROM s', '1']],
  },
  {
    id: 'A4 an index under another name',
    old: 'CREATE TABLE t (a INT); CREATE INDEX i ON t (a);',
    new: 'CREATE TABLE t (a INT); CREATE INDEX j ON t (a);',
  },
  {
    id: 'A4 constraints under another name are no difference, since SQLite has no use for the name',
    old: `${parent} CREATE TABLE t (a INT CONSTRAINT x REFERENCES p, CONSTRAINT k PRIMARY KEY (a), CONSTRAINT c CHECK (a > 0));`,
    new: `${parent} CREATE TABLE t (a INT REFERENCES p, PRIMARY KEY (a), CONSTRAINT d CHECK (a > 0));`,
    empty: true,
  },
  {
    id: 'A5 families and lengths of types',
    old: 'CREATE TABLE t (a INT, b VARCHAR(10), c TIMESTAMP);',
    new: 'CREATE TABLE t (a TEXT, b VARCHAR(20), c DATE);',
  },
  {
    id: 'A6 an argument or a collation on one side only',
    old: 'CREATE TABLE t (a VARCHAR(10), b NUMERIC, c TEXT);',
    new: 'CREATE TABLE t (a VARCHAR, b NUMERIC(10,2), c TEXT COLLATE NOCASE);',
  },
  {
    id: 'A7 a label of an enum comes, and goes on the way back',
    old: "CREATE TABLE t (s TEXT CONSTRAINT enum_s CHECK (s IN ('a', 'b')));",
    rows: "INSERT INTO t VALUES ('a')",
    new: "CREATE TABLE t (s TEXT CONSTRAINT enum_s CHECK (s IN ('a', 'b', 'c')));",
    hints: [{ remap: 'value', enum: 's', from: 'c', to: 'a', direction: 'down' }],
  },
  {
    id: 'A8 text becomes an enum by a map, without a step by hand',
    old: 'CREATE TABLE t (s VARCHAR(10));',
    rows: "INSERT INTO t VALUES ('a')",
    new: "CREATE TABLE t (s TEXT CONSTRAINT enum_s CHECK (s IN ('a', 'b')));",
    hints: [{ map: 't.s', values: { a: 'a' } }],
  },
  {
    id: 'A9 indexes: unique, columns, their order, DESC, expressions',
    old: 'CREATE TABLE t (a INT, b TEXT); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a, b); CREATE INDEX k ON t (a); CREATE INDEX l ON t (lower(b));',
    new: 'CREATE TABLE t (a INT, b TEXT); CREATE UNIQUE INDEX i ON t (a); CREATE INDEX j ON t (b, a); CREATE INDEX k ON t (a DESC); CREATE INDEX l ON t (upper(b));',
  },
  {
    id: 'A10 the condition of an index, and its collation',
    old: 'CREATE TABLE t (a INT, b TEXT); CREATE INDEX i ON t (a) WHERE a > 0; CREATE INDEX j ON t (b);',
    new: 'CREATE TABLE t (a INT, b TEXT); CREATE INDEX i ON t (a) WHERE a > 1; CREATE INDEX j ON t (b COLLATE NOCASE);',
  },
  {
    id: 'A11 the case of a string within an expression',
    old: "CREATE TABLE t (b TEXT); CREATE INDEX i ON t (b || 'x');",
    new: "CREATE TABLE t (b TEXT); CREATE INDEX i ON t (b || 'X');",
  },
  {
    id: 'A12 unique constraints, with a name and without, and the order of their columns',
    old: 'CREATE TABLE t (a INT, b INT, c INT UNIQUE, UNIQUE (a, b));',
    new: 'CREATE TABLE t (a INT, b INT, c INT, UNIQUE (b, a), CONSTRAINT u UNIQUE (a, c));',
  },
  {
    id: 'A13 foreign keys: what they do, and when',
    old: `${parent} CREATE TABLE t (a INT REFERENCES p ON DELETE CASCADE, b INT REFERENCES p, c INT REFERENCES p ON DELETE NO ACTION);`,
    rows: 'INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 1)',
    new: `${parent} CREATE TABLE t (a INT REFERENCES p ON DELETE SET NULL ON UPDATE CASCADE, b INT REFERENCES p DEFERRABLE INITIALLY DEFERRED, c INT REFERENCES p);`,
  },
  {
    id: 'A14 the columns of a primary key',
    old: 'CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a)) WITHOUT ROWID;',
    new: 'CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID;',
  },
  {
    id: 'A15 checks and defaults',
    old: 'CREATE TABLE t (a INT DEFAULT 1, CHECK (a > 0));',
    new: 'CREATE TABLE t (a INT DEFAULT 2, CHECK (a <> 9));',
  },
  {
    id: 'A16 a check with a name and the same without one are no difference, another expression is',
    old: 'CREATE TABLE t (a INT CHECK (a > 0), b INT, CONSTRAINT c CHECK (b > 0));',
    new: 'CREATE TABLE t (a INT, b INT, CONSTRAINT n CHECK (a > 0), CONSTRAINT c CHECK (b > -1));',
  },
  {
    id: 'A18 a default that is never twice the same is no difference',
    old: "CREATE TABLE t (a INT DEFAULT (random()), b TEXT DEFAULT CURRENT_TIMESTAMP, c TEXT DEFAULT (datetime('now')));",
    new: "create table t (a int default (random ( )), b text default current_timestamp, c text default (datetime ( 'now' )));",
    empty: true,
  },
  {
    id: 'A19 AUTOINCREMENT',
    old: 'CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);',
    new: 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT);',
  },
  {
    id: 'A20 generated columns come, go and change',
    old: 'CREATE TABLE t (a INT, b INT AS (a + 1), c INT AS (a) STORED);',
    rows: 'INSERT INTO t (a) VALUES (1)',
    new: 'CREATE TABLE t (a INT, b INT AS (a * 2), d INT AS (a * 2) STORED);',
    hints: [{ distinct: 'column', table: 't', from: 'c', to: 'd' }],
    lossy: true,
  },
  {
    id: 'A22 views, triggers and virtual tables',
    old: 'CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t;',
    new: 'CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a + 1 AS a FROM t; CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END; CREATE VIRTUAL TABLE f USING fts5(a);',
  },
  {
    id: 'A24 tables that the schema lacks are dropped',
    old: 'CREATE TABLE t (a INT); CREATE TABLE foreign_one (a INT);',
    new: 'CREATE TABLE t (a INT);',
  },
  {
    id: 'A25 the order of columns is no difference',
    old: 'CREATE TABLE t (a INT, b TEXT);',
    new: 'CREATE TABLE t (b TEXT, a INT);',
    empty: true,
  },
  {
    id: 'A26 NOT NULL without a default over rows is asked about',
    old: 'CREATE TABLE t (a INT);',
    rows: 'INSERT INTO t VALUES (1)',
    new: 'CREATE TABLE t (a INT, b INT NOT NULL);',
    refused: /backfill/,
  },
  {
    id: 'A27 tables go in the order that their foreign keys allow',
    old: 'CREATE TABLE z (id INTEGER PRIMARY KEY); CREATE TABLE a (id INTEGER PRIMARY KEY, z INT REFERENCES z ON DELETE RESTRICT); CREATE TABLE m (a INT REFERENCES a ON DELETE RESTRICT); CREATE TABLE t (x INT);',
    rows: 'INSERT INTO z VALUES (1); INSERT INTO a VALUES (1, 1); INSERT INTO m VALUES (1)',
    new: 'CREATE TABLE t (x INT);',
    lossy: true,
  },
  {
    id: 'A28 tables that refer to each other',
    old: 'CREATE TABLE t (x INT);',
    new: 'CREATE TABLE t (x INT); CREATE TABLE a (id INTEGER PRIMARY KEY, b INT REFERENCES b); CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a);',
  },
  {
    id: 'A29 no difference, no file',
    old: 'CREATE TABLE t (x INT);',
    new: 'CREATE TABLE t (x INT);',
    empty: true,
  },
  {
    id: 'P3 expression indexes are compared, and a default with brackets or quotes is the same default',
    old: "CREATE TABLE t (a INT DEFAULT 1, b TEXT DEFAULT 'x'); CREATE INDEX i ON t (lower(b), (a));",
    new: "CREATE TABLE t (a INT DEFAULT (1), b TEXT DEFAULT ('x')); CREATE INDEX i ON t (lower ( b ), a);",
    empty: true,
  },
]

describe('autogenerate', () => {
  test.each(detected.map((c) => [c.id, c] as const))('%s', async (_id, c) => {
    expect(await runSqliteCase(c)).toEqual([])
  })

  test('A21 comments of models are left out, since SQLite keeps none', async () => {
    const cli = project('sqlite:./app.db', '', JSON.stringify({ schema: './schema.ts' }))
    try {
      const { writeFileSync } = await import('node:fs')
      writeFileSync(
        `${cli.dir}/schema.ts`,
        "import { integer, table } from 'ambix/schema'\nexport const t = table('t', { id: integer().primaryKey().comment('c') }, { comment: 't' })\n",
      )
      for (const words of ['revision --autogenerate -m x', 'upgrade head', 'check'])
        expect([words, (await cli.run(...words.split(' '))).code]).toEqual([words, 0])
    } finally {
      cli.close()
    }
  })

  test.each([
    ['A17 exclusion constraints', (op: Op) => op.createExcludeConstraint('x', 't', [['a', '=']])],
    ['A23 partitions', (op: Op) => op.attachPartition('t', 'p', "FOR VALUES IN ('a')")],
    ['A21 comments that a revision sets by hand', (op: Op) => op.tableComment('t', 'x')],
  ])('%s are refused in words', (_, body) => {
    try {
      sqlite.compile(record(body), emptySchema, { offline: false })
      expect.unreachable()
    } catch (error) {
      expect(isAmbixError(error) && [error.code, error.why]).toEqual([
        'OPERATION.UNSUPPORTED',
        expect.stringMatching(/^SQLite/),
      ])
    }
  })
})

type Op = Parameters<Parameters<typeof record>[0]>[0]

const table =
  "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, CONSTRAINT c CHECK (b > 0), CONSTRAINT f FOREIGN KEY (b) REFERENCES p); CREATE INDEX i ON t (a); INSERT INTO p VALUES (3); INSERT INTO t VALUES (1, 'x', 3);"

describe('the shape of the SQL', () => {
  test.each<[string, string, RegExp, string]>([
    [
      'Q1 another type: a rebuild',
      "op.alterColumn('t', 'b', { type: real() })",
      /CREATE TABLE ambix_new_t/,
      'table t column b real 0 null 0 0',
    ],
    [
      'Q2 NOT NULL: a rebuild',
      "op.alterColumn('t', 'a', { nullable: false })",
      /ambix_new_t/,
      'table t column a text 1 null 0 0',
    ],
    [
      'Q3 a default: a rebuild',
      "op.alterColumn('t', 'a', { default: 'y' })",
      /ambix_new_t/,
      "table t column a text 0 'y' 0 0",
    ],
    [
      'Q4 a column renamed in place',
      "op.alterColumn('t', 'a', { newColumnName: 'c' })",
      /^(?![^]*ambix_new)[^]*ALTER TABLE t RENAME COLUMN a TO c/,
      'table t column c text 0 null 0 0',
    ],
    [
      'Q6 a table renamed in place',
      "op.renameTable('t', 's')",
      /ALTER TABLE t RENAME TO s/,
      'table s column a text 0 null 0 0',
    ],
    ['Q9 a foreign key dropped: a rebuild', "op.dropConstraint('f', 't', { type: 'foreignKey' })", /ambix_new_t/, ''],
    ['Q8 a constraint dropped without its type', "op.dropConstraint('c', 't')", /ambix_new_t/, ''],
    [
      'Q10 any constraint added: a rebuild',
      "op.createUniqueConstraint('u', 't', ['a', 'b'])",
      /ambix_new_t/,
      'table t index u unique 1 partial 0 (a 0 binary, b 0 binary) ',
    ],
    ['Q11 an index dropped', "op.dropIndex('i', { table: 't' })", /DROP INDEX i/, ''],
  ])('%s', async (_, body, log, line) => {
    const r = new OneRevision(table, body)
    expect(await r.up()).toMatch(log)
    if (line !== '') expect(r.lines).toContain(line)
    expect(r.one("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'ambix_new%'")).toBe(0)
    if (body.includes("dropConstraint('f'")) expect(r.lines.some((l) => l.includes('foreign key'))).toBe(false)
    if (body.includes("dropConstraint('c'")) expect(r.lines.some((l) => l.includes('check'))).toBe(false)
  })

  test.each<[string, string, RegExp]>([
    ['Q5 the comment of a column', "op.alterColumn('t', 'a', { comment: 'x' })", /SQLite has no comment of columns/],
    [
      'Q12 an identity',
      "op.addColumn('t', 'n', integer().identity())",
      /[Oo]nly an integer primary key is numbered automatically/,
    ],
    ['Q13 the comment of a table', "op.tableComment('t', 'x')", /SQLite keeps no comments/],
  ])('%s is refused in words, before anything runs', async (_, body, words) => {
    const r = new OneRevision(table, `op.execute('SELECT 1'); ${body}`)
    const before = r.lines
    expect(await r.up()).toMatch(words)
    expect(r.lines).toEqual(before)
  })

  test('Q7 IF NOT EXISTS and IF EXISTS are worked out from the table, since ALTER TABLE does not know them', async () => {
    const r = new OneRevision(
      table,
      `op.addColumn('t', 'A', text(), { ifNotExists: true }); op.addColumn('t', 'n', text(), { ifNotExists: true })
op.dropColumn('t', 'nobody', { ifExists: true }); op.dropConstraint('nobody', 't', { ifExists: true })`,
    )
    expect(await r.up()).not.toMatch(/exit|ambix_new/)
    expect(r.columns('t')).toBe('id,a,b,n')
  })

  test('Q14 a script stands between BEGIN and COMMIT', async () => {
    const r = new OneRevision('CREATE TABLE other (a)', "op.createTable('t', { id: integer().primaryKey() })")
    const { stdout } = await r.cli.run('upgrade', 'head', '--sql')
    expect(stdout).toMatch(/^BEGIN IMMEDIATE;\n[^]*\nCOMMIT;\n$/)
    r.look((d) => d.exec(stdout))
    expect(r.columns('t')).toBe('id')
  })
})
