/** A scratch database for a command: by the project's configuration, in addition to its database. */
import { openScratch } from '../../runtime/scratch.ts'
import type { Scratch } from '../../sources/source.ts'
import type { Project } from './project.ts'

/** Opens it; the caller closes it. `warn` replaces the project's own. Throws DATABASE.*, CONFIG.INVALID. */
export async function scratchOf(project: Project, warn?: (text: string) => void): Promise<Scratch> {
  const { url, driver, dialect, connection } = await project.database()
  const { settings } = project
  return openScratch({
    url,
    driver,
    dialect,
    connection,
    wanted: settings.scratch,
    projectDir: settings.dir,
    warn: warn ?? ((text) => project.warn(text)),
  })
}
