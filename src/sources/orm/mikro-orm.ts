/** MikroORM's entities: its own schema generator prints their DDL, and no connection is opened. */
import { globSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { importModule } from '../../util/import-module.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { filesOf } from '../modules.ts'
import type { SchemaSource } from '../source.ts'
import { findPackage, importFrom } from './packages.ts'
import { neverSaid, ormSource } from './orm-source.ts'

/** What of MikroORM is used, by shape. */
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
  return ormSource({
    name,
    unsaid: [...neverSaid, 'extension', 'policy', 'schema', 'sequence', 'trigger', 'view', 'comment'],
    ddl: async ({ projectDir }) => {
      findPackage('@mikro-orm/core', projectDir, { by: name, from: '6.0.0' })
      const [file] = filesOf(path, projectDir, () => true)
      const config = await configOf(await importModule(file!))
      if (config === undefined) {
        throw new AmbixError('SCHEMA.SOURCE', `${path} exports no configuration of MikroORM`, {
          next: ['Write `export default defineConfig({ … })` there'],
        })
      }
      const core = await importFrom('@mikro-orm/core', projectDir)
      const MikroORM = core['MikroORM'] as OrmClass
      let orm: Orm | undefined
      try {
        orm = await MikroORM.init({
          ...config,
          entities: await classesOf(config['entitiesTs'] ?? config['entities'], config, projectDir),
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

/** The default export: an object, a list of them, a function or a promise of one. */
async function configOf(module: Readonly<Record<string, unknown>>): Promise<Record<string, unknown> | undefined> {
  let value: unknown = module['default'] ?? module['config']
  if (typeof value === 'function') value = (value as () => unknown)()
  value = await value
  if (Array.isArray(value)) value = value[0]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

/** Paths and globs of entities are loaded as models are. */
async function classesOf(
  entities: unknown,
  config: Readonly<Record<string, unknown>>,
  projectDir: string,
): Promise<unknown> {
  if (!Array.isArray(entities)) return entities
  const base = typeof config['baseDir'] === 'string' ? config['baseDir'] : projectDir
  const found: unknown[] = []
  for (const entity of entities as unknown[]) {
    if (typeof entity !== 'string') {
      found.push(entity)
      continue
    }
    const path = isAbsolute(entity) ? entity : resolve(base, entity)
    const files = globSync([path, `${path}/*.{ts,mts,cts,js,mjs,cjs}`]).toSorted()
    for (const file of files) {
      if (!/\.[cm]?[jt]s$/.test(file) || /\.d\.[cm]?ts$/.test(file)) continue
      const module = await importModule(file)
      found.push(...Object.values(module).filter((v) => typeof v === 'function' || isSchema(v)))
    }
  }
  return found
}

const isSchema = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'meta' in value && 'init' in value
