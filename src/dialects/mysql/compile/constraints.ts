/** Operations on constraints. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { Check, Constraint, ForeignKey, Index, Ref, Table } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { refText } from '../../../schema/keys.ts'
import { list, quote } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { shown } from './hidden.ts'
import { ownCheck } from './modify.ts'
import { constraintProbe, indexProbe, noIndexProbe } from './probes.ts'
import { cannot, columnBefore, columnClause, constraintClause, no, serverIn, tableBefore } from './writer.ts'

const asIndex = (c: Constraint): Pick<Index, 'name' | 'elements' | 'unique'> => ({
  name: c.name,
  unique: true,
  elements: c.kind === 'primaryKey' || c.kind === 'unique' ? c.columns.map((column) => ({ column })) : [],
})

function add(table: Ref, c: Constraint, context: CompileContext): readonly Draft[] | Unsupported {
  const clause = constraintClause(c, serverIn(context))
  if (cannot(clause)) return clause
  switch (c.kind) {
    case 'primaryKey':
      return [
        alterTable(table, [`ADD ${clause}`], indexProbe(table, { ...asIndex(c), name: 'PRIMARY' }), [
          'new key PRIMARY',
        ]),
      ]
    case 'unique':
      return [
        alterTable(table, [`ADD ${clause}`, ...impliedGone(table, c.columns, context)], indexProbe(table, asIndex(c)), [
          `new key ${c.name}`,
        ]),
        ...shown(table, c.name, context),
      ]
    case 'check':
      return (
        addOwnCheck(table, c, context) ?? [
          alterTable(table, [`ADD ${clause}`], constraintProbe(table, c.name, true), [`check ${c.name}`]),
        ]
      )
    case 'foreignKey':
    case 'exclude':
      return [alterTable(table, [`ADD ${clause}`], constraintProbe(table, c.name, true))]
  }
}

/** Whether an index on `columns` begins with the columns of `with_`. */
export function leads(columns: readonly string[], with_: readonly string[]): boolean {
  return with_.every((c, i) => columns[i] === c)
}

/** The keys and indexes of a table that can serve as the index of a foreign key, by name. */
export function serving(table: Table): readonly { readonly name: string; readonly columns: readonly string[] }[] {
  return [
    ...table.constraints.flatMap((c) =>
      c.kind === 'primaryKey' || c.kind === 'unique' ? [{ name: c.name, columns: c.columns }] : [],
    ),
    ...table.indexes.flatMap((i) =>
      i.method === undefined && i.elements.every((e) => e.column !== undefined && e.length === undefined)
        ? [{ name: i.name, columns: i.elements.map((e) => e.column!) }]
        : [],
    ),
  ]
}

/** Whether the server created an index for the key, which remains when the key is dropped: no other index serves it. */
function hasImplied(table: Table, key: ForeignKey): boolean {
  return !serving(table).some((s) => leads(s.columns, key.columns))
}

/** The index that the server created for a foreign key, which the new index replaces: it is dropped, as it was never declared. */
export function impliedGone(table: Ref, columns: readonly string[], context: CompileContext): readonly string[] {
  const before = tableBefore(context, table)
  const exists = serverIn(context).flavor === 'mariadb' ? 'IF EXISTS ' : ''
  return (before?.constraints ?? []).flatMap((c) =>
    c.kind === 'foreignKey' && leads(columns, c.columns) && hasImplied(before!, c)
      ? [`DROP INDEX ${exists}${quote(c.name)}`]
      : [],
  )
}

/** A check with the name of its column is part of the column's definition (MariaDB). */
function addOwnCheck(table: Ref, check: Check, context: CompileContext): readonly Draft[] | Unsupported | undefined {
  if (serverIn(context).flavor !== 'mariadb') return undefined
  const column = columnBefore(context, table, check.name)
  if (column === undefined) return undefined
  const clause = columnClause(column, context)
  if (cannot(clause)) return clause
  return [
    alterTable(table, [`MODIFY COLUMN ${clause} CHECK (${check.sql})`], constraintProbe(table, check.name, true), [
      `check ${check.name}`,
      `column ${check.name}`,
    ]),
  ]
}

/** Other foreign keys that use the index of a dropped key: an index for them is created in the same statement. */
function heirsOf(table: Table, key: ForeignKey): readonly ForeignKey[] {
  return table.constraints.flatMap((c) =>
    c.kind === 'foreignKey' && c.name !== key.name && leads(key.columns, c.columns) && hasImplied(table, c) ? [c] : [],
  )
}

