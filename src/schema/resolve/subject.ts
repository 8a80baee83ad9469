/** A table whose parts are being resolved: its columns' names, and the names that are still free. */
import { AmbixError } from '../../errors.ts'
import { columnData, type ColumnMap, type DeferrableOptions } from '../declare/column.ts'
import { dataOf } from '../declared.ts'
import { refText, sameRef } from '../keys.ts'
import { usualNames } from '../name-limit.ts'
import type { Ref } from '../model.ts'
import { namer, type NamedKind, type NameParts, type Namer } from './naming.ts'
import { given, localRef, type ResolveOptions } from './column.ts'
import type { ColumnLike, ColumnRefData } from '../declare/column-refs.ts'
import { sqlNameOf } from '../declare/table.ts'

/** Names that are in use in one schema of the database, so that generated names differ. */
export interface TakenNames {
  readonly relations: Set<string>
  readonly constraints: Set<string>
}

/** A table whose parts are being resolved: by name alone, or with the columns that were declared. */
export interface Subject {
  readonly ref: Ref
  /** By property; undefined where the table is known by name only. */
  readonly declared: ColumnMap | undefined
  /** Names in the database by property, where one differs from its property; and the other way round. */
  readonly names:
    | { readonly columns: ReadonlyMap<string, string>; readonly properties: ReadonlyMap<string, string> }
    | undefined
  /** Whether columns may come from elsewhere (inheritance, partitions). */
  readonly open: boolean
  readonly options: ResolveOptions
  readonly namer: Namer
  readonly taken: TakenNames
}

export function subjectOf(
  ref: Ref,
  declared: ColumnMap | undefined,
  open: boolean,
  options: ResolveOptions,
  taken?: TakenNames,
): Subject {
  return {
    ref: localRef(ref, options),
    declared,
    names: namesOf(declared),
    open,
    options,
    namer: options.namer ?? namerOf(options),
    taken: taken ?? { relations: new Set(), constraints: new Set() },
  }
}

export const namerOf = (options: ResolveOptions): Namer =>
  namer({ ...given('namingConvention', options.namingConvention), names: options.names ?? usualNames })

function namesOf(declared: ColumnMap | undefined): Subject['names'] {
  let differ = false
  for (const property in declared) if (columnData(declared[property]!).sqlName !== undefined) differ = true
  if (declared === undefined || !differ) return undefined
  const columns = new Map(Object.entries(declared).map(([property, c]) => [property, sqlNameOf(property, c)]))
  return { columns, properties: new Map(Array.from(columns, ([property, name]) => [name, property])) }
}

export function claim(subject: Subject, kind: NamedKind, name: string): void {
  if (kind !== 'index') subject.taken.constraints.add(name)
  if (kind !== 'check' && kind !== 'foreignKey') subject.taken.relations.add(name)
}

/** The name of a part; `columns` are asked for where it is made of them. */
export function named(
  subject: Subject,
  kind: NamedKind,
  given: string | undefined,
  rest: () => Omit<NameParts, 'table' | 'kind' | 'givenName' | 'keys'>,
): string {
  const { taken } = subject
  if (given !== undefined && subject.namer.keeps(kind)) {
    claim(subject, kind, given)
    return given
  }
  const parts = { kind, ...rest(), ...(given === undefined ? {} : { givenName: given }) }
  const relation = parts.kind !== 'check' && parts.kind !== 'foreignKey'
  const isTaken = (name: string): boolean =>
    (relation && taken.relations.has(name)) || (parts.kind !== 'index' && taken.constraints.has(name))
  const name = subject.namer.name(
    {
      ...parts,
      table: subject.ref.name,
      keys: parts.columns.map((c) => subject.names?.properties.get(c) ?? c),
    },
    isTaken,
  )
  claim(subject, parts.kind, name)
  return name
}

/** The columns' names in the database, in their order. */
export const declaredNames = ({ declared = {} }: Subject): readonly string[] =>
  Object.entries(declared).map(([property, c]) => sqlNameOf(property, c))

/** What a part is, for messages: put together where one is written. */
export type What = string | (() => string)
export const said = (what: What): string => (typeof what === 'string' ? what : what())

/** A column's name in the database from what was written. Throws SCHEMA.UNKNOWN_REFERENCE. */
export function columnName(subject: Subject, column: ColumnLike, what: What): string {
  const { declared, names } = subject
  if (typeof column === 'string') {
    if (declared === undefined || names?.properties.has(column) === true) return column
    if (Object.hasOwn(declared, column)) return names?.columns.get(column) ?? column
    if (subject.open) return column
  } else {
    const data = dataOf(column)
    if (data?.kind === 'columnRef') {
      const ref = data as ColumnRefData
      if (isOf(subject, ref.table)) return ref.name
      const table = refText(subject.ref)
      throw new AmbixError(
        'SCHEMA.UNKNOWN_REFERENCE',
        `The ${said(what)} of ${table} names the column ${ref.name} of ${refText(ref.table)}.`,
      )
    }
  }
  throw new AmbixError(
    'SCHEMA.UNKNOWN_REFERENCE',
    `The ${said(what)} of ${refText(subject.ref)} names a column that the table does not have: ${typeof column === 'string' ? column : 'an object'}.`,
    {
      why:
        declared === undefined
          ? 'A column or its name is wanted.'
          : `Its columns are ${declaredNames(subject).join(', ')}.`,
    },
  )
}

/** Whether the table is the one at hand. */
function isOf({ ref, options }: Subject, table: Ref): boolean {
  return table.name === ref.name && (table.schema === ref.schema || sameRef(localRef(table, options), ref))
}

export function columnNames(
  subject: Subject,
  columns: readonly ColumnLike[] | undefined,
  what: What,
): readonly string[] {
  if (columns === undefined || columns.length === 0) {
    throw new AmbixError('SCHEMA.INVALID', `The ${said(what)} of ${refText(subject.ref)} names no column.`, {
      next: ['Add .on(t.a, t.b).'],
    })
  }
  return Object.freeze(columns.map((c) => columnName(subject, c, what)))
}

export function includes(
  subject: Subject,
  columns: readonly ColumnLike[] | undefined,
  what: What,
): readonly string[] | undefined {
  return columns && columnNames(subject, columns, what)
}

const immediate = Object.freeze({})

export function deferrable(
  options: DeferrableOptions,
  what: What,
): { readonly deferrable?: boolean; readonly initiallyDeferred?: boolean } {
  if (options.deferrable === undefined && options.initially === undefined) return immediate
  const deferred = options.initially === 'deferred'
  if (deferred && options.deferrable === false) {
    throw new AmbixError('SCHEMA.INVALID', `The ${said(what)} is initially deferred and not deferrable.`)
  }
  return {
    ...given('deferrable', deferred || options.deferrable === true ? true : undefined),
    ...given('initiallyDeferred', deferred ? true : undefined),
  }
}

export function described(data: { readonly comment?: string; readonly renamedFrom?: string }): {
  readonly comment?: string
  readonly renamedFrom?: string
} {
  return { ...given('comment', data.comment), ...given('renamedFrom', data.renamedFrom) }
}
