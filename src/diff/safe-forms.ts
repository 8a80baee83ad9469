/** The same plan in forms that do not block other sessions: indexes built concurrently, constraints validated and rows filled afterwards. */
import type { ColumnChanges, Operation, OperationOf } from '../operations/kinds.ts'
import { spellName } from '../operations/fold/tokens.ts'
import { refText, sameRef, tableKey } from '../schema/keys.ts'
import type { Index, Ref, Schema, Table } from '../schema/model.ts'
import { hash } from '../util/hash.ts'

export interface SafeOptions {
  /** Whether the table is one whose other sessions must not wait. */
  meant(table: Ref): boolean
  /** Whether the server would write every row of the table for this operation. */
  rewrites(op: Operation): boolean
}

/**
 * Rewrites operations on tables that were there before them; those on new tables stay as they are. Partitioned tables keep
 * the short form: the server builds no index of theirs concurrently, and takes no foreign key NOT VALID.
 * A unique index that is replaced by another of its name stays in one transaction, since the rows must not be without it.
 */
export function safeForms(ops: readonly Operation[], before: Schema, options: SafeOptions): readonly Operation[] {
  const known = (table: Ref): Table | undefined => {
    const found = before.objects.get(tableKey(table))
    return found?.kind === 'table' && options.meant(table) ? found : undefined
  }
  const old = (table: Ref | undefined): boolean => {
    const found = table === undefined ? undefined : known(table)
    return found !== undefined && found.partitionBy === undefined && found.partitionOf === undefined
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
      case 'createPrimaryKey':
        return old(op.table) && op.usingIndex === undefined ? fromIndex(op, before, ops) : [op]
      case 'alterColumn':
        return old(op.table) && op.changes.nullable === false && op.backfill === undefined ? notNull(op, before) : [op]
      case 'addColumn':
        return old(op.table) && isSplit(op, known(op.table)!) && options.rewrites(op) ? split(op) : [op]
      default:
        return [op]
    }
  })
}

/** A column with a default of its own for each row, on a table whose rows can be walked by a key. */
const isSplit = ({ column, backfill }: OperationOf<'addColumn'>, table: Table): boolean =>
  backfill === undefined &&
  column.default?.kind === 'sql' &&
  column.generated === undefined &&
  column.identity === undefined &&
  column.type.kind !== 'domain' &&
  table.constraints.some((c) => c.kind === 'primaryKey')

/** The column is added empty, rows to come get the default, those that are there are filled in batches. */
function split(op: OperationOf<'addColumn'>): readonly Operation[] {
  const { table, column } = op
  const { default: preset, ...bare } = column
  if (preset?.kind !== 'sql') return [op]
  const name = spellName(column.name)
  const filled: readonly Operation[] = [
    { ...op, column: { ...bare, nullable: true } },
    { kind: 'alterColumn', table, column: column.name, changes: { default: preset }, before: { default: null } },
    { kind: 'backfill', table, set: { [column.name]: preset.sql }, where: `${name} IS NULL`, down: {} },
  ]
  return column.nullable
    ? filled
    : [...filled, ...provenNotNull(table, column.name, constraintName(table, column.name))]
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

/** The index is built concurrently, and becomes the constraint's. The columns of a key must hold no nulls by then. */
function fromIndex(
  op: OperationOf<'createUniqueConstraint'> | OperationOf<'createPrimaryKey'>,
  before: Schema,
  ops: readonly Operation[],
): readonly Operation[] {
  const { name, columns, include, with: storage, tablespace } = op.constraint
  if (name === undefined) return [op]
  const nulls = op.constraint.kind === 'unique' ? op.constraint.nullsNotDistinct : undefined
  const index: Index = {
    name,
    elements: columns.map((column) => ({ column })),
    unique: true,
    ...(include === undefined ? {} : { include }),
    ...(nulls === undefined ? {} : { nullsNotDistinct: nulls }),
    ...(storage === undefined ? {} : { with: storage }),
    ...(tablespace === undefined ? {} : { tablespace }),
  }
  const found = before.objects.get(tableKey(op.table))
  const maybeNull = (column: string): boolean =>
    op.kind === 'createPrimaryKey' &&
    found?.kind === 'table' &&
    found.columns.find((c) => c.name === column)?.nullable === true &&
    !ops.some(
      (o) =>
        o.kind === 'alterColumn' &&
        o.changes.nullable === false &&
        sameRef(o.table, op.table) &&
        (o.changes.newColumnName ?? o.column) === column,
    )
  return [
    { kind: 'createIndex', table: op.table, index, concurrently: true },
    ...columns.filter(maybeNull).flatMap((c) => provenNotNull(op.table, c, constraintName(op.table, c))),
    // One of the two kinds, with its own properties.
    { ...op, usingIndex: name } as typeof op,
  ]
}

/** Where the name is too long, or taken, it is a hash. */
function constraintName(table: Ref, column: string, taken: (name: string) => boolean = () => false): string {
  const wish = `${table.name}_${column}_not_null`
  return !taken(wish) && Buffer.byteLength(wish) <= 63
    ? wish
    : `not_null_${hash('sha256', `${refText(table)}.${column}`).slice(0, 16)}`
}

/** A validated check proves it, so that SET NOT NULL reads no row (PostgreSQL 12+). */
function provenNotNull(
  table: Ref,
  column: string,
  name: string,
  before?: Pick<ColumnChanges, 'nullable'>,
): readonly Operation[] {
  const constraint = { kind: 'check', name, sql: `${spellName(column)} IS NOT NULL` } as const
  return [
    { kind: 'createCheckConstraint', table, constraint: { ...constraint, notValid: true } },
    { kind: 'validateConstraint', table, name },
    { kind: 'alterColumn', table, column, changes: { nullable: false }, ...(before === undefined ? {} : { before }) },
    { kind: 'dropConstraint', table, name, type: 'check', definition: constraint },
  ]
}

function notNull(op: OperationOf<'alterColumn'>, before: Schema): readonly Operation[] {
  const { table } = op
  const found = before.objects.get(tableKey(table))
  const { nullable: _, ...others } = op.changes
  const column = others.newColumnName ?? op.column
  if (found?.kind !== 'table' || found.columns.find((c) => c.name === op.column)?.nullable === false) return [op]
  const name = constraintName(table, column, (wish) => found.constraints.some((c) => c.name === wish))
  const { nullable: was, ...wereOthers } = op.before ?? {}
  const rest = Object.keys(others).length === 0
  return [
    ...(rest ? [] : [{ ...op, changes: others, before: op.before === undefined ? undefined : wereOthers }]),
    ...provenNotNull(table, column, name, was === undefined ? undefined : { nullable: was }),
  ]
}
