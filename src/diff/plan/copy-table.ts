/** Tables that must be recreated though their rows are to stay: partitioned by a column whose type is swapped (specs/enums.md S15). */
import { columnKey, refText, tableKey, typeKey } from '../../schema/keys.ts'
import { counted, followNote, noteCounter } from '../../schema/counted.ts'
import type { Column, ColumnType, Table } from '../../schema/model.ts'
import { literal, name, refName } from '../model/quote.ts'
import { rank, type Step } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { partsOf, sameSchema } from '../graph/needs.ts'
import { impliedSequence } from '../steps/object-operations.ts'
import { isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'

/** Rows are copied to a table of ambix's own; the table and its partitions are dropped, recreated, and filled again. */
export function copySteps(plan: Planning): readonly Step[] {
  const steps: Step[] = []
  let settings = 0
  for (const key of plan.closure.aside.partitioned) {
    const [from, to] = [plan.from.objects.get(key), plan.to.objects.get(key)]
    if (!isTable(from) || !isTable(to)) continue
    plan.closure.drop(key)
    // The rows of a partition are among those of the table above it, which are copied as well.
    if (isCopiedAbove(plan, from)) continue
    const held = {
      ...(from.schema === undefined ? {} : { schema: from.schema }),
      name: `ambix_rows_of_${from.name}`.slice(0, 50),
    }
    const columns = to.columns.filter(
      (c) => c.generated === undefined && from.columns.some((f) => f.name === c.name && f.generated === undefined),
    )
    // No column can be kept: the rows are lost.
    if (columns.length === 0) continue
    const names = columns.map((c) => name(c.name)).join(', ')
    const was = (c: Column): Column => from.columns.find((f) => f.name === c.name)!
    const save: Step = {
      op: {
        kind: 'execute',
        allRows: true,
        sql: `CREATE TABLE ${refName(held)} AS SELECT ${columns.map((c) => saved(was(c), c)).join(', ')} FROM ${refName(from)}`,
      },
      rank: rank.dropDependant,
      frees: partsOf(from),
    }
    const converted = columns.flatMap((c): Step[] => {
      const [before, type] = [waiting(was(c), c), plainType(c.type)]
      if (typeKey(c.type) !== undefined || equal(before, type)) return []
      return [
        {
          op: { kind: 'alterColumn', table: held, column: c.name, changes: { type }, before: { type: before } },
          rank: rank.data,
          after: [save],
        },
      ]
    })
    const always = to.columns.some((c) => c.identity?.generation === 'always')
    const values = columns.map((c) => restored(plan, c)).join(', ')
    const restore: Step = {
      op: {
        kind: 'execute',
        allRows: true,
        sql: `INSERT INTO ${refName(to)} (${names}) ${always ? 'OVERRIDING SYSTEM VALUE ' : ''}SELECT ${values} FROM ${refName(held)}`,
      },
      rank: rank.data,
      // Foreign keys, indexes and views that are created after the table wait for its rows; its partitions must exist before.
      alters: [...to.columns.map((c) => columnKey(to, c.name)), `rows of ${refText(to)}`],
      needs: [key, ...partitionsOf(plan, to)],
      after: [save, ...converted],
    }
    const counters = to.columns.filter((c) => c.identity !== undefined || c.type.kind.endsWith('serial'))
    const catchUps = counters.flatMap((c): readonly Step[] => {
      const sequence = `pg_get_serial_sequence(${literal(refName(to))}, ${literal(c.name)})`
      const behindRows: Step = {
        op: {
          kind: 'execute',
          allRows: true,
          sql: counted(name(c.name), c.identity ?? {}).set(sequence, refName(to)),
        },
        rank: rank.data,
        after: [restore],
      }
      const old = from.columns.find((f) => f.name === c.name)
      const implied = old === undefined ? undefined : impliedSequence(from, old)
      if (implied === undefined) return [behindRows]
      // The old counter may be past the value of any row.
      const setting = `ambix.rows_${++settings}`
      const ref = refName(sameSchema(from, implied))
      const now = refName(sameSchema(to, impliedSequence(to, c)!))
      const note: Step = {
        op: { kind: 'execute', sql: noteCounter(setting, ref, old?.identity ?? {}) },
        rank: rank.dropDependant,
        frees: partsOf(from),
      }
      const follow: Step = {
        op: { kind: 'execute', sql: followNote(setting, now, literal(now), c.identity ?? {}) },
        rank: rank.data,
        after: [note, behindRows],
      }
      return [note, behindRows, follow]
    })
    const cleared: Step = {
      op: { kind: 'execute', sql: `DROP TABLE ${refName(held)}` },
      rank: rank.data,
      after: [restore, ...catchUps],
    }
    steps.push(save, ...converted, restore, ...catchUps, cleared)
  }
  return steps
}

function isCopiedAbove(plan: Planning, { partitionOf }: Table): boolean {
  if (partitionOf === undefined) return false
  const key = tableKey(partitionOf.parent)
  const above = plan.from.objects.get(key)
  return plan.closure.aside.partitioned.has(key) || (isTable(above) && isCopiedAbove(plan, above))
}

function partitionsOf(plan: Planning, table: Table): readonly string[] {
  const keys: string[] = []
  for (const [key, object] of plan.to.objects) {
    if (isTable(object) && parentsOf(object).some((p) => tableKey(p) === tableKey(table)))
      keys.push(key, ...partitionsOf(plan, object))
  }
  return keys
}

/** Values of a user's type wait as text, since the type may be another by then. */
function waiting(from: Column, to: Column): ColumnType {
  if (typeKey(from.type) === undefined && typeKey(to.type) === undefined) return plainType(from.type)
  return from.type.kind === 'array' ? { kind: 'array', element: { kind: 'text' } } : { kind: 'text' }
}

/** A serial column's values are whole numbers. */
function plainType(type: ColumnType): ColumnType {
  const number = { serial: 'integer', bigserial: 'bigint', smallserial: 'smallint' }[type.kind]
  return number === undefined ? type : { kind: number }
}

function saved(from: Column, to: Column): string {
  if (typeKey(from.type) === undefined && typeKey(to.type) === undefined) return name(from.name)
  return `${name(from.name)}::text${from.type.kind === 'array' ? '[]' : ''} AS ${name(from.name)}`
}

function restored(plan: Planning, column: Column): string {
  const key = typeKey(column.type)
  if (key === undefined) return name(column.name)
  const ref = column.type.kind === 'array' ? column.type.element! : column.type
  const type = refName(ref.schema === undefined ? { name: ref.name! } : { schema: ref.schema, name: ref.name! })
  const remap = Object.entries(plan.options.knowledge.remap.get(key) ?? {})
  const text = name(column.name)
  if (column.type.kind === 'array') return `${text}::${type}[]`
  if (remap.length === 0) return `${text}::${type}`
  return `(CASE ${text} ${remap.map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`).join(' ')} ELSE ${text} END)::${type}`
}
