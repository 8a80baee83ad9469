/** A PgBouncer of the test's own before the test server, in transaction mode; where the program is not installed its tests skip. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, inject } from 'vitest'
import pg from 'pg'
import { account, cacheFolder } from './binaries.ts'
import { pgbouncer } from './pgbouncer-program.ts'

export interface Pooler {
  /** The same database, through the pooler. */
  through(url: string): string
  stop(): Promise<void>
}

/** `describe` for tests that need PostgreSQL and PgBouncer; global-setup.ts has said why they are skipped. */
export function describePooler(name: string, body: () => void): void {
  const shared = inject('postgres')
  const missing = 'reason' in shared ? shared.reason : pgbouncer === undefined ? 'no pgbouncer is installed' : undefined
  if (missing === undefined) describe(name, body)
  else describe.skip(`${name} (skipped: ${missing})`, () => {})
}

/** Each database gets `size` connections to the server at most, however many clients there are. */
export async function startPooler(server: string, size: number): Promise<Pooler> {
  const { hostname, port } = new URL(server)
  const folder = mkdtempSync(join(cacheFolder(), `pooler-${process.pid}-`))
  const who = account() ?? {}
  for (let attempt = 1; ; attempt++) {
    const listen = await freePort()
    const config = join(folder, 'pgbouncer.ini')
    // `auth_type = any` needs one user for all clients: the test server trusts everybody.
    writeFileSync(
      config,
      `[databases]
* = host=${hostname} port=${port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${size}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
`,
    )
    chmodSync(folder, 0o755)
    if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid)
    const child = spawn(pgbouncer!, [config], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, ...who })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
    const through = (url: string): string => {
      const at = new URL(url)
      at.hostname = '127.0.0.1'
      at.port = String(listen)
      return at.href
    }
    if (await answers(child, through(server))) return running(child, folder, through)
    child.kill('SIGKILL')
    if (attempt < 3) continue
    rmSync(folder, { recursive: true, force: true })
    throw new Error(`PgBouncer does not start: ${said.trim()}`)
  }
}

function running(child: ChildProcess, folder: string, through: (url: string) => string): Pooler {
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    through,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGKILL')
        await gone
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  const until = Date.now() + 15_000
  while (Date.now() < until && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('SELECT 1')
      return true
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
