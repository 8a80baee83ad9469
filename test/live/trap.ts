/** A role without rights, and functions of its own that show when they run with those of an administrator. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import type { TestServer } from '../support/server.ts'

export interface Trap {
  /** The role that plants. */
  readonly planter: string
  /**
   * As the planter, who has CREATE on the database and all on `public`, and with `owner` owns the database: makes the functions of
   * `trap`, which write the file of that name, and runs the SQL, where `TRAP` is an expression that springs the trap.
   */
  arm(admin: pg.Client, plant: { readonly sql: string; readonly owner?: true }, file: string): Promise<void>
  /** The same in a schema of that name, which the planter has in its path. */
  plant(admin: pg.Client, schema: string, sql: string, file: string): Promise<void>
  sprung(file: string): boolean
  readonly files: readonly string[]
}

export function trapOn(server: TestServer, name: string): Trap {
  let folder: string
  let root: pg.Client
  const planter = `ambix_${name}_${process.pid}`
  beforeAll(async () => {
    // The trap writes a file from the server, as only an administrator's rights allow, and as no transaction undoes.
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'ambix-trap-')))
    chmodSync(folder, 0o777)
    root = new pg.Client(server.url('postgres'))
    await root.connect()
    await root.query(`CREATE ROLE ${planter}`)
  })
  afterAll(async () => {
    await root.query(`DROP ROLE ${planter}`)
    await root.end()
    rmSync(folder, { recursive: true, force: true })
  })
  const functions = async (admin: pg.Client, schema: string, file: string): Promise<void> => {
    const body = (returns: string): string =>
      `LANGUAGE plpgsql SET search_path = pg_catalog AS $f$ BEGIN BEGIN COPY (SELECT 1) TO '${join(folder, file)}'; EXCEPTION WHEN insufficient_privilege THEN NULL; END; ${returns} END $f$`
    await admin.query(`SET SESSION AUTHORIZATION ${planter}; CREATE SCHEMA ${schema};
      CREATE FUNCTION ${schema}.spring() RETURNS boolean ${body('RETURN true;')};
      CREATE FUNCTION ${schema}.number() RETURNS integer ${body('RETURN 1;')};
      CREATE FUNCTION ${schema}.fixed(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $f$ BEGIN PERFORM ${schema}.spring(); RETURN true; END $f$;
      CREATE FUNCTION ${schema}.row() RETURNS trigger ${body('RETURN COALESCE(new, old);')};
      RESET SESSION AUTHORIZATION`)
  }
  return {
    planter,
    sprung: (file) => existsSync(join(folder, file)),
    get files() {
      return readdirSync(folder)
    },
    arm: async (admin, plant, file) => {
      const database = new URL(String(admin.database), 'x:/').pathname.slice(1)
      await admin.query(`GRANT CREATE ON DATABASE ${database} TO ${planter}; GRANT ALL ON SCHEMA public TO ${planter}`)
      if (plant.owner === true) await admin.query(`ALTER DATABASE ${database} OWNER TO ${planter}`)
      await functions(admin, 'trap', file)
      await admin.query(
        `SET SESSION AUTHORIZATION ${planter}; SET search_path = public; ${plant.sql.replaceAll('TRAP', 'trap.spring()')}; RESET SESSION AUTHORIZATION; RESET search_path`,
      )
    },
    plant: async (admin, schema, sql, file) => {
      await functions(admin, schema, file)
      await admin.query(
        `SET SESSION AUTHORIZATION ${planter}; SET search_path = ${schema}, public; ${sql}; RESET SESSION AUTHORIZATION; RESET search_path`,
      )
    },
  }
}

/** The bookkeeping tables as somebody else would make them. */
export const version = 'CREATE TABLE ambix_version (version_num varchar(255) NOT NULL PRIMARY KEY)'
export const history = `CREATE TABLE ambix_history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, revision varchar(255) NOT NULL, direction varchar(16) NOT NULL, checksum varchar(128), tool_version varchar(64) NOT NULL, actor text NOT NULL, started_at timestamptz NOT NULL, finished_at timestamptz, status varchar(16) NOT NULL, error text)`
export const journal = `CREATE TABLE ambix_journal (revision varchar(255) NOT NULL, pos integer NOT NULL, direction varchar(16) NOT NULL, state varchar(16) NOT NULL, checksum varchar(128) NOT NULL, owner varchar(64) NOT NULL, started_at timestamptz NOT NULL, backend_pid integer, PRIMARY KEY (revision, pos))`
