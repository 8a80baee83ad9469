/** Loads revisions some at a time: each recording waits for promises that are not awaited, and these waits are then one. */

const together = 32

/** Each step with what was loaded for it, in order; an error is thrown at its own step. */
export async function* ahead<S, T>(
  steps: readonly S[],
  load: (step: S) => Promise<T>,
): AsyncGenerator<readonly [step: S, loaded: T]> {
  for (let from = 0; from < steps.length; from += together) {
    const some = steps.slice(from, from + together).map((step) => ({ step, loading: load(step) }))
    // Those after one that fails are not awaited.
    for (const { loading } of some) loading.catch(() => undefined)
    for (const { step, loading } of some) yield [step, await loading]
  }
}
