/** The same operations on the newest PostgreSQL, embedded (PGlite): up, down and up again (law 5). */
import { afterAll, beforeAll } from 'vitest'
import { pglite } from '../../src/drivers/pglite.ts'
import { type Ground, postgresGround, roundTrips } from '../live/operations-on.ts'

let ground: Ground

beforeAll(async () => {
  const db = await pglite.open('pglite:memory', { projectDir: process.cwd() })
  const [version] = await db.values("SELECT current_setting('server_version_num')")
  ground = postgresGround(db, Math.floor(Number(version![0]) / 10_000))
}, 120_000)
afterAll(async () => {
  await ground?.db.close()
})

roundTrips(() => ground)
