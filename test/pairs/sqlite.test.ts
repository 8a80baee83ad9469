/** Changes between small SQLite schemas that others wrote (never committed): up, clean, back, and there again, rows kept. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runSqliteCase } from '../support/sqlite-cases.ts'

interface Given {
  readonly id: string
  readonly old: readonly string[]
  readonly new: readonly string[]
  readonly hints?: readonly unknown[]
  readonly expect_empty: boolean
}

const file = new URL('../../../shared/cases/sqldef-sqlite3.json', import.meta.url)
const given: readonly Given[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []

describe('changes of SQLite schemas', () => {
  if (given.length === 0) test.skip('26 changes: ../shared/cases/sqldef-sqlite3.json is not here', () => {})
  for (const c of given)
    test(c.id, async () => {
      const problems = await runSqliteCase({
        id: c.id,
        old: c.old.join('\n'),
        new: c.new.join('\n'),
        ...(c.hints === undefined ? {} : { hints: c.hints }),
        empty: c.expect_empty,
      })
      expect(problems).toEqual([])
    })
})
