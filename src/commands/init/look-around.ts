/** Finds out what a project has: its ORM, its driver, its package manager, and the migrations of another tool. */
import { existsSync, globSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { driverPackages, packagesFor } from '../../config/registry.ts'
import { findFormat } from '../../revisions/import/formats.ts'
import { orms } from '../../sources/orm/table.ts'

export interface Surroundings {
  /** The ORM whose models can be the schema. */
  readonly orm?: { readonly name: string; readonly entry: string; readonly call: string; readonly file: string }
  /** A folder with another tool's migrations. */
  readonly history?: { readonly tool: string; readonly folder: string; readonly command: string }
  /** Database driver packages. */
  readonly drivers: readonly string[]
  /** The package of a driver that DATABASE_URL needs, and the project does not have. */
  readonly missingDriver?: string
  readonly packageManager: string
  readonly databaseUrl: boolean
}

/** Files that only one tool writes, by their folder. */
const histories: readonly { readonly tool: string; readonly sign: string; readonly up: number }[] = [
  {
    tool: 'drizzle',
    sign: '{drizzle,migrations,src/db/migrations,db/migrations,drizzle/migrations}/meta/_journal.json',
    up: 2,
  },
  { tool: 'prisma', sign: '{prisma/,}migrations/migration_lock.toml', up: 1 },
  { tool: 'graphile-migrate', sign: 'migrations/committed/*.sql', up: 2 },
]

/** Reads the folder; loads no code from it. */
export function lookAround(root: string): Surroundings {
  const has = dependencies(root)
  const orm = orms.find((o) => o.packages.some((p) => has.has(p)))
  const file = orm?.files.find((f) => existsSync(join(root, f)))
  const history = historyIn(root, has)
  const url = process.env['DATABASE_URL'] || urlIn(join(root, '.env'))
  const packages = packagesFor(url ?? '')
  // A folder without packages needs no advice to install one.
  const missing = has.size === 0 || packages.some((p) => has.has(p)) ? undefined : packages[0]
  return {
    ...(orm === undefined || file === undefined
      ? {}
      : { orm: { name: orm.name, entry: orm.entry, file, call: `${orm.callee}('./${file}')` } }),
    ...(history === undefined ? {} : { history: { ...history, command: importCommand(history) } }),
    drivers: driverPackages.filter((d) => has.has(d)),
    ...(missing === undefined ? {} : { missingDriver: missing }),
    packageManager: managerOf(root),
    databaseUrl: url !== undefined,
  }
}

function dependencies(root: string): ReadonlySet<string> {
  try {
    const parsed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object | undefined>
    return new Set([...Object.keys(parsed['dependencies'] ?? {}), ...Object.keys(parsed['devDependencies'] ?? {})])
  } catch {
    return new Set()
  }
}

interface Found {
  readonly tool: string
  readonly folder: string
}

function importCommand({ tool, folder }: Found): string {
  const needs = findFormat(tool)?.needs
  return `ambix import ${tool} ${folder} --stamp${needs === undefined ? '' : ` --${needs}`}`
}

function historyIn(root: string, has: ReadonlySet<string>): Found | undefined {
  for (const { tool, sign, up } of histories) {
    const [found] = globSync(sign, { cwd: root })
    if (found !== undefined) return { tool, folder: found.split(/[\\/]/).slice(0, -up).join('/') }
  }
  const folders = ['db/migrations', 'migrations', 'src/migrations', 'src/migration', 'sql'].filter(
    (f) => statSync(join(root, f), { throwIfNoEntry: false })?.isDirectory() === true,
  )
  for (const folder of folders) {
    const names = readdirSync(join(root, folder))
    const some = (fits: RegExp): boolean => names.some((n) => fits.test(n))
    if (some(/^V[\d.]+__.*\.sql$/)) return { tool: 'flyway', folder }
    if (some(/^\d+_.*\.up\.sql$/)) return { tool: 'golang-migrate', folder }
    const sql = names.find((n) => /^\d+.*\.sql$/.test(n))
    if (sql !== undefined) {
      const text = readFileSync(join(root, folder, sql), 'utf8')
      if (/^--\s*migrate:up/m.test(text)) return { tool: 'dbmate', folder }
      if (/^--\s*\+goose\s+up/im.test(text)) return { tool: 'goose', folder }
    }
    if (!some(/\.[cm]?[jt]s$/)) continue
    for (const [name, tool] of [
      ['typeorm', 'typeorm'],
      ['@mikro-orm/migrations', 'mikro-orm'],
      ['knex', 'knex'],
      ['node-pg-migrate', 'node-pg-migrate'],
      ['umzug', 'sequelize'],
      ['sequelize-cli', 'sequelize'],
      ['kysely', 'kysely'],
    ] as const)
      if (has.has(name) && !names.some((n) => isOurs(join(root, folder, n)))) return { tool, folder }
  }
  return undefined
}

/** A revision of ambix's own. */
const isOurs = (file: string): boolean =>
  /\.[cm]?ts$/.test(file) && /export const downRevision\b/.test(readFileSync(file, 'utf8'))

function managerOf(root: string): string {
  if (existsSync(join(root, 'pnpm-lock.yaml'))) return 'pnpm'
  if (existsSync(join(root, 'yarn.lock'))) return 'yarn'
  if (existsSync(join(root, 'bun.lock')) || existsSync(join(root, 'bun.lockb'))) return 'bun'
  return 'npm'
}

const urlIn = (file: string): string | undefined =>
  existsSync(file)
    ? /^\s*(?:export\s+)?DATABASE_URL\s*=\s*["']?(\S+?)["']?\s*$/m.exec(readFileSync(file, 'utf8'))?.[1]
    : undefined
