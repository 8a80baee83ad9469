/** `current` and `check` of every target: read only, without state, and not shared with other runners. */
import type { ConfigInput } from '../../config/load.ts'
import type { Target } from '../../config/config.ts'
import { isAmbixError, type AmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { checkRows, isAtHeads } from '../../revisions/steps/rows.ts'
import { readDatabase, readSchemas } from '../../runtime/fleet/schemas.ts'
import { statementError } from '../../runtime/history.ts'
import { checkOne } from '../check.ts'
import { projectOf } from '../project/project.ts'
import type { CommonOptions } from '../project/project.ts'
import { noSchema } from './work.ts'
import type { TargetError } from './many.ts'
import { toldOf } from './many.ts'
import { withFleet } from './place.ts'
import type { FleetLimits, FleetPlace } from './place.ts'
import { enter } from './plans.ts'
import type { Place } from './plans.ts'

export interface TargetReading {
  readonly target: string
  readonly ms: number
  /** The rows of the version table. */
  readonly rows?: readonly string[]
  readonly atHeads?: boolean
  /** Of `check`: the operations that the target needs. */
  readonly differences?: readonly Operation[]
  readonly error?: TargetError
}

export interface FleetReading {
  readonly targets: number
  readonly failed: number
  /** Targets that are not at the heads. */
  readonly behind: number
  /** Targets with differences (`check`). */
  readonly differing: number
  /** Version rows, joined by commas, and how many targets have them. */
  readonly revisions: readonly { readonly revision: string; readonly targets: number }[]
  readonly ms: number
}

export interface ReadOptions extends CommonOptions, FleetLimits {
  /** Of `check`: compare with the schema that the applied revisions make. */
  readonly database?: boolean
  readonly onTarget?: (reading: TargetReading) => void
  readonly onTotal?: (total: number | undefined) => void
}

/** Throws FLEET.TARGETS, and once what is wrong with the project itself; failures of single targets are in their results. */
export async function readFleet(
  config: ConfigInput,
  command: 'current' | 'check',
  options: ReadOptions = {},
): Promise<FleetReading> {
  const began = performance.now()
  return withFleet(config, options, async (fleetPlace) => {
    const { reader, limits } = fleetPlace
    options.onTotal?.(await reader.total())
    const revisions = new Map<string, number>()
    const counts = { targets: 0, failed: 0, behind: 0, differing: 0 }
    const tell = (reading: TargetReading): void => {
      counts.targets++
      if (reading.error !== undefined) counts.failed++
      if (reading.atHeads === false) counts.behind++
      if ((reading.differences?.length ?? 0) > 0) counts.differing++
      if (reading.rows !== undefined) {
        const key = reading.rows.join(',')
        revisions.set(key, (revisions.get(key) ?? 0) + 1)
      }
      options.onTarget?.(reading)
    }
    const running = new Set<Promise<void>>()
    const project: { fault?: AmbixError } = {}
    for await (const page of reader.pages(Math.max(limits.parallel * 4, 16))) {
      // One page is processed while the next is read.
      while (running.size > 1) await Promise.race(running)
      if (options.signal?.aborted === true || project.fault !== undefined) break
      const task = readPage(fleetPlace, command, page, options, { tell, project }).finally(() => running.delete(task))
      running.add(task)
    }
    await Promise.all(running)
    if (project.fault !== undefined) throw project.fault
    return {
      ...counts,
      revisions: [...revisions]
        .map(([revision, targets]) => ({ revision, targets }))
        .sort((a, b) => b.targets - a.targets),
      ms: Math.round(performance.now() - began),
    }
  })
}

/** Errors that every target would have: they are told once. */
const ofProject =
  /^(?:(?:CONFIG|MODULE)\.|SCHEMA\.SOURCE$|REVISION\.(?:HEADER|LOAD|DUPLICATE|MISSING_PARENT|CYCLE|LABEL|INVALID_ID)$)/

async function readPage(
  fleetPlace: FleetPlace,
  command: 'current' | 'check',
  targets: readonly Target[],
  options: ReadOptions,
  { tell, project }: { readonly tell: (reading: TargetReading) => void; readonly project: { fault?: AmbixError } },
): Promise<void> {
  const together = new Map<string, Target[]>()
  const alone: Target[] = []
  for (const target of targets)
    if (command === 'check' || target.schema === undefined) alone.push(target)
    else {
      const url = await fleetPlace.urlOf(target)
      together.set(url, [...(together.get(url) ?? []), target])
    }
  const began = performance.now()
  const ms = (): number => Math.round(performance.now() - began)
  const failed = (target: Target, error: unknown): void => {
    if (isAmbixError(error) && ofProject.test(error.code)) project.fault ??= error
    else tell({ target: target.id, ms: ms(), error: toldOf(error) })
  }
  const group = async (all: readonly Target[]): Promise<void> => {
    try {
      await fleetPlace.use(all[0]!, async ({ lent, dialect }) => {
        const schemas = [...new Set(all.map((t) => t.schema!))]
        const states = await told({ lent, dialect }, () =>
          readSchemas(lent.connection, dialect, fleetPlace.settingsOf(all[0]!), schemas),
        )
        for (const target of all) {
          const state = states.get(target.schema!)
          try {
            if (state === undefined || state instanceof Error) throw state ?? noSchema(target)
            tell(reading(fleetPlace, target, state.heads, ms()))
          } catch (error) {
            failed(target, error)
          }
        }
      })
    } catch (error) {
      for (const target of all) failed(target, error)
    }
  }
  const one = async (target: Target): Promise<void> => {
    if (project.fault !== undefined) return
    try {
      tell(
        await fleetPlace.use(target, async (place) =>
          told(place, async () => {
            if (command === 'check') return { ...(await checkTarget(fleetPlace, place, options)), ms: ms() }
            const { heads } = await readDatabase(place.lent.connection, place.dialect, fleetPlace.settingsOf(target))
            return reading(fleetPlace, target, heads, ms())
          }),
        ),
      )
    } catch (error) {
      failed(target, error)
    }
  }
  await Promise.all([...alone.map(one), ...[...together.values()].map(group)])
}

function reading({ project }: FleetPlace, target: Target, rows: readonly string[], ms: number): TargetReading {
  checkRows(project.graph(), rows)
  return { target: target.id, ms, rows, atHeads: isAtHeads(project.graph(), rows) }
}

async function checkTarget(
  fleetPlace: FleetPlace,
  place: Place,
  options: ReadOptions,
): Promise<Omit<TargetReading, 'ms'>> {
  const { target, lent } = place
  if (target.schema !== undefined) {
    const there = await readSchemas(lent.connection, place.dialect, fleetPlace.settingsOf(target), [target.schema])
    // Nothing is in it, and nothing need be there before the first revision.
    if (!there.has(target.schema)) throw noSchema(target)
  }
  await enter(place)
  const outer = fleetPlace.projectOf(target)
  const inner = projectOf(
    {
      ...outer.settings,
      url: async () => fleetPlace.urlOf(target),
      ...(target.schema === undefined ? {} : { versionTableSchema: target.schema }),
    },
    { ...outer.options, connection: lent.connection },
  )
  const { raw } = outer.settings
  const configured = {
    compareType: raw.compareType,
    compareServerDefault: raw.compareServerDefault,
    renderItem: raw.renderItem,
    processRevisionDirectives: raw.processRevisionDirectives,
  }
  const result = await checkOne(
    { project: { ...inner, graph: outer.graph }, configured, args: {} },
    options.database === undefined ? {} : { database: options.database },
  )
  return { target: target.id, atHeads: result.atHeads, differences: result.differences }
}

async function told<T>({ lent, dialect }: Pick<Place, 'lent' | 'dialect'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw statementError(lent.connection, error, 'The target refused a statement', dialect)
  }
}
