/** Upgrade and downgrade: the same path in two directions, run on a database, written as SQL, or only told. */
import type { ConfigInput } from '../config/load.ts'
import type { Scope, Statement } from '../dialects/dialect.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { fold } from '../operations/operation.ts'
import type { RevisionGraph } from '../revisions/graph.ts'
import { downgradeSteps, upgradeSteps } from '../revisions/path.ts'
import type { RunStep } from '../revisions/path.ts'
import { isRange, parseRange } from '../revisions/refs.ts'
import { resolveRef } from '../revisions/resolve.ts'
import { ancestors } from '../revisions/walk.ts'
import { bookkeepingTables } from '../runtime/history.ts'
import { runSteps } from '../runtime/runner.ts'
import { writeScript } from '../runtime/script.ts'
import type { AppliedStep, RevisionStep, StepEvent } from '../runtime/types.ts'
import type { Schema } from '../schema/model.ts'
import { emptySchema } from '../schema/model.ts'
import { checksumOf, loadOperations } from './bodies.ts'
import { compileRevision, liveSchema } from './compile.ts'
import type { CompileRequest } from './compile.ts'
import { inEnvironment } from './environment.ts'
import type { ConfigureOptions, EnvironmentRun } from './environment.ts'
import { openProject } from './project.ts'
import type { CommonOptions, Project } from './project.ts'
import { checkKnown, readDatabaseState, runtimeSettings, versionEdits } from './state.ts'

export interface MoveOptions extends CommonOptions {
  /** Give the SQL instead of running it; nothing is connected to. */
  readonly sql?: boolean
  readonly tag?: string
  /** Tell what would run, with locks and hazards; reads the database, changes nothing. */
  readonly dryRun?: boolean
  /** Above the configured one, in milliseconds. */
  readonly lockWaitMs?: number
  readonly onStep?: (event: StepEvent) => void
}

export interface PlannedRevision {
  readonly revision: string
  readonly message: string
  readonly statements: readonly Pick<Statement, 'sql' | 'transaction' | 'hazards'>[]
}

export interface MoveResult {
  /** The URL without its password; empty with `sql`. */
  readonly database: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly applied: readonly AppliedStep[]
  /** With `sql`. */
  readonly script?: string
  /** With `dryRun`. */
  readonly plan?: readonly PlannedRevision[]
}

type Direction = 'upgrade' | 'downgrade'

/** Goes up to `target` (default `head`). Throws REVISION.*, VERSION.*, DATABASE.*, DIFF.REFUSED, RUN.INTERRUPTED. */
export async function upgrade(config?: ConfigInput, target = 'head', options: MoveOptions = {}): Promise<MoveResult[]> {
  return move(config, 'upgrade', target, options)
}

/** Goes down to `target` (default `-1`). Throws as `upgrade`, and REVISION.IRREVERSIBLE before anything is run. */
export async function downgrade(config?: ConfigInput, target = '-1', options: MoveOptions = {}): Promise<MoveResult[]> {
  return move(config, 'downgrade', target, options)
}

async function move(config: ConfigInput, direction: Direction, target: string, options: MoveOptions): Promise<MoveResult[]> {
  const project = await openProject(config, options)
  try {
    const facts = { offline: options.sql === true, tag: options.tag, destination: target }
    return await inEnvironment(project, facts, async (run) => (options.sql === true ? offline(run, direction, target) : online(run, direction, target, options)))
  } finally {
    await project.close()
  }
}

/** What reflection of a running project looks at: everything but the tool's own tables. */
export function scopeOf(project: Project): Scope {
  return {
    schemas: project.settings.schemas ?? 'all',
    excludeTables: bookkeepingTables(runtimeSettings(project)),
    privileges: project.settings.privileges,
  }
}

async function online({ project, configured, args }: EnvironmentRun, direction: Direction, target: string, options: MoveOptions): Promise<MoveResult> {
  if (isRange(target)) {
    throw new AmbixError('REVISION.RANGE', `${target} is a range, which only --sql takes`, {
      next: [{ text: `Name where to go; the database knows where it is`, command: `ambix ${direction} ${target.split(':')[1]}` }],
    })
  }
  const graph = project.graph()
  const { connection, dialect, shownUrl } = await project.database()
  const state = await readDatabaseState(project)
  const settings = { ...runtimeSettings(project), ...(options.lockWaitMs === undefined ? {} : { lockWaitMs: options.lockWaitMs }) }
  let serverVersion: number | undefined
  const request = async (): Promise<CompileRequest> => {
    serverVersion ??= await serverMajor(project)
    return { project, dialect, offline: false, serverVersion, args }
  }
  // `+1` is counted once, from where the database was when it was asked for: another deployer's step is not counted again.
  let goal: string | undefined
  const plan = async (heads: readonly string[]): Promise<RevisionStep[]> => {
    await checkKnown(project, heads)
    const steps = await stepsTo(project, graph, direction, heads, goal ?? target)
    if (goal === undefined && direction === 'upgrade' && /^[+]/.test(target)) goal = steps.at(-1)?.revision.id
    if (direction === 'downgrade') await refuseIrreversible(steps, args)
    return steps.map((step) => ({
      ...runtimeStep(step),
      statements: async (given) => (await compileRevision(await request(), step.revision, direction, liveSchema(dialect, given ?? connection, scopeOf(project)))).statements,
    }))
  }
  const first = await plan(state.heads)
  if (first.length === 0) return { database: shownUrl, from: state.heads, to: state.heads, applied: [] }
  await (await import('./edited.ts')).noticeEdited(project, state.heads)
  if (options.dryRun === true) return { database: shownUrl, from: state.heads, to: state.heads, applied: [], plan: await tell(first) }
  const result = await runSteps({
    connection,
    dialect,
    settings,
    plan,
    heads: state.heads,
    openAnother: () => project.connect(),
    signal: options.signal,
    onStep: options.onStep,
    ...(configured.onVersionApply === undefined ? {} : { onVersionApply: versionListener(configured) }),
  })
  return { database: shownUrl, from: result.from, to: result.heads, applied: result.applied }
}

