/** The same operations on the newest PostgreSQL, embedded (PGlite): up, down and up again (law 5). */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { pglite } from '../../src/drivers/pglite.ts'
import { cases } from '../golden/cases.ts'
import { moreCases } from '../golden/more-cases.ts'
import { type Ground, roundTrip } from '../live/operations-on.ts'

let ground: Ground

beforeAll(async () => {
  const db = await pglite.open('pglite:memory', { projectDir: process.cwd() })
  const [version] = await db.values("SELECT current_setting('server_version_num')")
  ground = {
    dialect: postgres,
    db,
    version: Math.floor(Number(version![0]) / 10_000),
    wipe: async () => {
      for (const schema of ['public', 'app', 'application', '"My App"'])
        await db.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await db.query('CREATE SCHEMA public')
    },
  }
}, 120_000)
afterAll(async () => {
  await ground?.db.close()
})

describe.each(Object.entries({ ...cases, ...moreCases }))('%s', (_kind, list) => {
  for (const c of list) {
    test.skipIf(c.notLive !== undefined)(
      `${c.title}${c.notLive === undefined ? '' : ` (not live: ${c.notLive})`}`,
      async () => {
        await roundTrip(ground, c)
      },
    )
  }
})
