/** D: indexes and keys of partitioned tables, state by state: a part of the pairs; test/long has them all. */
import { afterAll, expect, test } from 'vitest'
import { statePairs } from '../fixtures/partition-states.ts'
import { describeLive } from '../support/live.ts'
import { Lane } from './lane.ts'
import { majorOf, placesOf } from './place.ts'

describeLive('states of partitioned tables', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  afterAll(() => lane.close())
  test.each(statePairs.filter((_, i) => i % 43 === 7))('$id', async (pair) => {
    expect(await lane.run(pair)).toEqual([])
  })
})
