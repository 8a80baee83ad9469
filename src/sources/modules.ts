/** The target schema from TypeScript modules: all their exports that were created with ambix/schema. */
import { atDeclaration } from './refused-schema.ts'
import { existsSync, globSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { Dialect } from '../dialects/dialect.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { collectSchema, declarationsIn, schemasNamed } from '../schema/resolve/collect.ts'
import type { CollectOptions } from '../schema/resolve/collect.ts'
import type { Schema } from '../schema/model.ts'
import { importModule } from '../util/import-module.ts'
import { loadError } from '../util/module-files.ts'
import { throwerOf } from '../util/written-at.ts'
import { declaredAt } from './declared-at.ts'
import { evaluateModels } from './evaluate-models.ts'
import type { SchemaSource, SourceContext } from './source.ts'

/** Kinds that models may leave to others: only those of which they declare something are theirs. */
const optional = [
  'domain',
  'composite',
  'range',
  'view',
  'routine',
  'trigger',
  'policy',
  'extension',
  'schema',
  'definition',
] as const

/** Kinds for `definition()` and `rule()`. */
const otherKinds = [
  'rule',
  'statistics',
  'cast',
  'event trigger',
  'collation',
  'publication',
  'operator',
  'operator family',
  'operator class',
  'access method',
  'language',
  'transform',
  'conversion',
  'foreign data wrapper',
  'server',
  'foreign table',
  'text search dictionary',
  'text search configuration',
  'text search parser',
  'text search template',
  'default privileges',
] as const

class ModelsSource implements SchemaSource {
  readonly name: string
  readonly spelled = false
  unmanaged: readonly string[] = []
  readonly declaredAt?: SchemaSource['declaredAt']
  readonly #collections: (context: SourceContext) => Promise<readonly object[]>
  readonly #options: Partial<CollectOptions>
  readonly #builders: Builders | undefined

  constructor(
    name: string,
    collections: (context: SourceContext) => Promise<readonly object[]>,
    options: Partial<CollectOptions>,
    paths: readonly string[] = [],
    builders?: Builders,
  ) {
    this.#builders = builders
    this.name = name
    if (paths.length > 0)
      this.declaredAt = (projectDir, table, column) =>
        declaredAt(moduleFiles(paths, projectDir), projectDir, table, column)
    this.#collections = collections
    this.#options = options
  }

  async read(context: SourceContext): Promise<Schema> {
    try {
      return await this.#read(context)
    } catch (error) {
      // A function that the models give, such as a table's list of indexes, is called when all modules are loaded.
      const thrower = isAmbixError(error) ? undefined : throwerOf(error)
      throw thrower === undefined
        ? atDeclaration(error)
        : loadError(thrower.place.file, error, await this.#builders?.())
    }
  }

  async #read(context: SourceContext): Promise<Schema> {
    const { dialect } = context
    const collections = await this.#collections(context)
    const declarations = declarationsIn(collections)
    await context.onSchemas?.(schemasNamed(declarations))
    const options: CollectOptions = {
      names: dialect.facts.names,
      ...(dialect.facts.labels === undefined ? {} : { labels: dialect.facts.labels }),
      ...(dialect.facts.ownIndexNames === true ? { ownIndexNames: true } : {}),
      // Values inside fragments are those of literals; the dialect itself refuses any other.
      spelling: {
        quote: dialect.quote,
        literal: (value) => dialect.literal(value as Parameters<Dialect['literal']>[0]),
      },
      ...this.#options,
    }
    let collected = collectSchema(collections, options, declarations)
    // Only models with schema names need to know the connection's own.
    if ([...collected.schema.objects.values()].some((o) => o.kind === 'schema')) {
      const defaultSchema = await context.defaultSchema?.()
      if (defaultSchema !== undefined)
        collected = collectSchema(collections, { defaultSchema, ...options }, declarations)
    }
    const declared = new Set<string>(collected.kinds)
    for (const o of collected.schema.objects.values()) if (o.kind === 'definition') declared.add(o.objectKind)
    this.unmanaged = [
      ...optional.filter((kind) => !declared.has(kind)),
      ...(declared.has('definition') ? otherKinds.filter((kind) => !declared.has(kind)) : []),
      ...(collected.grants ? [] : ['grant']),
    ]
    return collected.schema
  }
}

/** What models import from `ambix/schema`, for those that import nothing else. */
export type Builders = () => Promise<object>

/** From files, folders or globs, relative to the project. Throws MODULE.LOAD, SCHEMA.*. */
export function modulesSource(
  paths: string | readonly string[],
  options: Partial<CollectOptions> = {},
  builders?: Builders,
): SchemaSource {
  const list = typeof paths === 'string' ? [paths] : paths
  return new ModelsSource(
    list.join(', '),
    async ({ projectDir }) => {
      const files = moduleFiles(list, projectDir)
      const evaluated = builders && evaluateModels(files, { 'ambix/schema': await builders() })
      if (evaluated !== undefined) return evaluated
      const modules: object[] = []
      for (const file of files) modules.push(await importModule(file))
      return modules
    },
    options,
    list,
    builders,
  )
}

/** From the tables themselves: a module's namespace, objects or lists of tables. Throws SCHEMA.*. */
export function collectionsSource(collections: readonly object[], options: Partial<CollectOptions> = {}): SchemaSource {
  return new ModelsSource('the configuration', async () => collections, options)
}

const moduleName = /\.(?:ts|mts|cts|js|mjs|cjs|tsx|jsx)$/
const notModel = /\.d\.[cm]?ts$|\.(?:test|spec)\.[cm]?[jt]sx?$/

/** The module files that the paths mean, each once. Throws SCHEMA.SOURCE where a path means nothing. */
export function moduleFiles(paths: readonly string[], projectDir: string): readonly string[] {
  return [
    ...new Set(
      paths.flatMap((path) => filesOf(path, projectDir, (file) => moduleName.test(file) && !notModel.test(file))),
    ),
  ]
}

/** A file itself; the files of a folder (all levels) or of a glob, sorted. Throws SCHEMA.SOURCE. */
export function filesOf(path: string, projectDir: string, wanted: (file: string) => boolean): readonly string[] {
  const absolute = isAbsolute(path) ? path : resolve(projectDir, path)
  const found = statSync(absolute, { throwIfNoEntry: false })
  if (found?.isFile() === true) return [absolute]
  const pattern = found?.isDirectory() === true ? '**/*' : path
  const cwd = found?.isDirectory() === true ? absolute : projectDir
  if (found === undefined && !/[*?[\]{}]/.test(path)) throw noFile(path, absolute)
  const files = globSync(pattern, { cwd, exclude: (name) => name === 'node_modules' })
    .map((file) => (isAbsolute(file) ? file : join(cwd, file)))
    .filter((file) => wanted(file) && existsSync(file) && statSync(file).isFile())
    .sort()
  if (files.length === 0) throw noFile(path, absolute)
  return files
}

function noFile(path: string, absolute: string): AmbixError {
  return new AmbixError('SCHEMA.SOURCE', `The schema source ${path} is not there`, {
    why: `Nothing was found at ${absolute}.`,
    next: ['Check `schema` in the configuration; paths are relative to its folder'],
    data: { path: absolute },
  })
}
