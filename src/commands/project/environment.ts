/** Runs a command through the project's env.ts, if it exists: a context is passed in, no globals (specs/alembic.md 4). */
import type { Config } from '../../config/config.ts'
import { withoutValue } from '../../config/keys.ts'
import { withPlace } from '../../config/load.ts'
import type { Settings } from '../../config/settings.ts'
import type { Connection, Driver, GivenConnection } from '../../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { closest } from '../../util/closest.ts'
import { projectOf, xArguments } from './project.ts'
import type { CommonOptions, Project } from './project.ts'
import { readRows } from './state.ts'

/** The options that env.ts may set for one run; their defaults are in the configuration. */
export interface ConfigureOptions {
  readonly connection?: GivenConnection
  readonly url?: string
  readonly dialect?: string
  readonly driver?: string | Driver
  readonly schema?: Config['schema']
  readonly versionTable?: string
  readonly versionTableSchema?: string
  /** Schemas to compare, or `all` (Alembic's include_schemas). */
  readonly includeSchemas?: readonly string[] | 'all' | boolean
  readonly includeObject?: Config['includeObject']
  readonly includeName?: Config['includeName']
  readonly transactionPerMigration?: boolean
  /** False: every statement is committed by itself. */
  readonly transactionalDdl?: boolean
  /** False: type changes are ignored; a function may decide for each. */
  readonly compareType?: Config['compareType']
  readonly compareServerDefault?: Config['compareServerDefault']
  /** Custom text for an operation, `null` to leave it out, `undefined` for the default. */
  readonly renderItem?: Config['renderItem']
  readonly processRevisionDirectives?: Config['processRevisionDirectives']
  readonly onVersionApply?: Config['onVersionApply']
  /** The file for an offline script; default stdout. */
  readonly output?: (text: string) => void
  readonly startingRevision?: string
}

/** The argument of env.ts. */
export interface EnvironmentContext {
  readonly config: Config
  readonly command: string
  readonly x: Readonly<Record<string, string>>
  readonly tag: string | undefined
  readonly destination: string | undefined
  isOffline(): boolean
  /** Ids of the revision files' heads. */
  heads(): readonly string[]
  head(): string | undefined
  /** Opens a connection to any URL with the matching driver; closed when the command ends. */
  connect(url: string): Promise<Connection>
  configure(options?: ConfigureOptions): void
  /** Runs the command with the last configuration; further arguments are passed to `upgrade(op, args)` and `downgrade(op, args)`. */
  runMigrations(args?: Readonly<Record<string, unknown>>): Promise<void>
}

/** One run as the command sees it. */
export interface EnvironmentRun {
  readonly project: Project
  readonly configured: ConfigureOptions
  readonly args: Readonly<Record<string, unknown>>
}

export interface EnvironmentFacts {
  readonly offline?: boolean
  readonly tag?: string
  readonly destination?: string
}

/** Runs `action` once for each `runMigrations` of env.ts, or once where there is no env.ts. Throws CONFIG.INVALID when env.ts throws. */
export async function inEnvironment<T>(
  project: Project,
  facts: EnvironmentFacts,
  action: (run: EnvironmentRun) => Promise<T>,
): Promise<T[]> {
  const { settings, options } = project
  const module = await environmentModule(settings)
  if (module === undefined) return [await action({ project, configured: fromConfig(settings), args: {} })]
  const env = module['default'] ?? module['run']
  if (typeof env !== 'function') {
    throw new AmbixError('CONFIG.INVALID', `${settings.envFile ?? 'env.ts'} must export a function as its default`, {
      next: [
        'Write `export default async function env(context: EnvironmentContext) { context.configure(); await context.runMigrations() }`',
      ],
    })
  }
  const results: T[] = []
  const opened: Connection[] = []
  let configured: ConfigureOptions = fromConfig(settings)
  let called = false
  const context: EnvironmentContext = {
    config: settings.raw,
    command: options.command ?? '',
    x: xArguments(options.x ?? []),
    tag: facts.tag,
    destination: facts.destination,
    isOffline: () => facts.offline === true,
    heads: () => headIds(project),
    head: () => headIds(project)[0],
    connect: async (url) => {
      if (typeof url !== 'string' || url.trim() === '')
        throw withoutValue(`${settings.envFile ?? 'env.ts'}: context.connect`, 'url', 'the URL of a database')
      const other = projectOf(
        { ...settings, url: async () => url, dialect: undefined },
        { ...options, connection: undefined },
      )
      const connection = await other.connect()
      opened.push(connection)
      return connection
    },
    configure: (given = {}) => {
      checkKeys(given, settings.envFile ?? 'env.ts')
      configured = { ...fromConfig(settings), ...given }
    },
    runMigrations: async (args = {}) => {
      called = true
      const inner = projectOf(overlay(settings, configured), {
        ...options,
        ...(configured.connection === undefined ? {} : { connection: configured.connection }),
      })
      try {
        results.push(await action({ project: inner, configured, args }))
      } finally {
        await inner.close()
      }
    },
  }
  try {
    await (env as (context: EnvironmentContext) => unknown)(context)
  } catch (cause) {
    if (isAmbixError(cause)) throw cause
    throw new AmbixError('CONFIG.INVALID', `${settings.envFile ?? 'env.ts'} throws`, {
      why: withPlace(cause, settings.envFile ?? 'env.ts'),
      next: ['Fix the file; what ran before it threw stays'],
      cause,
    })
  } finally {
    for (const connection of opened) if (!connection.closed) await connection.close()
  }
  if (!called) project.warn(`${settings.envFile ?? 'env.ts'} never called context.runMigrations(): nothing was done`)
  return results
}

