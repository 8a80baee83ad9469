/** The rules of specs/reliability.md 3.2 as cases: what is dangerous and what is not, on tables that have rows. */
import type { Operations } from '../../../src/operations/recorder.ts'
import * as m from '../../../src/schema.ts'
import { retypes } from './retypes.ts'

export interface HazardCase {
  /** Row of the table 3.2, or `3.1` for what only that one names. */
  readonly rule: number | '3.1'
  readonly title: string
  readonly up: (op: Operations) => void
  /** Run before, on the tables of `setup`. */
  readonly before?: string
  /** The server's version must be at least this. */
  readonly since?: number
  /** The `TimeZone` of the session. */
  readonly zone?: string
  /** Read by its key or as a whole, as the server's planner likes: not told. */
  readonly planned?: string
  /** What it does cannot be told, and that is said. */
  readonly opaque?: true
}

const { sql } = m
const [int, text] = [m.integer(), m.text()]
const column =
  (name: string, changes: Parameters<Operations['alterColumn']>[2]) =>
  (op: Operations): void =>
    op.alterColumn('t', name, changes)
export const setup = `
CREATE TABLE owners (id int PRIMARY KEY, code text);
INSERT INTO owners SELECT i, 'o' || i FROM generate_series(1, 40) i;
CREATE TABLE t (id int PRIMARY KEY, owner int, n int, mail text, body text, seen tsrange);
INSERT INTO t SELECT i, i, i, 'm' || i, 'b', tsrange('2026-01-01', '2026-01-02') FROM generate_series(1, 40) i;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE moods (m mood);
CREATE DOMAIN plain AS text;
CREATE DOMAIN short AS text CHECK (length(value) < 9);
`

const valid = 'ALTER TABLE t ADD CONSTRAINT n_there CHECK (n IS NOT NULL)'
const key = 'ALTER TABLE t ADD CONSTRAINT t_owner_fk FOREIGN KEY (owner) REFERENCES owners'
const byRange = `
CREATE TABLE p (id int, at int NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
INSERT INTO p SELECT i, i FROM generate_series(0, 9) i;
CREATE TABLE p2 (id int, at int NOT NULL);
INSERT INTO p2 SELECT i, i FROM generate_series(10, 19) i;
`
const other = `CREATE TABLE p9 PARTITION OF p DEFAULT; INSERT INTO p VALUES (99, 99);`
const second = m.sql`FOR VALUES FROM (10) TO (20)`

