/** Sequences that are created for columns with rows: each starts after the existing values. */
import { columnKey, refText, tableKey } from '../../schema/keys.ts'
import { counted } from '../../schema/counted.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { Column, Ref, Sequence, SequenceOptions, Table } from '../../schema/model.ts'
import { isTable } from '../graph/dependants.ts'
import { sequenceOf } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import type { Planning } from './context.ts'
import { literal, name, refName } from '../model/quote.ts'
import { refOfTable } from '../compare/tables.ts'

const whole = /^(?:smallint|integer|bigint)$/

/** One statement per sequence and column. Serial and identity columns get their own counter from the operation that creates them. */
export function counterSteps(plan: Planning): readonly Step[] {
  const made = new Map<string, Sequence>()
  for (const [key, object] of plan.to.objects) if (object.kind === 'sequence' && !plan.stays(key)) made.set(key, object)
  if (made.size === 0) return []
  const uses = new Map<string, { readonly table: Table; readonly column: Column }[]>()
  for (const table of plan.to.objects.values()) {
    if (!isTable(table) || !keepsRows(plan, table)) continue
    for (const column of table.columns) {
      const sequence = column.default?.kind === 'sql' ? sequenceOf(column.default.sql) : undefined
      if (sequence === undefined || !made.has(sequence) || !whole.test(column.type.kind)) continue
      if (plan.sides.fromParts.columns.get(columnKey(table, column.name))?.part.generated !== undefined) continue
      // A parent's rows include those of its partitions and children.
      if (column.inherited === true || !plan.sides.fromParts.columns.has(columnKey(table, column.name))) continue
      uses.set(sequence, [...(uses.get(sequence) ?? []), { table, column }])
    }
  }
  return [...uses].flatMap(([key, list]) =>
    list.flatMap(({ table, column }): readonly Step[] => {
      const sequence = made.get(key)!
      const text = literal(refName(sequence))
      const sql = counted(name(column.name), sequence).set(text, refName(refOfTable(table)))
      // Of several columns, the highest value decides.
      const ahead =
        list.length === 1 ? '' : ` AND ${farthest(sequence, column)} (SELECT last_value FROM ${refName(sequence)})`
      const step: Step = {
        op: { kind: 'execute', sql: `${sql}${ahead}`, allRows: true },
        rank: rank.data,
        needs: [key, columnKey(table, column.name), `rows of ${refText(table)}`],
      }
      const kept = plan.counters.get(columnKey(table, column.name))
      return kept === undefined ? [step] : [step, kept.follow([step])]
    }),
  )
}

/** Numbers the rows of a table and of its children that have no value in a column, as its counter would have. */
export function numberRows(table: Ref, column: string, counter: SequenceOptions): Operation {
  const [of, to] = [refName(table), name(column)]
  const step = BigInt(counter.increment ?? 1)
  const first = BigInt(counter.start ?? (step < 0n ? (counter.max ?? -1) : (counter.min ?? 1)))
  const from = `(SELECT ${step < 0n ? `least(min(${to})` : `greatest(max(${to})`} + ${step}, ${first}) FROM ${of})`
  return {
    kind: 'execute',
    sql:
      `UPDATE ${of} AS t SET ${to} = n.value FROM (SELECT tableoid AS part, ctid AS place, ` +
      `${from} + ${step} * (row_number() OVER (ORDER BY tableoid, ctid) - 1) AS value FROM ${of} WHERE ${to} IS NULL) AS n ` +
      `WHERE t.tableoid = n.part AND t.ctid = n.place`,
    allRows: true,
  }
}

const farthest = (sequence: Sequence, column: Column): string =>
  BigInt(sequence.increment ?? 1) < 0n ? `min(${name(column.name)}) <` : `max(${name(column.name)}) >`

/** The table is on both sides, or is recreated with its rows. */
function keepsRows(plan: Planning, table: Table): boolean {
  const key = tableKey(table)
  if (!plan.from.objects.has(key)) return false
  return !plan.isDropped(key) || plan.closure.aside.partitioned.has(key)
}
