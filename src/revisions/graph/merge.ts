/** Whether parallel branches commute: compares what each changes after their common ancestor, object by object. */
import type { Footprint } from '../../operations/definition.ts'
import { holderText } from '../../schema/keys.ts'
import type { RevisionGraph } from './graph.ts'
import { ancestorNodes, childrenFirst, idsOf, nodesOf } from './walk.ts'

/** One revision of a branch with everything that its operations read or write; `opaque` where that is unknown (a file not recorded). */
export interface Touched {
  readonly revision: string
  readonly footprint: Footprint | 'opaque'
}

export interface Clash {
  /** The key of the object that both read or write, as in footprints: `column:posts.status`. */
  readonly object: string
  readonly left: readonly string[]
  readonly right: readonly string[]
}

export interface Commutation {
  /** `unknown`: no clash was found, but a branch has raw SQL or code whose effects are not known. */
  readonly verdict: 'commute' | 'clash' | 'unknown'
  readonly clashes: readonly Clash[]
  /** Revisions of either branch with raw SQL or code. */
  readonly opaque: readonly string[]
}

type Access = Map<string, { readonly revisions: Set<string>; write: boolean }>

/**
 * Compares what two branches read and write. A clash is an object that one writes and the other reads or writes; writing a table
 * writes its columns, indexes and constraints, writing an enum its labels. Different columns of one table and different
 * labels of one enum commute. An opaque branch commutes with an empty one.
 */
export function doCommute(left: readonly Touched[], right: readonly Touched[]): Commutation {
  const a = accessOf(left)
  const b = accessOf(right)
  const clashes = new Map<string, { left: Set<string>; right: Set<string> }>()
  const add = (object: string, ours: Iterable<string>, theirs: Iterable<string>): void => {
    const clash = clashes.get(object) ?? { left: new Set(), right: new Set() }
    for (const id of ours) clash.left.add(id)
    for (const id of theirs) clash.right.add(id)
    clashes.set(object, clash)
  }
  for (const [key, mine] of a) {
    for (const other of [key, ...containers(key)]) {
      const theirs = b.get(other)
      if (theirs && (other === key ? mine.write || theirs.write : theirs.write))
        add(key, mine.revisions, theirs.revisions)
    }
  }
  for (const [key, theirs] of b) {
    for (const other of containers(key)) {
      const mine = a.get(other)
      if (mine?.write) add(key, mine.revisions, theirs.revisions)
    }
  }
  const hidden =
    left.length === 0 || right.length === 0 ? [] : [...left, ...right].filter(isOpaque).map((t) => t.revision)
  return {
    verdict: clashes.size > 0 ? 'clash' : hidden.length > 0 ? 'unknown' : 'commute',
    clashes: [...clashes]
      .map(([object, sides]) => ({ object, left: [...sides.left], right: [...sides.right] }))
      .toSorted((x, y) => (x.object < y.object ? -1 : 1)),
    opaque: [...new Set(hidden)],
  }
}

function isOpaque(touched: Touched): boolean {
  return touched.footprint === 'opaque' || touched.footprint.opaque === true
}

function accessOf(branch: readonly Touched[]): Access {
  const access: Access = new Map()
  const add = (key: string, revision: string, write: boolean): void => {
    const known = access.get(key)
    if (known === undefined) access.set(key, { revisions: new Set([revision]), write })
    else {
      known.revisions.add(revision)
      known.write ||= write
    }
  }
  for (const { revision, footprint } of branch) {
    if (footprint === 'opaque') continue
    for (const key of footprint.reads) add(key, revision, false)
    for (const key of footprint.writes) add(key, revision, true)
  }
  return access
}

/** The keys of the objects that contain this one: `column:app.posts.status` is in `table:app.posts`. */
function containers(key: string): string[] {
  const colon = key.indexOf(':')
  const kind = key.slice(0, colon)
  const holder = holderText(key.slice(colon + 1))
  if (holder === '') return []
  return kind === 'enum-value'
    ? [`enum:${holder}`]
    : holders[kind] === true
      ? [`table:${holder}`, `view:${holder}`]
      : []
}

const holders: Readonly<Record<string, true>> = {
  column: true,
  constraint: true,
  index: true,
  trigger: true,
  policy: true,
}

export interface BranchOnly {
  readonly head: string
  /** The revisions that are not ancestors of the other heads, oldest first. */
  readonly revisions: readonly string[]
}

/** For each of two or more heads, the revisions that only it has: the input of `doCommute`, pair by pair. */
export function branchOnly(graph: RevisionGraph, heads: readonly string[]): BranchOnly[] {
  return heads.map((head) => {
    const own = ancestorNodes(graph, nodesOf(graph, [head]))
    const others = ancestorNodes(
      graph,
      nodesOf(
        graph,
        heads.filter((other) => other !== head),
      ),
    )
    own.forEach((is, i) => {
      own[i] = is & (1 - others[i]!)
    })
    return { head, revisions: idsOf(graph, childrenFirst(graph, own).toReversed()) }
  })
}

/** The nearest common ancestors of the heads: those that are not below another common ancestor. Empty for separate bases. */
export function mergeBase(graph: RevisionGraph, heads: readonly string[]): string[] {
  const common = new Uint8Array(graph.revisions.length).fill(1)
  for (const head of heads) {
    const below = ancestorNodes(graph, nodesOf(graph, [head]))
    for (let i = 0; i < common.length; i++) common[i]! &= below[i]!
  }
  const { start, to } = graph.allChildren
  return idsOf(graph, common).filter((id) => {
    const node = graph.indexOf.get(id)!
    return !to.subarray(start[node]!, start[node + 1]!).some((child) => common[child] === 1)
  })
}
