/** Law 3 of the design over every kind that PGlite can hold: ten random pairs arrive, and come back. More in test/more. */
import { expect, test } from 'vitest'
import { openPglite } from '../support/pglite.ts'
import { tryDdlPairs } from '../support/random-ddl.ts'

test('10 random pairs of statements go there and back on PGlite', { timeout: 600_000 }, async () => {
  const { tried, failures } = await tryDdlPairs(() => openPglite(), { seed: 20_261_121, count: 10, major: 18 })
  expect(failures).toEqual([])
  expect(tried).toBe(10)
})
