/** Sorts nodes by their dependencies, in linear time and without recursion. */

/**
 * Kahn's algorithm: `edges(n)` gives the nodes that must come before `n`; those not in `nodes` are ignored. Where the order is free,
 * that of `nodes` is kept. With a cycle, `order` has the nodes that do not depend on it; `cycle` has one loop, dependencies first.
 *
 * @example topoSort(['b', 'a'], (n) => (n === 'b' ? ['a'] : [])) // { order: ['a', 'b'], cycle: undefined }
 */
export function topoSort<T>(nodes: readonly T[], edges: (n: T) => Iterable<T>): { order: T[]; cycle: T[] | undefined } {
  const index = new Map<T, number>()
  for (const n of nodes) if (!index.has(n)) index.set(n, index.size)
  const all = [...index.keys()]
  const dependents: number[][] = all.map(() => [])
  const waiting = new Int32Array(all.length)
  const needs: number[][] = all.map((n, i) => {
    const of = new Set<number>()
    for (const e of edges(n)) {
      const at = index.get(e)
      if (at !== undefined) of.add(at)
    }
    for (const at of of) (dependents[at] as number[]).push(i)
    waiting[i] = of.size
    return [...of]
  })
  // A heap of the nodes that are ready, smallest index first, keeps the order stable.
  const ready = new Heap()
  for (const [i, count] of waiting.entries()) if (count === 0) ready.push(i)
  const order: T[] = []
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    order.push(all[i] as T)
    for (const d of dependents[i] as number[]) if (--(waiting[d] as number) === 0) ready.push(d)
  }
  if (order.length === all.length) return { order, cycle: undefined }
  return { order, cycle: oneCycle(all, needs, waiting) }
}

/** From any waiting node, follows its dependencies until a node repeats. */
function oneCycle<T>(all: readonly T[], needs: readonly (readonly number[])[], waiting: Int32Array): T[] {
  const steps: number[] = []
  const seen = new Map<number, number>()
  let at = waiting.findIndex((count) => count > 0)
  while (!seen.has(at)) {
    seen.set(at, steps.length)
    steps.push(at)
    at = (needs[at] as number[]).find((n) => (waiting[n] as number) > 0) as number
  }
  return steps
    .slice(seen.get(at))
    .toReversed()
    .map((i) => all[i] as T)
}

/** A binary heap of numbers, the smallest on top; ascending pushes take constant time. */
class Heap {
  readonly #items: number[] = []

  push(value: number): void {
    const items = this.#items
    let at = items.length
    items.push(value)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((items[parent] as number) <= value) break
      items[at] = items[parent] as number
      at = parent
    }
    items[at] = value
  }

  pop(): number | undefined {
    const items = this.#items
    const top = items[0]
    const value = items.pop()
    if (items.length === 0 || value === undefined) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++
      if ((items[child] as number) >= value) break
      items[at] = items[child] as number
      at = child
    }
    items[at] = value
    return top
  }
}
