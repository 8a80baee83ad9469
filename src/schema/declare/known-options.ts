/** Which options the builders take: an unknown one is refused by name, with the nearest known one. */
import { AmbixError } from '../../errors.ts'
import { closest } from '../../util/closest.ts'
import { misfit, type Shape, shown } from '../shapes.ts'

/** Every key of the options with what its values must be, so that a new one cannot be forgotten. */
export type Known<O> = { readonly [K in keyof O]-?: Shape<Exclude<O[K], undefined>> }

/** Throws SCHEMA.INVALID for options that are no object, have a key that is not `known`, or a value that the key cannot have. */
export function checkOptions<O extends object>(what: string, options: O | undefined, known: Known<O>): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new AmbixError('SCHEMA.INVALID', `${what}: the options must be an object.`, {
      why: `${shown(options)} was given.`,
      next: [takes(known)],
    })
  }
  for (const key in options) {
    if (!Object.hasOwn(options, key)) continue
    if (Object.hasOwn(known, key)) {
      const value = options[key]
      // The sentence is made for what is refused alone: models say thousands of options.
      if (value !== undefined && !known[key].fits(value))
        throw misfit(`${what}: the option '${key}'`, value, known[key])
      continue
    }
    const meant = closest(key, Object.keys(known))
    throw new AmbixError(
      'SCHEMA.INVALID',
      `${what}: unknown option '${key}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
      { next: [takes(known)], data: { option: key, ...(meant === undefined ? {} : { meant }) } },
    )
  }
}

/** Throws SCHEMA.INVALID where a type that takes no arguments was given some. */
export function noArguments(what: string, args: readonly unknown[]): void {
  if (args.every((a) => a === undefined)) return
  throw new AmbixError('SCHEMA.INVALID', `${what}() takes no arguments.`, {
    why: `${args.map(shown).join(', ')} was given.`,
    next: [`Write ${what}() and what else there is to say after it: ${what}().notNull().`],
  })
}

function takes(known: object): string {
  const keys = Object.keys(known)
  return keys.length === 0 ? 'There are no options here.' : `The options are: ${keys.join(', ')}.`
}
