/** A database of the run's own server, opened. */
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

export const majorOf = (server: TestServer): number => Number.parseInt(server.version, 10)

/** Roles belong to the whole server: they are made once, and stay. */
export const makeRoles = (server: TestServer): Promise<void> =>
  execute(
    server.url('postgres'),
    ['ambix_r1', 'ambix_r2']
      .map((role) => `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`)
      .join('\n'),
  )
