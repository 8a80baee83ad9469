/** Pairs of schemas that others wrote (never committed): each led from old to new, back, and there again. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { runCase } from '../live/cases.ts'
import { majorOf, placesOf } from '../live/place.ts'

interface PairOfSchemas {
  readonly id: string
  readonly roles: readonly string[]
  readonly old: readonly string[]
  readonly new: readonly string[]
  readonly expect_empty: boolean
}

const file = new URL('../../../shared/cases/schema-pairs.json', import.meta.url)
const pairs: readonly PairOfSchemas[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []

describeLive('the pairs of schemas', (server) => {
  if (pairs.length === 0) test.skip('131 pairs: ../shared/cases/schema-pairs.json is not here', () => {})
  const create = placesOf(server)
  for (const pair of pairs) {
    test(pair.id, async () => {
      const admin = await create()
      for (const role of pair.roles) await admin.connection.query(`CREATE ROLE ${role}`).catch(() => undefined)
      await admin.drop()
      const { problems } = await runCase(
        { old: pair.old.join('\n'), new: pair.new.join('\n'), empty: pair.expect_empty, names: true },
        create,
        majorOf(server),
      )
      expect(problems).toEqual([])
    })
  }
})
