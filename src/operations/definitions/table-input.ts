/** How a whole table is written in a revision (columns, extras, options) and what it is in the model, both ways. */
import {
  type AnyColumn,
  type ColumnData,
  type ColumnMap,
  isColumn,
  type ReferenceOptions,
} from '../../schema/declare/column.ts'
import type { Column, Constraint, ForeignKey, Grant, Index, Table } from '../../schema/model.ts'
import { usualNames } from '../../schema/name-limit.ts'
import { defaultName } from '../../schema/resolve/naming.ts'
import { tableFromBuilder } from '../../schema/resolve/tables.ts'
import {
  check,
  exclude,
  type Extra,
  foreignKey,
  type ForeignKeyBuilder,
  index,
  primaryKey,
  unique,
} from '../../schema/declare/table-extras.ts'
import { type IndexPart } from '../../schema/declare/column-refs.ts'
import { type Extras, tableIn } from '../../schema/declare/table.ts'
import { builderOf } from '../input/columns.ts'
import { type ConstraintInput, constraintInput, constraintOf } from './constraint-input.ts'
import {
  type DescribedOptions,
  describedKeys,
  describedOf,
  type InSchema,
  optionalSql,
  refInput,
  type RefInput,
  sqlOf,
  type SqlText,
} from '../define.ts'
import { elementInput, type ElementInput } from '../input/indexes.ts'
import { indexInput, indexOf, type IndexOptions } from './indexes.ts'
import { checkName, checkOptions, invalid } from '../invalid.ts'
import { compact } from '../plain.ts'

/** Options of a table. */
export interface TableSettings extends DescribedOptions {
  readonly unlogged?: boolean
  /** Storage parameters. */
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
  readonly inherits?: readonly RefInput[]
  /** `list (status)`, `range (created_at)`. */
  readonly partitionBy?: SqlText
  readonly partitionOf?: { readonly parent: RefInput; readonly bound: SqlText }
  readonly rowSecurity?: boolean
  readonly forceRowSecurity?: boolean
  readonly replicaIdentity?: Table['replicaIdentity']
  readonly strict?: boolean
  readonly withoutRowid?: boolean
  /** Columns that come from parents alone. */
  readonly inherited?: readonly string[]
  /** Privileges on single columns. */
  readonly columnGrants?: Readonly<Record<string, readonly Grant[]>>
  /** Constraints that come from parents, by name. */
  readonly inheritedConstraints?: Readonly<Record<string, ConstraintInput>>
  /** Indexes that are attached to a parent's, or not valid, by name. */
  readonly otherIndexes?: Readonly<Record<string, { readonly columns: readonly ElementInput[] } & IndexOptions>>
}

export const tableSettingKeys = [
  ...describedKeys,
  'unlogged',
  'with',
  'tablespace',
  'inherits',
  'partitionBy',
  'partitionOf',
  'rowSecurity',
  'forceRowSecurity',
  'replicaIdentity',
  'strict',
  'withoutRowid',
  'inherited',
  'columnGrants',
  'inheritedConstraints',
  'otherIndexes',
] as const

/** Extra settings that a declared table does not have: they come from databases alone. */
const ownKeys = [...describedKeys, 'inherited', 'columnGrants', 'inheritedConstraints', 'otherIndexes'] as const

/** The table of the model, and the enums that its columns declare. Throws OPERATION.INVALID and SCHEMA.*. */
export function tableOf(
  operation: string,
  name: string,
  columns: ColumnMap,
  extras: Extras<ColumnMap> | undefined,
  settings: TableSettings & InSchema,
): Table {
  checkName(operation, 'the name of the table', name)
  if (typeof columns !== 'object' || columns === null || isColumn(columns)) {
    throw invalid(operation, `the columns of ${name} must be an object of columns by name`)
  }
  const { schema, ...said } = settings
  const declared = tableIn(schema)(name, columns, extras ?? [], omit(said, ownKeys))
  const { table } = tableFromBuilder(declared, { asFound: true })
  const grants = settings.columnGrants ?? {}
  return compact<Table>({
    ...table,
    columns: table.columns.map((c): Column => {
      let next = unmarked(c)
      if (settings.inherited?.includes(c.name)) next = { ...next, inherited: true }
      if (Object.hasOwn(grants, c.name)) next = { ...next, grants: grants[c.name]! }
      return next
    }),
    constraints: [
      ...table.constraints,
      ...Object.entries(settings.inheritedConstraints ?? {}).map(([n, c]) => ({
        ...constraintOf(n, c),
        inherited: true,
      })),
    ],
    indexes: [
      ...table.indexes,
      ...Object.entries(settings.otherIndexes ?? {}).map(([n, { columns: elements, ...o }]) =>
        indexOf(operation, n, elements, o),
      ),
    ],
    ...describedOf(settings),
  })
}

