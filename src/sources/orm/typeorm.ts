/** TypeORM's entities: its own schema builder prints their DDL, over a connection that only records. */
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { filesOf } from '../modules.ts'
import type { Ref } from '../../schema/model.ts'
import type { SchemaSource } from '../source.ts'
import { recordStatements } from './client.ts'
import { entitiesOf, importDecorated } from './entity-files.ts'
import { findPackage } from './packages.ts'
import { asScript, neverSaid, ormSource } from './orm-source.ts'
import { metadataRows, metadataStatements } from './typeorm-metadata.ts'
import type { Query } from './typeorm-metadata.ts'

/** The part of a TypeORM DataSource's API that is used, by shape: the package is the user's. */
interface DataSource {
  readonly options: Readonly<Record<string, unknown>>
  readonly driver: {
    createSchemaBuilder(): {
      log(): Promise<{ readonly upQueries: readonly Query[] }>
    }
  }
  readonly isInitialized: boolean
  initialize(): Promise<DataSource>
  destroy(): Promise<void>
}

/** TypeORM's name of the database by the dialect's. */
const types: Readonly<Record<string, readonly string[]>> = {
  postgres: ['postgres', 'aurora-postgres', 'cockroachdb'],
}

/**
 * @param path the module that exports the project's DataSource
 * @example schema: typeorm('./src/data-source.ts')
 */
export function typeorm(path: string): SchemaSource {
  const name = `typeorm(${path})`
  let kept: (Parameters<typeof metadataStatements>[2] & { readonly rows: ReturnType<typeof metadataRows> }) | undefined
  let books: readonly Ref[] = []
  return ormSource({
    name,
    unsaid: [...neverSaid, 'comment', 'policy', 'schema', 'sequence', 'trigger', 'view'],
    books: () => books,
    beside: async (connection, dialect) =>
      kept === undefined ? undefined : metadataStatements(connection, dialect, kept, kept.rows),
    ddl: async (context) => {
      const { projectDir, dialect } = context
      findPackage('typeorm', projectDir, { by: name, from: '0.3.0', below: '2.0.0' })
      const [file] = filesOf(path, projectDir, () => true)
      const found = dataSourceOf(await importDecorated(file!))
      if (found === undefined) {
        throw new AmbixError('SCHEMA.SOURCE', `${path} exports no DataSource`, {
          next: ['Write `export const dataSource = new DataSource({ … })` there'],
        })
      }
      const type = String(found.options['type'])
      if (types[dialect.name]?.includes(type) !== true) {
        throw new AmbixError(
          'SCHEMA.SOURCE',
          `${path} is a DataSource of the type ${type}, and the database speaks ${dialect.name}`,
          {
            next: ['Point `schema` to the DataSource of this database, or correct `url` in ambix.config.ts'],
          },
        )
      }
      const {
        metadataTableName = 'typeorm_metadata',
        migrationsTableName = 'migrations',
        schema,
      } = found.options as Readonly<Record<string, string>>
      books = [metadataTableName, migrationsTableName].map((table) => ({ schema, name: table }))
      const entities = await entitiesOf(found.options['entities'], projectDir)
      const recording = recordStatements((await context.scratch()).connection)
      const Source = found.constructor as new (options: Record<string, unknown>) => DataSource
      const pool = recording.Client
      const source = new Source({
        ...found.options,
        entities,
        // The project's own connection is not used, and none of its startup options run.
        driver: {
          Pool: pool,
          Client: pool,
          types: { setTypeParser: () => {}, getTypeParser: () => (v: unknown) => v },
        },
        subscribers: [],
        migrations: [],
        replication: undefined,
        synchronize: false,
        migrationsRun: false,
        dropSchema: false,
        cache: false,
        logging: false,
        url: undefined,
        host: 'localhost',
        database: 'ambix',
      })
      try {
        await source.initialize()
        const { upQueries } = await source.driver.createSchemaBuilder().log()
        const printed = upQueries
          .filter((q) => q.parameters === undefined || q.parameters.length === 0)
          .map((q) => q.query)
        kept = { name: metadataTableName, schema, rows: metadataRows(upQueries, metadataTableName) }
        const own = `"${metadataTableName}"`
        const schemas = [...new Set(printed.flatMap((q) => schemaNamed(q) ?? []))].map(
          (schema) => `CREATE SCHEMA IF NOT EXISTS ${dialect.quote(schema)}`,
        )
        const statements = [...schemas, ...recording.statements, ...printed].filter((q) => !q.includes(own))
        return [{ name, text: asScript(statements) }]
      } catch (cause) {
        throw new AmbixError('SCHEMA.SOURCE', `TypeORM cannot print the DDL of ${path}`, {
          why: messageOf(cause),
          next: [{ text: 'See what TypeORM itself says', command: `npx typeorm schema:log -d ${path}` }],
          cause,
        })
      } finally {
        if (source.isInitialized) await source.destroy().catch(() => {})
      }
    },
  })
}

const schemaNamed = (query: string): string | undefined => /^CREATE (?:TABLE|TYPE|VIEW) "([^"]+)"\./.exec(query)?.[1]

/** The first export that is one; a promise of one is waited for by `importModule`'s caller nowhere, so it is refused as none. */
function dataSourceOf(module: Readonly<Record<string, unknown>>): DataSource | undefined {
  const inner = module['default']
  const all = [...Object.values(module), ...(typeof inner === 'object' && inner !== null ? Object.values(inner) : [])]
  return all.find(
    (value): value is DataSource =>
      typeof value === 'object' && value !== null && 'options' in value && 'initialize' in value && 'driver' in value,
  )
}
