/** The heads of the revision files, the branch points, and single revisions: nothing here needs a database unless `current` is named. */
import type { ConfigInput } from '../config/load.ts'
import { needsRows, parseRef } from '../revisions/targets/refs.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import { rowsInEnvironment } from './project/environment.ts'
import { describeRevisions } from './project/listing.ts'
import type { RevisionInfo } from './project/listing.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions, Project } from './project/project.ts'

export interface HeadsOptions extends CommonOptions {
  /** Leave out heads that other revisions depend on (C26). */
  readonly resolveDependencies?: boolean
}

/** The heads, in file order. Throws what building the graph throws. */
export async function heads(config?: ConfigInput, options: HeadsOptions = {}): Promise<RevisionInfo[]> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const ids = options.resolveDependencies ? graph.effectiveHeads : graph.heads
    return describeRevisions(
      graph,
      ids.map((id) => graph.revisions[graph.indexOf.get(id)!]!),
    )
  })
}

/** Revisions with several children, each with its children (C27). */
export async function branches(config?: ConfigInput, options: CommonOptions = {}): Promise<RevisionInfo[]> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    return describeRevisions(
      graph,
      graph.branchPoints.map((id) => graph.revisions[graph.indexOf.get(id)!]!),
    )
  })
}

/** The revisions of the given names; `base` is none (C28). Throws REVISION.*. */
export async function show(
  config: ConfigInput,
  names: readonly string[],
  options: CommonOptions = {},
): Promise<RevisionInfo[]> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const ids = await resolveShown(project, names)
    return describeRevisions(
      graph,
      ids.map((id) => graph.revisions[graph.indexOf.get(id)!]!),
    )
  })
}

/** Resolves names to ids; queries the database only for names with `current` (R14). */
export async function resolveShown(project: Project, names: readonly string[]): Promise<string[]> {
  const graph = project.graph()
  const parsed = names.map((name) => parseRef(name))
  const rows = parsed.some(needsRows) ? await rowsInEnvironment(project) : undefined
  return [...new Set(parsed.flatMap((ref) => resolveRef(graph, ref, { purpose: 'show', rows }).ids))]
}
