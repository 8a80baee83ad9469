/** Time limits of a session on MySQL and MariaDB, and which sessions block a statement: manuals, Metadata Locking. */
import type { LimitSql } from '../../../util/sql/limit-sql.ts'
import { text } from '../spell/quote.ts'

/** Whole seconds, at least one. */
const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))

/** The defaults, where nothing was set: MariaDB's and MySQL's. */
const usual = '86400, 31536000'

/** A session of a thread, as `lockHolders` returns it; the last column is what it has locked. */
const holder = (locked: string): string =>
  `p.ID, CONCAT(p.USER, '@', SUBSTRING_INDEX(p.HOST, ':', 1)), COALESCE(t.trx_started, NOW() - INTERVAL p.TIME SECOND), IF(p.COMMAND = 'Sleep', 'idle', 'active'), TIMESTAMPDIFF(SECOND, COALESCE(t.trx_started, NOW() - INTERVAL p.TIME SECOND), NOW()), LEFT(SUBSTRING_INDEX(TRIM(COALESCE(p.INFO, '')), '\n', 1), 200), ${locked}`

const sessions = (on?: string): string =>
  `information_schema.PROCESSLIST p${on === undefined ? '' : ` ON ${on}`} LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID`

export const limits: LimitSql = {
  session: {
    set: ({ lockMs, unlessSet, statementMs }) => [
      'SET @ambix_lock_wait = @@SESSION.lock_wait_timeout /*M!100101 , @ambix_bound = @@SESSION.max_statement_time */ /*!50708 , @ambix_bound = @@SESSION.max_execution_time */',
      ...(lockMs === undefined
        ? []
        : [
            unlessSet
              ? `SET SESSION lock_wait_timeout = IF(@@SESSION.lock_wait_timeout IN (${usual}), ${seconds(lockMs)}, @@SESSION.lock_wait_timeout)`
              : `SET SESSION lock_wait_timeout = ${seconds(lockMs)}`,
          ]),
      // MySQL limits SELECT only.
      ...(statementMs === undefined
        ? []
        : [
            `SET @ambix_told = 1 /*M!100101 , SESSION max_statement_time = ${statementMs / 1000} */ /*!50708 , SESSION max_execution_time = ${Math.round(statementMs)} */`,
          ]),
    ],
    reset: [
      'SET SESSION lock_wait_timeout = @ambix_lock_wait /*M!100101 , SESSION max_statement_time = @ambix_bound */ /*!50708 , SESSION max_execution_time = @ambix_bound */',
    ],
  },
  notHad: '1205',
  blockers: (sql) => [
    // The plugin of MariaDB; the tables of MySQL (in MariaDB with performance_schema on); else all open transactions.
    `SELECT ${holder('m.names')} FROM (SELECT THREAD_ID AS thread, GROUP_CONCAT(DISTINCT TABLE_NAME SEPARATOR ', ') AS names FROM information_schema.METADATA_LOCK_INFO WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> '' AND LOCATE(TABLE_NAME, ${text(sql)}) > 0 GROUP BY THREAD_ID) m JOIN ${sessions('p.ID = m.thread')} WHERE p.ID <> CONNECTION_ID() ORDER BY 3 LIMIT 5`,
    `SELECT ${holder('m.names')} FROM (SELECT h.PROCESSLIST_ID AS thread, GROUP_CONCAT(DISTINCT l.OBJECT_NAME SEPARATOR ', ') AS names FROM performance_schema.metadata_locks l JOIN performance_schema.threads h ON h.THREAD_ID = l.OWNER_THREAD_ID WHERE l.OBJECT_TYPE = 'TABLE' AND l.LOCK_STATUS = 'GRANTED' AND l.OBJECT_SCHEMA = DATABASE() AND LOCATE(l.OBJECT_NAME, ${text(sql)}) > 0 GROUP BY h.PROCESSLIST_ID) m JOIN ${sessions('p.ID = m.thread')} WHERE p.ID <> CONNECTION_ID() ORDER BY 3 LIMIT 5`,
    `SELECT ${holder('NULL')} FROM ${sessions()} WHERE p.DB = DATABASE() AND t.trx_started <= NOW() - INTERVAL 1 SECOND AND p.ID <> CONNECTION_ID() ORDER BY 3 LIMIT 5`,
  ],
}
