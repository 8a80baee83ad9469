/** Walks of the graph: ancestors and descendants of a set, a branch's lineage, labels, and the order in which steps run. */
import { degree, type Edges } from './edges.ts'
import type { RevisionGraph } from './graph.ts'

/** A set of nodes: 1 at the index of each member. */
export type NodeSet = Uint8Array

function reach(edges: Edges, from: Iterable<number>): NodeSet {
  const seen = new Uint8Array(edges.start.length - 1)
  const todo: number[] = []
  for (const node of from) {
    if (seen[node] === 1) continue
    seen[node] = 1
    todo.push(node)
  }
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    for (let e = edges.start[node]!; e < edges.start[node + 1]!; e++) {
      const next = edges.to[e]!
      if (seen[next] === 1) continue
      seen[next] = 1
      todo.push(next)
    }
  }
  return seen
}

/** The nodes and everything below them; through dependsOn too unless `deps` is false. */
export function ancestorNodes(graph: RevisionGraph, nodes: Iterable<number>, deps = true): NodeSet {
  return reach(deps ? graph.allParents : graph.parents, nodes)
}

/** The nodes and everything above them; through dependsOn too unless `deps` is false. */
export function descendantNodes(graph: RevisionGraph, nodes: Iterable<number>, deps = true): NodeSet {
  return reach(deps ? graph.allChildren : graph.children, nodes)
}

/** The nodes that share a branch with a node: itself, all ancestors and all descendants by downRevision (`deps`: by dependsOn too). */
export function lineageNodes(graph: RevisionGraph, node: number, deps = false): NodeSet {
  const all = descendantNodes(graph, [node], deps)
  const below = ancestorNodes(graph, [node], deps)
  for (let i = 0; i < all.length; i++) if (below[i] === 1) all[i] = 1
  return all
}

/** Indexes of ids that are in the graph. */
export function nodesOf(graph: RevisionGraph, ids: Iterable<string>): number[] {
  return Array.from(ids, (id) => graph.indexOf.get(id)!)
}

/** Ids of the members of a set, or of a list, in file order as given. */
export function idsOf(graph: RevisionGraph, nodes: NodeSet | readonly number[]): string[] {
  if (!(nodes instanceof Uint8Array)) return nodes.map((i) => graph.revisions[i]!.id)
  const ids: string[] = []
  for (let i = 0; i < nodes.length; i++) if (nodes[i] === 1) ids.push(graph.revisions[i]!.id)
  return ids
}

/** The ids and everything below them, in file order. */
export function ancestors(graph: RevisionGraph, ids: Iterable<string>, deps = true): string[] {
  return idsOf(graph, ancestorNodes(graph, nodesOf(graph, ids), deps))
}

/** The ids and everything above them, in file order. */
export function descendants(graph: RevisionGraph, ids: Iterable<string>, deps = true): string[] {
  return idsOf(graph, descendantNodes(graph, nodesOf(graph, ids), deps))
}

/**
 * The members of a set, children before parents, one branch finished before the next, ties in file order: Alembic's
 * order in linear time (V14, V32). `first` are the nodes to begin with, in their order; other tips follow in file order.
 */
export function childrenFirst(graph: RevisionGraph, set: NodeSet, first: readonly number[] = []): number[] {
  const { allParents, allChildren } = graph
  const waiting = new Int32Array(set.length)
  const tips: number[] = []
  for (let node = 0; node < set.length; node++) {
    if (set[node] !== 1) continue
    for (let e = allChildren.start[node]!; e < allChildren.start[node + 1]!; e++)
      waiting[node]! += set[allChildren.to[e]!]!
    if (waiting[node] === 0) tips.push(node)
  }
  const isFirst = new Set(first)
  const ready = new Set(tips)
  const stack = [...first.filter((i) => ready.has(i)), ...tips.filter((i) => !isFirst.has(i))].toReversed()
  const order: number[] = []
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    order.push(node)
    for (let e = allParents.start[node + 1]! - 1; e >= allParents.start[node]!; e--) {
      const parent = allParents.to[e]!
      if (set[parent] === 1 && --waiting[parent]! === 0) stack.push(parent)
    }
  }
  return order
}

/**
 * The labels that reach each node (V7): from the carrier up to all descendants by downRevision, and down to, but not
 * onto, the nearest branch or merge point. Indexed as `revisions`.
 */
export function spreadLabels(graph: RevisionGraph): readonly (readonly string[])[] {
  const names: string[][] = graph.revisions.map(() => [])
  for (const [label, carrier] of graph.labels) {
    const members = descendantNodes(graph, [carrier], false)
    let node = carrier
    while (degree(graph.allChildren, node) <= 1 && degree(graph.parents, node) === 1) {
      node = graph.parents.to[graph.parents.start[node]!]!
      if (degree(graph.allChildren, node) > 1 || degree(graph.parents, node) > 1) break
      members[node] = 1
    }
    members.forEach((member, i) => {
      if (member === 1) names[i]!.push(label)
    })
  }
  return names
}

/** The dependencies of a revision that its other parents and dependencies do not already imply, as ids (V10). */
export function normalizedDependencies(graph: RevisionGraph, id: string): string[] {
  const node = graph.indexOf.get(id)!
  const { parents, allParents } = graph
  const isParent = new Set(parents.to.subarray(parents.start[node]!, parents.start[node + 1]!))
  const direct = [...allParents.to.subarray(allParents.start[node]!, allParents.start[node + 1]!)]
  const deps = direct.filter((d) => !isParent.has(d))
  if (deps.length === 0) return []
  const implied = new Uint8Array(graph.revisions.length)
  for (const other of direct) {
    const below = ancestorNodes(graph, [other])
    below[other] = 0
    for (let i = 0; i < below.length; i++) implied[i]! |= below[i]!
  }
  return idsOf(
    graph,
    deps.filter((d) => implied[d] === 0),
  )
}
