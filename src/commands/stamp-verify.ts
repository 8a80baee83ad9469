/** `stamp --verify`: the database must have what the revisions up to the targets make. */
import { diff } from '../diff/diff.ts'
import { AmbixError } from '../errors.ts'
import { renderOperation } from '../revisions/write/render.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import { ancestors } from '../revisions/graph/walk.ts'
import { openScratch } from '../runtime/scratch.ts'
import { replaySource } from '../sources/replay.ts'
import type { ReplayStep } from '../sources/replay.ts'
import type { Scratch } from '../sources/source.ts'
import { loadOperations } from './run/bodies.ts'
import { scopeOf } from './project/scope.ts'
import type { Project } from './project/project.ts'

/** Throws DIFF.NOT_VERIFIED with what the database would need. */
export async function verifyStamp(project: Project, targets: readonly string[]): Promise<void> {
  const graph = project.graph()
  const { connection, dialect, url, driver } = await project.database()
  const ids = targets.flatMap((target) => resolveRef(graph, target, { purpose: 'stamp' }).ids)
  const below = new Set(ancestors(graph, ids))
  const load = async (): Promise<ReplayStep[]> => {
    const steps: ReplayStep[] = []
    for (const index of graph.topological) {
      const revision = graph.revisions[index]!
      if (below.has(revision.id))
        steps.push({
          revision: revision.id,
          operations: await loadOperations(revision, 'upgrade', {}, project.settings.operations),
        })
    }
    return steps
  }
  let place: Promise<Scratch> | undefined
  const scratch = (): Promise<Scratch> =>
    (place ??= openScratch({
      url,
      driver,
      dialect,
      connection,
      wanted: project.settings.scratch,
      projectDir: project.settings.dir,
    }))
  try {
    const scope = scopeOf(project)
    const made = await replaySource(load).read({ dialect, projectDir: project.settings.dir, scope, scratch })
    const current = await dialect.reflect(connection, scope)
    const { upgrade: missing } = diff(current, dialect.normalize(made), { hints: [] })
    if (missing.length === 0) return
    throw new AmbixError(
      'DIFF.NOT_VERIFIED',
      `The database is not what the revisions up to ${targets.join(', ')} make: nothing was stamped`,
      {
        why: `It would take:\n${missing
          .slice(0, 20)
          .map((op) => renderOperation(op))
          .join('\n')}`,
        next: [
          'Run the missing revisions instead, or stamp another revision',
          'Or leave out --verify, if the difference is meant',
        ],
        data: { missing },
      },
    )
  } finally {
    await (await place?.catch(() => undefined))?.close()
  }
}
