/** Accepting revisions that were edited after they were applied. */
import type { ConfigInput } from '../../config/load.ts'
import { resolveRef } from '../../revisions/targets/resolve.ts'
import { acceptChecksums } from '../../runtime/history.ts'
import { checksumOf } from './checksum.ts'
import { editedRevisions } from './edited.ts'
import { inEnvironment } from './environment.ts'
import { withProject } from './project.ts'
import type { CommonOptions, Project } from './project.ts'
import { readRows, runtimeSettings } from './state.ts'

/** Notes the files' present checksums in the history, for the named revisions or all edited ones. Throws REVISION.UNKNOWN. */
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
  const edited = (await editedRevisions(project, await readRows(project))).filter(
    (id) => names.length === 0 || wanted.has(id),
  )
  if (edited.length === 0) return []
  const { connection, dialect } = await project.session()
  const checksums = edited.map((id) => ({
    revision: id,
    checksum: checksumOf(graph.revisions[graph.indexOf.get(id)!]!),
  }))
  await acceptChecksums(connection, dialect, runtimeSettings(project), checksums)
  return edited
}
