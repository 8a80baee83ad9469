/** Where a step stands among the others, as the events of a run tell it. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import { runSteps } from '../../src/runtime/runner.ts'
import type { RevisionStep, RunOptions, StepEvent } from '../../src/runtime/types.ts'
import { id, line, settings, statement } from '../runtime/steps.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'

type Told = readonly [revision: string, phase: StepEvent['phase'], index: number, total: number]

describeLive('events', (server) => {
  let database: TestDatabase
  let connection: Connection
  beforeEach(async () => {
    database = await server.createDatabase()
    connection = await pg.open(database.url, { projectDir: process.cwd() })
  })
  afterEach(async () => {
    await connection.close()
    await database.drop()
  })

  const told = async (plan: RunOptions['plan'], more: Partial<RunOptions> = {}): Promise<readonly Told[]> => {
    const events: Told[] = []
    await runSteps({
      connection,
      dialect: postgres,
      settings,
      plan,
      onStep: (e) => events.push([e.revision, e.phase, e.index, e.total]),
      ...more,
    }).catch((error: { code?: string }) => {
      if (error.code !== 'DATABASE.STATEMENT') throw error
    })
    return events
  }
  const up = (i: number, sql = `CREATE TABLE t${i} (id integer)`) => [statement(sql)]
  const plan = line(4, (i) => up(i))
  /** Without looking at the schema, so that several are sent at once. */
  const ready: RunOptions['plan'] = async (heads) =>
    (await plan(heads)).map((step: RevisionStep) => ({
      ...step,
      ready: async () => [...(await step.statements!(undefined))],
    }))
  const failing = line(4, (i) => up(i, i === 3 ? 'SELECT 1/0' : undefined))
  const one = { settings: { ...settings, transactionPerMigration: false } }

  const inTurn: readonly Told[] = [0, 1, 2, 3].flatMap((i): Told[] => [
    [id(i + 1), 'start', i, 4],
    [id(i + 1), 'done', i, 4],
  ])
  const place = (events: readonly Told[]): readonly Told[] => events.toSorted((a, b) => a[2] - b[2])

  test('by itself, sent with others, and in one transaction, each step has its own place from start to end', async () => {
    expect(await told(plan)).toEqual(inTurn)
    await connection.script('DROP TABLE t1, t2, t3, t4, ambix_version, ambix_history')
    expect(await told(ready)).toEqual(inTurn)
    await connection.script('DROP TABLE t1, t2, t3, t4, ambix_version, ambix_history')
    expect(place(await told(plan, one))).toEqual(inTurn)
  })

  test('the place of the one that fails is its own, in one transaction too', async () => {
    expect((await told(failing)).at(-1)).toEqual([id(3), 'failed', 2, 4])
    await connection.script('DROP TABLE t1, t2, ambix_version, ambix_history')
    expect((await told(failing, one)).at(-1)).toEqual([id(3), 'failed', 2, 4])
  })

  test('where another deployer was faster, the rest is counted after what this run did', async () => {
    const other = await pg.open(database.url, { projectDir: process.cwd() })
    let once = true
    const overtaken: RunOptions['plan'] = async (heads) =>
      (await line(6, (i) => up(i))(heads)).map((step) => ({
        ...step,
        statements: async () => {
          if (step.revision === id(4) && once) {
            once = false
            await runSteps({ connection: other, dialect: postgres, settings, plan })
          }
          return step.statements!(undefined)
        },
      }))
    const events = await told(overtaken)
    await other.close()
    expect(events.filter(([, phase]) => phase === 'done')).toEqual([
      [id(1), 'done', 0, 6],
      [id(2), 'done', 1, 6],
      [id(3), 'done', 2, 6],
      [id(5), 'done', 3, 5],
      [id(6), 'done', 4, 5],
    ])
  })
})
