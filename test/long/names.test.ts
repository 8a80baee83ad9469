/** Issue 9, M2 and M14: every pair of names that change hands, and of renames beside what names the renamed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { held, mended } from '../fixtures/pairs-kept.ts'
import names from '../fixtures/pairs-names.ts'
import renamed from '../fixtures/pairs-renamed.ts'
import { Lane } from '../live/lane.ts'
import { majorOf, makeRoles, placesOf } from '../live/place.ts'
import { describeLive } from '../support/live.ts'

describeLive('names that change, all of them', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  beforeAll(() => makeRoles(server))
  afterAll(() => lane.close())
  test.each([...names, ...renamed, ...mended, ...held].map((pair) => [pair.id, pair] as const))(
    '%s',
    async (_, pair) => {
      expect(await lane.run(pair)).toEqual([])
    },
  )
})
