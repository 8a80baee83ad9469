/** Directed edges in flat typed arrays, with the few linear algorithms that the graph of revisions needs. */

/** Neighbours of every node in one flat list: those of node i are `to[start[i]] … to[start[i + 1] - 1]`. */
export interface Edges {
  readonly start: Int32Array
  readonly to: Int32Array
}

/** The neighbours of one node. */
export function neighbours(edges: Edges, node: number): Int32Array {
  return edges.to.subarray(edges.start[node]!, edges.start[node + 1]!)
}

/** The number of neighbours of a node. */
export function degree(edges: Edges, node: number): number {
  return edges.start[node + 1]! - edges.start[node]!
}

/** Edges from a function that adds each node's neighbours. */
export function edgesOf(n: number, neighboursOf: (node: number, add: (neighbour: number) => void) => void): Edges {
  const start = new Int32Array(n + 1)
  let to = new Int32Array(n + (n >> 2) + 4)
  let filled = 0
  const add = (neighbour: number): void => {
    if (filled === to.length) {
      const wider = new Int32Array(filled * 2)
      wider.set(to)
      to = wider
    }
    to[filled++] = neighbour
  }
  for (let i = 0; i < n; i++) {
    neighboursOf(i, add)
    start[i + 1] = filled
  }
  return { start, to: to.slice(0, filled) }
}

/** The same edges in the other direction; neighbours in ascending order. */
export function reversed(edges: Edges): Edges {
  const n = edges.start.length - 1
  const start = new Int32Array(n + 1)
  for (const t of edges.to) start[t + 1]!++
  for (let i = 0; i < n; i++) start[i + 1]! += start[i]!
  const next = start.slice()
  const to = new Int32Array(edges.to.length)
  for (let i = 0; i < n; i++) {
    for (let e = edges.start[i]!; e < edges.start[i + 1]!; e++) to[next[edges.to[e]!]!++] = i
  }
  return { start, to }
}

/** Kahn's order; shorter than n where there is a cycle. */
export function parentsFirst(parents: Edges, children: Edges): Int32Array {
  const n = parents.start.length - 1
  const waiting = new Int32Array(n)
  const order = new Int32Array(n)
  let filled = 0
  for (let i = 0; i < n; i++) {
    waiting[i] = degree(parents, i)
    if (waiting[i] === 0) order[filled++] = i
  }
  for (let at = 0; at < filled; at++) {
    const node = order[at]!
    for (let e = children.start[node]!; e < children.start[node + 1]!; e++) {
      const child = children.to[e]!
      if (--waiting[child]! === 0) order[filled++] = child
    }
  }
  return filled === n ? order : order.slice(0, filled)
}

/** The nodes of one cycle, each followed by its parent, beginning with the first in file order; undefined if there is none. */
export function findCycle(parents: Edges): number[] | undefined {
  const n = parents.start.length - 1
  // 0: not seen, 1: on the path, 2: done
  const state = new Uint8Array(n)
  const edge = parents.start.slice(0, n)
  const path: number[] = []
  for (let root = 0; root < n; root++) {
    if (state[root] !== 0) continue
    path.push(root)
    state[root] = 1
    while (path.length > 0) {
      const node = path.at(-1)!
      if (parents.start[node + 1] === edge[node]) {
        state[node] = 2
        path.pop()
        continue
      }
      const next = parents.to[edge[node]!++]!
      if (state[next] === 1) return rotated(path.slice(path.indexOf(next)))
      if (state[next] === 0) {
        state[next] = 1
        path.push(next)
      }
    }
  }
  return undefined
}

function rotated(cycle: number[]): number[] {
  const first = cycle.indexOf(cycle.reduce((a, b) => Math.min(a, b)))
  return [...cycle.slice(first), ...cycle.slice(0, first)]
}
