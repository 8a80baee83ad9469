/** How far a fleet is: one line that is written over on a terminal, a line now and then elsewhere. */
import type { Action } from '../action.ts'

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const quietMs = 10_000

export class Progress {
  total: number | undefined
  readonly #action: Action
  readonly #terminal: boolean
  readonly #began = performance.now()
  #done = 0
  #failed = 0
  #shown = 0
  #open = false

  constructor(action: Action) {
    this.#action = action
    this.#terminal = action.interactive()
    this.#shown = this.#began
  }

  count(failed: boolean): void {
    this.#done++
    if (failed) this.#failed++
    const { printer } = this.#action
    if (printer.json || printer.quiet) return
    const now = performance.now()
    if (now - this.#shown < (this.#terminal ? 100 : quietMs)) return
    this.#shown = now
    if (!this.#terminal) return printer.say(this.#text(now))
    process.stderr.write(`\r\u001B[K${this.#text(now)}`)
    this.#open = true
  }

  /** Before a line of its own, and at the end. */
  clear(): void {
    if (this.#open) process.stderr.write('\r\u001B[K')
    this.#open = false
  }

  #text(now: number): string {
    return progressText({ done: this.#done, failed: this.#failed, total: this.total, ms: now - this.#began })
  }
}

/** `312 of 1000 targets, 2 failed, 41/s, 17 s left`. */
export function progressText(at: {
  readonly done: number
  readonly failed: number
  readonly total: number | undefined
  readonly ms: number
}): string {
  const { done, failed, total, ms } = at
  const rate = (done * 1000) / Math.max(ms, 1)
  const parts = [
    total === undefined ? counted(done, 'target') : `${done} of ${counted(total, 'target')}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
  ]
  if (total !== undefined && rate > 0 && total > done) {
    const seconds = Math.ceil((total - done) / rate)
    parts.push(`${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`)
  }
  return parts.join(', ')
}
