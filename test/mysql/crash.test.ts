/** A connection that is cut, or a process that is killed, in the middle of a revision: at some of its statements here, at each in test/long. */
import { test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { cutEverywhere } from './crash.ts'

describeMysql('before and after a statement of a revision of ten', () => {
  test('a connection is cut', () => cutEverywhere(15, 'connection'))
  test('a process is killed', () => cutEverywhere(25, 'process'))
})
