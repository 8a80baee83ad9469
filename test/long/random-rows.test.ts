/** Thousands of random pairs of statements with random rows on PGlite; AMBIX_TEST_SEED tries others. */
import { expect, test } from 'vitest'
import { openPglite } from '../support/pglite.ts'
import { tryRows } from '../support/random-rows.ts'

const seed = Number(process.env['AMBIX_TEST_SEED'] ?? 1)

test.each(Array.from({ length: 20 }, (_, i) => seed * 100_000 + i * 1000))(
  'rows of 150 random pairs of statements of seed %i',
  { timeout: 900_000 },
  async (from) => {
    const { tried, failures } = await tryRows(() => openPglite(), { seed: from, count: 150, major: 18 })
    expect(failures).toEqual([])
    expect(tried).toBeGreaterThan(75)
  },
)
