/** The PostgreSQL server of this test run, for tests that need a real one; where there is none they skip and say why. */
import pg from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { afterFile } from './after-file.ts'
import { connectServer, type TestDatabase, type TestServer } from './server.ts'

const shared = inject('postgres')

/** The run's server; undefined when `noServer` says why. */
export const server: TestServer | undefined =
  'url' in shared ? await connectServer(shared.url, shared.version) : undefined
export const noServer: string | undefined = 'reason' in shared ? shared.reason : undefined

/** A `describe` that is skipped, with its reason in the name, where no server can be had. */
export function describeLive(name: string, body: (server: TestServer) => void): void {
  if (server === undefined) describe.skip(`${name} (skipped: ${noServer})`, () => {})
  else describe(name, () => body(server))
}

/** A fresh database, dropped after the tests of the file that asked for it. */
export async function freshDatabase(): Promise<TestDatabase> {
  if (server === undefined) throw new Error(`There is no server: ${noServer}`)
  const database = await server.createDatabase()
  made.push(database)
  return database
}
const made: TestDatabase[] = []
afterFile(async () => {
  for (const database of made.splice(0)) await database.drop()
})

export interface Held {
  readonly url: string
  readonly admin: pg.Client
}

/** One database for all tests of a `describe`, with a session of its administrator: there from the first test on. */
export function heldDatabase(on: TestServer): Held {
  let database: TestDatabase
  let admin: pg.Client
  beforeAll(async () => {
    database = await on.createDatabase()
    admin = new pg.Client(database.url)
    await admin.connect()
  })
  afterAll(async () => {
    await admin.end()
    await database.drop()
  })
  return {
    get url() {
      return database.url
    },
    get admin() {
      return admin
    },
  }
}
