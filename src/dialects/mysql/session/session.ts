/** Statements of the runtime itself on MySQL and MariaDB: transactions, the named lock, ambix's tables, scratch databases. */
import type { BookkeepingSql, ScratchSql, SessionSql } from '../../dialect.ts'
import { backtickSession, backtickText } from '../../../util/sql-text.ts'
import { quote, text } from '../spell/quote.ts'
import { advice } from './advice.ts'
import { limits } from './limits.ts'

/** Named locks belong to the server, not to a database, so the name holds a hash of both (specs/reliability.md 1.4, point 7). */
const lockName = (key: bigint): string => text(`ambix_${BigInt.asUintN(64, key).toString(16).padStart(16, '0')}`)

/** Text that compares byte by byte, as the other dialects do. */
const word = (length: number): string => `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`

const bookkeeping: BookkeepingSql = {
  createVersion: (table) => `CREATE TABLE ${table} (\n  version_num ${word(255)} NOT NULL PRIMARY KEY\n) ENGINE=InnoDB`,
  createHistory: (table) => `CREATE TABLE ${table} (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  revision ${word(255)} NOT NULL,
  direction ${word(16)} NOT NULL,
  checksum ${word(128)},
  tool_version ${word(64)} NOT NULL,
  actor text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  started_at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  finished_at timestamp(6) NULL,
  status ${word(16)} NOT NULL,
  error text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) ENGINE=InnoDB`,
  createJournal: (table) => `CREATE TABLE ${table} (
  revision ${word(255)} NOT NULL,
  pos int NOT NULL,
  direction ${word(16)} NOT NULL,
  state ${word(16)} NOT NULL,
  checksum ${word(128)} NOT NULL,
  owner ${word(64)} NOT NULL,
  started_at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  backend_pid bigint,
  plan longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  memory longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  PRIMARY KEY (revision, pos)
) ENGINE=InnoDB`,
  remembers: true,
  widenJournal: (table) =>
    ['plan', 'memory'].map(
      (column) => `ALTER TABLE ${table} ADD COLUMN ${column} longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    ),
  widenVersion: (table) => `ALTER TABLE ${table} MODIFY version_num ${word(255)} NOT NULL`,
  inspect: (schema, names) => {
    const database = schema === undefined ? 'DATABASE()' : text(schema)
    // MariaDB opens all tables of all databases where information_schema is asked for less than a constant database and table.
    const state = (name: string): string => {
      const of = `c.TABLE_SCHEMA = ${database} AND c.TABLE_NAME = ${name}`
      return `SELECT t.TABLE_NAME, t.TABLE_SCHEMA,
  CASE
    WHEN t.TABLE_TYPE <> 'BASE TABLE' THEN 'it is not an ordinary table'
    WHEN EXISTS (SELECT 1 FROM information_schema.TRIGGERS r WHERE r.EVENT_OBJECT_SCHEMA = ${database} AND r.EVENT_OBJECT_TABLE = ${name}) THEN 'it has triggers'
    WHEN EXISTS (SELECT 1 FROM information_schema.COLUMNS c WHERE ${of} AND c.GENERATION_EXPRESSION <> '') THEN 'it has generated columns'
  END,
  (SELECT c.CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS c WHERE ${of} AND c.COLUMN_NAME = 'version_num')
FROM information_schema.TABLES t
WHERE t.TABLE_SCHEMA = ${database} AND t.TABLE_NAME = ${name}`
    }
    return [`SELECT NULL, ${database}, NULL, NULL`, ...names.map((name) => state(text(name)))].join('\nUNION ALL\n')
  },
  holdsExactly: (table, ids) =>
    ids.length === 0
      ? `NOT EXISTS (SELECT 1 FROM ${table})`
      : `((SELECT count(*) FROM ${table}) = ${ids.length} AND NOT EXISTS (SELECT 1 FROM ${table} WHERE version_num NOT IN (${ids.join(', ')})))`,
  clock: 'CURRENT_TIMESTAMP(6)',
  ago: (ms) => `CURRENT_TIMESTAMP(6) - INTERVAL ${Math.max(0, Math.round(ms * 1000))} MICROSECOND`,
  lockHolders: (key) =>
    `SELECT ID, COALESCE((SELECT a.ATTR_VALUE FROM performance_schema.session_account_connect_attrs a WHERE a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name'), CONCAT(USER, '@', SUBSTRING_INDEX(HOST, ':', 1))), NOW() - INTERVAL TIME SECOND, IF(COMMAND = 'Sleep', 'idle', 'active'), TIME, LEFT(SUBSTRING_INDEX(TRIM(COALESCE(INFO, '')), '\n', 1), 200) FROM information_schema.PROCESSLIST p WHERE ID = IS_USED_LOCK(${lockName(key)})`,
  terminate: (pid) => `KILL ${pid}`,
  endSession: (pid) => `KILL ${pid}`,
  sessionId: 'CONNECTION_ID()',
  isWorking: (pid) =>
    `SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${pid ?? 'NULL'} AND ID <> CONNECTION_ID() AND COMMAND <> 'Sleep'`,
}

const scratch: ScratchSql = {
  describe: "SELECT CONCAT(@@character_set_database, ' ', @@collation_database)",
  create: (name, described) => {
    const [charset, collation] = described.split(' ')
    return `CREATE DATABASE ${quote(name)} CHARACTER SET ${charset} COLLATE ${collation}`
  },
  drop: (name) => `DROP DATABASE IF EXISTS ${quote(name)}`,
  extensions: 'SELECT NULL FROM DUAL WHERE false',
  roles: 'SELECT NULL FROM DUAL WHERE false',
  createRole: (name) => `CREATE ROLE IF NOT EXISTS ${quote(name)}`,
  // A session has one database, named in the connection's URL.
  path: "SELECT 'database', 'database'",
  usePath: () => [],
  occupied:
    'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()',
  // No statement empties a database: it is dropped and recreated.
  wipe: [],
  wipeBy: {
    ask: 'SELECT DATABASE(), @@character_set_database, @@collation_database',
    statements: ([name, charset, collation]) => [
      `DROP DATABASE ${quote(name ?? '')}`,
      `CREATE DATABASE ${quote(name ?? '')} CHARACTER SET ${charset} COLLATE ${collation}`,
      `USE ${quote(name ?? '')}`,
    ],
  },
  mayNotCreate: '1044',
  leftovers: 'SELECT 1',
}

export const session: SessionSql = {
  scriptHead: `${backtickSession};`,
  begin: 'START TRANSACTION',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  together: true,
  tryLock: (key) => `GET_LOCK(${lockName(key)}, 0) = 1`,
  unlock: (key) => `DO RELEASE_LOCK(${lockName(key)})`,
  lockIsFree: (key) => `IS_FREE_LOCK(${lockName(key)}) = 1`,
  serverVersion:
    "SELECT SUBSTRING_INDEX(VERSION(), '.', 1) * 100 + SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '.', 2), '.', -1)",
  currentSchema: undefined,
  currentDatabase: 'SELECT DATABASE()',
  text: backtickText,
  advice,
  limits,
  bookkeeping,
  scratch,
}
