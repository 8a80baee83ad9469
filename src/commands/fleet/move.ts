/** Upgrade, downgrade and stamp of every target of a fleet. */
import type { ConfigInput } from '../../config/load.ts'
import { AmbixError } from '../../errors.ts'
import { stampSteps } from '../../revisions/steps/stamp.ts'
import { isRange, parseRef } from '../../revisions/targets/refs.ts'
import { resolveRef } from '../../revisions/targets/resolve.ts'
import { Ancestry } from '../project/ancestry.ts'
import { readFileChecksums } from '../project/edited.ts'
import type { CommonOptions } from '../project/project.ts'
import { noTarget } from '../project/state.ts'
import { runMany } from './many.ts'
import type { FleetEvent, FleetSummary } from './many.ts'
import { checkNumber, withFleet } from './place.ts'
import type { FleetLimits, FleetPlace } from './place.ts'
import { Plans } from './plans.ts'
import { parseStages } from './stages.ts'
import { stampedSteps } from '../run/stamped.ts'
import { workOf } from './work.ts'
import type { Planner } from './work.ts'

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
  checkNumber('maxFailures', options.maxFailures)
  return withFleet(config, options, async (fleetPlace) => {
    const { reader, limits } = fleetPlace
    if (stages.length > 1 && !reader.again)
      throw new AmbixError(
        'FLEET.TARGETS',
        'Stages read the targets several times, and `targets` is a generator, which can be read once',
        {
          next: ['Give the function itself: `targets: async function* () { … }`'],
        },
      )
    const goal = goalOf(fleetPlace, command, target)
    const planner = command === 'stamp' ? stampOf(fleetPlace, target) : plansOf(fleetPlace, command, target, options)
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
      work: workOf(fleetPlace, planner, options.signal),
    })
  })
}

function plansOf(
  { project, projectOf }: FleetPlace,
  direction: 'upgrade' | 'downgrade',
  goal: string,
  { allow = [] }: FleetOptions,
): Planner {
  const files = project.settings.edited === 'ignore' ? undefined : readFileChecksums(project)
  return new Plans({ projectOf, direction, goal, allow, files })
}

/** The goal that identifies a run: ids, so that a new head is a new run. Throws REVISION.*, USAGE.INVALID. */
function goalOf({ project }: FleetPlace, command: FleetCommand, target: string): string {
  if (isRange(target) || parseRef(target).anchor.kind === 'none' || parseRef(target).anchor.kind === 'current')
    throw new AmbixError('USAGE.INVALID', `${command} --targets takes a revision, not ${target}`, {
      why: 'A run that is gone on with would take a step from where it was once more.',
      next: [
        command === 'downgrade'
          ? { text: 'Name the revision to go down to', command: 'ambix history' }
          : { text: 'Name where to go', command: `ambix ${command} head --targets` },
      ],
    })
  const { ids, branch } = resolveRef(project.graph(), target, { purpose: command })
  return `${branch === undefined ? '' : `${branch}@`}${ids.length === 0 ? 'base' : ids.toSorted().join(',')}`
}

function stampOf({ project }: FleetPlace, target: string): Planner {
  const graph = project.graph()
  return {
    of: async (_place, state) => {
      const ancestry = new Ancestry(graph, await state.records())
      const steps = stampedSteps(stampSteps(graph, state.heads, [target]), ancestry)
      return { empty: steps.length === 0, shared: undefined, stepsFor: () => steps }
    },
  }
}
