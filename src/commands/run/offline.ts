/** Upgrade and downgrade as an SQL script, without a database. */
import { AmbixError } from '../../errors.ts'
import { fold } from '../../operations/operation.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'
import { downgradeSteps, upgradeSteps } from '../../revisions/steps/path.ts'
import type { RunStep } from '../../revisions/steps/path.ts'
import { isRange, parseRange } from '../../revisions/targets/refs.ts'
import { resolveRef } from '../../revisions/targets/resolve.ts'
import { revisionText } from '../../revisions/files/files.ts'
import { ancestors } from '../../revisions/graph/walk.ts'
import { planUnits } from '../../runtime/plan.ts'
import { writeScript } from '../../runtime/script.ts'
import type { RevisionStep } from '../../runtime/types.ts'
import type { Schema } from '../../schema/model.ts'
import { emptySchema } from '../../schema/model.ts'
import { ahead } from './ahead.ts'
import { loadBody, loadOperations } from './bodies.ts'
import type { LoadedBody } from './bodies.ts'
import { compileOperations } from './compile.ts'
import type { CompileRequest } from './compile.ts'
import type { EnvironmentRun } from '../project/environment.ts'
import { historyOperations } from './history-operations.ts'
import { inRevision } from './in-revision.ts'
import { runtimeStep } from './planned.ts'
import type { MoveDirection, MoveResult } from './types.ts'
import type { Project } from '../project/project.ts'
import { checkKnown, readRows, runtimeSettings } from '../project/state.ts'

/** Throws REVISION.* and OPERATION.UNSUPPORTED. */
export async function offline(
  { project, configured, args }: EnvironmentRun,
  direction: MoveDirection,
  target: string,
): Promise<MoveResult> {
  // Most files are read as a whole for their headers: once for both.
  const texts = new Map<string, string>()
  const graph = project.graphAndFiles((file, bytes) => texts.set(file, revisionText(bytes)))
  const { from, to } = await offlineRange(project, graph, direction, target, configured.startingRevision)
  const dialect = await project.dialect()
  const request: CompileRequest = { project, dialect, offline: true }
  const steps = direction === 'upgrade' ? upgradeSteps(graph, from, to) : downgradeSteps(graph, from, to)
  const folded = foldedSchema(project, args)
  const runtime: RevisionStep[] = []
  const load = async ({ revision }: RunStep): Promise<LoadedBody> => {
    const text = texts.get(revision.file)
    texts.delete(revision.file)
    return loadBody(revision, direction, args, project.settings.operations, dialect.session.text, text)
  }
  for await (const [step, body] of ahead(steps, load)) {
    const { operations } = body
    const statements = await inRevision(step.revision, direction, async () =>
      compileOperations(
        request,
        operations,
        () => folded(ancestors(graph, direction === 'upgrade' ? step.revision.downRevision : [step.revision.id])),
        () => historyOperations(project, args, step.revision, direction),
      ),
    )
    runtime.push({
      ...runtimeStep(step),
      // Only the plan of a revision in several parts has it.
      ...(planUnits(statements).length > 1 ? { checksum: body.checksum } : {}),
      statements: () => statements,
    })
  }
  const script = await writeScript({
    dialect,
    settings: runtimeSettings(project),
    steps: runtime,
    from,
    forProgram: true,
  })
  configured.output?.(script)
  return {
    database: '',
    from,
    to: steps.at(-1)?.rows ?? from,
    applied: [],
    ...(configured.output === undefined ? { script } : {}),
  }
}

/**
 * `start:end` for scripts; upgrade alone starts from nothing, downgrade must say where it starts (C23). `current:` is
 * the one start that asks the database.
 */
async function offlineRange(
  project: Project,
  graph: RevisionGraph,
  direction: MoveDirection,
  target: string,
  starting?: string,
): Promise<{ readonly from: readonly string[]; readonly to: string }> {
  const given = isRange(target) ? target : starting === undefined ? undefined : `${starting}:${target}`
  if (given === undefined) {
    if (direction === 'upgrade') return { from: [], to: target }
    // A downgrade to the heads, or to the current revisions, makes no sense: these can only be the start.
    const ends = /^(?:heads?|current)$/.test(target) ? `${target}:<to>` : `<from>:${target}`
    throw new AmbixError('REVISION.RANGE', 'downgrade --sql needs to know where the database is', {
      next: [{ text: 'Give both ends', command: `ambix downgrade ${ends} --sql` }],
    })
  }
  const range = parseRange(given)
  const from =
    range.from === undefined
      ? []
      : resolveRef(graph, range.from, {
          purpose: 'show',
          ...(range.from.anchor.kind === 'current' ? { rows: await knownRows(project) } : {}),
        }).ids
  const to = range.to?.text ?? (direction === 'upgrade' ? 'head' : 'base')
  return { from, to }
}

async function knownRows(project: Project): Promise<readonly string[]> {
  const rows = await readRows(project)
  await checkKnown(project, rows)
  return rows
}

/** The schema after a set of revisions, by folding their operations in order: what offline scripts know. */
function foldedSchema(
  project: Project,
  args: Readonly<Record<string, unknown>>,
): (applied: readonly string[]) => Promise<Schema> {
  const graph = project.graph()
  return async (applied) => {
    const set = new Set(applied)
    let schema = emptySchema
    for (const index of graph.topological) {
      const revision = graph.revisions[index]!
      if (set.has(revision.id))
        schema = fold(schema, await loadOperations(revision, 'upgrade', args, project.settings.operations), {
          blind: true,
        }).schema
    }
    return schema
  }
}
