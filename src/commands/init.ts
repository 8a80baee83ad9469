/** Creates a project: a config, a first schema, a folder for revisions. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { AmbixError } from '../errors.ts'
import { dialectOfPackages, startingDialects, startOf, usualDialect } from '../config/registry.ts'
import type { Start } from '../config/registry.ts'
import { leadsOut } from '../revisions/files/files.ts'
import { isTaken, refuseTaken, writeNewFiles } from '../revisions/files/write.ts'
import { lookAround } from './init/look-around.ts'
import type { Surroundings } from './init/look-around.ts'
import { ormFiles, templates } from './init/templates.ts'

export interface InitOptions {
  readonly cwd?: string
  /** Folder of the revisions; default `migrations`. */
  readonly folder?: string
  /** Default `generic`. */
  readonly template?: string
  /** Default that of the driver packages of the project, else `postgres`. */
  readonly dialect?: string
}

export interface InitResult {
  readonly root: string
  readonly written: readonly string[]
  /** Existing files, which were kept. */
  readonly kept: readonly string[]
  /** What the project had before. */
  readonly found: Surroundings
  /** Commands that are needed before the database can be reached. */
  readonly needs: readonly string[]
}

/** Throws FILES.EXISTS (a config or a non-empty folder exists), FILES.UNSAFE_PATH, FILES.WRITE, USAGE.INVALID (template). */
export async function init(options: InitOptions = {}): Promise<InitResult> {
  const root = resolve(options.cwd ?? process.cwd())
  // `-t sqlite` is the usual template for that dialect.
  const byDialect = options.template !== undefined && startOf(options.template) !== undefined
  const name = byDialect ? 'generic' : (options.template ?? 'generic')
  const found = lookAround(root)
  const dialect =
    options.dialect ?? (byDialect ? options.template! : (dialectOfPackages(found.drivers) ?? usualDialect))
  const template = templates.find((t) => t.name === name)
  if (template === undefined) {
    throw new AmbixError('USAGE.INVALID', `There is no template named ${name}`, {
      next: [`The templates are ${templates.map((t) => t.name).join(', ')}`],
    })
  }
  const start = startOf(dialect)
  if (start === undefined) {
    throw new AmbixError('USAGE.INVALID', `No project can be started for the dialect ${dialect}`, {
      next: [`The dialects are ${startingDialects.join(', ')}`],
    })
  }
  // Another tool's files are not moved.
  const usual = found.history?.folder === 'migrations' ? 'ambix' : 'migrations'
  const folder = resolve(root, options.folder ?? usual)
  const inside = relative(root, folder)
  if (leadsOut(root, folder)) {
    throw new AmbixError('FILES.UNSAFE_PATH', `The folder of the revisions must lie inside ${root}`, {
      next: [{ text: 'For example', command: 'ambix init migrations' }],
    })
  }
  refuseTaken(folder, ['.ambix-tmp'])
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new AmbixError('FILES.EXISTS', `${folder} exists and is not empty`, {
      next: [
        { text: 'Choose another folder', command: 'ambix init other-folder' },
        'Or, if it holds revisions already, write ambix.config.ts by hand',
      ],
    })
  }
  const place = inside.replaceAll('\\', '/')
  const files =
    options.template === undefined && found.orm !== undefined
      ? ormFiles(found.orm, place, start)
      : template.files(place, start)
  const taken = files.filter((f) => f.keep !== true && isTaken(join(root, f.path)))
  if (taken.length > 0) {
    throw new AmbixError('FILES.EXISTS', `${taken.map((f) => f.path).join(', ')} already exists: nothing was written`, {
      next: ['The project exists: go on with `ambix revision --autogenerate -m "…"`', 'Or move the file away first'],
    })
  }
  const kept = files.filter((f) => isTaken(join(root, f.path))).map((f) => f.path)
  const fresh = files.filter((f) => !kept.includes(f.path))
  refuseTaken(
    root,
    fresh.map((f) => f.path),
  )
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    throw new AmbixError('FILES.WRITE', `${folder} cannot be created`, { why: (cause as Error).message, cause })
  }
  const written = writeNewFiles(root, fresh).map((file) => relative(root, file))
  return { root, written, kept, found, needs: needsOf(root, start, found) }
}

function needsOf(root: string, { driver, create }: Start, found: Surroundings): readonly string[] {
  const { packageManager, drivers, databaseUrl } = found
  const hasAmbix = existsSync(join(root, 'package.json')) || resolvesFrom(root, 'ambix')
  const embedded = create === undefined
  const hasDriver =
    driver === undefined ||
    drivers.includes(driver) ||
    (embedded && (databaseUrl || (hasAmbix && [root, import.meta.dirname].some((from) => resolvesFrom(from, driver)))))
  const packages = [...(hasAmbix ? [] : ['-D', 'ambix']), ...(hasDriver ? [] : [driver])]
  return [
    ...(packages.length === 0
      ? []
      : [`${packageManager} ${packageManager === 'npm' ? 'i' : 'add'} ${packages.join(' ')}`]),
    ...(create === undefined || databaseUrl ? [] : [create]),
  ]
}

/** Whether code in the folder can import the package: `npx` runs ambix in a folder that has none. */
function resolvesFrom(root: string, name: string): boolean {
  try {
    createRequire(join(root, 'package.json')).resolve(name)
    return true
  } catch {
    return false
  }
}
