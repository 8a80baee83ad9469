/** Issue 11, figures: random schema to random schema on MariaDB with rows; up, compare, clean, down, compare; 200 in test/more. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { tryRandomMysql } from '../support/random-mysql.ts'

describeMysql('random pairs', () => {
  test('40 of them go there and back with their rows', { timeout: 300_000 }, async () => {
    const { tried, failures } = await tryRandomMysql(5_000, 40)
    expect(failures).toEqual([])
    expect(tried).toBeGreaterThan(25)
  })
})
