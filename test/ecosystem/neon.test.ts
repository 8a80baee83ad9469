/** A pool of `@neondatabase/serverless`, which speaks through a WebSocket: here through a proxy to the tests' own server. */
import { createRequire } from 'node:module'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { check, current, downgrade, upgrade } from '../../src/index.ts'
import type { GivenConnection } from '../../src/index.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { installed } from './project.ts'

/** By shape: the root's types are checked where these packages are not installed. */
interface Neon {
  readonly neonConfig: Record<string, unknown>
  readonly Pool: new (options: { connectionString: string }) => GivenConnection & {
    query(sql: string): Promise<{ readonly rows: unknown }>
    readonly totalCount: number
    readonly idleCount: number
    end(): Promise<void>
  }
}
interface WebSocketServer {
  on(event: 'connection', heard: (socket: unknown, request: { readonly url: string }) => void): void
  on(event: 'listening', heard: () => void): void
  address(): AddressInfo
  close(): void
}
interface Ws {
  readonly WebSocketServer: new (options: { port: number; host: string }) => WebSocketServer
  createWebSocketStream(socket: unknown): NodeJS.ReadWriteStream
}

const load = async <T>(name: string): Promise<T> => {
  const module = (await import(pathToFileURL(createRequire(import.meta.url).resolve(name)).href)) as T & { default?: T }
  return { ...module.default, ...module }
}

/** What Neon's own proxy does: the address stands in the query, and the rest is TCP. */
async function proxy({ WebSocketServer, createWebSocketStream }: Ws): Promise<{ port: number; close(): void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const open = new Set<Socket>()
  server.on('connection', (socket, { url }) => {
    const [host, port] = new URL(url, 'ws://proxy').searchParams.get('address')!.split(':')
    const tcp = connect(Number(port), host!)
    open.add(tcp)
    const stream = createWebSocketStream(socket)
    // A client that is gone takes both with it.
    stream.on('error', () => tcp.destroy())
    tcp.on('error', () => stream.end())
    stream.pipe(tcp).pipe(stream)
  })
  await new Promise<void>((done) => server.on('listening', done))
  return {
    port: server.address().port,
    close: () => {
      for (const tcp of open) tcp.destroy()
      server.close()
    },
  }
}

describeLive('@neondatabase/serverless', (server) => {
  test('a pool lends a client and has it back; a scratch database is opened through it too', async () => {
    expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
    const { neonConfig, Pool } = await load<Neon>('@neondatabase/serverless')
    const { port, close } = await proxy(await load<Ws>('ws'))
    neonConfig['wsProxy'] = (host: string, at: number) => `127.0.0.1:${port}/v1?address=${host}:${at}`
    neonConfig['useSecureWebSocket'] = false
    neonConfig['pipelineConnect'] = false
    const database = await server.createDatabase()
    const pool = new Pool({ connectionString: database.url })
    try {
      const root = folderOf({
        'schema.sql': 'create table one (id int primary key, note text);',
        'migrations/a1.ts': revisionFile('a1', null, {
          up: `op.execute('create table one (id int primary key)')\n  op.run(async ({ db }) => { await db.query('insert into one values ($1)', [7]) })`,
          down: `op.execute('drop table one')`,
        }),
        'migrations/b2.ts': revisionFile('b2', 'a1', {
          up: `op.execute('alter table one add note text')\n  op.execute('create index concurrently one_note on one (note)', { autocommit: true })`,
          down: `op.execute('alter table one drop note')`,
        }),
      })
      const config = { root, schema: './schema.sql' }
      const [up] = await upgrade(config, 'head', { connection: pool })
      expect(up!.applied.map((s) => s.revision)).toEqual(['a1', 'b2'])
      expect((await pool.query('select id, note from one')).rows).toEqual([{ id: 7, note: null }])
      expect((await current(config, { connection: pool }))[0]).toMatchObject({ atHeads: true })
      // The index stands in no schema file.
      expect((await check(config, { connection: pool }))[0]!.differences.map((d) => d.kind)).toEqual(['dropIndex'])
      expect((await downgrade(config, 'base', { connection: pool }))[0]!.applied).toHaveLength(2)
      expect(pool.idleCount).toBe(pool.totalCount)
    } finally {
      await pool.end()
      close()
      await database.drop()
    }
  })
})
