/** Drizzle's models: drizzle-kit's own API prints their DDL, with drizzle-kit's names. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importModule } from '../../util/import-module.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { moduleFiles } from '../modules.ts'
import type { SchemaSource } from '../source.ts'
import { findPackage, importFrom } from './packages.ts'
import { asScript, neverSaid, ormSource } from './orm-source.ts'

export interface DrizzleOptions {
  /** `casing` of drizzle.config.ts: how keys without a name become names of columns. */
  readonly casing?: 'snake_case' | 'camelCase'
  /** `migrations` of drizzle.config.ts, where drizzle-kit notes what it applied: default `drizzle.__drizzle_migrations`. */
  readonly migrations?: { readonly table?: string; readonly schema?: string }
}

type Json = (
  imports: Record<string, unknown>,
  previous?: string,
  schemas?: readonly string[],
  casing?: string,
) => unknown
type Migration = (previous: unknown, current: unknown) => Promise<readonly string[]> | readonly string[]

/** drizzle-kit's functions by the dialect that they print for. */
const functions: Readonly<Record<string, readonly [json: string, migration: string]>> = {
  postgres: ['generateDrizzleJson', 'generateMigration'],
  sqlite: ['generateSQLiteDrizzleJson', 'generateSQLiteMigration'],
  mysql: ['generateMySQLDrizzleJson', 'generateMySQLMigration'],
}

/**
 * @param paths the files, folders or globs of drizzle.config.ts's `schema`, relative to ambix's own config
 * @example schema: drizzle('./src/db/schema.ts')
 */
export function drizzle(paths: string | readonly string[], options: DrizzleOptions = {}): SchemaSource {
  const list = typeof paths === 'string' ? [paths] : paths
  const name = `drizzle(${list.join(', ')})`
  const { table = '__drizzle_migrations', schema = 'drizzle' } = options.migrations ?? {}
  return ormSource({
    name,
    books: () => [{ schema, name: table }],
    unsaid: [...neverSaid, 'comment', 'extension', 'policy', 'schema', 'sequence', 'trigger', 'view'],
    ddl: async ({ projectDir, dialect }) => {
      findPackage('drizzle-orm', projectDir, { by: name, from: '0.36.0', below: '2.0.0' })
      const kit = findPackage('drizzle-kit', projectDir, { by: name, from: '0.28.0', below: '2.0.0' })
      const names = functions[dialect.name]
      if (names === undefined) {
        throw new AmbixError('SCHEMA.SOURCE', `drizzle-kit prints no DDL for the dialect ${dialect.name}`)
      }
      const models: Record<string, unknown> = {}
      for (const [n, file] of moduleFiles(list, projectDir).entries()) {
        const module = await importModule(file)
        // Two files may use one name for different objects.
        for (const [key, value] of Object.entries(module)) models[`${key}_${n}`] = value
      }
      const api = await loadApi(kit.folder, projectDir, dialect.name)
      const [toJson, toMigration] = [api[names[0]] as Json | undefined, api[names[1]] as Migration | undefined]
      if (typeof toJson !== 'function' || typeof toMigration !== 'function') {
        throw new AmbixError('SCHEMA.SOURCE', `drizzle-kit ${kit.version} has no ${names[0]} in its API`, {
          next: [{ text: 'Install a version that ambix was tried with', command: 'npm i -D drizzle-kit@0.31' }],
        })
      }
      try {
        const [none, all] = [
          await toJson({}, undefined, undefined, options.casing),
          await toJson(models, undefined, undefined, options.casing),
        ]
        const statements = await toMigration(none, all)
        return [{ name, text: asScript(statements) }]
      } catch (cause) {
        throw new AmbixError('SCHEMA.SOURCE', `drizzle-kit cannot print the DDL of ${list.join(', ')}`, {
          why: messageOf(cause),
          next: [{ text: 'See what drizzle-kit itself says', command: 'npx drizzle-kit export' }],
          cause,
        })
      }
    },
  })
}

/** Since 1.0 each dialect has an entry of its own. */
async function loadApi(folder: string, projectDir: string, dialect: string): Promise<Record<string, unknown>> {
  const own = `api-${dialect}`
  const has = ['js', 'mjs', 'cjs'].some((end) => existsSync(join(folder, `${own}.${end}`)))
  return importFrom(`drizzle-kit/${has ? own : 'api'}`, projectDir)
}
