/** How a whole table is written in a revision (columns, extras, options) and what it is in the model, both ways. */
import { type AnyColumn, type ColumnData, columnData, type ColumnMap, isColumn, type ReferenceOptions, type ReferenceTarget } from '../schema/column.ts'
import { dataOf } from '../schema/declared.ts'
import type { EnumData } from '../schema/enum-labels.ts'
import type { Column, Constraint, Exclude, ForeignKey, Grant, Index, Table } from '../schema/model.ts'
import { defaultName, distinctNames, expressionName, type NamedKind } from '../schema/naming.ts'
import { columnsIn, type Sql } from '../schema/sql.ts'
import {
  check,
  exclude,
  type Extra,
  type ExtraData,
  foreignKey,
  type ForeignKeyBuilder,
  index,
  type IndexPart,
  isExtra,
  primaryKey,
  unique,
} from '../schema/table-extras.ts'
import { type Extras, table as declareTable } from '../schema/table.ts'
import { builderOf, columnOf } from './column-input.ts'
import { actionOf, type ConstraintInput, constraintInput, constraintOf } from './constraints.ts'
import { type DescribedOptions, describedKeys, describedOf, type InSchema, optionalSql, refInput, type RefInput, refOf, sqlOf, type SqlText, textOf } from './define.ts'
import { elementInput, type ElementInput, elementOf } from './index-input.ts'
import { indexInput, indexOf, type IndexOptions, stringValues } from './indexes.ts'
import { checkName, checkOptions, invalid } from './invalid.ts'
import { compact, flag, ref } from './plain.ts'

/** What a table may be made with beside its columns. */
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

/** An enum that a table or column declares where it is used. */
export interface TableParts {
  readonly table: Table
  readonly enums: readonly EnumData[]
}

const nameBytes = 63

/** The table of the model. Throws OPERATION.INVALID. */
export function tableOf(
  operation: string,
  name: string,
  columns: ColumnMap,
  extras: Extras<ColumnMap> | undefined,
  settings: TableSettings & InSchema,
): TableParts {
  checkName(operation, 'the name of the table', name)
  if (typeof columns !== 'object' || columns === null || isColumn(columns)) throw invalid(operation, `the columns of ${name} must be an object of columns by name`)
  const declared = Object.entries(columns).map(([key, builder]) => columnOf(operation, key, builder))
  const twice = declared.find((d, i) => declared.findIndex((o) => o.column.name === d.column.name) !== i)
  if (twice !== undefined) throw invalid(operation, `the table ${name} has the column ${twice.column.name} twice`)
  const resolve = resolver(name, columns)
  const list = typeof extras === 'function' ? extrasOf(name, columns, extras, settings) : (extras ?? [])
  if (!Array.isArray(list)) throw invalid(operation, `what stands beside the columns of ${name} must be a list`)
  const beside = [...inlineExtras(declared.map((d) => [d.column.name, d.data] as const)), ...list.map((e) => extraData(operation, name, e))]
  const { constraints, indexes } = partsOf(operation, name, beside, resolve)
  const grants = settings.columnGrants ?? {}
  const keyed = new Set(constraints.flatMap((c) => (c.kind === 'primaryKey' ? c.columns : [])))
  const table = compact<Table>({
    kind: 'table',
    ...ref(name, settings.schema),
    columns: declared.map(({ column, data }): Column => {
      let next = column
      // A key declared beside the columns makes them not null as `primaryKey()` does.
      if (keyed.has(column.name) && data.nullable === undefined) next = { ...next, nullable: false }
      if (settings.inherited?.includes(column.name)) next = { ...next, inherited: true }
      if (Object.hasOwn(grants, column.name)) next = { ...next, grants: grants[column.name]! }
      return next
    }),
    constraints: [...constraints, ...Object.entries(settings.inheritedConstraints ?? {}).map(([n, c]) => ({ ...constraintOf(n, c), inherited: true }))],
    indexes: [...indexes, ...Object.entries(settings.otherIndexes ?? {}).map(([n, { columns: elements, ...o }]) => indexOf(operation, n, elements, o))],
    ...describedOf(settings),
    unlogged: flag(settings.unlogged),
    with: settings.with === undefined ? undefined : stringValues(settings.with),
    tablespace: settings.tablespace,
    inherits: settings.inherits?.map((p) => refOf(p)),
    partitionBy: settings.partitionBy === undefined ? undefined : textOf(operation, "'partitionBy'", settings.partitionBy),
    partitionOf:
      settings.partitionOf === undefined
        ? undefined
        : { parent: refOf(settings.partitionOf.parent), bound: textOf(operation, 'the bound', settings.partitionOf.bound) },
    rowSecurity: flag(settings.rowSecurity),
    forceRowSecurity: flag(settings.forceRowSecurity),
    replicaIdentity: settings.replicaIdentity,
    strict: flag(settings.strict),
    withoutRowid: flag(settings.withoutRowid),
  })
  return { table, enums: declared.flatMap((d) => (d.data.enum === undefined ? [] : [d.data.enum])) }
}

