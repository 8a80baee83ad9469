/** How a column builder becomes a column of the model. */
import { AmbixError } from '../../errors.ts'
import { type AnyColumn, columnData, type ColumnData } from '../declare/column.ts'
import { ambix, type Declared } from '../declared.ts'
import type { EnumData } from '../declare/enum-labels.ts'
import { isShared } from '../declare/shared.ts'
import type { Column, ColumnType, Default, EnumType, Identity, Ref, SequenceOptions } from '../model.ts'
import type { Namer, NamingConvention } from './naming.ts'
import type { NameLimit } from '../name-limit.ts'
import { renderSql, type Spelling, standardSpelling, type Sql } from '../sql.ts'
import { serialKinds } from '../types.ts'

/** Options for resolving declarations into a model; the defaults are PostgreSQL's. */
export interface ResolveOptions {
  /** How names and values inside fragments are written. Default: standard SQL, every name quoted. */
  readonly spelling?: Spelling
  readonly namingConvention?: NamingConvention
  /** How long names may be; default as on PostgreSQL. */
  readonly names?: NameLimit
  /** Objects that name this schema are as if they named none. */
  readonly defaultSchema?: string | undefined
  /** That of `namingConvention` and `names`, made once for many tables. */
  readonly namer?: Namer
  /** The columns of builders that are shared, by their names: each is resolved once. */
  readonly columns?: SharedColumns
  /** Features of SQLite that a revision may use: keys whose columns are nullable, references without columns. */
  readonly asFound?: boolean
}

export type SharedColumns = Map<AnyColumn, Record<'required' | 'free', Map<string, Column>>>

/** The ref without the schema that is the connection's own. */
export function localRef(ref: Ref, options: ResolveOptions): Ref {
  const { name, schema } = ref
  return schema === undefined || schema === options.defaultSchema ? { name } : { schema, name }
}

/** A collation by name or ref. */
export function collationRef(collation: string | Ref | undefined, options: ResolveOptions): Ref | undefined {
  if (collation === undefined) return undefined
  return typeof collation === 'string' ? { name: collation } : localRef(collation, options)
}

/** The type with its names converted to local ones, deeply. */
export function localType(type: ColumnType, options: ResolveOptions): ColumnType {
  if (type.element !== undefined) return { ...type, element: localType(type.element, options) }
  if (type.schema === undefined || type.schema !== options.defaultSchema) return type
  const { schema: _, ...rest } = type
  return rest
}

/** Fragments as text: queries have their columns qualified, everything else has not. */
export function textOf(fragment: Sql | string, options: ResolveOptions, qualify = false): string {
  return renderSql(fragment, { ...(options.spelling ?? standardSpelling), qualify })
}

/** The column by itself; `required` where a table-level primary key makes it not null. Throws SCHEMA.INVALID. */
export function columnOf(
  name: string,
  builder: AnyColumn,
  where: string,
  options: ResolveOptions,
  required = false,
): Column {
  if (options.columns === undefined || !isShared(builder)) return resolved(name, builder, where, options, required)
  let made = options.columns.get(builder)
  if (made === undefined) options.columns.set(builder, (made = { required: new Map(), free: new Map() }))
  const named = required ? made.required : made.free
  let column = named.get(name)
  if (column === undefined) named.set(name, (column = resolved(name, builder, where, options, required)))
  return column
}

function resolved(name: string, builder: AnyColumn, where: string, options: ResolveOptions, required: boolean): Column {
  const data = columnData(builder)
  contradictions(where, name, data, options)
  const free = options.asFound === true && data.nullable === true
  const mustHave = !free && (required || data.primaryKey !== undefined || data.identity !== undefined)
  const nullable = mustHave ? false : (data.nullable ?? true)
  if (isPlain(data)) return Object.freeze({ name, type: localType(data.type, options), nullable })
  const marks = data.enum !== undefined && !data.enum.native ? data.enum : undefined
  return defined<Column>({
    name,
    type: localType(data.type, options),
    nullable,
    default: defaultOf(data, options),
    identity: data.identity && identityOf(data.identity),
    generated: data.generated && { sql: textOf(data.generated.sql, options), stored: data.generated.stored },
    collation: data.collation && localRef(data.collation, options),
    comment: data.comment,
    storage: data.storage,
    compression: data.compression,
    statistics: data.statistics,
    inherited: data.inherited,
    renamedFrom: data.renamedFrom,
    renamedValues: marks?.renamed && inverted(marks.renamed),
    removedValues: marks?.removed,
  })
}

