/** Runs a page of targets: those of one database are read together, and sent together where their revisions are the same. */
import { thrownText } from '../../util/redact.ts'
import { append } from '../../util/append.ts'
import type { Target } from '../../config/config.ts'
import { AmbixError } from '../../errors.ts'
import { inspectSchemas, readDatabase, readInspected, readSchemas } from '../../runtime/fleet/schemas.ts'
import type { TargetState } from '../../runtime/fleet/schemas.ts'
import { goesAhead, sendTargets } from '../../runtime/fleet/send.ts'
import type { SharedStep, TargetWork } from '../../runtime/fleet/send.ts'
import { statementError } from '../../runtime/history.ts'
import { runSteps } from '../../runtime/runner.ts'
import type { AppliedStep, Inspection, RuntimeSettings } from '../../runtime/types.ts'
import { versionListener } from '../project/listener.ts'
import { planFault } from './faults.ts'
import { NotBegun } from './many.ts'
import type { ManyOptions, TargetOutcome } from './many.ts'
import { Guess, Pace } from './pace.ts'
import type { FleetPlace } from './place.ts'
import type { Place, TargetPlan } from './plans.ts'

/** How a command finds what is run on targets. */
export interface Planner {
  /** Throws what planning throws. */
  of(place: Place, state: TargetState): Promise<TargetPlan>
  /** Where it was made for another target of that state. */
  known?(place: Place, state: TargetState): Promise<TargetPlan | undefined>
}

type Known = TargetState | Error
type Settle = (target: Target, result: TargetOutcome | Error) => void

/** Messages that are on their way at once, and characters of them. */
const mostMessages = 32
const longest = 200_000

export function workOf(fleetPlace: FleetPlace, planner: Planner, signal: AbortSignal | undefined): ManyOptions['work'] {
  const pace = new Pace()
  const guesses = new Map<string, Guess>()
  const guessOf = (url: string): Guess => {
    const guess = guesses.get(url) ?? new Guess()
    if (guesses.size >= 64) guesses.clear()
    guesses.set(url, guess)
    return guess
  }
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
    const page = new Page({ fleetPlace, planner, signal, settle, begins, pace })
    await Promise.all([
      ...alone.map(async (t) => page.one(t)),
      ...[...groups].map(async ([url, group]) => page.group(group, guessOf(url))),
    ])
  }
}

interface PageOptions {
  readonly fleetPlace: FleetPlace
  readonly planner: Planner
  readonly signal: AbortSignal | undefined
  readonly settle: Settle
  readonly begins: () => boolean
  readonly pace: Pace
}

interface Item {
  readonly target: Target
  readonly known: TargetState
  /** It was not read. */
  readonly guessed: boolean
}

/** What was run of a target together with others. */
interface Before {
  readonly heads: readonly string[]
  readonly applied: readonly AppliedStep[]
}

interface Alone {
  readonly target: Target
  readonly known?: TargetState
  readonly before?: Before
}

interface Sent extends TargetWork {
  readonly item: Item
}

type Found = Omit<Item, 'target'>
type End = (item: Item, result: TargetOutcome | Error) => void

class Page {
  readonly #options: PageOptions
  readonly #listener: ReturnType<typeof versionListener>

  constructor(options: PageOptions) {
    this.#options = options
    this.#listener = versionListener(options.fleetPlace.project.settings.raw.onVersionApply)
  }

  /** By itself; `before`: what was run of it already. */
  async one(target: Target, known?: Known, before?: Before): Promise<void> {
    const { fleetPlace, settle, begins } = this.#options
    try {
      if (known instanceof Error) throw known
      settle(
        target,
        await fleetPlace.use(target, async (place) => {
          if (!begins()) throw new NotBegun()
          return this.#move(place, known, before)
        }),
      )
    } catch (error) {
      settle(target, asError(error))
    }
  }

