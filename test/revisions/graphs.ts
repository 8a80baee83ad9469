/** Small graphs for the tests of the room, written as one line a revision: `id: parents; depends; labels`. */
import { buildGraph, type RevisionGraph } from '../../src/revisions/graph/graph.ts'
import type { RowEdit } from '../../src/revisions/steps/row-book.ts'
import { createRevision, type Revision } from '../../src/revisions/revision.ts'

export function revisionsOf(text: string): Revision[] {
  const list = (part: string | undefined): string[] => (part ?? '').split(/[,\s]+/).filter((s) => s !== '')
  return text
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id, rest = ''] = line.trim().split(':')
      const [parents, depends, labels] = rest.split(';')
      return createRevision({
        id: id!.trim(),
        downRevision: list(parents),
        dependsOn: list(depends),
        branchLabels: list(labels),
        doc: `make ${id!.trim()}`,
        file: `${id!.trim()}.ts`,
      })
    })
}

export function graphOf(text: string): RevisionGraph {
  return buildGraph(revisionsOf(text))
}

/** The diamond of spec 2.1. */
export const diamond = graphOf(`
a:
b: a
c: a
m: b, c
n: m
`)

/** Two roots, the second line depending on the first (spec 2.1). */
export const twoLines = graphOf(`
a0:;; acct
a1: a0
a2: a1
b0:;; net
b1: b0; a1
b2: b1
`)

/** `I a`, `U a>b`, `D a`, as the spec writes edits. */
export function editText(edit: RowEdit): string {
  if (edit.kind === 'insert') return `I ${edit.id}`
  return edit.kind === 'delete' ? `D ${edit.id}` : `U ${edit.from}>${edit.to}`
}

/** `m: I c, U m>b` for each step. */
export function stepTexts(
  steps: readonly { readonly revision?: Revision; readonly edits: readonly RowEdit[] }[],
): string[] {
  return steps.map((step) => `${step.revision?.id ?? '-'}: ${step.edits.map(editText).join(', ')}`)
}

/** The code of what a call throws, or 'nothing'. */
export function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (e) {
    return typeof e === 'object' && e !== null && 'code' in e ? String(e.code) : `bug: ${String(e)}`
  }
  return 'nothing'
}
