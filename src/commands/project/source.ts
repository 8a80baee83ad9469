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
    const sources = grouped(schema, dir).map(({ kind, items }) => {
      if (kind === 'ddl') return sqlSource(items as readonly string[])
      if (kind === 'modules') return modulesSource(items as readonly string[], options, builders)
      if (kind === 'tables') return collectionsSource(items as readonly object[], options)
      return sourceFor({ ...settings, schema: items[0] as Settings['schema'] })
    })
    const [first = collectionsSource([], options), ...more] = sources
    return more.length === 0 ? first : combinedSource(sources)
  }
  if (isGiven(schema, 'exec')) return commandSource(schema.exec)
  if (isGiven(schema, 'url')) return ofDatabase(schema.url, dir)
  return collectionsSource([schema], options)
}

interface Group {
  readonly kind: 'ddl' | 'modules' | 'tables' | 'source'
  readonly items: unknown[]
}

/** The paths of modules are one source, at the place of the first, as are tables: they name each other. So are files of DDL with nothing between them: it runs in the order of the list. */
function grouped(list: readonly unknown[], dir: string): readonly Group[] {
  const groups: Group[] = []
  for (const one of list) {
    const kind = kindOf(one, dir)
    const known = kind === 'ddl' ? groups.at(-1) : groups.find((group) => group.kind === kind)
    if (known?.kind === kind && kind !== 'source') known.items.push(one)
    else groups.push({ kind, items: [one] })
  }
  return groups
}

function kindOf(one: unknown, dir: string): Group['kind'] {
  if (typeof one === 'string') return isUrl(one) ? 'source' : isDdl(one, dir) ? 'ddl' : 'modules'
  return isSource(one) || isGiven(one, 'exec') || isGiven(one, 'url') ? 'source' : 'tables'
}

const builders = async (): Promise<object> => import('../../schema.ts')

/** `{ exec: '…' }` or `{ url: '…' }`; models may export a text of that name beside their tables. */
const isGiven = <K extends string>(value: unknown, key: K): value is Readonly<Record<K, string>> =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).join() === key &&
  typeof (value as Record<string, unknown>)[key] === 'string'

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
