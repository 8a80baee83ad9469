/** Enum changes as unkind as we could think of, each up, down and up again; those that must be refused by the command line. */
import { describe, expect, test } from 'vitest'
import type { Hint } from '../../src/diff/model/types.ts'
import { oddScenarios } from '../fixtures/enum-scenarios-odd.ts'
import { hintsOf, runScenario, type Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { runCase } from './cases.ts'
import { majorOf, sharedPlacesOf } from './place.ts'

describeLive('odd changes of enums', (server) => {
  const create = sharedPlacesOf(server)
  const refused = oddScenarios.filter((s) => s.expect.must_refuse === true)
  const kindOf = ({ id }: Scenario): string => id[0]!
  test.each(
    tableOf(
      oddScenarios.filter((s) => !refused.includes(s)),
      kindOf,
    ).map((s) => [s.id, s.title, s] as const),
  )('%s %s', async (_, __, s) => {
    const { problems } = await runCase(
      {
        old: s.before_schema,
        rows: s.rows,
        new: s.after_schema,
        hints: hintsOf(s) as readonly Hint[],
        verifyUp: s.verify_up ?? [],
        verifyDown: s.verify_down ?? [],
        names: true,
      },
      create,
      majorOf(server),
    )
    expect(problems).toEqual([])
  })
  describe('are refused', () => {
    test.each(tableOf(refused, kindOf).map((s) => [s.id, s.title, s] as const))('%s %s', async (_, __, s) => {
      expect(await runScenario(s, { server })).toEqual([])
    })
  })
})
