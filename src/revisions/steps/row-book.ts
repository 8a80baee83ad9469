/** Tracks the version rows while steps are planned, and gives each step's edits of them: exactly as Alembic does (V19-V23). */
import type { RevisionGraph } from '../graph/graph.ts'
import { ancestorNodes, nodesOf, type NodeSet } from '../graph/walk.ts'

/** One statement on the version table; updates and deletes must hit exactly one row (V23). */
export type RowEdit =
  | { readonly kind: 'insert'; readonly id: string }
  | { readonly kind: 'update'; readonly from: string; readonly to: string }
  | { readonly kind: 'delete'; readonly id: string }

/** The rows that edits leave. Throws a plain error where an edit does not fit: that is a bug, or a row that another session changed. */
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
 * The state of the version table between steps. A revision has a row while it is applied and is not a parent or dependency
 * of an applied revision; `held` counts those, so that each step costs only its own edges.
 */
export class RowBook {
  readonly #graph: RevisionGraph
  readonly #applied: NodeSet
  readonly #held: Int32Array
  /** The nodes with rows, ascending. */
  readonly #rows: number[]

  constructor(graph: RevisionGraph, rows: readonly string[]) {
    this.#graph = graph
    this.#rows = [...new Set(nodesOf(graph, rows))].toSorted((a, b) => a - b)
    this.#applied = ancestorNodes(graph, this.#rows)
    this.#held = new Int32Array(graph.revisions.length)
    const { start, to } = graph.allParents
    for (let node = 0; node < this.#applied.length; node++) {
      if (this.#applied[node] !== 1) continue
      for (let e = start[node]!; e < start[node + 1]!; e++) this.#held[to[e]!]!++
    }
  }

  /** No parent has a row: INSERT. Else the rows of the parents become one: DELETE all but the last, UPDATE that (V19-V22). */
  upgrade(node: number): RowEdit[] {
    const { start, to } = this.#graph.allParents
    const edits: RowEdit[] = []
    let last: number | undefined
    for (let e = start[node]!; e < start[node + 1]!; e++) {
      const parent = to[e]!
      this.#held[parent]!++
      if (!this.#remove(parent)) continue
      if (last !== undefined) edits.push({ kind: 'delete', id: this.#id(last) })
      last = parent
    }
    this.#applied[node] = 1
    this.#add(node)
    const id = this.#id(node)
    edits.push(last === undefined ? { kind: 'insert', id } : { kind: 'update', from: this.#id(last), to: id })
    return edits
  }

  /** Parents that nothing else holds get their rows back: INSERT all but the first in file order, UPDATE to that; none: DELETE. */
  downgrade(node: number): RowEdit[] {
    const { start, to } = this.#graph.allParents
    this.#applied[node] = 0
    this.#remove(node)
    const back: number[] = []
    for (let e = start[node]!; e < start[node + 1]!; e++) {
      const parent = to[e]!
      if (--this.#held[parent]! === 0 && this.#add(parent)) back.push(parent)
    }
    const from = this.#id(node)
    if (back.length === 0) return [{ kind: 'delete', id: from }]
    const first = back.reduce((a, b) => Math.min(a, b))
    const edits: RowEdit[] = []
    for (const parent of back) if (parent !== first) edits.push({ kind: 'insert', id: this.#id(parent) })
    edits.push({ kind: 'update', from, to: this.#id(first) })
    return edits
  }

  #add(node: number): boolean {
    let at = this.#rows.length
    while (at > 0 && this.#rows[at - 1]! > node) at--
    if (at > 0 && this.#rows[at - 1] === node) return false
    if (at === this.#rows.length) this.#rows.push(node)
    else this.#rows.splice(at, 0, node)
    return true
  }

  #remove(node: number): boolean {
    const at = this.#rows.indexOf(node)
    if (at < 0) return false
    if (at === this.#rows.length - 1) this.#rows.pop()
    else this.#rows.splice(at, 1)
    return true
  }

  #id(node: number): string {
    return this.#graph.revisions[node]!.id
  }
}
