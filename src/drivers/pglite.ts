/** Connects to PGlite, PostgreSQL inside this process: a folder of the project, or memory. */
import { append } from '../util/append.ts'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AmbixError, isAmbixError } from '../errors.ts'
import type { Connection, Driver, OpenOptions, ServerError } from './driver.ts'
import { importPackage, resolvePackage } from './find-package.ts'
import { pathOf } from './url-path.ts'
import { lockFolder } from './folder-lock.ts'
import { describeError } from './pg.ts'
import { messageOf } from '../util/redact.ts'
import { sayToV8 } from '../util/modules/v8-flag.ts'

/** The part of PGlite's API that is used, by shape: the package is the user's and may be another copy than ours. */
interface Results {
  readonly rows: unknown[]
  readonly affectedRows?: number
}
type Parsers = Record<number, (value: string) => unknown>
export interface Database {
  readonly parsers: Parsers
  readonly waitReady: Promise<void>
  query(sql: string, params?: unknown[], options?: Record<string, unknown>): Promise<Results>
  exec(sql: string, options?: Record<string, unknown>): Promise<Results[]>
  refreshArrayTypes(): Promise<void>
  dumpDataDir(compression: 'none'): Promise<Blob>
  close(): Promise<void>
}
type DatabaseClass = (new (options: Record<string, unknown>) => Database) & {
  readonly defaultStartParams?: readonly string[]
}

/** The 128 MB of buffers that initdb writes into the configuration are filled with zeros at each start; migrations need few. */
const buffers = 'shared_buffers=16MB'

export interface PgliteTarget {
  /** Absent: in memory. */
  readonly folder?: string
  /** Names of extensions of PGlite's own collection (`citext`, `hstore`, …) to be there. */
  readonly extensions: readonly string[]
}

/** `pglite:./folder`, `pglite://memory`, with `?extensions=citext,hstore`. Throws DATABASE.URL. */
export function parsePgliteUrl(url: string, projectDir: string): PgliteTarget {
  try {
    // A question mark may be part of the path: only options are a query.
    const at = /\?(?:[\w-]+=[^/?]*)?$/.exec(url)?.index ?? url.length
    const [head, query] = [url.slice(0, at), url.slice(at + 1)]
    const extensions = (new URLSearchParams(query).get('extensions') ?? '')
      .split(',')
      .map((e) => e.trim())
      .filter((e) => /^[\w-]+$/.test(e))
    const path = pathOf(
      head
        .replace(/^pglite:/i, '')
        .replace(/^\/\/(?!\/)/, '')
        .replace(/^\/\//, ''),
      projectDir,
    )
    if (path === 'memory' || path === ':memory:' || path === 'memory/') return { extensions }
    return { folder: resolve(projectDir, path === '' ? '.ambix/pg' : path), extensions }
  } catch {
    throw new AmbixError('DATABASE.URL', 'The PGlite URL cannot be understood', {
      next: ['Write pglite:./folder or pglite://memory'],
    })
  }
}

/** Driver `pglite`. One process at a time may open a folder; the others wait for it. */
export const pglite: Driver = {
  name: 'pglite',
  dialect: 'postgres',
  async open(url, options) {
    const target = parsePgliteUrl(url, options.projectDir)
    if (target.folder === undefined) return new PgliteConnection(await start(target, options), options, () => {})
    const folder = target.folder
    try {
      mkdirSync(dirname(folder), { recursive: true })
    } catch (error) {
      throw folderError(folder, error)
    }
    const release = await lockFolder(`${folder}.lock`, folder, options.lockWaitMs ?? 10_000).catch((error: unknown) => {
      throw isAmbixError(error) ? error : folderError(folder, error)
    })
    try {
      return new PgliteConnection(await start(target, options), options, release)
    } catch (error) {
      release()
      throw error
    }
  },
}

function folderError(folder: string, error: unknown): AmbixError {
  return new AmbixError('DATABASE.CONNECT', `The embedded database ${folder} cannot be opened`, {
    why: messageOf(error),
    next: ['Check that the folder may be written to'],
  })
}

async function start(target: PgliteTarget, options: OpenOptions): Promise<Database> {
  const module = await importPackage('@electric-sql/pglite', options.projectDir, 'The embedded PostgreSQL (pglite:)')
  const PGlite = module['PGlite'] as DatabaseClass
  const version = packageVersion(options.projectDir)
  const extensions = await loadExtensions(target.extensions, options.projectDir)
  const { folder } = target
  const isNew = folder === undefined || !existsSync(folder) || readdirSync(folder).length === 0
  if (folder !== undefined && !isNew) checkVersion(folder, version)
  if (folder !== undefined && !isNew && sizeOf(join(folder, 'base')) > worthOptimizing) optimizeAgain()
  const loadDataDir = isNew ? await template(PGlite, version, options) : undefined
  let db: Database | undefined
  try {
    db = new PGlite({
      ...(folder === undefined ? {} : { dataDir: folder }),
      ...(loadDataDir === undefined ? {} : { loadDataDir }),
      ...(PGlite.defaultStartParams === undefined
        ? {}
        : { startParams: [...PGlite.defaultStartParams, '-c', buffers] }),
      extensions,
    })
    await db.waitReady
  } catch (error) {
    await db?.close().catch(() => {})
    const where =
      folder === undefined
        ? 'The embedded PostgreSQL cannot be started'
        : `The embedded database ${folder} cannot be opened`
    const made = folder === undefined ? undefined : storedVersion(folder)
    throw new AmbixError('DATABASE.CONNECT', where, {
      why: `${messageOf(error)}${made === undefined || made === version ? '' : ` (the folder was made by PGlite ${made}, ${version} is installed)`}`,
      next:
        folder === undefined
          ? []
          : ['Install the PGlite version that made the folder, or delete the folder and run `ambix upgrade head`'],
    })
  }
  if (folder !== undefined && isNew) writeFileSync(`${folder}.version`, `${version}\n`)
  return db
}

/** Bytes of tables from which on a change of their rows runs long enough for optimized code to pay. */
const worthOptimizing = 100 * 1024 * 1024

/** The bytes of a folder's files; 0 where it cannot be read, as in a version that keeps its files otherwise. */
function sizeOf(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
  } catch {
    return 0
  }
}

