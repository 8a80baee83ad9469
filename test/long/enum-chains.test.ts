/** Many chains of fifty random enum changes; AMBIX_TEST_SEED tries others, AMBIX_TEST_RUNS fewer or more. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { majorOf } from '../live/place.ts'
import { chainOf, tryChain, turns } from '../support/enum-chain.ts'
import { describeLive } from '../support/live.ts'

const seed = Number(process.env['AMBIX_TEST_SEED'] ?? 1)
const numRuns = Number(process.env['AMBIX_TEST_RUNS'] ?? 60)

describeLive('chains of enum changes', (server) => {
  test('are the same from zero and step by step, both ways', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(turns(50), async (list) => {
        expect(await tryChain(chainOf(list, majorOf(server)), server)).toEqual([])
      }),
      { seed, numRuns },
    )
  })
})
