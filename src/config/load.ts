/** Finds, loads and checks the project's configuration, and fills in what it leaves out. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { AmbixError, isAmbixError } from '../errors.ts'
import { isBundle } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { defineConfig } from './config.ts'
import type { Config } from './config.ts'
import { recorderOperations } from '../operations/own.ts'
import { duration, validate } from './keys.ts'
import { expandVariables } from './expand-variables.ts'
import { atTerminal, resolveUrl } from './database-url.ts'
import type { Settings } from './settings.ts'
import { shown } from '../schema/shapes.ts'
import { redact, thrownText } from '../util/redact.ts'

const names = [
  'ambix.config.ts',
  'ambix.config.mts',
  'ambix.config.js',
  'ambix.config.mjs',
  'ambix.config.cjs',
  'ambix.config.json',
]

export interface LoadOptions {
  readonly cwd?: string
  /** `--config FILE`. */
  readonly file?: string
  /** `-n NAME`. */
  readonly environment?: string
  /** `--url URL`, above everything else. */
  readonly url?: string
  /** Whether the embedded database may be used where no URL is given. Default: at a terminal, outside of CI. */
  readonly embedded?: boolean
}

/** The config argument of commands: a config in code, a file, the output of `ambix bundle`, or nothing (then the file is searched for). */
export type ConfigInput =
  | Config
  | { readonly file: string; readonly environment?: string; readonly url?: string }
  | Bundle
  | undefined

function isFileInput(
  input: ConfigInput,
): input is { readonly file: string; readonly environment?: string; readonly url?: string } {
  return input !== undefined && 'file' in input && typeof input.file === 'string'
}

/** Looks from `cwd` upwards, no further than the first folder that has a package.json or a .git. */
export function findConfig(cwd: string): string | undefined {
  for (let dir = cwd; ;) {
    for (const name of names) {
      const file = join(dir, name)
      if (existsSync(file)) return file
    }
    const packageFile = join(dir, 'package.json')
    if (existsSync(packageFile)) {
      if (packageKey(packageFile) !== undefined) return packageFile
      return undefined
    }
    if (existsSync(join(dir, '.git'))) return undefined
    const parent = dirname(dir)
    if (parent === dir) return undefined
    dir = parent
  }
}

function packageKey(file: string): Config | undefined {
  try {
    const parsed = JSON.parse(withoutMark(readFileSync(file, 'utf8'))) as { ambix?: unknown }
    return typeof parsed.ambix === 'object' && parsed.ambix !== null ? (parsed.ambix as Config) : undefined
  } catch {
    return undefined
  }
}

const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '')

/** Variables of `.env` and `.env.local` that the environment does not have yet; the later file wins over the earlier. */
function loadDotEnv(dir: string): void {
  const found: Record<string, string | undefined> = {}
  for (const name of ['.env', '.env.local']) {
    const file = join(dir, name)
    if (!existsSync(file)) continue
    try {
      const text = withoutMark(readFileSync(file, 'utf8'))
      Object.assign(found, expandVariables(parseEnv(text), text, found))
    } catch (cause) {
      throw new AmbixError('CONFIG.INVALID', `${file} cannot be read`, { why: (cause as Error).message, cause })
    }
  }
  for (const [key, value] of Object.entries(found))
    if (process.env[key] === undefined && value !== undefined) process.env[key] = value
}

/**
 * Loads the settings. Throws CONFIG.NOT_FOUND, CONFIG.INVALID (the file throws, or a value is not valid: says which
 * and what was expected), CONFIG.ENVIRONMENT.
 */
