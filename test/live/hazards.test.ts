/** Issue 10.5: what ambix says of a change is what the server does: locks, rewrites and whole reads, case by case. */
import { beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import type { Statement } from '../../src/dialects/dialect.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { record } from '../../src/operations/recorder.ts'
import { refText } from '../../src/schema/keys.ts'
import { describeLive } from '../support/live.ts'
import { cases, type HazardCase, setup } from './hazards/cases.ts'
import { type Effects, observed, predicted } from './hazards/observed.ts'
import { majorOf, makeRoles, sharedPlacesOf } from './place.ts'

/** The statements, and what is said of each. */
function goldenOf(c: HazardCase, statements: readonly Statement[]): string {
  const lines = statements.flatMap((s) => [
    `${s.sql};`,
    ...(s.transaction === 'inside' ? [] : [`-- ${s.transaction}`]),
    ...s.hazards.map((h) => `-- ${h.code} ${h.object}: ${h.message}${h.lock === undefined ? '' : ` (${h.lock})`}`),
    ...(s.probe?.undo === undefined ? [] : [`-- half done: ${s.probe.undo}`]),
    ...(s.refuseIf === undefined ? [] : ['-- refused where rows say so']),
  ])
  return `## ${c.rule}: ${c.title}\n${lines.join('\n')}\n`
}

const words = ({ locks, rewrites, reads }: Effects, planned?: string): string =>
  `locks ${locks.join(', ')}; rewrites ${rewrites.join(', ')}; reads ${reads.filter((t) => t !== planned).join(', ')}`

describeLive('the rules of 3.2', (server) => {
  const version = majorOf(server)
  const place = sharedPlacesOf(server)
  beforeAll(() => makeRoles(server))
  const told = new Map<HazardCase, string>()
  test.each(cases.map((c) => [`${c.rule}: ${c.title}`, c] as const))('%s', async (_, c) => {
    if ((c.since ?? 0) > version) return
    const { url, connection, drop } = await place()
    const [worker, watcher] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
    try {
      await worker.connect()
      await watcher.connect()
      await worker.query(`${setup}${c.before ?? ''}`)
      const zone = c.zone ?? 'UTC'
      await worker.query(`SET TimeZone = '${zone}'`)
      const before = await postgres.reflect(connection, {})
      const statements = postgres.compile(record(c.up), before, {
        offline: false,
        serverVersion: version,
        timeZone: zone,
      })
      const known = new Set(
        [...before.objects.values()].flatMap((o) => (o.kind === 'table' || o.kind === 'view' ? [refText(o)] : [])),
      )
      const seen = await observed(worker, watcher, statements)
      told.set(c, goldenOf(c, statements))
      if (c.opaque === true) expect(statements.flatMap((s) => s.hazards.map((h) => h.code))).toContain('OPAQUE')
      else expect(words(predicted(statements, known), c.planned)).toBe(words(seen, c.planned))
    } finally {
      await worker.end()
      await watcher.end()
      await drop()
    }
  })
  test('are told in these words', async () => {
    await expect(cases.flatMap((c) => told.get(c) ?? []).join('\n')).toMatchFileSnapshot('hazards/rules.txt')
  })
})
