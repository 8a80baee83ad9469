/** Routines whose bodies PostgreSQL holds but would refuse today: `check_function_bodies` is off while they are created. */
import type { Connection } from '../../../drivers/driver.ts'
import { quoteLiteral } from '../spell/quote.ts'
import { notOfExtension, catalogs, userSchema } from './catalog.ts'

interface Body {
  /** The call of its language's validator. */
  readonly call: string
  /** As a message names it: `function app.total()`. */
  readonly label: string
}

/** Only languages whose validators run nothing of the body: that of PL/Perl, for one, runs its BEGIN blocks. */
const bodiesSql = `
SELECT CASE l.lanname WHEN 'sql' THEN 'pg_catalog.fmgr_sql_validator(' ELSE 'pg_catalog.plpgsql_validator(' END || p.oid || ')',
       CASE p.prokind WHEN 'p' THEN 'procedure ' ELSE 'function ' END || p.oid::pg_catalog.regprocedure::pg_catalog.text,
       (SELECT pg_catalog.substr(c, 13) FROM pg_catalog.unnest(p.proconfig) c WHERE c LIKE 'search\\_path=%')
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE l.lanname IN ('sql', 'plpgsql') AND p.prokind <> 'a' AND ${userSchema('n')} AND ${notOfExtension(catalogs.routine, 'p.oid')}
 ORDER BY n.nspname, p.proname, p.oid`

/**
 * One line for each. For scratch databases only, where everything comes from the project: the server reads the literals of a
 * body, and a literal of an array of a domain runs the domain's checks.
 */
export async function brokenBodies(db: Connection): Promise<readonly string[]> {
  const byPath = new Map<string | null, Body[]>()
  for (const [call, label, path] of await db.values(bodiesSql)) {
    const bodies = byPath.get(path ?? null) ?? []
    bodies.push({ call: call!, label: label! })
    byPath.set(path ?? null, bodies)
  }
  const broken: string[] = []
  for (const [path, bodies] of byPath) broken.push(...(await refused(db, path, bodies)))
  return broken
}

/** All in one round trip where all compile; else halved until those that do not are found. */
async function refused(db: Connection, path: string | null, bodies: readonly Body[]): Promise<readonly string[]> {
  const settings = [
    `pg_catalog.set_config('check_function_bodies', 'on', true)`,
    ...(path === null ? [] : [`pg_catalog.set_config('search_path', ${quoteLiteral(path)}, true)`]),
  ]
  try {
    await db.script(['BEGIN READ ONLY', `SELECT ${settings.join(', ')}`, ...bodies.map((b) => `SELECT ${b.call}`)])
    return []
  } catch (error) {
    const said = db.describeError(error)
    if (said === undefined) throw error
    // Class 42 is about names, types and syntax; the rest (a right, a lock) tells nothing of the body.
    if (bodies.length === 1)
      return said.code?.startsWith('42') === true && said.code !== '42501'
        ? [`${bodies[0]!.label} does not compile: ${said.message}`]
        : []
  } finally {
    if (!db.closed) await db.script(['ROLLBACK'])
  }
  const half = bodies.length >> 1
  return [...(await refused(db, path, bodies.slice(0, half))), ...(await refused(db, path, bodies.slice(half)))]
}
