/** The source that the configured schema is read from. */
import { findDriver } from '../../config/registry.ts'
import type { Settings } from '../../config/settings.ts'
import { combinedSource } from '../../sources/combined.ts'
import { databaseSource } from '../../sources/database.ts'
import { collectionsSource, modulesSource } from '../../sources/modules.ts'
import type { SchemaSource } from '../../sources/source.ts'
import { commandSource, sqlSource } from '../../sources/sql.ts'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { redactUrl } from '../../util/redact.ts'

/** By the form of the setting: DDL files, modules, a command, a database, or the models themselves. */
export function sourceFor(settings: Settings): SchemaSource {
  const { schema, dir } = settings
  const options = settings.namingConvention === undefined ? {} : { namingConvention: settings.namingConvention }
  if (isSource(schema)) return schema
  if (typeof schema === 'string' && isUrl(schema)) return ofDatabase(schema, dir)
  if (typeof schema === 'string')
    return isDdl(schema, dir) ? sqlSource(schema) : modulesSource(schema, options, builders)
  if (Array.isArray(schema)) {
    const list = schema as readonly unknown[]
    if (list.some(isSource)) {
      return combinedSource(list.map((item) => sourceFor({ ...settings, schema: item as Settings['schema'] })))
    }
    if (list.every((item): item is string => typeof item === 'string')) {
      return list.some((path) => isDdl(path, dir)) ? sqlSource(list) : modulesSource(list, options, builders)
    }
    return collectionsSource(list as readonly object[], options)
  }
  if (typeof schema === 'object' && 'exec' in schema && typeof schema.exec === 'string')
    return commandSource(schema.exec)
  if (typeof schema === 'object' && 'url' in schema && typeof schema.url === 'string') {
    return ofDatabase(schema.url, dir)
  }
  return collectionsSource([schema], options)
}

const builders = async (): Promise<object> => import('../../schema.ts')

/** The result of `drizzle(…)`, `prisma(…)` and the others. */
function isSource(value: unknown): value is SchemaSource {
  return (
    typeof value === 'object' &&
    value !== null &&
    'read' in value &&
    typeof value.read === 'function' &&
    'spelled' in value &&
    'unmanaged' in value
  )
}

/** `postgres://…`, `pglite:./folder`; a drive letter of Windows is not a scheme. */
const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]+:/i.test(text)

function ofDatabase(url: string, dir: string): SchemaSource {
  return databaseSource(redactUrl(url), async () =>
    (await findDriver(url)).open(url, { projectDir: dir, applicationName: 'ambix' }),
  )
}

/** `.sql` files, globs with that extension, and folders that contain nothing else. */
export function isDdl(path: string, dir: string): boolean {
  if (path.endsWith('.sql')) return true
  const absolute = resolve(dir, path)
  if (!existsSync(absolute) || !statSync(absolute).isDirectory()) return false
  const names = readdirSync(absolute, { recursive: true, encoding: 'utf8' })
  return names.some((n) => n.endsWith('.sql')) && !names.some((n) => /\.[cm]?[jt]s$/.test(n))
}
