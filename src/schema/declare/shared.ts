/**
 * Builders that are made again and again, as `text()` and `text().notNull()`, are made once: they never change, and a model of a thousand tables
 * says the same few things ten thousand times.
 */

/** The shared builders, each with those that its methods gave, by what stands for the call. */
const shared = new WeakMap<object, Map<unknown, object>>()

/** The builder, shared from now on. */
export function share<B extends object>(builder: B): B {
  shared.set(builder, new Map())
  return builder
}

export const isShared = (builder: object): boolean => shared.has(builder)

/** What `make` gave for this call on a shared builder, shared in turn. */
export function sharedFrom<B extends object>(from: B, key: unknown, make: () => B): B {
  const made = shared.get(from)!
  // What a key gave is what it was made for.
  let found = made.get(key) as B | undefined
  if (found === undefined) made.set(key, (found = share(make())))
  return found
}

/** What `make` gave for each argument. */
export function kept<K, R extends object>(make: (of: K) => R): (of: K) => R {
  const made = new Map<K, R>()
  return (of) => {
    let found = made.get(of)
    if (found === undefined) made.set(of, (found = make(of)))
    return found
  }
}

/** The same, and what it gives is shared. */
export const sharedBy = <K, B extends object>(make: (of: K) => B): ((of: K) => B) => kept((of) => share(make(of)))
