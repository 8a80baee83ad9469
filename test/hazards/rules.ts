/**
 * The rules of specs/reliability.md 3.2, one by one: what is dangerous, how it is told, and the form that is not told so. Each
 * case stands as a revision in TypeScript and as one in SQL, upon the schema of `base`.
 */

/** The body of a revision: the operations, or statements of SQL. */
export interface Forms {
  readonly ts?: string
  readonly sql?: string
}

export interface Rule {
  /** Row of the table, with a letter where it has several. */
  readonly id: string
  readonly danger: string
  /** `CODE:object`; absent where ambix does by itself what is safe. */
  readonly told?: string
  readonly safe: string
  readonly bad?: Forms
  readonly good?: Forms
  /** Told with `--style` only. */
  readonly style?: true
  /** Another dialect than PostgreSQL, where only operations are told. */
  readonly dialect?: 'mysql' | 'sqlite'
  /** Where it is tested, for what ambix does by itself. */
  readonly test?: string
}

export const base = `
  op.createEnum('mood', ['sad', 'ok'])
  op.createDomain('plain', text())
  op.createSequence('s')
  op.createSchema('app')
  op.createTable('owners', { id: bigint().primaryKey(), code: text() })
  op.createTable('t', {
    id: bigint().primaryKey(), owner: bigint(), n: integer(), mail: text().notNull(), body: text(), small: varchar(5),
    checked: varchar(5), at: timestamp(), amount: numeric(5, 2), mood: enumRef('mood'), span: tsrange(), at_zone: timestamp({ withTimeZone: true }), p: domainRef('plain'),
  })
  op.createIndex('t_n_ix', 't', ['n'])
  op.createCheckConstraint('t_checked', 't', sql\`checked <> 'x'\`)
  op.createForeignKey('t_owner_fk', 't', 'owners', ['owner'], ['id'])
  op.createTable('nokey', { id: bigint().notNull(), n: integer() })
  op.createTable('p', { id: bigint(), at: integer().notNull() }, { partitionBy: sql\`RANGE (at)\` })
  op.createTable('p1', {}, { partitionOf: { parent: 'p', bound: sql\`FOR VALUES FROM (0) TO (10)\` } })
  op.createTable('p2', { id: bigint(), at: integer().notNull() })
  op.createTable('p3', { id: bigint(), at: integer().notNull() })
  op.createCheckConstraint('p3_at', 'p3', sql\`at >= 20 AND at < 30\`)
  op.createExtension('citext', { version: '1.5' })
`

/** The same for the other dialects. */
export const plainBase = `
  op.createEnum('mood', ['sad', 'ok'])
  op.createTable('t', { id: bigint().primaryKey(), n: integer(), small: varchar(5), mood: enumRef('mood') })
  op.createTable('nokey', { id: bigint().notNull() })
`

const long = 'n'.repeat(64)
const own = `op.createTable('f', { id: bigint(), o: bigint(), x: integer(), d: text() })`
const ownSql = 'CREATE TABLE f (id bigint, o bigint, x int, d text);'

