/** Operations on columns; each next to its reverse. */
import type { AnyColumn } from '../../schema/declare/column.ts'
import {
  columnKey,
  constraintKey,
  enumKey,
  enumValueKey,
  indexKey,
  refText,
  sameRef,
  tableKey,
} from '../../schema/keys.ts'
import type { Column, ColumnType, Grant, Ref, Table } from '../../schema/model.ts'
import { builderOf, columnOf } from '../input/columns.ts'
import { define, type InSchema, operation, sqlOf, type SqlText, textOf } from '../define.ts'
import type { Draft } from '../definition.ts'
import { editTable, without } from '../fold/draft.ts'
import { checkName, checkOptions, existsAlready, invalid, unknownObject } from '../invalid.ts'
import type { Backfill, Place } from '../kinds.ts'
import { mentions } from '../fold/mentions.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

export interface BackfillInput {
  /** A constant for the rows that are there. */
  readonly value?: Backfill['value']
  /** SQL over the row. */
  readonly expression?: SqlText
}

export function backfillOf(name: string, input: BackfillInput | undefined): Backfill | undefined {
  if (input === undefined) return undefined
  checkOptions(name, input, ['value', 'expression'])
  return compact({
    value: input.value,
    expression: input.expression === undefined ? undefined : textOf(name, 'the backfill', input.expression),
  })
}

export function backfillInput(backfill: Backfill | undefined): BackfillInput | undefined {
  if (backfill === undefined) return undefined
  return compact({
    value: backfill.value,
    expression: backfill.expression === undefined ? undefined : sqlOf(backfill.expression),
  })
}

export interface AddColumnOptions extends InSchema {
  readonly ifNotExists?: boolean
  /** Fills the rows that are there before NOT NULL is set (specs/enums.md S3). */
  readonly backfill?: BackfillInput
  /** Privileges on this column alone. */
  readonly grants?: readonly Grant[]
  /** The column that it comes before or after; else it comes last. SQLite rebuilds the table for it, PostgreSQL cannot. */
  readonly insertBefore?: string
  readonly insertAfter?: string
}

function placeOf(options: AddColumnOptions): Place | undefined {
  const { insertBefore: before, insertAfter: after } = options
  if (before !== undefined && after !== undefined)
    throw invalid('addColumn', 'insertBefore and insertAfter are one too many')
  if (before !== undefined) checkName('addColumn', 'insertBefore', before)
  if (after !== undefined) checkName('addColumn', 'insertAfter', after)
  return before !== undefined ? { before } : after !== undefined ? { after } : undefined
}

export const addColumn = define('addColumn', {
  create(table: string, column: string, type: AnyColumn, options: AddColumnOptions = {}) {
    checkName('addColumn', 'the name of the table', table)
    checkName('addColumn', 'the name of the column', column)
    checkOptions('addColumn', options, ['schema', 'ifNotExists', 'backfill', 'grants', 'insertBefore', 'insertAfter'])
    const declared = columnOf('addColumn', column, type)
    return operation({
      kind: 'addColumn',
      table: ref(table, options.schema),
      column: options.grants === undefined ? declared : { ...declared, grants: options.grants },
      ifNotExists: flag(options.ifNotExists),
      backfill: backfillOf('addColumn', options.backfill),
      place: placeOf(options),
    })
  },
  args: (op) => [
    op.table.name,
    op.column.name,
    builderOf(op.column),
    optionsOf({
      insertBefore: op.place === undefined || 'after' in op.place ? undefined : op.place.before,
      insertAfter: op.place !== undefined && 'after' in op.place ? op.place.after : undefined,
      schema: op.table.schema,
      ifNotExists: op.ifNotExists,
      backfill: backfillInput(op.backfill),
      grants: op.column.grants,
    }),
  ],
  reverse: (op) =>
    operation({
      kind: 'dropColumn',
      table: op.table,
      column: op.column.name,
      definition: op.column,
      backfill: op.backfill,
    }),
  apply: (draft, op) => addColumnTo(draft, op.table, op.column, op.ifNotExists === true, op.place),
  footprint: (op) => ({
    reads: [tableKey(op.table), ...typeReads(op.column.type), ...labelReads(op.column)],
    writes: [columnKey(op.table, op.column.name)],
  }),
})

function addColumnTo(draft: Draft, table: Ref, column: Column, optional: boolean, place?: Place): void {
  editTable(draft, 'addColumn', table, (t) => {
    const at = t.columns.findIndex((c) => c.name === column.name)
    if (at < 0) return { ...t, columns: t.columns.toSpliced(indexOf(t, place, draft.blind), 0, column) }
    if (!draft.blind && !optional && t.columns[at]!.inherited !== true)
      throw existsAlready('addColumn', `column ${refText(table)}.${column.name}`)
    return t
  })
  for (const child of childrenOf(draft, table)) addColumnTo(draft, child, { ...column, inherited: true }, true)
}

/** Throws OPERATION.UNKNOWN_OBJECT for a column that is not there. */
function indexOf(table: Table, place: Place | undefined, blind: boolean): number {
  if (place === undefined) return table.columns.length
  const beside = 'after' in place ? place.after : place.before
  const at = table.columns.findIndex((c) => c.name === beside)
  if (at < 0 && blind) return table.columns.length
  if (at < 0) throw unknownObject('addColumn', `column ${refText(table)}.${beside}`)
  return 'after' in place ? at + 1 : at
}

/** Tables that inherit from the table, or are partitions of it. */
export function childrenOf(draft: Draft, table: Ref): readonly Table[] {
  const children: Table[] = []
  for (const object of draft.objects.values()) {
    if (object.kind !== 'table') continue
    if (
      object.partitionOf !== undefined
        ? sameRef(object.partitionOf.parent, table)
        : object.inherits?.some((p) => sameRef(p, table))
    ) {
      children.push(object)
    }
  }
  return children
}

