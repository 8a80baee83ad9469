/** The catalog of an open database as lines, ambix's own tables left out. */
import type { Connection } from '../../src/drivers/driver.ts'
import { catalogSql } from '../support/acceptance.ts'
import { splitStatements } from '../../src/util/split-sql.ts'

const settings = splitStatements(catalogSql).map((s) => s.text)
const query = settings.splice(-1)[0]!

/** Every line of the catalog, by the canonical query. */
export async function linesOf(connection: Connection): Promise<string[]> {
  // The text sets the search path, which must not outlive it.
  await connection.script(['BEGIN', ...settings])
  // Half of what it costs is its plan, which a session keeps.
  const kept = await connection.values("SELECT FROM pg_prepared_statements WHERE name = 'ambix_test_lines'")
  if (kept.length === 0) await connection.script(`PREPARE ambix_test_lines AS ${query}`)
  const lines = (await connection.values('EXECUTE ambix_test_lines')).map((r) => r[0] ?? '')
  await connection.script(['ROLLBACK'])
  return lines
}

export async function catalogOf(connection: Connection): Promise<string[]> {
  // A table stands with the lines below it.
  let own = false
  return (await linesOf(connection)).filter((line) => {
    if (!line.startsWith(' ')) own = /\bambix_(?:version|history|steps)/.test(line)
    return !own
  })
}
