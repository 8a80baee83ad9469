/** Leads a database from nothing to what models declare and back, by the commands as a program calls them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { catalogOf } from './catalog-of.ts'

export interface ModelRun {
  readonly problems: readonly string[]
  /** The generated revision. */
  readonly file: string
}

/** Autogenerate, upgrade, check, downgrade, compare with the start, upgrade, check. */
export async function runModels(config: Config, connection: Connection): Promise<ModelRun> {
  const root = mkdtempSync(join(tmpdir(), 'ambix-models-'))
  const problems: string[] = []
  let file = ''
  const full: Config = { root, migrations: './migrations', ...config }
  const common = { connection }
  const unchanged = async (when: string): Promise<void> => {
    const [found] = await check(full, common)
    problems.push(
      ...found!.differences.map((d) => `${when}: ${JSON.stringify(d)}`),
      ...found!.decisions.map((d) => `${when}: ${d.question}`),
    )
  }
  try {
    const start = await catalogOf(connection)
    const [made] = await revision(full, { ...common, autogenerate: true, message: 'models', revId: 'm1' })
    if (made?.file === undefined) return { problems: ['nothing was written'], file }
    file = readFileSync(made.file, 'utf8')
    await upgrade(full, 'head', common)
    await unchanged('after the upgrade')
    const there = await catalogOf(connection)
    await downgrade(full, 'base', common)
    problems.push(...difference(await catalogOf(connection), start).map((l) => `after the downgrade: ${l}`))
    await upgrade(full, 'head', common)
    problems.push(...difference(await catalogOf(connection), there).map((l) => `after the second upgrade: ${l}`))
    await unchanged('after the second upgrade')
  } catch (error) {
    problems.push(
      isAmbixError(error) ? `${error.code} ${error.message}\n${error.why ?? ''}` : String((error as Error).stack),
    )
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return { problems, file }
}

function difference(got: readonly string[], wanted: readonly string[]): string[] {
  return [
    ...wanted.filter((l) => !got.includes(l)).map((l) => `missing ${l}`),
    ...got.filter((l) => !wanted.includes(l)).map((l) => `extra ${l}`),
  ]
}
