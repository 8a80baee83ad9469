import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { tryRandomMysql } from '../support/random-mysql.ts'
describeMysql('long', () => {
  test('x', { timeout: 880_000 }, async () => {
    const { tried, failures } = await tryRandomMysql(770_000, 400)
    console.log('TRIED', tried)
    expect(failures).toEqual([])
  })
})
