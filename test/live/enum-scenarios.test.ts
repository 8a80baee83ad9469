/** Every enum scenario through reflect, diff and compile on a real server, with nothing known beforehand: up, down, up again. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Hint } from '../../src/diff/types.ts'
import { hintsOf, type Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { runCase } from './cases.ts'
import { enumCases } from './enum-cases.ts'
import { majorOf, placesOf } from './place.ts'

const scenarios: readonly Scenario[] = JSON.parse(
  readFileSync(new URL('../fixtures/enum-scenarios.json', import.meta.url), 'utf8'),
)

describeLive('the enum scenarios', (server) => {
  const create = placesOf(server)
  // What must be refused never gets as far as a schema: test/acceptance runs those through the command line.
  const runnable = scenarios.filter((s) => s.expect.must_refuse !== true)
  test.each(runnable.map((s) => [s.id, s.title, s] as const))('%s %s', async (_, __, s) => {
    const dataStep = s.expect.intent?.some((i) => i['kind'] === 'data_step') === true
    const { problems } = await runCase(
      {
        old: s.before_schema,
        rows: s.rows,
        new: s.after_schema,
        // The intents are hints in other words; acceptance.ts translates them.
        hints: hintsOf(s) as readonly Hint[],
        verifyUp: dataStep ? [] : (s.verify_up ?? []),
        verifyDown: s.verify_down ?? [],
        empty: s.expect.empty_diff === true,
        compareDown: s.expect.down_compare !== false,
        names: true,
      },
      create,
      majorOf(server),
    )
    expect(problems).toEqual([])
  })

  test.each(Object.entries(enumCases))('%s', async (_, c) => {
    const { problems } = await runCase({ ...c, names: true }, create, majorOf(server))
    expect(problems).toEqual([])
  })
})
