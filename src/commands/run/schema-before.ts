/** The schema before a revision, folded from its ancestors: no database is read. */
import type { Operation } from '../../operations/kinds.ts'
import { fold } from '../../operations/operation.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'
import { ancestors } from '../../revisions/graph/walk.ts'
import { emptySchema } from '../../schema/model.ts'
import type { Schema } from '../../schema/model.ts'

/** The schema after the parent; after a merge, that of all its ancestors, in the order in which they run. */
export function schemaBefore(
  parents: readonly string[],
  after: ReadonlyMap<string, Schema>,
  done: ReadonlyMap<string, readonly Operation[]>,
  graph: RevisionGraph,
): Schema {
  if (parents.length < 2) return after.get(parents[0] ?? '') ?? emptySchema
  const below = new Set(ancestors(graph, parents))
  const operations = [...graph.topological].flatMap((index) => {
    const { id } = graph.revisions[index]!
    return below.has(id) ? (done.get(id) ?? []) : []
  })
  return fold(emptySchema, operations, { blind: true }).schema
}
