/** Sequelize's models: its own `sync` prints their DDL in the order of their foreign keys, over a connection that only records. */
import { append } from '../../util/append.ts'
import { importModule } from '../../util/import-module.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { filesOf } from '../modules.ts'
import type { Ref } from '../../schema/model.ts'
import type { SchemaSource } from '../source.ts'
import { recordStatements } from './client.ts'
import { findPackage } from './packages.ts'
import { asScript, neverSaid, ormSource } from './orm-source.ts'

/** The part of a Sequelize instance's API that is used, by shape. */
interface Sequelize {
  readonly models: Readonly<Record<string, { getTableName(): string | { readonly schema?: string } }>>
  readonly options: { logging?: unknown } & Readonly<Record<string, unknown>>
  readonly connectionManager: Record<string, unknown>
  getDialect(): string
  sync(options: Record<string, unknown>): Promise<unknown>
}

/**
 * @param path the module that exports the Sequelize instance, itself or in an object, once its models are defined
 * @example schema: sequelize('./src/models/index.ts')
 */
export function sequelize(path: string): SchemaSource {
  const name = `sequelize(${path})`
  let books: readonly Ref[] = []
  return ormSource({
    name,
    books: () => books,
    unsaid: [...neverSaid, 'extension', 'policy', 'schema', 'sequence', 'trigger', 'view', 'comment'],
    ddl: async (context) => {
      const { projectDir, dialect } = context
      findPackage('sequelize', projectDir, { by: name, from: '6.0.0', below: '7.0.0' })
      const [file] = filesOf(path, projectDir, () => true)
      const found = instanceOf(await importModule(file!))
      if (found === undefined) {
        throw new AmbixError('SCHEMA.SOURCE', `${path} exports no Sequelize instance`, {
          next: ['Write `export const sequelize = new Sequelize(…)` there, and define the models before'],
        })
      }
      if (found.getDialect() !== dialect.name) {
        throw new AmbixError(
          'SCHEMA.SOURCE',
          `${path} is a Sequelize instance of ${found.getDialect()}, and the database speaks ${dialect.name}`,
          {
            next: ['Point `schema` to the instance of this database, or correct `url` in ambix.config.ts'],
          },
        )
      }
      if (Object.keys(found.models).length === 0) {
        throw new AmbixError('SCHEMA.EMPTY', `The Sequelize instance of ${path} has no models`, {
          next: ['Import the modules that define the models there'],
        })
      }
      books = booksOf(found.options)
      const recording = recordStatements((await context.scratch()).connection)
      const client = new recording.Client()
      const { connectionManager: manager, options } = found
      const before = { get: manager['getConnection'], release: manager['releaseConnection'], logging: options.logging }
      manager['getConnection'] = () => Promise.resolve(client)
      manager['releaseConnection'] = () => Promise.resolve()
      options.logging = false
      try {
        await found.sync({ hooks: false, logging: false })
      } catch (cause) {
        throw new AmbixError('SCHEMA.SOURCE', `Sequelize cannot print the DDL of ${path}`, {
          why: messageOf(cause),
          cause,
        })
      } finally {
        manager['getConnection'] = before.get
        manager['releaseConnection'] = before.release
        options.logging = before.logging
      }
      const schemas = new Set(
        Object.values(found.models).flatMap((model) => {
          const table = model.getTableName()
          return typeof table === 'object' && table.schema !== undefined && table.schema !== '' ? [table.schema] : []
        }),
      )
      const statements = [
        ...[...schemas].map((schema) => `CREATE SCHEMA IF NOT EXISTS ${dialect.quote(schema)}`),
        ...recording.statements,
      ]
      return [{ name, text: asScript(statements) }]
    },
  })
}

/** The tables in which sequelize-cli records what it applied: their names are in the config of the models' instance. */
const booksOf = (options: Readonly<Record<string, unknown>>): readonly Ref[] =>
  (['migration', 'seeder'] as const).flatMap((kind) => {
    const name = options[`${kind}StorageTableName`]
    const schema = options[`${kind}StorageTableSchema`]
    return typeof name === 'string' ? [{ name, ...(typeof schema === 'string' ? { schema } : {}) }] : []
  })

function instanceOf(module: Readonly<Record<string, unknown>>): Sequelize | undefined {
  const seen: unknown[] = [module, ...Object.values(module)]
  const inner = module['default']
  if (typeof inner === 'object' && inner !== null) append(seen, Object.values(inner))
  return seen.find(
    (value): value is Sequelize =>
      typeof value === 'object' &&
      value !== null &&
      'models' in value &&
      'connectionManager' in value &&
      'getDialect' in value,
  )
}
