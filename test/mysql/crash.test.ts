/** A connection that is cut in the middle of a revision, at every fifteenth of its statements; at each in test/long. */
import { test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { cutEverywhere } from './crash.ts'

describeMysql('a connection that is cut', () => {
  test('before and after a statement of a revision of ten', () => cutEverywhere(15))
})
