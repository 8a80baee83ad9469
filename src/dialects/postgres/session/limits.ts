/** Time limits of statements on PostgreSQL: which wait behind others and keep clients waiting, and whom they wait for. */
import type { LimitSql } from '../../../util/sql/limit-sql.ts'
import { quoteLiteral as literal } from '../spell/quote.ts'

/**
 * Statements that block no client's (manual, 13.3: up to SHARE UPDATE EXCLUSIVE), or work on rows: these may
 * wait as long as needed. Any other waiter in the lock queue of a table makes those behind it wait too.
 */
const waitsAlone =
  /^(?:ALTER\s+TABLE\b[^;]*\bVALIDATE\s+CONSTRAINT\b|(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b|REINDEX\b[^;]*\bCONCURRENTLY\b|REFRESH\s+MATERIALIZED\s+VIEW\s+CONCURRENTLY\b|COMMENT\s+ON\b|ANALYZE\b|VACUUM\b|INSERT\b|UPDATE\b|DELETE\b|MERGE\b|COPY\b|SELECT\b|WITH\b|VALUES\b|SET\b|RESET\b|GRANT\b|REVOKE\b|CREATE\s+(?:SCHEMA|EXTENSION|TYPE|DOMAIN|SEQUENCE|ROLE)\b|ALTER\s+TYPE\b[^;]*\bADD\s+VALUE\b)/i

const comments = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)+/

const milliseconds = (name: string, ms: number): string => `pg_catalog.set_config('${name}', '${Math.round(ms)}', true)`

const transaction: NonNullable<LimitSql['transaction']> = {
  set: ({ lockMs, unlessSet, statementMs }) => [
    ...(lockMs === undefined
      ? []
      : [
          unlessSet
            ? `pg_catalog.set_config('lock_timeout', CASE WHEN pg_catalog.current_setting('lock_timeout') OPERATOR(pg_catalog.=) '0' THEN '${Math.round(lockMs)}' ELSE pg_catalog.current_setting('lock_timeout') END, true)`
            : milliseconds('lock_timeout', lockMs),
        ]),
    ...(statementMs === undefined ? [] : [milliseconds('statement_timeout', statementMs)]),
  ],
  keepsOut: (sql) => !waitsAlone.test(sql.replace(comments, '')),
}

export const limits = {
  transaction,
  notHad: '55P03',
  // Locks of transactions that are older than the attempt, on relations that the statement names.
  blockers: (sql: string) => [
    `SELECT a.pid, a.application_name, a.xact_start::text, a.state, pg_catalog.round(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::numeric, 1)::text,
  pg_catalog.left(pg_catalog.btrim(pg_catalog.split_part(pg_catalog.btrim(a.query, E' \\n\\t'), E'\\n', 1)), 200), pg_catalog.string_agg(DISTINCT c.relname::text, ', ')
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
JOIN pg_catalog.pg_class c ON c.oid = l.relation
WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid() AND a.xact_start IS NOT NULL
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
  AND pg_catalog.strpos(${literal(sql)}, c.relname::text) > 0
GROUP BY a.pid, a.application_name, a.xact_start, a.state, a.query
ORDER BY a.xact_start LIMIT 5`,
  ],
} satisfies LimitSql
