/** Checks that list labels like an enum (specs/enums.md S11): rows get their new labels between the old check and the new one. */
import { columnKey } from '../../schema/keys.ts'
import type { Check, Table } from '../../schema/model.ts'
import { checkLabels } from '../compare/labels.ts'
import { literal, name, refName } from '../model/quote.ts'
import { rank, type Step } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'
import { refOfTable } from '../compare/tables.ts'

/** The checks of a table that list labels of one of its columns, by column; the first where there are several. */
export function disguised(
  table: Table,
): ReadonlyMap<string, { readonly check: Check; readonly labels: readonly string[] }> {
  const out = new Map<string, { readonly check: Check; readonly labels: readonly string[] }>()
  for (const check of table.constraints) {
    if (check.kind !== 'check') continue
    const found = checkLabels(check.sql)
    if (found !== undefined && table.columns.some((c) => c.name === found.column) && !out.has(found.column)) {
      out.set(found.column, { check, labels: found.labels })
    }
  }
  return out
}

/** One UPDATE a column whose labels the user renamed or remapped. */
export function labelRemapSteps(plan: Planning): readonly Step[] {
  const steps: Step[] = []
  for (const [key, remap] of plan.options.knowledge.columnRemap) {
    const [found, later] = [plan.sides.fromParts.columns.get(key), plan.sides.toParts.columns.get(key)]
    if (found === undefined || later === undefined || Object.keys(remap).length === 0) continue
    const isText = /^(text|varchar|char|citext)$/
    // Text that becomes an enum gets its new labels in the conversion itself.
    if (!isText.test(found.part.type.kind) || !isText.test(later.part.type.kind)) continue
    const old = disguised(found.table).get(found.part.name)
    const column = name(found.part.name)
    const whens = Object.entries(remap).map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`)
    const labels = Object.keys(remap).map(literal).join(', ')
    const narrower =
      later.part.type.length !== undefined && (found.part.type.length ?? Infinity) > later.part.type.length
    const column_ = columnKey(found.table, found.part.name)
    steps.push({
      op: {
        kind: 'execute',
        allRows: true,
        sql: `UPDATE ${refName(refOfTable(later.table))} SET ${column} = CASE ${column} ${whens.join(' ')} END WHERE ${column} IN (${labels})`,
      },
      rank: rank.data,
      // Wider first, narrower later; the old check is dropped by then, the new one is added after it.
      ...(narrower ? { frees: [column_] } : { needs: [column_] }),
      alters: [column_],
      after: plan.steps.filter(
        (s) =>
          s.op.kind === 'dropConstraint' &&
          old !== undefined &&
          s.op.name === old.check.name &&
          refName(s.op.table) === refName(refOfTable(found.table)),
      ),
    })
  }
  return steps
}
