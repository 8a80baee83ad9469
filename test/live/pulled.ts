/** Writes the models of a database and holds them against it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../../src/commands/check.ts'
import { pull } from '../../src/commands/pull.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { TestServer } from '../support/server.ts'

export async function inDatabase(
  server: TestServer,
  run: (connection: Connection, url: string) => Promise<void>,
): Promise<void> {
  const { url, drop } = await server.createDatabase()
  const connection = await pg.open(url, { projectDir: process.cwd() })
  try {
    await run(connection, url)
  } finally {
    await connection.close()
    await drop()
  }
}

export async function inFolder(run: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'ambix-pull-'))
  try {
    await run(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Writes the models of a database and compares them with it. */
export async function pulled(
  connection: Connection,
  url: string,
  kind: 'ts' | 'sql',
  scratch?: string,
): Promise<readonly string[]> {
  const problems: string[] = []
  await inFolder(async (root) => {
    const config = { root, url, schema: `./models.${kind}`, ...(scratch === undefined ? {} : { scratch }) }
    const { text } = await pull(config, { connection, models: kind, out: `./models.${kind}` })
    try {
      const [found] = await check(config, { connection })
      problems.push(...found!.differences.map((d) => JSON.stringify(d)), ...found!.decisions.map((d) => d.question))
    } catch (error) {
      problems.push(`${(error as Error).message} ${(error as { why?: string }).why ?? ''}`)
    }
    if (problems.length > 0) problems.push(text)
  })
  return problems
}
