/** The new schema of every pair and of every enum scenario, pulled as TypeScript and as SQL: nothing may differ. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { emptySchema } from '../../src/schema/model.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { inDatabase, pulled } from '../live/pulled.ts'
import type { Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

interface PairOfSchemas {
  readonly id: string
  readonly roles: readonly string[]
  readonly new: readonly string[]
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const file = '../../../shared/cases/schema-pairs.json'
const pairs: readonly PairOfSchemas[] = existsSync(new URL(file, import.meta.url)) ? JSON.parse(read(file)) : []
const scenarios: readonly Scenario[] = JSON.parse(read('../fixtures/enum-scenarios.json'))
const cases = [
  ...pairs.map((p) => ({ id: p.id, sql: p.new.join(';\n'), roles: p.roles })),
  ...scenarios.map((s) => ({ id: s.id, sql: s.after_schema, roles: [] as readonly string[] })),
]

describeLive('pull', (server) => {
  if (pairs.length === 0) test.skip('131 pairs: ../shared/cases/schema-pairs.json is not here', () => {})
  for (const kind of ['ts', 'sql'] as const) {
    test.each(cases.map((c) => [c.id, c] as const))(`${kind}: %s`, async (_, { sql, roles }) => {
      await inDatabase(server, async (connection, url) => {
        for (const role of roles) await connection.query(`CREATE ROLE ${role}`).catch(() => undefined)
        await connection.script(sql)
        const { objects } = await postgres.reflect(connection, { schemas: 'all' })
        // Models that declare nothing at all are refused: an export was forgotten, as far as anybody can tell.
        if (kind === 'ts' && objects.size === emptySchema.objects.size) return
        expect(await pulled(connection, url, kind)).toEqual([])
      })
    })
  }
})
