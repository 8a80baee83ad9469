/** Operations run up, down and up again on a real PostgreSQL, and leave what their data says (law 5); a fifth of each kind here, the others in test/more. */
import { afterAll, beforeAll } from 'vitest'
import { pg } from '../../src/drivers/pg.ts'
import { describeLive, heldDatabase } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { type Ground, postgresGround, roundTrips } from './operations-on.ts'
import { majorOf } from './place.ts'

describeLive('operations', (server) => {
  const database = heldDatabase(server)
  let ground: Ground
  beforeAll(async () => {
    ground = postgresGround(await pg.open(database.url, { projectDir: process.cwd() }), majorOf(server))
  })
  afterAll(() => ground.db.close())

  roundTrips(() => ground, tableOf)
})