export const cases: readonly HazardCase[] = [
  { rule: 1, title: 'an index', up: (op) => op.createIndex('n_ix', 't', ['n']) },
  {
    rule: 1,
    title: 'an index beside the traffic',
    up: (op) => op.createIndex('n_ix', 't', ['n'], { concurrently: true }),
  },
  {
    rule: 1,
    title: 'an index of a new table',
    up: (op) => (op.createTable('f', { id: int }), op.createIndex('f_ix', 'f', ['id'])),
  },
  { rule: 2, title: 'an index goes', before: 'CREATE INDEX n_ix ON t (n)', up: (op) => op.dropIndex('n_ix') },
  {
    rule: 2,
    title: 'an index goes beside the traffic',
    before: 'CREATE INDEX n_ix ON t (n)',
    up: (op) => op.dropIndex('n_ix', { concurrently: true }),
  },
  { rule: 2, title: 'REINDEX', before: 'CREATE INDEX n_ix ON t (n)', up: (op) => op.execute('REINDEX TABLE t') },
  {
    rule: 2,
    title: 'REINDEX CONCURRENTLY',
    before: 'CREATE INDEX n_ix ON t (n)',
    up: (op) => op.execute('REINDEX TABLE CONCURRENTLY t'),
  },
  {
    rule: 3,
    title: 'a concurrent build between others',
    up: (op) => (
      op.execute('INSERT INTO owners VALUES (99)'),
      op.createIndex('n_ix', 't', ['n'], { concurrently: true }),
      op.execute('INSERT INTO owners VALUES (100)')
    ),
  },
  {
    rule: 4,
    title: 'a concurrent build over an invalid index',
    up: (op) => op.createIndex('n_ix', 't', ['n'], { concurrently: true, unique: true }),
  },
  {
    rule: 5,
    title: 'a foreign key',
    planned: 'owners',
    up: (op) => op.createForeignKey('t_owner_fk', 't', 'owners', ['owner'], ['id']),
  },
  {
    rule: 5,
    title: 'a foreign key that is not valid yet',
    planned: 'owners',
    up: (op) => op.createForeignKey('t_owner_fk', 't', 'owners', ['owner'], ['id'], { notValid: true }),
  },
  {
    rule: 5,
    title: 'a foreign key is validated',
    planned: 'owners',
    before: `${key} NOT VALID`,
    up: (op) => op.validateConstraint('t_owner_fk', 't'),
  },
  {
    rule: 5,
    title: 'a foreign key to itself',
    up: (op) => op.createForeignKey('t_up_fk', 't', 't', ['owner'], ['id']),
  },
  {
    rule: 5,
    title: 'a new table with a foreign key',
    planned: 'owners',
    up: (op) => op.createTable('f', { id: int, o: m.integer().references('owners', 'id') }),
  },
  { rule: 6, title: 'a check', up: (op) => op.createCheckConstraint('t_n_check', 't', sql`n > 0`) },
  {
    rule: 6,
    title: 'a check that is not valid yet',
    up: (op) => op.createCheckConstraint('t_n_check', 't', sql`n > 0`, { notValid: true }),
  },
  {
    rule: 6,
    title: 'a check is validated',
    before: 'ALTER TABLE t ADD CONSTRAINT t_n_check CHECK (n > 0) NOT VALID',
    up: (op) => op.validateConstraint('t_n_check', 't'),
  },
  {
    rule: 7,
    title: 'NOT VALID and VALIDATE in one revision',
    up: (op) => (
      op.createCheckConstraint('t_n_check', 't', sql`n > 0`, { notValid: true }),
      op.validateConstraint('t_n_check', 't')
    ),
  },
  { rule: 8, title: 'NOT NULL', up: column('n', { nullable: false }) },
  { rule: 8, title: 'NOT NULL that a check proves', before: valid, up: column('n', { nullable: false }) },
  {
    rule: 8,
    title: 'NOT NULL that a check would prove if it were valid',
    before: `${valid} NOT VALID`,
    up: column('n', { nullable: false }),
  },
  { rule: 9, title: 'NOT NULL with a default', up: (op) => op.addColumn('t', 'c', m.integer().notNull().default(1)) },
  {
    rule: 9,
    title: 'NOT NULL that is filled',
    up: (op) => op.addColumn('t', 'c', m.integer().notNull(), { backfill: { value: 1 } }),
  },
  {
    rule: 9,
    title: 'NOT NULL without a value',
    before: 'TRUNCATE t',
    up: (op) => op.addColumn('t', 'c', m.integer().notNull()),
  },
  {
    rule: 10,
    title: 'a volatile default',
    up: (op) => op.addColumn('t', 'c', m.doublePrecision().default(sql`random()`)),
  },
  {
    rule: 10,
    title: 'a stable default',
    up: (op) =>
      op.addColumn(
        't',
        'c',
        m
          .timestamp()
          .notNull()
          .default(sql`now()`),
      ),
  },
  {
    rule: 10,
    title: 'a volatile default for rows to come',
    up: (op) => (op.addColumn('t', 'c', m.doublePrecision()), op.alterColumn('t', 'c', { default: sql`random()` })),
  },
  { rule: 11, title: 'a serial column', up: (op) => op.addColumn('t', 'c', m.serial()) },
  { rule: 11, title: 'an identity column', up: (op) => op.addColumn('t', 'c', m.integer().identity()) },
  {
    rule: 11,
    title: 'a stored generated column',
    up: (op) => op.addColumn('t', 'c', m.integer().generatedAs(sql`n * 2`)),
  },
  { rule: 11, title: 'identity for a column that is there', planned: 't', up: column('id', { identity: {} }) },
  { rule: 12, title: 'a unique constraint', up: (op) => op.createUniqueConstraint('t_mail_key', 't', ['mail']) },
  {
    rule: 12,
    title: 'a unique constraint of an index',
    before: 'CREATE UNIQUE INDEX t_mail_key ON t (mail)',
    up: (op) => op.createUniqueConstraint('t_mail_key', 't', ['mail'], { usingIndex: 't_mail_key' }),
  },
  {
    rule: 13,
    title: 'a primary key',
    before: 'ALTER TABLE t DROP CONSTRAINT t_pkey',
    up: (op) => op.createPrimaryKey('t_pkey', 't', ['id']),
  },
  {
    rule: 13,
    title: 'a primary key of an index',
    before: 'ALTER TABLE t DROP CONSTRAINT t_pkey; CREATE UNIQUE INDEX t_pkey ON t (id)',
    up: (op) => op.createPrimaryKey('t_pkey', 't', ['id'], { usingIndex: 't_pkey' }),
  },
  {
    rule: 13,
    title: 'a primary key of an index over a column that may be null',
    before: 'ALTER TABLE t DROP CONSTRAINT t_pkey; CREATE UNIQUE INDEX t_pkey ON t (n)',
    up: (op) => op.createPrimaryKey('t_pkey', 't', ['n'], { usingIndex: 't_pkey' }),
  },
  {
    rule: 14,
    title: 'an exclude constraint',
    before: 'TRUNCATE t',
    up: (op) => op.createExcludeConstraint('t_seen', 't', [['seen', '&&']], { using: 'gist' }),
  },
  ...retypes,
  { rule: 16, title: 'another name for a column', up: column('n', { newColumnName: 'm' }) },
  {
    rule: 16,
    title: 'another schema for a table',
    before: 'CREATE SCHEMA app',
    up: (op) => op.moveTable('t', { to: 'app' }),
  },
  { rule: 16, title: 'another name for an enum label', up: (op) => op.renameEnumValue('mood', 'ok', 'fine') },
  {
    rule: 16,
    title: 'another name for a constraint',
    before: key,
    up: (op) => op.renameConstraint('t_owner_fk', 't', 'fk'),
  },
  {
    rule: 16,
    title: 'another name for an index',
    before: 'CREATE INDEX n_ix ON t (n)',
    up: (op) => op.renameIndex('n_ix', 'm_ix'),
  },
  { rule: 17, title: 'a column goes', up: (op) => op.dropColumn('t', 'body') },
  { rule: 17, title: 'a column with a foreign key goes', before: key, up: (op) => op.dropColumn('t', 'owner') },
  { rule: 17, title: 'a table goes', up: (op) => op.dropTable('t') },
  { rule: 17, title: 'a table with a foreign key goes', before: key, up: (op) => op.dropTable('t') },
  {
    rule: 17,
    title: 'a table with a view goes',
    before: 'CREATE VIEW v AS SELECT id FROM t',
    up: (op) => (op.dropView('v'), op.dropTable('t')),
  },
  { rule: 17, title: 'TRUNCATE', up: (op) => op.execute('TRUNCATE t') },
  {
    rule: 17,
    title: 'TRUNCATE … CASCADE',
    before: `${key}; INSERT INTO t (id, owner) VALUES (99, 1)`,
    up: (op) => op.execute('TRUNCATE owners, t CASCADE'),
  },
  { rule: 17, title: 'a schema goes', before: 'CREATE SCHEMA app', up: (op) => op.dropSchema('app') },
  { rule: 18, title: 'a foreign key goes', before: key, up: (op) => op.dropConstraint('t_owner_fk', 't') },
  { rule: 18, title: 'a check goes', before: valid, up: (op) => op.dropConstraint('n_there', 't') },
  {
    rule: 19,
    title: 'null is allowed',
    before: 'ALTER TABLE t ALTER n SET NOT NULL',
    up: column('n', { nullable: true }),
  },
  {
    rule: 21,
    title: 'a lock, and then all rows of another table',
    up: (op) => (op.addColumn('owners', 'c', int), op.createCheckConstraint('t_n_check', 't', sql`n > 0`)),
  },
  { rule: 22, title: 'a partition is detached', before: byRange, up: (op) => op.detachPartition('p', 'p1') },
  {
    rule: 22,
    title: 'a partition is detached beside the traffic',
    before: byRange,
    up: (op) => op.detachPartition('p', 'p1', { concurrently: true }),
    since: 14,
  },
  { rule: 22, title: 'a partition is attached', before: byRange, up: (op) => op.attachPartition('p', 'p2', second) },
  {
    rule: 22,
    title: 'a partition is attached where a check proves its rows',
    before: `${byRange}ALTER TABLE p2 ADD CHECK (at >= 10 AND at < 20)`,
    up: (op) => op.attachPartition('p', 'p2', second),
  },
  {
    rule: 22,
    title: 'a partition is attached beside a default one',
    before: byRange + other,
    up: (op) => op.attachPartition('p', 'p2', second),
  },
  {
    rule: 22,
    title: 'a new partition',
    before: byRange,
    up: (op) => op.createTable('p3', {}, { partitionOf: { parent: 'p', bound: second } }),
  },
  {
    rule: 22,
    title: 'a new partition beside a default one',
    before: byRange + other,
    up: (op) => op.createTable('p3', {}, { partitionOf: { parent: 'p', bound: second } }),
  },
  { rule: 22, title: 'a partition goes', before: byRange, up: (op) => op.dropTable('p1') },
  {
    rule: 23,
    title: 'a domain gets a check',
    before: 'ALTER TABLE t ADD COLUMN c plain',
    up: (op) =>
      op.alterDomain('plain', text, { checks: [{ name: 'filled', sql: sql`value <> ''` }], was: { type: text } }),
  },
  { rule: 26, title: 'all rows are changed', up: (op) => op.execute(`UPDATE t SET body = 'x'`) },
  { rule: 26, title: 'some rows are changed', up: (op) => op.execute(`UPDATE t SET body = 'x' WHERE id = 1`) },
  {
    rule: 27,
    title: 'a block of code',
    opaque: true,
    up: (op) => op.execute('DO $$ BEGIN ALTER TABLE t ADD x int; END $$'),
  },
  { rule: 27, title: 'a grant', up: (op) => op.grant('SELECT', { kind: 'table', name: 't' }, 'ambix_r1') },
  { rule: 27, title: 'a policy', up: (op) => op.createPolicy('mine', 't', { using: sql`id > 0` }) },
  {
    rule: 28,
    title: 'a label and its use',
    up: (op) => (op.addEnumValue('mood', 'great'), op.execute(`INSERT INTO moods VALUES ('great')`)),
  },
  { rule: 31, title: 'CLUSTER', up: (op) => op.execute('CLUSTER t USING t_pkey') },
  { rule: '3.1', title: 'a column', up: (op) => op.addColumn('t', 'c', int) },
  { rule: '3.1', title: 'a default', up: column('n', { default: 1 }) },
  {
    rule: '3.1',
    title: 'a trigger',
    before: 'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$',
    up: (op) => op.createTrigger('g', 't', sql`CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`),
  },
  { rule: '3.1', title: 'statistics of a column', up: column('n', { statistics: 200 }) },
  { rule: '3.1', title: 'storage of a column', up: column('body', { storage: 'external' }) },
  { rule: '3.1', title: 'fillfactor', up: (op) => op.alterTable('t', { with: { fillfactor: 70 } }) },
  { rule: '3.1', title: 'row level security', up: (op) => op.alterTable('t', { rowSecurity: true }) },
  { rule: '3.1', title: 'unlogged', up: (op) => op.alterTable('t', { unlogged: true }) },
  { rule: '3.1', title: 'replica identity', up: (op) => op.alterTable('t', { replicaIdentity: 'full' } as never) },
  { rule: '3.1', title: 'a comment', up: (op) => op.tableComment('t', 'x') },
  { rule: '3.1', title: 'an owner', up: (op) => op.setOwner({ kind: 'table', name: 't' }, 'ambix_r1') },
  { rule: '3.1', title: 'a view', up: (op) => op.createView('v', sql`SELECT id FROM t`) },
  {
    rule: '3.1',
    title: 'a deferrable foreign key',
    before: key,
    up: (op) => op.alterConstraint('t_owner_fk', 't', { deferrable: true } as never),
  },
  {
    rule: '3.1',
    title: 'a parent',
    before: 'CREATE TABLE base (id int NOT NULL)',
    up: (op) => op.alterTable('t', { inherits: ['base'] } as never),
  },
  {
    rule: '3.1',
    title: 'an enum without a label',
    before: 'CREATE TABLE moodier (m mood); INSERT INTO moodier VALUES (NULL)',
    up: (op) => op.alterEnum('mood', { from: ['sad', 'ok'], to: ['ok'] }),
  },
]
