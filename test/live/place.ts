/** Databases of the run's own server, opened. */
import { afterAll } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import { execute } from '../support/acceptance.ts'
import type { TestServer } from '../support/server.ts'
import type { Place } from './cases.ts'

/** Makes databases for `runCase`; each is dropped by it. */
export function placesOf(server: TestServer): () => Promise<Place> {
  return async () => {
    const { url, drop } = await server.createDatabase()
    const connection = await pg.open(url, { projectDir: process.cwd() })
    return {
      connection,
      url,
      drop: async () => {
        await connection.close()
        await drop()
      },
    }
  }
}

/** Empties a database as it is; false where something is left, and another one is needed. */
export async function wiped(connection: Connection): Promise<boolean> {
  const scratch = postgres.session.scratch!
  await connection.script('ROLLBACK; RESET ALL').catch(() => undefined)
  const left = await connection
    .script(scratch.wipe.join(';\n'))
    .then(() => connection.values(scratch.leftovers))
    .catch(() => undefined)
  return left?.[0]?.[0] === '0'
}

/** The same for many cases of a file: what one has dropped is emptied for the next, whose server process knows the catalogs already. */
export function sharedPlacesOf(server: TestServer): () => Promise<Place> {
  const create = placesOf(server)
  const idle: Place[] = []
  afterAll(async () => {
    for (const place of idle.splice(0)) await place.drop()
  })
  return async () => {
    const place = idle.pop() ?? (await create())
    return {
      ...place,
      drop: async () => {
        if (await wiped(place.connection)) idle.push(place)
        else await place.drop()
      },
    }
  }
}

export const majorOf = (server: TestServer): number => Number.parseInt(server.version, 10)

/** Roles belong to the whole server: they are made once, and stay. */
export const makeRoles = (server: TestServer): Promise<void> =>
  execute(
    server.url('postgres'),
    ['ambix_r1', 'ambix_r2']
      .map((role) => `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`)
      .join('\n'),
  )
