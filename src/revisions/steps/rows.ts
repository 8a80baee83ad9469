/** The meaning of the version table's rows: which revisions are applied, and which of them are current. */
import { AmbixError } from '../../errors.ts'
import type { RevisionGraph } from '../graph/graph.ts'
import { ancestorNodes, idsOf, nodesOf } from '../graph/walk.ts'

/**
 * Refuses rows without a revision file (V27: the database is ahead of the code). Throws VERSION.UNKNOWN_REVISION with
 * all of them, and VERSION.TABLE for a row that is not text (R17).
 */
export function checkRows(graph: RevisionGraph, rows: readonly unknown[]): asserts rows is readonly string[] {
  const odd = rows.find((row) => typeof row !== 'string')
  if (odd !== undefined) {
    throw new AmbixError('VERSION.TABLE', 'The version table holds something that is not text.', {
      why: `A revision id came as ${odd === null ? 'null' : typeof odd}; the driver or the table is not as it should be.`,
    })
  }
  const unknown = (rows as readonly string[]).filter((id) => !graph.indexOf.has(id))
  if (unknown.length === 0) return
  throw new AmbixError(
    'VERSION.UNKNOWN_REVISION',
    `The database is at ${unknown.join(', ')}, which no revision file has.`,
    {
      why: 'The database is ahead of this code, or the file is on another branch.',
      next: [
        'bring the missing files here (update the code, or switch to the branch that has them)',
        'or downgrade from the code that has them',
        {
          text: 'or, if the schema is known to be at a revision of this code, say so',
          command: 'ambix stamp --purge <revision>',
        },
      ],
      data: { unknown },
    },
  )
}

/**
 * Refuses rows of which one is an ancestor of another: no upgrade or downgrade leaves such rows, and steps cannot be counted.
 * Throws VERSION.TABLE.
 */
export function checkOverlap(graph: RevisionGraph, rows: readonly string[]): void {
  if (rows.length < 2) return
  const effective = effectiveRows(graph, rows)
  if (effective.length === new Set(rows).size) return
  const implied = rows.filter((id) => !effective.includes(id))
  throw new AmbixError('VERSION.TABLE', `The version table names ${implied.join(', ')} beside what was built on it.`, {
    why: `The rows are ${rows.join(', ')}; of a line only the last revision is kept.`,
    next: [{ text: 'write the rows again', command: `ambix stamp --purge ${effective.join(' ')}` }],
    data: { rows, implied },
  })
}

/** Every revision that is applied by the rows, in file order. The rows must be known (`checkRows`). */
export function appliedSet(graph: RevisionGraph, rows: readonly string[]): ReadonlySet<string> {
  return new Set(idsOf(graph, ancestorNodes(graph, nodesOf(graph, rows))))
}

/** The rows without those that are ancestors of others, in file order. */
export function effectiveRows(graph: RevisionGraph, rows: readonly string[]): string[] {
  return withoutAppliedChild(graph, rows, graph.allChildren)
}

/** The revisions that `current` lists: the rows, and tips that have no row only because another row depends on them (C24). */
export function effectiveCurrent(graph: RevisionGraph, rows: readonly string[]): string[] {
  return withoutAppliedChild(graph, rows, graph.children)
}

/** Whether everything is applied; correct also where a head is only a dependency of another (C24). */
export function isAtHeads(graph: RevisionGraph, rows: readonly string[]): boolean {
  const effective = effectiveRows(graph, rows)
  return effective.length === graph.effectiveHeads.length && graph.effectiveHeads.every((id) => effective.includes(id))
}

function withoutAppliedChild(
  graph: RevisionGraph,
  rows: readonly string[],
  children: RevisionGraph['children'],
): string[] {
  const applied = ancestorNodes(graph, nodesOf(graph, rows))
  const ids: string[] = []
  applied.forEach((is, i) => {
    if (is !== 1) return
    for (let e = children.start[i]!; e < children.start[i + 1]!; e++) if (applied[children.to[e]!] === 1) return
    ids.push(graph.revisions[i]!.id)
  })
  return ids
}
