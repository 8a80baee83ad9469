/** Statements of the runtime itself on PostgreSQL: transactions, the lock, ambix's tables, statements that raise errors. */
import type { BookkeepingSql, ScratchSql, SessionSql } from '../../dialect.ts'
import { quoteIdent as quote, quoteLiteral as literal } from '../spell/quote.ts'
import { advice } from './advice.ts'
import { fleet } from './fleet.ts'
import { limits } from './limits.ts'
import { capabilities, lease } from './server.ts'
import { own } from './trust.ts'

/**
 * A text that is no number, cast to one, is an error that shows the text: so a plain SELECT in a script can stop it,
 * without a function or a DO block, and the server's log shows why.
 */
const raise = (condition: string, message: string, also: readonly string[] = []): string =>
  `SELECT ${also.map((value) => `${value}, `).join('')}(CASE WHEN ${condition} THEN '1' ELSE ${literal(message)} END)::pg_catalog.int4`

const bookkeeping: BookkeepingSql = {
  // IF NOT EXISTS would require CREATE on the database even where the schema exists.
  createSchema: (schema) =>
    `DO ${literal(`BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ${literal(schema)}) THEN CREATE SCHEMA ${quote(schema)}; END IF; END`)}`,
  createVersion: (table) =>
    `CREATE TABLE ${table} (\n  version_num varchar(255) NOT NULL,\n  CONSTRAINT ${quote(`${bare(table)}_pkc`)} PRIMARY KEY (version_num)\n)`,
  createHistory: (table) => `CREATE TABLE ${table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision varchar(255) NOT NULL,
  direction varchar(16) NOT NULL,
  checksum varchar(128),
  tool_version varchar(64) NOT NULL,
  actor text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
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
  started_at timestamptz NOT NULL,
  backend_pid integer,
  plan text,
  PRIMARY KEY (revision, pos)
)`,
  widenJournal: (table) => [`ALTER TABLE ${table} ADD COLUMN plan text`],
  widenVersion: (table) => `ALTER TABLE ${table} ALTER COLUMN version_num TYPE varchar(255)`,
  raiseUnless: raise,
  raiseIfAny: (query, message) =>
    `SELECT (${literal(message)} OPERATOR(pg_catalog.||) refusal.reason::pg_catalog.text)::pg_catalog.int4 FROM (\n${query}\n) AS refusal (reason) LIMIT 1`,
  guard: (query) => {
    let tag = '$ambix$'
    for (let n = 1; query.includes(tag); n++) tag = `$ambix${n}$`
    return `DO ${tag}
DECLARE
  reason text;
BEGIN
  SELECT refusal.reason INTO reason FROM (
${query}
  ) AS refusal (reason) LIMIT 1;
  IF reason IS NOT NULL THEN
    RAISE EXCEPTION '%', reason;
  END IF;
EXCEPTION
  WHEN undefined_table OR undefined_column OR undefined_object THEN NULL;
END
${tag}`
  },
  stopUnless: (condition, message, hint) => `DO $ambix$
BEGIN
  IF NOT (${condition}) THEN
    RAISE EXCEPTION USING MESSAGE = ${literal(message)}, HINT = ${literal(hint)};
  END IF;
END
$ambix$`,
  raiseUnlessOne: (edit, message, record) =>
    `WITH edited AS (${edit} RETURNING 1)${record === undefined ? '' : `, recorded AS (${record})`} SELECT (CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 1 THEN '1' ELSE ${literal(message)} END)::pg_catalog.int4 FROM edited`,
  equals: 'OPERATOR(pg_catalog.=)',
  holdsExactly: (table, ids, anyPath) => {
    if (ids.length === 0) return `NOT EXISTS (SELECT FROM ${table})`
    const list = ids.join(', ')
    // For one, without an aggregate, which has to be planned for each table.
    if (anyPath === true && ids.length === 1)
      return `ARRAY(SELECT version_num::pg_catalog.text FROM ${table}) OPERATOR(pg_catalog.=) ARRAY[${list}]::pg_catalog.text[]`
    return anyPath === true
      ? `(SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) ${ids.length} AND pg_catalog.bool_and(version_num::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[${list}]::pg_catalog.text[])) FROM ${table})`
      : `(SELECT pg_catalog.count(*) = ${ids.length} AND pg_catalog.bool_and(version_num IN (${list})) FROM ${table})`
  },
  missing: (table) => `pg_catalog.to_regclass(${literal(table)}) IS NULL`,
  clock: 'pg_catalog.clock_timestamp()',
  ago: (ms) => `pg_catalog.clock_timestamp() - interval '${Math.max(0, Math.round(ms))} milliseconds'`,
  lockHolders: (
    key,
  ) => `SELECT a.pid, a.application_name, COALESCE(a.xact_start, a.query_start)::text, a.state, pg_catalog.round(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.xact_start, a.query_start))::numeric, 1)::text,
  pg_catalog.left(pg_catalog.btrim(pg_catalog.split_part(pg_catalog.btrim(a.query, E' \\n\\t'), E'\\n', 1)), 200)
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND l.classid::pg_catalog.int8 = ${(key >> 32n) & 0xffffffffn} AND l.objid::pg_catalog.int8 = ${key & 0xffffffffn}`,
  endSession: (pid) => `SELECT pg_terminate_backend(${pid})`,
  terminate: (pid) => `SELECT pg_catalog.pg_terminate_backend(${pid}) WHERE ${pid} <> pg_catalog.pg_backend_pid()`,
  sessionId: 'pg_catalog.pg_backend_pid()',
  isWorking: (pid, sql) => {
    const which = [
      ...(pid === undefined ? [] : [`pid = ${pid}`]),
      // Of a long text the server shows the beginning.
      ...(sql === undefined ? [] : [`(length(query) > 10 AND strpos(${literal(sql)}, query) = 1)`]),
    ]
    return `SELECT 1 FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND pid <> pg_catalog.pg_backend_pid() AND state = 'active' AND application_name LIKE 'ambix%' AND (${which.join(' OR ')})`
  },
}

