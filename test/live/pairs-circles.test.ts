/** Issue 9, M1, B2, B3, M13: what stands in a circle with its table comes and goes, part by part; on PGlite. A quarter of the pairs: test/long has them all. */
import { afterAll, expect, test } from 'vitest'
import pairs from '../fixtures/pairs-circles.ts'
import { openPglite } from '../support/pglite.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'

const lane = new Lane(async () => {
  const connection = await openPglite()
  return { connection, url: '', drop: () => connection.close() }
}, 18)
afterAll(() => lane.close())

// The index wanders, so that coming, going and both changes are all among them.
test.each(tableOf(pairs.filter((_, i) => i % 4 === (i >> 2) % 4)).map((pair) => [pair.id, pair] as const))(
  '%s',
  { timeout: 60_000 },
  async (_, pair) => {
    expect(await lane.run(pair)).toEqual([])
  },
)
