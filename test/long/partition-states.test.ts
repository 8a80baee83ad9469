/** D: every pair of states of a partitioned table's indexes and keys. */
import { afterAll, expect, test } from 'vitest'
import { statePairs } from '../fixtures/partition-states.ts'
import { Lane } from '../live/lane.ts'
import { majorOf, placesOf } from '../live/place.ts'
import { describeLive } from '../support/live.ts'

describeLive('states of partitioned tables', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  afterAll(() => lane.close())
  test.each(statePairs)('$id', async (pair) => {
    expect(await lane.run(pair)).toEqual([])
  })
})
