/** The catalog of an open database as lines, ambix's own tables left out. */
import { readFileSync } from 'node:fs'
import type { Connection } from '../../src/drivers/driver.ts'
import { splitStatements } from '../../src/util/split-sql.ts'

const text = readFileSync(new URL('../fixtures/catalog.sql', import.meta.url), 'utf8').replace(/^\\.*$/gm, '')

export async function catalogOf(connection: Connection): Promise<string[]> {
  const statements = splitStatements(text).map((s) => s.text)
  const [query] = statements.splice(-1)
  // The text sets the search path, which must not outlive it.
  await connection.script(['BEGIN', ...statements])
  const lines = (await connection.values(query!)).map((r) => r[0] ?? '')
  await connection.script(['ROLLBACK'])
  // A table stands with the lines below it.
  let own = false
  return lines.filter((line) => {
    if (!line.startsWith(' ')) own = /\bambix_(?:version|history|steps)/.test(line)
    return !own
  })
}
