/** A hundred more, from PGlite and from a server. */
import { expect, test } from 'vitest'
import { inDatabase } from '../live/pulled.ts'
import { majorOf } from '../live/place.ts'
import { describeLive } from '../support/live.ts'
import { pullRoles, tryPulls, tryPullsEmbedded } from '../support/random-pulls.ts'

test('100 random schemas are pulled from PGlite, and say what is there', { timeout: 600_000 }, async () => {
  const { tried, failures } = await tryPullsEmbedded(2, 100)
  expect(failures).toEqual([])
  expect(tried).toBe(100)
})

describeLive('random schemas of a server', (server) => {
  test('100 of them are pulled, and say what is there', { timeout: 600_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      for (const role of pullRoles)
        await connection.script(
          `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
        )
      const { tried, failures } = await tryPulls(connection, url, { seed: 3, count: 100, major: majorOf(server) })
      expect(failures).toEqual([])
      expect(tried).toBe(100)
    })
  })
})
