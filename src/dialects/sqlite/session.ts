/** Statements of the runtime itself on SQLite: transactions that lock the file, and ambix's tables. */
import { bracketText } from '../../util/sql-text.ts'
import { advice } from './advice.ts'
import type { BookkeepingSql, SessionSetting, SessionSql } from '../dialect.ts'

/** Foreign keys cannot be switched off within a transaction; with them on, dropping a table deletes rows of others by cascade. */
export const foreignKeysOff: SessionSetting = {
  read: 'PRAGMA foreign_keys',
  change: 'PRAGMA foreign_keys = OFF',
  restore: (value) => `PRAGMA legacy_alter_table = OFF;\nPRAGMA foreign_keys = ${value === '0' ? 'OFF' : 'ON'}`,
  usual: '1',
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

const bookkeeping: BookkeepingSql = {
  createVersion: (table) => `CREATE TABLE ${table} (\n  version_num varchar(255) NOT NULL PRIMARY KEY\n)`,
  createHistory: (table) => `CREATE TABLE ${table} (
  id integer PRIMARY KEY,
  revision varchar(255) NOT NULL,
  direction varchar(16) NOT NULL,
  checksum varchar(128),
  tool_version varchar(64) NOT NULL,
  actor text NOT NULL,
  started_at text NOT NULL,
  finished_at text,
  status varchar(16) NOT NULL,
  error text
)`,
  createJournal: (table) => `CREATE TABLE ${table} (
  revision varchar(255) NOT NULL,
  pos integer NOT NULL,
  direction varchar(16) NOT NULL,
  state varchar(16) NOT NULL,
  checksum varchar(128) NOT NULL,
  owner varchar(64) NOT NULL,
  started_at text NOT NULL,
  backend_pid integer,
  plan text,
  PRIMARY KEY (revision, pos)
)`,
  widenJournal: (table) => [`ALTER TABLE ${table} ADD COLUMN plan text`],
  widenVersion: () => undefined,
  inspect: (_schema, names) => `SELECT NULL, 'main', NULL, NULL
UNION ALL
SELECT m.name, 'main',
  CASE
    WHEN m.type <> 'table' THEN 'it is not a table'
    WHEN EXISTS (SELECT 1 FROM sqlite_master t WHERE t.type = 'trigger' AND t.tbl_name = m.name) THEN 'it has triggers'
  END, NULL
FROM sqlite_master m WHERE m.type IN ('table', 'view') AND m.name IN (${names.map(text).join(', ')})`,
  holdsExactly: (table, ids) =>
    ids.length === 0
      ? `NOT EXISTS (SELECT 1 FROM ${table})`
      : `((SELECT count(*) FROM ${table}) = ${ids.length} AND NOT EXISTS (SELECT 1 FROM ${table} WHERE version_num NOT IN (${ids.join(', ')})))`,
  clock: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
  guard: (query) => `CREATE TEMP TABLE ambix_guard (reason text CONSTRAINT "ambix refuses" CHECK (reason IS NULL));
INSERT INTO ambix_guard ${query};
DROP TABLE temp.ambix_guard`,
  ago: (ms) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-${(Math.max(0, ms) / 1000).toFixed(3)} seconds')`,
}

export const session: SessionSql = {
  advice,
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  tryLock: () => undefined,
  serverVersion: 'SELECT sqlite_version()',
  currentSchema: undefined,
  aroundAll: foreignKeysOff,
  text: bracketText,
  bookkeeping,
}
