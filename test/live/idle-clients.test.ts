/**
 * Issue 10, point 8: idle clients have nearly all connections of the server. An upgrade, `current` and a fleet of 50 targets take what is left;
 * where nothing is, they say so. 1,000 clients by AMBIX_TEST_LONG, else 150.
 */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { current } from '../../src/commands/current.ts'
import { fleet } from '../../src/commands/fleet/move.ts'
import { upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import { findBinaries } from '../support/binaries.ts'
import { folderOf } from '../support/folder.ts'
import { privateServer, type PrivateServer } from '../support/server.ts'

const clients = process.env['AMBIX_TEST_LONG'] === undefined ? 150 : 1000
/** An upgrade that builds an index concurrently needs two. */
const left = 2
const missing = findBinaries(undefined) === undefined ? 'no binaries of a server of its own' : undefined

const file = (id: string, down: string | null, up: string): string =>
  `export const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\nexport function downgrade(op) {}\n`
const files = {
  'migrations/a1.ts': file('a1', null, "op.execute('CREATE TABLE t (n integer)')"),
  'migrations/a2.ts': file('a2', 'a1', "op.createIndex('t_n', 't', ['n'], { concurrently: true })"),
  'migrations/a3.ts': file('a3', 'a2', "op.execute('INSERT INTO t VALUES (1)')"),
}
const plain = { 'migrations/a1.ts': files['migrations/a1.ts'] }

describe.skipIf(missing !== undefined)(
  `${clients} idle clients${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let server: PrivateServer
    const held: pg.Client[] = []
    const another = async (): Promise<pg.Client> => {
      const client = new pg.Client({ connectionString: server.url('postgres') })
      client.on('error', () => {})
      await client.connect()
      held.push(client)
      return client
    }
    beforeAll(async () => {
      server = (await privateServer())!
      await server.start({
        max_connections: String(clients + left),
        superuser_reserved_connections: '0',
        max_wal_senders: '0',
        autovacuum: 'off',
      })
      for (let n = 0; n < clients; n++) await another()
    }, 300_000)
    afterAll(async () => {
      await Promise.all(held.splice(0).map((c) => c.end()))
      await server.remove()
    })
    const database = async (name: string, more = ''): Promise<string> => {
      await held[0]!.query(`CREATE DATABASE ${name}`)
      if (more !== '') {
        const client = new pg.Client({ connectionString: server.url(name) })
        await client.connect()
        await client.query(more)
        await client.end()
      }
      return server.url(name)
    }

    test('an upgrade, with a second connection, and current', async () => {
      const config: Config = { root: folderOf(files), url: await database('one') }
      expect(await upgrade(config)).toMatchObject([{ to: ['a3'] }])
      expect(await current(config)).toMatchObject([{ rows: ['a3'] }])
    })

    test('a fleet of 50 targets, with more at once than there is room for', async () => {
      const ids = Array.from({ length: 50 }, (_, i) => `s${i}`)
      const url = await database('many', ids.map((id) => `CREATE SCHEMA ${id}`).join(';'))
      const targets = ids.map((id) => ({ id, schema: id }))
      const config: Config = { root: folderOf(plain), url, targets }
      const done = await fleet(config, 'upgrade', 'head', { cwd: config.root!, parallel: 8, perHost: 8 })
      expect(done).toMatchObject({ done: 50, failed: 0 })
    })

    test('where none is left, each says so, with what to do', async () => {
      const url = await database('none_left', 'CREATE SCHEMA s1; CREATE SCHEMA s2')
      const config: Config = { root: folderOf(plain), url }
      const targets = ['s1', 's2'].map((id) => ({ id, schema: id }))
      while (held.length < clients + left) await another()
      const runs: readonly (() => Promise<unknown>)[] = [
        async () => upgrade(config),
        async () => current(config),
        async () => fleet({ ...config, targets }, 'upgrade', 'head', { cwd: config.root! }),
      ]
      for (const run of runs) {
        const error = await run().then(
          () => expect.fail('it did not fail'),
          (e: unknown) => e,
        )
        if (!isAmbixError(error)) throw error
        expect(error.code).toBe('DATABASE.CONNECT')
        expect(`${error.message} ${error.why}`).toMatch(/takes no more connections.*too many clients/)
        expect(error.next.map((n) => n.text).join('\n')).toMatch(/pg_stat_activity[\s\S]*Run the same command again/)
      }
      for (const client of held.splice(clients)) await client.end()
      expect(await upgrade(config)).toMatchObject([{ to: ['a1'] }])
    })
  },
)
