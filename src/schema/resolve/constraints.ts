/** How constraint builders become constraints of the model. */
import { thrownText } from '../../util/redact.ts'
import { AmbixError } from '../../errors.ts'
import { shown } from '../shapes.ts'
import {
  type ActionWord,
  type AnyColumn,
  columnData,
  type ReferenceOptions,
  type ReferenceTarget,
} from '../declare/column.ts'
import { dataOf } from '../declared.ts'
import { refText, sameRef } from '../keys.ts'
import type { Check, Exclude, ForeignKey, PrimaryKey, Ref, ReferentialAction, Unique } from '../model.ts'
import { defined, given, localRef, type ResolveOptions, textOf } from './column.ts'
import { elementOf, nameColumns, parameters } from './indexes.ts'
import {
  claim,
  columnName,
  columnNames,
  declaredNames,
  deferrable,
  described,
  includes,
  named,
  said,
  type Subject,
  type What,
} from './subject.ts'
import { columnsIn, type Sql, standardSpelling } from '../sql.ts'
import { sqlNameOf } from '../declare/table.ts'
import type { CheckData, ExcludeData, ForeignKeyData, PrimaryKeyData, UniqueData } from '../declare/table-extras.ts'
import type { ColumnRefData } from '../declare/column-refs.ts'

export function keyOf<D extends PrimaryKeyData | UniqueData>(
  subject: Subject,
  data: D,
): D extends PrimaryKeyData ? PrimaryKey : Unique {
  const what = data.kind === 'primaryKey' ? 'primary key' : 'unique constraint'
  const columns = columnNames(subject, data.columns, what)
  // The result has the kind of the argument.
  return defined<PrimaryKey | Unique>({
    kind: data.kind,
    name: named(subject, data.kind, data.name, () => ({ columns })),
    columns,
    include: includes(subject, data.include, what),
    with: parameters(data.with),
    tablespace: data.tablespace,
    nullsNotDistinct: data.kind === 'unique' && data.nullsNotDistinct === true ? true : undefined,
    ...deferrable(data, what),
    comment: data.comment,
    renamedFrom: data.renamedFrom,
  }) as D extends PrimaryKeyData ? PrimaryKey : Unique
}

/** Whether PostgreSQL would create one index for two keys of a table: then it drops the second (transformIndexConstraints). */
export function sameKey(subject: Subject, a: UniqueData, b: PrimaryKeyData | UniqueData): boolean {
  const key = (d: PrimaryKeyData | UniqueData): string =>
    JSON.stringify([
      columnNames(subject, d.columns, 'key'),
      includes(subject, d.include, 'key') ?? [],
      deferrable(d, 'key'),
      d.kind === 'unique' && d.nullsNotDistinct === true,
    ])
  return key(a) === key(b)
}

export function checkOf(subject: Subject, data: CheckData & { readonly column?: string }): Check {
  const sql = textOf(data.sql, subject.options)
  if (sql.trim() === '')
    throw new AmbixError('SCHEMA.INVALID', `A check of ${refText(subject.ref)} has an empty condition.`)
  return Object.freeze({
    kind: 'check',
    name: named(subject, 'check', data.name, () => ({
      columns: data.column === undefined ? mentioned(subject, data.sql, sql) : [data.column],
    })),
    sql,
    ...given('noInherit', data.noInherit === true ? true : undefined),
    ...given('notValid', data.notValid === true ? true : undefined),
    ...given('notEnforced', data.notEnforced === true ? true : undefined),
    ...described(data),
  })
}

/** The columns of a condition: those referred to, and those whose names occur in its text outside of strings. */
function mentioned(subject: Subject, fragment: Sql | string, sql: string): readonly string[] {
  const words = new Set(
    [...sql.replaceAll(/'(?:[^']|'')*'/gu, ' ').matchAll(/"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)/gu)].map(
      (m) => m[1] ?? m[2]!,
    ),
  )
  const all = declaredNames(subject).filter((c) => words.has(c) || words.has(c.toLowerCase()))
  return [...new Set([...columnsIn(fragment), ...all])]
}

/** The check that holds the labels of an enum that is not a type of its own. */
export function labelCheck(subject: Subject, property: string, builder: AnyColumn): Check {
  const { enum: declared, type } = columnData(builder)
  const data = declared!
  const column = sqlNameOf(property, builder)
  const { quote, literal } = subject.options.spelling ?? standardSpelling
  const labels = data.labels.map((l) => literal(l)).join(', ')
  const sql =
    data.labels.length === 0
      ? 'FALSE'
      : type.kind === 'array'
        ? `${quote(column)} <@ ARRAY[${labels}]::varchar[]`
        : `${quote(column)} IN (${labels})`
  if (data.constraintName !== undefined) claim(subject, 'check', data.constraintName)
  const name = named(subject, 'check', data.constraintName, () => ({ columns: [column] }))
  return Object.freeze({ kind: 'check', name, sql })
}

