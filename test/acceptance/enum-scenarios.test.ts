/** The 77 enum scenarios as a user runs them: schema.sql or models, hints, the command line, a real server; online and by offline SQL. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runScenario, type Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'

const scenarios = JSON.parse(
  readFileSync(new URL('../fixtures/enum-scenarios.json', import.meta.url), 'utf8'),
) as readonly Scenario[]

describeLive('the enum scenarios', (server) => {
  const led = new Map<string, string>()
  const kindOf = ({ id }: Scenario): string => id[0]!
  describe('by upgrade and downgrade, and by offline SQL', () => {
    test.each(tableOf(scenarios, kindOf).map((s) => [s.id, s.title, s] as const))('%s %s', async (_, __, scenario) => {
      expect(await runScenario(scenario, { server, names: true, offline: true, led })).toEqual([])
    })
  })
  describe('with the wished schema as models', () => {
    // What no database can hold cannot be pulled from one: labels and names that are too long, and double labels.
    const pulled = scenarios.filter((s) => !['K04', 'K05', 'K06'].includes(s.id))
    // Others than those above: two thirds are led in the one way or the other.
    test.each(tableOf(pulled, kindOf, 1).map((s) => [s.id, s.title, s] as const))('%s %s', async (_, __, scenario) => {
      expect(await runScenario(scenario, { server, models: true, led })).toEqual([])
    })
  })
})
