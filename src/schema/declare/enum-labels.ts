/** How TypeScript enums, objects and lists become ordered labels, and members become labels and back. */
import { AmbixError } from '../../errors.ts'
import { shown } from '../shapes.ts'

/** The declaration of an enum: a TypeScript enum, any object of strings or numbers, or a list. */
export type EnumSource = Readonly<Record<string, string | number>> | readonly (string | number)[]

/** The TypeScript type of a column of the enum: the enum's own member type. */
export type MemberOf<E extends EnumSource> = E extends readonly (infer V)[] ? V : E[keyof E]

export interface EnumMember {
  readonly name: string
  readonly value: string | number
}

/** `values` (the default), `names` (SQLAlchemy's way), or a function of the members (its `values_callable`). */
export type Persist = 'values' | 'names' | ((members: readonly EnumMember[]) => readonly string[])

/** A declared enum as data. */
export interface EnumData {
  readonly kind: 'enum'
  readonly name: string
  readonly schema?: string
  readonly members: readonly EnumMember[]
  /** The stored labels, in the order of the members. */
  readonly labels: readonly string[]
  readonly native: boolean
  readonly length: number
  readonly constraintName?: string
  readonly createType: boolean | 'ifMissing'
  readonly validate: boolean
  readonly renamedFrom?: string
  readonly renamed?: Readonly<Record<string, string>>
  readonly removed?: Readonly<Record<string, string | null>>
  readonly comment?: string
}

/** The members in the order of the source; without the reverse mappings of numeric enums, and without aliases. */
export function membersOf(name: string, source: EnumSource): readonly EnumMember[] {
  if (typeof source !== 'object' || source === null) {
    throw new AmbixError('ENUM.INVALID', `The enum ${name} is declared from a value without members.`, {
      why: `A TypeScript enum, an object or a list is wanted; ${source === null ? 'null' : typeof source} was given.`,
      next: ['A `const enum` leaves nothing at run time: declare it without `const`.'],
    })
  }
  const list = Array.isArray(source) as boolean
  const all = list
    ? (source as readonly (string | number)[]).map((value) => ({ name: String(value), value }))
    : Object.entries(source as Readonly<Record<string, string | number>>)
        .filter(([key]) => !isReverse(source as Readonly<Record<string, unknown>>, key))
        .map(([key, value]) => ({ name: key, value }))
  for (const { name: member, value } of all) {
    const type: string = typeof value
    if (type !== 'string' && (type !== 'number' || !Number.isFinite(value as number))) {
      throw new AmbixError(
        'ENUM.INVALID',
        `The member ${member} of the enum ${name} is neither a string nor a number.`,
        {
          why: `It is ${value === null ? 'null' : type}.`,
        },
      )
    }
  }
  const seen = new Set<string | number>()
  const members = all.filter(({ value }) => !seen.has(value) && seen.add(value))
  if (list && members.length < all.length)
    throw duplicate(
      name,
      all.map((m) => m.name),
    )
  return Object.freeze(members.map((m) => Object.freeze(m)))
}

/** TypeScript's numeric enums hold `E[0] = 'A'` as well as `E.A = 0`. */
function isReverse(source: Readonly<Record<string, unknown>>, key: string): boolean {
  const forward = source[key]
  return String(Number(key)) === key && typeof forward === 'string' && source[forward] === Number(key)
}

function duplicate(name: string, labels: readonly string[]): AmbixError {
  const twice = [...new Set(labels.filter((label, i) => labels.indexOf(label) !== i))]
  return new AmbixError(
    'ENUM.INVALID',
    `The enum ${name} has a label twice: ${twice.map((l) => JSON.stringify(l)).join(', ')}.`,
    {
      why: 'The labels of an enum must differ from each other.',
      data: { enum: name, labels: twice },
    },
  )
}

/** One label for each member, checked. Throws ENUM.INVALID. */
export function labelsOf(name: string, members: readonly EnumMember[], persist: Persist): readonly string[] {
  if (typeof persist !== 'function' && persist !== 'names' && persist !== 'values') {
    throw new AmbixError('ENUM.INVALID', `The enum ${name} is to persist ${shown(persist)}.`, {
      next: ["Persist 'values', 'names', or a function from the members to their labels."],
    })
  }
  const labels =
    typeof persist === 'function'
      ? persist(members)
      : members.map((m) => (persist === 'names' ? m.name : String(m.value)))
  if (!Array.isArray(labels) || labels.length !== members.length) {
    throw new AmbixError(
      'ENUM.INVALID',
      `The persist function of the enum ${name} must give one label for each member.`,
      {
        why: `There are ${members.length} members, and it gave ${Array.isArray(labels) ? labels.length : typeof labels}.`,
      },
    )
  }
  checkLabels(name, labels)
  return Object.freeze([...labels])
}

/** Throws ENUM.INVALID for what no database would take as labels; how long they may be is each database's own. An empty list is legal. */
export function checkLabels(name: string, labels: readonly unknown[]): asserts labels is readonly string[] {
  for (const label of labels) {
    if (typeof label !== 'string') {
      throw new AmbixError('ENUM.INVALID', `A label of the enum ${name} is not a string: ${String(label)}.`)
    }
    if (label.includes('\0')) {
      throw new AmbixError('ENUM.INVALID', `A label of the enum ${name} has a NUL character.`, {
        data: { enum: name, label },
      })
    }
  }
  if (new Set(labels).size < labels.length) throw duplicate(name, labels as readonly string[])
}
