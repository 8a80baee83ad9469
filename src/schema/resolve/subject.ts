/** A table whose parts are being resolved: its columns' names, and the names that are still free. */
import { AmbixError } from '../../errors.ts'
import type { DeferrableOptions } from '../declare/column.ts'
import { dataOf } from '../declared.ts'
import { refText, sameRef } from '../keys.ts'
import { usualNames } from '../name-limit.ts'
import type { Ref } from '../model.ts'
import { namer, type NamedKind, type NameParts, type Namer } from './naming.ts'
import { given, localRef, type ResolveOptions } from './column.ts'
import type { ColumnLike, ColumnRefData } from '../declare/column-refs.ts'

/** Names that are in use in one schema of the database, so that generated names differ. */
export interface TakenNames {
  readonly relations: Set<string>
  readonly constraints: Set<string>
}

/** A table whose parts are being resolved: by name alone, or with the columns that were declared. */
export interface Subject {
  readonly ref: Ref
  /** Names in the database by property; undefined where the table is known by name only. */
  readonly columns: ReadonlyMap<string, string> | undefined
  /** Properties by name in the database: the other way round. */
  readonly properties: ReadonlyMap<string, string>
  /** Whether columns may come from elsewhere (inheritance, partitions). */
  readonly open: boolean
  readonly options: ResolveOptions
  readonly namer: Namer
  readonly taken: TakenNames
}

export function subjectOf(
  ref: Ref,
  columns: ReadonlyMap<string, string> | undefined,
  open: boolean,
  options: ResolveOptions,
  taken?: TakenNames,
): Subject {
  return {
    ref: localRef(ref, options),
    columns,
    properties: new Map(columns === undefined ? [] : Array.from(columns, ([property, name]) => [name, property])),
    open,
    options,
    namer: namer({
      ...given('namingConvention', options.namingConvention),
      names: options.names ?? usualNames,
    }),
    taken: taken ?? { relations: new Set(), constraints: new Set() },
  }
}

export function claim(subject: Subject, kind: NamedKind, name: string): void {
  if (kind !== 'index') subject.taken.constraints.add(name)
  if (kind !== 'check' && kind !== 'foreignKey') subject.taken.relations.add(name)
}

export function named(subject: Subject, parts: Omit<NameParts, 'table'>): string {
  const { taken } = subject
  const relation = parts.kind !== 'check' && parts.kind !== 'foreignKey'
  const isTaken = (name: string): boolean =>
    (relation && taken.relations.has(name)) || (parts.kind !== 'index' && taken.constraints.has(name))
  const name = subject.namer.name(
    {
      ...parts,
      table: subject.ref.name,
      keys: parts.columns.map((c) => subject.properties.get(c) ?? c),
    },
    isTaken,
  )
  claim(subject, parts.kind, name)
  return name
}

/** A column's name in the database from what was written. Throws SCHEMA.UNKNOWN_REFERENCE. */
export function columnName(subject: Subject, column: ColumnLike, what: string): string {
  const data = dataOf(column)
  if (data?.kind === 'columnRef') {
    const ref = data as ColumnRefData
    if (sameRef(localRef(ref.table, subject.options), subject.ref)) return ref.name
    const table = refText(subject.ref)
    throw new AmbixError(
      'SCHEMA.UNKNOWN_REFERENCE',
      `The ${what} of ${table} names the column ${ref.name} of ${refText(ref.table)}.`,
    )
  }
  if (typeof column === 'string') {
    const { columns } = subject
    if (columns === undefined || subject.properties.has(column)) return column
    const byProperty = columns.get(column)
    if (byProperty !== undefined) return byProperty
    if (subject.open) return column
  }
  throw new AmbixError(
    'SCHEMA.UNKNOWN_REFERENCE',
    `The ${what} of ${refText(subject.ref)} names a column that the table does not have: ${typeof column === 'string' ? column : 'an object'}.`,
    {
      why:
        subject.columns === undefined
          ? 'A column or its name is wanted.'
          : `Its columns are ${[...subject.columns.values()].join(', ')}.`,
    },
  )
}

export function columnNames(
  subject: Subject,
  columns: readonly ColumnLike[] | undefined,
  what: string,
): readonly string[] {
  if (columns === undefined || columns.length === 0) {
    throw new AmbixError('SCHEMA.INVALID', `The ${what} of ${refText(subject.ref)} names no column.`, {
      next: ['Add .on(t.a, t.b).'],
    })
  }
  return Object.freeze(columns.map((c) => columnName(subject, c, what)))
}

export function includes(
  subject: Subject,
  columns: readonly ColumnLike[] | undefined,
  what: string,
): readonly string[] | undefined {
  return columns && columnNames(subject, columns, what)
}

export function deferrable(
  options: DeferrableOptions,
  what: string,
): { readonly deferrable?: boolean; readonly initiallyDeferred?: boolean } {
  const deferred = options.initially === 'deferred'
  if (deferred && options.deferrable === false) {
    throw new AmbixError('SCHEMA.INVALID', `The ${what} is initially deferred and not deferrable.`)
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
