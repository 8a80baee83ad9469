/** Random pairs of schemas led from one to the other on a live PGlite: up, compare, down, compare, up. */
import fc from 'fast-check'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import type { Difference } from '../../src/diff/model/types.ts'
import type { Connection, Scratch } from '../../src/drivers/driver.ts'
import { lean } from '../../src/revisions/write/render.ts'
import { verifyPlan } from '../../src/runtime/verify.ts'
import { emptySchema, type Schema } from '../../src/schema/model.ts'
import { runStatements } from '../../src/util/run-statements.ts'
import { arbSchema, arbSchemaPair } from './arbitrary-schema.ts'
import { emptyDatabase } from './pglite.ts'

const serverVersion = 18
const scope = { schemas: 'all' as const, privileges: true }

export interface Failure {
  readonly index: number
  readonly problem: string
}

/** How many pairs were tried, and what went wrong with which. Two in three are edits of one schema, the others have nothing to do with each other. */
export async function tryPairs(
  connection: Connection,
  options: { readonly seed: number; readonly count: number; readonly until?: number },
): Promise<{ readonly tried: number; readonly failures: readonly Failure[] }> {
  const unrelated = fc.tuple(arbSchema(), arbSchema()).map(([from, to]) => ({ from, to }))
  const pairs = fc.sample(fc.oneof({ weight: 2, arbitrary: arbSchemaPair() }, { weight: 1, arbitrary: unrelated }), {
    seed: options.seed,
    numRuns: options.count,
  })
  const failures: Failure[] = []
  let tried = 0
  for (const [index, { from, to }] of pairs.entries()) {
    if (options.until !== undefined && Date.now() > options.until) break
    tried++
    try {
      for (const problem of await leadOver(connection, from, to)) failures.push({ index, problem })
    } catch (error) {
      failures.push({ index, problem: `${String((error as Error).stack)} ${(error as { why?: string }).why ?? ''}` })
    }
  }
  return { tried, failures }
}

async function leadOver(connection: Connection, from: Schema, to: Schema): Promise<readonly string[]> {
  const wished = await built(connection, to)
  const start = await built(connection, from)
  const found = settled(start, wished)
  const scratch: Scratch = {
    connection,
    sameServer: true,
    serverVersion,
    reset: async () => {
      await emptyDatabase(connection)
      return connection
    },
    close: async () => {},
  }
  await scratch.reset()
  const verified = await verifyPlan({
    dialect: postgres,
    start,
    wished,
    upgrade: found.upgrade.map(lean),
    downgrade: found.downgrade.map(lean),
    scratch,
    serverVersion,
    scope,
    diff: settled,
  })
  return [...verified.problems, ...(verified.skipped === undefined ? [] : [verified.skipped])]
}

/** What the database makes of a schema: that alone is compared. */
async function built(connection: Connection, schema: Schema): Promise<Schema> {
  await emptyDatabase(connection)
  const { upgrade } = diff(emptySchema, schema, { hints: [] })
  await runStatements(
    connection,
    postgres.session,
    postgres.compile(upgrade, emptySchema, { offline: false, serverVersion }),
  )
  return postgres.reflect(connection, scope)
}

/** Decisions answered as one does who has no rows: nothing is a rename. */
function settled(current: Schema, wished: Schema): Difference {
  let found = diff(current, wished, { hints: [], serverVersion })
  for (let turn = 0; found.decisions.length > 0 && turn < 5; turn++) {
    const hints = found.decisions.flatMap((d) => d.options.filter((o) => 'distinct' in o))
    found = diff(current, wished, { hints, serverVersion })
  }
  return found
}