export async function loadSettings(input: ConfigInput, options: LoadOptions = {}): Promise<Settings> {
  if (input !== undefined && (typeof input !== 'object' || input === null))
    throw new AmbixError('CONFIG.INVALID', `The configuration is an object, and ${shown(input)} was given`, {
      next: ["Give undefined for the file that is found, { file: './ambix.config.ts' }, or the configuration itself"],
    })
  const cwd = resolve(options.cwd ?? process.cwd())
  if (input !== undefined && isBundle(input)) {
    loadDotEnv(cwd)
    const config = typeof input.config === 'function' ? await input.config() : input.config
    // Folders of the machine that built the bundle are not searched.
    return { ...complete({ ...config, root: cwd }, cwd, undefined, options), bundle: input, envFile: undefined }
  }
  if (input !== undefined && !isFileInput(input)) {
    const dir = resolve(cwd, input.root ?? '.')
    loadDotEnv(dir)
    return complete(input, dir, undefined, options)
  }
  const wanted = options.file ?? input?.file
  const merged: LoadOptions = {
    ...options,
    environment: options.environment ?? input?.environment,
    url: options.url ?? input?.url,
  }
  const file = wanted === undefined ? findConfig(cwd) : resolve(cwd, wanted)
  if (file === undefined) {
    if (existsSync(join(cwd, 'migrations'))) {
      loadDotEnv(cwd)
      return complete({}, cwd, undefined, merged)
    }
    throw new AmbixError('CONFIG.NOT_FOUND', `There is no ambix.config.ts in ${cwd}, nor above it in this project`, {
      next: [
        { text: 'Start a project here', command: 'ambix init' },
        { text: 'Or name the file', command: 'ambix --config path/to/ambix.config.ts …' },
      ],
    })
  }
  if (!existsSync(file)) {
    throw new AmbixError('CONFIG.NOT_FOUND', `The config file ${file} does not exist`, {
      next: [{ text: 'Check the path after --config' }],
    })
  }
  const dir = dirname(file)
  loadDotEnv(dir)
  return complete(await readConfig(file), dir, file, merged)
}