async function environmentModule({
  envFile,
  bundle,
}: Settings): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (envFile === undefined) return bundle?.env
  return (await import('../../util/import-module.ts')).importModule(envFile)
}

const keys: Readonly<Record<keyof ConfigureOptions, true>> = {
  connection: true,
  url: true,
  dialect: true,
  driver: true,
  schema: true,
  versionTable: true,
  versionTableSchema: true,
  includeSchemas: true,
  includeObject: true,
  includeName: true,
  transactionPerMigration: true,
  transactionalDdl: true,
  compareType: true,
  compareServerDefault: true,
  renderItem: true,
  processRevisionDirectives: true,
  onVersionApply: true,
  output: true,
  startingRevision: true,
}

/** An unknown key is an error, here as in the configuration. Throws CONFIG.INVALID. */
function checkKeys(given: object, file: string): void {
  for (const [key, value] of Object.entries(given) as [string, unknown][]) {
    if (Object.hasOwn(keys, key)) {
      if (value === undefined || value === '') throw withoutValue(`${file}: context.configure`, key, 'given a value')
      continue
    }
    const guess = closest(key, Object.keys(keys))
    throw new AmbixError('CONFIG.INVALID', `${file}: context.configure has no option ${key}`, {
      next: [guess === undefined ? `It takes ${Object.keys(keys).join(', ')}` : `Did you mean ${guess}?`],
    })
  }
}

/** The version rows of every database that env.ts runs, or of the only one (C28, C25: the meaning of `current`). */
export async function rowsInEnvironment(project: Project): Promise<readonly string[]> {
  const rows = await inEnvironment(project, {}, async ({ project: run }) => readRows(run))
  return rows.length === 1 ? rows[0]! : [...new Set(rows.flat())].sort()
}

function headIds(project: Project): string[] {
  return [...project.graph().heads]
}

/** The configured options of every run; env.ts may override them. */
function fromConfig({ raw }: Settings): ConfigureOptions {
  const { compareType, compareServerDefault, renderItem, processRevisionDirectives, onVersionApply } = raw
  return { compareType, compareServerDefault, renderItem, processRevisionDirectives, onVersionApply }
}

function overlay(settings: Settings, c: ConfigureOptions): Settings {
  return {
    ...settings,
    ...(c.url === undefined ? {} : { url: async () => c.url! }),
    ...(c.dialect === undefined ? (c.url === undefined ? {} : { dialect: undefined }) : { dialect: c.dialect }),
    ...(c.driver === undefined ? {} : { driver: c.driver }),
    ...(c.schema === undefined ? {} : { schema: c.schema }),
    ...(c.versionTable === undefined ? {} : { versionTable: c.versionTable }),
    ...(c.versionTableSchema === undefined ? {} : { versionTableSchema: c.versionTableSchema }),
    ...(c.includeSchemas === undefined
      ? {}
      : { schemas: c.includeSchemas === true ? 'all' : c.includeSchemas === false ? undefined : c.includeSchemas }),
    ...(c.includeObject === undefined ? {} : { includeObject: c.includeObject }),
    ...(c.includeName === undefined ? {} : { includeName: c.includeName }),
    ...(c.transactionPerMigration === undefined ? {} : { transactionPerMigration: c.transactionPerMigration }),
    ...(c.transactionalDdl === undefined ? {} : { transactionalDdl: c.transactionalDdl }),
  }
}

/** The options that a caller of the library would pass; kept with the run, so that both are read alike. */
export type { CommonOptions }
