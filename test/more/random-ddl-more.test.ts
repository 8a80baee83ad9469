/** A hundred more, in a file of their own that runs beside the first. */
import { expect, test } from 'vitest'
import { openPglite } from '../support/pglite.ts'
import { tryDdlPairs } from '../support/random-ddl.ts'

test('100 more random pairs of statements go there and back on PGlite', { timeout: 600_000 }, async () => {
  const { tried, failures } = await tryDdlPairs(() => openPglite(), { seed: 20_261_122, count: 100, major: 18 })
  expect(failures).toEqual([])
  expect(tried).toBe(100)
})
