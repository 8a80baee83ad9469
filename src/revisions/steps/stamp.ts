/** The steps of `stamp`: the revisions are recorded in the version table, and nothing else is run (V25, V26). */
import type { RevisionGraph } from '../graph/graph.ts'
import { parseRef, type Ref } from '../targets/refs.ts'
import { resolveRef } from '../targets/resolve.ts'
import type { Revision } from '../revision.ts'
import type { RowEdit } from './row-book.ts'
import { checkRows } from './rows.ts'
import { ancestorNodes, descendantNodes, idsOf, lineageNodes, nodesOf } from '../graph/walk.ts'

export interface StampStep {
  readonly direction: 'stamp'
  /** The revision stamped; absent where rows are only removed. */
  readonly revision?: Revision
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly edits: readonly RowEdit[]
  readonly rows: readonly string[]
}

/**
 * The steps of `stamp targets…`. Per target: already a row, nothing; above rows or below rows, these are replaced by one;
 * unrelated, INSERT; `base` and `label@base`, DELETE the rows (of that line, dependents included).
 * With `purge` all rows are deleted first, unknown ones too, but only after the targets were resolved (V26, V27).
 * Throws what `resolveRef` throws, and VERSION.UNKNOWN_REVISION without `purge`.
 */
export function stampSteps(
  graph: RevisionGraph,
  rows: readonly string[],
  targets: readonly (string | Ref)[],
  options: { readonly purge?: boolean } = {},
): StampStep[] {
  if (options.purge !== true) checkRows(graph, rows)
  const resolved = targets.map((target) => {
    const ref = typeof target === 'string' ? parseRef(target) : target
    return resolveRef(graph, ref, { purpose: 'stamp' })
  })
  const steps: StampStep[] = []
  let left = [...rows]
  const add = (gone: readonly string[], to: string | undefined): void => {
    const last = gone.at(-1)
    const edits: RowEdit[] = gone.slice(0, to === undefined ? undefined : -1).map((id) => ({ kind: 'delete', id }))
    if (to !== undefined)
      edits.push(last === undefined ? { kind: 'insert', id: to } : { kind: 'update', from: last, to })
    if (edits.length === 0) return
    left = [...left.filter((id) => !gone.includes(id)), ...(to === undefined ? [] : [to])]
    const revision = to === undefined ? undefined : graph.revisions[graph.indexOf.get(to)!]!
    steps.push({
      direction: 'stamp',
      ...(revision === undefined ? {} : { revision }),
      from: gone,
      to: to === undefined ? [] : [to],
      edits,
      rows: left,
    })
  }
  if (options.purge === true) add(left, undefined)
  for (const { ids, branch } of resolved) {
    if (ids.length === 0) add(rowsOnLine(graph, left, branch), undefined)
    for (const id of ids) if (!left.includes(id)) add(related(graph, left, id), id)
  }
  return steps
}

function rowsOnLine(graph: RevisionGraph, rows: readonly string[], branch: string | undefined): string[] {
  const nodes = nodesOf(graph, rows).toSorted((a, b) => a - b)
  if (branch === undefined) return idsOf(graph, nodes)
  const members = lineageNodes(graph, graph.indexOf.get(branch)!, true)
  return idsOf(
    graph,
    nodes.filter((i) => members[i] === 1),
  )
}

/** The rows above or below a revision, dependencies included. */
function related(graph: RevisionGraph, rows: readonly string[], id: string): string[] {
  const node = graph.indexOf.get(id)!
  const above = descendantNodes(graph, [node])
  const below = ancestorNodes(graph, [node])
  return idsOf(
    graph,
    nodesOf(graph, rows)
      .toSorted((a, b) => a - b)
      .filter((i) => above[i] === 1 || below[i] === 1),
  )
}
