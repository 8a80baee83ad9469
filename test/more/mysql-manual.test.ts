/** The cases that test/mysql/manual.test.ts leaves out, and more changes by the chapters of the manuals: each there and back, with rows. */
import '../mysql/manual.test.ts'
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair } from '../support/mysql-pairs.ts'
import { pairs } from '../mysql/manual-pairs.ts'

describeMysql('changes by the manuals, more of them', () => {
  for (const [name, pair] of Object.entries(pairs))
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
})
