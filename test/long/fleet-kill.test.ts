/** A fleet's runner that is killed with SIGKILL at ten random moments and begun again: each target once, nothing by hand. */
import { test } from 'vitest'
import { configure, killedAt, slowFiles, targetsIn } from '../fleet/runner.ts'
import { fleetOf } from '../fleet/tenants.ts'
import { describeLive } from '../support/live.ts'
import { randomOf } from '../support/random-sqlite.ts'

describeLive('a fleet whose runner is killed at ten random moments', (server) => {
  test('each target once, by the next run alone', { timeout: 600_000 }, async ({ annotate }) => {
    const seed = Number(process.env['AMBIX_TEST_SEED'] ?? Date.now() % 1_000_000)
    const next = randomOf(seed)
    const f = await fleetOf(server, 800, { files: slowFiles })
    configure(f)
    // By turns at a target that is told, and at a time, from before the first connection to the middle of a page.
    const moments = Array.from({ length: 10 }, (_, i) =>
      i % 2 === 0 ? Math.floor(next() * 40) : { ms: 200 + Math.floor(next() * 1200) },
    )
    const last = await killedAt(f, seed, moments)
    const attempts = await f.sql("SELECT attempts, count(*) FROM ambix_fleet WHERE target <> '' GROUP BY 1 ORDER BY 1")
    await annotate(
      `seed ${seed}: ${targetsIn(last.events).length} of 800 by the last run; targets by attempts ${attempts.map((r) => r.join(': ')).join(', ')}`,
    )
  })
})
