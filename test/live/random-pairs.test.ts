/** Law 3 of the design on a live database: ten random pairs arrive, come back, and arrive again. More in test/more. */
import { expect, test } from 'vitest'
import { testPglite } from '../support/pglite.ts'
import { tryPairs } from '../support/random-pairs.ts'

test('10 random pairs of schemas go there and back on PGlite', { timeout: 300_000 }, async () => {
  const { tried, failures } = await tryPairs(await testPglite(), { seed: 20_261_121, count: 10 })
  expect(failures).toEqual([])
  expect(tried).toBe(10)
})
