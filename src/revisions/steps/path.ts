/** The steps from the current revisions to a target, each with the version rows that it edits. */
import { AmbixError } from '../../errors.ts'
import { neighbours } from '../graph/edges.ts'
import type { RevisionGraph } from '../graph/graph.ts'
import { multipleHeads } from '../targets/names.ts'
import type { Ref } from '../targets/refs.ts'
import { resolveRef, type Resolved } from '../targets/resolve.ts'
import type { Revision } from '../revision.ts'
import { applyEdits, RowBook, type RowEdit } from './row-book.ts'
import { checkOverlap, checkRows } from './rows.ts'
import {
  ancestorNodes,
  ancestors,
  childrenFirst,
  descendantNodes,
  idsOf,
  lineageNodes,
  nodesOf,
  type NodeSet,
} from '../graph/walk.ts'

/** One revision to run, in one direction. */
export interface RunStep {
  readonly direction: 'upgrade' | 'downgrade'
  readonly revision: Revision
  /** As in the step log, `a, b -> c` (V29): ids by downRevision; empty is base. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** To be executed in this order, after the revision ran (V19-V24). */
  readonly edits: readonly RowEdit[]
  /** The rows after the edits, in file order: computed when they are read, from the first step on. */
  readonly rows: readonly string[]
}

/** What the steps of one path share. */
interface Path {
  readonly graph: RevisionGraph
  /** Before the first step. */
  readonly rows: readonly string[]
  readonly steps: RunStep[]
}

/**
 * A step keeps what only it knows. Its ends and rows are told when they are read: nearly all steps are run without, and
 * with them a path over 100,000 revisions is three times as large.
 */
class PlannedStep implements RunStep {
  readonly direction: RunStep['direction']
  readonly revision: Revision
  readonly edits: readonly RowEdit[]
  private readonly path: Path

  constructor(direction: RunStep['direction'], revision: Revision, edits: readonly RowEdit[], path: Path) {
    this.direction = direction
    this.revision = revision
    this.edits = edits
    this.path = path
  }

  get from(): readonly string[] {
    return this.direction === 'upgrade' ? this.revision.downRevision : [this.revision.id]
  }

  get to(): readonly string[] {
    return this.direction === 'upgrade' ? [this.revision.id] : this.revision.downRevision
  }

  get rows(): readonly string[] {
    const { graph, rows, steps } = this.path
    const edits = steps.slice(0, steps.indexOf(this) + 1).flatMap((step) => step.edits)
    const nodes = nodesOf(graph, applyEdits(rows, edits))
    return idsOf(
      graph,
      nodes.toSorted((a, b) => a - b),
    )
  }
}

/** The steps over `order`, from these rows. */
function stepsOver(
  graph: RevisionGraph,
  rows: readonly string[],
  direction: RunStep['direction'],
  order: readonly number[],
): RunStep[] {
  const book = new RowBook(graph, rows)
  const path: Path = { graph, rows, steps: [] }
  for (const node of order) {
    const edits = direction === 'upgrade' ? book.upgrade(node) : book.downgrade(node)
    path.steps.push(new PlannedStep(direction, graph.revisions[node]!, edits, path))
  }
  return path.steps
}

/**
 * The steps of `upgrade target` (V12, V14; T1-T4, T10-T14); none if all is applied (R16).
 * Throws what `resolveRef` throws, VERSION.UNKNOWN_REVISION and VERSION.TABLE.
 */
export function upgradeSteps(graph: RevisionGraph, rows: readonly string[], target: string | Ref): RunStep[] {
  checkRows(graph, rows)
  checkOverlap(graph, rows)
  const targets = nodesOf(graph, resolveRef(graph, target, { purpose: 'upgrade', rows }).ids)
  const needed = ancestorNodes(graph, targets)
  const applied = ancestorNodes(graph, nodesOf(graph, rows))
  for (let i = 0; i < needed.length; i++) if (applied[i] === 1) needed[i] = 0
  const order = childrenFirst(
    graph,
    needed,
    targets.toSorted((a, b) => a - b),
  ).toReversed()
  return stepsOver(graph, rows, 'upgrade', order)
}

/**
 * The steps of `downgrade target` (V13, V15, V16; T5-T9, T15-T19); none if the database is at the target (R16).
 * Throws what `resolveRef` throws, VERSION.UNKNOWN_REVISION, REVISION.DIRECTION for a target above the current revisions,
 * and REVISION.RANGE for one that is not below them (T9, T18).
 */
export function downgradeSteps(graph: RevisionGraph, rows: readonly string[], target: string | Ref): RunStep[] {
  checkRows(graph, rows)
  const resolved = resolveRef(graph, target, { purpose: 'downgrade', rows })
  const text = typeof target === 'string' ? target : target.text
  if (resolved.ids.length > 1) throw multipleHeads(resolved.ids)
  const current = nodesOf(graph, rows)
  const applied = ancestorNodes(graph, current)
  const undo = descendantNodes(graph, rootsToUndo(graph, resolved, text))
  for (let i = 0; i < undo.length; i++) undo[i]! &= applied[i]!
  const goal = resolved.ids[0]
  if (goal !== undefined && !rows.includes(goal) && !undo.includes(1)) throw notBelow(graph, goal, rows, applied)
  const order = childrenFirst(
    graph,
    undo,
    current.toSorted((a, b) => a - b),
  )
  return stepsOver(graph, rows, 'downgrade', order)
}

/** The lowest revisions to undo: the children of the target, or the roots; of the given branch only. */
function rootsToUndo(graph: RevisionGraph, resolved: Resolved, text: string): number[] {
  const goal = resolved.ids[0]
  const roots =
    goal === undefined ? nodesOf(graph, graph.bases) : [...neighbours(graph.children, graph.indexOf.get(goal)!)]
  if (resolved.branch === undefined || roots.length <= 1) return roots
  const members = lineageNodes(graph, graph.indexOf.get(resolved.branch)!)
  const own = roots.filter((i) => members[i] === 1)
  if (own.length > 0) return own
  throw new AmbixError('REVISION.RANGE', `Nothing of the branch can be undone down to ${text}.`, { data: { text } })
}

function notBelow(graph: RevisionGraph, goal: string, rows: readonly string[], applied: NodeSet): AmbixError {
  const where = rows.length === 0 ? 'nothing is applied' : `the database stands at ${rows.join(', ')}`
  const data = { target: goal, rows }
  const above = new Set(ancestors(graph, [goal]))
  if (rows.every((id) => above.has(id))) {
    return new AmbixError('REVISION.DIRECTION', `${goal} is not below the current revision: ${where}.`, {
      next: [{ text: 'use upgrade', command: `ambix upgrade ${goal}` }],
      data,
    })
  }
  const implied = applied[graph.indexOf.get(goal)!] === 1
  return new AmbixError('REVISION.RANGE', `There is nothing to undo down to ${goal}: ${where}.`, {
    why: implied
      ? `${goal} is applied because another branch depends on it, and nothing above it on its own line is.`
      : `${goal} is not applied.`,
    next: [{ text: 'see the graph', command: 'ambix history --graph' }],
    data,
  })
}
