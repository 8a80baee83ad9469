/** A connection that is cut in the middle of a revision, before and after each of its statements. */
import { test } from 'vitest'
import { cutEverywhere } from '../mysql/crash.ts'
import { describeMysql } from '../support/mysql.ts'

describeMysql('a connection that is cut', () => {
  test('before and after each statement of a revision of ten', { timeout: 600_000 }, () => cutEverywhere(1))
})
