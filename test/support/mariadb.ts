/** A MariaDB or MySQL server for the tests: one that the environment names, the usual local address, or a private one. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'

export interface MysqlServer {
  /** `10.11.19-MariaDB`. */
  readonly version: string
  /** Without a database: `mysql://root@127.0.0.1:3306`. */
  readonly url: string
  stop(): Promise<void>
}

const usual = 'mysql://root@127.0.0.1:3306'

/** Throws an Error that says what was looked for when no server can be had. */
export async function startMysql(): Promise<MysqlServer> {
  const named = process.env['AMBIX_TEST_MYSQL']
  if (named !== undefined && named !== '') return running(named.replace(/\/$/, ''))
  try {
    return await running(usual)
  } catch {
    // Nothing there: a server of our own.
  }
  const daemon = onPath('mariadbd')
  const install = onPath('mariadb-install-db')
  if (daemon === undefined || install === undefined)
    throw new Error(
      `no MySQL or MariaDB: AMBIX_TEST_MYSQL names none, none listens at ${usual}, and no mariadbd is on the path`,
    )
  return launch(daemon, install)
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

/** The account that runs the server: root may not. */
function account(): { readonly uid: number; readonly gid: number; readonly name: string } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['mysql', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((l) => l.startsWith(`${name}:`))
    const [, , uid, gid] = line?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid), name }
  }
  return undefined
}

async function launch(daemon: string, install: string): Promise<MysqlServer> {
  const home = mkdtempSync(join(tmpdir(), 'ambix-mariadb-'))
  const own = account()
  const data = join(home, 'data')
  mkdirSync(data)
  if (own !== undefined) for (const folder of [home, data]) chownSync(folder, own.uid, own.gid)
  const as = own === undefined ? {} : { uid: own.uid, gid: own.gid }
  const user = own === undefined ? [] : [`--user=${own.name}`]
  const made = spawnSync(
    install,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mariadb-install-db failed: ${made.stderr}`)
  const rights = join(home, 'rights.sql')
  writeFileSync(rights, "GRANT ALL ON *.* TO 'root'@'127.0.0.1' IDENTIFIED BY '' WITH GRANT OPTION;\n")
  if (own !== undefined) chownSync(rights, own.uid, own.gid)
  const port = await freePort()
  const child = spawn(
    daemon,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${join(home, 'socket')}`,
      `--pid-file=${join(home, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--init-file=${rights}`,
      '--skip-log-bin',
      '--performance-schema=OFF',
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=0',
      '--character-set-server=utf8mb4',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], ...as },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const url = `mysql://root@127.0.0.1:${port}`
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break
    try {
      const server = await running(url)
      return { ...server, stop: () => stopped(child, home) }
    } catch {
      await sleep(50)
    }
  }
  await stopped(child, home)
  throw new Error(`mariadbd did not start: ${said.slice(-2000)}`)
}

async function stopped(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGTERM')
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
