/** Issue 9, M2, M14, D, M16, M18: names that change hands, renames beside all that names what is renamed, rows that outlast: a part; test/long has them all. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { held, mended } from '../fixtures/pairs-kept.ts'
import names from '../fixtures/pairs-names.ts'
import renamed from '../fixtures/pairs-renamed.ts'
import { describeLive } from '../support/live.ts'
import { takenBy } from '../support/since.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'
import { majorOf, makeRoles, placesOf } from './place.ts'

describeLive('names that change', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  beforeAll(() => makeRoles(server))
  afterAll(() => lane.close())
  // The step is prime to the lengths of the table's rows.
  const some = [
    ...names.filter((_, i) => i % 3 === 0),
    ...renamed.filter((_, i) => i % 29 === 3),
    ...mended,
    ...held.filter((_, i) => i % 8 === 0),
  ]
  const taken = takenBy(majorOf(server), tableOf(some), (pair) => `${pair.old}\n${pair.new}`)
  test.each(taken.map((pair) => [pair.id, pair] as const))('%s', async (_, pair) => {
    expect(await lane.run(pair)).toEqual([])
  })
})
