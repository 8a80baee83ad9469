/** E1, J2: the models of every shared case, and the revision that makes it, compile under `tsc --strict`: one program for all. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import { renderModels } from '../../src/revisions/write/models.ts'
import { renderRevision } from '../../src/revisions/write/render.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { wiped } from '../support/wiped.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { Scenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { typeErrors } from '../support/strict.ts'

const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T
const file = '../../../shared/cases/schema-pairs.json'
const shared = existsSync(new URL(file, import.meta.url))
  ? read<readonly { id: string; roles: readonly string[]; old: readonly string[]; new: readonly string[] }[]>(file)
  : []
const scenarios = read<readonly Scenario[]>('../fixtures/enum-scenarios.json')
const cases = [
  ...shared.flatMap((p) => [
    { id: `${p.id}-old`, sql: p.old.join(';\n'), roles: p.roles },
    { id: `${p.id}-new`, sql: p.new.join(';\n'), roles: p.roles },
  ]),
  ...scenarios.flatMap((s) => [
    { id: `${s.id}-before`, sql: s.before_schema, roles: [] },
    { id: `${s.id}-after`, sql: s.after_schema, roles: [] },
  ]),
]

describeLive('models of shared cases', (server) => {
  if (shared.length === 0) test.skip('131 pairs: ../shared/cases/schema-pairs.json is not here', () => {})
  test('compile under tsc --strict, with the revisions that make them', { timeout: 600_000 }, async () => {
    const files: Record<string, string> = {}
    let place = await server.createDatabase()
    let connection = await pg.open(place.url, { projectDir: process.cwd() })
    for (const { id, sql, roles } of cases) {
      for (const role of roles) await connection.query(`CREATE ROLE ${role}`).catch(() => undefined)
      await connection.script(sql)
      await connection.query('RESET search_path')
      const schema = await postgres.reflect(connection, { schemas: 'all', privileges: true })
      const name = id.replace(/[^\w-]/g, '_')
      files[`${name}.ts`] = renderModels(schema).text
      const { upgrade, downgrade } = diff(emptySchema, schema, { hints: [] })
      files[`${name}-revision.ts`] = renderRevision({
        revision: 'a1',
        downRevision: null,
        message: id,
        upgrade,
        downgrade,
      })
      if (await wiped(connection)) continue
      await connection.close()
      await place.drop()
      place = await server.createDatabase()
      connection = await pg.open(place.url, { projectDir: process.cwd() })
    }
    await connection.close()
    await place.drop()
    expect(Object.keys(files).length).toBeGreaterThan(100)
    expect(typeErrors(files)).toEqual([])
  })
})