/** What a column has besides a type, and whether it may be null. */
const more: ReadonlySet<string> = new Set<keyof ColumnData>([
  'default',
  'identity',
  'generated',
  'collation',
  'comment',
  'storage',
  'compression',
  'statistics',
  'inherited',
  'renamedFrom',
])

/** Nothing but these two: most columns. */
function isPlain(data: ColumnData): boolean {
  for (const key in data) if (more.has(key)) return false
  return data.enum?.native !== false
}

/** One property, or none where the value is absent. */
export function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // A computed key widens to string.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}

/** A frozen object without the properties that are undefined: what many properties cost with `given`, at a fraction. */
export function defined<T extends object>(all: { readonly [K in keyof T]: T[K] | undefined }): T {
  const found: Record<string, unknown> = {}
  for (const key in all) {
    const value: unknown = all[key]
    if (value !== undefined) found[key] = value
  }
  // Only absent and optional properties were left out.
  return Object.freeze(found) as T
}

function defaultOf(data: ColumnData, options: ResolveOptions): Default | undefined {
  const said = data.default
  if (said === undefined) return undefined
  return said.kind === 'literal' ? said : { kind: 'sql', sql: textOf(said.sql, options) }
}

function contradictions(where: string, name: string, data: ColumnData, options: ResolveOptions): void {
  const { type } = data
  const serial = serialKinds.includes(type.kind)
  const ways =
    Number(data.default !== undefined) + Number(data.identity !== undefined) + Number(data.generated !== undefined)
  if (data.nullable !== true && ways + Number(serial) <= 1 && type.element === undefined) return
  const refuse = (message: string, why: string): never => {
    throw new AmbixError('SCHEMA.INVALID', `The column ${where}${name} ${message}.`, { why })
  }
  if (data.nullable === true) {
    if (data.primaryKey && options.asFound !== true)
      refuse('is a primary key and nullable', 'Columns of a primary key are never null.')
    if (data.identity) refuse('is an identity and nullable', 'Identity columns are never null.')
    if (serial) refuse(`is ${type.kind} and nullable`, 'Serial columns are never null.')
  }
  const sources = [
    ...(data.default ? ['a default'] : []),
    ...(data.identity ? ['an identity'] : []),
    ...(data.generated ? ['a generation expression'] : []),
    ...(serial ? [`the type ${type.kind}`] : []),
  ]
  if (sources.length > 1) refuse(`has ${sources.join(' and ')}`, 'Its values can come from one of these only.')
  if (serialKinds.includes(type.element?.kind ?? ''))
    refuse('is an array of serials', 'A serial is a column with a sequence, no type.')
}

function identityOf(identity: Identity): Identity {
  const { generation, sequenceName, ...options } = identity
  return defined<Identity>({ generation, sequenceName, ...sequenceOptions(options) })
}

/** Without options that equal PostgreSQL's defaults (manual, CREATE SEQUENCE). */
export function sequenceOptions(options: SequenceOptions): SequenceOptions {
  const { start, increment, min, max, cache, cycle } = options
  const forward = increment === undefined || Number(increment) > 0
  return defined<SequenceOptions>({
    start: forward && min === undefined && Number(start) === 1 ? undefined : start,
    increment: Number(increment) === 1 ? undefined : increment,
    min: forward && Number(min) === 1 ? undefined : min,
    max,
    cache: Number(cache) === 1 ? undefined : cache,
    cycle: cycle === true ? true : undefined,
  })
}

/** From old-to-new, as declarations have it, to new-to-old, as the model has it. */
function inverted(renamed: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.freeze(Object.fromEntries(Object.entries(renamed).map(([from, to]) => [to, from])))
}

/** A declared enum as an object of the model. */
export function enumOf(declaration: Declared<EnumData>, options: ResolveOptions): EnumType {
  const data = declaration[ambix]
  return Object.freeze({
    kind: 'enum',
    ...localRef(data, options),
    values: data.labels,
    ...given('comment', data.comment),
    ...given('renamedFrom', data.renamedFrom),
    ...given('renamedValues', data.renamed && inverted(data.renamed)),
    ...given('removedValues', data.removed),
    ...given('createType', data.createType === true ? undefined : data.createType),
  })
}
