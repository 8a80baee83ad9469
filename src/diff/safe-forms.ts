/** The same plan in forms that do not block other sessions: indexes built concurrently, constraints validated afterwards. */
import type { Operation, OperationOf } from '../operations/kinds.ts'
import { spellName } from '../operations/fold/tokens.ts'
import { refText, tableKey } from '../schema/keys.ts'
import type { Index, Ref, Schema, Unique } from '../schema/model.ts'
import { hash } from '../util/hash.ts'

/**
 * Rewrites operations on tables that were there before them; those on new tables stay as they are. Partitioned tables keep
 * the short form: the server builds no index of theirs concurrently, and takes no foreign key NOT VALID.
 * A unique index that is replaced by another of its name stays in one transaction, since the rows must not be without it.
 */
export function safeForms(ops: readonly Operation[], before: Schema): readonly Operation[] {
  const old = (table: Ref | undefined): boolean => {
    const found = table === undefined ? undefined : before.objects.get(tableKey(table))
    return found?.kind === 'table' && found.partitionBy === undefined && found.partitionOf === undefined
  }
  const dropped = new Set(ops.flatMap((op) => (op.kind === 'dropTable' ? [refText(op.table)] : [])))
  const indexes = (kind: 'createIndex' | 'dropIndex'): Set<string> =>
    new Set(
      ops.flatMap((op) =>
        op.kind !== kind
          ? []
          : [op.kind === 'createIndex' ? refText({ ...op.table, name: op.index.name }) : refText(op.index)],
      ),
    )
  const [made, gone] = [indexes('createIndex'), indexes('dropIndex')]
  return ops.flatMap((op): readonly Operation[] => {
    switch (op.kind) {
      case 'createIndex': {
        const replaces = op.index.unique === true && gone.has(refText({ ...op.table, name: op.index.name }))
        return old(op.table) && !replaces && op.index.attachedTo === undefined ? [{ ...op, concurrently: true }] : [op]
      }
      case 'dropIndex': {
        const replaced = op.definition?.unique === true && made.has(refText(op.index))
        const stays = old(op.table) && !dropped.has(refText(op.table!))
        return stays && !replaced ? [{ ...op, concurrently: true }] : [op]
      }
      case 'createForeignKey':
      case 'createCheckConstraint':
        return validated(op, old)
      case 'createUniqueConstraint':
        return old(op.table) && op.usingIndex === undefined ? fromIndex(op) : [op]
      case 'alterColumn':
        return old(op.table) && op.changes.nullable === false && op.backfill === undefined ? notNull(op, before) : [op]
      default:
        return [op]
    }
  })
}

/** NOT VALID takes a lock for a moment, VALIDATE reads all rows under a lock that blocks neither reads nor writes: in a transaction of its own. */
function validated(
  op: OperationOf<'createForeignKey'> | OperationOf<'createCheckConstraint'>,
  old: (table: Ref) => boolean,
): readonly Operation[] {
  const { constraint, table } = op
  if (!old(table) || constraint.notValid === true || constraint.notEnforced === true || constraint.name === undefined)
    return [op]
  if (constraint.kind === 'foreignKey' && !old(constraint.references)) return [op]
  // One of the two kinds, with its own properties.
  const first = { ...op, constraint: { ...constraint, notValid: true } } as typeof op
  return [first, { kind: 'validateConstraint', table, name: constraint.name }]
}

/** The index is built concurrently, and becomes the constraint's. */
function fromIndex(op: OperationOf<'createUniqueConstraint'>): readonly Operation[] {
  const { name } = op.constraint
  if (name === undefined) return [op]
  const { columns, include, nullsNotDistinct, with: storage, tablespace }: Unique = op.constraint
  const index: Index = {
    name,
    elements: columns.map((column) => ({ column })),
    unique: true,
    ...(include === undefined ? {} : { include }),
    ...(nullsNotDistinct === undefined ? {} : { nullsNotDistinct }),
    ...(storage === undefined ? {} : { with: storage }),
    ...(tablespace === undefined ? {} : { tablespace }),
  }
  return [
    { kind: 'createIndex', table: op.table, index, concurrently: true },
    { ...op, usingIndex: name },
  ]
}

/** A validated check proves it, so that SET NOT NULL reads no row (PostgreSQL 12+). */
function notNull(op: OperationOf<'alterColumn'>, before: Schema): readonly Operation[] {
  const { table } = op
  const found = before.objects.get(tableKey(table))
  const { nullable, ...others } = op.changes
  const column = others.newColumnName ?? op.column
  if (found?.kind !== 'table' || found.columns.find((c) => c.name === op.column)?.nullable === false) return [op]
  const wish = `${table.name}_${column}_not_null`
  const taken = found.constraints.some((c) => c.name === wish)
  const name =
    !taken && Buffer.byteLength(wish) <= 63
      ? wish
      : `not_null_${hash('sha256', `${refText(table)}.${column}`).slice(0, 16)}`
  const constraint = { kind: 'check', name, sql: `${spellName(column)} IS NOT NULL` } as const
  const { nullable: was, ...wereOthers } = op.before ?? {}
  const rest = Object.keys(others).length === 0
  return [
    ...(rest ? [] : [{ ...op, changes: others, before: op.before === undefined ? undefined : wereOthers }]),
    { kind: 'createCheckConstraint', table, constraint: { ...constraint, notValid: true } },
    { kind: 'validateConstraint', table, name },
    {
      kind: 'alterColumn',
      table,
      column,
      changes: { nullable },
      ...(was === undefined ? {} : { before: { nullable: was } }),
    },
    { kind: 'dropConstraint', table, name, type: 'check', definition: constraint },
  ]
}