export const rules: readonly Rule[] = [
  {
    id: '1',
    danger: 'CREATE INDEX keeps writers out',
    told: 'BLOCKS_WRITES:t',
    safe: '`concurrently: true`',
    bad: { ts: `op.createIndex('i', 't', ['mail'])`, sql: 'CREATE INDEX i ON t (mail);' },
    good: {
      ts: `op.createIndex('i', 't', ['mail'], { concurrently: true })`,
      sql: 'CREATE INDEX CONCURRENTLY i ON t (mail);',
    },
  },
  {
    id: '2a',
    danger: 'DROP INDEX keeps all out',
    told: 'BLOCKS_READS:t',
    safe: '`concurrently: true`',
    bad: { ts: `op.dropIndex('t_n_ix')`, sql: 'DROP INDEX t_n_ix;' },
    good: { ts: `op.dropIndex('t_n_ix', { concurrently: true })`, sql: 'DROP INDEX CONCURRENTLY t_n_ix;' },
  },
  {
    id: '2b',
    danger: 'REINDEX keeps writers out',
    told: 'BLOCKS_WRITES:t',
    safe: 'REINDEX … CONCURRENTLY',
    bad: { sql: 'REINDEX INDEX t_n_ix;' },
    good: { sql: 'REINDEX INDEX CONCURRENTLY t_n_ix;' },
  },
  {
    id: '3',
    danger: 'CONCURRENTLY in a transaction is refused',
    safe: 'ambix splits the revision there',
    test: 'test/live/hazards.test.ts',
  },
  {
    id: '4',
    danger: 'A failed concurrent build leaves an invalid index',
    safe: 'ambix drops it and builds it again',
    test: 'test/live/hazards.test.ts',
  },
  {
    id: '5',
    danger: 'ADD FOREIGN KEY reads all rows under its locks',
    told: 'FULL_SCAN:t',
    safe: '`notValid: true`, then `op.validateConstraint`',
    bad: {
      ts: `op.createForeignKey('k', 't', 'owners', ['id'], ['id'])`,
      sql: 'ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES owners (id);',
    },
    good: {
      ts: `op.createForeignKey('k', 't', 'owners', ['id'], ['id'], { notValid: true })\n  op.validateConstraint('k', 't')`,
      sql: 'ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES owners (id) NOT VALID;',
    },
  },
  {
    id: '6',
    danger: 'ADD CHECK reads all rows while it keeps all out',
    told: 'FULL_SCAN:t',
    safe: '`notValid: true`, then `op.validateConstraint`',
    bad: {
      ts: "op.createCheckConstraint('c', 't', sql`n > 0`)",
      sql: 'ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0);',
    },
    good: {
      ts: "op.createCheckConstraint('c', 't', sql`n > 0`, { notValid: true })\n  op.validateConstraint('c', 't')",
      sql: 'ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;',
    },
  },
  {
    id: '7',
    danger: 'NOT VALID and VALIDATE in one transaction',
    told: 'LONG_LOCK:t',
    safe: 'ambix commits between the operations; in SQL, `-- ambix:no-transaction`',
    bad: {
      sql: 'ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT c;',
    },
    good: {
      ts: "op.createCheckConstraint('c', 't', sql`n > 0`, { notValid: true })\n  op.validateConstraint('c', 't')",
      sql: '-- ambix:no-transaction\nALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT c;',
    },
  },
  {
    id: '8',
    danger: 'SET NOT NULL reads all rows while it keeps all out',
    told: 'FULL_SCAN:t',
    safe: 'a check `IS NOT NULL` that is validated first',
    bad: { ts: `op.alterColumn('t', 'n', { nullable: false })`, sql: 'ALTER TABLE t ALTER COLUMN n SET NOT NULL;' },
    good: {
      ts: "op.createCheckConstraint('c', 't', sql`n IS NOT NULL`, { notValid: true })\n  op.validateConstraint('c', 't')\n  op.alterColumn('t', 'n', { nullable: false })",
      sql: '-- ambix:no-transaction\nALTER TABLE t ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT c;\nALTER TABLE t ALTER COLUMN n SET NOT NULL;',
    },
  },
  {
    id: '9',
    danger: 'ADD COLUMN NOT NULL without a default fails where there are rows',
    told: 'FULL_SCAN:t',
    safe: 'a default, `backfill`, or a column that may be null',
    bad: { ts: `op.addColumn('t', 'c', integer().notNull())`, sql: 'ALTER TABLE t ADD COLUMN c int NOT NULL;' },
    good: {
      ts: `op.addColumn('t', 'c', integer().notNull().default(1))`,
      sql: 'ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 1;',
    },
  },
  {
    id: '10',
    danger: 'A volatile default writes all rows',
    told: 'TABLE_REWRITE:t',
    safe: 'the column, its default, then `op.backfill`',
    bad: {
      ts: "op.addColumn('t', 'c', uuid().default(sql`gen_random_uuid()`))",
      sql: 'ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid();',
    },
    good: {
      ts: "op.addColumn('t', 'c', uuid())\n  op.alterColumn('t', 'c', { default: sql`gen_random_uuid()` })\n  op.backfill('t', { set: { c: sql`gen_random_uuid()` }, where: sql`c IS NULL`, down: {} })",
      sql: 'ALTER TABLE t ADD COLUMN c uuid;\nALTER TABLE t ALTER COLUMN c SET DEFAULT gen_random_uuid();',
    },
  },
  {
    id: '11a',
    danger: 'A serial column writes all rows',
    told: 'TABLE_REWRITE:t',
    safe: 'a bigint column, then a sequence as its default',
    bad: { ts: `op.addColumn('t', 'c', bigserial())`, sql: 'ALTER TABLE t ADD COLUMN c bigserial;' },
    good: {
      ts: `op.addColumn('t', 'c', bigint())\n  op.alterColumn('t', 'c', { default: sql\`nextval('s')\` })`,
      sql: `ALTER TABLE t ADD COLUMN c bigint;\nALTER TABLE t ALTER COLUMN c SET DEFAULT nextval('s');`,
    },
  },
  {
    id: '11b',
    danger: 'An identity column writes all rows',
    told: 'TABLE_REWRITE:t',
    safe: 'a bigint column, then a sequence as its default',
    bad: {
      ts: `op.addColumn('t', 'c', bigint().identity())`,
      sql: 'ALTER TABLE t ADD COLUMN c bigint GENERATED BY DEFAULT AS IDENTITY;',
    },
    good: { ts: `op.addColumn('t', 'c', bigint())`, sql: 'ALTER TABLE t ADD COLUMN c bigint;' },
  },
  {
    id: '11c',
    danger: 'A stored generated column writes all rows',
    told: 'TABLE_REWRITE:t',
    safe: 'a column and a trigger that fills it',
    bad: {
      ts: "op.addColumn('t', 'c', integer().generatedAs(sql`n * 2`))",
      sql: 'ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED;',
    },
    good: { ts: `op.addColumn('t', 'c', integer())`, sql: 'ALTER TABLE t ADD COLUMN c int;' },
  },
  {
    id: '12',
    danger: 'ADD UNIQUE builds its index while it keeps all out',
    told: 'FULL_SCAN:t',
    safe: 'a unique index built `concurrently`, then `usingIndex`',
    bad: {
      ts: `op.createUniqueConstraint('u', 't', ['mail'])`,
      sql: 'ALTER TABLE t ADD CONSTRAINT u UNIQUE (mail);',
    },
    good: {
      ts: `op.createIndex('u', 't', ['mail'], { unique: true, concurrently: true })\n  op.createUniqueConstraint('u', 't', ['mail'], { usingIndex: 'u' })`,
      sql: 'CREATE UNIQUE INDEX CONCURRENTLY u ON t (mail);\nALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX u;',
    },
  },
  {
    id: '13',
    danger: 'ADD PRIMARY KEY builds its index while it keeps all out',
    told: 'FULL_SCAN:nokey',
    safe: 'a unique index built `concurrently` over columns that are not null, then `usingIndex`',
    bad: {
      ts: `op.createPrimaryKey('k', 'nokey', ['id'])`,
      sql: 'ALTER TABLE nokey ADD CONSTRAINT k PRIMARY KEY (id);',
    },
    good: {
      ts: `op.createIndex('k', 'nokey', ['id'], { unique: true, concurrently: true })\n  op.createPrimaryKey('k', 'nokey', ['id'], { usingIndex: 'k' })`,
      sql: 'CREATE UNIQUE INDEX CONCURRENTLY k ON nokey (id);\nALTER TABLE nokey ADD CONSTRAINT k PRIMARY KEY USING INDEX k;',
    },
  },
  {
    id: '14',
    danger: 'An EXCLUDE constraint builds its index while it keeps all out',
    told: 'FULL_SCAN:t',
    safe: 'none: create it with the table, or choose a quiet time',
    bad: {
      ts: `op.createExcludeConstraint('x', 't', [['span', '&&']], { using: 'gist' })`,
      sql: 'ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (span WITH &&);',
    },
    good: {
      ts: `op.createTable('f', { span: tsrange() })\n  op.createExcludeConstraint('x', 'f', [['span', '&&']], { using: 'gist' })`,
      sql: 'CREATE TABLE f (span tsrange, CONSTRAINT x EXCLUDE USING gist (span WITH &&));',
    },
  },
  {
    id: '15',
    danger: 'Another type writes all rows',
    told: 'TABLE_REWRITE:t',
    safe: 'a new column, filled by `op.backfill`; types of the same stored form are not told',
    bad: { ts: `op.alterColumn('t', 'n', { type: bigint() })`, sql: 'ALTER TABLE t ALTER COLUMN n TYPE bigint;' },
    good: {
      ts: `op.alterColumn('t', 'small', { type: varchar(9) })`,
      sql: 'ALTER TABLE t ALTER COLUMN small TYPE varchar(9);',
    },
  },
  {
    id: '16a',
    danger: 'Another name for a column',
    told: 'BREAKS_CLIENTS:t.n',
    safe: 'a new column, both written, the old one dropped later',
    bad: { ts: `op.alterColumn('t', 'n', { newColumnName: 'm' })`, sql: 'ALTER TABLE t RENAME COLUMN n TO m;' },
    good: { ts: `op.addColumn('t', 'm', integer())`, sql: 'ALTER TABLE t ADD COLUMN m int;' },
  },
  {
    id: '16b',
    danger: 'Another name or schema for a table',
    told: 'BREAKS_CLIENTS:t',
    safe: 'a view of the old name',
    bad: { ts: `op.renameTable('t', 'u')`, sql: 'ALTER TABLE t RENAME TO u;' },
    good: { ts: `op.renameIndex('t_n_ix', 'u_n_ix')`, sql: 'ALTER TABLE t RENAME CONSTRAINT t_checked TO u_checked;' },
  },
  {
    id: '16c',
    danger: 'Another name for a schema',
    told: 'BREAKS_CLIENTS:app',
    safe: 'the objects, one after the other',
    bad: { ts: `op.renameSchema('app', 'shop')`, sql: 'ALTER SCHEMA app RENAME TO shop;' },
    good: { ts: `op.createSchema('shop')`, sql: 'CREATE SCHEMA shop;' },
  },
  {
    id: '16d',
    danger: 'Another name for an enum label',
    told: 'BREAKS_CLIENTS:mood.ok',
    safe: 'a new label, rows moved to it, the old one dropped later',
    bad: { ts: `op.renameEnumValue('mood', 'ok', 'fine')`, sql: `ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';` },
    good: {
      ts: `op.addEnumValue('mood', 'fine', { after: 'ok' })`,
      sql: `ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';`,
    },
  },
  {
    id: '17a',
    danger: 'DROP COLUMN',
    told: 'DATA_LOSS:t.body',
    safe: 'programs first; allow it by name',
    bad: { ts: `op.dropColumn('t', 'body')`, sql: 'ALTER TABLE t DROP COLUMN body;' },
    good: { ts: `${own}\n  op.dropColumn('f', 'x')`, sql: `${ownSql}\nALTER TABLE f DROP COLUMN x;` },
  },
  {
    id: '17b',
    danger: 'DROP TABLE',
    told: 'DATA_LOSS:t',
    safe: 'programs first; allow it by name',
    bad: { ts: `op.dropTable('t')`, sql: 'DROP TABLE t;' },
    good: { ts: `${own}\n  op.dropTable('f')`, sql: `${ownSql}\nDROP TABLE f;` },
  },
  {
    id: '17c',
    danger: 'DROP SCHEMA',
    told: 'DATA_LOSS:app',
    safe: 'allow it by name',
    bad: { ts: `op.dropSchema('app')`, sql: 'DROP SCHEMA app;' },
    good: { ts: `op.createSchema('shop')`, sql: 'CREATE SCHEMA shop;' },
  },
  {
    id: '17d',
    danger: 'TRUNCATE, its CASCADE most of all',
    told: 'DATA_LOSS:CASCADE',
    safe: 'name the tables; allow each by name',
    bad: { sql: 'TRUNCATE owners CASCADE;' },
    good: { sql: `${ownSql}\nTRUNCATE f;` },
  },
  {
    id: '17e',
    danger: 'DROP DATABASE',
    told: 'DATA_LOSS:shop',
    safe: 'not in a revision',
    bad: { sql: 'DROP DATABASE shop;' },
    good: { sql: 'CREATE SCHEMA shop;' },
  },
  {
    id: '18a',
    danger: 'A foreign key goes that others rely on',
    told: 'BREAKS_CLIENTS:t.t_owner_fk',
    safe: 'allow it by name; to change one, drop and create it in one revision',
    bad: { ts: `op.dropConstraint('t_owner_fk', 't')`, sql: 'ALTER TABLE t DROP CONSTRAINT t_owner_fk;' },
    good: {
      ts: `op.dropConstraint('t_owner_fk', 't')\n  op.createForeignKey('t_owner_fk', 't', 'owners', ['owner'], ['id'], { notValid: true })`,
      sql: 'ALTER TABLE t DROP CONSTRAINT t_owner_fk, ADD CONSTRAINT t_owner_fk FOREIGN KEY (owner) REFERENCES owners (id) NOT VALID;',
    },
  },
  {
    id: '18b',
    danger: 'Another constraint goes that others rely on',
    told: 'BREAKS_CLIENTS:t.t_checked',
    safe: 'allow it by name; to change one, drop and create it in one revision',
    bad: { ts: `op.dropConstraint('t_checked', 't')`, sql: 'ALTER TABLE t DROP CONSTRAINT t_checked;' },
    good: {
      ts: "op.createCheckConstraint('c', 't', sql`n > 0`, { notValid: true })\n  op.dropConstraint('c', 't')",
      sql: 'ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\nALTER TABLE t DROP CONSTRAINT c;',
    },
  },
  {
    id: '19',
    danger: 'DROP NOT NULL: programs meet null',
    told: 'BREAKS_CLIENTS:t.mail',
    safe: 'programs first; allow it by name',
    bad: {
      ts: `op.alterColumn('t', 'mail', { nullable: true })`,
      sql: 'ALTER TABLE t ALTER COLUMN mail DROP NOT NULL;',
    },
    good: {
      ts: `op.alterColumn('t', 'mail', { default: 'x' })`,
      sql: `ALTER TABLE t ALTER COLUMN mail SET DEFAULT 'x';`,
    },
  },
  {
    id: '20',
    danger: 'No lock_timeout: one long transaction, and all stand behind the migration',
    safe: 'ambix sets it, rolls back and tries again',
    test: 'test/live/limits.test.ts',
  },
  {
    id: '21',
    danger: 'A lock is held while another table is read or written',
    told: 'LONG_LOCK:owners',
    safe: 'the lock last, or a revision for each table',
    bad: {
      ts: "op.addColumn('owners', 'c', integer())\n  op.execute('UPDATE t SET n = 1')",
      sql: 'ALTER TABLE owners ADD COLUMN c int;\nUPDATE t SET n = 1;',
    },
    good: {
      ts: "op.execute('UPDATE t SET n = 1')\n  op.addColumn('owners', 'c', integer())",
      sql: 'UPDATE t SET n = 1;\nALTER TABLE owners ADD COLUMN c int;',
    },
  },
  {
    id: '22a',
    danger: 'DETACH PARTITION keeps all out of the parent',
    told: 'BLOCKS_READS:p',
    safe: '`concurrently: true`, then `op.dropConstraint` of the check that the server leaves',
    bad: { ts: `op.detachPartition('p', 'p1')`, sql: 'ALTER TABLE p DETACH PARTITION p1;' },
    good: {
      ts: `op.detachPartition('p', 'p1', { concurrently: true })`,
      sql: 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;',
    },
  },
  {
    id: '22b',
    danger: 'ATTACH PARTITION reads all rows of the partition',
    told: 'FULL_SCAN:p2',
    safe: 'a validated check of the bound first',
    bad: {
      ts: "op.attachPartition('p', 'p2', sql`FOR VALUES FROM (10) TO (20)`)",
      sql: 'ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);',
    },
    good: {
      ts: "op.attachPartition('p', 'p3', sql`FOR VALUES FROM (20) TO (30)`)",
      sql: 'ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);',
    },
  },
  {
    id: '23a',
    danger: 'A domain with a check: its changes read all tables that use it',
    told: 'STYLE:pos',
    safe: 'a check of the table',
    style: true,
    bad: {
      ts: "op.createDomain('pos', integer(), { checks: [{ name: 'pos', sql: sql`value > 0` }] })",
      sql: 'CREATE DOMAIN pos AS int CHECK (value > 0);',
    },
    good: { ts: `op.createDomain('pos', integer())`, sql: 'CREATE DOMAIN pos AS int;' },
  },
  {
    id: '23b',
    danger: 'json has no equality and no index',
    told: 'STYLE:t.c',
    safe: 'jsonb',
    style: true,
    bad: { ts: `op.addColumn('t', 'c', json())`, sql: 'ALTER TABLE t ADD COLUMN c json;' },
    good: { ts: `op.addColumn('t', 'c', jsonb())`, sql: 'ALTER TABLE t ADD COLUMN c jsonb;' },
  },
  {
    id: '23c',
    danger: 'A new enum label at no stated place comes last',
    told: 'STYLE:mood',
    safe: '`before` or `after`',
    style: true,
    bad: { ts: `op.addEnumValue('mood', 'great')`, sql: `ALTER TYPE mood ADD VALUE 'great';` },
    good: {
      ts: `op.addEnumValue('mood', 'great', { after: 'ok' })`,
      sql: `ALTER TYPE mood ADD VALUE 'great' AFTER 'ok';`,
    },
  },
  {
    id: '24',
    danger: 'A foreign key without an index: each DELETE on the other side reads the whole table',
    told: 'NO_INDEX:f.o',
    safe: 'an index that begins with its columns',
    style: true,
    bad: {
      ts: `op.createTable('f', { o: bigint().references('owners', 'id') })`,
      sql: 'CREATE TABLE f (o bigint REFERENCES owners (id));',
    },
    good: {
      ts: `op.createTable('f', { o: bigint().references('owners', 'id') })\n  op.createIndex('f_o_ix', 'f', ['o'])`,
      sql: 'CREATE TABLE f (o bigint REFERENCES owners (id));\nCREATE INDEX f_o_ix ON f (o);',
    },
  },
  {
    id: '25a',
    danger: 'A key of type integer ends at 2,147,483,647',
    told: 'STYLE:f.id',
    safe: 'bigint',
    style: true,
    bad: { ts: `op.createTable('f', { id: integer().primaryKey() })`, sql: 'CREATE TABLE f (id int PRIMARY KEY);' },
    good: { ts: `op.createTable('f', { id: bigint().primaryKey() })`, sql: 'CREATE TABLE f (id bigint PRIMARY KEY);' },
  },
  {
    id: '25b',
    danger: 'char(n) fills up with blanks',
    told: 'STYLE:t.c',
    safe: 'text or varchar',
    style: true,
    bad: { ts: `op.addColumn('t', 'c', char(3))`, sql: 'ALTER TABLE t ADD COLUMN c char(3);' },
    good: { ts: `op.addColumn('t', 'c', varchar(3))`, sql: 'ALTER TABLE t ADD COLUMN c varchar(3);' },
  },
  {
    id: '25c',
    danger: 'timestamp is no moment',
    told: 'STYLE:t.c',
    safe: 'timestamp with time zone',
    style: true,
    bad: { ts: `op.addColumn('t', 'c', timestamp())`, sql: 'ALTER TABLE t ADD COLUMN c timestamp;' },
    good: {
      ts: `op.addColumn('t', 'c', timestamp({ withTimeZone: true }))`,
      sql: 'ALTER TABLE t ADD COLUMN c timestamptz;',
    },
  },
  {
    id: '25d',
    danger: 'serial leaves its sequence open to others',
    told: 'STYLE:f.id',
    safe: 'an identity column',
    style: true,
    bad: { ts: `op.createTable('f', { id: bigserial() })`, sql: 'CREATE TABLE f (id bigserial);' },
    good: {
      ts: `op.createTable('f', { id: bigint().identity() })`,
      sql: 'CREATE TABLE f (id bigint GENERATED BY DEFAULT AS IDENTITY);',
    },
  },
  {
    id: '25e',
    danger: 'A name over 63 bytes is cut',
    told: `NAME_TOO_LONG:${long}`,
    safe: 'a shorter name',
    bad: { ts: `op.createTable('${long}', { id: bigint() })`, sql: `CREATE TABLE ${long} (id bigint);` },
    good: {
      ts: `op.createTable('${long.slice(1)}', { id: bigint() })`,
      sql: `CREATE TABLE ${long.slice(1)} (id bigint);`,
    },
  },
  {
    id: '26',
    danger: 'All rows are changed in one transaction',
    told: 'FULL_SCAN:t',
    safe: '`op.backfill`',
    bad: { ts: `op.execute('UPDATE t SET n = 1')`, sql: 'UPDATE t SET n = 1;' },
    good: { ts: "op.backfill('t', { set: { n: sql`1` }, down: {} })", sql: 'UPDATE t SET n = 1 WHERE id = 1;' },
  },
  {
    id: '27a',
    danger: 'A block of code, a procedure',
    told: 'OPAQUE:DO',
    safe: 'operations, or statements of SQL',
    bad: { sql: 'DO $$ BEGIN NULL; END $$;' },
    good: { sql: 'SELECT 1;' },
  },
  {
    id: '27b',
    danger: 'An extension is upgraded',
    told: 'OPAQUE:citext',
    safe: 'read its script; allow it by name',
    bad: {
      ts: `op.alterExtension('citext', { version: '1.6', was: { version: '1.5' } })`,
      sql: `ALTER EXTENSION citext UPDATE TO '1.6';`,
    },
    good: { ts: `op.createExtension('hstore')`, sql: 'CREATE EXTENSION hstore;' },
  },
  {
    id: '27c',
    danger: 'A policy changes',
    told: 'PRIVILEGES:t',
    safe: 'allow it by name',
    bad: { ts: "op.createPolicy('mine', 't', { using: sql`id > 0` })", sql: 'CREATE POLICY mine ON t USING (id > 0);' },
    good: {
      ts: `${own}\n  op.createPolicy('mine', 'f', { using: sql\`id > 0\` })`,
      sql: `${ownSql}\nCREATE POLICY mine ON f USING (id > 0);`,
    },
  },
  {
    id: '27d',
    danger: 'A privilege or an owner changes',
    told: 'PRIVILEGES:t',
    safe: 'allow it by name',
    bad: { ts: `op.grant('SELECT', { kind: 'table', name: 't' }, 'app')`, sql: 'GRANT SELECT ON t TO app;' },
    good: {
      ts: `${own}\n  op.grant('SELECT', { kind: 'table', name: 'f' }, 'app')`,
      sql: `${ownSql}\nGRANT SELECT ON f TO app;`,
    },
  },
  {
    id: '28',
    danger: 'A new enum label is used in the transaction that adds it',
    safe: 'ambix commits between them',
    test: 'test/live/hazards.test.ts',
  },
  {
    id: '29',
    danger: 'A wider type of a column with a check reads all rows',
    told: 'FULL_SCAN:t',
    safe: 'drop the check, and create it again with `notValid: true`',
    bad: {
      ts: `op.alterColumn('t', 'checked', { type: varchar(9) })`,
      sql: 'ALTER TABLE t ALTER COLUMN checked TYPE varchar(9);',
    },
    good: {
      ts: `op.alterColumn('t', 'small', { type: varchar(9) })`,
      sql: 'ALTER TABLE t ALTER COLUMN small TYPE varchar(9);',
    },
  },
  {
    id: '30',
    danger: "timestamp to timestamptz goes by the session's time zone",
    told: 'TIME_ZONE:t.at',
    safe: "`using`: `at AT TIME ZONE 'UTC'`",
    bad: {
      ts: `op.alterColumn('t', 'at', { type: timestamp({ withTimeZone: true }) })`,
      sql: 'ALTER TABLE t ALTER COLUMN at TYPE timestamptz;',
    },
    good: {
      ts: `op.alterColumn('t', 'at', { type: timestamp({ withTimeZone: true }), using: sql\`at AT TIME ZONE 'UTC'\` })`,
      sql: `ALTER TABLE t ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';`,
    },
  },
  {
    id: '31a',
    danger: 'VACUUM FULL writes the table anew while it keeps all out',
    told: 'TABLE_REWRITE:t',
    safe: 'VACUUM; pg_repack where the space must come back',
    bad: { sql: 'VACUUM (ANALYZE, FULL) t;' },
    good: { sql: 'VACUUM (ANALYZE) t;' },
  },
  {
    id: '31b',
    danger: 'CLUSTER writes the table anew while it keeps all out',
    told: 'TABLE_REWRITE:t',
    safe: 'pg_repack',
    bad: { sql: 'CLUSTER t USING t_n_ix;' },
    good: { sql: 'ALTER TABLE t CLUSTER ON t_n_ix;' },
  },
  {
    id: '32a',
    danger: 'MySQL, MariaDB: another type copies the table, and keeps writers out',
    told: 'TABLE_REWRITE:t',
    safe: 'a new column; types that only get longer are not told',
    dialect: 'mysql',
    bad: { ts: `op.alterColumn('t', 'n', { type: bigint() })` },
    good: { ts: `op.alterColumn('t', 'small', { type: varchar(9) })` },
  },
  {
    id: '32b',
    danger: 'MySQL, MariaDB: a primary key copies the table, and keeps writers out',
    told: 'TABLE_REWRITE:nokey',
    safe: 'create it with the table',
    dialect: 'mysql',
    bad: { ts: `op.createPrimaryKey('k', 'nokey', ['id'])` },
    good: { ts: `op.createIndex('nokey_ix', 'nokey', ['id'])` },
  },
  {
    id: '32c',
    danger: 'MySQL, MariaDB: an enum label between others copies the table, and keeps writers out',
    told: 'TABLE_REWRITE:t',
    safe: 'a label at the end',
    dialect: 'mysql',
    bad: { ts: `op.addEnumValue('mood', 'so', { before: 'ok' })` },
    good: { ts: `op.addEnumValue('mood', 'great')` },
  },
  {
    id: '33',
    danger: 'SQLite: a type, NOT NULL, a constraint rebuild the table',
    told: 'TABLE_REWRITE:t',
    safe: 'several changes of one table in one revision are one rebuild; a new column is none',
    dialect: 'sqlite',
    bad: { ts: `op.alterColumn('t', 'n', { nullable: false })` },
    good: { ts: `op.addColumn('t', 'm', integer())` },
  },
]
