/** Draws revisions as a graph in plain text, as `git log --graph` does: newest first, with heads, labels and dependencies. */
import { neighbours } from './edges.ts'
import type { RevisionGraph } from './graph.ts'
import { Lanes } from './lanes.ts'
import type { Revision } from '../revision.ts'
import { normalizedDependencies } from './walk.ts'

export interface DrawMarks {
  /** Ids to mark `(current)`. */
  readonly current?: ReadonlySet<string>
}

/**
 * Draws the revisions of `order` (children before parents, as `historyRange` returns them), one row each and rows of lines
 * between, no wider than `width` columns; what does not fit ends in `…`. Parents outside `order` are not drawn.
 * Dependencies are named, not drawn: they are not parents.
 */
export function drawGraph(graph: RevisionGraph, order: readonly Revision[], marks: DrawMarks = {}, width = 80): string {
  const inOrder = new Set(order.map((revision) => revision.id))
  const heads = new Set(graph.heads)
  const effective = new Set(graph.effectiveHeads)
  const rows: string[] = []
  const lanes = new Lanes((picture) => rows.push(fit(picture, width)))
  for (const revision of order) {
    const node = graph.indexOf.get(revision.id)!
    const { lane, picture } = lanes.place(node)
    const notes = [
      ...revision.branchLabels,
      ...(heads.has(revision.id) ? [effective.has(revision.id) ? 'head' : 'head, depended on'] : []),
      ...(marks.current?.has(revision.id) === true ? ['current'] : []),
    ].map((note) => `(${note})`)
    const deps = normalizedDependencies(graph, revision.id)
    if (deps.length > 0) notes.push(`(needs ${deps.join(', ')})`)
    rows.push(
      fit(`${picture} ${[revision.id, ...notes, oneLine(revision.message)].filter((s) => s !== '').join(' ')}`, width),
    )
    lanes.leave(
      lane,
      [...neighbours(graph.parents, node)].filter((parent) => inOrder.has(graph.revisions[parent]!.id)),
    )
  }
  return rows.join('\n')
}

/** Removes control characters, so that none reaches the terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
}

/** Cuts a row to a width in columns. */
function fit(row: string, width: number): string {
  let columns = 0
  let at = 0
  let cut = 0
  for (const char of row) {
    columns += columnsOf(char)
    if (columns <= width - 1) cut = at + char.length
    if (columns > width) return `${row.slice(0, cut)}…`
    at += char.length
  }
  return row.trimEnd()
}

/** Columns of one character: none for combining marks, two for East Asian wide ones and emoji. */
function columnsOf(char: string): number {
  const code = char.codePointAt(0)!
  if (code < 0x300) return 1
  if (/\p{M}/u.test(char)) return 0
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
    char,
  )
    ? 2
    : 1
}
