/** Merges heads, and gives an unapplied revision another parent. */
import type { ConfigInput } from '../config/load.ts'
import { AmbixError } from '../errors.ts'
import { readRevisionText } from '../revisions/files/files.ts'
import { replaceFile } from '../revisions/files/write.ts'
import { renderRevision } from '../revisions/write/render.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import { withParents } from '../revisions/files/rewrite.ts'
import { appliedSet } from '../revisions/steps/rows.ts'
import { ancestors } from '../revisions/graph/walk.ts'
import { compareHeads } from './run/clash.ts'
import type { BranchComparison } from './run/clash.ts'
import { rowsInEnvironment } from './project/environment.ts'
import { runHooks } from './project/hooks.ts'
import { downRevision, planRevision, writeRevision } from './project/new-revision.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions } from './project/project.ts'

export interface MergeOptions extends CommonOptions {
  readonly message?: string
  readonly revId?: string
  readonly branchLabels?: readonly string[]
  readonly splice?: boolean
}

export interface MergeResult {
  /** Absent: there was nothing to merge. */
  readonly revision?: string
  readonly file?: string
  readonly merged: readonly string[]
  readonly comparison?: BranchComparison
}

/** Merges the named revisions, or all heads; with one head there is nothing to merge (C29). Throws REVISION.*, FILES.*. */
export async function merge(
  config?: ConfigInput,
  names: readonly string[] = [],
  options: MergeOptions = {},
): Promise<MergeResult> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const parents = [
      ...new Set(
        (names.length === 0 ? ['heads'] : names).flatMap(
          (name) => resolveRef(graph, name, { purpose: 'revision' }).ids,
        ),
      ),
    ]
    if (parents.length < 2) return { merged: parents }
    const below = parents.find((id) => parents.some((other) => other !== id && ancestors(graph, [other]).includes(id)))
    if (below !== undefined) {
      throw new AmbixError('REVISION.RANGE', `${below} is an ancestor of another of the revisions to merge`, {
        next: ['Leave it out: its line is joined already'],
      })
    }
    const comparison = await compareHeads(project, parents)
    const planned = planRevision(
      project,
      { ...options, message: options.message ?? `merge ${parents.join(' and ')}`, splice: options.splice ?? false },
      parents,
    )
    const text = renderRevision({
      revision: planned.id,
      downRevision: downRevision(parents),
      branchLabels: planned.branchLabels,
      dependsOn: planned.dependsOn,
      message: planned.message,
      createDate: planned.createDate,
      upgrade: [],
      downgrade: [],
    })
    const file = writeRevision(project, planned, text, '.ts')
    runHooks(project, [file])
    return { revision: planned.id, file, merged: parents, comparison }
  })
}

export interface RebaseResult {
  readonly revision: string
  readonly file: string
  readonly from: readonly string[]
  readonly onto: string
}

/** Rewrites the parent of a revision that is not applied. Throws REVISION.APPLIED, REVISION.CYCLE, REVISION.UNKNOWN. */
export async function rebase(
  config: ConfigInput,
  name: string,
  onto: string,
  options: CommonOptions = {},
): Promise<RebaseResult> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const only = (text: string): string => {
      const { ids } = resolveRef(graph, text, { purpose: 'revision' })
      if (ids.length !== 1)
        throw new AmbixError('REVISION.AMBIGUOUS', `${text} is not one revision`, { next: ['Name one by its id'] })
      return ids[0]!
    }
    const id = only(name)
    const target = only(onto)
    if (ancestors(graph, [target]).includes(id)) {
      throw new AmbixError('REVISION.CYCLE', `${target} descends from ${id} itself`, {
        next: ['Choose a revision of the other branch'],
      })
    }
    if (
      appliedSet(
        graph,
        (await rowsInEnvironment(project)).filter((row) => graph.indexOf.has(row)),
      ).has(id)
    ) {
      throw new AmbixError('REVISION.APPLIED', `${id} is applied to the database: its place in the history is fixed`, {
        next: [
          { text: 'Join the branches instead', command: 'ambix merge -m "merge branches"' },
          { text: 'Or undo it first', command: 'ambix downgrade …' },
        ],
      })
    }
    const revision = graph.revisions[graph.indexOf.get(id)!]!
    replaceFile(revision.file, withParents(readRevisionText(revision.file), revision.file, [target]))
    project.rescan()
    return { revision: id, file: revision.file, from: revision.downRevision, onto: target }
  })
}
