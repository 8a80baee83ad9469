/** A database of the run's own server, opened. */
import { pg } from '../../src/drivers/pg.ts'
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