/**
 * All settings that a user may change, as one text under a name of ours. The role comes first: with another, the rest
 * might not be allowed.
 */
const settings: NonNullable<SessionSql['settings']> = {
  keep: (under) =>
    `SELECT pg_catalog.set_config(${literal(`ambix.${under}`)}, (
  SELECT pg_catalog.json_object_agg(kept.name, kept.value)::text FROM (
    SELECT 'role' AS name, pg_catalog.current_setting('role') AS value
    UNION ALL
    SELECT s.name, pg_catalog.current_setting(s.name) FROM pg_catalog.pg_settings s
    WHERE s.context IN ('user', 'superuser') AND s.name <> 'seed' AND s.name !~ '^(transaction_|ambix[.])'
  ) AS kept), false)`,
  restore: (under) =>
    `SELECT pg_catalog.set_config(kept.key, kept.value, false)
FROM pg_catalog.json_each_text(nullif(pg_catalog.current_setting(${literal(`ambix.${under}`)}, true), '')::pg_catalog.json) AS kept
WHERE pg_catalog.current_setting(kept.key) IS DISTINCT FROM kept.value`,
}

const scratch: ScratchSql = {
  embedded: true,
  describe:
    'SELECT pg_catalog.to_jsonb(d)::text FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()',
  create: (name, described) => {
    // `locale` moved from daticulocale to datlocale in PostgreSQL 17; encoding 6 is UTF8.
    const d = JSON.parse(described) as {
      encoding: number
      datcollate: string
      datctype: string
      datlocprovider?: string
      daticulocale?: string
      datlocale?: string
    }
    const parts = [
      `CREATE DATABASE ${quote(name)} TEMPLATE template0 ENCODING ${d.encoding} LC_COLLATE ${literal(d.datcollate)} LC_CTYPE ${literal(d.datctype)}`,
    ]
    const locale = d.datlocale ?? d.daticulocale
    if (d.datlocprovider === 'i' && locale !== undefined && locale !== null)
      parts.push(`LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale)}`)
    if (d.datlocprovider === 'b' && locale !== undefined && locale !== null)
      parts.push(`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(locale)}`)
    return parts.join(' ')
  },
  // Before PostgreSQL 13 it waits five seconds for sessions that are about to end.
  drop: (name, serverVersion) =>
    `DROP DATABASE IF EXISTS ${quote(name)}${serverVersion !== undefined && serverVersion < 13 ? '' : ' WITH (FORCE)'}`,
  extensions: "SELECT extname::text FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1",
  roles: "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY 1",
  createRole: (name) => `CREATE ROLE ${quote(name)}`,
  ownRole: {
    query: 'SELECT current_user::pg_catalog.text',
    become: (name) => [`ALTER ROLE ${quote(name)} SUPERUSER`, `SET SESSION AUTHORIZATION ${quote(name)}`],
  },
  path: "SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_schema()::pg_catalog.text",
  usePath: (path, schema) => [
    `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`,
    `SELECT pg_catalog.set_config('search_path', ${literal(path)}, false)`,
  ],
  occupied: `SELECT DISTINCT n.nspname::text FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (n.nspname <> 'public' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid) OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid))`,
  mayNotCreate: '42501',
  wipe: [
    'RESET ROLE',
    'RESET ALL',
    `SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)`,
    `DO $ambix$
DECLARE
  made record;
BEGIN
  FOR made IN
    SELECT 1 AS turn, pg_catalog.format('DROP EVENT TRIGGER %I', evtname) AS sql FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 2, pg_catalog.format('DROP PUBLICATION %I', pubname) FROM pg_catalog.pg_publication
    UNION ALL SELECT 3, pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'
    UNION ALL SELECT 4, pg_catalog.format('DROP SCHEMA %I CASCADE', nspname) FROM pg_catalog.pg_namespace
      WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    ORDER BY 1
  LOOP
    EXECUTE made.sql;
  END LOOP;
  FOR made IN
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.deptype = 'n'
      AND d.refobjid = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public')
      -- The sequence of an identity column goes with its table, and not without it; the key of a partitioned table is its own.
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = d.classid AND i.objid = d.objid AND i.objsubid = 0
        AND i.refobjid <> i.objid AND i.deptype = 'i')
  LOOP
    -- What went with another is identified by an error before PostgreSQL 14.
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = made.classid AND d.objid = made.objid);
    EXECUTE COALESCE((
      SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE',
        CASE WHEN i.type = 'statistics object' THEN 'STATISTICS' WHEN i.type = 'composite type' THEN 'TYPE' ELSE i.type END, i.identity)
      FROM pg_catalog.pg_identify_object(made.classid, made.objid, 0) AS i WHERE i.identity IS NOT NULL AND i.type <> 'default acl'), 'SELECT 1');
  END LOOP;
  FOR made IN
    SELECT pg_catalog.format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) AS sql FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT pg_catalog.format('DROP CAST (%s AS %s)', castsource::pg_catalog.regtype, casttarget::pg_catalog.regtype) FROM pg_catalog.pg_cast WHERE oid >= 16384
  LOOP
    EXECUTE made.sql;
  END LOOP;
END
$ambix$`,
  ],
  // 16384 is FirstNormalObjectId: objects with lower OIDs came with the server.
  leftovers: `SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::pg_catalog.regnamespace)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc WHERE oid >= 16384) + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_type WHERE oid >= 16384)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_(toast_)?temp_')
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_cast WHERE oid >= 16384) + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_language WHERE oid >= 16384)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata) + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_default_acl)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_am WHERE oid >= 16384) + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_transform)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_operator WHERE oid >= 16384) + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_collation WHERE oid >= 16384)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_ts_config WHERE oid >= 16384) + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_statistic_ext)
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public' AND (
      pg_catalog.obj_description(n.oid, 'pg_namespace') IS DISTINCT FROM 'standard public schema'
      OR n.nspacl IS DISTINCT FROM (SELECT i.initprivs FROM pg_catalog.pg_init_privs i WHERE i.objoid = n.oid AND i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)))
  + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE d.datname = pg_catalog.current_database())`,
}

