/** Rows that both schemas hold keep their values: a hundred random pairs with random rows, there and back on PGlite; `npm test` tries ten of them. */
import { expect, test } from 'vitest'
import { openPglite } from '../support/pglite.ts'
import { tryRows } from '../support/random-rows.ts'

test('rows of 100 random pairs of statements keep their values there and back', { timeout: 600_000 }, async () => {
  const { tried, put, failures } = await tryRows(() => openPglite(), { seed: 20_261_127, count: 100, major: 18 })
  expect(failures).toEqual([])
  // The others ask for values that only a user knows, or have rows that forbid the change.
  expect(tried).toBeGreaterThan(50)
  expect(put).toBeGreaterThan(500)
})
