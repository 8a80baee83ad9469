/** Upgrade, downgrade and stamp of every target of a fleet. */
import type { ConfigInput } from '../../config/load.ts'
import type { Target } from '../../config/config.ts'
import { AmbixError } from '../../errors.ts'
import { stampSteps } from '../../revisions/steps/stamp.ts'
import { isRange, parseRef } from '../../revisions/targets/refs.ts'
import { resolveRef } from '../../revisions/targets/resolve.ts'
import { readDatabase, readSchemas } from '../../runtime/fleet/schemas.ts'
import type { TargetState } from '../../runtime/fleet/schemas.ts'
import { statementError } from '../../runtime/history.ts'
import { runSteps } from '../../runtime/runner.ts'
import type { RevisionStep } from '../../runtime/types.ts'
import { Ancestry } from '../project/ancestry.ts'
import { readFileChecksums } from '../project/edited.ts'
import { versionListener } from '../project/listener.ts'
import type { CommonOptions } from '../project/project.ts'
import { noTarget } from '../project/state.ts'
import { planFault } from './faults.ts'
import { NotBegun, runMany } from './many.ts'
import type { FleetEvent, FleetSummary, TargetOutcome } from './many.ts'
import { withFleet } from './place.ts'
import type { FleetLimits, FleetPlace } from './place.ts'
import { Plans } from './plans.ts'
import type { Place } from './plans.ts'
import { parseStages } from './stages.ts'
import { stampedSteps } from '../run/stamped.ts'

export interface FleetOptions extends CommonOptions, FleetLimits {
  /** Begin no further target after so many failures. */
  readonly maxFailures?: number
  /** Tags and shares in their order: `canary,10%,100%`; a stage with a failure is the last. */
  readonly stages?: string
  /** Begin a new run, also where one was interrupted: every target is checked again. */
  readonly restart?: boolean
  /** Hazards to accept where the configuration refuses them. */
  readonly allow?: readonly string[]
  readonly onEvent?: (event: FleetEvent) => void
}

export type FleetCommand = 'upgrade' | 'downgrade' | 'stamp'

/** How a command finds the steps of one target. */
type StepsOf = (place: Place, state: TargetState) => Promise<readonly RevisionStep[]>

/**
 * Runs the command on every target of the configuration, limited and shared with all other runners of it.
 * Throws FLEET.TARGETS, FLEET.CONTROL, REVISION.*, RUN.INTERRUPTED; failures of single targets are in the summary.
 *
 * @example const { failed } = await fleet({ file: 'ambix.config.ts' }, 'upgrade', 'head', { parallel: 8 })
 */
