/** What a function of the configuration answers that decides at once. */
import { AmbixError } from '../errors.ts'

/** Yes, unless the function says false. Throws CONFIG.INVALID: a promise is no answer, whatever it would become. */
export function answerOf(name: string, answer: unknown): boolean {
  if (typeof (answer as { then?: unknown } | null | undefined)?.then === 'function')
    throw new AmbixError('CONFIG.INVALID', `\`${name}\` gives a promise, and must answer with true or false at once`, {
      next: ['Read what it needs before, where the configuration is made, and take async away'],
    })
  return answer !== false
}
