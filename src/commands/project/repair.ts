/** Accepts revisions that were edited after they were applied. */
import type { ConfigInput } from '../../config/load.ts'
import { resolveRef } from '../../revisions/targets/resolve.ts'
import { acceptChecksums } from '../../runtime/history.ts'
import { ancestryOf } from './edited.ts'
import { changedIds } from './file-change.ts'
import { inEnvironment } from './environment.ts'
import { withProject } from './project.ts'
import type { CommonOptions, Project } from './project.ts'
import { readRows, runtimeSettings } from './state.ts'
import { fileChanges } from './tampering.ts'

/** Records the files' present checksums in the history, for the named revisions or all changed ones. Throws REVISION.UNKNOWN. */
export async function repair(
  config?: ConfigInput,
  names: readonly string[] = [],
  options: CommonOptions = {},
): Promise<{ readonly accepted: readonly string[] }> {
  return withProject(config, options, async (project) => {
    const accepted = await inEnvironment(project, {}, async ({ project: run }) => repairOne(run, names))
    return { accepted: [...new Set(accepted.flat())] }
  })
}

async function repairOne(project: Project, names: readonly string[]): Promise<readonly string[]> {
  const graph = project.graph()
  const wanted = new Set(names.flatMap((name) => resolveRef(graph, name, { purpose: 'show' }).ids))
  const rows = await readRows(project)
  if (rows.length === 0) return []
  const ancestry = await ancestryOf(project)
  const changes = fileChanges(ancestry, rows)
  const accepted = new Map<string, string>()
  const accept = (ids: readonly string[]): void => {
    const inOrder = Array.from(graph.topological, (node) => graph.revisions[node]!.id).filter((id) => ids.includes(id))
    for (const id of inOrder) accepted.set(id, ancestry.recordFile(id))
  }
  accept(changedIds(changes).filter((id) => names.length === 0 || wanted.has(id)))
  // The chains of other revisions may be built on the accepted ones.
  const before = new Set(changedIds(changes))
  for (let more = accepted.size > 0; more;) {
    const built = fileChanges(ancestry, rows).filter((c) => c.kind === 'below' && !before.has(c.revision))
    for (const { revision } of built) before.add(revision)
    accept(changedIds(built))
    more = built.length > 0
  }
  if (accepted.size === 0) return []
  const { connection, dialect } = await project.session()
  const checksums = [...accepted].map(([revision, checksum]) => ({ revision, checksum }))
  await acceptChecksums(connection, dialect, runtimeSettings(project), checksums)
  return [...accepted.keys()]
}