/** The steps, or for several heads an error that says whether the branches can simply go on together. */
async function stepsTo(project: Project, graph: RevisionGraph, direction: Direction, heads: readonly string[], target: string): Promise<readonly RunStep[]> {
  try {
    return direction === 'upgrade' ? upgradeSteps(graph, heads, target) : downgradeSteps(graph, heads, target)
  } catch (error) {
    if (direction !== 'upgrade' || target !== 'head' || !isAmbixError(error, 'REVISION.MULTIPLE_HEADS')) throw error
    const { compareHeads, explainHeads } = await import('./clash.ts')
    const comparison = await compareHeads(project, graph.effectiveHeads)
    if (project.settings.autoMerge && comparison.verdict === 'commute') {
      project.say(`${graph.effectiveHeads.join(' and ')} touch different things: going on with both (autoMerge)`)
      return upgradeSteps(graph, heads, 'heads')
    }
    throw explainHeads(error, graph.effectiveHeads, comparison)
  }
}

function runtimeStep(step: RunStep): RevisionStep {
  return {
    revision: step.revision.id,
    direction: step.direction,
    message: step.revision.message,
    down: step.revision.downRevision,
    edits: versionEdits(step.edits),
    checksum: checksumOf(step.revision),
  }
}

/** A downgrade that cannot be finished is not begun. */
async function refuseIrreversible(steps: readonly RunStep[], args: Readonly<Record<string, unknown>>): Promise<void> {
  for (const step of steps) await loadOperations(step.revision, 'downgrade', args)
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

/** The major version of the server, for spellings that differ; undefined where the dialect does not say. */
export async function serverMajor(project: Project): Promise<number | undefined> {
  const { connection, dialect } = await project.database()
  const told = connection.serverVersion ?? (await connection.values(dialect.session.serverVersion))[0]?.[0]
  const number = Number.parseInt(String(told ?? ''), 10)
  return Number.isFinite(number) ? (number >= 10_000 ? Math.floor(number / 10_000) : number) : undefined
}

async function offline({ project, configured, args }: EnvironmentRun, direction: Direction, target: string): Promise<MoveResult> {
  const graph = project.graph()
  const { from, to } = offlineRange(graph, direction, target, configured.startingRevision)
  const dialect = await project.dialect()
  const request: CompileRequest = { project, dialect, offline: true, args }
  const steps = direction === 'upgrade' ? upgradeSteps(graph, from, to) : downgradeSteps(graph, from, to)
  const folded = foldedSchema(graph, args)
  const runtime: RevisionStep[] = []
  for (const step of steps) {
    const applied = direction === 'upgrade' ? ancestors(graph, step.revision.downRevision) : ancestors(graph, [step.revision.id])
    const { statements } = await compileRevision(request, step.revision, direction, () => folded(applied))
    runtime.push({ ...runtimeStep(step), statements: () => statements })
  }
  const script = await writeScript({ dialect, settings: runtimeSettings(project), steps: runtime, from })
  configured.output?.(script)
  return { database: '', from, to: steps.at(-1)?.rows ?? from, applied: [], ...(configured.output === undefined ? { script } : {}) }
}

/** `start:end` for scripts; upgrade alone starts from nothing, downgrade must say where it starts (C23). */
function offlineRange(graph: RevisionGraph, direction: Direction, target: string, starting?: string): { readonly from: readonly string[]; readonly to: string } {
  const given = isRange(target) ? target : starting === undefined ? undefined : `${starting}:${target}`
  if (given === undefined) {
    if (direction === 'upgrade') return { from: [], to: target }
    throw new AmbixError('REVISION.RANGE', 'downgrade --sql needs to know where the database is', {
      next: [{ text: 'Give both ends', command: `ambix downgrade <from>:${target} --sql` }],
    })
  }
  const range = parseRange(given)
  const from = range.from === undefined ? [] : resolveRef(graph, range.from, { purpose: 'show' }).ids
  const to = range.to?.text ?? (direction === 'upgrade' ? 'head' : 'base')
  return { from, to }
}

/** The schema after a set of revisions, by folding their operations in order: what offline scripts know. */
function foldedSchema(graph: RevisionGraph, args: Readonly<Record<string, unknown>>): (applied: readonly string[]) => Promise<Schema> {
  return async (applied) => {
    const set = new Set(applied)
    let schema = emptySchema
    for (const index of graph.topological) {
      const revision = graph.revisions[index]!
      if (set.has(revision.id)) schema = fold(schema, await loadOperations(revision, 'upgrade', args), { blind: true }).schema
    }
    return schema
  }
}