/** A column without the marks of a model, which operations do not carry. */
export function unmarked(column: Column): Column {
  if (column.renamedFrom === undefined && !('renamedValues' in column) && !('removedValues' in column)) return column
  return omit(column as Column & { renamedValues?: unknown; removedValues?: unknown }, [
    'renamedFrom',
    'renamedValues',
    'removedValues',
  ])
}

function omit<T extends object, K extends PropertyKey>(object: T, keys: readonly K[]): Omit<T, K> {
  // The rest has all other properties.
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => !(keys as readonly string[]).includes(key)),
  ) as Omit<T, K>
}

/** A table as `op.createTable` writes it: constraints of one column are written with the column. */
export function tableInput(table: Table): {
  readonly columns: ColumnMap
  readonly extras: readonly Extra[]
  readonly settings: TableSettings & InSchema
} {
  const inline = new Map<string, Partial<ColumnData>>()
  const extras: Extra[] = []
  const say = (column: string, more: Partial<ColumnData>): void => {
    inline.set(column, { ...inline.get(column), ...more })
  }
  for (const c of table.constraints) {
    if (c.inherited === true) continue
    const column = inlineColumn(table, c, inline)
    if (column === undefined) extras.push(constraintExtra(c))
    else if (c.kind === 'primaryKey') say(column, { primaryKey: {} })
    else if (c.kind === 'unique') say(column, { unique: {} })
    else if (c.kind === 'foreignKey')
      say(column, {
        references: { target: { table: c.references, columns: c.referencedColumns }, options: referenceOptions(c) },
      })
  }
  const key = table.constraints.find((c) => c.kind === 'primaryKey')
  for (const c of table.columns)
    if (c.nullable && key?.kind === 'primaryKey' && key.columns.includes(c.name)) say(c.name, { nullable: true })
  for (const i of table.indexes) if (!isOther(i)) extras.push(indexExtra(i))
  const inherited = table.constraints.filter((c) => c.inherited === true)
  const others = table.indexes.filter((i) => isOther(i))
  const granted = table.columns.filter((c) => c.grants !== undefined)
  return {
    columns: Object.fromEntries(
      table.columns.map((c): [string, AnyColumn] => [c.name, builderOf(c, inline.get(c.name))]),
    ),
    extras,
    settings: compact<TableSettings & InSchema>({
      schema: table.schema,
      ...describedOf(table),
      unlogged: table.unlogged,
      with: table.with,
      tablespace: table.tablespace,
      inherits: table.inherits?.map((p) => refInput(p)),
      partitionBy: optionalSql(table.partitionBy),
      partitionOf:
        table.partitionOf === undefined
          ? undefined
          : { parent: refInput(table.partitionOf.parent), bound: sqlOf(table.partitionOf.bound) },
      rowSecurity: table.rowSecurity,
      forceRowSecurity: table.forceRowSecurity,
      replicaIdentity: table.replicaIdentity,
      strict: table.strict,
      withoutRowid: table.withoutRowid,
      inherited: table.columns.some((c) => c.inherited === true)
        ? table.columns.filter((c) => c.inherited === true).map((c) => c.name)
        : undefined,
      columnGrants: granted.length === 0 ? undefined : Object.fromEntries(granted.map((c) => [c.name, c.grants!])),
      inheritedConstraints:
        inherited.length === 0
          ? undefined
          : Object.fromEntries(inherited.map((c) => [c.name, withoutInherited(constraintInput(c))])),
      otherIndexes:
        others.length === 0
          ? undefined
          : Object.fromEntries(
              others.map((i) => {
                const { elements, options } = indexInput(i)
                return [i.name, compact({ columns: elements, ...options })]
              }),
            ),
    }),
  }
}

function withoutInherited(input: ConstraintInput): ConstraintInput {
  const { inherited: _, ...rest } = input
  return rest
}

const isOther = (i: Index): boolean => i.attachedTo !== undefined || i.invalid === true

