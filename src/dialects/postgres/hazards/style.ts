/** Advice of `ambix lint --style`: what is not dangerous to run, and often regretted. */
import { fold } from '../../../operations/operation.ts'
import type { Operation } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { ColumnType, Constraint, Schema, Table } from '../../../schema/model.ts'
import type { Advice } from '../../dialect.ts'
import { rawTables } from './raw-tables.ts'

type Tell = (code: 'STYLE' | 'NO_INDEX', object: string, message: string) => void

/** The advice for each operation of a revision, from the schema before it. */
export function style(operations: readonly Operation[], before: Schema): readonly Advice[] {
  const out: Advice[] = []
  let indexes: Indexes | undefined
  const found = (): Indexes => (indexes ??= indexesAfter(operations, before))
  for (const source of operations) {
    const tell: Tell = (code, object, message) => {
      if (!out.some((a) => a.source === source && a.hazard.code === code && a.hazard.object === object))
        out.push({ source, hazard: { code, object, message } })
    }
    ofOperation(source, found, tell)
  }
  return out
}

function ofOperation(op: Operation, indexes: () => Indexes, tell: Tell): void {
  switch (op.kind) {
    case 'createTable':
      return ofTable(op.table, indexes, tell)
    case 'addColumn':
      return ofColumn(`${refText(op.table)}.${op.column.name}`, op.column.type, tell)
    case 'alterColumn':
      if (op.changes.type !== undefined) ofColumn(`${refText(op.table)}.${op.column}`, op.changes.type, tell)
      return
    case 'createPrimaryKey':
      return
    case 'createForeignKey':
      return ofKey(refText(op.table), op.constraint.columns, refText(op.constraint.references), indexes, tell)
    case 'createDomain':
      if (op.domain.checks.length > 0) checkedDomain(refText(op.domain), tell)
      return
    case 'addEnumValue':
      if (op.before === undefined && op.after === undefined) placelessLabel(refText(op.enum), tell)
      return
    case 'execute':
      return ofText(op.sql, indexes, tell)
    default:
  }
}

const columnsOf = (c: Constraint): readonly string[] => ('columns' in c ? c.columns : [])

function ofTable(table: Table, indexes: () => Indexes, tell: Tell): void {
  const name = refText(table)
  const referring = table.constraints.filter((c) => c.kind === 'foreignKey')
  const foreign = new Set(referring.flatMap((c) => c.columns))
  const keys = new Set(table.constraints.flatMap((c) => (c.kind === 'primaryKey' ? columnsOf(c) : [])))
  for (const { name: column, type } of table.columns) {
    ofColumn(`${name}.${column}`, type, tell)
    if (keys.has(column) && !foreign.has(column)) ofKeyColumn(`${name}.${column}`, type, tell)
  }
  for (const c of referring) ofKey(name, c.columns, refText(c.references), indexes, tell)
}

function ofText(sql: string, indexes: () => Indexes, tell: Tell): void {
  const found = rawTables(sql)
  for (const { table, column, type } of found.columns) {
    const place = `${table}.${column}`
    ofColumn(place, type, tell)
    const has = (list: readonly { readonly table: string; readonly columns: readonly string[] }[]): boolean =>
      list.some((k) => k.table === table && k.columns.includes(column))
    if (has(found.primary) && !has(found.foreign)) ofKeyColumn(place, type, tell)
  }
  for (const { table, columns, to } of found.foreign) ofKey(table, columns, to, indexes, tell)
  for (const name of found.checkedDomains) checkedDomain(name, tell)
  for (const name of found.placelessLabels) placelessLabel(name, tell)
}

function ofColumn(place: string, type: ColumnType, tell: Tell): void {
  const { kind } = type.kind === 'array' && type.element !== undefined ? type.element : type
  if (kind === 'char') tell('STYLE', place, `char(n) fills ${place} up with blanks; text or varchar does not`)
  else if (kind === 'timestamp' && type.withTimeZone !== true)
    tell('STYLE', place, `timestamp in ${place} is no moment; timestamp with time zone is one`)
  else if (kind === 'json') tell('STYLE', place, `json in ${place} has no equality and no index; jsonb has both`)
  else if (kind.endsWith('serial'))
    tell('STYLE', place, `serial in ${place} leaves its sequence open to others; an identity column does not`)
}

function ofKeyColumn(place: string, { kind }: ColumnType, tell: Tell): void {
  if (/^(?:small(?:int|serial)|integer|serial)$/u.test(kind))
    tell(
      'STYLE',
      place,
      `the key ${place} ends at ${kind.startsWith('small') ? '32,767' : '2,147,483,647'}; bigint does not`,
    )
}

const checkedDomain = (name: string, tell: Tell): void =>
  tell('STYLE', name, `each change of the check of ${name} reads all tables that use it; a check of a table reads one`)
const placelessLabel = (name: string, tell: Tell): void =>
  tell('STYLE', name, `the new label of ${name} comes last: say before or after which it stands`)

/** Rows that refer are looked for whenever a row that is referred to goes, or its key changes. */
function ofKey(table: string, columns: readonly string[], to: string, indexes: () => Indexes, tell: Tell): void {
  const lists = indexes().get(table)
  if (lists === undefined || columns.length === 0) return
  const found = lists.some((list) => columns.every((c) => list.slice(0, columns.length).includes(c)))
  if (!found)
    tell(
      'NO_INDEX',
      `${table}.${columns.join(',')}`,
      `no index of ${table} begins with ${columns.join(', ')}: a DELETE from ${to} reads all rows of ${table}`,
    )
}

/** By table: the columns of each index and key, in order. Tables that nothing is known of are not in it. */
type Indexes = ReadonlyMap<string, readonly (readonly string[])[]>

function indexesAfter(operations: readonly Operation[], before: Schema): Indexes {
  const out = new Map<string, (readonly string[])[]>()
  const after = fold(before, operations, { blind: true }).schema
  for (const object of after.objects.values()) {
    if (object.kind !== 'table') continue
    const keys = object.constraints.flatMap((c) => (c.kind === 'primaryKey' || c.kind === 'unique' ? [c.columns] : []))
    const indexes = object.indexes.flatMap((i) =>
      i.where === undefined ? [i.elements.flatMap((e) => (e.column === undefined ? [] : [e.column]))] : [],
    )
    out.set(refText(object), [...keys, ...indexes])
  }
  const texts = operations.flatMap((op) => (op.kind === 'execute' ? [rawTables(op.sql)] : []))
  for (const { made } of texts) for (const table of made) out.set(table, out.get(table) ?? [])
  for (const { indexed } of texts) for (const { table, columns } of indexed) out.get(table)?.push(columns)
  return out
}
