/** Which revisions a history range means, newest first (C25). */
import { AmbixError } from '../../errors.ts'
import type { RevisionGraph } from '../graph/graph.ts'
import { parseRange, type Ref, type RefRange } from '../targets/refs.ts'
import { resolveRef, type Resolved } from '../targets/resolve.ts'
import type { Revision } from '../revision.ts'
import { checkRows } from './rows.ts'
import { ancestorNodes, childrenFirst, descendantNodes, lineageNodes, nodesOf } from '../graph/walk.ts'

/**
 * The revisions of `history -r start:end`, newest first, both ends included; without a range all of them.
 * The start may be an id, a label, `current`, `-N` (N below the heads); the end also `+N` (above the start), `id+N`.
 * Pass `rows` where `needsRows(parseRange(range))` is true.
 * Throws what `parseRange` and `resolveRef` throw, and REVISION.RANGE where the start is not below the end.
 */
export function historyRange(graph: RevisionGraph, range?: string | RefRange, rows?: readonly string[]): Revision[] {
  const { from, to, text } =
    typeof range === 'string' ? parseRange(range) : (range ?? { text: ':', from: undefined, to: undefined })
  if (rows !== undefined) checkRows(graph, rows)
  const lower = from === undefined ? { ids: [] } : resolveRef(graph, from, { purpose: 'show', lenient: true, rows })
  const targets = upperEnd(graph, to, lower, rows)
  const wanted = ancestorNodes(graph, targets)
  const start = nodesOf(graph, lower.ids)
  if (start.some((i) => wanted[i] !== 1)) {
    throw new AmbixError('REVISION.RANGE', `${text} is not a range: its start is not below its end.`, {
      next: ['write the older revision first, as older:newer'],
      data: { text, start: lower.ids },
    })
  }
  if (start.length > 0) {
    const below = ancestorNodes(graph, start)
    const above = descendantNodes(graph, start, false)
    wanted.forEach((_, i) => {
      wanted[i]! &= above[i]! & (below[i] === 1 ? 0 : 1)
    })
    for (const i of start) wanted[i] = 1
  } else if (lower.branch !== undefined) {
    // From `label@base`: only revisions in line with it, and their dependencies.
    const members = lineageNodes(graph, graph.indexOf.get(lower.branch)!)
    const needed = ancestorNodes(
      graph,
      targets.filter((i) => members[i] === 1),
    )
    wanted.forEach((_, i) => {
      wanted[i]! &= needed[i]!
    })
  }
  return childrenFirst(
    graph,
    wanted,
    targets.toSorted((a, b) => a - b),
  ).map((i) => graph.revisions[i]!)
}

function upperEnd(
  graph: RevisionGraph,
  to: Ref | undefined,
  lower: Resolved,
  rows: readonly string[] | undefined,
): number[] {
  if (to === undefined) return nodesOf(graph, graph.effectiveHeads)
  if (to.anchor.kind === 'none') {
    return nodesOf(graph, resolveRef(graph, to, { purpose: 'upgrade', lenient: true, rows: lower.ids }).ids)
  }
  return nodesOf(graph, resolveRef(graph, to, { purpose: 'show', lenient: true, rows }).ids)
}
