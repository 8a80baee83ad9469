/** Announces that a step begins, at the right moment. */
import type { EventMore } from './types.ts'

/** The holder of a lock in an event. */
export const held = (holder: string | undefined): EventMore => (holder === undefined ? {} : { holder })

export interface Announced {
  /** Says it, if nobody has; then the step is done, also where a listener throws. */
  done(then: () => void): void
  /** Says it, and throws nothing: the failure of the step is what is told. */
  failed(): void
  never(): void
}

/**
 * Waits until the server would have refused the lock: lock and work are sent in one message, and a deployer that is refused
 * waits, plans again and perhaps never runs the step. What `say` throws while nobody waits for it is thrown by `done`.
 */
export function announce(say: () => void): Announced {
  let open = true
  let thrown: { readonly error: unknown } | undefined
  const now = (): void => {
    if (!open) return
    never()
    try {
      say()
    } catch (error) {
      thrown = { error }
    }
  }
  const timer = setTimeout(now, 100)
  const never = (): void => {
    open = false
    clearTimeout(timer)
  }
  const done = (then: () => void): void => {
    now()
    then()
    if (thrown !== undefined) throw thrown.error
  }
  return { done, failed: now, never }
}
