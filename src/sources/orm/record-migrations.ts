/** Migrations that are code, run on a connection that records: the arguments of `up` and `down`, by tool. */
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { importModule } from '../../util/import-module.ts'
import { messageOf } from '../../util/redact.ts'
import type { SqlTextRules } from '../../util/split-sql.ts'
import { recordStatements } from './client.ts'
import type { Recording } from './client.ts'
import { importFrom } from './packages.ts'
import { mysqlClient, sqliteClient } from './record-clients.ts'
import { createMetadata } from './typeorm-metadata.ts'

export interface Recorder {
  /** The statements of one direction of one file, executed on the connection. Throws IMPORT.HISTORY. */
  run(file: string, direction: 'up' | 'down'): Promise<readonly string[] | undefined>
  close(): Promise<void>
}

type Function_ = (...args: readonly unknown[]) => unknown
/** Calls `up` or `down` of a module as the tool does; undefined where the module has none. */
type Caller = (
  module: Readonly<Record<string, unknown>>,
  direction: 'up' | 'down',
) => Promise<(() => Promise<void>) | undefined>

/** The tool's own object around a recording client, from the project's package. */
type Make = (
  projectDir: string,
  recording: Recording,
  connection: Connection,
  shape: Shape,
) => Promise<{
  readonly call: Caller
  /** Makes recorded statements that are only valid in the scratch database valid in any. */
  tidy?(statements: readonly string[], direction: 'up' | 'down'): readonly string[]
  close?(): Promise<void>
}>

const makers: Readonly<Record<string, Make>> = {
  knex: ofKnex,
  kysely: ofKysely,
  sequelize: ofSequelize,
  typeorm: ofTypeorm,
  'mikro-orm': ofMikroOrm,
  'node-pg-migrate': ofNodePgMigrate,
}

export interface RecorderOptions {
  readonly tool: string
  readonly projectDir: string
  readonly connection: Connection
  readonly dialect: { readonly name: string; readonly session: { readonly text?: SqlTextRules } }
  readonly literal: (value: unknown) => string
}

/** Throws SCHEMA.SOURCE where the tool's package is not installed in the project, IMPORT.HISTORY where the dialect is another. */
export async function openRecorder({
  tool,
  projectDir,
  connection,
  dialect: { name, session },
  literal,
}: RecorderOptions): Promise<Recorder | undefined> {
  const make = makers[tool]
  if (make === undefined) return undefined
  const shape = shapes[name] ?? usualShape
  if (shape !== usualShape && usualOnly.has(tool))
    throw new AmbixError(
      'IMPORT.HISTORY',
      `Migrations of ${tool} are recorded on PostgreSQL only, and this database is ${name}`,
      {
        next: ['Leave --record out: the revisions are then good only where they are applied'],
      },
    )
  const recording = recordStatements(connection, {
    execute: true,
    literal,
    ...(shape === usualShape ? {} : { rules: session.text ?? {} }),
  })
  const { call, tidy, close } = await make(projectDir, recording, connection, shape)
  return {
    run: async (file, direction) => {
      const start = recording.statements.length
      const done = await call(await importModule(file), direction)
      if (done === undefined) return undefined
      try {
        await done()
      } catch (cause) {
        throw new AmbixError('IMPORT.HISTORY', `${file} cannot be recorded: its ${direction} fails`, {
          why: connection.describeError(cause)?.message ?? messageOf(cause),
          next: ['Leave --record out: the revision is then good only where it is applied'],
          data: { file, direction },
          cause,
        })
      }
      const recorded = recording.statements.slice(start)
      return tidy?.(recorded, direction) ?? recorded
    },
    close: async () => close?.(),
  }
}

