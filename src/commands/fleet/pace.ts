/** What a run learns on its way: how many targets are sent at once, and the state in which the next ones are likely to be. */
import type { TargetState } from '../../runtime/fleet/schemas.ts'

/** Of a batch: a run that is to stop after a failure has no more than that on its way. */
const batchMs = 100
const mostTargets = 8

/** How many targets are sent at once: one, until it is known what one takes. */
export class Pace {
  #each: number | undefined

  get targets(): number {
    if (this.#each === undefined) return 1
    return Math.max(1, Math.min(mostTargets, Math.floor(batchMs / this.#each)))
  }

  took(ms: number, targets: number): void {
    const each = ms / Math.max(targets, 1)
    this.#each = this.#each === undefined ? each : this.#each * 0.7 + each * 0.3
  }
}

/**
 * The state of the targets that were done last. The next ones are sent as if they were in it too, without being read: each looks itself, under
 * its lock, and one that is not is read and run by itself.
 */
export class Guess {
  #state: TargetState | undefined
  /** Pages that are read, since of the last that were not too many were in another state. */
  #read = 0
  #reads = 1

  /** For a page. */
  get state(): TargetState | undefined {
    if (this.#read === 0) return this.#state
    this.#read--
    return undefined
  }

  done(state: TargetState): void {
    this.#state = state
  }

  /** Of a page that was not read. */
  told(right: number, wrong: number): void {
    if (wrong * 8 <= right) this.#reads = 1
    else {
      this.#read = this.#reads
      this.#reads = Math.min(this.#reads * 2, 64)
    }
  }
}
