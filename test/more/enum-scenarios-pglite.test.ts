/** The 77 enum scenarios on the embedded PostgreSQL, through the command functions: up, compare, down, compare, up again. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import type { Hint } from '../../src/diff/model/types.ts'
import { isAmbixError } from '../../src/errors.ts'
import { catalogLines, catalogSql, dataSteps, hintsOf, project, type Scenario } from '../support/acceptance.ts'
import { emptyDatabase, testPglite } from '../support/pglite.ts'

const scenarios = JSON.parse(
  readFileSync(new URL('../fixtures/enum-scenarios.json', import.meta.url), 'utf8'),
) as readonly Scenario[]

async function catalog(): Promise<string[]> {
  const db = await testPglite()
  const [path] = await db.values('SHOW search_path')
  const query = catalogSql.slice(catalogSql.indexOf('WITH'))
  await db.script('SET search_path = pg_catalog')
  try {
    return catalogLines((await db.values(query)).map((row) => row[0] ?? ''))
  } finally {
    await db.script(`SET search_path = ${path?.[0] ?? 'public'}`)
  }
}

test.each(scenarios.map((s) => [s.id, s.title, s] as const))('%s %s', { timeout: 60_000 }, async (_, __, scenario) => {
  const db = await testPglite()
  await emptyDatabase(db)
  await db.script(scenario.after_schema)
  const goal = await catalog()
  await emptyDatabase(db)
  await db.script(scenario.before_schema)
  if (scenario.rows !== null) await db.script(scenario.rows)
  const start = await catalog()
  const cli = project('pglite://memory', scenario.wanted_schema ?? scenario.after_schema)
  try {
    const config = { file: join(cli.dir, 'ambix.config.json') }
    const common = { cwd: cli.dir, connection: db }
    const made = revision(config, {
      ...common,
      autogenerate: true,
      message: 'change',
      revId: 'c1',
      hints: hintsOf(scenario) as readonly Hint[],
    })
    if (scenario.expect.must_refuse === true) {
      await expect(made).rejects.toSatisfy((e) => isAmbixError(e))
      expect(await catalog()).toEqual(start)
      return
    }
    const [result] = await made
    if (scenario.expect.empty_diff === true) return expect(result?.file).toBeUndefined()
    await upgrade(config, 'head', common)
    expect(await catalog()).toEqual(goal)
    for (const sql of dataSteps(scenario)) await db.script(sql)
    for (const v of scenario.verify_up ?? []) expect((await db.values(v.sql))[0]?.[0]).toBe(v.equals)
    await downgrade(config, 'base', common)
    if (scenario.expect.down_compare !== false) expect(await catalog()).toEqual(start)
    for (const v of scenario.verify_down ?? []) expect((await db.values(v.sql))[0]?.[0]).toBe(v.equals)
    await upgrade(config, 'head', common)
    expect(await catalog()).toEqual(goal)
  } finally {
    cli.close()
  }
})
