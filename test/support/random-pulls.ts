/** Random schemas, pulled as models: they must load, and say what the database has. */
import fc from 'fast-check'
import type { Connection } from '../../src/drivers/driver.ts'
import { pulled } from '../live/pulled.ts'
import { arbDdl, ddlOf } from './arbitrary-ddl.ts'
import { openPglite } from './pglite.ts'
import { wiped } from './wiped.ts'

export interface PullFailure {
  readonly index: number
  readonly problems: readonly string[]
  /** To be tried again. */
  readonly schema: string
}

export const pullRoles = ['ambix_r1', 'ambix_r2', 'ambix_r3']

/** `count` schemas that PostgreSQL takes are led through the database of `connection`, emptied between them. */
export async function tryPulls(
  connection: Connection,
  url: string,
  options: { readonly seed: number; readonly count: number; readonly major: number },
): Promise<{ readonly tried: number; readonly failures: readonly PullFailure[] }> {
  const failures: PullFailure[] = []
  let tried = 0
  const worlds = fc.sample(arbDdl(options.major), { seed: options.seed, numRuns: Math.ceil(options.count * 1.3) })
  for (const [index, world] of worlds.entries()) {
    if (tried === options.count) break
    if (!(await wiped(connection))) throw new Error('The database cannot be emptied')
    const schema = ddlOf(world)
    try {
      await connection.script(schema)
    } catch {
      // PostgreSQL itself does not take it.
      continue
    }
    tried++
    const problems = await pulled(connection, url, 'ts')
    if (problems.length > 0) failures.push({ index, problems, schema })
  }
  return { tried, failures }
}

/** The same on an embedded database of its own. */
export async function tryPullsEmbedded(seed: number, count: number): ReturnType<typeof tryPulls> {
  const connection = await openPglite()
  try {
    for (const role of pullRoles) await connection.script(`CREATE ROLE ${role}`)
    return await tryPulls(connection, 'pglite://memory', { seed, count, major: 18 })
  } finally {
    await connection.close()
  }
}
