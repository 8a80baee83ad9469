/** Fleets on PostgreSQL: many schemas read in one round trip, and the table in which runners share the targets of a run. */
import type { FleetSql, FleetTables } from '../../fleet.ts'
import { quoteIdent as quote, quoteLiteral as literal } from '../spell/quote.ts'
import { holdNames, homesOf, inspection, lockTables, own, refuse } from './trust.ts'

const now = 'pg_catalog.clock_timestamp()'
const lease = (ms: number): string => `${now} + interval '${Math.round(ms)} milliseconds'`
const path = (schemas: readonly string[]): string => schemas.map(quote).join(', ')
const texts = (all: readonly string[]): string => `ARRAY[${all.map(literal).join(', ')}]::text[]`
/** Whose lease has ended, or whose process. */
const free = (t: string, gone: readonly string[]): string =>
  `(${t}.lease_until IS NULL OR ${t}.lease_until < ${now} OR ${t}.runner = ANY (${texts(gone)}))`

const digest = (rows: string, filter = ''): string =>
  `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(pg_catalog.concat_ws(':', ${rows}.revision, ${rows}.checksum), ',' ORDER BY ${rows}.id)${filter}, 'UTF8')), 'hex')`
const ran = (rows: string): string =>
  `${rows}.status::pg_catalog.text OPERATOR(pg_catalog.=) 'done' AND ${rows}.direction::pg_catalog.text OPERATOR(pg_catalog.<>) 'downgrade' AND ${rows}.checksum IS NOT NULL`

/**
 * Of each schema the revisions that were run on it, as one text that is equal wherever the same were run in the same order. Aggregated over all:
 * with a subquery for each, the time to plan them grew with their square.
 */
const digests = (histories: readonly string[]): string => `SELECT h.home, NULL, ${digest('h')}
FROM (${histories.join('\nUNION ALL ')}) h WHERE ${ran('h')} GROUP BY h.home`

const tablesOf = ({ schema, version, history }: FleetTables): readonly [string, string?] => {
  const named = (table: string): string => `${quote(schema)}.${quote(table)}`
  return history === undefined ? [named(version)] : [named(version), named(history)]
}
const allOf = (places: readonly FleetTables[]): readonly string[] =>
  places.flatMap((place) => tablesOf(place).filter((table) => table !== undefined))

/** Places that an untrusted role could change are locked, and inspected again. */
function guardsOf(places: readonly FleetTables[], names: readonly string[]): readonly string[] {
  const held = places.filter((p) => p.held !== undefined).map((p) => p.schema)
  const named = `s.nspname IN (${held.map((schema) => `${literal(schema)}::pg_catalog.name`).join(', ')})`
  const [owned, others] = [places.filter((p) => p.held === 'tables'), places.filter((p) => p.held !== 'tables')]
  return [
    ...(held.length === 0 ? [] : [holdNames(named, String(held.length), names[0]!)]),
    ...(owned.length === 0 ? [] : [lockTables(allOf(owned), 'ACCESS SHARE', 'tables')]),
    ...(others.length === 0 ? [] : [lockTables(allOf(others), 'ACCESS SHARE')]),
    ...([undefined, 'schema', 'tables'] as const).flatMap((how) => {
      const those = places.filter((p) => p.held === how)
      if (those.length === 0) return []
      const homes = homesOf(those.map((p) => p.schema))
      return [refuse(names, homes, { write: true, ...(how === undefined ? {} : { held: how }) })]
    }),
  ]
}

/** The last finished row of each target, and its last known revision: a failed target has not changed it. */
const latest = (t: string): string =>
  `(SELECT e.target, e.status, k.to_revision, e.error, e.attempts, e.ended_at
  FROM (SELECT DISTINCT ON (target) target, status, error, attempts, ended_at FROM ${t} WHERE target <> '' AND ended_at IS NOT NULL ORDER BY target, run DESC) e
  LEFT JOIN (SELECT DISTINCT ON (target) target, to_revision FROM ${t} WHERE target <> '' AND to_revision IS NOT NULL ORDER BY target, run DESC) k ON k.target = e.target)`

