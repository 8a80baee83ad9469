/** When planning again would never end. */
import type { Bookkeeping } from '../bookkeeping.ts'
import { nameTaken, neverMoves } from '../failure.ts'
import type { StateChanged } from '../failure.ts'
import type { AppliedStep } from '../types.ts'

export class Patience {
  #refusedCreations = 0
  #unmoved = 0
  #lastSeen = ''

  /**
   * Other deployers move the heads or the journal; where neither moves, planning again would never end. If the existing name is not one
   * of ambix's tables, no other deployer created it. Throws VERSION.TABLE and VERSION.ROW_COUNT.
   */
  check(
    { message }: StateChanged,
    heads: readonly string[],
    journal: readonly object[],
    applied: readonly AppliedStep[],
    book: Bookkeeping,
  ): void {
    if (message === '') this.#refusedCreations = 0
    else if (++this.#refusedCreations >= 5) throw nameTaken(message)
    const now = JSON.stringify([heads, journal])
    this.#unmoved = now === this.#lastSeen ? this.#unmoved + 1 : 0
    this.#lastSeen = now
    if (this.#unmoved >= 20) throw neverMoves(this.#unmoved, heads, applied, book)
  }
}
