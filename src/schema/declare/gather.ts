/** How declared objects are found among what modules export. */
import { type AnyDeclaration, dataOf } from '../declared.ts'

/** Everything declared in the collections, each once, with the names under which it was exported. */
export function gather(collections: readonly object[]): ReadonlyMap<AnyDeclaration, readonly string[]> {
  const found = new Map<AnyDeclaration, string[]>()
  const seen = new Set<unknown>()
  const look = (x: unknown, name: string, depth: number): void => {
    if ((typeof x !== 'object' && typeof x !== 'function') || x === null) return
    if (dataOf(x) !== undefined) {
      const names = found.get(x as AnyDeclaration) ?? []
      if (!names.includes(name)) names.push(name)
      found.set(x as AnyDeclaration, names)
      return
    }
    if (seen.has(x) || typeof x === 'function' || depth > 4) return
    seen.add(x)
    const plain: unknown = Object.getPrototypeOf(x)
    if (Array.isArray(x)) for (const item of x) look(item, name, depth + 1)
    else if (plain === null || plain === Object.prototype)
      for (const [key, value] of Object.entries(x)) look(value, key, depth + 1)
  }
  for (const collection of collections) look(collection, '', 0)
  return found
}

/** Whether one of the modules declares with an empty list that there are no tables: `export const tables = []`. */
export function saysNothing(collections: readonly object[]): boolean {
  return collections.some((c) => Object.values(c ?? {}).some((value) => Array.isArray(value) && value.length === 0))
}