export const fleet: FleetSql = {
  localPath: (schemas) => `SET LOCAL search_path TO ${path(schemas)}`,
  sessionPath: (schemas) => `SET search_path TO ${path(schemas)}`,
  cleanSession: 'DISCARD ALL',
  inspectMany: (schemas, names) => inspection(names, homesOf(schemas)),
  readMany: (places, names) => {
    const guards = guardsOf(
      // In one order everywhere, so that no two readers wait for each other.
      places.filter((p) => p.exposed).toSorted((a, b) => (a.schema < b.schema ? -1 : 1)),
      names,
    )
    const versions: string[] = []
    const histories: string[] = []
    for (const place of places) {
      const [version, history] = tablesOf(place)
      const home = literal(place.schema)
      versions.push(`SELECT ${home}::text, v.version_num::text, NULL::text FROM ${version} v`)
      if (history !== undefined)
        histories.push(
          `SELECT ${home}::text AS home, i.id, i.revision, i.checksum, i.status, i.direction FROM ${history} i`,
        )
    }
    const rows = [...versions, ...(histories.length === 0 ? [] : [digests(histories)])]
    return { statements: [own.enter, ...guards, rows.join('\nUNION ALL '), own.leave], at: 1 + guards.length }
  },
  // Under WHERE, the planner would look for statistics of three columns of each target.
  ran: (history, known) =>
    `COALESCE((SELECT ${digest('h', ` FILTER (WHERE ${ran('h')})`)} FROM ${history} h), '') OPERATOR(pg_catalog.=) ${literal(known)}`,
  page: (query, after, limit) =>
    `SELECT page.id::text, pg_catalog.to_json(page)::text FROM (\n${query}\n) AS page${
      after === undefined ? '' : ` WHERE page.id IS NULL OR page.id::text COLLATE "C" > ${literal(after)}`
    } ORDER BY page.id::text COLLATE "C" LIMIT ${limit}`,
  count: (query) => `SELECT count(*) FROM (\n${query}\n) AS page`,
  createSchema: (schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`,
  counters: (table, column) =>
    `SELECT s.last_value FROM (SELECT pg_catalog.pg_get_serial_sequence(${literal(table)}, ${literal(column)}) AS name) q, LATERAL (SELECT pg_catalog.pg_sequence_last_value(q.name::pg_catalog.regclass)::text AS last_value) s WHERE q.name IS NOT NULL`,
  setCounter: (table, column, last) =>
    `SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(${literal(table)}, ${literal(column)}), ${last})`,
  insertRow: (table, columns, row) =>
    `INSERT INTO ${table} (${columns.map(quote).join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${row.map((v) => (v === null ? 'NULL' : literal(v))).join(', ')})`,
  createState: (table) => `CREATE TABLE IF NOT EXISTS ${table} (
  run integer NOT NULL,
  target text NOT NULL,
  command text,
  goal text,
  status text NOT NULL,
  from_revision text,
  to_revision text,
  attempts integer NOT NULL,
  error text,
  started_at timestamptz,
  ended_at timestamptz,
  runner text,
  lease_until timestamptz,
  PRIMARY KEY (run, target)
)`,
  lastRun: (t) =>
    `SELECT run, command, goal, status, runner, (lease_until > ${now})::text, started_at::text FROM ${t} WHERE target = '' ORDER BY run DESC LIMIT 1`,
  begin: (t, { run, command, goal }) =>
    `INSERT INTO ${t} (run, target, command, goal, status, attempts, started_at) VALUES (${run}, '', ${literal(command)}, ${literal(goal)}, 'open', 0, ${now}) ON CONFLICT DO NOTHING`,
  adopt: (t, { run, runner, leaseMs, gone }) =>
    `UPDATE ${t} h SET runner = ${literal(runner)}, lease_until = ${lease(leaseMs)} WHERE h.run = ${run} AND h.target = '' AND (h.runner = ${literal(runner)} OR ${free('h', gone)}) RETURNING 1`,
  retry: (t, run) => `UPDATE ${t} SET status = 'pending' WHERE run = ${run} AND target <> '' AND status = 'failed'`,
  holders: (t, run) =>
    `SELECT runner, count(*), round(GREATEST(EXTRACT(epoch FROM max(lease_until) - ${now}), 0)::numeric, 1) FROM ${t} WHERE run = ${run} AND target <> '' AND status = 'running' GROUP BY runner ORDER BY runner`,
  claim: (t, targets, { run, runner, leaseMs, gone }) =>
    `INSERT INTO ${t} AS s (run, target, status, attempts, started_at, runner, lease_until)
SELECT ${run}, asked.id, 'running', 1, ${now}, ${literal(runner)}, ${lease(leaseMs)} FROM pg_catalog.unnest(${texts(targets)}) AS asked (id)
ON CONFLICT (run, target) DO UPDATE SET status = 'running', attempts = s.attempts + 1, started_at = EXCLUDED.started_at,
  ended_at = NULL, error = NULL, runner = EXCLUDED.runner, lease_until = EXCLUDED.lease_until
WHERE s.status = 'pending' OR (s.status = 'running' AND s.runner <> ${literal(runner)} AND ${free('s', gone)})
RETURNING s.target, s.attempts`,
  renew: (t, { run, runner, leaseMs, gone }) =>
    `UPDATE ${t} s SET lease_until = ${lease(leaseMs)}, runner = ${literal(runner)} WHERE s.run = ${run} AND ((s.status = 'running' AND s.runner = ${literal(runner)}) OR (s.target = '' AND s.status = 'open' AND (s.runner = ${literal(runner)} OR ${free('s', gone)})))`,
  record: (t, results, { run, runner }) =>
    `UPDATE ${t} s SET status = r.status, from_revision = COALESCE(r."from", s.from_revision), to_revision = COALESCE(r."to", s.to_revision), error = r.error,
  ended_at = CASE r.status WHEN 'pending' THEN s.ended_at ELSE ${now} END, lease_until = NULL,
  attempts = CASE r.status WHEN 'pending' THEN s.attempts - 1 ELSE s.attempts END
FROM pg_catalog.json_to_recordset(${literal(JSON.stringify(results))}) AS r (target text, status text, "from" text, "to" text, error text)
WHERE s.run = ${run} AND s.target = r.target AND s.runner = ${literal(runner)} AND s.status = 'running'`,
  counts: (t, run) =>
    `SELECT status, count(*) FROM ${t} WHERE run = ${run} AND target <> '' GROUP BY status ORDER BY status`,
  end: (t, run, complete, runner) =>
    `UPDATE ${t} SET status = ${complete ? "'done'" : 'status'}, ended_at = ${complete ? now : 'NULL'}, runner = NULL, lease_until = NULL WHERE run = ${run} AND target = ''${complete ? '' : ` AND runner = ${literal(runner)}`}`,
  histogram: (t) =>
    `SELECT COALESCE(l.to_revision, 'unknown'), count(*) FROM ${latest(t)} l GROUP BY 1 ORDER BY 2 DESC, 1`,
  failures: (t, limit) =>
    `SELECT l.target, l.to_revision, l.error, l.attempts, l.ended_at::text FROM ${latest(t)} l WHERE l.status = 'failed' ORDER BY l.target LIMIT ${limit}`,
}
