/** The rest of the matrix of specs/enums.md, and intents in other words, as a user runs them: online and by offline SQL. */
import { expect, test } from 'vitest'
import { hintScenarios, ownScenarios } from '../fixtures/enum-scenarios-own.ts'
import { runScenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const scenarios = [...ownScenarios, ...hintScenarios]

describeLive('the enum scenarios of our own, by upgrade and downgrade, and by offline SQL', (server) => {
  test.each(scenarios.map((s) => [s.id, s.title, s] as const))('%s %s', async (_, __, scenario) => {
    expect(await runScenario(scenario, { server, offline: true })).toEqual([])
  })
})
