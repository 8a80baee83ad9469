/** How a sequence changes whose owner changes with it. */
import { append } from '../../util/append.ts'
import { columnKey, tableKey } from '../../schema/keys.ts'
import type { Sequence } from '../../schema/model.ts'
import { equalBut } from '../compare/equal.ts'
import { rank, type Step } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'
import { describeSteps, ownerOf } from '../steps/targets.ts'

/** OWNED BY is an operation of its own: the owner's default may need the sequence. */
export function changeSequence(plan: Planning, key: string, from: Sequence, to: Sequence): void {
  const { ownedBy: _, owner: __, ...bare } = to
  const rest: Sequence = from.owner === undefined ? bare : { ...bare, owner: from.owner }
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
  const described = describeSteps(from, to, key, plan.options)
  // A sequence that a column owns has the owner of its table: another one can be set only while no column owns it.
  const leaves =
    from.ownedBy !== undefined && (to.ownedBy === undefined || described.some((s) => s.op.kind === 'setOwner'))
  const free: Step = {
    op: { kind: 'alterSequence', sequence: rest, before: changed },
    rank: rank.addForeignKey,
    frees: owner(from),
    needs: [key],
  }
  if (leaves) plan.steps.push(free)
  if (to.ownedBy !== undefined)
    plan.steps.push({
      op: {
        kind: 'alterSequence',
        sequence: { ...(leaves ? rest : changed), ownedBy: to.ownedBy },
        before: leaves ? rest : changed,
      },
      rank: rank.addForeignKey,
      ...(leaves ? {} : { frees: owner(from) }),
      needs: [key, ownerOf(key), ...owner(to), ...owner(to).map(ownerOf)],
    })
  append(
    plan.steps,
    described.map((step) => (leaves ? { ...step, after: [free] } : step)),
  )
}
