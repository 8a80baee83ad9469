/** Every operation runs up, down and up again on a real PostgreSQL, and leaves what its data says (law 5). */
import { afterAll, beforeAll } from 'vitest'
import { pg } from '../../src/drivers/pg.ts'
import { startServer, type TestDatabase, type TestServer } from '../support/server.ts'
import { type Ground, postgresGround, roundTrips } from './operations-on.ts'

let server: TestServer
let database: TestDatabase
let ground: Ground

beforeAll(async () => {
  server = await startServer()
  database = await server.createDatabase()
  const db = await pg.open(database.url, { projectDir: process.cwd() })
  ground = postgresGround(db, Number(server.version.split('.')[0]))
}, 120_000)
afterAll(async () => {
  await ground?.db.close()
  await database?.drop()
  await server?.stop()
})

roundTrips(() => ground)
