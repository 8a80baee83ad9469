/** How declared tables and columns become tables, constraints and indexes of the model. */
import { AmbixError } from '../../errors.ts'
import { type AnyColumn, columnData } from '../declare/column.ts'
import { ambix, type Declared, dataOf } from '../declared.ts'
import type { EnumData } from '../declare/enum-labels.ts'
import { refText } from '../keys.ts'
import type { Check, Column, Constraint, EnumType, Index, PrimaryKey, Ref, Table } from '../model.ts'
import { columnOf, defined, enumOf, given, localRef, type ResolveOptions, textOf } from './column.ts'
import { checkOf, excludeOf, foreignKeyOf, keyOf, labelCheck, sameKey } from './constraints.ts'
import { indexOf, parameters } from './indexes.ts'
import { claim, type Subject, subjectOf, type TakenNames } from './subject.ts'
import { isTable, sqlNameOf, type TableLike } from '../declare/table.ts'
import { type Extra, type ExtraData, isExtra } from '../declare/table-extras.ts'

export interface ResolvedColumn {
  readonly column: Column
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  /** Declared enum types (native ones) that the column is of. */
  readonly enums: readonly EnumType[]
}

export interface ResolvedTable {
  readonly table: Table
  readonly enums: readonly EnumType[]
}

/** A column with the constraints, indexes and enums that its builder brings; `table` for their names. Throws SCHEMA.*. */
export function columnFromBuilder(
  name: string,
  builder: AnyColumn,
  table: Ref = { name: '' },
  options: ResolveOptions = {},
): ResolvedColumn {
  const sqlName = sqlNameOf(name, builder)
  const subject = subjectOf(table, undefined, true, options)
  const parts = partsOf(subject, [{ property: name, builder }], [])
  return {
    column: columnOf(sqlName, builder, table.name === '' ? '' : `${refText(subject.ref)}.`, options),
    constraints: parts.constraints,
    indexes: parts.indexes,
    enums: enumsOf([builder], options),
  }
}

/** A table of the model from a declared one. Throws SCHEMA.INVALID, SCHEMA.DUPLICATE, SCHEMA.UNKNOWN_REFERENCE. */
export function tableFromBuilder(
  declaration: TableLike,
  options: ResolveOptions = {},
  taken?: TakenNames,
): ResolvedTable {
  const table = tableOf(declaration, options, taken)
  return { table, enums: enumsOf(Object.values(declaration[ambix].columns), options) }
}

/** The table alone: its enums are declarations of their own. Throws as `tableFromBuilder`. */
export function tableOf(declaration: TableLike, options: ResolveOptions = {}, taken?: TakenNames): Table {
  const data = declaration[ambix]
  const said = data.options
  const columns: DeclaredColumn[] = []
  for (const property in data.columns) columns.push({ property, builder: data.columns[property]! })
  const open = said.inherits !== undefined || said.partitionOf !== undefined
  const subject = subjectOf(data, data.columns, open, options, taken)
  const extras = data.extras()
  if (!Array.isArray(extras)) {
    throw new AmbixError(
      'SCHEMA.INVALID',
      `The constraints and indexes of the table ${refText(subject.ref)} are not in a list.`,
      { next: [`Put brackets around them: table('${subject.ref.name}', { … }, (t) => [index('…').on(t.…)])`] },
    )
  }
  for (const extra of extras) {
    if (!isExtra(extra)) {
      throw new AmbixError(
        'SCHEMA.INVALID',
        `The table ${refText(subject.ref)} is given something besides its columns that is neither a constraint nor an index.`,
        {
          next: ['Return primaryKey(), unique(), foreignKey(), check(), index() or exclude() there.'],
        },
      )
    }
  }
  const { constraints, indexes } = partsOf(subject, columns, extras)
  const keys = constraints.find((c): c is PrimaryKey => c.kind === 'primaryKey')?.columns ?? []
  const where = `${refText(subject.ref)}.`
  const own = Object.freeze(
    columns.map(({ property, builder }) => {
      const name = sqlNameOf(property, builder)
      return columnOf(name, builder, where, options, keys.includes(name))
    }),
  )
  if (Object.keys(said).length === 0)
    return Object.freeze({ kind: 'table', ...subject.ref, columns: own, constraints, indexes })
  return defined<Table>({
    kind: 'table',
    ...subject.ref,
    columns: own,
    constraints,
    indexes,
    comment: said.comment,
    renamedFrom: said.renamedFrom,
    unlogged: said.unlogged === true ? true : undefined,
    with: parameters(said.with),
    tablespace: said.tablespace,
    inherits: said.inherits?.map((t) => tableRef(t, options)),
    partitionBy: said.partitionBy === undefined ? undefined : textOf(said.partitionBy, options),
    partitionOf: said.partitionOf && {
      parent: tableRef(said.partitionOf.parent, options),
      bound: textOf(said.partitionOf.bound, options),
    },
    rowSecurity: said.rowSecurity === true ? true : undefined,
    forceRowSecurity: said.forceRowSecurity === true ? true : undefined,
    replicaIdentity: said.replicaIdentity,
    strict: said.strict === true ? true : undefined,
    withoutRowid: said.withoutRowid === true ? true : undefined,
  })
}

/** A constraint from its builder alone, for a table known by name. */
export function constraintFromBuilder(extra: Extra, table: Ref, options: ResolveOptions = {}): Constraint {
  const made = partsOf(subjectOf(table, undefined, true, options), [], [extra]).constraints[0]
  if (made !== undefined) return made
  throw new AmbixError('SCHEMA.INVALID', `An index of ${refText(table)} was given where a constraint is wanted.`)
}

