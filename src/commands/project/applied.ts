/** What was done to the database, as `ambix_history` keeps it. */
import type { ConfigInput } from '../../config/load.ts'
import { readHistory } from '../../runtime/history.ts'
import type { HistoryEntry } from '../../runtime/types.ts'
import { inEnvironment } from './environment.ts'
import { withProject } from './project.ts'
import type { CommonOptions } from './project.ts'
import { runtimeSettings } from './state.ts'

export interface AppliedEntry extends HistoryEntry {
  /** The URL without its password; only where env.ts runs several databases. */
  readonly database?: string
}

/** Every upgrade, downgrade and stamp, oldest first, database by database; empty where there is no history table. */
export async function applied(config?: ConfigInput, options: CommonOptions = {}): Promise<readonly AppliedEntry[]> {
  return withProject(config, options, async (project) => {
    const lists = await inEnvironment(project, {}, async ({ project: run }) => {
      const { connection, dialect, shownUrl } = await run.session()
      return { database: shownUrl, entries: await readHistory(connection, dialect, runtimeSettings(run)) }
    })
    if (lists.length === 1) return lists[0]!.entries
    return lists.flatMap(({ database, entries }) => entries.map((entry) => ({ ...entry, database })))
  })
}