/** The last part of a qualified, quoted name, without its quotes. */
function bare(table: string): string {
  const last = /(?:^|\.)("(?:[^"]|"")*"|[^".]+)$/.exec(table)?.[1] ?? table
  return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last
}

/** A statement whose client disconnected is cancelled within that time (14+, where the system can tell it); set for the session, or for the transaction. */
const noticeGone = (local: boolean, value: string, only = 'true'): string =>
  `CASE WHEN ${only} AND pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL AND pg_catalog.strpos(pg_catalog.version(), 'linux') OPERATOR(pg_catalog.>) 0 THEN pg_catalog.set_config('client_connection_check_interval', '${value}', ${local}) END`

const here = (backend: number | undefined): string =>
  backend === undefined ? 'true' : `pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ${backend}`

/**
 * A schema with the name of the role would come first in `"$user", public` (manual, 5.10.3), and is not there yet: names
 * without a schema, and the tables that record what was applied, would be looked for there from then on.
 */
export const ownSchemaComes = `pg_catalog.strpos(pg_catalog.current_setting('search_path'), '$user') OPERATOR(pg_catalog.>) 0 AND pg_catalog.current_schema() IS DISTINCT FROM current_user`

export const session: SessionSql = {
  begin: 'BEGIN',
  bodiesLater: 'SET check_function_bodies = off',
  scriptHead: '\\set ON_ERROR_STOP on',
  plainStrings: 'SET standard_conforming_strings = on',
  // A snapshot from before the lock was granted would not show another deployer's work.
  beginRun: 'BEGIN ISOLATION LEVEL READ COMMITTED',
  noticesGone: noticeGone(true, '2000'),
  // The session that holds the lock during a long build is idle for as long as it takes.
  keeps: `SELECT pg_catalog.set_config(s.name, '0', true) FROM pg_catalog.pg_settings s WHERE s.name IN ('idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout')`,
  bare: {
    // A concurrent build waits for the transactions that it found, however long they take, and blocks no client.
    before: (backend) =>
      `SELECT ${noticeGone(false, '2000', here(backend))}, CASE WHEN ${here(backend)} THEN pg_catalog.set_config('lock_timeout', '0', false) END`,
    after: (backend) =>
      `SELECT ${noticeGone(false, '0', here(backend))}, (SELECT pg_catalog.set_config('lock_timeout', p.reset_val, false) FROM pg_catalog.pg_settings p WHERE p.name OPERATOR(pg_catalog.=) 'lock_timeout' AND ${here(backend)})`,
    inTransaction: `SELECT ${noticeGone(true, '2000')}, pg_catalog.set_config('lock_timeout', '0', true)`,
  },
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  prepared: {
    parameter: (at) => `$${at}`,
    // Without types: each is what a constant in its place would be.
    make: (name, text) => `PREPARE ${name} AS ${text}`,
    run: (name, values) => `EXECUTE ${name}${values.length === 0 ? '' : `(${values.join(', ')})`}`,
    drop: (name) => `DEALLOCATE ${name}`,
    gone: ['26000', '42P05'],
  },
  tryLock: (key) => `pg_catalog.pg_try_advisory_xact_lock(${key})`,
  // Outside a transaction, in a simple query, the two happen at the same time.
  inTransaction: 'SELECT WHERE pg_catalog.now() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()',
  settings,
  limits,
  timeZone: "SELECT pg_catalog.current_setting('TimeZone')",
  serverVersion: "SELECT pg_catalog.current_setting('server_version_num')",
  currentSchema: 'SELECT pg_catalog.current_schema()::pg_catalog.text',
  // In the user's own path nothing may be found by name.
  closedSchemas: `SELECT n.nspname::pg_catalog.text, current_user::pg_catalog.text
FROM pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('search_path'), ',')) AS p (name)
JOIN pg_catalog.pg_namespace n ON n.nspname::pg_catalog.text OPERATOR(pg_catalog.=)
  CASE pg_catalog.btrim(p.name, ' "') WHEN '$user' THEN current_user::pg_catalog.text ELSE pg_catalog.btrim(p.name, ' "') END
WHERE pg_catalog.current_schema() IS NULL AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')`,
  ownSchema: `SELECT current_user::pg_catalog.text WHERE ${ownSchemaComes}`,
  bookkeeping,
  allRows: {
    on: 'SET LOCAL row_security = off',
    // The role's or the database's own setting, not just on.
    off: 'SET LOCAL row_security TO DEFAULT',
    sessionOn: 'SET row_security = off',
    sessionOff: 'RESET row_security',
    refused: '42501',
    role: 'SELECT current_user::text',
  },
  advice,
  own,
  fleet,
  server: { version: 'SELECT pg_catalog.version()', capabilities },
  lease,
  scratch,
}
