/** Thousands of random pairs of schemas on PGlite; AMBIX_TEST_SEED tries others. */
import { expect, test } from 'vitest'
import { testPglite } from '../support/pglite.ts'
import { tryPairs } from '../support/random-pairs.ts'

const seed = Number(process.env['AMBIX_TEST_SEED'] ?? 1)

test.each(Array.from({ length: 30 }, (_, i) => seed * 1000 + i))(
  '100 random pairs of seed %i',
  { timeout: 600_000 },
  async (from) => {
    const { tried, failures } = await tryPairs(await testPglite(), { seed: from, count: 100 })
    expect(failures).toEqual([])
    expect(tried).toBe(100)
  },
)
