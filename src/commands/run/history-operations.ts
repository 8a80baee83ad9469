/** The operations of all revisions up to a point, as one list: read only where a hand-written drop needs it. */
import { append } from '../../util/append.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { Revision } from '../../revisions/revision.ts'
import { ancestors } from '../../revisions/graph/walk.ts'
import { loadOperations } from './bodies.ts'
import type { MoveDirection } from './types.ts'
import type { Project } from '../project/project.ts'

/** All upgrades before an upgrade; before a downgrade, the revision's own too. Throws REVISION.LOAD. */
export async function historyOperations(
  project: Project,
  args: Readonly<Record<string, unknown>>,
  revision: Revision,
  direction: MoveDirection,
): Promise<readonly Operation[]> {
  const graph = project.graph()
  const set = new Set(ancestors(graph, direction === 'upgrade' ? revision.downRevision : [revision.id]))
  const out: Operation[] = []
  for (const index of graph.topological) {
    const at = graph.revisions[index]!
    if (set.has(at.id)) append(out, await loadOperations(at, 'upgrade', args, project.settings.operations))
  }
  return out
}