/** An index from its builder alone, for a table known by name. */
export function indexFromBuilder(extra: Extra, table: Ref, options: ResolveOptions = {}, taken?: TakenNames): Index {
  const made = partsOf(subjectOf(table, undefined, true, options, taken), [], [extra]).indexes[0]
  if (made !== undefined) return made
  throw new AmbixError(
    'SCHEMA.INVALID',
    `A ${extra[ambix].kind} of ${refText(table)} was given where an index is wanted.`,
  )
}

/** The table that a declaration, a ref or a name refers to. */
export function tableRef(table: TableLike | Ref | string, options: ResolveOptions = {}): Ref {
  if (typeof table === 'string') return { name: table }
  return localRef(isTable(table) ? table[ambix] : (table as Ref), options)
}

function enumsOf(columns: readonly AnyColumn[], options: ResolveOptions): readonly EnumType[] {
  const declared = columns.flatMap((c) => {
    const { declaration } = columnData(c)
    const data = dataOf(declaration)
    return data?.kind === 'enum' && (data as EnumData).native ? [declaration as Declared<EnumData>] : []
  })
  return Object.freeze([...new Set(declared)].map((d) => enumOf(d, options)))
}

/** An object and no pair: taking a pair apart makes an iterator, for each of tens of thousands of columns. */
interface DeclaredColumn {
  readonly property: string
  readonly builder: AnyColumn
}

/** Constraints and indexes, named in the order in which PostgreSQL chooses names: checks, then keys and indexes, then foreign keys. */
function partsOf(
  subject: Subject,
  columns: readonly DeclaredColumn[],
  extras: readonly Extra[],
): { readonly constraints: readonly Constraint[]; readonly indexes: readonly Index[] } {
  const said: { [K in ExtraData['kind']]?: Extract<ExtraData, { kind: K }>[] } = {}
  const add = (data: ExtraData): void => {
    // Given names are taken before others are made.
    if (data.name !== undefined) claim(subject, data.kind, data.name)
    // Each list is of its kind.
    const list = (said[data.kind] ??= []) as ExtraData[]
    list.push(data)
  }
  let marked: DeclaredColumn[] | undefined
  let labelled: DeclaredColumn[] | undefined
  for (const column of columns) {
    const data = columnData(column.builder)
    if (data.primaryKey !== undefined) (marked ??= []).push(column)
    if (data.enum?.native === false) (labelled ??= []).push(column)
    addFromColumn(add, column)
  }
  if (marked !== undefined) add(primaryKeyOf(subject, marked))
  for (const extra of extras) add(extra[ambix])
  const keys = said.primaryKey ?? none
  if (keys.length > 1) {
    throw new AmbixError('SCHEMA.INVALID', `The table ${refText(subject.ref)} has ${keys.length} primary keys.`, {
      next: ['Name all its columns in one: primaryKey(t.a, t.b).'],
    })
  }
  const checks: Check[] = []
  labelled?.forEach(({ property, builder }) => checks.push(labelCheck(subject, property, builder)))
  said.check?.forEach((d) => checks.push(checkOf(subject, d)))
  const constraints: Constraint[] = keys.map((d) => keyOf(subject, d))
  said.unique
    ?.filter(
      (d, i, all) => d.name !== undefined || ![...keys, ...all.slice(0, i)].some((other) => sameKey(subject, d, other)),
    )
    .forEach((d) => constraints.push(keyOf(subject, d)))
  said.exclude?.forEach((d) => constraints.push(excludeOf(subject, d)))
  const withIndexes = constraints.length
  const indexes = said.index === undefined ? none : said.index.map((d) => indexOf(subject, d))
  said.foreignKey?.forEach((d) => constraints.push(foreignKeyOf(subject, d)))
  constraints.push(...checks)
  once(subject, 'constraint', constraints)
  once(subject, 'index', indexes, constraints.slice(0, withIndexes))
  return { constraints: Object.freeze(constraints), indexes: Object.freeze(indexes) }
}

const none: readonly never[] = Object.freeze([])

type Named = readonly { readonly name: string }[]

function once(subject: Subject, what: string, named: Named, more: Named = none): void {
  if (named.length + more.length < 2) return
  const seen = new Set<string>()
  const see = ({ name }: Named[number]): void => {
    if (seen.has(name))
      throw new AmbixError('SCHEMA.DUPLICATE', `The table ${refText(subject.ref)} has the ${what} ${name} twice.`)
    seen.add(name)
  }
  named.forEach(see)
  more.forEach(see)
}

/** The options of a column's builder as constraints and indexes of the table. */
function addFromColumn(add: (data: ExtraData) => void, { property, builder }: DeclaredColumn): void {
  const { unique, checks, indexes, references } = columnData(builder)
  if (unique === undefined && checks === undefined && indexes === undefined && references === undefined) return
  const columns = [sqlNameOf(property, builder)]
  if (unique) add({ kind: 'unique', columns, ...unique })
  for (const c of checks ?? []) add({ kind: 'check', column: columns[0], ...c } as ExtraData)
  for (const i of indexes ?? []) add({ kind: 'index', parts: columns, ...i })
  if (references) add({ kind: 'foreignKey', columns, target: references.target, ...references.options })
}

/** Of the columns that are marked as parts of it. */
function primaryKeyOf(subject: Subject, marked: readonly DeclaredColumn[]): ExtraData {
  const names = [...new Set(marked.flatMap(({ builder }) => columnData(builder).primaryKey?.name ?? []))]
  if (names.length > 1) {
    throw new AmbixError(
      'SCHEMA.INVALID',
      `The primary key of ${refText(subject.ref)} is given ${names.length} names: ${names.join(', ')}.`,
    )
  }
  const columns = marked.map(({ property, builder }) => sqlNameOf(property, builder))
  return { kind: 'primaryKey', columns, ...given('name', names[0]) }
}
