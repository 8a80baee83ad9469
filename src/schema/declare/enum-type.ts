/** An enum declared in the models: its type, its labels, its members, and its columns. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { ColumnBuilder, nonEmpty } from './column.ts'
import { ambix, type Declared } from '../declared.ts'
import {
  checkLabels,
  type EnumData,
  type EnumSource,
  labelsOf,
  type MemberOf,
  membersOf,
  type Persist,
} from './enum-labels.ts'
import { checkOptions, type Known } from './known-options.ts'
import { anything, either, flag, labelOrNull, oneOf, recordOf, refOrName, shown, text, whole, word } from '../shapes.ts'
import type { ColumnType } from '../model.ts'

export interface EnumOptions {
  /** The stored labels: member values (default), names, or the result of a function. */
  readonly persist?: Persist
  readonly schema?: string
  /** `false`: varchar with a named CHECK, wherever the enum is used. */
  readonly native?: boolean
  /** Of the varchar; the longest label unless given. */
  readonly length?: number
  /** Of the CHECK; `<table>_<column>_check` unless given. */
  readonly constraintName?: string
  /** `ifMissing` adopts a type that exists already; `false`: the type is managed elsewhere. */
  readonly createType?: boolean | 'ifMissing'
  /** Whether strings that are no label are refused on their way to the database. Default false: the database refuses them. */
  readonly validate?: boolean
  readonly renamedFrom?: string | { readonly schema?: string; readonly name: string }
  /** Labels of the database that are called otherwise now: `{ approved: 'approve' }`, from old to new. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Dropped labels, and what rows that hold them become: `{ archived: 'draft' }`; null is NULL. */
  readonly removed?: Readonly<Record<string, string | null>>
  readonly comment?: string
}

const enumOptions: Known<EnumOptions> = {
  persist: anything(),
  schema: word,
  native: flag,
  length: whole,
  constraintName: word,
  createType: either(flag, oneOf('ifMissing')),
  validate: flag,
  renamedFrom: refOrName,
  renamed: recordOf(text, 'labels'),
  removed: recordOf(labelOrNull, 'labels'),
  comment: text,
}

/** A declared enum. Call it for a column: `postStatus().notNull()`. */
export interface EnumDeclaration<M> extends Declared<EnumData> {
  (): ColumnBuilder<M>
  readonly labels: readonly string[]
  readonly members: readonly M[]
  /** The stored label of a member. Labels are accepted; other strings too unless `validate`. Throws ENUM.INVALID. */
  toDatabase(member: M | string | null): string | null
  /** The member of a label. Throws ENUM.INVALID for a label that the enum has not. */
  fromDatabase(label: string | null): M | null
}

/**
 * Declares an enum from a TypeScript enum, an `as const` object, any object of strings or numbers, or a list.
 * Reverse mappings of numeric enums and aliases (two members of one value) are left out.
 * Throws ENUM.INVALID: labels over 63 bytes, labels twice, nothing to take members from.
 *
 * @example enumType('post_status', PostStatus, { persist: 'names' })
 */
export function enumType<const E extends EnumSource>(
  name: string,
  source: E,
  options: EnumOptions = {},
): EnumDeclaration<MemberOf<E>> {
  nonEmpty(name, 'enum')
  checkOptions(`enumType('${name}')`, options, enumOptions)
  const members = membersOf(name, source)
  const labels = labelsOf(name, members, options.persist ?? 'values')
  const data: EnumData = Object.freeze({
    kind: 'enum',
    name,
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    members,
    labels,
    native: options.native ?? true,
    length: lengthOf(name, labels, options),
    createType: options.createType ?? true,
    validate: options.validate ?? false,
    ...(options.constraintName === undefined ? {} : { constraintName: options.constraintName }),
    ...(options.renamedFrom === undefined ? {} : { renamedFrom: oldName(options.renamedFrom) }),
    ...(options.renamed === undefined ? {} : { renamed: checkRenamed(name, labels, options.renamed) }),
    ...(options.removed === undefined ? {} : { removed: checkRemoved(name, labels, options.removed) }),
    ...(options.comment === undefined ? {} : { comment: options.comment }),
  })
  let column: ColumnBuilder<MemberOf<E>> | undefined
  const declare = (): ColumnBuilder<MemberOf<E>> => (column ??= enumColumn(declaration))
  const declaration: EnumDeclaration<MemberOf<E>> = Object.assign(declare, {
    [ambix]: data,
    labels,
    // The members' own values are those of E.
    members: Object.freeze(members.map((m) => m.value)) as readonly MemberOf<E>[],
    toDatabase: (member: MemberOf<E> | string | null): string | null => toDatabase(data, member),
    fromDatabase: (label: string | null): MemberOf<E> | null => fromDatabase(data, label) as MemberOf<E> | null,
  })
  return declaredHere(Object.freeze(declaration))
}

function enumColumn<M>(declaration: EnumDeclaration<M>): ColumnBuilder<M> {
  const data = declaration[ambix]
  return new ColumnBuilder({ kind: 'columnBuilder', type: enumColumnType(data), enum: data, declaration })
}

function enumColumnType(data: EnumData): ColumnType {
  if (!data.native) return Object.freeze({ kind: 'varchar', length: data.length })
  const { name, schema } = data
  return Object.freeze(schema === undefined ? { kind: 'enum', name } : { kind: 'enum', schema, name })
}

