/** Databases of the run's own server, opened. */
import { afterAll } from 'vitest'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import { execute } from '../support/acceptance.ts'
import type { TestServer } from '../support/server.ts'
import { wiped } from '../support/wiped.ts'
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

/** One place for many uses, empty each time: the last one, wiped, or a new one where the wipe left something. */
export class EmptyPlace {
  #place: Place | undefined
  readonly #create: () => Promise<Place>

  constructor(create: () => Promise<Place>) {
    this.#create = create
  }

  async connection(): Promise<Connection> {
    if (this.#place !== undefined && !(await wiped(this.#place.connection))) {
      await this.#place.drop()
      this.#place = undefined
    }
    this.#place ??= await this.#create()
    return this.#place.connection
  }

  async drop(): Promise<void> {
    await this.#place?.drop()
  }
}

/** A place of a PGlite that `open` makes, with the roles that random schemas name. */
export const embeddedPlace = (open: () => Promise<Connection>) => async (): Promise<Place> => {
  const connection = await open()
  await connection.script('CREATE ROLE ambix_r1; CREATE ROLE ambix_r2; CREATE ROLE ambix_r3')
  return { connection, url: '', drop: () => connection.close() }
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
      .map(
        (role) =>
          `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;`,
      )
      .join('\n'),
  )
