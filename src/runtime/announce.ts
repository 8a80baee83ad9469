/** Says that a step begins, at the right moment. */
import type { EventMore } from './types.ts'

/** What an event says of who is in the way. */
export const held = (holder: string | undefined): EventMore => (holder === undefined ? {} : { holder })

/**
 * Once the server had the time to refuse the lock: lock and work go out in one message, and who is refused waits, plans
 * anew and perhaps never runs the step.
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
