/** Carries out an upgrade or downgrade that has something to do. */
import type { Statement } from '../../dialects/dialect.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { RunStep } from '../../revisions/steps/path.ts'
import { runSteps } from '../../runtime/runner.ts'
import type { RevisionStep, StepMemory } from '../../runtime/types.ts'
import type { Schema } from '../../schema/model.ts'
import { loadBody } from './bodies.ts'
import type { LoadedBody } from './bodies.ts'
import { compileOperations, liveSchema } from './compile.ts'
import type { CompileRequest, SchemaBefore } from './compile.ts'
import type { ConfigureOptions, EnvironmentRun } from '../project/environment.ts'
import { inRevision } from './in-revision.ts'
import { stepsTo } from './steps.ts'
import type { MoveDirection, MoveOptions, MoveResult, PlannedRevision } from './types.ts'
import type { Ancestry } from '../project/ancestry.ts'
import { refuseTransaction } from '../project/project.ts'
import { scopeOf, serverMajor } from '../project/scope.ts'
import { checkKnown, runtimeSettings, versionEdits } from '../project/state.ts'

export interface Move {
  readonly direction: MoveDirection
  readonly target: string
  readonly options: MoveOptions
  /** What the version table held, and the steps from there; there is at least one. */
  readonly heads: readonly string[]
  readonly steps: readonly RunStep[]
  /** What the history has; absent where the configuration does not care. */
  readonly ancestry: Ancestry | undefined
}

/** Throws what `upgrade` throws. */
export async function runMove({ project, configured, args }: EnvironmentRun, move: Move): Promise<MoveResult> {
  const { direction, target, options, heads } = move
  const { connection, shownUrl } = await project.session()
  const { dialect } = await project.database()
  const settings = runtimeSettings(project)
  const request: CompileRequest = { project, dialect, offline: false, serverVersion: await serverMajor(project) }
  // `+1` is counted once, from where the database was when it was asked for: another deployer's step is not counted again.
  const goal = direction === 'upgrade' && target.startsWith('+') ? (move.steps.at(-1)?.revision.id ?? target) : target
  const planned = async (steps: readonly RunStep[]): Promise<RevisionStep[]> => {
    const bodies = new Map<RunStep, Promise<LoadedBody>>()
    const load = async (step: RunStep): Promise<LoadedBody> => {
      const body =
        bodies.get(step) ?? loadBody(step.revision, direction, args, project.settings.operations, dialect.session.text)
      bodies.set(step, body)
      return body
    }
    // A downgrade that cannot be finished is not begun.
    if (direction === 'downgrade') for (const step of steps) await load(step)
    return steps.map((step) => {
      let checksum: string | undefined
      let source = ''
      let early: readonly Statement[] | undefined
      const compile = async (operations: readonly Operation[], before: SchemaBefore): Promise<readonly Statement[]> => {
        const history = async (): Promise<readonly Operation[]> =>
          (await import('./history-operations.ts')).historyOperations(project, args, step.revision, direction)
        return compileOperations(request, operations, before, history)
      }
      return {
        ...runtimeStep(step),
        ...(move.ancestry === undefined ? {} : { recordedAs: () => move.ancestry!.record(step.revision.id, source) }),
        get checksum() {
          return checksum
        },
        recorded: async () => {
          const body = await load(step)
          ;({ checksum, source } = body)
          return body
        },
        prepare: async () => {
          const { operations } = await load(step)
          // What asks for the schema, or is refused, is compiled when its turn comes.
          early = await compile(operations, unread).catch(() => undefined)
        },
        statements: async (given, memory) => {
          const body = await load(step)
          bodies.delete(step)
          ;({ checksum, source } = body)
          const compiled = early
          early = undefined
          if (compiled !== undefined) return compiled
          const live = liveSchema(dialect, given ?? connection, scopeOf(project))
          return inRevision(step.revision, direction, async () => compile(body.operations, remembered(live, memory)))
        },
      }
    })
  }
  if (options.dryRun === true) {
    return { database: shownUrl, from: heads, to: heads, applied: [], plan: await tell(await planned(move.steps)) }
  }
  const { hazards } = project.settings
  if (hazards === 'refuse-both-ways' || (hazards === 'refuse' && direction === 'upgrade')) {
    const { refuseHazards } = await import('./refuse-hazards.ts')
    const live = liveSchema(dialect, connection, scopeOf(project))
    const revisions = move.steps.map((step) => step.revision)
    const { timeZone } = dialect.session
    const zone = timeZone === undefined ? undefined : (await connection.values(timeZone))[0]?.[0]
    const informed = { ...request, args, timeZone: zone ?? undefined }
    await refuseHazards(informed, direction, revisions, live, options.allow ?? [])
  }
  if (project.options.connection !== undefined) await refuseTransaction(connection, dialect)
  let first = true
  const result = await runSteps({
    connection,
    dialect: dialect,
    settings,
    plan: async (now) => {
      // The first plan is made already; others follow where another deployer was faster.
      if (first) {
        first = false
        return planned(move.steps)
      }
      await checkKnown(project, now)
      return planned(await stepsTo(project, direction, now, goal))
    },
    heads,
    openAnother: () => project.connect(),
    signal: options.signal,
    onStep: options.onStep,
    ...(configured.onVersionApply === undefined ? {} : { onVersionApply: versionListener(configured) }),
  })
  return {
    database: shownUrl,
    from: result.from,
    to: result.heads,
    applied: result.applied,
    ...(result.skipped === undefined ? {} : { skipped: result.skipped }),
  }
}

