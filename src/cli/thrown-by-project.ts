/** Errors that functions of the project throw where ambix calls them: filters, listeners, renderers, commands of its own. */
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import { placeText, throwerOf } from '../util/written-at.ts'

/** CONFIG.INVALID with the function and its place; undefined where ambix or a package threw the error. */
export function thrownByProject(error: unknown): AmbixError | undefined {
  // ambix throws errors alone.
  if (!(error instanceof Error))
    return new AmbixError('CONFIG.INVALID', "A function of the project's own throws what is no Error", {
      why: messageOf(error),
      next: ['Throw an Error: its place is told then'],
    })
  const thrower = throwerOf(error)
  if (thrower === undefined) return undefined
  const { place, name } = thrower
  const called = name === undefined || name === 'default' ? 'a function' : `the function \`${name}\``
  return new AmbixError('CONFIG.INVALID', `${place.file}: ${called} throws`, {
    why: `${messageOf(error)} (${placeText(place)})`,
    next: ['Fix the function'],
    data: { ...place },
    cause: error,
  })
}
