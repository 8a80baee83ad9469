/** A role that may not do with one target what it may with the others. */
import { expect, onTestFinished, test } from 'vitest'
import pg from 'pg'
import { readFleet } from '../../src/commands/fleet/read.ts'
import { describeLive } from '../support/live.ts'
import { fleetOf, type Fleet } from './tenants.ts'

describeLive('a role with few rights', (server) => {
  /** The URL of a new role that owns the schemas of the fleet. */
  async function ownerOf(f: Fleet): Promise<string> {
    const role = `least_${Date.now().toString(36)}`
    onTestFinished(async () => {
      const admin = new pg.Client({ connectionString: server.url('postgres') })
      await admin.connect()
      await admin.query(`DROP ROLE ${role}`)
      await admin.end()
    })
    await f.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'few'`)
    // What it owns is dropped with the database, which is before the role.
    for (const id of f.ids) await f.sql(`ALTER SCHEMA ${id} OWNER TO ${role}`)
    const as = new URL(f.url)
    as.username = role
    as.password = 'few'
    return as.href
  }

  test('a version table that it may not read is that target’s fault, and the others are done', async () => {
    const f = await fleetOf(server, 9)
    const url = await ownerOf(f)
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
    await f.sql(`ALTER TABLE t0004.ambix_version OWNER TO ${new URL(url).username}`)
    expect(await f.run('upgrade', 'head', {}, config)).toMatchObject({ resumed: true, done: 9, failed: 0 })
  })
})
