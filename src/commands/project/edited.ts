/** Revisions whose files have changed since they were applied, by the checksums in the history table. */
import { AmbixError } from '../../errors.ts'
import type { WholeFileListener } from '../../revisions/files/header.ts'
import { readChecksums } from '../../runtime/read-state.ts'
import { Ancestry } from './ancestry.ts'
import type { Records } from './ancestry.ts'
import { checksumOfBytes } from './checksum.ts'
import { changedIds, changeTexts } from './file-change.ts'
import type { FileChange } from './file-change.ts'
import type { Project } from './project.ts'
import { runtimeSettings } from './state.ts'
import { fileChanges } from './tampering.ts'

/** Reads the revisions' headers, and computes checksums from the same bytes: a thousand files take a few milliseconds more. */
export function readFileChecksums(project: Project, onWhole?: WholeFileListener): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  project.graphAndFiles((file, bytes) => {
    files.set(file, checksumOfBytes(bytes))
    onWhole?.(file, bytes)
  })
  return files
}

/** The rows of the history; read from the database where not known yet. */
export async function ancestryOf(
  project: Project,
  records?: Records,
  files?: ReadonlyMap<string, string>,
): Promise<Ancestry> {
  let known = records
  if (known === undefined) {
    const { connection, dialect } = await project.session()
    known = await readChecksums(connection, dialect, runtimeSettings(project))
  }
  return new Ancestry(project.graph(), known, files)
}

/** Parents first; empty where no run is recorded. */
export async function changedFiles(project: Project, rows: readonly string[]): Promise<readonly FileChange[]> {
  return rows.length === 0 ? [] : fileChanges(await ancestryOf(project), rows)
}

/**
 * Warns, throws REVISION.EDITED or does nothing, as configured. Before a run (`running`) two kinds are refused unless the
 * configuration ignores edits: an inserted revision counts as applied, and its changes would be missing without an error;
 * one that others were moved away from counts as not applied, and would be run twice.
 */
export async function noticeEdited(
  project: Project,
  rows: readonly string[],
  known?: Ancestry,
  running = false,
): Promise<readonly FileChange[]> {
  if (project.settings.edited === 'ignore' || rows.length === 0) return []
  const changes = fileChanges(known ?? (await ancestryOf(project)), rows)
  if (changes.length === 0) return changes
  const text = changeTexts(changes).join('; ')
  const accept = `ambix repair ${changedIds(changes).join(' ')}`
  if (project.settings.edited === 'error') {
    throw new AmbixError('REVISION.EDITED', text, {
      next: [
        'Put the files back as they were, and write what changed in a new revision',
        { text: 'Or accept them as they are now', command: accept },
      ],
      data: { revisions: changedIds(changes), changes },
    })
  }
  const again = running ? changes.filter((change) => change.again === true) : []
  if (again.length > 0) {
    throw new AmbixError('REVISION.EDITED', changeTexts(again).join('; '), {
      why: `${text}. It has taken effect in this database, and would do so twice; a downgrade would leave it behind.`,
      next: [
        'Put the files back as they were, and write what changed in a new revision',
        { text: 'Or, where the database does not have what it does, accept the files as they are', command: accept },
      ],
      data: { revisions: changedIds(changes), changes },
    })
  }
  const inserted = running ? changes.filter((change) => change.kind === 'inserted') : []
  if (inserted.length > 0) {
    throw new AmbixError('REVISION.EDITED', changeTexts(inserted).join('; '), {
      why: 'A revision below an applied one is not run any more: what it does would be missing in this database.',
      next: [
        `Let ${changedIds(inserted).join(' and ')} follow a head instead (downRevision), and put the others back as they were`,
        { text: 'Or, where the database has what they do, accept them as applied', command: accept },
      ],
      data: { revisions: changedIds(inserted), changes: inserted },
    })
  }
  project.warn(`${text}; put the files back, or accept them with: ${accept}`)
  return changes
}
