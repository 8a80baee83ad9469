/** The steps from the current revisions to a target. */
import { AmbixError, isAmbixError } from '../../errors.ts'
import { downgradeSteps, upgradeSteps } from '../../revisions/steps/path.ts'
import type { RunStep } from '../../revisions/steps/path.ts'
import type { MoveDirection } from './types.ts'
import type { Project } from '../project/project.ts'

/** The steps, or for several heads an error that tells whether the branches commute. */
export async function stepsTo(
  project: Project,
  direction: MoveDirection,
  heads: readonly string[],
  target: string,
): Promise<readonly RunStep[]> {
  const graph = project.graph()
  try {
    return direction === 'upgrade' ? upgradeSteps(graph, heads, target) : downgradeSteps(graph, heads, target)
  } catch (error) {
    if (direction !== 'upgrade' || target !== 'head' || !isAmbixError(error, 'REVISION.MULTIPLE_HEADS')) throw error
    if (graph.effectiveHeads.length < 2) throw oneNeedsTheOthers(error, graph.effectiveHeads)
    const { compareHeads, explainHeads } = await import('./clash.ts')
    const comparison = await compareHeads(project, graph.effectiveHeads)
    if (project.settings.autoMerge && comparison.verdict === 'commute') {
      project.say(`${graph.effectiveHeads.join(' and ')} touch different things: going on with both (autoMerge)`)
      return upgradeSteps(graph, heads, 'heads')
    }
    throw explainHeads(error, graph.effectiveHeads, comparison)
  }
}

/** Heads that another one depends on are applied with it: there is nothing to merge. */
function oneNeedsTheOthers(error: AmbixError, effective: readonly string[]): AmbixError {
  return new AmbixError('REVISION.MULTIPLE_HEADS', error.message, {
    why: [error.why, `${effective.join(', ')} depends on the others, so there is nothing to merge.`].join(' '),
    next: [{ text: 'Run them all', command: 'ambix upgrade heads' }],
    ...(error.data === undefined ? {} : { data: error.data }),
    cause: error,
  })
}
