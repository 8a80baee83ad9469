/** Operations on constraints. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { Check, Constraint, ForeignKey, Index, Ref, Table } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { refText } from '../../../schema/keys.ts'
import { keysWithOwnIndex, leads, serving, unserved } from '../spell/foreign-indexes.ts'
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
        alterTable(
          table,
          [`ADD ${clause}`, ...impliedGone(table, c.columns, context)],
          indexProbe(table, { ...asIndex(c), name: 'PRIMARY' }),
          ['new key PRIMARY'],
        ),
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
      return [
        alterTable(
          table,
          [`ADD ${clause}`, ...impliedGone(table, c.columns, context)],
          constraintProbe(table, c.name, true),
        ),
      ]
    case 'exclude':
      return [alterTable(table, [`ADD ${clause}`], constraintProbe(table, c.name, true))]
  }
}

/** The index that the server created for a foreign key, which a new index or longer key replaces: it is dropped, as it was never declared. */
export function impliedGone(table: Ref, columns: readonly string[], context: CompileContext): readonly string[] {
  const before = tableBefore(context, table)
  if (before === undefined) return []
  const lenient = serverIn(context).flavor === 'mariadb'
  return (lenient ? unserved(before) : keysWithOwnIndex(before)).flatMap((key) =>
    leads(columns, key.columns) ? [`DROP INDEX ${lenient ? 'IF EXISTS ' : ''}${quote(key.name)}`] : [],
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

/**
 * The index of a dropped key goes with it; where others used it, those that are left without one get theirs in the same
 * statement. MariaDB is asked to look which of several keys on the same columns has the index.
 */
function ownIndexGone(table: Table, key: ForeignKey, lenient: boolean): readonly string[] {
  const rest = {
    ...table,
    constraints: table.constraints.filter((c) => c.kind !== 'foreignKey' || c.name !== key.name),
  }
  const heirs = keysWithOwnIndex(rest).filter((heir) => leads(key.columns, heir.columns))
  const above = unserved(rest).some((other) => leads(other.columns, key.columns))
  const looks = lenient && (heirs.length > 0 || above)
  const owners = keysWithOwnIndex(table)
  if (!unserved(table).some((o) => o.name === key.name)) return []
  if (!looks && !owners.some((o) => o.name === key.name)) return []
  return [
    `DROP INDEX ${looks ? 'IF EXISTS ' : ''}${quote(key.name)}`,
    ...heirs
      .filter((heir) => looks || !owners.includes(heir))
      .map((heir) => `ADD KEY ${looks ? 'IF NOT EXISTS ' : ''}${quote(heir.name)} ${list(heir.columns)}`),
  ]
}

function dropForeignKey(op: OperationOf<'dropConstraint'>, context: CompileContext): readonly Draft[] {
  const table = tableBefore(context, op.table)
  const known =
    table?.constraints.find((c) => c.kind === 'foreignKey' && c.name === op.name) ??
    (op.definition?.kind === 'foreignKey' ? op.definition : undefined)
  const exists = op.ifExists === true ? 'IF EXISTS ' : ''
  const clauses = [`DROP FOREIGN KEY ${exists}${quote(op.name)}`]
  if (table !== undefined && known?.kind === 'foreignKey')
    clauses.push(...ownIndexGone(table, known, serverIn(context).flavor === 'mariadb'))
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
  const place = key === undefined ? undefined : inItsPlace(table, key.name, context)
  return [
    alterTable(table, [...clauses, ...(place?.clauses ?? [])], noIndexProbe(table, 'PRIMARY'), touches, place?.beside),
  ]
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

/** What must stand with the drop of a key or index, so that no foreign key is left without one: indexes, or what comes later. */
function inItsPlace(
  table: Ref,
  name: string,
  context: CompileContext,
): { readonly clauses: readonly string[]; readonly beside: readonly string[] } {
  const before = tableBefore(context, table)
  const all = before === undefined ? [] : serving(before)
  const own = all.find((s) => s.name === name)
  if (before === undefined || own === undefined) return { clauses: [], beside: [] }
  const clauses: string[] = []
  const beside: string[] = []
  const without = {
    constraints: before.constraints.filter((c) => c.kind === 'foreignKey' || c.name !== name),
    indexes: before.indexes.filter((i) => i.name !== name),
  }
  for (const key of keysWithOwnIndex(without)) {
    if (!leads(own.columns, key.columns) || all.some((s) => s.name !== name && leads(s.columns, key.columns))) continue
    const next = comes(table, key.columns, context)
    if (next !== undefined) beside.push(next)
    else clauses.push(`ADD KEY ${quote(key.name)} ${list(key.columns)}`)
  }
  return { clauses, beside }
}

/** DROP INDEX, with an index in its place where a foreign key would be left without one. */
export function dropIndexClauses(
  table: Ref,
  name: string,
  context: CompileContext,
  exists = '',
): readonly Draft[] | Unsupported {
  const { clauses, beside } = inItsPlace(table, name, context)
  return [
    alterTable(
      table,
      [name === 'PRIMARY' ? 'DROP PRIMARY KEY' : `DROP INDEX ${exists}${quote(name)}`, ...clauses],
      noIndexProbe(table, name),
      [`old key ${name}`],
      beside,
    ),
  ]
}

/** Whether the server gave the constraint its new name when the table got its own, just before (manual, RENAME TABLE). */
function isRenamedWithTable(op: OperationOf<'renameConstraint'>, context: CompileContext): boolean {
  // A cast: `compileWith` gives every handler the whole list.
  const { ops, at } = context as Walk
  const last = ops.slice(0, at).findLast((o) => o.kind !== 'renameConstraint')
  if (last?.kind !== 'renameTable' || last.to !== op.table.name) return false
  const infixes = serverIn(context).flavor === 'mysql' ? ['_ibfk_', '_chk_'] : ['_ibfk_']
  return infixes.some(
    (infix) =>
      op.name.startsWith(`${last.table.name}${infix}`) &&
      op.to === `${last.to}${op.name.slice(last.table.name.length)}`,
  )
}

function renameConstraint(
  op: OperationOf<'renameConstraint'>,
  context: CompileContext,
): readonly Draft[] | Unsupported {
  const found = tableBefore(context, op.table)?.constraints.find((c) => c.name === op.name)
  if (found === undefined) return no(`what constraint ${op.name} is, is not known here`)
  if (found.kind === 'primaryKey' || isRenamedWithTable(op, context)) return []
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
