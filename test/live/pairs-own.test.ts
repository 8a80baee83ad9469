/** Our own pairs of schemas, each led from old to new and back on a real server; some of them as a user does it. A fifth of each kind here. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import own, { type OwnPair } from '../fixtures/pairs-own.ts'
import suites from '../fixtures/pairs-suites.ts'
import { runScenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'
import { majorOf, makeRoles, placesOf } from './place.ts'

const pairs = tableOf([...own, ...suites], ({ id }) => id.split('/', 1)[0]!)

describeLive('our own pairs of schemas', (server) => {
  const major = majorOf(server)
  const lane = new Lane(placesOf(server), major)
  beforeAll(() => makeRoles(server))
  afterAll(() => lane.close())
  const here = pairs.filter((pair) => (pair.since ?? 0) <= major)

  for (const pair of here) {
    if (pair.not !== undefined) {
      test.skip(`${pair.id}: ${pair.not}`, () => {})
      continue
    }
    test(pair.id, async () => {
      expect(await lane.run(pair)).toEqual([])
    })
  }

  const sample = here.filter((pair, i) => i % 30 === 7 && pair.not === undefined)
  test.each(sample)('by the command line: $id', async (pair: OwnPair) => {
    const problems = await runScenario(
      {
        id: pair.id,
        title: '',
        before_schema: pair.old,
        after_schema: pair.new,
        rows: null,
        // Nothing is a rename in a pair, as the lane reads them.
        hints: [{ distinct: 'all' }],
        expect: { empty_diff: pair.empty === true },
      },
      { server, names: true },
    )
    expect(problems).toEqual([])
  })
})
