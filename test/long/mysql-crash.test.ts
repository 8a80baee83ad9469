/** A connection that is cut, or a process that is killed, in the middle of a revision, before and after each of its statements. */
import { test } from 'vitest'
import { cutEverywhere } from '../mysql/crash.ts'
import { describeMysql } from '../support/mysql.ts'

describeMysql('before and after each statement of a revision of ten', () => {
  test('a connection is cut', { timeout: 600_000 }, () => cutEverywhere(1, 'connection'))
  test('a process is killed', { timeout: 900_000 }, () => cutEverywhere(1, 'process'))
})
