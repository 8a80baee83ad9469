/** The steps of a fleet's targets: planned, loaded and compiled once for all targets with the same heads and the same history. */
import type { Target } from '../../config/config.ts'
import type { Capabilities, Dialect, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { RunStep } from '../../revisions/steps/path.ts'
import { AmbixError } from '../../errors.ts'
import { checkRows } from '../../revisions/steps/rows.ts'
import type { Lent } from '../../runtime/fleet/pool.ts'
import type { SharedStep } from '../../runtime/fleet/send.ts'
import type { TargetState } from '../../runtime/fleet/schemas.ts'
import { isPooled } from '../../runtime/long/bare.ts'
import { goesTogether } from '../../runtime/transaction/batch.ts'
import type { RevisionStep, StepMemory } from '../../runtime/types.ts'
import type { SqlTextRules } from '../../util/split-sql.ts'
import { Ancestry } from '../project/ancestry.ts'
import { noticeEdited } from '../project/edited.ts'
import type { Project } from '../project/project.ts'
import { scopeOf } from '../project/scope.ts'
import { liveSchema } from '../run/compile.ts'
import type { SchemaBefore } from '../run/compile.ts'
import { plannedSteps, remembered } from '../run/planned.ts'
import { planFault } from './faults.ts'
import { touchesSession } from './touches-session.ts'
import { refuseHazards } from '../run/refuse-hazards.ts'
import { stepsTo } from '../run/steps.ts'
import type { MoveDirection } from '../run/types.ts'

/** Where the steps of a target run. */
export interface Place {
  readonly target: Target
  readonly lent: Lent
  readonly dialect: Dialect
  readonly serverVersion: number | undefined
  readonly capabilities: Capabilities
  /** Search path of the target; undefined: the connection's own. */
  readonly path: readonly string[] | undefined
}

export interface PlanOptions {
  /** With `schemas` set as such a target needs them. */
  readonly projectOf: (target: Target) => Project
  readonly direction: MoveDirection
  readonly goal: string
  readonly allow: readonly string[]
  /** Checksums of the revision files. */
  readonly files: ReadonlyMap<string, string> | undefined
}

/** A fleet where every target has a history of its own must not fill the memory. */
const most = 64

export class Plans {
  readonly #options: PlanOptions
  readonly #shared = new Map<string, Promise<SharedPlan>>()

  constructor(options: PlanOptions) {
    this.#options = options
  }

  /** Throws VERSION.UNKNOWN_REVISION, REVISION.*, RUN.HAZARD. */
  async of(place: Place, state: TargetState): Promise<TargetPlan> {
    const key = keyOf(place, state)
    let plan = this.#shared.get(key)
    if (plan === undefined) {
      plan = SharedPlan.make(this.#options, place, state)
      if (this.#shared.size >= most) this.#shared.delete(this.#shared.keys().next().value!)
      this.#shared.set(key, plan)
      // After a failure for one target, the next one tries again.
      plan.catch(() => this.#shared.delete(key))
    }
    return plan
  }

  async known(place: Place, state: TargetState): Promise<TargetPlan | undefined> {
    return this.#shared.get(keyOf(place, state))?.catch(() => undefined)
  }
}

const keyOf = ({ dialect, serverVersion, capabilities, target }: Place, { heads, digest }: TargetState): string =>
  [
    dialect.name,
    serverVersion,
    JSON.stringify(capabilities),
    target.schema === undefined,
    heads.join(','),
    digest,
  ].join('|')

/** What is run on targets of one state. */
export interface TargetPlan {
  readonly empty: boolean
  /** With the statements, where these are the same for every target, run in one transaction each, and leave the session as it was. */
  readonly shared: readonly SharedStep[] | undefined
  stepsFor(place: Place): readonly RevisionStep[]
}

/** Arguments of a revision, which record whether they were read. */
class Arguments {
  read = false
  readonly args: Readonly<Record<string, unknown>>

  constructor({ id, schema, tags }: Target) {
    this.args = new Proxy(
      { target: id, ...(schema === undefined ? {} : { schema }), tags: tags ?? [] },
      {
        get: (object, key) => {
          this.read = true
          return Reflect.get(object, key) as unknown
        },
        ownKeys: (object) => {
          this.read = true
          return Reflect.ownKeys(object)
        },
      },
    )
  }
}

interface Compiled {
  readonly statements: readonly Statement[]
  /** The revision read the schema of the target for which it was compiled: each target needs its own statements. */
  readonly fromSchema: boolean
}

class SharedPlan implements TargetPlan {
  readonly #options: PlanOptions
  /** Whose arguments the revisions are given. */
  readonly #target: Target
  readonly #steps: readonly RunStep[]
  readonly #ancestry: Ancestry | undefined
  readonly #places = new WeakMap<Connection, Place>()
  readonly #compiled = new Map<number, Promise<Compiled>>()
  readonly #recorded = new Map<number, string>()
  readonly #arguments: Arguments
  /** Steps that asked which target it is. */
  readonly #asking = new Set<number>()
  #planned: readonly RevisionStep[] = []
  shared: readonly SharedStep[] | undefined
  /** The step that is being compiled has read the schema of the target; one at a time, so that it is known which. */
  #asked = false
  #last: Promise<unknown> = Promise.resolve()

  private constructor(options: PlanOptions, target: Target, steps: readonly RunStep[], ancestry: Ancestry | undefined) {
    this.#options = options
    this.#target = target
    this.#arguments = new Arguments(target)
    this.#steps = steps
    this.#ancestry = ancestry
  }

  static async make(options: PlanOptions, place: Place, state: TargetState): Promise<SharedPlan> {
    const project = options.projectOf(place.target)
    checkRows(project.graph(), state.heads)
    const steps = await stepsTo(project, options.direction, state.heads, options.goal)
    const { edited, hazards } = project.settings
    const ancestry =
      edited === 'ignore' ? undefined : new Ancestry(project.graph(), await state.records(), options.files)
    if (ancestry !== undefined) await noticeEdited(project, state.heads, ancestry)
    const plan = new SharedPlan(options, place.target, steps, ancestry)
    plan.#planned = await plan.#plan(place, plan.#arguments, () => (plan.#asked = true))
    await plan.#load()
    const refuses = hazards === 'refuse-both-ways' || (hazards === 'refuse' && options.direction === 'upgrade')
    if (refuses && steps.length > 0) {
      const { timeZone } = place.dialect.session
      const zone = timeZone === undefined ? undefined : (await place.lent.connection.values(timeZone))[0]?.[0]
      await refuseHazards(
        {
          project,
          dialect: place.dialect,
          offline: false,
          serverVersion: place.serverVersion,
          capabilities: place.capabilities,
          timeZone: zone ?? undefined,
          args: plan.#arguments.args,
        },
        options.direction,
        steps.map((s) => s.revision),
        plan.#live(place, () => {}),
        options.allow,
      )
    }
    plan.shared = await plan.#share(place.dialect.session.text)
    return plan
  }

  get empty(): boolean {
    return this.#steps.length === 0
  }

  async #share(text: SqlTextRules | undefined): Promise<readonly SharedStep[] | undefined> {
    const shared: SharedStep[] = []
    for (const [i, step] of this.#planned.entries()) {
      const statements = this.#asking.has(i) ? undefined : await step.ready!()
      if (statements === undefined || !goesTogether(statements) || statements.some((s) => touchesSession(s.sql, text)))
        return undefined
      const { checksum } = step
      shared.push({ step: { ...this.#common(i, step), ...(checksum === undefined ? {} : { checksum }) }, statements })
    }
    return shared
  }

  /** A file that does not load is told before any target is touched. One that asks which target it is may load for others. */
  async #load(): Promise<void> {
    for (const [i, step] of this.#planned.entries()) {
      try {
        await this.#alone(i, async () => step.prepare!())
      } catch (error) {
        if (this.#asking.has(i)) return
        throw planFault(error, true)
      }
    }
  }

  /** One at a time, so that it is known which step asked for what. */
  #alone<T>(i: number, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      this.#arguments.read = false
      try {
        return await work()
      } finally {
        if (this.#arguments.read) this.#asking.add(i)
      }
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  stepsFor(place: Place): readonly RevisionStep[] {
    this.#places.set(place.lent.connection, place)
    let own: Promise<readonly RevisionStep[]> | undefined
    const ownPlan = (): Promise<readonly RevisionStep[]> =>
      (own ??= this.#plan(place, new Arguments(place.target), () => {}))
    const text = place.dialect.session.text
    const readies = async (statements: readonly Statement[]): Promise<void> => {
      // Statements outside a transaction look up names by the session's path.
      if (statements.some((s) => s.transaction === 'alone')) await enter(place)
      if (statements.some((s) => s.run !== undefined || touchesSession(s.sql, text)))
        place.lent.changed(place.dialect.session.fleet?.cleanSession)
    }
    return this.#planned.map((shared, i) => ({
      ...this.#common(i, shared),
      get checksum() {
        return shared.checksum
      },
      recorded: async () => {
        const body = await this.#alone(i, async () => shared.recorded!())
        return this.#isFor(i, place.target) ? body : (await ownPlan())[i]!.recorded!()
      },
      statements: async (given, memory) => {
        let statements = await this.#statements(i, place.target, given, memory)
        statements ??= await (await ownPlan())[i]!.statements!(given, memory)
        await readies(statements)
        return statements
      },
      resumes: readies,
    }))
  }

  #common(i: number, shared: RevisionStep): Omit<RevisionStep, 'checksum'> {
    const { revision, direction, message, down, edits } = shared
    return {
      revision,
      direction,
      message,
      down,
      edits,
      ...(shared.recordedAs === undefined ? {} : { recordedAs: () => this.#recordedAs(i, shared) }),
    }
  }

  /** Of the step for all targets, or undefined where each target needs its own. */
  async #statements(
    i: number,
    target: Target,
    given: Connection | undefined,
    memory: StepMemory | undefined,
  ): Promise<readonly Statement[] | undefined> {
    const before = this.#compiled.get(i)
    if (before !== undefined) {
      const known = await before.catch(() => undefined)
      return known?.fromSchema === false && !this.#asking.has(i) ? known.statements : undefined
    }
    const compiled = this.#alone(i, async () => this.#compile(i, given, memory))
    this.#compiled.set(i, compiled)
    compiled.catch(() => this.#compiled.delete(i))
    try {
      const { statements } = await compiled
      return this.#isFor(i, target) ? statements : undefined
    } catch (error) {
      if (this.#isFor(i, target)) throw error
      return undefined
    }
  }
  /** What was made with the arguments of one target is not for another, whichever of them came first. */
  #isFor(i: number, target: Target): boolean {
    return target === this.#target || !this.#asking.has(i)
  }

  async #compile(i: number, given: Connection | undefined, memory: StepMemory | undefined): Promise<Compiled> {
    this.#asked = false
    const statements = await this.#planned[i]!.statements!(given, memory)
    return { statements, fromSchema: this.#asked }
  }

  async #plan(place: Place, { args }: Arguments, asked: () => void): Promise<readonly RevisionStep[]> {
    const { projectOf, direction } = this.#options
    const project = projectOf(place.target)
    return plannedSteps(this.#steps, {
      request: {
        project,
        capabilities: place.capabilities,
        dialect: place.dialect,
        offline: false,
        serverVersion: place.serverVersion,
      },
      direction,
      args,
      ancestry: this.#ancestry,
      before: (given, memory) => remembered(this.#live(this.#places.get(given!) ?? place, asked), memory),
    })
  }

  #live(place: Place, asked: () => void): SchemaBefore {
    return async () => {
      asked()
      await enter(place)
      const project = this.#options.projectOf(place.target)
      return liveSchema(place.dialect, place.lent.connection, scopeOf(project))()
    }
  }

  /** The same history and the same steps give the same record. */
  #recordedAs(i: number, shared: RevisionStep): string {
    const known = this.#recorded.get(i) ?? shared.recordedAs!()
    this.#recorded.set(i, known)
    return known
  }
}

/** Sets the session's search path to the target's, until the session is cleaned. Throws DATABASE.CONNECT. */
export async function enter({
  target,
  lent,
  path,
  dialect,
}: Omit<Place, 'serverVersion' | 'capabilities'>): Promise<void> {
  if (path === undefined) return
  const { connection } = lent
  if (await isPooled(connection, dialect))
    throw new AmbixError(
      'DATABASE.CONNECT',
      `The target ${target.id} needs a session of its own, and a pooler is between`,
      {
        why: 'What is read or run outside of a transaction finds the schema of the target by the search path of the session. Through a pooler that shares connections the setting would reach other clients, and not these statements.',
        next: ['Connect to the server itself for migrations'],
        data: { target: target.id },
      },
    )
  lent.changed(dialect.session.fleet?.cleanSession)
  await connection.script(dialect.session.fleet!.sessionPath(path))
}
