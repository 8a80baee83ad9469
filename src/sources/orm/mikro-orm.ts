/** MikroORM's entities: its own schema generator prints their DDL, and no connection is opened. */
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { filesOf } from '../modules.ts'
import type { Ref } from '../../schema/model.ts'
import type { SchemaSource } from '../source.ts'
import { entitiesOf, importDecorated } from './entity-files.ts'
import { findPackage, importFrom } from './packages.ts'
import { neverSaid, ormSource } from './orm-source.ts'

/** The part of MikroORM's API that is used, by shape. */
interface Orm {
  readonly schema: { getCreateSchemaSQL(options: { readonly wrap: boolean }): Promise<string> }
  close(force?: boolean): Promise<void>
}
interface OrmClass {
  init(options: Record<string, unknown>): Promise<Orm>
}

/**
 * @param path the project's mikro-orm.config.ts
 * @example schema: mikroOrm('./mikro-orm.config.ts')
 */
export function mikroOrm(path: string): SchemaSource {
  const name = `mikroOrm(${path})`
  let books: readonly Ref[] = []
  return ormSource({
    name,
    books: () => books,
    unsaid: [...neverSaid, 'extension', 'policy', 'schema', 'sequence', 'trigger', 'view', 'comment'],
    ddl: async ({ projectDir }) => {
      findPackage('@mikro-orm/core', projectDir, { by: name, from: '6.0.0', below: '8.0.0' })
      const [file] = filesOf(path, projectDir, () => true)
      const config = await configOf(await importDecorated(file!))
      if (config === undefined) {
        throw new AmbixError('SCHEMA.SOURCE', `${path} exports no configuration of MikroORM`, {
          next: ['Write `export default defineConfig({ … })` there'],
        })
      }
      books = [booksOf(config)]
      const core = coreOf(await importFrom('@mikro-orm/core', projectDir))
      const base = typeof config['baseDir'] === 'string' ? config['baseDir'] : projectDir
      const entities = await entitiesOf(config['entitiesTs'] ?? config['entities'], base, core.isEntity)
      let orm: Orm | undefined
      try {
        orm = await core.MikroORM.init({
          ...config,
          entities,
          entitiesTs: undefined,
          connect: false,
          debug: false,
          metadataCache: { enabled: false },
        })
        return [{ name, text: await orm.schema.getCreateSchemaSQL({ wrap: false }) }]
      } catch (cause) {
        throw new AmbixError('SCHEMA.SOURCE', `MikroORM cannot print the DDL of ${path}`, {
          why: messageOf(cause),
          next: [{ text: 'See what MikroORM itself says', command: 'npx mikro-orm schema:create --dump' }],
          cause,
        })
      } finally {
        await orm?.close(true).catch(() => {})
      }
    },
  })
}

/** `migrations.tableName`, which may name a schema. */
function booksOf(config: Readonly<Record<string, unknown>>): Ref {
  const { tableName = 'mikro_orm_migrations' } = (config['migrations'] ?? {}) as { readonly tableName?: string }
  const [first, second] = tableName.split('.')
  return second === undefined
    ? { schema: config['schema'] as string | undefined, name: first! }
    : { schema: first!, name: second }
}

/** The default export: an object, a list of them, a function or a promise of one. */
async function configOf(module: Readonly<Record<string, unknown>>): Promise<Record<string, unknown> | undefined> {
  let value: unknown = module['default'] ?? module['config']
  if (typeof value === 'function') value = (value as () => unknown)()
  value = await value
  if (Array.isArray(value)) value = value[0]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

/** A file may also export functions that are not entities: as in MikroORM's own discovery, its registry decides. */
function coreOf(core: Readonly<Record<string, unknown>>): {
  readonly MikroORM: OrmClass
  readonly isEntity: (value: Function) => boolean
} {
  const storage = core['MetadataStorage'] as { isKnownEntity?(name: string): boolean } | undefined
  const schemas = core['EntitySchema'] as { readonly REGISTRY?: { get(value: Function): unknown } } | undefined
  return {
    MikroORM: core['MikroORM'] as OrmClass,
    isEntity: (value) => storage?.isKnownEntity?.(value.name) !== false || schemas?.REGISTRY?.get(value) !== undefined,
  }
}
