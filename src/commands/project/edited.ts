/** Revisions whose file was edited after it was applied: told by the checksum in the history table. */
import { AmbixError } from '../../errors.ts'
import { appliedSet } from '../../revisions/steps/rows.ts'
import { readChecksums } from '../../runtime/history.ts'
import { hash } from '../../util/hash.ts'
import { checksumOf } from './checksum.ts'
import type { Project } from './project.ts'
import { runtimeSettings } from './state.ts'

/** What is known of files and database before they are compared. */
export interface Checksums {
  /** By revision, of what was run last. */
  readonly run: ReadonlyMap<string, string>
  /** By file, of its bytes; files that are not in it are read when they are looked at. */
  readonly files?: ReadonlyMap<string, string>
}

/** Reads the revisions' heads, and takes the checksums of the same bytes: a thousand files cost a few milliseconds more. */
export function readFileChecksums(project: Project): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  project.graphAndFiles((file, bytes) => files.set(file, hash('sha256', bytes)))
  return files
}

/** Ids, in file order; empty where nothing is known of what was run. */
export async function editedRevisions(project: Project, rows: readonly string[], known?: Checksums): Promise<string[]> {
  let run = known?.run
  if (run === undefined) {
    const { connection, dialect } = await project.session()
    run = await readChecksums(connection, dialect, runtimeSettings(project))
  }
  if (run.size === 0) return []
  const graph = project.graph()
  const applied = appliedSet(graph, rows)
  return graph.revisions
    .filter((r) => {
      const last = applied.has(r.id) ? run.get(r.id) : undefined
      // Other bytes may still be the same text, with other line ends.
      return last !== undefined && known?.files?.get(r.file) !== last && checksumOf(r) !== last
    })
    .map((r) => r.id)
}

/** Warns, throws REVISION.EDITED or keeps quiet, as the configuration says. */
export async function noticeEdited(
  project: Project,
  rows: readonly string[],
  known?: Checksums,
): Promise<readonly string[]> {
  if (project.settings.edited === 'ignore' || rows.length === 0) return []
  const edited = await editedRevisions(project, rows, known)
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
