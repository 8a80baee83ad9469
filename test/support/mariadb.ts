/** A MariaDB or MySQL server for the tests: one that the environment names, the usual local address, or a private one. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { account, cacheFolder, runFolders } from './binaries.ts'

export interface MysqlServer {
  /** `10.11.19-MariaDB`. */
  readonly version: string
  /** Without a database: `mysql://root@127.0.0.1:3306`. */
  readonly url: string
  stop(): Promise<void>
}

const usual = 'mysql://root@127.0.0.1:3306'

/**
 * A private server in memory comes before the one at the usual address: without a disk to wait for, its DDL takes a third of the time.
 * Throws an Error that says what was looked for when no server can be had.
 */
export async function startMysql(): Promise<MysqlServer> {
  const named = process.env['AMBIX_TEST_MYSQL']
  if (named !== undefined && named !== '') return running(named.replace(/\/$/, ''))
  const daemon = onPath('mariadbd')
  const install = onPath('mariadb-install-db')
  if (daemon !== undefined && install !== undefined) return launch(daemon, install)
  try {
    return await running(usual)
  } catch {
    throw new Error(
      `no MySQL or MariaDB: AMBIX_TEST_MYSQL names none, no mariadbd is on the path, and none listens at ${usual}`,
    )
  }
}

async function running(url: string): Promise<MysqlServer> {
  const client = await createConnection(`${url}/`)
  try {
    const [rows] = await client.query('SELECT VERSION() AS v')
    // A cast: the statement's one row.
    const version = (rows as { v: string }[])[0]!.v
    return { version, url, stop: async () => {} }
  } finally {
    await client.end()
  }
}

function onPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

/** The data folder that mariadb-install-db makes, made once a version and kept. */
function preparedData(daemon: string, install: string): string {
  const version = /Ver (\S+)/.exec(spawnSync(daemon, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 'unknown'
  const template = join(cacheFolder(), `mariadb-${version}`)
  if (existsSync(template)) return template
  const partial = `${template}.${process.pid}`
  mkdirSync(partial)
  const made = spawnSync(
    install,
    [
      '--no-defaults',
      `--datadir=${partial}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      logSize,
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    throw new Error(`mariadb-install-db failed: ${made.stderr}`)
  }
  try {
    renameSync(partial, template)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(template)) throw error
  }
  return template
}

const logSize = '--innodb-log-file-size=32M'

/** Ends servers whose test run was killed before it could, each by the pid in its own folder, and removes their folders. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = /^mysql-(\d+)-/.exec(name)?.[1]
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue
    const home = join(folder, name)
    const pid = existsSync(join(home, 'pid')) ? Number(readFileSync(join(home, 'pid'), 'utf8')) : 0
    const command = `/proc/${pid}/cmdline`
    if (pid > 0 && existsSync(command) && readFileSync(command, 'utf8').includes(home)) process.kill(pid, 'SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
}

export const hasMariadb = (): boolean => onPath('mariadbd') !== undefined && onPath('mariadb-install-db') !== undefined

/** A private server with settings of its own; undefined where there is no mariadbd on the path. */
export async function startPrivateMysql(settings: readonly string[]): Promise<MysqlServer | undefined> {
  const daemon = onPath('mariadbd')
  const install = onPath('mariadb-install-db')
  return daemon === undefined || install === undefined ? undefined : launch(daemon, install, settings)
}

async function launch(daemon: string, install: string, settings: readonly string[] = []): Promise<MysqlServer> {
  const folder = runFolders()[0]!
  sweep(folder)
  const home = mkdtempSync(join(folder, `mysql-${process.pid}-`))
  const data = join(home, 'data')
  cpSync(preparedData(daemon, install), data, { recursive: true })
  const own = account() ?? {}
  const hand = (path: string): void => {
    if (own.uid !== undefined && own.gid !== undefined) chownSync(path, own.uid, own.gid)
  }
  hand(home)
  for (const file of readdirSync(home, { recursive: true })) hand(join(home, String(file)))
  const rights = join(home, 'rights.sql')
  writeFileSync(rights, "GRANT ALL ON *.* TO 'root'@'127.0.0.1' IDENTIFIED BY '' WITH GRANT OPTION;\n")
  hand(rights)
  const port = await freePort()
  const child = spawn(
    daemon,
    [
      '--no-defaults',
      `--datadir=${data}`,
      // Its own: a server removes other servers' temporary tables from a folder that they share.
      `--tmpdir=${home}`,
      `--socket=${join(home, 'socket')}`,
      `--pid-file=${join(home, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--init-file=${rights}`,
      '--skip-log-bin',
      '--performance-schema=OFF',
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=0',
      '--sync-frm=OFF',
      logSize,
      '--character-set-server=utf8mb4',
      ...settings,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], ...own },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  const url = `mysql://root@127.0.0.1:${port}`
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break
    try {
      const server = await running(url)
      return { ...server, stop: () => (process.off('exit', kill), stopped(child, home)) }
    } catch {
      await sleep(50)
    }
  }
  await stopped(child, home)
  throw new Error(`mariadbd did not start: ${said.slice(-2000)}`)
}

async function stopped(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGKILL')
    await new Promise((done) => child.once('exit', done))
  }
  rmSync(home, { recursive: true, force: true })
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