/** What the tools call a database, and the driver that they send its statements through. */
interface Shape {
  readonly knex: string
  readonly kysely: string
  readonly sequelize: string
  readonly client: (recording: Recording) => object
}
const usualShape: Shape = {
  knex: 'pg',
  kysely: 'Postgres',
  sequelize: 'postgres',
  client: (recording) => new recording.Client(),
}
const shapes: Readonly<Record<string, Shape>> = {
  mysql: { knex: 'mysql2', kysely: 'Mysql', sequelize: 'mysql', client: ({ run }) => mysqlClient(run) },
  sqlite: { knex: 'sqlite3', kysely: 'Sqlite', sequelize: 'sqlite', client: ({ run }) => sqliteClient(run) },
}
/** These know PostgreSQL alone, or are driven here in its way alone. */
const usualOnly = new Set(['typeorm', 'node-pg-migrate'])

function exported(module: Readonly<Record<string, unknown>>, name: string): Function_ | undefined {
  const inner = module['default']
  const value =
    module[name] ?? (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined)
  return typeof value === 'function' ? (value as Function_) : undefined
}

/** Modules that export `up` and `down`, which get one argument. */
function withFunctions(...args: readonly unknown[]): Caller {
  return (module, direction) => {
    const run = exported(module, direction)
    return Promise.resolve(run === undefined ? undefined : async () => void (await run(...args)))
  }
}

async function ofKnex(projectDir: string, recording: Recording, _: Connection, shape: Shape): ReturnType<Make> {
  const module = await importFrom('knex', projectDir)
  const make = (module['knex'] ?? module['default']) as (config: unknown) => {
    readonly client: Record<string, unknown>
    destroy(): Promise<void>
  }
  const knex = make({ client: shape.knex, useNullAsDefault: true })
  const client = shape.client(recording)
  knex.client['acquireConnection'] = () => Promise.resolve(client)
  knex.client['releaseConnection'] = () => Promise.resolve()
  return { call: withFunctions(knex, Promise), close: () => knex.destroy() }
}

async function ofKysely(projectDir: string, recording: Recording, _: Connection, shape: Shape): ReturnType<Make> {
  const module = await importFrom('kysely', projectDir)
  const made = (name: string, ...args: readonly unknown[]): unknown =>
    new (module[name] as new (...a: readonly unknown[]) => unknown)(...args)
  const connection = {
    executeQuery: async (query: { readonly sql: string; readonly parameters: readonly unknown[] }) => {
      const { rows, rowCount } = await recording.run(query.sql, query.parameters)
      return { rows, numAffectedRows: BigInt(rowCount) }
    },
  }
  const nothing = (): Promise<void> => Promise.resolve()
  const db = made('Kysely', {
    dialect: {
      createAdapter: () => made(`${shape.kysely}Adapter`),
      createDriver: () => ({
        init: nothing,
        destroy: nothing,
        acquireConnection: () => Promise.resolve(connection),
        releaseConnection: nothing,
        beginTransaction: nothing,
        commitTransaction: nothing,
        rollbackTransaction: nothing,
      }),
      createIntrospector: (db: unknown) => made(`${shape.kysely}Introspector`, db),
      createQueryCompiler: () => made(`${shape.kysely}QueryCompiler`),
    },
  })
  return { call: withFunctions(db) }
}

async function ofSequelize(projectDir: string, recording: Recording, _: Connection, shape: Shape): ReturnType<Make> {
  const module = await importFrom('sequelize', projectDir)
  const Sequelize = module['Sequelize'] as new (options: unknown) => {
    readonly connectionManager: Record<string, unknown>
    getQueryInterface(): object
  }
  // Its module of the driver: no connection is opened with it.
  const sequelize = new Sequelize({
    dialect: shape.sequelize,
    logging: false,
    ...(shape === usualShape ? {} : { dialectModule: {} }),
  })
  const client = shape.client(recording)
  sequelize.connectionManager['getConnection'] = () => Promise.resolve(client)
  sequelize.connectionManager['releaseConnection'] = () => Promise.resolve()
  const queryInterface = sequelize.getQueryInterface()
  // sequelize-cli passes `(queryInterface, Sequelize)`, umzug `({ context })`: each finds its own form.
  const both = Object.assign(Object.create(queryInterface) as object, { context: queryInterface })
  return { call: withFunctions(both, Sequelize) }
}

