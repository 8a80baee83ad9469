/** The operations that attach a partition to its parent and detach it. */
import { refText, tableKey } from '../../schema/keys.ts'
import type { Constraint, Index, SchemaObject, Table } from '../../schema/model.ts'
import { partitionIndexName, partitionKeyName } from '../../schema/resolve/naming.ts'
import {
  define,
  type InSchema,
  operation,
  refInput,
  type RefInput,
  refOf,
  sqlOf,
  type SqlText,
  textOf,
} from '../define.ts'
import { editTable, without } from '../fold/draft.ts'
import { checkName, checkOptions, unknownObject } from '../invalid.ts'
import { flag, optionsOf, ref } from '../plain.ts'

export const attachPartition = define('attachPartition', {
  create(table: string, partition: RefInput, bound: SqlText, options: InSchema = {}) {
    checkName('attachPartition', 'the name of the table', table)
    checkOptions('attachPartition', options, ['schema'])
    return operation({
      kind: 'attachPartition',
      table: ref(table, options.schema),
      partition: refOf(partition),
      bound: textOf('attachPartition', 'the bound', bound),
    })
  },
  args: (op) => [op.table.name, refInput(op.partition), sqlOf(op.bound), optionsOf({ schema: op.table.schema })],
  reverse: (op) => ({ kind: 'detachPartition', table: op.table, partition: op.partition, bound: op.bound }),
  apply: (draft, op) =>
    editTable(draft, 'attachPartition', op.partition, (t) => ({
      ...t,
      partitionOf: { parent: op.table, bound: op.bound },
    })),
  footprint: (op) => ({ reads: [], writes: [tableKey(op.table), tableKey(op.partition)] }),
})

/** Keys that a partition got with its parent's stay with it as its own, under the names that PostgreSQL gave them. */
function keysOfItsOwn(parent: SchemaObject | undefined, table: Table): readonly Constraint[] {
  if (parent?.kind !== 'table') return []
  return parent.constraints.flatMap((c): readonly Constraint[] => {
    if (c.kind !== 'primaryKey' && c.kind !== 'unique') return []
    if (table.constraints.some((own) => own.kind === c.kind && sameList(own.columns, c.columns))) return []
    return [{ ...c, name: partitionKeyName(table.name, c) }]
  })
}

/**
 * Indexes that a partition got with its parent's stay with it as its own. Operations that gave it some have said so; a part that
 * came by itself, with the attachment, has the name that PostgreSQL gives it.
 */
function indexesOfItsOwn(parent: SchemaObject | undefined, table: Table): readonly Index[] {
  const own = table.indexes.map((index) => without(index, 'attachedTo'))
  if (parent?.kind !== 'table') return own
  const parts = parent.indexes.flatMap((index): readonly Index[] => {
    const name = partitionIndexName(table.name, index)
    if (name === undefined || own.some((i) => i.name === name || sameList(keysOf(i), keysOf(index)))) return []
    return [{ ...without(without(index, 'attachedTo'), 'only'), name }]
  })
  return [...own, ...parts]
}

const keysOf = (index: Index): readonly string[] => index.elements.map((e) => e.column ?? e.expression ?? '')

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

export interface DetachPartitionOptions extends InSchema {
  /** As it was, for the downgrade. */
  readonly bound?: SqlText
  readonly concurrently?: boolean
}

export const detachPartition = define('detachPartition', {
  create(table: string, partition: RefInput, options: DetachPartitionOptions = {}) {
    checkName('detachPartition', 'the name of the table', table)
    checkOptions('detachPartition', options, ['schema', 'bound', 'concurrently'])
    return operation({
      kind: 'detachPartition',
      table: ref(table, options.schema),
      partition: refOf(partition),
      bound: options.bound === undefined ? undefined : textOf('detachPartition', 'the bound', options.bound),
      concurrently: flag(options.concurrently),
    })
  },
  args: (op) => [
    op.table.name,
    refInput(op.partition),
    optionsOf<DetachPartitionOptions>({
      schema: op.table.schema,
      bound: op.bound === undefined ? undefined : sqlOf(op.bound),
      concurrently: op.concurrently,
    }),
  ],
  reverse: (op) =>
    op.bound === undefined
      ? undefined
      : { kind: 'attachPartition', table: op.table, partition: op.partition, bound: op.bound },
  apply(draft, op) {
    editTable(draft, 'detachPartition', op.partition, (t) => {
      if (t.partitionOf === undefined && !draft.blind)
        throw unknownObject('detachPartition', `partition ${refText(op.partition)} of table ${refText(op.table)}`)
      const parent = draft.objects.get(tableKey(op.table))
      const keys = keysOfItsOwn(parent, t)
      return {
        ...without(t, 'partitionOf'),
        constraints: [...t.constraints, ...keys],
        indexes: indexesOfItsOwn(parent, t),
      }
    })
  },
  footprint: (op) => ({ reads: [], writes: [tableKey(op.table), tableKey(op.partition)] }),
})
