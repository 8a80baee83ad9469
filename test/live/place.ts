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

/** Default privileges as they are where nobody has said anything: an entry that says so is no entry (manual, ALTER DEFAULT PRIVILEGES). */
const forgetDefaults = `DO $$
DECLARE
  made record;
BEGIN
  FOR made IN
    WITH d AS (
      SELECT x.defaclacl, x.defaclrole, x.defaclnamespace, x.defaclobjtype,
        format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s', pg_get_userbyid(x.defaclrole), 'IN SCHEMA ' || n.nspname) AS words,
        CASE x.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END AS kind
      FROM pg_default_acl x LEFT JOIN pg_namespace n ON n.oid = x.defaclnamespace
    )
    SELECT 1 AS turn, format('%s REVOKE ALL ON %s FROM %s', d.words, d.kind,
        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS sql
      FROM d, aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole
    UNION
    SELECT 2, format('%s GRANT ALL ON %s TO %I', d.words, d.kind, pg_get_userbyid(d.defaclrole)) FROM d WHERE d.defaclnamespace = 0
    UNION
    SELECT 3, format('%s GRANT ALL ON %s TO PUBLIC', d.words, d.kind) FROM d WHERE d.defaclnamespace = 0 AND d.defaclobjtype IN ('f', 'T')
    ORDER BY 1
  LOOP
    EXECUTE made.sql;
  END LOOP;
END
$$`

/** Empties a database as it is; false where something is left, and another one is needed. */
export async function wiped(connection: Connection): Promise<boolean> {
  const scratch = postgres.session.scratch!
  await connection.script('ROLLBACK; RESET ALL').catch(() => undefined)
  const left = await connection
    .script(scratch.wipe.join(';\n'))
    .then(() => connection.script(forgetDefaults))
    .then(() => connection.values(scratch.leftovers))
    .catch(() => undefined)
  return left?.[0]?.[0] === '0'
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
      .map((role) => `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`)
      .join('\n'),
  )