/**
 * TypeORM records generated columns and views in a table that it creates when it starts, with the name of the database that it is
 * connected to.
 */
async function ofTypeorm(projectDir: string, recording: Recording, connection: Connection): ReturnType<Make> {
  const module = await importFrom('typeorm', projectDir)
  const Source = module['DataSource'] as new (options: unknown) => {
    initialize(): Promise<{ createQueryRunner(): unknown; destroy(): Promise<void> }>
  }
  const types = { setTypeParser: () => {}, getTypeParser: () => (value: unknown) => value }
  const source = await new Source({
    type: 'postgres',
    driver: { Pool: recording.Client, Client: recording.Client, types },
    entities: [],
    logging: false,
    installExtensions: false,
    host: 'localhost',
    database: 'ambix',
  }).initialize()
  const runner = source.createQueryRunner()
  const create = createMetadata('"typeorm_metadata"')
  await connection.script(create)
  const [[here]] = (await connection.values('SELECT pg_catalog.quote_literal(current_database())')) as [[string]]
  return {
    call: ofClasses((migration, direction) => migration[direction]?.(runner)),
    tidy: (statements, direction) => {
      const rows = (text: string): boolean => / "typeorm_metadata"/.test(text)
      const plain = statements.map((text) => (rows(text) ? text.replaceAll(here, 'current_database()') : text))
      return direction === 'up' && plain.some(rows) ? [create, ...plain] : plain
    },
    close: () => source.destroy(),
  }
}

async function ofMikroOrm(projectDir: string, recording: Recording): ReturnType<Make> {
  const client = new recording.Client()
  const { Migration } = await importFrom('@mikro-orm/migrations', projectDir)
  // A migration without a `down` has this one, which throws.
  const noDown = (Migration as { readonly prototype: { readonly down?: unknown } }).prototype.down
  return {
    call: ofClasses(async (migration, direction) => {
      migration['reset']?.()
      await migration[direction]?.()
      const queries = (migration['getQueries']?.() ?? []) as readonly unknown[]
      for (const query of queries) await client.query(typeof query === 'string' ? query : String(query))
    }, noDown),
  }
}

/** The class that has `up` in a module, as an instance. */
function ofClasses(
  run: (migration: Readonly<Record<string, Function_ | undefined>>, direction: 'up' | 'down') => unknown,
  noDown?: unknown,
): Caller {
  return (module, direction) => {
    const inner = module['default']
    const all = [...Object.values(module), ...(typeof inner === 'object' && inner !== null ? Object.values(inner) : [])]
    const found = all.find(
      (value): value is new (...args: readonly unknown[]) => Record<string, Function_ | undefined> =>
        typeof value === 'function' && typeof (value as { prototype?: { up?: unknown } }).prototype?.up === 'function',
    )
    if (found === undefined) return Promise.resolve(undefined)
    const migration = new found({ getConnection: () => ({}) }, { get: () => undefined })
    if (direction === 'down' && [undefined, noDown].includes(migration['down'])) return Promise.resolve(undefined)
    return Promise.resolve(async () => void (await run(migration, direction)))
  }
}

async function ofNodePgMigrate(projectDir: string, recording: Recording): ReturnType<Make> {
  const module = await importFrom('node-pg-migrate', projectDir)
  const Builder = module['MigrationBuilder'] as new (...args: readonly unknown[]) => {
    getSqlSteps(): readonly string[]
  }
  const client = new recording.Client()
  const db = {
    query: (text: string, values?: readonly unknown[]) => client.query(text, values),
    select: async (text: string, values?: readonly unknown[]) => (await client.query(text, values))!.rows,
  }
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  return {
    call: (migration, direction) => {
      const run = exported(migration, direction)
      if (run === undefined) return Promise.resolve(undefined)
      return Promise.resolve(async () => {
        const builder = new Builder(db, {}, false, logger)
        await run(builder)
        for (const step of builder.getSqlSteps()) await client.query(step)
      })
    },
  }
}