function dropForeignKey(op: OperationOf<'dropConstraint'>, context: CompileContext): readonly Draft[] {
  const table = tableBefore(context, op.table)
  const known =
    table?.constraints.find((c) => c.kind === 'foreignKey' && c.name === op.name) ??
    (op.definition?.kind === 'foreignKey' ? op.definition : undefined)
  const exists = op.ifExists === true ? 'IF EXISTS ' : ''
  const clauses = [`DROP FOREIGN KEY ${exists}${quote(op.name)}`]
  if (table !== undefined && known?.kind === 'foreignKey' && hasImplied(table, known)) {
    const heirs = heirsOf(table, known)
    const first = heirs.find((h) => h.columns.length === known.columns.length)
    clauses.push(`DROP INDEX ${quote(known.name)}`)
    if (heirs.length > 0)
      clauses.push(`ADD KEY ${quote((first ?? heirs[0]!).name)} ${list((first ?? heirs[0]!).columns)}`)
  }
  // The server drops an index that it named after the column with the next key; one that we name is kept.
  const made = table?.indexes.find((i) => isUnnamed(i, known))
  if (made !== undefined)
    clauses.push(
      `DROP INDEX ${quote(made.name)}`,
      `ADD KEY ${quote(made.name)} ${list(made.elements.map((e) => e.column!))}`,
    )
  return [alterTable(op.table, clauses, constraintProbe(op.table, op.name, false))]
}

/** The index of a foreign key without a name, which is named after its first column. */
function isUnnamed(index: Index, key: Constraint | undefined): boolean {
  return (
    key?.kind === 'foreignKey' &&
    /_ibfk_\d+$/u.test(key.name) &&
    index.name === key.columns[0] &&
    index.unique !== true &&
    index.comment === undefined &&
    index.elements.length === key.columns.length &&
    index.elements.every((e, i) => e.column === key.columns[i] && e.length === undefined && e.order === undefined)
  )
}

function dropConstraint(op: OperationOf<'dropConstraint'>, context: CompileContext): readonly Draft[] | Unsupported {
  const { flavor } = serverIn(context)
  if (op.ifExists === true && flavor === 'mysql') return no('MySQL has no DROP CONSTRAINT IF EXISTS')
  const found = tableBefore(context, op.table)?.constraints.find((c) => c.name === op.name)
  const kind = op.type ?? op.definition?.kind ?? found?.kind
  const exists = op.ifExists === true ? 'IF EXISTS ' : ''
  switch (kind) {
    case 'foreignKey':
      return dropForeignKey(op, context)
    case 'primaryKey':
      return dropPrimaryKey(op.table, context)
    case 'unique':
      return dropIndexClauses(op.table, op.name, context, exists)
    case 'check':
      return dropCheck(op, context, exists)
    default:
      // Both servers look up a constraint of any kind by its name.
      return [
        alterTable(op.table, [`DROP CONSTRAINT ${exists}${quote(op.name)}`], constraintProbe(op.table, op.name, false)),
      ]
  }
}

/** A check that is part of a column is dropped only with a new definition of the column (MariaDB). */
function dropCheck(
  op: OperationOf<'dropConstraint'>,
  context: CompileContext,
  exists: string,
): readonly Draft[] | Unsupported {
  const probe = constraintProbe(op.table, op.name, false)
  const own = ownCheck(op.table, op.name, context)
  const column = own === undefined ? undefined : columnBefore(context, op.table, op.name)
  if (column !== undefined) {
    const clause = columnClause(column, context)
    if (cannot(clause)) return clause
    return [
      alterTable(op.table, [`DROP CONSTRAINT IF EXISTS ${quote(op.name)}`, `MODIFY COLUMN ${clause}`], probe, [
        `check ${op.name}`,
        `column ${op.name}`,
      ]),
    ]
  }
  const word = serverIn(context).flavor === 'mysql' ? 'DROP CHECK' : `DROP CONSTRAINT ${exists}`.trim()
  return [alterTable(op.table, [`${word} ${quote(op.name)}`], probe, [`check ${op.name}`])]
}

/** An AUTO_INCREMENT column must be a key: the attribute is removed unless the revision adds a key on the column or drops it. */
function dropPrimaryKey(table: Ref, context: CompileContext): readonly Draft[] | Unsupported {
  const before = tableBefore(context, table)
  const key = before?.constraints.find((c) => c.kind === 'primaryKey')
  const clauses = ['DROP PRIMARY KEY']
  const touches = ['old key PRIMARY']
  const counts = before?.columns.find((c) => c.identity !== undefined)
  if (
    key?.kind === 'primaryKey' &&
    counts !== undefined &&
    key.columns[0] === counts.name &&
    stillCounts(table, counts.name, before!, context)
  ) {
    const { identity: _, ...rest } = counts
    const clause = columnClause({ ...rest, nullable: false }, context)
    if (cannot(clause)) return clause
    clauses.push(`MODIFY COLUMN ${clause}`)
    touches.push(`column ${counts.name}`)
  }
  return [alterTable(table, clauses, noIndexProbe(table, 'PRIMARY'), touches)]
}

