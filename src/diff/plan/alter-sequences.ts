/** How a sequence changes whose owner changes with it. */
import { columnKey, tableKey } from '../../schema/keys.ts'
import type { Sequence } from '../../schema/model.ts'
import { equalBut } from '../compare/equal.ts'
import { rank } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'
import { describeSteps } from '../steps/targets.ts'

/** OWNED BY is an operation of its own: the owner's default may need the sequence. */
export function changeSequence(plan: Planning, key: string, from: Sequence, to: Sequence): void {
  const { ownedBy: _, ...rest } = to
  const changed: Sequence = from.ownedBy === undefined ? rest : { ...rest, ownedBy: from.ownedBy }
  if (!equalBut(from, to, 'ownedBy', 'comment', 'owner', 'grants')) {
    plan.steps.push({
      op: { kind: 'alterSequence', sequence: changed, before: from },
      rank: rank.alterTable,
      alters: [key],
    })
  }
  const owner = (s: Sequence): readonly string[] =>
    s.ownedBy === undefined ? [] : [columnKey(s.ownedBy.table, s.ownedBy.column), tableKey(s.ownedBy.table)]
  plan.steps.push(
    {
      op: { kind: 'alterSequence', sequence: to, before: changed },
      rank: rank.addForeignKey,
      frees: owner(from),
      needs: [key, ...owner(to)],
    },
    ...describeSteps(from, to, key, plan.options),
  )
}
