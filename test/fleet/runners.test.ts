/** Runners of fleets that come together, are killed, or lose a server: each target once, and nothing by hand. */
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import type { Target } from '../../src/config/config.ts'
import { describeLive } from '../support/live.ts'
import { startServer } from '../support/server.ts'
import { configure, killedAt, runner, slowFiles, targetsIn } from './runner.ts'
import { fleetOf } from './tenants.ts'

describeLive('runners of a fleet', (server) => {
  test(
    'two runners at once share the work and never a target, and both tell of the whole',
    { timeout: 120_000 },
    async () => {
      const f = await fleetOf(server, 120, { files: slowFiles })
      configure(f)
      const [a, b] = await Promise.all([runner(f, ['--parallel', '2']), runner(f, ['--parallel', '2'])])
      expect([a.code, b.code]).toEqual([0, 0])
      const [mine, theirs] = [targetsIn(a.events), targetsIn(b.events)]
      expect([...mine, ...theirs].toSorted()).toEqual(f.ids)
      expect(Math.min(mine.length, theirs.length)).toBeGreaterThan(0)
      for (const { events } of [a, b])
        expect(events.at(-1)).toMatchObject({ event: 'end', done: 120, failed: 0, left: 0 })
      expect(await f.everywhere("SELECT '%', n FROM %.runs")).toEqual(f.ids.map((id) => [id, '2']))
      expect(await f.sql("SELECT DISTINCT attempts FROM ambix_fleet WHERE target <> ''")).toEqual([['1']])
    },
  )

  test(
    'runners that are killed at any moment are gone on with at once: each target once',
    { timeout: 240_000 },
    async () => {
      // Each runner may have done 14 targets when it is killed, and have five more on their way on each of eight connections.
      const f = await fleetOf(server, 300, { files: slowFiles })
      configure(f)
      const seed = Date.now() % 1000
      const moments = Array.from({ length: 5 }, (_, i) => ((seed * 31 + i * 17) % 14) + (i === 0 ? 0 : 1))
      const last = await killedAt(f, seed, moments)
      // What the killed ones had told as done was not begun again.
      expect(targetsIn(last.events).length).toBeLessThan(300)
    },
  )

  test('a runner on another machine is waited for until its lease ends', { timeout: 60_000 }, async () => {
    const f = await fleetOf(server, 3)
    await f.run('upgrade', 'aaaaaaaaaaaa', {}, { targets: [] })
    await f.sql(
      `INSERT INTO ambix_fleet (run, target, command, goal, status, attempts, runner, lease_until, started_at) VALUES
        (2, '', 'upgrade', 'bbbbbbbbbbbb', 'open', 0, 'ambix 1@elsewhere #0', clock_timestamp() + interval '6 seconds', clock_timestamp()),
        (2, 't0001', NULL, NULL, 'running', 1, 'ambix 1@elsewhere #0', clock_timestamp() + interval '6 seconds', clock_timestamp())`,
    )
    const up = await f.run('upgrade', 'head')
    expect(up).toMatchObject({ run: 2, resumed: true, done: 3, failed: 0 })
    const events = up.events.map((e) => (e.event === 'target' ? e.target : e.event))
    expect(events.indexOf('waiting')).toBeGreaterThan(0)
    expect(events.indexOf('waiting')).toBeLessThan(events.indexOf('t0001'))
    expect(await f.sql("SELECT attempts FROM ambix_fleet WHERE target = 't0001'")).toEqual([['2']])
  })

  test(
    'a server that goes away in the middle fails its own targets, and the others are done',
    { timeout: 120_000 },
    async () => {
      const away = await startServer({ own: true })
      const f = await fleetOf(server, 30, { files: slowFiles })
      const other = await away.createDatabase()
      const client = new pg.Client({ connectionString: other.url })
      client.on('error', () => {})
      await client.connect()
      await client.query(f.ids.map((id) => `CREATE SCHEMA ${id}`).join(';'))
      const targets = f.ids.flatMap((id): Target[] => [
        { id, schema: id },
        { id: `away_${id}`, schema: id, url: other.url },
      ])
      let count = 0
      let stopping: Promise<void> | undefined
      const up = await f.run(
        'upgrade',
        'head',
        {
          onEvent: (event) => {
            if (event.event === 'target' && event.target.startsWith('away_') && ++count === 5) stopping = away.stop()
          },
        },
        { targets },
      )
      await stopping
      await client.end().catch(() => {})
      const failed = up.events.filter((e) => e.event === 'target' && e.status === 'failed')
      expect(failed.length).toBeGreaterThan(0)
      expect(failed.every((e) => e.event === 'target' && e.target.startsWith('away_'))).toBe(true)
      expect(new Set(failed.map((e) => (e.event === 'target' && e.status === 'failed' ? e.error.code : '')))).toEqual(
        new Set(['DATABASE.CONNECT']),
      )
      expect(up.done + up.failed).toBe(60)
      expect(await f.everywhere("SELECT '%', count(*) FROM %.runs")).toEqual(f.ids.map((id) => [id, '1']))
    },
  )

  test(
    'a server that has fewer connections left than are asked for gets as many as it takes',
    { timeout: 60_000 },
    async () => {
      const role = `few_${Date.now().toString(36)}`
      onTestFinished(async () => {
        const admin = new pg.Client({ connectionString: server.url('postgres') })
        await admin.connect()
        await admin.query(`DROP ROLE ${role}`)
        await admin.end()
      })
      const f = await fleetOf(server, 60)
      const as = new URL(f.url)
      await f.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'few' CONNECTION LIMIT 4`)
      await f.sql(`ALTER DATABASE ${as.pathname.slice(1)} OWNER TO ${role}`)
      for (const id of f.ids) await f.sql(`ALTER SCHEMA ${id} OWNER TO ${role}`)
      as.username = role
      as.password = 'few'
      const up = await f.run('upgrade', 'head', { parallel: 12, perHost: 12 }, { url: as.href })
      expect(up).toMatchObject({ done: 60, failed: 0 })
      expect(await f.everywhere("SELECT '%', count(*) FROM %.runs")).toEqual(f.ids.map((id) => [id, '1']))
      expect(await f.sql("SELECT DISTINCT attempts FROM ambix_fleet WHERE target <> ''")).toEqual([['1']])
      // One is what the control database takes; with none left for the targets a run waits for one.
      const taken = await Promise.all(
        [0, 1, 2].map(async () => {
          const client = new pg.Client({ connectionString: as.href })
          await client.connect()
          return client
        }),
      )
      const told: string[] = []
      const down = f.run('downgrade', 'base', { onEvent: (e) => void told.push(e.event) }, { url: as.href })
      // Until the run has claimed its targets, and asked for a connection in vain.
      const refused = async (): Promise<boolean> =>
        (await f.sql("SELECT count(*) FROM ambix_fleet WHERE status = 'running'"))[0]![0] !== '0'
      while (!(await refused())) await f.sql('SELECT pg_sleep(0.05)')
      await f.sql('SELECT pg_sleep(0.5)')
      expect(told).toEqual(['run'])
      await Promise.all(taken.map((client) => client.end()))
      expect(await down).toMatchObject({ done: 60, failed: 0 })
    },
  )

  test('without its control database a run stops, and what was begun is whole', { timeout: 120_000 }, async () => {
    const away = await startServer({ own: true })
    const control = await away.createDatabase()
    const f = await fleetOf(server, 80, { files: slowFiles })
    let count = 0
    let stopping: Promise<void> | undefined
    const run = f.run(
      'upgrade',
      'head',
      {
        onEvent: (event) => {
          if (event.event === 'target' && ++count === 5) stopping = away.stop()
        },
      },
      { fleet: { url: control.url } },
    )
    await expect(run).rejects.toMatchObject({ code: 'FLEET.CONTROL' })
    await stopping
    expect(await f.run('upgrade', 'head')).toMatchObject({ done: 80, failed: 0 })
    expect(await f.everywhere("SELECT '%', count(*) FROM %.runs")).toEqual(f.ids.map((id) => [id, '1']))
  })

  test('an interrupted run rolls back what is at work, and is gone on with', { timeout: 60_000 }, async () => {
    const f = await fleetOf(server, 60, { files: slowFiles })
    const controller = new AbortController()
    let count = 0
    const run = f.run('upgrade', 'head', {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.event === 'target' && ++count === 7) controller.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'RUN.INTERRUPTED' })
    expect(await f.sql("SELECT count(*) FROM ambix_fleet WHERE status IN ('running', 'failed')")).toEqual([['0']])
    expect(await f.run('upgrade', 'head')).toMatchObject({ run: 1, resumed: true, done: 60, failed: 0 })
    expect(await f.everywhere("SELECT '%', count(*) FROM %.runs")).toEqual(f.ids.map((id) => [id, '1']))
  })

  // A page that waits for a connection gets that of an interrupted target, to which a request to cancel may still be under way.
  test('an interrupted run reads no further targets', { timeout: 60_000 }, async () => {
    const f = await fleetOf(server, 40, { files: slowFiles })
    const controller = new AbortController()
    let [claims, begun] = [0, 0]
    const after: string[] = []
    const run = f.run('upgrade', 'head', {
      parallel: 1,
      signal: controller.signal,
      onSql: (sql) => {
        if (sql.includes('INSERT INTO') && sql.includes('lease_until')) claims++
        if (controller.signal.aborted) after.push(sql)
        // The last of the first page; the second page is claimed, and waits for the only connection.
        if (sql.includes('pg_sleep') && ++begun === 16) controller.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'RUN.INTERRUPTED' })
    expect(claims).toBe(2)
    expect(after.filter((sql) => sql.includes(f.ids[20]!) && !sql.includes('ambix_fleet'))).toEqual([])
    expect(await f.sql('SELECT DISTINCT status FROM ambix_fleet ORDER BY 1')).toEqual([['done'], ['open'], ['pending']])
    expect(await f.run('upgrade', 'head')).toMatchObject({ run: 1, resumed: true, done: 40, failed: 0 })
  })
})