function extrasOf(name: string, columns: ColumnMap, extras: Exclude_<Extras<ColumnMap>>, settings: InSchema): readonly Extra[] {
  // The references that the function is given are those of a declared table of these columns.
  const refs = declareTable(name, columns) as unknown as Parameters<typeof extras>[0]
  void settings
  return extras(refs)
}
type Exclude_<T> = Extract<T, (...args: never) => unknown>

function extraData(operation: string, table: string, extra: unknown): ExtraData {
  if (!isExtra(extra)) throw invalid(operation, `something beside the columns of ${table} is no key, check, index or exclusion`)
  // isExtra has looked at the kind.
  return dataOf(extra) as ExtraData
}

/** A column by its name in the database, its property, or a reference to it. */
type Resolve = (column: unknown) => string

function resolver(table: string, columns: ColumnMap): Resolve {
  const byProperty = new Map(Object.entries(columns).map(([property, c]) => [property, isColumn(c) ? (columnData(c).sqlName ?? property) : property]))
  const names = new Set(byProperty.values())
  return (column) => {
    if (typeof column === 'string') return names.has(column) ? column : (byProperty.get(column) ?? column)
    const data = dataOf(column) as { readonly kind: string; readonly name?: string } | undefined
    if (data?.kind === 'columnRef' && data.name !== undefined) return data.name
    throw invalid('createTable', `something beside the columns of ${table} refers to no column`)
  }
}

/** What columns say of themselves, as if it stood beside them. */
export function inlineExtras(columns: readonly (readonly [name: string, data: ColumnData])[]): readonly ExtraData[] {
  const keyed = columns.filter(([, data]) => data.primaryKey !== undefined)
  const out: ExtraData[] = []
  if (keyed.length > 0) out.push({ kind: 'primaryKey', name: keyed.find(([, d]) => d.primaryKey?.name)?.[1].primaryKey?.name, columns: keyed.map(([n]) => n) })
  for (const [name, data] of columns) {
    if (data.unique !== undefined) out.push({ kind: 'unique', columns: [name], ...data.unique })
    if (data.references !== undefined) out.push({ kind: 'foreignKey', columns: [name], target: data.references.target, ...data.references.options })
    for (const c of data.checks ?? []) out.push({ kind: 'check', ...c, ...(columnsIn(c.sql).length === 0 ? { of: name } : {}) } as ExtraData)
    for (const i of data.indexes ?? []) out.push({ kind: 'index', parts: [name], ...i })
    const labels = data.enum
    if (labels !== undefined && !labels.native && labels.labels.length > 0) {
      out.push({ kind: 'check', name: labels.constraintName, sql: labelCheck(name, data, labels.labels), of: name } as ExtraData)
    }
  }
  return out
}

function labelCheck(column: string, data: ColumnData, labels: readonly string[]): string {
  const quoted = `"${column.replaceAll('"', '""')}"`
  const list = labels.map((l) => `'${l.replaceAll("'", "''")}'`).join(', ')
  return data.type.kind === 'array' ? `${quoted} <@ ARRAY[${list}]::varchar[]` : `${quoted} IN (${list})`
}

/** Constraints and indexes of the model, named as PostgreSQL names what has no name. */
export function partsOf(
  operation: string,
  table: string,
  extras: readonly ExtraData[],
  resolve: Resolve,
): { readonly constraints: readonly Constraint[]; readonly indexes: readonly Index[] } {
  const taken = new Set(extras.flatMap((e) => (e.name === undefined ? [] : [e.name])))
  const named = (kind: NamedKind, given: string | undefined, columns: readonly string[]): string => {
    if (given !== undefined) return given
    const name = defaultName({ kind, table, columns }, nameBytes, (n) => taken.has(n))
    taken.add(name)
    return name
  }
  const constraints: Constraint[] = []
  const indexes: Index[] = []
  for (const e of extras) {
    if (e.kind === 'index') indexes.push(indexFrom(operation, e, resolve, named))
    else constraints.push(constraintFrom(operation, e, resolve, named))
  }
  return { constraints, indexes }
}

type Named = (kind: NamedKind, given: string | undefined, columns: readonly string[]) => string
interface Timing {
  readonly deferrable?: boolean
  readonly initially?: 'immediate' | 'deferred'
}
const timing = (e: Timing): { readonly deferrable?: true; readonly initiallyDeferred?: true } => ({
  deferrable: flag(e.deferrable === true || e.initially === 'deferred'),
  initiallyDeferred: flag(e.initially === 'deferred'),
})

