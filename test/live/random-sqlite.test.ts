/** Issue 11, figures: random schema to random schema on SQLite with rows; up, compare, clean, down, compare. More in test/more. */
import { expect, test } from 'vitest'
import { tryRandomSqlite } from '../support/random-sqlite.ts'

test('300 random pairs of SQLite schemas go there and back with their rows', { timeout: 300_000 }, async () => {
  const { tried, failures } = await tryRandomSqlite(20_261_126, 300)
  expect(failures).toEqual([])
  expect(tried).toBeGreaterThan(210)
})
