/** Answers to decisions, as they are given. */
import { readFileSync } from 'node:fs'
import { parseHints } from '../../diff/model/hints.ts'
import type { Hint } from '../../diff/model/types.ts'
import { AmbixError } from '../../errors.ts'

/** Hints from a file (or `-`, standard input). Throws HINTS.INVALID, FILES.READ. */
export function readHints(given: readonly Hint[] | string | undefined): readonly Hint[] {
  if (given === undefined) return []
  if (typeof given !== 'string') return parseHints(given)
  let text: string
  try {
    text = readFileSync(given === '-' ? 0 : given, 'utf8')
  } catch (cause) {
    throw new AmbixError('FILES.READ', `The hints file ${given} cannot be read`, {
      why: (cause as Error).message,
      cause,
    })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new AmbixError('HINTS.INVALID', `${given} is not valid JSON`, { why: (cause as Error).message, cause })
  }
  return parseHints(json)
}
