/** What a plan takes from a server as it runs, read beside it: locks from `pg_locks`, rewrites and whole reads from its own session. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Hazard, Statement } from '../../../src/dialects/dialect.ts'
import { planUnits } from '../../../src/runtime/plan.ts'

export interface Effects {
  /** `t: ACCESS EXCLUSIVE`: what keeps clients out, of tables that were there. */
  readonly locks: readonly string[]
  readonly rewrites: readonly string[]
  /** Tables that were read as a whole and not rewritten. */
  readonly reads: readonly string[]
}

const strength = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
]
const keepsOut = strength.slice(4)
const manualName = (mode: string): string =>
  mode
    .replace(/Lock$/, '')
    .replaceAll(/(?!^)[A-Z]/g, (c) => ` ${c}`)
    .toUpperCase()
const stronger = (a: string | undefined, b: string): string =>
  a === undefined || strength.indexOf(b) > strength.indexOf(a) ? b : a

interface Relation {
  readonly oid: string
  readonly name: string
  readonly file: string | null
}
const relations = `SELECT c.oid::text, CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name,
    pg_relation_filenode(c.oid)::text AS file
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`
// One that is waited for counts too: a statement outside of a transaction is seen while it waits.
const locksOf = `SELECT relation::text AS oid, mode FROM pg_locks WHERE locktype = 'relation' AND pid = $1`
/** Whole reads so far, by the counters of the server. */
async function readsOf(worker: Client, watcher: Client): Promise<ReadonlyMap<string, string>> {
  await worker.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await watcher.query<{ oid: string; n: string }>(
    'SELECT relid::text AS oid, seq_scan::text AS n FROM pg_stat_user_tables',
  )
  return new Map(rows.map((r) => [r.oid, r.n]))
}

/** Runs the statements as ambix would, each transaction by itself. */
export async function observed(worker: Client, watcher: Client, statements: readonly Statement[]): Promise<Effects> {
  const all = async (client: Client): Promise<readonly Relation[]> => (await client.query<Relation>(relations)).rows
  const before = await all(watcher)
  const nameOf = new Map(before.map((r) => [r.oid, r.name]))
  const locks = new Map<string, string>()
  const readBefore = await readsOf(worker, watcher)
  const pid = (await worker.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid
  const note = async (): Promise<void> => {
    for (const { oid, mode } of (await watcher.query<{ oid: string; mode: string }>(locksOf, [pid])).rows) {
      const name = nameOf.get(oid)
      if (name !== undefined) locks.set(name, stronger(locks.get(name), manualName(mode)))
    }
  }
  for (const unit of planUnits(statements)) {
    if (unit.kind === 'alone') await beside(worker, watcher, unit.statements[0]!.sql, before, note)
    else {
      await worker.query('BEGIN')
      for (const { sql } of unit.statements) await worker.query(sql)
      await note()
      await worker.query('COMMIT')
    }
  }
  const readAfter = await readsOf(worker, watcher)
  const wasRead = ({ oid }: Relation): boolean => readAfter.has(oid) && readAfter.get(oid) !== readBefore.get(oid)
  const files = new Map((await all(watcher)).map((r) => [r.oid, r.file]))
  const rewrites = before.filter((r) => files.has(r.oid) && files.get(r.oid) !== r.file).map((r) => r.name)
  return {
    locks: [...locks]
      .filter(([, mode]) => keepsOut.includes(mode))
      .map(([name, mode]) => `${name}: ${mode}`)
      .sort(),
    rewrites: rewrites.sort(),
    reads: before
      .filter((r) => wasRead(r) && !rewrites.includes(r.name))
      .map((r) => r.name)
      .sort(),
  }
}

/** A statement outside of a transaction is made to wait for a writer, so that its locks can be seen. */
async function beside(
  worker: Client,
  watcher: Client,
  sql: string,
  all: readonly Relation[],
  note: () => Promise<void>,
): Promise<void> {
  await watcher.query('BEGIN')
  const tables = all.filter((r) => r.file !== null).map((r) => r.name)
  await watcher.query(`LOCK TABLE ${tables.join(', ')} IN ROW EXCLUSIVE MODE`)
  const state = { ended: false }
  const done = worker.query(sql).finally(() => (state.ended = true))
  done.catch(() => {})
  const waits = `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'`
  const pid = (worker as unknown as { processID: number }).processID
  while (!state.ended && (await watcher.query(waits, [pid])).rowCount === 0) await sleep(5)
  await note()
  await watcher.query('COMMIT')
  await done
}

/** What ambix said of the same statements. */
export function predicted(statements: readonly Statement[], known: ReadonlySet<string>): Effects {
  const hazards = statements.flatMap((s) => s.hazards)
  const on = (h: Hazard): string | undefined =>
    [h.object, h.object.slice(0, Math.max(0, h.object.lastIndexOf('.')))].find((name) => known.has(name))
  const locks = new Map<string, string>()
  for (const h of hazards) {
    const name = on(h)
    if (name !== undefined && h.lock !== undefined && keepsOut.includes(h.lock))
      locks.set(name, stronger(locks.get(name), h.lock))
  }
  const named = (code: string): string[] => [
    ...new Set(hazards.flatMap((h) => (h.code === code && on(h) !== undefined ? [on(h)!] : []))),
  ]
  // TRUNCATE gives a table new, empty files.
  const emptied = hazards.filter(
    (h) => h.message.startsWith('deletes all rows of ') && known.has(h.object) && h.lock !== undefined,
  )
  const rewrites = [...new Set([...named('TABLE_REWRITE'), ...emptied.map((h) => h.object)])]
  return {
    locks: [...locks].map(([name, mode]) => `${name}: ${mode}`).sort(),
    rewrites: rewrites.sort(),
    reads: named('FULL_SCAN')
      .filter((name) => !rewrites.includes(name))
      .sort(),
  }
}
