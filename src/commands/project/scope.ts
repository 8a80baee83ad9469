/** What of the database a project looks at, and how new its server is. */
import type { Scope } from '../../dialects/dialect.ts'
import { bookkeepingTables } from '../../runtime/history.ts'
import type { Project } from './project.ts'
import { runtimeSettings } from './state.ts'

/** What reflection of a running project looks at: everything but the tool's own tables. */
export function scopeOf(project: Project): Scope {
  const { settings } = project
  // Environments may share a database: each one's version table is nobody's table.
  const others = Object.values(settings.raw.environments ?? {}).flatMap((e) =>
    e.versionTable === undefined ? [] : bookkeepingTables({ versionTable: e.versionTable }),
  )
  return {
    schemas: settings.schemas ?? 'all',
    excludeTables: [...bookkeepingTables(runtimeSettings(project)), ...others],
    privileges: settings.privileges,
  }
}

/** The major version of the server, for spellings that differ; undefined where the dialect does not say. */
export async function serverMajor(project: Project): Promise<number | undefined> {
  const { connection, dialect } = await project.session()
  const told = connection.serverVersion ?? (await connection.values(dialect.session.serverVersion))[0]?.[0]
  const number = Number.parseInt(String(told ?? ''), 10)
  return Number.isFinite(number) ? (number >= 10_000 ? Math.floor(number / 10_000) : number) : undefined
}