/** Takes back what bin/ambix.js says to V8, before PGlite's code is compiled: a command is mostly over before optimizing pays. */
const optimizeAgain = (): void => sayToV8('--wasm-tier-up-filter=-1')

const storedVersion = (folder: string): string | undefined =>
  existsSync(`${folder}.version`) ? readFileSync(`${folder}.version`, 'utf8').trim() : undefined

/** Before 1.0 each minor version of PGlite may be another PostgreSQL, which does not open the folder of the one before. */
function checkVersion(folder: string, version: string): void {
  const made = storedVersion(folder)
  const line = (v: string): string =>
    v
      .split('.')
      .slice(0, v.startsWith('0.') ? 2 : 1)
      .join('.')
  if (made === undefined || line(made) === line(version)) return
  throw new AmbixError('DATABASE.CONNECT', `The embedded database ${folder} was made by another version of PGlite`, {
    why: `It was made by PGlite ${made}; ${version} is installed, whose PostgreSQL may not read it.`,
    next: [
      { text: 'Install the version that made it', command: `npm i @electric-sql/pglite@${made}` },
      'Or delete the folder (its data is lost) and run `ambix upgrade head`',
    ],
    data: { folder, made, installed: version },
  })
}

/** The file of the PGlite that a project uses; undefined where there is none. */
export const pglitePackage = (projectDir: string): string | undefined =>
  resolvePackage('@electric-sql/pglite', projectDir)

function packageVersion(projectDir: string): string {
  const entry = pglitePackage(projectDir)
  for (let dir = entry === undefined ? '/' : dirname(entry); dir !== dirname(dir); dir = dirname(dir)) {
    const file = join(dir, 'package.json')
    if (!existsSync(file)) continue
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
    if (parsed.name === '@electric-sql/pglite' && parsed.version !== undefined) return parsed.version
  }
  return 'unknown'
}