  async group(group: readonly Target[], guess: Guess): Promise<void> {
    const { fleetPlace, settle, begins, pace } = this.#options
    let found: ReadonlyMap<string, Found | Error>
    try {
      found = begins() ? await this.#find(group, guess.state) : new Map()
    } catch (error) {
      for (const target of group) settle(target, error as Error)
      return
    }
    const waiting: Item[] = []
    for (const target of group) {
      const known = begins() ? (found.get(target.schema!) ?? noSchema(target)) : new NotBegun()
      if (known instanceof Error) settle(target, known)
      else waiting.push({ target, ...known })
    }
    const right = waiting.filter((item) => item.guessed).length
    let wrong = 0
    const alone: Promise<void>[] = []
    const { parallel, perHost } = fleetPlace.limits
    const lanes = Math.min(parallel, perHost, waiting.length)
    // Not of what is left of the page: the last ones would go one by one, and other pages follow.
    const share = Math.ceil(waiting.length / lanes)
    const lane = async (): Promise<void> => {
      while (waiting.length > 0) {
        const items = waiting.splice(0, Math.min(pace.targets, share))
        for (const { target, known, before } of await this.#batch(items, guess)) {
          if (known === undefined) wrong++
          alone.push(this.one(target, known, before))
        }
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    if (right > 0) guess.told(right, wrong)
    await Promise.all(alone)
  }

  /** Gives those that are to run by themselves. */
  async #batch(items: readonly Item[], guess: Guess): Promise<readonly Alone[]> {
    const { fleetPlace, settle, begins } = this.#options
    const left = new Set(items)
    const end = (item: Item, result: TargetOutcome | Error): void => {
      left.delete(item)
      settle(item.target, result)
    }
    try {
      return await fleetPlace.use(items[0]!.target, async (place) => {
        if (!begins()) throw new NotBegun()
        return this.#on(place, items, guess, end)
      })
    } catch (error) {
      for (const item of left) end(item, asError(error))
      return []
    }
  }

  async #on(place: Place, items: readonly Item[], guess: Guess, end: End): Promise<readonly Alone[]> {
    const { fleetPlace, planner } = this.#options
    const { connection } = place.lent
    const alone: Alone[] = []
    let sent: Sent[] = []
    let [messages, length] = [0, 0]
    for (const item of items) {
      const { target, known, guessed } = item
      const at = fleetPlace.placeOf(place, target)
      const settings = this.#settingsOf(at)
      try {
        const plan = guessed ? await planner.known?.(at, known) : await this.#planOf(at, known)
        const shared = this.#listener === undefined ? plan?.shared : undefined
        if (plan?.empty === true && !guessed) end(item, { from: known.heads, to: known.heads, applied: [] })
        else if (shared === undefined || !goesAhead(connection, at.dialect, settings, known.seen))
          alone.push({ target, ...(guessed ? {} : { known }) })
        else {
          const { heads, seen, digest } = known
          sent.push({ item, settings, path: at.path, heads, seen, ...(guessed ? { digest } : {}), steps: shared })
          messages += shared.length
          length += lengthOf(shared)
        }
      } catch (error) {
        end(item, asError(this.#told(at, error)))
      }
      if (messages >= mostMessages || length >= longest) {
        await this.#send(place, sent, alone, guess, end)
        sent = []
        messages = length = 0
      }
    }
    await this.#send(place, sent, alone, guess, end)
    return alone
  }

  async #send({ lent, dialect }: Place, all: readonly Sent[], alone: Alone[], guess: Guess, end: End): Promise<void> {
    const { signal, begins, pace } = this.#options
    for (let left = all; left.length > 0;) {
      const sent = left
      if (!begins()) {
        for (const { item } of sent) end(item, new NotBegun())
        return
      }
      const began = performance.now()
      try {
        const unsent = await sendTargets(lent.connection, dialect, sent, signal, (at, told) => {
          const { item, heads } = sent[at]!
          const { target, known } = item
          if (told.kind === 'done') {
            guess.done(known)
            end(item, { from: heads, to: told.heads, applied: told.applied.map((a) => a.revision) })
          } else if (told.kind === 'failed') end(item, asError(told.error))
          else
            alone.push({ target, ...(told.applied.length === 0 ? {} : { before: { heads, applied: told.applied } }) })
        })
        left = unsent.map((at) => sent[at]!)
      } finally {
        // A request to cancel may reach the server after what it was meant for: nobody else uses that session.
        if (signal?.aborted === true) lent.changed(undefined)
      }
      pace.took(performance.now() - began, sent.length - left.length)
      if (left.length < sent.length && !lent.connection.closed) continue
      append(
        alone,
        left.map(({ item: { target } }) => ({ target })),
      )
      return
    }
  }

  /** The targets of a page; those that are likely to be in that state are not read. */
  async #find(group: readonly Target[], likely: TargetState | undefined): Promise<ReadonlyMap<string, Found | Error>> {
    const { fleetPlace, begins } = this.#options
    const schemas = [...new Set(group.map((t) => t.schema!))]
    const settings = fleetPlace.settingsOf(group[0]!)
    const find = async ({ lent: { connection }, dialect }: Place): Promise<ReadonlyMap<string, Found | Error>> => {
      // The run may have been stopped while the page waited for a connection.
      if (!begins()) throw new NotBegun()
      const found = new Map<string, Found | Error>()
      const read: Inspection[] = []
      for (const [schema, seen] of await inspectSchemas(connection, dialect, settings, schemas))
        if (seen instanceof Error) found.set(schema, seen)
        else if (likely === undefined || !seen.version || !seen.history || seen.exposed) read.push(seen)
        else found.set(schema, { known: { ...likely, seen }, guessed: true })
      for (const [schema, known] of await readInspected(connection, dialect, settings, read))
        found.set(schema, known instanceof Error ? known : { known, guessed: false })
      return found
    }
    const told = async (place: Place): ReturnType<typeof find> =>
      find(place).catch((error: unknown) => {
        const { lent, dialect } = place
        throw statementError(lent.connection, error, 'Reading the version tables of the targets failed', dialect)
      })
    // Before the targets of the page that is at work: else all connections would be idle until it is read.
    return fleetPlace.use(group[0]!, told, true)
  }

