/** Runs a pair of schemas through reflect, diff and compile on a real server: up, compare, down, compare, up again. */
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import type { Difference, Hint } from '../../src/diff/model/types.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { fold } from '../../src/operations/operation.ts'
import { lean } from '../../src/revisions/write/render.ts'
import { emptySchema, type Schema } from '../../src/schema/model.ts'
import { answerQuestions } from '../../src/sources/answers.ts'
import { catalogLines } from '../support/acceptance.ts'
import { linesOf } from './catalog-of.ts'

export interface Place {
  readonly connection: Connection
  readonly url: string
  drop(): Promise<void>
}

export interface Case {
  readonly old: string
  readonly rows?: string | null
  readonly new: string
  readonly hints?: readonly Hint[]
  readonly verifyUp?: readonly { readonly sql: string; readonly equals: string }[]
  readonly verifyDown?: readonly { readonly sql: string; readonly equals: string }[]
  readonly empty?: boolean
  readonly compareDown?: boolean
  /** Constraint and index names count. */
  readonly names?: boolean
}

export interface Outcome {
  readonly problems: readonly string[]
  readonly difference: Difference | undefined
}

const scope = { schemas: 'all' as const, privileges: true }

/** Compiles without knowing anything before, as an offline script of a self-contained revision would. */
export async function run(
  connection: Connection,
  ops: readonly Operation[],
  serverVersion: number,
): Promise<string | undefined> {
  return (await runOps(connection, ops, serverVersion))?.text
}

/** The same, with the SQLSTATE (or `refused`) and the statement that failed. */
export async function runOps(
  connection: Connection,
  ops: readonly Operation[],
  serverVersion: number,
): Promise<{ readonly text: string; readonly code: string; readonly sql: string } | undefined> {
  const statements = postgres.compile(ops, undefined, { offline: false, serverVersion })
  for (const s of statements) {
    if (s.refuseIf === undefined) continue
    const rows = await connection.values(s.refuseIf).catch(() => [])
    if (rows.length > 0) return { text: `refused: ${rows[0]![0]}`, code: 'refused', sql: s.refuseIf }
  }
  let open = false
  for (const s of statements) {
    try {
      if (s.transaction === 'alone') {
        if (open) await connection.query('COMMIT')
        open = false
      } else if (!open) {
        await connection.query('BEGIN')
        open = true
      }
      if (s.params === undefined || s.params.length === 0) await connection.script(s.sql)
      else for (const p of s.params) await connection.query(s.sql, p)
      if (s.transaction === 'commit-after') {
        await connection.query('COMMIT')
        open = false
      }
    } catch (error) {
      if (open) await connection.query('ROLLBACK')
      const said = connection.describeError(error)
      const of = statements.map((x) => x.sql).join(';\n        ')
      return {
        text: `${said?.message ?? String(error)}\n    in: ${s.sql}\n    of: ${of}`,
        code: said?.code ?? '',
        sql: s.sql,
      }
    }
  }
  if (open) await connection.query('COMMIT')
  return undefined
}

/** Answers what the diff asks, by the dialect's own queries. */
async function ask(
  connection: Connection,
  current: Schema,
  wished: Schema,
  hints: readonly Hint[],
  serverVersion: number,
): Promise<Difference> {
  let answers = new Map<string, number | readonly (string | null)[]>()
  for (;;) {
    const found = diff(current, wished, { hints, answers, serverVersion })
    if (found.questions.length === 0) return found
    answers = new Map([...answers, ...(await answerQuestions(connection, postgres, found.questions, serverVersion))])
  }
}

/** The same, where what no hint settles is read as a drop and a creation; decisions that are left are the user's. */
export async function answered(
  connection: Connection,
  current: Schema,
  wished: Schema,
  given: readonly Hint[],
  serverVersion: number,
): Promise<Difference> {
  let hints = [...given]
  let difference = await ask(connection, current, wished, hints, serverVersion)
  for (let turn = 0; difference.decisions.length > 0 && turn < 5; turn++) {
    hints = [...hints, ...difference.decisions.flatMap((d) => d.options.filter((o) => 'distinct' in o))]
    difference = await ask(connection, current, wished, hints, serverVersion)
  }
  return difference
}