function constraintFrom(operation: string, e: Exclude_Index, resolve: Resolve, named: Named): Constraint {
  switch (e.kind) {
    case 'primaryKey':
    case 'unique': {
      const columns = e.columns.map((c) => resolve(c))
      if (columns.length === 0) throw invalid(operation, `a ${e.kind === 'unique' ? 'unique constraint' : 'primary key'} has no columns`)
      const key = {
        name: named(e.kind, e.name, columns),
        columns,
        include: e.include?.map((c) => resolve(c)),
        ...timing(e),
        comment: e.comment,
      }
      return e.kind === 'unique' ? compact({ kind: 'unique', ...key, nullsNotDistinct: flag(e.nullsNotDistinct) }) : compact({ kind: 'primaryKey', ...key })
    }
    case 'foreignKey': {
      const columns = e.columns.map((c) => resolve(c))
      const target = targetOf(operation, e.target)
      return compact<ForeignKey>({
        kind: 'foreignKey',
        name: named('foreignKey', e.name, columns),
        columns,
        references: target.table,
        referencedColumns: target.columns,
        onDelete: actionOf(operation, e.onDelete),
        onUpdate: actionOf(operation, e.onUpdate),
        onDeleteColumns: e.onDeleteColumns,
        match: e.match === 'simple' ? undefined : e.match,
        notValid: flag(e.notValid),
        ...timing(e),
        comment: e.comment,
      })
    }
    case 'check': {
      const of = 'of' in e && typeof e.of === 'string' ? [e.of] : columnsIn(e.sql)
      return compact({
        kind: 'check',
        name: named('check', e.name, of),
        sql: textOf(operation, 'the condition', e.sql),
        noInherit: flag(e.noInherit),
        notValid: flag(e.notValid),
        comment: e.comment,
      })
    }
    case 'exclude': {
      const elements = e.elements.map(([part, operator]) => ({ ...elementFrom(operation, part, resolve), operator }))
      return compact<Exclude>({
        kind: 'exclude',
        name: named('exclude', e.name, elementNames(elements)),
        using: e.using === 'gist' ? undefined : e.using,
        elements,
        include: e.include?.map((c) => resolve(c)),
        where: e.where === undefined ? undefined : textOf(operation, "'where'", e.where),
        ...timing(e),
        comment: e.comment,
      })
    }
  }
}
type Exclude_Index = Extract<ExtraData, { readonly kind: Constraint['kind'] }>

/** Where a foreign key points. Models name columns by functions; in a revision both forms hold. */
export function targetOf(operation: string, target: ReferenceTarget | undefined): { readonly table: ForeignKey['references']; readonly columns: readonly string[] } {
  if (target === undefined) throw invalid(operation, 'a foreign key does not say what it references')
  if (!('lazy' in target)) return target
  const named = [target.lazy()].flat().map((c) => dataOf(c) as { readonly kind: string; readonly table?: ForeignKey['references']; readonly name?: string } | undefined)
  const table = named[0]?.table
  if (table === undefined || named.some((c) => c?.kind !== 'columnRef')) throw invalid(operation, 'a foreign key references no column')
  return { table: ref(table.name, table.schema), columns: named.map((c) => c!.name!) }
}

function elementFrom(operation: string, part: IndexPart, resolve: Resolve): ReturnType<typeof elementOf> {
  const data = dataOf(part)
  if (typeof part === 'string' || data?.kind === 'columnRef') return { column: resolve(part) }
  if (data?.kind === 'indexPart') {
    const { element } = data as unknown as { readonly element: Extract<ElementInput, { readonly column?: string }> }
    return elementFrom(operation, element as IndexPart, resolve)
  }
  if (data?.kind === 'sql') return elementOf(operation, part as Sql)
  const element = elementOf(operation, part as ElementInput)
  return element.column === undefined ? element : { ...element, column: resolve(element.column) }
}

const elementNames = (elements: readonly { readonly column?: string; readonly expression?: string }[]): readonly string[] =>
  distinctNames(elements.map((e) => e.column ?? expressionName(e.expression ?? '')))

function indexFrom(operation: string, e: Extract<ExtraData, { readonly kind: 'index' }>, resolve: Resolve, named: Named): Index {
  const elements = e.parts.map((p) => elementFrom(operation, p, resolve))
  const include = e.include?.map((c) => resolve(c))
  const made = indexOf(operation, '-', e.parts.map(() => '-'), { ...e, include })
  const name = named('index', e.name, distinctNames([...elementNames(elements), ...(include ?? [])]))
  return { ...made, name, elements }
}

