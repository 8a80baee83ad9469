/** Carries out an upgrade or downgrade that has something to do. */
import type { RunStep } from '../../revisions/steps/path.ts'
import { runSteps } from '../../runtime/runner.ts'
import type { RevisionStep } from '../../runtime/types.ts'
import { liveSchema } from './compile.ts'
import type { CompileRequest } from './compile.ts'
import type { EnvironmentRun } from '../project/environment.ts'
import { Foreseen, plannedSteps, remembered } from './planned.ts'
import { stepsTo } from './steps.ts'
import type { MoveDirection, MoveOptions, MoveResult, PlannedRevision } from './types.ts'
import type { Ancestry } from '../project/ancestry.ts'
import { capabilitiesOf } from '../project/capabilities.ts'
import { versionListener } from '../project/listener.ts'
import { refuseTransaction } from '../project/project.ts'
import { scopeOf, serverMajor } from '../project/scope.ts'
import { checkKnown, runtimeSettings } from '../project/state.ts'

export interface Move {
  readonly direction: MoveDirection
  readonly target: string
  readonly options: MoveOptions
  /** The version rows, and the steps from there; there is at least one. */
  readonly heads: readonly string[]
  readonly steps: readonly RunStep[]
  /** The rows of the history; absent where the configuration ignores edits. */
  readonly ancestry: Ancestry | undefined
  /** By path, those of the files that were read already. */
  readonly texts: ReadonlyMap<string, string>
}

/** Throws what `upgrade` throws. */
export async function runMove({ project, configured, args }: EnvironmentRun, move: Move): Promise<MoveResult> {
  const { direction, target, options, heads } = move
  const { connection, shownUrl } = await project.session()
  const { dialect } = await project.database()
  const capabilities = await capabilitiesOf(project.settings, connection, dialect)
  const settings = { ...runtimeSettings(project), leaseLock: !capabilities.advisoryLock }
  const request: CompileRequest = {
    project,
    dialect,
    offline: false,
    serverVersion: await serverMajor(project),
    capabilities,
  }
  const timeZone = async (): Promise<string | undefined> => {
    const ask = dialect.session.timeZone
    return ask === undefined ? undefined : ((await connection.values(ask))[0]?.[0] ?? undefined)
  }
  // `+1` is counted once, from the revision at the start: a step of another deployer does not count again.
  const goal = direction === 'upgrade' && target.startsWith('+') ? (move.steps.at(-1)?.revision.id ?? target) : target
  const planned = async (steps: readonly RunStep[], foreseen?: Foreseen): Promise<RevisionStep[]> =>
    plannedSteps(steps, {
      request: foreseen === undefined ? request : { ...request, timeZone: await timeZone() },
      foreseen,
      direction,
      args,
      ancestry: move.ancestry,
      texts: move.texts,
      before: (given, memory) => remembered(liveSchema(dialect, given ?? connection, scopeOf(project)), memory),
    })
  const live = liveSchema(dialect, connection, scopeOf(project))
  if (options.dryRun === true) {
    const plan = await tell(await planned(move.steps, new Foreseen(live)))
    return { database: shownUrl, from: heads, to: heads, applied: [], plan }
  }
  const { hazards } = project.settings
  if (hazards === 'refuse-both-ways' || (hazards === 'refuse' && direction === 'upgrade')) {
    const { refuseHazards } = await import('./refuse-hazards.ts')
    const revisions = move.steps.map((step) => step.revision)
    const informed = { ...request, args, timeZone: await timeZone() }
    await refuseHazards(informed, direction, revisions, live, options.allow ?? [])
  }
  if (project.options.connection !== undefined) await refuseTransaction(connection, dialect)
  const listener = versionListener(configured.onVersionApply)
  let first = true
  const result = await runSteps({
    connection,
    dialect: dialect,
    settings,
    plan: async (now) => {
      // The first plan is ready; it is planned again where another deployer was faster.
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
    ...(listener === undefined ? {} : { onVersionApply: listener }),
  })
  return {
    database: shownUrl,
    from: result.from,
    to: result.heads,
    applied: result.applied,
    ...(result.skipped === undefined ? {} : { skipped: result.skipped }),
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
