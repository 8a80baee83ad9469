/** The upgrades, downgrades and stamps of the database, from `ambix_history`. */
import type { ConfigInput } from '../../config/load.ts'
import { readHistory } from '../../runtime/history.ts'
import type { HistoryEntry } from '../../runtime/types.ts'
import { inEnvironment } from './environment.ts'
import { withProject } from './project.ts'
import type { CommonOptions, Project } from './project.ts'
import { runtimeSettings } from './state.ts'

export interface AppliedEntry extends HistoryEntry {
  /** The URL without its password; only where env.ts runs several databases. */
  readonly database?: string
  /** Of the revision's file; absent without a file. */
  readonly message?: string
}

/** Every upgrade, downgrade and stamp, newest first, database by database; empty where there is no history table. */
export async function applied(config?: ConfigInput, options: CommonOptions = {}): Promise<readonly AppliedEntry[]> {
  return withProject(config, options, async (project) => {
    const lists = await inEnvironment(project, {}, async ({ project: run }) => {
      const { connection, dialect, shownUrl } = await run.session()
      const entries = await readHistory(connection, dialect, runtimeSettings(run))
      return { database: shownUrl, entries: entries.toReversed().map((e) => told(e, messages(run))) }
    })
    if (lists.length === 1) return lists[0]!.entries
    return lists.flatMap(({ database, entries }) => entries.map((entry) => ({ ...entry, database })))
  })
}

/** Messages by revision; none where the folders cannot be read: the history is in the database. */
function messages(run: Project): ReadonlyMap<string, string> {
  try {
    return new Map(run.graph().revisions.map((r) => [r.id, r.message]))
  } catch {
    return new Map()
  }
}

/** Times as ISO texts in UTC, as in all JSON output. */
function told(entry: HistoryEntry, known: ReadonlyMap<string, string>): HistoryEntry & { readonly message?: string } {
  const message = known.get(entry.revision)
  return {
    ...entry,
    startedAt: iso(entry.startedAt),
    ...(entry.finishedAt === undefined ? {} : { finishedAt: iso(entry.finishedAt) }),
    ...(message === undefined ? {} : { message }),
  }
}

function iso(text: string): string {
  // PostgreSQL prints an offset of whole hours with two digits, which Date does not parse.
  const time = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return Number.isNaN(time.getTime()) ? text : time.toISOString()
}
