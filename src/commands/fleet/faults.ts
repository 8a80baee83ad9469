/** Faults that no single target has: of the revision files, or of the plan that many targets share. */
import { isAmbixError } from '../../errors.ts'
import type { AmbixError } from '../../errors.ts'

/** The steps of a target could not be planned: nothing of it was touched. */
export class PlanFault extends Error {
  override readonly cause: AmbixError
  /** True where a revision file is at fault, whatever the target. */
  readonly ofFiles: boolean

  constructor(cause: AmbixError, ofFiles: boolean) {
    super('', { cause })
    this.cause = cause
    this.ofFiles = ofFiles
  }
}

/** What the database or its place says is the target's own fault. */
export const planFault = (error: unknown, ofFiles = false): unknown =>
  isAmbixError(error) && !/^(?:DATABASE|FLEET)\./.test(error.code) ? new PlanFault(error, ofFiles) : error

/**
 * Plans that failed while no target was done yet. Where they fail alike for a whole page, it is no target's own fault: it is told once,
 * and none is recorded as failed.
 */
export class Unplanned {
  readonly #faults: { readonly cause: AmbixError; readonly settle: () => void }[] = []
  #open = true

  /** False where a target was done: then it is the target's own fault. */
  add(cause: AmbixError, settle: () => void): boolean {
    if (this.#open) this.#faults.push({ cause, settle })
    return this.#open
  }

  /** A target is done, or failed by itself. */
  close(): void {
    this.#open = false
    for (const { settle } of this.#faults.splice(0)) settle()
  }

  /** After a page: the fault that is to be told once. */
  common(): AmbixError | undefined {
    const first = this.#faults[0]?.cause
    if (first === undefined || this.#faults.every(({ cause }) => cause.code === first.code)) return first
    this.close()
    return undefined
  }
}
