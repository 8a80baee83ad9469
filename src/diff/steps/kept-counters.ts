/** Counters that replace others on the same column: the new one continues where the old one was, not only after the highest row. */
import { columnKey, sequenceKey } from '../../schema/keys.ts'
import { followNote, noteCounter } from '../../schema/counted.ts'
import type { Column, Ref, Schema, Sequence, SequenceOptions, Table } from '../../schema/model.ts'
import { literal, refName } from '../model/quote.ts'
import { sameSchema, sequenceOf } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import { impliedSequence } from './object-operations.ts'
import type { KeptCounter, Planning } from './context.ts'

interface Counter {
  readonly ref: Ref
  /** The sequence, where it is an object of its own. */
  readonly own: Sequence | undefined
  readonly options: SequenceOptions
}

function counterOf(schema: Schema, table: Table, column: Column): Counter | undefined {
  const implied = impliedSequence(table, column)
  if (implied !== undefined) return { ref: sameSchema(table, implied), own: undefined, options: column.identity ?? {} }
  const key = column.default?.kind === 'sql' ? sequenceOf(column.default.sql) : undefined
  const sequence = key === undefined ? undefined : schema.objects.get(key)
  return sequence?.kind === 'sequence'
    ? { ref: sameSchema(sequence, sequence.name), own: sequence, options: sequence }
    : undefined
}

/** Keeps the count of a column whose counter is another afterwards; undefined where one operation on the column does so. */
export function keptCounter(plan: Planning, had: Table, from: Column, has: Table, to: Column): KeptCounter | undefined {
  const [old, now] = [counterOf(plan.from, had, from), counterOf(plan.to, has, to)]
  if (old === undefined || now === undefined || (old.own === undefined && now.own === undefined)) return undefined
  if (old.own !== undefined && now.own !== undefined && refName(old.ref) === refName(now.ref)) return undefined
  const setting = `ambix.counter_${plan.counters.size + 1}`
  const key = sequenceKey(old.ref)
  const frees = old.own === undefined ? [] : [key]
  const note: Step = {
    op: { kind: 'execute', sql: noteCounter(setting, refName(old.ref), old.options) },
    rank: rank.dropDependant,
    frees,
  }
  const first: Step[] = [note]
  const owner = old.own?.ownedBy
  // In a column with two sequences the older one would be found.
  if (old.own !== undefined && now.own === undefined && owner?.column === from.name) {
    const { ownedBy: _, ...alone } = old.own
    first.push({
      op: { kind: 'alterSequence', sequence: alone, before: old.own },
      rank: rank.dropDependant,
      alters: [key],
      frees,
      after: [note],
    })
  }
  const kept: KeptCounter = {
    first,
    follow: (after) => ({
      op: { kind: 'execute', sql: followNote(setting, refName(now.ref), literal(refName(now.ref)), now.options) },
      rank: rank.data,
      after: [note, ...after],
    }),
  }
  plan.counters.set(columnKey(has, to.name), kept)
  return kept
}
