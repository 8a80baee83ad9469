/** Issue 9, M1, B2, B3, M13: every schema whose parts stand in a circle, on PGlite. */
import { afterAll, expect, test } from 'vitest'
import pairs from '../fixtures/pairs-circles.ts'
import { openPglite } from '../support/pglite.ts'
import { Lane } from '../live/lane.ts'

const lane = new Lane(async () => {
  const connection = await openPglite()
  return { connection, url: '', drop: () => connection.close() }
}, 18)
afterAll(() => lane.close())

test.each(pairs.map((pair) => [pair.id, pair] as const))('%s', { timeout: 60_000 }, async (_, pair) => {
  expect(await lane.run(pair)).toEqual([])
})