/** The column that the constraint may be written with: its only one, under its default name, without options that a column builder lacks. */
function inlineColumn(table: Table, c: Constraint, said: ReadonlyMap<string, Partial<ColumnData>>): string | undefined {
  if (c.kind === 'check' || c.kind === 'exclude' || c.columns.length !== 1) return undefined
  const [column] = c.columns as readonly [string]
  if (!table.columns.some((x) => x.name === column) || c.comment !== undefined) return undefined
  if (c.name !== defaultName({ kind: c.kind, table: table.name, columns: c.columns }, usualNames)) return undefined
  const already = said.get(column)
  if (c.kind === 'foreignKey')
    return already?.references === undefined && c.referencedColumns.length === 1 ? column : undefined
  if (c.with !== undefined || c.tablespace !== undefined) return undefined
  if (c.include !== undefined || c.deferrable === true || ('nullsNotDistinct' in c && c.nullsNotDistinct === true))
    return undefined
  return (c.kind === 'unique' ? already?.unique : already?.primaryKey) === undefined ? column : undefined
}

function referenceOptions(c: ForeignKey): ReferenceOptions {
  return compact<ReferenceOptions>({
    onDelete: c.onDelete,
    onUpdate: c.onUpdate,
    onDeleteColumns: c.onDeleteColumns,
    match: c.match,
    deferrable: c.initiallyDeferred === true ? undefined : c.deferrable,
    initially: c.initiallyDeferred === true ? 'deferred' : undefined,
    notValid: c.notValid,
    notEnforced: c.notEnforced,
  })
}

function constraintExtra(c: Constraint): Extra {
  switch (c.kind) {
    case 'primaryKey':
    case 'unique': {
      let key = c.kind === 'unique' ? unique(c.name).on(...c.columns) : primaryKey(c.name).on(...c.columns)
      if (c.include !== undefined) key = key.include(...c.include)
      if (c.with !== undefined) key = key.with(c.with)
      if (c.tablespace !== undefined) key = key.tablespace(c.tablespace)
      if (c.deferrable === true) key = key.deferrable(c.initiallyDeferred === true ? { initially: 'deferred' } : {})
      if (c.kind === 'unique' && c.nullsNotDistinct === true && 'nullsNotDistinct' in key) key = key.nullsNotDistinct()
      return c.comment === undefined ? key : key.comment(c.comment)
    }
    case 'foreignKey': {
      const options = compact({ ...referenceOptions(c), schema: c.references.schema })
      const columns = c.referencedColumns.length === 1 ? c.referencedColumns[0]! : c.referencedColumns
      const key: ForeignKeyBuilder = foreignKey(c.name)
        .on(...c.columns)
        .references(c.references.name, columns, options)
      return c.comment === undefined ? key : key.comment(c.comment)
    }
    case 'check': {
      let made = check(c.name, sqlOf(c.sql))
      if (c.noInherit === true) made = made.noInherit()
      if (c.notValid === true) made = made.notValid()
      if (c.notEnforced === true) made = made.notEnforced()
      return c.comment === undefined ? made : made.comment(c.comment)
    }
    case 'exclude': {
      // Elements of the model are like their inputs, as parts.
      let made = exclude(c.name).elements(
        ...c.elements.map(({ operator, ...e }) => [elementInput(e) as IndexPart, operator] as const),
      )
      if (c.using !== undefined) made = made.using(c.using)
      if (c.include !== undefined) made = made.include(...c.include)
      if (c.with !== undefined) made = made.with(c.with)
      if (c.tablespace !== undefined) made = made.tablespace(c.tablespace)
      if (c.where !== undefined) made = made.where(sqlOf(c.where))
      if (c.deferrable === true) made = made.deferrable(c.initiallyDeferred === true ? { initially: 'deferred' } : {})
      return c.comment === undefined ? made : made.comment(c.comment)
    }
  }
}

function indexExtra(i: Index): Extra {
  let made = index(i.name).on(...i.elements.map((e) => elementInput(e) as IndexPart))
  if (i.unique === true) made = made.unique()
  if (i.method !== undefined) made = made.using(i.method)
  if (i.where !== undefined) made = made.where(sqlOf(i.where))
  if (i.include !== undefined) made = made.include(...i.include)
  if (i.nullsNotDistinct === true) made = made.nullsNotDistinct()
  if (i.with !== undefined) made = made.with(i.with)
  if (i.tablespace !== undefined) made = made.tablespace(i.tablespace)
  if (i.only === true) made = made.only()
  if (i.clustered === true) made = made.clustered()
  return i.comment === undefined ? made : made.comment(i.comment)
}

/** Refuses settings that no table has. */
export function checkSettings(operation: string, settings: object, more: readonly string[]): void {
  checkOptions(operation, settings, [...more, ...tableSettingKeys])
}