function stillCounts(table: Ref, column: string, before: Table, context: CompileContext): boolean {
  if (serving(before).some((s) => s.name !== 'PRIMARY' && s.columns[0] === column)) return false
  // A cast: `compileWith` gives every handler the whole list.
  const { ops, at } = context as Walk
  return !ops.slice(at + 1).some((op) => {
    if (!('table' in op) || op.table === undefined || refText(op.table as Ref) !== refText(table)) return false
    if (op.kind === 'dropColumn') return op.column === column
    if (op.kind === 'alterColumn') return op.column === column && op.changes.identity === null
    if (op.kind === 'createPrimaryKey' || op.kind === 'createUniqueConstraint')
      return op.constraint.columns[0] === column
    if (op.kind === 'createIndex') return op.index.elements[0]?.column === column
    return false
  })
}

/** The index that a later operation of the list makes and that serves the columns, as its statement touches it. */
function comes(table: Ref, columns: readonly string[], context: CompileContext): string | undefined {
  const { ops, at } = context as Walk
  for (const op of ops.slice(at + 1)) {
    if (op.kind !== 'createIndex' && op.kind !== 'createPrimaryKey' && op.kind !== 'createUniqueConstraint') continue
    if (refText(op.table) !== refText(table)) continue
    if (op.kind === 'createIndex') {
      const made = op.index.elements.map((e) => (e.length === undefined ? (e.column ?? '') : ''))
      if (op.index.method === undefined && leads(made, columns)) return `new key ${op.index.name}`
    } else if (leads(op.constraint.columns, columns))
      return `new key ${op.kind === 'createPrimaryKey' ? 'PRIMARY' : op.constraint.name}`
  }
  return undefined
}

/** DROP INDEX, with an index in its place where a foreign key would be left without one. */
export function dropIndexClauses(
  table: Ref,
  name: string,
  context: CompileContext,
  exists = '',
): readonly Draft[] | Unsupported {
  const clauses = [name === 'PRIMARY' ? 'DROP PRIMARY KEY' : `DROP INDEX ${exists}${quote(name)}`]
  const before = tableBefore(context, table)
  const all = before === undefined ? [] : serving(before)
  const own = all.find((s) => s.name === name)
  const beside: string[] = []
  for (const c of before?.constraints ?? []) {
    if (c.kind !== 'foreignKey' || own === undefined || !leads(own.columns, c.columns)) continue
    if (all.some((s) => s.name !== name && leads(s.columns, c.columns))) continue
    const next = comes(table, c.columns, context)
    if (next !== undefined) beside.push(next)
    else clauses.push(`ADD KEY ${quote(c.name)} ${list(c.columns)}`)
  }
  return [alterTable(table, clauses, noIndexProbe(table, name), [`old key ${name}`], beside)]
}

function renameConstraint(
  op: OperationOf<'renameConstraint'>,
  context: CompileContext,
): readonly Draft[] | Unsupported {
  const found = tableBefore(context, op.table)?.constraints.find((c) => c.name === op.name)
  if (found === undefined) return no(`what constraint ${op.name} is, is not known here`)
  if (found.kind === 'primaryKey') return []
  if (found.kind === 'unique') {
    return [
      alterTable(op.table, [`RENAME INDEX ${quote(op.name)} TO ${quote(op.to)}`], noIndexProbe(op.table, op.name)),
    ]
  }
  const drop = dropConstraint(
    { kind: 'dropConstraint', table: op.table, name: op.name, type: found.kind, definition: found },
    context,
  )
  const make = add(op.table, { ...found, name: op.to }, context)
  if (cannot(drop)) return drop
  return cannot(make) ? make : [...drop, ...make]
}

export const constraintHandlers = {
  createPrimaryKey: (op, context) => add(op.table, op.constraint, context),
  createUniqueConstraint: (op, context) => add(op.table, op.constraint, context),
  createForeignKey: (op, context) => add(op.table, op.constraint, context),
  createCheckConstraint: (op, context) => add(op.table, op.constraint, context),
  createExcludeConstraint: () => no('MySQL and MariaDB have no exclusion constraints'),
  dropConstraint,
  renameConstraint,
  alterConstraint: () => no('MySQL and MariaDB check foreign keys at once: there is nothing to defer'),
  validateConstraint: () => no('MySQL and MariaDB have no constraints that are not valid'),
} satisfies Partial<Handlers>
