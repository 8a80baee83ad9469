/** A revision as the listing commands show it (specs/alembic.md C36). */
import { degree } from '../../revisions/graph/edges.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'
import type { Revision } from '../../revisions/revision.ts'
import { spreadLabels } from '../../revisions/graph/walk.ts'

export interface RevisionInfo {
  readonly revision: string
  readonly message: string
  readonly doc: string
  readonly file: string
  readonly createDate?: string
  /** Parents; empty for a root. */
  readonly downRevision: readonly string[]
  readonly dependsOn: readonly string[]
  /** Labels in the file itself. */
  readonly branchLabels: readonly string[]
  /** The labels of all branches that it is on. */
  readonly branches: readonly string[]
  readonly children: readonly string[]
  readonly head: boolean
  /** A head that no other revision depends on. */
  readonly effectiveHead: boolean
  readonly branchPoint: boolean
  readonly mergePoint: boolean
  /** Absent without a connection. */
  readonly current?: boolean
}

/** Describes revisions in the given order; `current` holds the current revisions of the database. */
export function describeRevisions(
  graph: RevisionGraph,
  revisions: readonly Revision[],
  current?: ReadonlySet<string>,
): RevisionInfo[] {
  if (revisions.length === 0) return []
  const labels = graph.labels.size === 0 ? undefined : spreadLabels(graph)
  return revisions.map((r) => {
    const index = graph.indexOf.get(r.id)!
    const children = degree(graph.children, index)
    const info: { -readonly [K in keyof RevisionInfo]: RevisionInfo[K] } = {
      revision: r.id,
      message: r.message,
      doc: r.doc,
      file: r.file,
      createDate: r.createDate,
      downRevision: r.downRevision,
      dependsOn: r.dependsOn,
      branchLabels: r.branchLabels,
      branches: labels?.[index] ?? [],
      children: childrenOf(graph, index),
      head: children === 0,
      effectiveHead: degree(graph.allChildren, index) === 0,
      branchPoint: children > 1,
      mergePoint: degree(graph.parents, index) > 1,
    }
    if (current !== undefined) info.current = current.has(r.id)
    return info
  })
}

function childrenOf(graph: RevisionGraph, index: number): string[] {
  const { start, to } = graph.children
  const ids: string[] = []
  for (let e = start[index]!; e < start[index + 1]!; e++) ids.push(graph.revisions[to[e]!]!.id)
  return ids
}
