/** Chains of fifty random enum changes: from zero in one run, step by step with rows, and both ways back. More in test/long. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chainOf, tryChain, turns } from '../support/enum-chain.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { majorOf } from './place.ts'

describeLive('chains of enum changes', (server) => {
  test.each(tableOf([51, 53]))('seed %i', { timeout: 300_000 }, async (seed) => {
    const chain = chainOf(fc.sample(turns(50), { seed, numRuns: 1 })[0]!, majorOf(server))
    expect(chain.revisions.length).toBeGreaterThan(40)
    expect(await tryChain(chain, server)).toEqual([])
  })
})
