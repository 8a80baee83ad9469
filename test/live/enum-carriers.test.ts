/** M15: enums in arrays, domains, composites and ranges, with rows: a part of the table; test/long has it whole. */
import { afterAll, expect, test } from 'vitest'
import { carrierCases } from '../fixtures/enum-carriers.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'
import { majorOf, placesOf } from './place.ts'

describeLive('enums beyond the matrix', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  afterAll(() => lane.close())
  test.each(tableOf(carrierCases.filter((_, i) => i % 11 === 4)))('$id', async (pair) => {
    expect(await lane.run(pair)).toEqual([])
  })
})
