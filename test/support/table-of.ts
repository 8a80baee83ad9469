/** Long tables of cases: `npm test` tries a part of each kind, `test/more` the others, by a file that imports the one with the table. */
import { expect } from 'vitest'

/** Whether a file of `test/more` runs, itself or a file that it imports. */
export const inMore = (): boolean => /[\\/]test[\\/]more[\\/]/.test(expect.getState().testPath ?? '')

/** Each fifth case of a kind, from that with the number `first`; where a file of `test/more` runs, all others. */
export function tableOf<T>(cases: readonly T[], kindOf: (one: T) => string = () => '', first = 0): readonly T[] {
  const rest = inMore()
  const seen = new Map<string, number>()
  return cases.filter((one) => {
    const kind = kindOf(one)
    const before = seen.get(kind) ?? 0
    seen.set(kind, before + 1)
    return (before % 5 !== first) === rest
  })
}