export interface DropColumnOptions extends InSchema {
  readonly ifExists?: boolean
  /** Tables that inherit the column keep it, with its values, as their own (PostgreSQL's `ALTER TABLE ONLY`). */
  readonly only?: boolean
  /** The column as it was before, for the reverse. */
  readonly was?: AnyColumn
  /** How the downgrade fills rows before NOT NULL. */
  readonly backfill?: BackfillInput
  readonly grants?: readonly Grant[]
}

export const dropColumn = define('dropColumn', {
  create(table: string, column: string, options: DropColumnOptions = {}) {
    checkName('dropColumn', 'the name of the table', table)
    checkName('dropColumn', 'the name of the column', column)
    checkOptions('dropColumn', options, ['schema', 'ifExists', 'only', 'was', 'backfill', 'grants'])
    const was = options.was === undefined ? undefined : columnOf('dropColumn', column, options.was)
    return operation({
      kind: 'dropColumn',
      table: ref(table, options.schema),
      column,
      definition: was === undefined || options.grants === undefined ? was : { ...was, grants: options.grants },
      ifExists: flag(options.ifExists),
      only: flag(options.only),
      backfill: backfillOf('dropColumn', options.backfill),
    })
  },
  args: (op) => [
    op.table.name,
    op.column,
    optionsOf({
      schema: op.table.schema,
      ifExists: op.ifExists,
      only: op.only,
      was:
        op.definition === undefined
          ? undefined
          : builderOf(op.definition, op.definition.name === op.column ? {} : { sqlName: op.definition.name }),
      backfill: backfillInput(op.backfill),
      grants: op.definition?.grants,
    }),
  ],
  reverse: (op) =>
    op.definition === undefined
      ? undefined
      : operation({ kind: 'addColumn', table: op.table, column: op.definition, backfill: op.backfill }),
  apply(draft, op) {
    if (op.only === true) for (const child of childrenOf(draft, op.table)) ownColumn(draft, child, op.column)
    dropColumnFrom(draft, op.table, op.column, op.ifExists === true)
  },
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [columnKey(op.table, op.column)] }),
})

/** Inherited parts of a table become its own. */
function ownColumn(draft: Draft, table: Table, column: string): void {
  editTable(draft, 'dropColumn', ref(table.name, table.schema), (t) => ({
    ...t,
    columns: t.columns.map((c) => (c.name === column ? without(c, 'inherited') : c)),
  }))
}

/** Objects that PostgreSQL drops implicitly: indexes and constraints over the column, sequences that it owns (ALTER TABLE, DROP COLUMN). */
function dropColumnFrom(draft: Draft, table: Ref, column: string, optional: boolean): void {
  const gone = new Set<string>([columnKey(table, column)])
  editTable(draft, 'dropColumn', table, (t) => {
    if (!t.columns.some((c) => c.name === column)) {
      if (draft.blind || optional) return t
      throw unknownObject('dropColumn', `column ${refText(table)}.${column}`)
    }
    const constraints = t.constraints.filter((c) => {
      const over =
        c.kind === 'check'
          ? mentions(c.sql, column)
          : c.kind === 'exclude'
            ? c.elements.some(
                (e) => e.column === column || (e.expression !== undefined && mentions(e.expression, column)),
              ) ||
              (c.include?.includes(column) ?? false)
            : c.columns.includes(column) || ('include' in c && (c.include?.includes(column) ?? false))
      if (over) gone.add(constraintKey(table, c.name))
      return !over
    })
    const indexes = t.indexes.filter((i) => {
      const over =
        i.elements.some((e) => e.column === column || (e.expression !== undefined && mentions(e.expression, column))) ||
        (i.include?.includes(column) ?? false) ||
        (i.where !== undefined && mentions(i.where, column))
      if (over) gone.add(indexKey(ref(i.name, table.schema)))
      return !over
    })
    return { ...t, columns: t.columns.filter((c) => c.name !== column), constraints, indexes }
  })
  for (const [key, object] of draft.objects) {
    if (object.kind === 'sequence' && object.ownedBy?.column === column && sameRef(object.ownedBy.table, table)) {
      draft.objects.delete(key)
      gone.add(key)
    }
  }
  for (const key of gone) draft.dependencies.delete(key)
  for (const child of childrenOf(draft, table)) {
    const stays = child.inherits?.some((parent) => hasColumn(draft, parent, column)) === true
    if (!stays && child.columns.some((c) => c.name === column && c.inherited === true))
      dropColumnFrom(draft, child, column, true)
  }
}

/** Of a child table, a column that another parent has stays. */
function hasColumn(draft: Draft, table: Ref, column: string): boolean {
  const found = draft.objects.get(tableKey(table))
  return found?.kind === 'table' && found.columns.some((c) => c.name === column)
}

/** The types that a column's type needs. */
export function typeReads(type: ColumnType): readonly string[] {
  if (type.element !== undefined) return typeReads(type.element)
  if (type.name === undefined) return []
  const of = ref(type.name, type.schema)
  switch (type.kind) {
    case 'enum':
      return [enumKey(of)]
    case 'domain':
    case 'composite':
    case 'range':
      return [`${type.kind}:${refText(of)}`]
    default:
      return []
  }
}

/** The labels that a column's default needs. */
export function labelReads(column: Pick<Column, 'type' | 'default'>): readonly string[] {
  const type = column.type.element ?? column.type
  if (type.kind !== 'enum' || type.name === undefined || column.default?.kind !== 'literal') return []
  const of = ref(type.name, type.schema)
  return [column.default.value].flat(8).flatMap((v) => (typeof v === 'string' ? [enumValueKey(of, v)] : []))
}
