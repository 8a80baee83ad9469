/** The current revisions of the database. */
import type { ConfigInput } from '../config/load.ts'
import { effectiveCurrent, isAtHeads } from '../revisions/steps/rows.ts'
import { meanwhile, type UnfinishedRevision } from '../runtime/read-state.ts'
import { inEnvironment } from './project/environment.ts'
import { describeRevisions } from './project/listing.ts'
import type { RevisionInfo } from './project/listing.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions } from './project/project.ts'
import { checkKnown, noticeUnfinished, readStateAndJournal } from './project/state.ts'
import { revisionsOf } from './project/file-change.ts'
import type { FileChange } from './project/file-change.ts'

export interface CurrentOptions extends CommonOptions {
  /** Also compare the files with what was applied (`-v`). */
  readonly verbose?: boolean
}

export interface CurrentResult {
  /** The URL without its password. */
  readonly database: string
  /** The rows of the version table. */
  readonly rows: readonly string[]
  /** The rows, and tips that are only implied by another row (C24). */
  readonly revisions: readonly RevisionInfo[]
  readonly atHeads: boolean
  /** Applied revisions whose file has changed since; only with `verbose`. */
  readonly edited?: readonly string[]
  /** The changes of these files; only with `verbose`. */
  readonly changes?: readonly FileChange[]
  /** Revisions that were begun and not finished. */
  readonly unfinished: readonly UnfinishedRevision[]
}

/** One result per database (several only with an env.ts that runs several). Throws VERSION.UNKNOWN_REVISION, DATABASE.*. */
export async function current(config?: ConfigInput, options: CurrentOptions = {}): Promise<CurrentResult[]> {
  return withProject(config, options, async (project) =>
    inEnvironment(project, {}, async ({ project: run }) => {
      const [{ heads: rows, unfinished }] = await meanwhile(readStateAndJournal(run), () => run.graph())
      await checkKnown(run, rows)
      await noticeUnfinished(run, unfinished)
      const graph = run.graph()
      const ids = effectiveCurrent(graph, rows)
      let changes: readonly FileChange[] | undefined
      if (options.verbose === true) {
        const { changedFiles, noticeEdited } = await import('./project/edited.ts')
        // An error in check and upgrade is reported by current too; a warning is for the caller to show.
        changes = run.settings.edited === 'error' ? await noticeEdited(run, rows) : await changedFiles(run, rows)
      }
      return {
        database: (await run.session()).shownUrl,
        rows,
        revisions: describeRevisions(
          graph,
          ids.map((id) => graph.revisions[graph.indexOf.get(id)!]!),
          new Set(ids),
        ),
        atHeads: isAtHeads(graph, rows),
        unfinished,
        ...(changes === undefined ? {} : { edited: revisionsOf(changes), changes }),
      }
    }),
  )
}