const lines = (got: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((l) => !got.includes(l)).map((l) => `missing ${l}`),
  ...got.filter((l) => !wanted.includes(l)).map((l) => `extra   ${l}`),
]

/** What fails where the schema before is not read from the database but folded from a revision that made it, as scripts and trials do. */
export function recorded(current: Schema, difference: Difference, serverVersion: number): readonly string[] {
  const first = diff(emptySchema, current, { hints: [], serverVersion })
  if (first.decisions.length > 0 || first.questions.length > 0) return []
  try {
    const before = fold(emptySchema, first.upgrade).schema
    // As a revision has them, which need not say what was.
    const [up, down] = [difference.upgrade.map(lean), difference.downgrade.map(lean)]
    postgres.compile(up, before, { offline: true, serverVersion })
    postgres.compile(down, fold(before, up).schema, { offline: true, serverVersion })
    return []
  } catch (error) {
    return [`from the revisions: ${error instanceof Error ? error.message : String(error)}`]
  }
}

export async function runCase(c: Case, create: () => Promise<Place>, serverVersion: number): Promise<Outcome> {
  const problems: string[] = []
  const catalog = async (of: Place): Promise<string[]> => catalogLines(await linesOf(of.connection), c.names)
  const place = await create()
  const reference = await create()
  let difference: Difference | undefined
  try {
    await place.connection.script(c.old)
    if (c.rows !== undefined && c.rows !== null) await place.connection.script(c.rows)
    const start = await catalog(place)
    await reference.connection.script(c.new)
    const wanted = await catalog(reference)
    const wished = await postgres.reflect(reference.connection, scope)
    const current = await postgres.reflect(place.connection, scope)
    difference = await answered(place.connection, current, wished, c.hints ?? [], serverVersion)
    if (difference.decisions.length > 0)
      return {
        problems: difference.decisions.map((d) => `decision: ${d.question} ${JSON.stringify(d.options)}`),
        difference,
      }
    problems.push(...recorded(current, difference, serverVersion))
    if (c.empty === true && difference.upgrade.length > 0)
      problems.push(`not empty: ${JSON.stringify(difference.upgrade)}`)
    const up = await run(place.connection, difference.upgrade, serverVersion)
    if (up !== undefined) return { problems: [...problems, `up: ${up}`], difference }
    problems.push(...lines(await catalog(place), wanted).map((l) => `after up: ${l}`))
    for (const v of c.verifyUp ?? []) {
      const [row] = await place.connection.values(v.sql)
      if (row?.[0] !== v.equals) problems.push(`rows after up: ${v.sql} gives ${row?.[0]}, not ${v.equals}`)
    }
    const again = diff(await postgres.reflect(place.connection, scope), wished, { hints: [], serverVersion })
    if (again.upgrade.length > 0 || again.decisions.length > 0)
      problems.push(`second diff: ${JSON.stringify([...again.upgrade, ...again.decisions])}`)
    const down = await run(place.connection, difference.downgrade, serverVersion)
    if (down !== undefined) return { problems: [...problems, `down: ${down}`], difference }
    if (c.compareDown !== false) problems.push(...lines(await catalog(place), start).map((l) => `after down: ${l}`))
    for (const v of c.verifyDown ?? []) {
      const [row] = await place.connection.values(v.sql)
      if (row?.[0] !== v.equals) problems.push(`rows after down: ${v.sql} gives ${row?.[0]}, not ${v.equals}`)
    }
    const twice = await run(place.connection, difference.upgrade, serverVersion)
    if (twice !== undefined) problems.push(`up again: ${twice}`)
    else problems.push(...lines(await catalog(place), wanted).map((l) => `after up again: ${l}`))
  } catch (error) {
    problems.push(
      error instanceof Error
        ? `${(error as { code?: string }).code ?? ''} ${error.message} ${(error as { why?: string }).why ?? ''}\n${error.stack}`
        : String(error),
    )
  } finally {
    await place.drop()
    await reference.drop()
  }
  return { problems, difference }
}
