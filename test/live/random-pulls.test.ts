/** Random schemas are pulled as models that load, and that the database has: ten of them. More in test/more. */
import { expect, test } from 'vitest'
import { tryPullsEmbedded } from '../support/random-pulls.ts'

test('10 random schemas are pulled from PGlite, and say what is there', { timeout: 300_000 }, async () => {
  const { tried, failures } = await tryPullsEmbedded(1, 10)
  expect(failures).toEqual([])
  expect(tried).toBe(10)
})
