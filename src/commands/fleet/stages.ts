/** The order of targets: by a tag, or by a share that is the same for a target in every run. */
import type { Target } from '../../config/config.ts'
import { AmbixError } from '../../errors.ts'
import { shown } from '../../schema/shapes.ts'
import { hash } from '../../util/hash.ts'

export interface Stage {
  /** As written; empty without stages. */
  readonly name: string
  has(target: Target): boolean
  /** Whether it has every target. */
  readonly all: boolean
  /** Whether it is a tag. */
  readonly tag: boolean
}

const whole: Stage = { name: '', has: () => true, all: true, tag: false }

/** `canary,10%,100%`. Throws USAGE.INVALID. */
export function parseStages(text: string | undefined): readonly Stage[] {
  if (text === undefined) return [whole]
  if (typeof text !== 'string') throw wrong(shown(text))
  return text.split(',').map((word): Stage => {
    const name = word.trim()
    const share = /^(\d+(?:\.\d+)?)%$/.exec(name)?.[1]
    if (name === '' || (share !== undefined && (Number(share) > 100 || Number(share) === 0))) throw wrong(text)
    if (share === undefined)
      return { name, has: (target) => target.tags?.includes(name) === true, all: false, tag: true }
    const below = Number(share) / 100
    return { name, has: (target) => shareOf(target.id) < below, all: below === 1, tag: false }
  })
}

const wrong = (given: string): AmbixError =>
  new AmbixError('USAGE.INVALID', `--stages takes tags and shares, such as canary,10%,100%, not ${given}`)

/** From 0 to 1, derived from the id only. */
const shareOf = (id: string): number => Number.parseInt(hash('sha256', `ambix\0${id}`).slice(0, 8), 16) / 2 ** 32
