/** Keeps the version rows while steps are planned, and says how each step edits them: exactly as Alembic does (V19-V23). */
import { neighbours } from './edges.ts'
import type { RevisionGraph } from './graph.ts'
import { ancestorNodes, idsOf, nodesOf, type NodeSet } from './walk.ts'

/** One statement on the version table; updates and deletes must hit exactly one row (V23). */
export type RowEdit =
  | { readonly kind: 'insert'; readonly id: string }
  | { readonly kind: 'update'; readonly from: string; readonly to: string }
  | { readonly kind: 'delete'; readonly id: string }

/** The rows that edits leave. Throws a plain error where an edit does not fit: that is a bug, or a row that somebody else changed. */
export function applyEdits(rows: readonly string[], edits: readonly RowEdit[]): string[] {
  const left = new Set(rows)
  for (const edit of edits) {
    const gone = edit.kind === 'update' ? edit.from : edit.kind === 'delete' ? edit.id : undefined
    const added = edit.kind === 'update' ? edit.to : edit.kind === 'insert' ? edit.id : undefined
    if (gone !== undefined && !left.delete(gone)) throw new Error(`there is no version row ${gone}`)
    if (added === undefined) continue
    if (left.has(added)) throw new Error(`the version row ${added} is there already`)
    left.add(added)
  }
  return [...left]
}

/**
 * The state of the version table between steps. A revision has a row while it is applied and nothing applied has it as
 * parent or dependency; `held` counts those, so that each step costs only its own edges.
 */
export class RowBook {
  readonly #graph: RevisionGraph
  readonly #applied: NodeSet
  readonly #held: Int32Array
  readonly #rows: Set<number>

  constructor(graph: RevisionGraph, rows: readonly string[]) {
    this.#graph = graph
    this.#rows = new Set(nodesOf(graph, rows))
    this.#applied = ancestorNodes(graph, this.#rows)
    this.#held = new Int32Array(graph.revisions.length)
    const { start, to } = graph.allParents
    for (let node = 0; node < this.#applied.length; node++) {
      if (this.#applied[node] !== 1) continue
      for (let e = start[node]!; e < start[node + 1]!; e++) this.#held[to[e]!]!++
    }
  }

  rows(): string[] {
    return idsOf(this.#graph, this.#rows.size === 1 ? [...this.#rows] : [...this.#rows].toSorted((a, b) => a - b))
  }

  /** No parent has a row: INSERT. Else the rows of the parents become one: DELETE all but the last, UPDATE that (V19-V22). */
  upgrade(node: number): RowEdit[] {
    const parents = neighbours(this.#graph.allParents, node)
    for (const parent of parents) this.#held[parent]!++
    this.#applied[node] = 1
    const replaced = [...parents].filter((parent) => this.#rows.delete(parent))
    this.#rows.add(node)
    const last = replaced.pop()
    if (last === undefined) return [{ kind: 'insert', id: this.#id(node) }]
    return [
      ...replaced.map((parent): RowEdit => ({ kind: 'delete', id: this.#id(parent) })),
      { kind: 'update', from: this.#id(last), to: this.#id(node) },
    ]
  }

  /** Parents that nothing else holds get their rows back: INSERT all but the first in file order, UPDATE to that; none: DELETE. */
  downgrade(node: number): RowEdit[] {
    const parents = neighbours(this.#graph.allParents, node)
    this.#applied[node] = 0
    this.#rows.delete(node)
    const back = [...parents].filter((parent) => --this.#held[parent]! === 0 && !this.#rows.has(parent))
    for (const parent of back) this.#rows.add(parent)
    if (back.length === 0) return [{ kind: 'delete', id: this.#id(node) }]
    const first = back.reduce((a, b) => Math.min(a, b))
    return [
      ...back.filter((parent) => parent !== first).map((parent): RowEdit => ({ kind: 'insert', id: this.#id(parent) })),
      { kind: 'update', from: this.#id(node), to: this.#id(first) },
    ]
  }

  #id(node: number): string {
    return this.#graph.revisions[node]!.id
  }
}
