/** Random pairs of schemas as statements, led from one to the other on a live PGlite: what it says itself is the judge. */
import fc from 'fast-check'
import type { Connection } from '../../src/drivers/driver.ts'
import { Lane } from '../live/lane.ts'
import { embeddedPlace } from '../live/place.ts'
import { arbDdlPair, ddlOf } from './arbitrary-ddl.ts'

export interface DdlFailure {
  readonly index: number
  readonly problem: string
  /** Both sides, to be tried again. */
  readonly old: string
  readonly new: string
}

/**
 * How many pairs were tried, how many of the drawn ones PostgreSQL itself would not take, and what went wrong with which.
 * `open` makes an empty PGlite, which is used for many pairs.
 */
export async function tryDdlPairs(
  open: () => Promise<Connection>,
  options: { readonly seed: number; readonly count: number; readonly major: number },
): Promise<{ readonly tried: number; readonly refused: number; readonly failures: readonly DdlFailure[] }> {
  const lane = new Lane(embeddedPlace(open), options.major)
  const failures: DdlFailure[] = []
  let tried = 0
  let refused = 0
  // One in ten may be such that PostgreSQL takes it not.
  const pairs = fc.sample(arbDdlPair(options.major), { seed: options.seed, numRuns: Math.ceil(options.count * 1.1) })
  try {
    for (const [index, { from, to: wished }] of pairs.entries()) {
      if (tried === options.count) break
      const [old, to] = [ddlOf(from), ddlOf(wished)]
      try {
        // Helpers of foreign keys to partitions are named by oids: names are compared by reflection alone.
        const problems = await lane.run({ id: '', old, new: to, names: false })
        for (const problem of problems) failures.push({ index, problem, old, new: to })
        tried++
      } catch (error) {
        if (!(await lane.refuses(old, to))) throw error
        refused++
      }
    }
  } finally {
    await lane.close()
  }
  return { tried, refused, failures }
}
