/** Revisions whose file was edited after it was applied: told by the checksum in the history table. */
import { AmbixError } from '../errors.ts'
import { appliedSet } from '../revisions/rows.ts'
import { readHistory } from '../runtime/history.ts'
import { checksumOf } from './bodies.ts'
import type { Project } from './project.ts'
import { runtimeSettings } from './state.ts'

/** Ids, in file order; empty where nothing is known of what was run. */
export async function editedRevisions(project: Project, rows: readonly string[]): Promise<string[]> {
  const { connection, dialect } = await project.session()
  const entries = await readHistory(connection, dialect, runtimeSettings(project))
  if (entries.length === 0) return []
  const applied = appliedSet(project.graph(), rows)
  const last = new Map<string, string>()
  for (const e of entries) {
    if (e.status === 'done' && e.direction !== 'downgrade' && e.checksum !== undefined) last.set(e.revision, e.checksum)
  }
  const graph = project.graph()
  return graph.revisions
    .filter((r) => applied.has(r.id) && last.has(r.id) && last.get(r.id) !== checksumOf(r))
    .map((r) => r.id)
}

/** Warns, throws REVISION.EDITED or keeps quiet, as the configuration says. */
export async function noticeEdited(project: Project, rows: readonly string[]): Promise<readonly string[]> {
  if (project.settings.edited === 'ignore' || rows.length === 0) return []
  const edited = await editedRevisions(project, rows)
  if (edited.length === 0) return edited
  const text = `${edited.join(', ')} ${edited.length === 1 ? 'was' : 'were'} edited after being applied`
  if (project.settings.edited === 'error') {
    throw new AmbixError('REVISION.EDITED', text, {
      next: [
        'Put the files back as they were, and write what changed in a new revision',
        { text: 'Or accept them as they are now', command: `ambix repair ${edited.join(' ')}` },
      ],
      data: { revisions: edited },
    })
  }
  project.warn(`${text}; put the files back, or accept them with: ambix repair ${edited.join(' ')}`)
  return edited
}
