/** Announces that a step begins, at the right moment. */
import type { EventMore } from './types.ts'

/** The holder of a lock in an event. */
export const held = (holder: string | undefined): EventMore => (holder === undefined ? {} : { holder })

/**
 * Waits until the server would have refused the lock: lock and work are sent in one message, and a deployer that is refused
 * waits, plans again and perhaps never runs the step.
 */
export function announce(say: () => void): { now(): void; never(): void } {
  let open = true
  const now = (): void => {
    if (open) say()
    never()
  }
  const timer = setTimeout(now, 100)
  const never = (): void => {
    open = false
    clearTimeout(timer)
  }
  return { now, never }
}
