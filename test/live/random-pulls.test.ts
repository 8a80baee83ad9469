/** Random schemas are pulled as models that load, and that the database has: ten of them. More in test/more. */
import { expect, test } from 'vitest'
import { openPglite } from '../support/pglite.ts'
import { pullRoles, tryPulls } from '../support/random-pulls.ts'

test('10 random schemas are pulled from PGlite, and say what is there', { timeout: 300_000 }, async () => {
  const connection = await openPglite()
  try {
    for (const role of pullRoles) await connection.script(`CREATE ROLE ${role}`)
    const { tried, failures } = await tryPulls(connection, 'pglite://memory', { seed: 1, count: 10, major: 18 })
    expect(failures).toEqual([])
    expect(tried).toBe(10)
  } finally {
    await connection.close()
  }
})
