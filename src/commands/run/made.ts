/** The schema that results from the revisions, compared with the current schema. */
import { diffFacts } from '../../diff/model/facts.ts'
import { diff } from '../../diff/diff.ts'
import type { Difference, DiffOptions } from '../../diff/model/types.ts'
import { ancestors } from '../../revisions/graph/walk.ts'
import type { Schema } from '../../schema/model.ts'
import { replaySource } from '../../sources/replay.ts'
import { targetName } from '../../sources/target-name.ts'
import type { ReplayStep } from '../../sources/replay.ts'
import type { Scratch } from '../../sources/source.ts'
import { loadOperations } from './bodies.ts'
import type { Project } from '../project/project.ts'
import { scratchOf } from '../project/scratch.ts'
import { scopeOf, withDeclared } from '../project/scope.ts'

export interface Made {
  readonly current: Schema
  readonly made: Schema
  /** The operations that would bring the database to their schema. */
  readonly difference: Difference
}

/** The revisions and all their ancestors, oldest first, with their operations. Throws REVISION.LOAD. */
export async function stepsTo(
  project: Project,
  ids: readonly string[],
  args: Readonly<Record<string, unknown>> = {},
): Promise<ReplayStep[]> {
  const graph = project.graph()
  const below = new Set(ancestors(graph, ids))
  const steps: ReplayStep[] = []
  for (const index of graph.topological) {
    const revision = graph.revisions[index]!
    if (!below.has(revision.id)) continue
    const operations = await loadOperations(revision, 'upgrade', args, project.settings.operations)
    steps.push({ revision: revision.id, operations })
  }
  return steps
}

/**
 * Compares the database with the schema that the revisions and all their ancestors make. With `run` they are run in a scratch database,
 * so that the server prints both sides; else only where raw SQL or code is among them.
 * Throws DATABASE.*, REVISION.LOAD.
 */
export async function compareWithRevisions(
  project: Project,
  ids: readonly string[],
  options: {
    readonly run: boolean
    readonly diff?: DiffOptions
    readonly args?: Readonly<Record<string, unknown>>
    /** Called where they were run, before the place is given up. */
    readonly onMade?: (scratch: Scratch, made: Schema) => Promise<void>
  },
): Promise<Made> {
  const { connection, dialect } = await project.database()
  const { dir } = project.settings
  let place: Promise<Scratch> | undefined
  const scratch = (): Promise<Scratch> => (place ??= scratchOf(project))
  try {
    const scope = scopeOf(project)
    const source = replaySource(async () => stepsTo(project, ids, options.args), { run: options.run })
    const read = await source.read({
      dialect,
      projectDir: dir,
      scope,
      scratch,
      database: () => targetName(connection, dialect),
    })
    if (place !== undefined) await options.onMade?.(await place, read)
    // A transaction on the target itself would keep everybody from reading it.
    await (await place)?.release?.()
    const current = await dialect.reflect(connection, withDeclared(scope, read.objects.values()))
    const made = source.spelled ? read : dialect.normalize(read)
    return {
      current,
      made,
      difference: diff(current, made, options.diff ?? { ...diffFacts(dialect.facts), hints: [] }),
    }
  } finally {
    await (await place?.catch(() => undefined))?.close()
  }
}