const actions: Readonly<Record<ActionWord, ReferentialAction | undefined>> = {
  noAction: undefined,
  'no action': undefined,
  restrict: 'restrict',
  cascade: 'cascade',
  setNull: 'setNull',
  'set null': 'setNull',
  setDefault: 'setDefault',
  'set default': 'setDefault',
}
function actionOf(action: ActionWord | undefined, what: What): ReferentialAction | undefined {
  if (action !== undefined && !(typeof action === 'string' && Object.hasOwn(actions, action))) {
    throw new AmbixError('SCHEMA.INVALID', `${said(what)}: ${shown(action)} is not a referential action.`, {
      next: [`Use ${Object.keys(actions).join(', ')}.`],
    })
  }
  return action && actions[action]
}

export function foreignKeyOf(subject: Subject, data: ForeignKeyData & Omit<ReferenceOptions, 'name'>): ForeignKey {
  const columns = columnNames(subject, data.columns, 'foreign key')
  const what = (): string => `foreign key ${refText(subject.ref)}(${columns.join(', ')})`
  const target = targetOf(data.target, what, subject.options)
  const implied = target.columns.length === 0 && subject.options.asFound === true
  if (!implied && target.columns.length !== columns.length) {
    throw new AmbixError(
      'SCHEMA.INVALID',
      `The ${what()} has ${columns.length} columns and points to ${target.columns.length}.`,
    )
  }
  const { match } = data
  const name = named(subject, 'foreignKey', data.name, () => ({
    columns,
    referredTable: target.table.name,
    referredColumns: target.columns,
  }))
  if (isPlain(data))
    return Object.freeze({
      kind: 'foreignKey',
      name,
      columns,
      references: target.table,
      referencedColumns: target.columns,
    })
  return defined<ForeignKey>({
    kind: 'foreignKey',
    name,
    columns,
    references: target.table,
    referencedColumns: target.columns,
    onDelete: actionOf(data.onDelete, what),
    onUpdate: actionOf(data.onUpdate, what),
    onDeleteColumns: data.onDeleteColumns?.map((c) => columnName(subject, c, what)),
    match: match === 'simple' ? undefined : match,
    notValid: data.notValid === true ? true : undefined,
    notEnforced: data.notEnforced === true ? true : undefined,
    ...deferrable(data, what),
    comment: data.comment,
    renamedFrom: data.renamedFrom,
  })
}

/** Nothing but a name and its columns on both sides: most foreign keys. */
function isPlain(data: ForeignKeyData): boolean {
  for (const key in data) if (key !== 'kind' && key !== 'name' && key !== 'columns' && key !== 'target') return false
  return true
}

/** Where a foreign key points, by names. Throws SCHEMA.UNKNOWN_REFERENCE where it points to nothing. */
function targetOf(
  target: ReferenceTarget | undefined,
  what: What,
  options: ResolveOptions,
): { readonly table: Ref; readonly columns: readonly string[] } {
  if (target === undefined) {
    throw new AmbixError('SCHEMA.INVALID', `The ${said(what)} does not say what it points to.`, {
      next: ['Add .references(() => users.id).'],
    })
  }
  if ('table' in target) return { table: localRef(target.table, options), columns: target.columns }
  let pointed: unknown
  try {
    pointed = target.lazy()
  } catch (cause) {
    throw new AmbixError('SCHEMA.UNKNOWN_REFERENCE', `What the ${said(what)} points to cannot be evaluated.`, {
      why: thrownText(cause),
      cause,
    })
  }
  const refs = (Array.isArray(pointed) ? pointed : [pointed]).map((p) => dataOf(p))
  const columns = refs.filter((d): d is ColumnRefData => d?.kind === 'columnRef')
  const [first] = columns
  if (first === undefined || columns.length < refs.length) {
    throw new AmbixError(
      'SCHEMA.UNKNOWN_REFERENCE',
      `The ${said(what)} refers to something that is not a column of a declared table.`,
      {
        why: 'The property may be misspelled, or the module that declares the table may be loaded later.',
        next: ["Point to a column: .references(() => users.id), or by name: .references('users', 'id')."],
      },
    )
  }
  if (!columns.every((c) => sameRef(c.table, first.table)))
    throw new AmbixError('SCHEMA.INVALID', `The ${said(what)} points to columns of several tables.`)
  return { table: localRef(first.table, options), columns: columns.map((c) => c.name) }
}

export function excludeOf(subject: Subject, data: ExcludeData): Exclude {
  const what = 'exclusion constraint'
  if (data.elements.length === 0) {
    throw new AmbixError('SCHEMA.INVALID', `An ${what} of ${refText(subject.ref)} has no elements.`, {
      next: ["Add .elements([t.room, '='])."],
    })
  }
  const elements = Object.freeze(
    data.elements.map(([part, operator]) => Object.freeze({ ...elementOf(subject, part, what), operator })),
  )
  return Object.freeze({
    kind: 'exclude',
    name: named(subject, 'exclude', data.name, () => ({ columns: nameColumns(elements) })),
    ...given(
      'using',
      data.using === undefined || data.using.toLowerCase() === 'gist' ? undefined : data.using.toLowerCase(),
    ),
    elements,
    ...given('include', includes(subject, data.include, what)),
    ...given('with', parameters(data.with)),
    ...given('tablespace', data.tablespace),
    ...given('where', data.where === undefined ? undefined : textOf(data.where, subject.options)),
    ...deferrable(data, what),
    ...described(data),
  })
}