/** The stored label of a member; see `EnumDeclaration.toDatabase`. */
export function toDatabase(data: EnumData, member: unknown): string | null {
  if (member === null || member === undefined) return null
  const at = data.members.findIndex((m) => m.value === member)
  if (at >= 0) return data.labels[at]!
  if (typeof member === 'string' && (!data.validate || data.labels.includes(member))) return member
  throw new AmbixError('ENUM.INVALID', `${JSON.stringify(member)} is not a member of the enum ${data.name}.`, {
    why: `Its members are ${data.members.map((m) => JSON.stringify(m.value)).join(', ')}.`,
    data: { enum: data.name, value: member, labels: data.labels },
  })
}

/** The value of the member that is persisted as `label`; see `EnumDeclaration.fromDatabase`. */
export function fromDatabase(data: EnumData, label: unknown): string | number | null {
  if (label === null || label === undefined) return null
  const at = data.labels.indexOf(String(label))
  if (at >= 0) return data.members[at]!.value
  throw new AmbixError(
    'ENUM.INVALID',
    `The database has the label ${JSON.stringify(label)}, which the enum ${data.name} does not have.`,
    {
      why: `Its labels are ${data.labels.map((l) => JSON.stringify(l)).join(', ')}.`,
      next: ['Add the label to the models, or read unknown labels as they are (`unknown: "passthrough"`).'],
      data: { enum: data.name, label, labels: data.labels },
    },
  )
}

/** As SQLAlchemy's Enum: the longest label, and never less. Characters, as varchar counts them. */
function lengthOf(name: string, labels: readonly string[], options: EnumOptions): number {
  const longest = labels.reduce((most, l) => Math.max(most, [...l].length), 1)
  const { length } = options
  if (length === undefined) return longest
  if (Number.isInteger(length) && length >= longest) return length
  throw new AmbixError(
    'ENUM.INVALID',
    `The enum ${name} is given the length ${length}, and its longest label has ${longest}.`,
  )
}

function oldName(from: NonNullable<EnumOptions['renamedFrom']>): string {
  if (typeof from === 'string') return nonEmpty(from, 'enum')
  return from.schema === undefined ? from.name : `${from.schema}.${from.name}`
}

function checkRenamed(
  name: string,
  labels: readonly string[],
  renamed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [from, to] of Object.entries(renamed)) {
    if (!labels.includes(to)) {
      throw new AmbixError(
        'ENUM.INVALID',
        `The enum ${name} renames ${JSON.stringify(from)} to ${JSON.stringify(to)}, which is not a label.`,
        {
          why: `Its labels are ${labels.map((l) => JSON.stringify(l)).join(', ')}.`,
          next: ['`renamed` goes from the old label to the new one.'],
        },
      )
    }
  }
  const targets = Object.values(renamed)
  if (new Set(targets).size < targets.length) {
    throw new AmbixError('ENUM.INVALID', `The enum ${name} renames two labels to one.`, {
      next: ['Rename one, and name the other under `removed` with the label that its rows become.'],
    })
  }
  return Object.freeze({ ...renamed })
}

function checkRemoved(
  name: string,
  labels: readonly string[],
  removed: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string | null>> {
  for (const [from, to] of Object.entries(removed)) {
    if (labels.includes(from)) {
      throw new AmbixError(
        'ENUM.INVALID',
        `The enum ${name} has the label ${JSON.stringify(from)} that it says is removed.`,
      )
    }
    if (to !== null && !labels.includes(to)) {
      throw new AmbixError(
        'ENUM.INVALID',
        `Rows of ${JSON.stringify(from)} are to become ${JSON.stringify(to)}, which is not a label of the enum ${name}.`,
      )
    }
  }
  return Object.freeze({ ...removed })
}

/** A column of an enum type that is known by name alone, as revisions name it. */
export function enumRef<M = string>(name: string, options: { readonly schema?: string } = {}): ColumnBuilder<M> {
  nonEmpty(name, 'enum')
  checkOptions(`enumRef('${name}')`, options, { schema: word })
  const { schema } = options
  return new ColumnBuilder({
    kind: 'columnBuilder',
    type: Object.freeze(schema === undefined ? { kind: 'enum', name } : { kind: 'enum', schema, name }),
  })
}

/**
 * A column of an enum that a hand-written revision makes where it is used: created when it is missing, held against
 * its labels when it is there. `op.addColumn('posts', 'status', inlineEnum('post_status', ['draft', 'live']))`.
 */
export function inlineEnum<const L extends readonly string[]>(
  name: string,
  labels: L,
  options: { readonly schema?: string } = {},
): ColumnBuilder<L[number]> {
  nonEmpty(name, 'enum')
  if (!Array.isArray(labels))
    throw new AmbixError('ENUM.INVALID', `inlineEnum('${name}') is given no list of labels.`, {
      why: `${shown(labels)} was given.`,
      next: [`Write inlineEnum('${name}', ['a', 'b']): the name of the type, then its labels.`],
    })
  checkLabels(name, labels)
  checkOptions(`inlineEnum('${name}')`, options, { schema: word })
  return enumType(name, labels, { ...options, createType: 'ifMissing' })() as ColumnBuilder<L[number]>
}