/** The schema before a step whose predecessor is still running. */
async function unread(): Promise<never> {
  throw new Error('the schema is not there to be read yet')
}

/** The schema that the revision met when it was begun: read now, or kept from a run that did not finish it. */
function remembered(read: () => Promise<Schema>, memory: StepMemory | undefined): () => Promise<Schema> {
  if (memory === undefined) return read
  return async () => {
    const told = await memory.recall()
    if (told !== undefined) return revived(told)
    const schema = await read()
    memory.keep(kept(schema))
    return schema
  }
}

const kept = (schema: Schema): string =>
  JSON.stringify({ ...schema, objects: [...schema.objects], dependencies: [...schema.dependencies] })

function revived(text: string): Schema {
  // A cast: `kept` wrote it.
  const read = JSON.parse(text) as { objects: []; dependencies: []; uncovered: readonly string[] }
  return { objects: new Map(read.objects), dependencies: new Map(read.dependencies), uncovered: read.uncovered }
}

/** A step of the graph in the runtime's words, as yet without its checksum and statements. */
export function runtimeStep(step: RunStep): Omit<RevisionStep, 'checksum' | 'statements'> {
  return {
    revision: step.revision.id,
    direction: step.direction,
    message: step.revision.message,
    down: step.revision.downRevision,
    edits: versionEdits(step.edits),
  }
}

async function tell(steps: readonly RevisionStep[]): Promise<PlannedRevision[]> {
  const told: PlannedRevision[] = []
  for (const step of steps) {
    const statements = (await step.statements?.(undefined)) ?? []
    told.push({
      revision: step.revision,
      message: step.message,
      statements: statements.map((s) => ({ sql: s.sql, transaction: s.transaction, hazards: s.hazards })),
    })
  }
  return told
}

function versionListener(configured: ConfigureOptions): (step: RevisionStep) => Promise<void> {
  const given = configured.onVersionApply!
  const listeners = typeof given === 'function' ? [given] : given
  return async (step) => {
    const from = step.edits.flatMap((e) => (e.kind === 'insert' ? [] : [e.from]))
    const to = step.edits.flatMap((e) => (e.kind === 'delete' ? [] : [e.to]))
    for (const listener of listeners) await listener({ direction: step.direction, revision: step.revision, from, to })
  }
}
