/** Issue 11, figures: 1,000 pairs of random SQLite schemas with rows; up, compare, clean, down, compare. */
import { expect, test } from 'vitest'
import { tryRandomSqlite } from '../support/random-sqlite.ts'

test('1,000 random pairs of SQLite schemas go there and back with their rows', { timeout: 600_000 }, async () => {
  const { tried, failures } = await tryRandomSqlite(1_126, 1_000)
  expect(failures).toEqual([])
  expect(tried).toBeGreaterThan(700)
})
