/** Chains of revisions for tests of the runtime: ids r1 … rn, each with its statements both ways. */
import type { Statement } from '../../src/dialects/dialect.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import type { PlanSteps, RevisionStep, RuntimeSettings } from '../../src/runtime/types.ts'

export const settings: RuntimeSettings = {
  versionTable: 'ambix_version',
  transactionPerMigration: true,
  lockWaitMs: 60_000,
  actor: 'tester@here',
  toolVersion: '0.0.0-test',
}

export const statement = (sql: string, more: Partial<Statement> = {}): Statement => ({
  sql,
  transaction: 'inside',
  hazards: [],
  source: { kind: 'execute', sql } satisfies Operation,
  ...more,
})

export const id = (i: number): string => `r${String(i).padStart(4, '0')}`

/** Plans from whatever head there is to revision number `target` of a line. */
export function line(
  target: number,
  up: (i: number) => readonly Statement[],
  down: (i: number) => readonly Statement[] = () => [],
): PlanSteps {
  return (heads) => {
    const at = heads.length === 0 ? 0 : Number(heads[0]!.slice(1))
    const steps: RevisionStep[] = []
    for (let i = at + 1; i <= target; i++) {
      steps.push({
        revision: id(i),
        direction: 'upgrade',
        message: `number ${i}`,
        down: i === 1 ? [] : [id(i - 1)],
        edits: [i === 1 ? { kind: 'insert', to: id(1) } : { kind: 'update', from: id(i - 1), to: id(i) }],
        checksum: `sum${i}`,
        statements: () => up(i),
      })
    }
    for (let i = at; i > target; i--) {
      steps.push({
        revision: id(i),
        direction: 'downgrade',
        message: `number ${i}`,
        down: i === 1 ? [] : [id(i - 1)],
        edits: [i === 1 ? { kind: 'delete', from: id(1) } : { kind: 'update', from: id(i), to: id(i - 1) }],
        statements: () => down(i),
      })
    }
    return steps
  }
}
