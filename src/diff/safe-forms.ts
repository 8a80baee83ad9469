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
 * From the drop of a key or unique index to the creation of the one that replaces it nothing is committed, since the rows must not
 * be without it.
 */
export function safeForms(ops: readonly Operation[], before: Schema, options: SafeOptions): readonly Operation[] {
  const known = (table: Ref): Table | undefined => {
    const found = before.objects.get(tableKey(table))
    return found?.kind === 'table' ? found : undefined
  }
  const plain = (table: Ref): boolean => {
    const found = known(table)
    return found !== undefined && found.partitionBy === undefined && found.partitionOf === undefined
  }
  const old = (table: Ref | undefined): boolean => table !== undefined && plain(table) && options.meant(table)
  const dropped = new Set(ops.flatMap((op) => (op.kind === 'dropTable' ? [refText(op.table)] : [])))
  const kept = replacements(ops, known)
  const names = namesOfChecks(ops, before)
  return ops.flatMap((op, at): readonly Operation[] => {
    if (kept.some(([from, to]) => from <= at && at <= to)) return [op]
    switch (op.kind) {
      case 'createIndex':
        return old(op.table) && op.index.attachedTo === undefined ? [{ ...op, concurrently: true }] : [op]
      case 'dropIndex':
        return old(op.table) && !dropped.has(refText(op.table!)) ? [{ ...op, concurrently: true }] : [op]
      case 'createForeignKey':
        return old(op.table) && plain(op.constraint.references) ? validated(op) : [op]
      case 'createCheckConstraint':
        return old(op.table) ? validated(op) : [op]
      case 'createUniqueConstraint':
      case 'createPrimaryKey':
        return old(op.table) && op.usingIndex === undefined ? fromIndex(op, before, ops, names) : [op]
      case 'alterColumn':
        return old(op.table) && op.changes.nullable === false && op.backfill === undefined
          ? notNull(op, before, names)
          : [op]
      case 'addColumn':
        return old(op.table) && isSplit(op, known(op.table)!, ops) && options.rewrites(op) ? split(op, names) : [op]
      default:
        return [op]
    }
  })
}

/** From each drop of a key or unique index to what takes its place: positions of operations, both included. */
function replacements(
  ops: readonly Operation[],
  known: (table: Ref) => Table | undefined,
): readonly (readonly [number, number])[] {
  const text = (table: Ref, name: string | undefined): string => refText({ ...table, name: name ?? '' })
  const isKey = (table: Ref, name: string): boolean =>
    known(table)?.constraints.some((c) => c.kind === 'primaryKey' && c.name === name) === true
  /** What it drops or makes, by name, and the primary key of a table by that. */
  const places = (op: Operation): readonly string[] => {
    switch (op.kind) {
      case 'dropIndex':
        return [refText(op.index)]
      case 'dropConstraint':
        return [text(op.table, op.name), ...(isKey(op.table, op.name) ? [`key of ${refText(op.table)}`] : [])]
      case 'createIndex':
        return op.index.unique === true ? [text(op.table, op.index.name)] : []
      case 'createUniqueConstraint':
        return [text(op.table, op.constraint.name)]
      case 'createPrimaryKey':
        return [text(op.table, op.constraint.name), `key of ${refText(op.table)}`]
      default:
        return []
    }
  }
  const gone = new Map<string, number>()
  const found: (readonly [number, number])[] = []
  for (const [at, op] of ops.entries()) {
    const drops = op.kind === 'dropIndex' || op.kind === 'dropConstraint'
    for (const place of places(op)) {
      const from = gone.get(place)
      if (drops) gone.set(place, at)
      else if (from !== undefined) found.push([from, at])
    }
  }
  return found
}

/** Of all tables, since a check of a table is its children's too. */
function namesOfChecks(ops: readonly Operation[], before: Schema): (name: string) => boolean {
  let names: Set<string> | undefined
  return (name) => {
    if (names === undefined) {
      names = new Set()
      for (const object of before.objects.values())
        if (object.kind === 'table') for (const c of object.constraints) if (c.name !== undefined) names.add(c.name)
      for (const op of ops) if ('constraint' in op && op.constraint.name !== undefined) names.add(op.constraint.name)
    }
    return names.has(name)
  }
}

/** A column with a default of its own for each row, on a table whose rows can be walked by a key. */
const isSplit = ({ column, backfill }: OperationOf<'addColumn'>, table: Table, ops: readonly Operation[]): boolean =>
  backfill === undefined &&
  column.default?.kind === 'sql' &&
  column.generated === undefined &&
  column.identity === undefined &&
  column.type.kind !== 'domain' &&
  table.constraints.some(
    (c) =>
      c.kind === 'primaryKey' &&
      !ops.some(
        (op) =>
          (op.kind === 'dropConstraint' && op.name === c.name && sameRef(op.table, table)) ||
          (op.kind === 'dropColumn' && c.columns.includes(op.column) && sameRef(op.table, table)),
      ),
  )

/** The column is added empty, rows to come get the default, those that are there are filled in batches. */
function split(op: OperationOf<'addColumn'>, taken: (name: string) => boolean): readonly Operation[] {
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
    : [...filled, ...provenNotNull(table, column.name, constraintName(table, column.name, taken))]
}

/** NOT VALID takes a lock for a moment, VALIDATE reads all rows under a lock that blocks neither reads nor writes: in a transaction of its own. */
function validated(op: OperationOf<'createForeignKey'> | OperationOf<'createCheckConstraint'>): readonly Operation[] {
  const { constraint, table } = op
  if (constraint.notValid === true || constraint.notEnforced === true || constraint.name === undefined) return [op]
  // One of the two kinds, with its own properties.
  const first = { ...op, constraint: { ...constraint, notValid: true } } as typeof op
  return [first, { kind: 'validateConstraint', table, name: constraint.name }]
}

/** The index is built concurrently, and becomes the constraint's. The columns of a key must hold no nulls by then. */
function fromIndex(
  op: OperationOf<'createUniqueConstraint'> | OperationOf<'createPrimaryKey'>,
  before: Schema,
  ops: readonly Operation[],
  taken: (name: string) => boolean,
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
    ...columns.filter(maybeNull).flatMap((c) => provenNotNull(op.table, c, constraintName(op.table, c, taken))),
    // One of the two kinds, with its own properties.
    { ...op, usingIndex: name } as typeof op,
  ]
}

/** Where the name is too long, or taken, it is a hash. */
function constraintName(table: Ref, column: string, taken: (name: string) => boolean): string {
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

function notNull(
  op: OperationOf<'alterColumn'>,
  before: Schema,
  taken: (name: string) => boolean,
): readonly Operation[] {
  const { table } = op
  const found = before.objects.get(tableKey(table))
  const { nullable: _, ...others } = op.changes
  const column = others.newColumnName ?? op.column
  if (found?.kind !== 'table' || found.columns.find((c) => c.name === op.column)?.nullable === false) return [op]
  const name = constraintName(table, column, taken)
  const { nullable: was, ...wereOthers } = op.before ?? {}
  const rest = Object.keys(others).length === 0
  return [
    ...(rest ? [] : [{ ...op, changes: others, before: op.before === undefined ? undefined : wereOthers }]),
    ...provenNotNull(table, column, name, was === undefined ? undefined : { nullable: was }),
  ]
}
