/** The state of a fleet by its control database: at which revisions its targets are, which failed, which are behind. */
import type { ConfigInput } from '../../config/load.ts'
import { isAtHeads } from '../../revisions/steps/rows.ts'
import type { Failure } from '../../runtime/fleet/state.ts'
import { redact } from '../../util/redact.ts'
import type { CommonOptions } from '../project/project.ts'
import { withFleet } from './place.ts'

export interface FleetStatus {
  /** The last run; absent before the first. */
  readonly run?: {
    readonly run: number
    readonly command: string
    readonly goal: string
    /** `open`: not finished, or with failed targets; `done`. */
    readonly status: string
    readonly started: string
    /** Of this run only. */
    readonly targets: Readonly<Record<string, number>>
  }
  /** Version rows, joined by commas, as last reported; `behind`: not at the heads of the files, or not in the files. */
  readonly revisions: readonly { readonly revision: string; readonly targets: number; readonly behind: boolean }[]
  readonly behind: number
  /** At most 1000. */
  readonly failed: readonly Failure[]
}

/** Connects to no target. Throws FLEET.CONTROL, FLEET.TARGETS. */
export async function fleetStatus(config?: ConfigInput, options: CommonOptions = {}): Promise<FleetStatus> {
  return withFleet(config, options, async ({ project, state: open }) => {
    const state = await open(false)
    const last = await state?.lastRun()
    if (state === undefined || last === undefined) return { revisions: [], behind: 0, failed: [] }
    const graph = project.graph()
    state.run = Number(last[0])
    const revisions = (await state.histogram()).map(({ revision, targets }) => {
      const rows = revision === '' ? [] : revision.split(',')
      const behind = !rows.every((id) => graph.indexOf.has(id)) || !isAtHeads(graph, rows)
      return { revision, targets, behind }
    })
    return {
      run: {
        run: state.run,
        command: last[1] ?? '',
        goal: last[2] ?? '',
        status: last[3] ?? '',
        started: last[6] ?? '',
        targets: Object.fromEntries(await state.counts()),
      },
      revisions,
      behind: revisions.reduce((sum, r) => sum + (r.behind ? r.targets : 0), 0),
      failed: (await state.failures(1000)).map((f) => ({ ...f, error: redact(f.error) })),
    }
  })
}