export async function fleet(
  config: ConfigInput,
  command: FleetCommand,
  target: string,
  options: FleetOptions = {},
): Promise<FleetSummary> {
  if (typeof target !== 'string') throw noTarget(command, target)
  const stages = parseStages(options.stages)
  return withFleet(config, options, async (fleetPlace) => {
    const { project, reader, limits } = fleetPlace
    if (stages.length > 1 && !reader.again)
      throw new AmbixError(
        'FLEET.TARGETS',
        'Stages read the targets several times, and `targets` is a generator, which can be read once',
        {
          next: ['Give the function itself: `targets: async function* () { … }`'],
        },
      )
    const files = project.settings.edited === 'ignore' ? undefined : readFileChecksums(project)
    const goal = goalOf(fleetPlace, command, target)
    const stepsOf: StepsOf =
      command === 'stamp'
        ? stampOf(fleetPlace, target)
        : planned(
            new Plans({
              projectOf: fleetPlace.projectOf,
              direction: command,
              goal: target,
              allow: options.allow ?? [],
              files,
            }),
          )
    const state = (await fleetPlace.state(true))!
    return runMany({
      state,
      reader,
      key: { command, goal },
      stages,
      parallel: limits.parallel,
      restart: options.restart === true,
      ...(options.maxFailures === undefined ? {} : { maxFailures: options.maxFailures }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onEvent: options.onEvent ?? (() => {}),
      work: workOf(fleetPlace, stepsOf, options),
    })
  })
}

const planned =
  (plans: Plans): StepsOf =>
  async (place, state) =>
    plans.stepsFor(place, state)

/** The goal that identifies a run: ids, so that a new head is a new run. Throws REVISION.*, USAGE.INVALID. */
function goalOf({ project }: FleetPlace, command: FleetCommand, target: string): string {
  if (isRange(target) || parseRef(target).anchor.kind === 'none' || parseRef(target).anchor.kind === 'current')
    throw new AmbixError('USAGE.INVALID', `${command} --targets takes a revision, not ${target}`, {
      why: 'A run that is gone on with would take a step from where it was once more.',
      next: [{ text: 'Name where to go', command: `ambix ${command} head --targets` }],
    })
  const { ids, branch } = resolveRef(project.graph(), target, { purpose: command })
  return `${branch === undefined ? '' : `${branch}@`}${ids.length === 0 ? 'base' : ids.toSorted().join(',')}`
}

function stampOf({ project }: FleetPlace, target: string): StepsOf {
  const graph = project.graph()
  return async (_place, state) => {
    const ancestry = new Ancestry(graph, await state.records())
    return stampedSteps(stampSteps(graph, state.heads, [target]), ancestry)
  }
}

type Work = Parameters<typeof runMany>[0]['work']

/** Targets of one database are read together, then processed one by one. */
function workOf(fleetPlace: FleetPlace, stepsOf: StepsOf, options: FleetOptions): Work {
  return async (targets, settle, begins) => {
    const groups = new Map<string, Target[]>()
    const alone: Target[] = []
    for (const target of targets) {
      const url = await fleetPlace.urlOf(target)
      if (target.schema === undefined) alone.push(target)
      else {
        const group = groups.get(url)
        if (group === undefined) groups.set(url, [target])
        else group.push(target)
      }
    }
    const one = async (target: Target, known?: TargetState | Error): Promise<void> => {
      try {
        if (known instanceof Error) throw known
        settle(
          target,
          await fleetPlace.use(target, async (place) => {
            if (!begins()) throw new NotBegun()
            return moveOne(fleetPlace, place, stepsOf, options, known)
          }),
        )
      } catch (error) {
        settle(target, error instanceof Error ? error : new Error(String(error)))
      }
    }
    const many = async (group: readonly Target[]): Promise<void> => {
      let states: ReadonlyMap<string, TargetState | Error>
      try {
        states = begins() ? await statesOf(fleetPlace, group, begins) : new Map()
      } catch (error) {
        for (const target of group) settle(target, error as Error)
        return
      }
      await Promise.all(group.map((t) => one(t, begins() ? (states.get(t.schema!) ?? noSchema(t)) : new NotBegun())))
    }
    await Promise.all([...alone.map((t) => one(t)), ...[...groups.values()].map(many)])
  }
}

async function statesOf(
  fleetPlace: FleetPlace,
  group: readonly Target[],
  begins: () => boolean,
): Promise<ReadonlyMap<string, TargetState | Error>> {
  const schemas = [...new Set(group.map((t) => t.schema!))]
  const read = async ({ lent, dialect }: Place): Promise<ReadonlyMap<string, TargetState | Error>> => {
    // The run may have been stopped while the page waited for a connection.
    if (!begins()) throw new NotBegun()
    try {
      return await readSchemas(lent.connection, dialect, fleetPlace.settingsOf(group[0]!), schemas)
    } catch (error) {
      throw statementError(lent.connection, error, 'Reading the version tables of the targets failed')
    }
  }
  // Before the targets of the page that is at work: else all connections would be idle until it is read.
  return fleetPlace.use(group[0]!, read, true)
}

/** Throws what `upgrade` throws. */
async function moveOne(
  fleetPlace: FleetPlace,
  place: Place,
  stepsOf: StepsOf,
  options: FleetOptions,
  known: TargetState | undefined,
): Promise<TargetOutcome> {
  const { target, lent, dialect, path } = place
  const { connection } = lent
  const settings = { ...fleetPlace.settingsOf(target), leaseLock: !place.capabilities.advisoryLock }
  const read = async (): Promise<TargetState> => {
    if (target.schema === undefined) return readDatabase(connection, dialect, settings)
    const found = (await readSchemas(connection, dialect, settings, [target.schema])).get(target.schema)
    if (found === undefined || found instanceof Error) throw found ?? noSchema(target)
    return found
  }
  try {
    const state = known ?? (await read())
    const steps = await stepsOf(place, state).catch((error: unknown) => {
      throw planFault(error)
    })
    if (steps.length === 0) return { from: state.heads, to: state.heads, applied: [] }
    let first = true
    const listener = versionListener(fleetPlace.project.settings.raw.onVersionApply)
    const result = await runSteps({
      connection,
      dialect,
      settings,
      plan: async () => {
        if (first) {
          first = false
          return steps
        }
        return stepsOf(place, await read())
      },
      heads: state.heads,
      seen: state.seen,
      ...(path === undefined ? {} : { path }),
      openAnother: () => fleetPlace.another(target),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(listener === undefined ? {} : { onVersionApply: listener }),
    })
    return { from: result.from, to: result.heads, applied: result.applied.map((a) => a.revision) }
  } catch (error) {
    throw statementError(connection, error, `The target ${target.id} refused a statement`)
  } finally {
    // A request to cancel may reach the server after what it was meant for: nobody else uses that session.
    if (options.signal?.aborted === true) lent.changed(undefined)
  }
}

export const noSchema = ({ id, schema }: Target): AmbixError =>
  new AmbixError('FLEET.TARGETS', `The schema ${schema} of the target ${id} does not exist`, {
    next: [{ text: 'Make it from the head of the revisions', command: `ambix create-target ${id}` }],
    data: { target: id, schema },
  })
