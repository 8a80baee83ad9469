/** What an index has beside its definition: its comment, and that CLUSTER uses it. */
import type { Operation } from '../../operations/kinds.ts'
import { indexKeyOf, tableKey } from '../../schema/keys.ts'
import type { Index, Table } from '../../schema/model.ts'
import { equal } from '../compare/equal.ts'
import { refOfTable } from '../compare/tables.ts'
import { sameSchema } from '../graph/needs.ts'
import { rank } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'

/** From one index to the other of the same name; `from` is absent where it comes with its parent's or with its table. Said once. */
export function indexExtras(
  plan: Planning,
  table: Table,
  to: Index,
  from?: { readonly table: Table; readonly index: Index },
): void {
  const at = refOfTable(table)
  const said = (found: (op: Operation) => boolean): boolean => plan.steps.some(({ op }) => found(op))
  const tell = (op: Operation): void =>
    void plan.steps.push({ op, rank: rank.describe, needs: [tableKey(table), indexKeyOf(table, to.name)] })
  const on = { kind: 'index', ...sameSchema(table, to.name) }
  const [before, comment] = [from?.index.comment ?? null, to.comment ?? null]
  if (before !== comment && !said((op) => op.kind === 'comment' && equal(op.on, on)))
    tell({ kind: 'comment', on, comment, before })
  if (from?.index.clustered === to.clustered) return
  if (to.clustered !== true && table.indexes.some((i) => i.clustered === true)) return
  const clusterOn = to.clustered === true ? to.name : null
  const had = from?.table.indexes.find((i) => i.clustered === true)?.name ?? null
  if (!said((op) => op.kind === 'alterTable' && op.changes.clusterOn === clusterOn && equal(op.table, at)))
    tell({ kind: 'alterTable', table: at, changes: { clusterOn }, before: { clusterOn: had } })
}
