/** A plan that is written to the journal and read again is the plan that it was (issue 10.2). */
import { expect, test } from 'vitest'
import { planUnits } from '../../src/runtime/plan.ts'
import { readPlan, storePlan } from '../../src/runtime/stored-plan.ts'
import { statement } from './steps.ts'

const values = [
  null,
  true,
  1.5,
  Number.NaN,
  -Infinity,
  12345678901234567890n,
  new Date(0),
  Buffer.from([0, 255]),
  ['a', [undefined, 'b']],
  { $: 'date', v: 1, inner: { $: 'x' } },
  'a\u0000\u2028"',
]

test('values of every kind come back, and units are cut as they were', () => {
  const units = planUnits([
    statement('INSERT INTO t VALUES ($1)', { params: values.map((v) => [v]) }),
    statement('CREATE INDEX CONCURRENTLY i ON t (a)', {
      transaction: 'alone',
      probe: { sql: 'SELECT 1', undo: 'DROP' },
    }),
    statement('UPDATE t SET a = 1', { transaction: 'alone', own: true, refuseIf: 'SELECT 2' }),
  ])
  expect(readPlan(storePlan(units)!, [])).toEqual(units)
})

test('functions are those that the file records now, and what is none of ours is no plan', () => {
  const run = async (): Promise<void> => {}
  const op = { kind: 'run', run, down: undefined, description: undefined } as const
  const units = planUnits([statement('', { run, source: op, transaction: 'commit-after' }), statement('SELECT 1')])
  const read = readPlan(storePlan(units)!, [op])
  expect(read?.[0]?.statements[0]?.run).toBe(run)
  expect(readPlan(storePlan(units)!, [])).toBeUndefined()
  for (const text of ['', '{}', '[]', '{"operations":[],"statements":[{"operation":3}]}'])
    expect(readPlan(text, [])).toBeUndefined()
})