/** Most configs import `defineConfig` and nothing else: they need not load all of ambix for it. */
async function quickly(file: string): Promise<Record<string, unknown> | undefined> {
  if (!/\.m?[jt]s$/.test(file)) return undefined
  const source = readFileSync(file, 'utf8')
  const imports = [...source.matchAll(/\bimport\b[^'"]*['"]([^'"]+)['"]/g)]
  const plain = /^import\s*(?:type\s*\{[^}]*\}|\{\s*defineConfig\s*,?\s*\})\s*from\s*['"]ambix['"]$/
  if (!imports.every((m) => plain.test(m[0])) || /\b(?:require|import)\s*\(|\bawait\b/.test(source)) return undefined
  const { evaluateModule } = await import('../util/evaluate.ts')
  return evaluateModule(file, source, { ambix: { defineConfig } })
}

/** The error's message, and its place in the file. */
export function withPlace(cause: unknown, file: string): string {
  if (!(cause instanceof Error)) return thrownText(cause)
  // The path of a file that was loaded again has a query after its name.
  const line = (cause.stack ?? '').split(file)[1]?.match(/^(?:\?[^:\s)]*)?:(\d+)/)?.[1]
  return redact(line === undefined ? cause.message : `${cause.message} (${file}:${line})`)
}

async function readConfig(file: string): Promise<Config> {
  if (file.endsWith('.json')) {
    try {
      const parsed = JSON.parse(withoutMark(readFileSync(file, 'utf8'))) as Config & { ambix?: Config }
      return file.endsWith('package.json') ? (parsed.ambix ?? {}) : parsed
    } catch (cause) {
      throw new AmbixError('CONFIG.INVALID', `${file} is not valid JSON`, { why: (cause as Error).message, cause })
    }
  }
  let module: Record<string, unknown>
  try {
    module = (await quickly(file)) ?? (await (await import('../util/import-module.ts')).importModule(file))
  } catch (cause) {
    const why = isAmbixError(cause) ? (cause.why ?? cause.message) : withPlace(cause, file)
    throw new AmbixError('CONFIG.INVALID', `${file} cannot be loaded`, {
      why,
      next: ['Fix the file; nothing else was done'],
      cause,
    })
  }
  const value = 'default' in module ? module['default'] : module
  let config: unknown = value
  try {
    if (typeof value === 'function') config = await (value as () => unknown)()
  } catch (cause) {
    throw new AmbixError('CONFIG.INVALID', `The function that ${file} exports throws`, {
      why: withPlace(cause, file),
      next: ['Fix the file; nothing else was done'],
      cause,
    })
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new AmbixError('CONFIG.INVALID', `${file} must export a configuration object as its default`, {
      why: `It exports ${config === null ? 'null' : Array.isArray(config) ? 'an array' : typeof config}.`,
      next: ["Write `export default defineConfig({ … })`, with `import { defineConfig } from 'ambix'`"],
    })
  }
  return config as Config
}

function complete(given: Config, dir: string, file: string | undefined, options: LoadOptions): Settings {
  const where = file ?? 'The configuration'
  validate(given, where)
  let config = given
  if (options.environment !== undefined) {
    const named = given.environments?.[options.environment]
    if (named === undefined) {
      const known = Object.keys(given.environments ?? {})
      throw new AmbixError('CONFIG.ENVIRONMENT', `${where} has no environment named ${options.environment}`, {
        next: [known.length === 0 ? 'It names none: add `environments: { … }`' : `It has ${known.join(', ')}`],
      })
    }
    validate(named, `${where}, environment ${options.environment}`)
    config = { ...given, ...named }
  }
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(dir, path))
  const roots = (
    typeof config.migrations === 'string' ? [config.migrations] : (config.migrations ?? ['./migrations'])
  ).map(absolute)
  const locations = roots.flatMap((root) =>
    isFolder(join(root, 'versions')) ? [root, join(root, 'versions')] : [root],
  )
  const envFile = roots
    .flatMap((root) => ['env.ts', 'env.mts', 'env.js', 'env.mjs'].map((name) => join(root, name)))
    .find(existsSync)
  const base = config.root === undefined || file === undefined ? dir : resolve(dir, config.root)
  return {
    dir: base,
    file,
    environment: options.environment,
    schema: config.schema ?? './src/schema.ts',
    locations,
    recursive: config.recursive ?? false,
    envFile,
    url: async (asked = {}) =>
      resolveUrl(config, {
        where: options.environment === undefined ? where : `${where}, environment ${options.environment}`,
        ...(file === undefined ? {} : { file }),
        ...(options.url === undefined ? {} : { given: options.url }),
        embedded: () => asked.embedded ?? options.embedded ?? atTerminal(),
      }),
    dialect: config.dialect,
    driver: config.driver,
    scratch: config.scratch,
    versionTable: config.versionTable ?? 'ambix_version',
    versionTableSchema: config.versionTableSchema,
    schemas: config.schemas,
    privileges: config.privileges ?? true,
    transactionPerMigration: config.transactionPerMigration ?? true,
    lockWaitMs: duration(config.lockWait ?? '60s') ?? 60_000,
    lockTimeoutMs: duration(config.lockTimeout ?? '3s') ?? 3000,
    lockRetryMs: duration(config.lockRetry ?? '5m') ?? 300_000,
    statementTimeoutMs: duration(config.statementTimeout ?? 0) ?? 0,
    autoMerge: config.autoMerge ?? false,
    edited: config.edited ?? 'warn',
    allow: config.allow ?? [],
    hazards: config.hazards ?? 'allow',
    safe: config.safe,
    fileTemplate: config.fileTemplate ?? '{year}{month}{day}_{hour}{minute}_{slug}_{rev}',
    slugLength: config.slugLength ?? 40,
    timezone: config.timezone ?? 'UTC',
    template: config.template === undefined ? undefined : absolute(config.template),
    format: config.format === undefined || isRevisionFormat(config.format) ? 'auto' : config.format,
    revisionFormat: isRevisionFormat(config.format) ? config.format : 'ts',
    postWriteHooks: config.postWriteHooks ?? [],
    namingConvention: config.namingConvention,
    actor: config.actor,
    includeObject: config.includeObject,
    includeName: config.includeName,
    transactionalDdl: config.transactionalDdl,
    ...(config.operations === undefined ? {} : { operations: recorderOperations(config.operations) }),
    handlers: config.handlers,
    manage: config.manage ?? {},
    raw: config,
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** `format` names the kind of file where it is one of these; no formatter has such a name. */
const isRevisionFormat = (format: Config['format']): format is 'ts' | 'sql' => format === 'ts' || format === 'sql'