  #settingsOf({ target, capabilities }: Place): RuntimeSettings {
    return { ...this.#options.fleetPlace.settingsOf(target), leaseLock: !capabilities.advisoryLock }
  }

  async #planOf(place: Place, state: TargetState): Promise<TargetPlan> {
    return this.#options.planner.of(place, state).catch((error: unknown) => {
      throw planFault(error)
    })
  }

  #told({ target, lent, dialect }: Place, error: unknown): unknown {
    return statementError(lent.connection, error, `The target ${target.id} refused a statement`, dialect)
  }

  /** Throws what `upgrade` throws. */
  async #move(place: Place, known: TargetState | undefined, before: Before | undefined): Promise<TargetOutcome> {
    const { fleetPlace, signal } = this.#options
    const { target, lent, dialect, path } = place
    const { connection } = lent
    const settings = this.#settingsOf(place)
    const read = async (): Promise<TargetState> => {
      if (target.schema === undefined) return readDatabase(connection, dialect, settings)
      const found = (await readSchemas(connection, dialect, settings, [target.schema])).get(target.schema)
      if (found === undefined || found instanceof Error) throw found ?? noSchema(target)
      return found
    }
    try {
      const state = known ?? (await read())
      const from = before?.heads ?? state.heads
      const done = before?.applied ?? []
      const steps = (await this.#planOf(place, state)).stepsFor(place)
      if (steps.length === 0) return { from, to: state.heads, applied: done.map((a) => a.revision) }
      let first = true
      const result = await runSteps({
        connection,
        dialect,
        settings,
        plan: async () => {
          if (first) {
            first = false
            return steps
          }
          return (await this.#options.planner.of(place, await read())).stepsFor(place)
        },
        heads: state.heads,
        seen: state.seen,
        applied: done,
        ...(path === undefined ? {} : { path }),
        openAnother: async () => fleetPlace.another(target),
        ...(signal === undefined ? {} : { signal }),
        ...(this.#listener === undefined ? {} : { onVersionApply: this.#listener }),
      })
      return { from, to: result.heads, applied: result.applied.map((a) => a.revision) }
    } catch (error) {
      throw this.#told(place, error)
    } finally {
      // As above.
      if (signal?.aborted === true) lent.changed(undefined)
    }
  }
}

const lengthOf = (steps: readonly SharedStep[]): number =>
  steps.reduce((sum, { statements }) => sum + statements.reduce((all, st) => all + st.sql.length, 0), 0)

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(thrownText(error)))

export const noSchema = ({ id, schema }: Target): AmbixError =>
  new AmbixError('FLEET.TARGETS', `The schema ${schema} of the target ${id} does not exist`, {
    next: [{ text: 'Make it from the head of the revisions', command: `ambix create-target ${id}` }],
    data: { target: id, schema },
  })
