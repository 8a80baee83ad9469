/** M15: every way for a column to hold labels, by every change of the labels, by what depends on the column; with rows. */
import { afterAll, expect, test } from 'vitest'
import { carrierCases } from '../fixtures/enum-carriers.ts'
import { Lane } from '../live/lane.ts'
import { majorOf, placesOf } from '../live/place.ts'
import { describeLive } from '../support/live.ts'

describeLive('enums beyond the matrix', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  afterAll(() => lane.close())
  test.each(carrierCases)('$id', async (pair) => {
    expect(await lane.run(pair)).toEqual([])
  })
})
