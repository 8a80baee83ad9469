/** Databases of enum scenarios are pulled as models; `npm run test:pairs` takes all of them. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase, pulled } from '../live/pulled.ts'

const scenarios: readonly Scenario[] = JSON.parse(
  readFileSync(new URL('../fixtures/enum-scenarios.json', import.meta.url), 'utf8'),
)

describeLive('models', (server) => {
  test.each([
    ['ts', 4],
    ['sql', 11],
  ] as const)('the databases of enum scenarios are pulled as %s', { timeout: 120_000 }, async (kind, every) => {
    for (const s of scenarios.filter((_, i) => i % every === 0)) {
      await inDatabase(server, async (connection, url) => {
        await connection.script(s.after_schema)
        expect(await pulled(connection, url, kind), s.id).toEqual([])
      })
    }
  })
})