/** A table as `op.createTable` writes it: what fits one column stands at the column. */
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
    else if (c.kind === 'foreignKey') say(column, { references: { target: { table: c.references, columns: c.referencedColumns }, options: referenceOptions(c) } })
  }
  for (const i of table.indexes) if (!isOther(i)) extras.push(indexExtra(i))
  const inherited = table.constraints.filter((c) => c.inherited === true)
  const others = table.indexes.filter((i) => isOther(i))
  const granted = table.columns.filter((c) => c.grants !== undefined)
  return {
    columns: Object.fromEntries(table.columns.map((c): [string, AnyColumn] => [c.name, builderOf(c, inline.get(c.name))])),
    extras,
    settings: compact<TableSettings & InSchema>({
      schema: table.schema,
      ...describedOf(table),
      unlogged: table.unlogged,
      with: table.with,
      tablespace: table.tablespace,
      inherits: table.inherits?.map((p) => refInput(p)),
      partitionBy: optionalSql(table.partitionBy),
      partitionOf: table.partitionOf === undefined ? undefined : { parent: refInput(table.partitionOf.parent), bound: sqlOf(table.partitionOf.bound) },
      rowSecurity: table.rowSecurity,
      forceRowSecurity: table.forceRowSecurity,
      replicaIdentity: table.replicaIdentity,
      strict: table.strict,
      withoutRowid: table.withoutRowid,
      inherited: table.columns.some((c) => c.inherited === true) ? table.columns.filter((c) => c.inherited === true).map((c) => c.name) : undefined,
      columnGrants: granted.length === 0 ? undefined : Object.fromEntries(granted.map((c) => [c.name, c.grants!])),
      inheritedConstraints: inherited.length === 0 ? undefined : Object.fromEntries(inherited.map((c) => [c.name, withoutInherited(constraintInput(c))])),
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

/** The one column at which the constraint may stand: alone, by its default name, with nothing that the column cannot say. */
function inlineColumn(table: Table, c: Constraint, said: ReadonlyMap<string, Partial<ColumnData>>): string | undefined {
  if (c.kind === 'check' || c.kind === 'exclude' || c.columns.length !== 1) return undefined
  const [column] = c.columns as readonly [string]
  if (!table.columns.some((x) => x.name === column) || c.comment !== undefined) return undefined
  if (c.name !== defaultName({ kind: c.kind, table: table.name, columns: c.columns }, nameBytes)) return undefined
  const already = said.get(column)
  if (c.kind === 'foreignKey') return already?.references === undefined && c.referencedColumns.length === 1 ? column : undefined
  if (c.include !== undefined || c.deferrable === true || ('nullsNotDistinct' in c && c.nullsNotDistinct === true)) return undefined
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
  })
}

function constraintExtra(c: Constraint): Extra {
  switch (c.kind) {
    case 'primaryKey':
    case 'unique': {
      let key = c.kind === 'unique' ? unique(c.name).on(...c.columns) : primaryKey(c.name).on(...c.columns)
      if (c.include !== undefined) key = key.include(...c.include)
      if (c.deferrable === true) key = key.deferrable(c.initiallyDeferred === true ? { initially: 'deferred' } : {})
      if (c.kind === 'unique' && c.nullsNotDistinct === true && 'nullsNotDistinct' in key) key = key.nullsNotDistinct()
      return c.comment === undefined ? key : key.comment(c.comment)
    }
    case 'foreignKey': {
      const options = compact({ ...referenceOptions(c), schema: c.references.schema })
      const columns = c.referencedColumns.length === 1 ? c.referencedColumns[0]! : c.referencedColumns
      const key: ForeignKeyBuilder = foreignKey(c.name).on(...c.columns).references(c.references.name, columns, options)
      return c.comment === undefined ? key : key.comment(c.comment)
    }
    case 'check': {
      let made = check(c.name, sqlOf(c.sql))
      if (c.noInherit === true) made = made.noInherit()
      if (c.notValid === true) made = made.notValid()
      return c.comment === undefined ? made : made.comment(c.comment)
    }
    case 'exclude': {
      // Elements of the model are what their inputs say, as parts.
      let made = exclude(c.name).elements(...c.elements.map(({ operator, ...e }) => [elementInput(e) as IndexPart, operator] as const))
      if (c.using !== undefined) made = made.using(c.using)
      if (c.include !== undefined) made = made.include(...c.include)
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

/** Settings that only the table's own name stands beside; `indexOptionKeys` is for those who check by hand. */
export function checkSettings(operation: string, settings: object, more: readonly string[]): void {
  checkOptions(operation, settings, [...more, ...tableSettingKeys])
}
