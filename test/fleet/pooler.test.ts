/** Fleets behind a PgBouncer in transaction mode: what is in a transaction is run, and what needs a session of its own is refused before it begins. */
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { fleet } from '../../src/commands/fleet/move.ts'
import type { FleetEvent } from '../../src/commands/fleet/many.ts'
import type { Config } from '../../src/config/config.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { server } from '../support/live.ts'
import { describePooler, startPooler, type Pooler } from '../support/pgbouncer.ts'
import { first, fleetOf, second, type Fleet } from './tenants.ts'

const files = (up: string): Record<string, string> => ({
  'migrations/a.ts': first,
  'migrations/b.ts': second,
  'migrations/c.ts': revisionFile('cccccccccccc', 'bbbbbbbbbbbb', {
    up,
    head: "import { varchar } from 'ambix/schema'",
  }),
})

describePooler('a fleet behind PgBouncer', () => {
  let pooler: Pooler
  let f: Fleet
  const through = async (up: string): Promise<Config> => {
    f = await fleetOf(server!, 8, { files: files(up) })
    pooler = await startPooler(f.url, 3)
    return { ...f.config, url: pooler.through(f.url) }
  }
  /** Of all connections to the server, as the next client meets them. */
  const paths = async (): Promise<Set<string>> => {
    const clients = Array.from({ length: 3 }, () => new pg.Client({ connectionString: pooler.through(f.url) }))
    await Promise.all(clients.map((c) => c.connect()))
    // Three transactions at once have three connections.
    await Promise.all(clients.map((c) => c.query('BEGIN')))
    const rows = await Promise.all(clients.map((c) => c.query<{ search_path: string }>('SHOW search_path')))
    await Promise.all(clients.map((c) => c.query('COMMIT')))
    await Promise.all(clients.map((c) => c.end()))
    return new Set(rows.map((r) => r.rows[0]!.search_path))
  }
  afterEach(async () => pooler.stop())
  const upgrade = async (config: Config): Promise<readonly FleetEvent[]> => {
    const events: FleetEvent[] = []
    await fleet(config, 'upgrade', 'head', { cwd: f.dir, perHost: 3, onEvent: (e) => void events.push(e) })
    return events.filter((e) => e.event === 'target')
  }

  test('revisions in transactions are run in each schema, once', async () => {
    const config = await through(`op.execute('UPDATE runs SET n = n + 1')`)
    expect((await upgrade(config)).map((e) => 'status' in e && e.status)).toEqual(f.ids.map(() => 'done'))
    expect(await f.everywhere("SELECT '%', n FROM %.runs")).toEqual(f.ids.map((id) => [id, '3']))
    expect(await paths()).toEqual(new Set(['"$user", public']))
  })

  // By a name that is looked up in the session's path; by the schema, which is read with it.
  test.for([
    ['a statement alone', "op.createIndex('users_name', 'users', ['name'], { concurrently: true })"],
    ['a revision that needs the schema', "op.alterColumn('users', 'name', { type: varchar(80) })"],
  ] as const)('%s is refused, and no client has the path of a target', async ([, up]) => {
    const config = await through(up)
    const events = await upgrade(config)
    expect(events.map((e) => 'error' in e && e.error.code)).toEqual(f.ids.map(() => 'DATABASE.CONNECT'))
    expect(JSON.stringify(events[0])).toContain('needs a session of its own')
    expect(await paths()).toEqual(new Set(['"$user", public']))
    // Told the server itself, the same run goes on.
    await f.run('upgrade', 'head')
    expect(await f.everywhere("SELECT '%', version_num FROM %.ambix_version")).toEqual(
      f.ids.map((id) => [id, 'cccccccccccc']),
    )
  })
})
