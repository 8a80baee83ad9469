/** The history of the files, and which revisions were applied to the database, when and by whom. */
import type { ConfigInput } from '../config/load.ts'
import { drawGraph } from '../revisions/graph/draw.ts'
import { historyRange } from '../revisions/steps/history.ts'
import { needsRows, parseRange } from '../revisions/targets/refs.ts'
import { effectiveCurrent } from '../revisions/steps/rows.ts'
import { describeRevisions } from './project/listing.ts'
import type { RevisionInfo } from './project/listing.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions } from './project/project.ts'

export interface HistoryOptions extends CommonOptions {
  /** `START:END`, either end open (C25). */
  readonly range?: string
  readonly indicateCurrent?: boolean
  /** Also draw it; `width` in columns. */
  readonly graph?: { readonly width: number }
}

export interface HistoryResult {
  /** Newest first. */
  readonly revisions: readonly RevisionInfo[]
  readonly drawing?: string
}

/** Lists revisions; connects to the database only for `current` and `indicateCurrent`. Throws REVISION.*. */
export async function history(config?: ConfigInput, options: HistoryOptions = {}): Promise<HistoryResult> {
  return withProject(config, options, async (project) => {
    const range = options.range === undefined ? undefined : parseRange(options.range)
    let rows: readonly string[] | undefined
    if (options.indicateCurrent === true || needsRows(range))
      rows = await (await import('./project/environment.ts')).rowsInEnvironment(project)
    const graph = project.graph()
    const known = rows?.filter((id) => graph.indexOf.has(id))
    const revisions = historyRange(graph, range, range !== undefined && needsRows(range) ? rows : undefined)
    const current = known === undefined ? undefined : new Set(effectiveCurrent(graph, known))
    const described = describeRevisions(graph, revisions, current)
    if (options.graph === undefined) return { revisions: described }
    return {
      revisions: described,
      drawing: drawGraph(graph, revisions, { current: current ?? new Set() }, options.graph.width),
    }
  })
}