async function loadExtensions(names: readonly string[], projectDir: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const name of names) {
    const file = name.replaceAll('-', '_')
    const path = ['contrib/', '']
      .map((folder) => resolvePackage(`@electric-sql/pglite/${folder}${file}`, projectDir))
      .find((p) => p !== undefined)
    if (path === undefined) continue
    const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>
    const inner = (module['default'] ?? module) as Record<string, unknown>
    found[file] = module[file] ?? inner[file]
  }
  return found
}

/** A prepared empty database as a tar, created once per PGlite version: starting from it takes half the time. */
async function template(PGlite: DatabaseClass, version: string, options: OpenOptions): Promise<Blob | undefined> {
  const folder = options.cacheDir ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ambix')
  const file = join(folder, `pglite-${version}.tar`)
  try {
    if (!existsSync(file)) {
      const maker = new PGlite({ initDbStartParams: ['--wal-segsize=1'] })
      try {
        await maker.waitReady
        const tar = await maker.dumpDataDir('none')
        mkdirSync(folder, { recursive: true })
        const part = `${file}.${process.pid}.part`
        writeFileSync(part, Buffer.from(await tar.arrayBuffer()))
        renameSync(part, file)
      } finally {
        await maker.close()
      }
    }
    return new Tar(readFileSync(file))
  } catch {
    // No cache folder, or no such option in that version: PGlite then creates the database itself.
    rmSync(`${file}.${process.pid}.part`, { force: true })
    return undefined
  }
}

/** Bytes in the form that PGlite takes, without the copies that a Blob would cause. */
class Tar extends Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    super([])
    this.#bytes = bytes
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.#bytes
    return Promise.resolve(
      byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength),
    )
  }
}

/** A PGlite as a connection. */
export class PgliteConnection implements Connection {
  readonly native: unknown
  readonly singleSession = true
  closed = false
  readonly #db: Database
  readonly #options: OpenOptions
  readonly #release: () => void
  readonly #places = new WeakMap<object, number>()
  #typesChanged = false

  constructor(db: Database, options: OpenOptions, release: () => void) {
    this.native = db
    this.#db = db
    this.#options = options
    this.#release = release
  }

  #sent(sql: string, params?: readonly unknown[]): Record<string, unknown> {
    this.#options.onSql?.(sql, params)
    if (/\bcreate\s+(type|domain)\b/i.test(sql)) this.#typesChanged = true
    const { onNotice } = this.#options
    return onNotice === undefined ? {} : { onNotice: (notice: { message?: string }) => onNotice(notice.message ?? '') }
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    if (this.#typesChanged) {
      // Arrays of types that were created later: without this they are read as texts and are refused as parameters.
      this.#typesChanged = false
      await this.#db.refreshArrayTypes().catch(() => {})
    }
    const options = this.#sent(sql, params)
    const result = await this.#db.query(sql, params === undefined ? [] : [...params], options)
    // A cast: the rows have the shape that the caller's statement gives them.
    return result.rows as Row[]
  }

  async values(sql: string, params?: readonly unknown[]): Promise<readonly (readonly (string | null)[])[]> {
    const parsers: Parsers = {}
    for (const oid of Object.keys(this.#db.parsers)) parsers[Number(oid)] = (text) => text
    const options = { ...this.#sent(sql, params), rowMode: 'array', parsers }
    const result = await this.#db.query(sql, params === undefined ? [] : [...params], options)
    return result.rows as (string | null)[][]
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    const counts: number[] = []
    // In one process a round trip costs nothing: sending one statement at a time shows exactly which one failed.
    for (const [i, text] of (typeof sql === 'string' ? [sql] : sql).entries()) {
      try {
        const results = await this.#db.exec(text, this.#sent(text))
        append(
          counts,
          results.map((r) => r.affectedRows || r.rows.length),
        )
      } catch (error) {
        if (typeof error === 'object' && error !== null) this.#places.set(error, i)
        throw error
      }
    }
    return counts
  }

  describeError(error: unknown): ServerError | undefined {
    const described = describeError(error)
    const statement = typeof error === 'object' && error !== null ? this.#places.get(error) : undefined
    return described === undefined || statement === undefined ? described : { ...described, statement }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    try {
      await this.#db.close()
    } finally {
      this.#release()
    }
  }
}
