/** Errors that functions of the project throw where ambix calls them: filters, listeners, renderers, commands of its own. */
import { basename } from 'node:path'
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import { fileThatThrew, placeInStack, placeText } from '../util/written-at.ts'

/** CONFIG.INVALID with the function and its place; undefined where ambix or a package threw the error. */
export function thrownByProject(error: unknown): AmbixError | undefined {
  // ambix throws errors alone.
  if (!(error instanceof Error))
    return new AmbixError('CONFIG.INVALID', "A function of the project's own throws what is no Error", {
      why: messageOf(error),
      next: ['Throw an Error: its place is told then'],
    })
  const file = fileThatThrew(error)
  const place = file === undefined ? undefined : placeInStack(error.stack, file)
  if (file === undefined || place === undefined) return undefined
  const frame = (error.stack ?? '')
    .split('\n')
    .find((line) => /^\s*at .*[/\\]/.test(line) && line.includes(basename(file)))
  const name = /^\s*at (?:async )?(?:[\w$]+\.)*([\w$]+) \(/.exec(frame ?? '')?.[1]
  const called = name === undefined || name === 'default' ? 'a function' : `the function \`${name}\``
  return new AmbixError('CONFIG.INVALID', `${file}: ${called} throws`, {
    why: `${messageOf(error)} (${placeText(place)})`,
    next: ['Fix the function'],
    data: { ...place },
    cause: error,
  })
}
