/** What was done to the database, as `ambix_history` keeps it; and edited files, accepted by `repair`. */
import type { ConfigInput } from '../config/load.ts'
import { readHistory } from '../runtime/history.ts'
import type { HistoryEntry } from '../runtime/types.ts'
import { withProject } from './project.ts'
import type { CommonOptions } from './project.ts'
import { runtimeSettings } from './state.ts'

/** Every upgrade, downgrade and stamp, oldest first; empty where the database has no history table. */
export async function applied(config?: ConfigInput, options: CommonOptions = {}): Promise<readonly HistoryEntry[]> {
  return withProject(config, options, async (project) => {
    const { connection, dialect } = await project.session()
    return readHistory(connection, dialect, runtimeSettings(project))
  })
}
