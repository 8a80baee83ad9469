/** Issue 11, figures: 200 pairs of random MariaDB schemas with rows; up, compare, clean, down, compare. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { tryRandomMysql } from '../support/random-mysql.ts'

describeMysql('many random pairs', () => {
  test('250 of them go there and back with their rows', { timeout: 600_000 }, async () => {
    const { tried, failures } = await tryRandomMysql(1_126, 250)
    expect(failures).toEqual([])
    expect(tried).toBeGreaterThan(200)
  })
})
