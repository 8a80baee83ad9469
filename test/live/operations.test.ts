/** Every operation runs up, down and up again on a real PostgreSQL, and leaves what its data says (law 5). */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { pg } from '../../src/drivers/pg.ts'
import { cases } from '../golden/cases.ts'
import { moreCases } from '../golden/more-cases.ts'
import { startServer, type TestDatabase, type TestServer } from '../support/server.ts'
import { type Ground, roundTrip } from './operations-on.ts'

let server: TestServer
let database: TestDatabase
let ground: Ground

beforeAll(async () => {
  server = await startServer()
  database = await server.createDatabase()
  const db = await pg.open(database.url, { projectDir: process.cwd() })
  ground = {
    dialect: postgres,
    db,
    version: Number(server.version.split('.')[0]),
    wipe: async () => {
      for (const schema of ['public', 'app', 'application', '"My App"'])
        await db.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await db.query('CREATE SCHEMA public')
    },
  }
}, 120_000)
afterAll(async () => {
  await ground?.db.close()
  await database?.drop()
  await server?.stop()
})

describe.each(Object.entries({ ...cases, ...moreCases }))('%s', (_kind, list) => {
  for (const c of list) {
    const live = test.skipIf(c.notLive !== undefined)
    live(`${c.title}${c.notLive === undefined ? '' : ` (not live: ${c.notLive})`}`, async (context) => {
      if (c.since !== undefined && ground.version < c.since) context.skip(`needs PostgreSQL ${c.since}`)
      await roundTrip(ground, c)
    })
  }
})
