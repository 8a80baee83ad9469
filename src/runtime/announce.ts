/** Announces that a step begins, at the right moment. */
import type { EventMore } from './types.ts'

/** The holder of a lock in an event. */
export const held = (holder: string | undefined): EventMore => (holder === undefined ? {} : { holder })

/**
 * Waits until the server would have refused the lock: lock and work are sent in one message, and a deployer that is refused
 * waits, plans again and perhaps never runs the step. What `say` throws while nobody waits for it is
 * thrown by `now`; `failed` throws nothing, since the failure of the step is what is told.
 */
export function announce(say: () => void): { now(): void; failed(): void; never(): void } {
  let open = true
  let thrown: { readonly error: unknown } | undefined
  const timer = setTimeout(() => {
    try {
      if (open) say()
    } catch (error) {
      thrown = { error }
    }
    never()
  }, 100)
  const never = (): void => {
    open = false
    clearTimeout(timer)
  }
  const now = (): void => {
    const told = !open
    never()
    if (!told) say()
    else if (thrown !== undefined) {
      const { error } = thrown
      thrown = undefined
      throw error
    }
  }
  const failed = (): void => {
    try {
      now()
    } catch {}
  }
  return { now, failed, never }
}
