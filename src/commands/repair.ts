/** Accepting revisions that were edited after they were applied. */
import type { ConfigInput } from '../config/load.ts'
import { resolveRef } from '../revisions/resolve.ts'
import { runSteps } from '../runtime/runner.ts'
import type { RevisionStep } from '../runtime/types.ts'
import { checksumOf } from './bodies.ts'
import { editedRevisions } from './edited.ts'
import { withProject } from './project.ts'
import type { CommonOptions } from './project.ts'
import { readRows, runtimeSettings } from './state.ts'

/** Notes the files' present checksums in the history, for the named revisions or all edited ones. Throws REVISION.UNKNOWN. */
export async function repair(config?: ConfigInput, names: readonly string[] = [], options: CommonOptions = {}): Promise<{ readonly accepted: readonly string[] }> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const wanted = new Set(names.flatMap((name) => resolveRef(graph, name, { purpose: 'show' }).ids))
    const edited = (await editedRevisions(project, await readRows(project))).filter((id) => names.length === 0 || wanted.has(id))
    if (edited.length === 0) return { accepted: [] }
    const { connection, dialect } = await project.session()
    // A stamp that moves nothing: the history then holds the new checksum, with who accepted it and when.
    const steps = edited.map((id): RevisionStep => ({ revision: id, direction: 'stamp', message: '', down: [], edits: [], checksum: checksumOf(graph.revisions[graph.indexOf.get(id)!]!) }))
    await runSteps({ connection, dialect, settings: runtimeSettings(project), plan: () => steps, openAnother: () => project.connect(), signal: options.signal })
    return { accepted: edited }
  })
}
