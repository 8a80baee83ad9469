/** What the values of options and arguments must be, beyond their TypeScript types: these are gone when a model is loaded. */
import { AmbixError } from '../errors.ts'
import { dataOf } from './declared.ts'
import type { Ref } from './model.ts'
import { isSql, type Sql } from './sql.ts'

export interface AnyShape {
  /** After "must be". */
  readonly wants: string
  readonly fits: (value: unknown) => boolean
}

/** The values that an option takes, and how an error calls them. `T` is what TypeScript allows: no more and no less. */
export interface Shape<in out T> extends AnyShape {
  /** In types only. */
  readonly $?: (value: T) => T
}

export const shape = <T>(wants: string, fits: (value: unknown) => boolean): Shape<T> => ({ wants, fits })

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')
const objects = new Set(['[object Object]', '[object Module]'])
/** No list, Map, Date or the like, and nothing declared; what a module exports is one (`import * as address`). */
const isObject = (value: unknown): value is object =>
  objects.has(Object.prototype.toString.call(value)) && dataOf(value) === undefined

export const flag: Shape<boolean> = shape('true or false', (v) => typeof v === 'boolean')
/** NUL is in no text of a database. */
export const text: Shape<string> = shape('a string without NUL characters', isText)
export const word: Shape<string> = shape('a string that is not empty', (v) => isText(v) && v.trim() !== '')
export const whole: Shape<number> = shape('a whole number', (v) => Number.isSafeInteger(v))
/** As sequences have them: what is above 2^53 is given as digits, or as a bigint, which is as exact. */
export const bigWhole: Shape<number | string> = shape(
  'a whole number, as a string of digits above 2^53',
  (v) => Number.isSafeInteger(v) || typeof v === 'bigint' || (typeof v === 'string' && /^[+-]?\d+$/u.test(v)),
)
export const fragment: Shape<Sql | string> = shape('SQL: sql`…` or a string', (v) => isText(v) || isSql(v))
/** Read where it is used, which says more than a shape can. */
export const anything = <T>(): Shape<T> => shape('anything', () => true)
export const object = <T extends object>(): Shape<T> => shape('an object', isObject)

/** Exactly one of the words. */
export function oneOf<const W extends string>(...words: readonly W[]): Shape<W> {
  return shape(
    words
      .map((w) => `'${w}'`)
      .join(', ')
      .replace(/, (?=[^,]*$)/u, ' or '),
    (v) => (words as readonly unknown[]).includes(v),
  )
}
/** One of the words, in letters of either case, as SQL has them. */
export function keyword<const W extends string>(...words: readonly W[]): Shape<W> {
  const { wants } = oneOf(...words)
  return shape(wants, (v) => typeof v === 'string' && (words as readonly string[]).includes(v.toLowerCase()))
}
export function listOf<T>(of: Shape<T>, what: string): Shape<readonly T[]> {
  return shape(`a list of ${what}`, (v) => Array.isArray(v) && v.every((one) => of.fits(one)))
}
export function either<A, B>(a: Shape<A>, b: Shape<B>): Shape<A | B> {
  return shape(`${a.wants}, or ${b.wants}`, (v) => a.fits(v) || b.fits(v))
}
/** An object whose values are all of one shape. */
export function recordOf<T>(of: Shape<T>, what: string): Shape<Readonly<Record<string, T>>> {
  return shape(`an object of ${what}`, (v) => isObject(v) && Object.values(v).every((one) => of.fits(one)))
}

/** What every named object may say. */
export const saidShapes = { comment: text, renamedFrom: word }
export const sequenceShapes = {
  start: bigWhole,
  increment: bigWhole,
  min: bigWhole,
  max: bigWhole,
  cache: bigWhole,
  cycle: flag,
}
export const initially = oneOf('immediate', 'deferred')

export const names: Shape<readonly string[]> = listOf(word, 'names')
export const nameOrNames: Shape<string | readonly string[]> = either(word, names)
const parameter = shape<string | number | boolean>(
  'a string, a number or a boolean',
  (v) => isText(v) || typeof v === 'boolean' || (typeof v === 'number' && Number.isFinite(v)),
)
/** Storage parameters. */
export const parameters: Shape<Readonly<Record<string, string | number | boolean>>> = recordOf(
  parameter,
  'strings, numbers and booleans',
)
/** As an alteration has them: null takes one away. */
export const changedParameters: AnyShape = recordOf(
  shape('', (v) => v === null || parameter.fits(v)),
  'strings, numbers, booleans and null',
)

const isRef = (value: unknown): boolean =>
  isObject(value) &&
  word.fits((value as Ref).name) &&
  ((value as Ref).schema === undefined || word.fits((value as Ref).schema))
export const labelOrNull: Shape<string | null> = shape('a label or null', (v) => v === null || isText(v))
/** A name, or a name with its schema. */
export const refOrName: Shape<string | Ref> = shape(
  "a name, or { schema: 'app', name: 'a' }",
  (v) => word.fits(v) || isRef(v),
)
/** A table or view, by its declaration or by name. */
export const anyTable: AnyShape = shape(
  "a declared table, its name, or { schema: 'app', name: 'a' }",
  (v) => word.fits(v) || isRef(v) || ['table', 'view'].includes(dataOf(v)?.kind ?? ''),
)

/** A value as an error shows it: `42`, `"a"`, `A list`, `A function`. Never what an object holds. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
    case 'bigint':
      return `${value}n`
    case 'function':
      return 'A function'
    case 'symbol':
      return 'A symbol'
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'A list'
      if (value instanceof Date) return 'A Date'
      const kind = dataOf(value)?.kind
      return kind === undefined ? 'An object' : kind === 'columnBuilder' ? 'A column type' : `A ${kind}`
    }
    default:
      return String(value)
  }
}

/** An object with these members, all of them. */
export function members<T>(wants: string, of: Readonly<Record<string, AnyShape>>): Shape<T> {
  return shape(
    wants,
    (v) => isObject(v) && Object.entries(of).every(([key, one]) => one.fits((v as Record<string, unknown>)[key])),
  )
}

export const nullOr = (of: AnyShape): AnyShape => shape(`${of.wants}, or null`, (v) => v === null || of.fits(v))

/** SCHEMA.INVALID for a value that is not of the shape. `what` starts the sentence: `index().where()`. */
export function misfit(what: string, value: unknown, wanted: AnyShape): AmbixError {
  return new AmbixError('SCHEMA.INVALID', `${what} must be ${wanted.wants}.`, { why: `${shown(value)} was given.` })
}

/** Throws it. */
export function checkShape(what: string, value: unknown, wanted: AnyShape): void {
  if (!wanted.fits(value)) throw misfit(what, value, wanted)
}
