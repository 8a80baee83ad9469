/** A role that may not do with one target what it may with the others. */
import { expect, onTestFinished, test } from 'vitest'
import pg from 'pg'
import { readFleet } from '../../src/commands/fleet/read.ts'
import { describeLive } from '../support/live.ts'
import { fleetOf, type Fleet } from './tenants.ts'

describeLive('a role with few rights', (server) => {
  /** The name of a new role; to be asked for before the fleet, since it is dropped after its database. */
  async function newRole(): Promise<string> {
    const role = `least_${Date.now().toString(36)}`
    const admin = new pg.Client({ connectionString: server.url('postgres') })
    await admin.connect()
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'few'`)
    onTestFinished(async () => {
      await admin.query(`DROP ROLE ${role}`)
      await admin.end()
    })
    return role
  }

  async function ownedBy(f: Fleet, role: string): Promise<string> {
    for (const id of f.ids) await f.sql(`ALTER SCHEMA ${id} OWNER TO ${role}`)
    const as = new URL(f.url)
    as.username = role
    as.password = 'few'
    return as.href
  }

  test('a version table that it may not read is that target’s fault, and the others are done', async () => {
    const role = await newRole()
    const f = await fleetOf(server, 9)
    const url = await ownedBy(f, role)
    const config = { url, fleet: { url: f.url } }
    await f.run('upgrade', 'aaaaaaaaaaaa', {}, config)
    await f.sql('ALTER TABLE t0004.ambix_version OWNER TO CURRENT_USER')
    await f.sql('REVOKE ALL ON t0004.ambix_version FROM PUBLIC')
    const up = await f.run('upgrade', 'head', {}, config)
    expect(up).toMatchObject({ done: 8, failed: 1 })
    const failed = up.events.filter((e) => e.event === 'target' && e.status === 'failed')
    expect(failed).toMatchObject([{ target: 't0004', error: { code: 'VERSION.TABLE' } }])
    expect(failed).toMatchObject([{ error: { message: expect.stringContaining('t0004') } }])
    const current = await readFleet({ ...f.config, ...config }, 'current')
    expect(current).toMatchObject({ targets: 9, failed: 1, revisions: [{ revision: 'bbbbbbbbbbbb', targets: 8 }] })
    await f.sql(`ALTER TABLE t0004.ambix_version OWNER TO ${role}`)
    expect(await f.run('upgrade', 'head', {}, config)).toMatchObject({ resumed: true, done: 9, failed: 0 })
  })
})
