/** Servers with PostgreSQL's protocol that are not PostgreSQL: what they lack, by name; and the lock where there are no advisory locks. */
import type { Capabilities, LeaseSql } from '../../server.ts'
import { quoteLiteral as literal } from '../spell/quote.ts'

const now = 'pg_catalog.clock_timestamp()'
const until = (ms: number): string => `${now} + interval '${Math.round(ms)} milliseconds'`

/**
 * By `version()` or the parameters at the start of a session (`server_version`, `crdb_version`). Citus is an extension
 * of PostgreSQL itself, and lacks none of these on its coordinator.
 */
export function capabilities(told: string): Capabilities | undefined {
  if (/\bCockroachDB\b/i.test(told))
    return { name: 'CockroachDB', advisoryLock: false, transactionalDdl: false, concurrentIndex: false }
  if (/-YB-|\bYugabyte/i.test(told))
    return { name: 'YugabyteDB', advisoryLock: false, transactionalDdl: false, concurrentIndex: false }
  return undefined
}

export const lease: LeaseSql = {
  create: (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (key text PRIMARY KEY, owner text NOT NULL, lease_until timestamptz NOT NULL)`,
  take: (table, { key, owner, ms }) =>
    `INSERT INTO ${table} AS l (key, owner, lease_until) VALUES (${literal(key)}, ${literal(owner)}, ${until(ms)})
ON CONFLICT (key) DO UPDATE SET owner = EXCLUDED.owner, lease_until = EXCLUDED.lease_until WHERE l.lease_until < ${now} RETURNING 1`,
  renew: (table, { key, owner, ms }) =>
    `UPDATE ${table} SET lease_until = ${until(ms)} WHERE key = ${literal(key)} AND owner = ${literal(owner)} AND lease_until >= ${now} RETURNING 1`,
  release: (table, { key, owner }) => `DELETE FROM ${table} WHERE key = ${literal(key)} AND owner = ${literal(owner)}`,
  isFree: (table, key) =>
    `SELECT (NOT EXISTS (SELECT FROM ${table} WHERE key = ${literal(key)} AND lease_until >= ${now}))::text`,
}
