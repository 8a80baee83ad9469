/** `ambix/testing`: what every project with migrations should test, for vitest, jest and node:test alike. */
import { check } from './commands/check.ts'
import { downgrade, upgrade } from './commands/move.ts'
import { scopeOf } from './commands/project/scope.ts'
import { scratchOf } from './commands/project/scratch.ts'
import { runtimeSettings } from './commands/project/state.ts'
import { allModelsRegistered } from './commands/autogenerate/registered.ts'
import { openProject } from './commands/project/project.ts'
import type { CommonOptions, Project } from './commands/project/project.ts'
import type { ConfigInput } from './config/load.ts'
import { diffFacts } from './diff/model/facts.ts'
import type { Dialect } from './dialects/dialect.ts'
import { diff } from './diff/diff.ts'
import { AmbixError } from './errors.ts'
import { readState } from './runtime/history.ts'
import { emptyOut } from './runtime/scratch.ts'
import { renderOperation } from './revisions/write/render.ts'
import type { Schema } from './schema/model.ts'

export interface TestingOptions {
  /** An empty database to use, and to leave empty; default an embedded one in memory, a new one for each test; MySQL and MariaDB: one of its own on the project's server. */
  readonly url?: string
}

export interface MigrationTest {
  readonly name: string
  /** Rejects with an AmbixError that describes the problem. */
  run(): Promise<void>
}

/**
 * The tests of a project's migrations (those of pytest-alembic, specs/alembic.md section 10):
 * one head; upgrade from nothing; the models match; up and down agree step by step; a full downgrade leaves no trace;
 * no table that the project declares is missing from the models.
 *
 * @example for (const t of migrationTests({ file: 'ambix.config.ts' })) test(t.name, t.run)
 */
export function migrationTests(config?: ConfigInput, options: TestingOptions = {}): readonly MigrationTest[] {
  return [
    { name: 'the revisions have a single head', run: () => singleHead(config) },
    {
      name: 'every revision applies to an empty database',
      run: () => inDatabase(config, options, async ({ common }) => void (await upgrade(config, 'heads', common))),
    },
    { name: 'the revisions make what the models say', run: () => modelsMatch(config, options) },
    { name: 'each downgrade undoes its upgrade', run: () => upDownConsistency(config, options) },
    { name: 'a downgrade to base leaves no trace', run: () => leavesNoTrace(config, options) },
    { name: 'all models are registered', run: () => allModels(config) },
  ]
}

/** Throws SCHEMA.INVALID with the tables that no model file exports. */
export async function allModels(config?: ConfigInput): Promise<void> {
  await allModelsRegistered(await openProject(config, {}))
}

/** Throws REVISION.MULTIPLE_HEADS. */
export async function singleHead(config?: ConfigInput): Promise<void> {
  const project = await openProject(config, {})
  const { heads } = project.graph()
  if (heads.length > 1)
    throw new AmbixError('REVISION.MULTIPLE_HEADS', `There are ${heads.length} heads: ${heads.join(', ')}`, {
      next: [{ text: 'Join them', command: 'ambix merge -m "merge branches"' }],
    })
}

/** Throws DIFF.NOT_VERIFIED with the operations that are missing. */
export async function modelsMatch(config?: ConfigInput, options: TestingOptions = {}): Promise<void> {
  await inDatabase(config, options, async ({ common }) => {
    await upgrade(config, 'heads', common)
    for (const result of await check(config, common)) {
      if (result.differences.length > 0)
        throw notVerified(
          'The models say more than the revisions make',
          result.differences.map((op) => renderOperation(op)),
        )
    }
  })
}

/** Goes up, down and up again at each revision, and compares the schemas. Throws DIFF.NOT_VERIFIED. */
export async function upDownConsistency(config?: ConfigInput, options: TestingOptions = {}): Promise<void> {
  await inDatabase(config, options, async ({ dialect, common, read, project }) => {
    const graph = project.graph()
    for (const index of graph.topological) {
      const { id, downRevision } = graph.revisions[index]!
      if (downRevision.length > 1) {
        await upgrade(config, id, common)
        continue
      }
      const before = await read()
      await upgrade(config, id, common)
      const after = await read()
      // Only along its own line: its siblings are kept.
      await downgrade(config, `${id}@-1`, common)
      compareSchemas(dialect, await read(), before, `The downgrade of ${id} does not bring back what was before`)
      await upgrade(config, id, common)
      compareSchemas(dialect, await read(), after, `${id} makes something else the second time`)
    }
  })
}

/** Throws DIFF.NOT_VERIFIED with what is left behind. */
export async function leavesNoTrace(config?: ConfigInput, options: TestingOptions = {}): Promise<void> {
  await inDatabase(config, options, async ({ dialect, common, read }) => {
    const before = await read()
    await upgrade(config, 'heads', common)
    await downgrade(config, 'base', common)
    compareSchemas(dialect, await read(), before, 'A downgrade to base leaves something behind')
  })
}

interface Place {
  readonly project: Project
  readonly dialect: Dialect
  readonly common: CommonOptions
  read(): Promise<Schema>
}

async function inDatabase(
  config: ConfigInput,
  options: TestingOptions,
  run: (place: Place) => Promise<void>,
): Promise<void> {
  const dialect = await (await openProject(config, options)).dialect()
  const sql = dialect.session.scratch
  if (options.url === undefined && sql !== undefined && sql.embedded !== true) return inScratch(config, run)
  const url = options.url ?? (sql === undefined ? `${dialect.name}::memory:` : 'pglite://memory')
  const project = await openProject(config, { url })
  const connection = await project.connect()
  const common: CommonOptions = { url, connection }
  try {
    const empty = sql !== undefined && (await connection.values(sql.occupied)).length === 0
    const { heads } = await readState(connection, dialect, runtimeSettings(project))
    if (heads.length > 0) throw notEmpty(heads)
    try {
      await run({ project, dialect, common, read: () => dialect.reflect(connection, scopeOf(project)) })
    } finally {
      // For the next test; objects that existed before are kept.
      if (options.url !== undefined && empty) await emptyOut(connection, sql)
      else if (options.url !== undefined) await downgrade(config, 'base', common)
    }
  } finally {
    await connection.close()
  }
}

/** Where no database of the dialect is embedded: in one of its own on the project's server. */
async function inScratch(config: ConfigInput, run: (place: Place) => Promise<void>): Promise<void> {
  const project = await openProject(config, {})
  try {
    const { dialect } = await project.database()
    const scratch = await scratchOf(project)
    try {
      const { connection } = scratch
      await run({ project, dialect, common: { connection }, read: () => dialect.reflect(connection, scopeOf(project)) })
    } finally {
      await scratch.close()
    }
  } finally {
    await project.close()
  }
}

function notEmpty(heads: readonly string[]): AmbixError {
  return new AmbixError('CONFIG.INVALID', 'The database for the tests is not empty', {
    why: `Revisions are applied to it: ${heads.join(', ')}.`,
    next: ['Name an empty database: what a test creates in it is dropped after the test'],
    data: { heads },
  })
}

function compareSchemas(dialect: Dialect, got: Schema, wanted: Schema, message: string): void {
  const { upgrade: missing } = diff(got, wanted, { ...diffFacts(dialect.facts), hints: [] })
  if (missing.length > 0)
    throw notVerified(
      message,
      missing.map((op) => renderOperation(op)),
    )
}

function notVerified(message: string, operations: readonly string[]): AmbixError {
  return new AmbixError('DIFF.NOT_VERIFIED', message, {
    why: `It would take:\n${operations.join('\n')}`,
    next: ['Fix the revision that is named, or the models'],
  })
}
