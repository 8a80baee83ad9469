/** Thousands of random pairs of schemas on PGlite; AMBIX_TEST_SEED tries others. */
import { expect, test } from 'vitest'
import { openPglite } from '../support/pglite.ts'
import { tryPairs } from '../support/random-pairs.ts'

const seed = Number(process.env['AMBIX_TEST_SEED'] ?? 1)

test.each(Array.from({ length: 30 }, (_, i) => seed * 1000 + i))(
  '100 random pairs of seed %i',
  { timeout: 600_000 },
  async (from) => {
    // A PGlite of its own each time: what is made and dropped stays in its catalogs as dead rows.
    const connection = await openPglite()
    try {
      const { tried, failures } = await tryPairs(connection, { seed: from, count: 100 })
      expect(failures).toEqual([])
      expect(tried).toBe(100)
    } finally {
      await connection.close()
    }
  },
)
