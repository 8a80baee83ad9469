/** Runs a task on every target of a fleet: limited, shared with other runners, resumed where a run was interrupted. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../../config/config.ts'
import type { FleetResult } from '../../dialects/dialect.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import type { NextAction } from '../../errors.ts'
import type { FleetState, RunKey } from '../../runtime/fleet/state.ts'
import { messageOf, redact } from '../../util/redact.ts'
import { PlanFault, Unplanned } from './faults.ts'
import type { Stage } from './stages.ts'
import type { TargetReader } from './targets.ts'

export interface TargetOutcome {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly applied: readonly string[]
}

export type FleetEvent =
  | {
      readonly event: 'run'
      readonly run: number
      readonly command: string
      readonly goal: string
      readonly resumed: boolean
      readonly total?: number
    }
  | { readonly event: 'stage'; readonly stage: string }
  | { readonly event: 'waiting'; readonly others: number }
  | ({ readonly event: 'target'; readonly target: string; readonly attempt: number; readonly ms: number } & (
      | ({ readonly status: 'done' } & TargetOutcome)
      | { readonly status: 'failed'; readonly error: TargetError }
    ))

export interface TargetError {
  readonly code: string
  readonly message: string
  readonly why?: string
  readonly next?: readonly NextAction[]
}

export interface FleetSummary {
  readonly run: number
  readonly command: string
  readonly goal: string
  /** True where another runner, or an earlier interrupted one, had begun the run. */
  readonly resumed: boolean
  /** Of the whole run, by all runners. */
  readonly done: number
  readonly failed: number
  /** Targets that were not begun: of another stage, or after the run stopped. */
  readonly left: number
  /** Why the run stopped before its end. */
  readonly stopped?: string
  readonly ms: number
}

export interface ManyOptions {
  readonly state: FleetState
  readonly reader: TargetReader
  readonly key: RunKey
  readonly stages: readonly Stage[]
  readonly parallel: number
  readonly restart: boolean
  /** Begin no further target after so many failures; absent: 1 between stages, else no limit. */
  readonly maxFailures?: number
  readonly signal?: AbortSignal
  readonly onEvent: (event: FleetEvent) => void
  /**
   * Runs the task on the targets of one page; passes each result or error to `settle`. A target that is due when `begins` is
   * false is settled with `NotBegun`.
   */
  readonly work: (
    targets: readonly Target[],
    settle: (target: Target, result: TargetOutcome | Error) => void,
    begins: () => boolean,
  ) => Promise<void>
}

/**
 * A page is claimed and read in one round trip each. Slow tasks are claimed in small pages, so that two runners share a
 * fleet evenly to its end; fast ones in larger pages.
 */
const smallPage = (parallel: number): number => Math.min(Math.max(parallel * 4, 16), 256)
const largePage = (parallel: number): number => Math.min(parallel * 16, 256)
/** A timer of more than 24 days fires at once. */
const longestBeat = 3_600_000
/** Milliseconds in which a small page counts as fast. */
const soon = 1000

/** Throws FLEET.CONTROL, FLEET.TARGETS, RUN.INTERRUPTED. */
export async function runMany(options: ManyOptions): Promise<FleetSummary> {
  return new Many(options).go()
}

class Many {
  readonly #options: ManyOptions
  readonly #began = performance.now()
  /** With what is told of each once it is recorded: a runner that is killed has told nothing that the next one does again. */
  readonly #results: { readonly result: FleetResult; readonly event?: FleetEvent }[] = []
  readonly #tasks = new Set<Promise<void>>()
  #outstanding = 0
  #settled = 0
  #wake: () => void = () => {}
  #failed = 0
  #stopped: string | undefined
  #broken: { readonly error: unknown } | undefined
  readonly #unplanned = new Unplanned()
  #flushing: Promise<void> = Promise.resolve()
  #lastFlush = performance.now()

  constructor(options: ManyOptions) {
    this.#options = options
  }

  async go(): Promise<FleetSummary> {
    const { state, key, restart, reader, onEvent, stages } = this.#options
    const { resumed } = await state.join(key, restart)
    const beat = setInterval(() => void state.renew().catch(this.#breaks), Math.min(state.leaseMs / 3, longestBeat))
    const flushes = setInterval(() => void this.#flush(), 200)
    try {
      if (resumed && ((await state.counts()).get('done') ?? 0) > 0) this.#unplanned.close()
      const total = await reader.total()
      onEvent({ event: 'run', run: state.run, ...key, resumed, ...(total === undefined ? {} : { total }) })
      for (const [i, stage] of stages.entries()) {
        if (stage.name !== '') onEvent({ event: 'stage', stage: stage.name })
        await this.#stage(stage)
        if (this.#over) break
        if (stages.length > 1 && i < stages.length - 1) await this.#gate(stage)
        if (this.#over) break
      }
    } catch (error) {
      // Of the source of the targets, or a listener: the run is let go of, as by any other end.
      this.#breaks(error)
    } finally {
      await Promise.all(this.#tasks)
      this.#unplanned.close()
      clearInterval(beat)
      clearInterval(flushes)
      await this.#flush()
    }
    if (this.#broken !== undefined) {
      if (!this.#lost) await state.end(false).catch(() => {})
      throw this.#broken.error
    }
    return this.#end(resumed)
  }

  get #over(): boolean {
    return this.#stopped !== undefined || this.#broken !== undefined || this.#options.signal?.aborted === true
  }

  /** Without its control database the runner records nothing further. */
  get #lost(): boolean {
    return isAmbixError(this.#broken?.error, 'FLEET.CONTROL')
  }

  readonly #breaks = (error: unknown): void => {
    this.#broken ??= { error }
    this.#wake()
  }

  /** Passes over the targets until none of the stage can be claimed, and no runner works on one. */
  async #stage(stage: Stage): Promise<void> {
    const { state, reader, onEvent } = this.#options
    for (;;) {
      const claimed = await this.#pass(stage)
      await Promise.all(this.#tasks)
      await this.#flush()
      if (this.#over) return
      let told = false
      for (let pause = 50; ; pause = Math.min(pause * 1.6, 1000)) {
        const { others, free } = await state.holders()
        const pending = (await state.counts()).get('pending') ?? 0
        if (!reader.again || (others === 0 && (free + pending === 0 || claimed === 0))) return
        if (free + pending > 0 && (claimed > 0 || told)) break
        if (!told) onEvent({ event: 'waiting', others })
        told = true
        await sleep(pause, undefined, { signal: this.#options.signal }).catch(() => {})
        if (this.#over) return
      }
    }
  }

  /** Returns how many were claimed. */
  async #pass(stage: Stage): Promise<number> {
    const { state, reader, parallel } = this.#options
    let [count, read, had] = [0, 0, 0]
    for await (const page of reader.pages(() => this.#pageSize())) {
      while (this.#outstanding > Math.max(parallel * 2, this.#pageSize() - parallel * 2) && !this.#over)
        await new Promise<void>((go) => (this.#wake = go))
      if (this.#over) break
      const wanted = page.filter((target) => stage.has(target))
      read += page.length
      had += wanted.length
      const claimed = new Map((await state.claim(wanted.map((t) => t.id))).map((c) => [c.target, c.attempt]))
      count += claimed.size
      this.#begin(
        wanted.filter((t) => claimed.has(t.id)),
        claimed,
      )
    }
    if (stage.tag && read > 0 && had === 0 && !this.#over) throw noneHas(stage)
    return count
  }

  #pageSize(): number {
    const { parallel } = this.#options
    const small = smallPage(parallel)
    const each = (performance.now() - this.#began) / this.#settled
    return this.#settled >= small && each * small < soon ? largePage(parallel) : small
  }

  #begin(targets: readonly Target[], attempts: ReadonlyMap<string, number>): void {
    if (targets.length === 0) return
    this.#outstanding += targets.length
    const began = performance.now()
    const settle = (target: Target, result: TargetOutcome | Error): void => {
      this.#outstanding--
      this.#settled++
      this.#settle(target, result, attempts.get(target.id)!, performance.now() - began)
      this.#wake()
    }
    const page = async (): Promise<void> => {
      await this.#options.work(targets, settle, () => !this.#over)
      const fault = this.#unplanned.common()
      if (fault !== undefined) throw fault
    }
    const task = page()
      .catch(this.#breaks)
      .finally(() => this.#tasks.delete(task))
    this.#tasks.add(task)
  }

  #settle(target: Target, result: TargetOutcome | Error, attempt: number, ms: number): void {
    const { id } = target
    const { maxFailures } = this.#options
    if (result instanceof Error || isAmbixError(result)) {
      if (result instanceof PlanFault) {
        if (result.ofFiles) this.#breaks(result.cause)
        const waits = (): boolean => this.#unplanned.add(result.cause, () => this.#settle(target, result, attempt, ms))
        if (this.#broken === undefined && waits()) return
      } else if (!(result instanceof NotBegun)) this.#unplanned.close()
      const untouched = result instanceof NotBegun || (result instanceof PlanFault && this.#broken !== undefined)
      if (untouched || isAmbixError(result, 'RUN.INTERRUPTED'))
        return void this.#results.push({ result: { target: id, status: 'pending' } })
      const error = toldOf(result instanceof PlanFault ? result.cause : result)
      this.#failed++
      const words = `[${error.code}] ${error.message}${error.why === undefined ? '' : `\n${error.why}`}`
      this.#results.push({
        result: { target: id, status: 'failed', error: words.slice(0, 4000) },
        event: { event: 'target', target: id, status: 'failed', attempt, ms: Math.round(ms), error },
      })
      if (maxFailures !== undefined && this.#failed >= maxFailures) this.#stop(maxFailures)
      return
    }
    const { from, to, applied } = result
    this.#unplanned.close()
    this.#results.push({
      result: { target: id, status: 'done', from: from.join(','), to: to.join(',') },
      event: { event: 'target', target: id, status: 'done', attempt, ms: Math.round(ms), from, to, applied },
    })
    if (this.#results.length >= 64) void this.#flush()
  }

  #stop(failures: number): void {
    this.#stopped ??= `${failures} target${failures === 1 ? '' : 's'} failed (--max-failures ${failures})`
  }

  /** Between stages: failures in this run, of any runner, stop it. */
  async #gate(stage: Stage): Promise<void> {
    const failed = (await this.#options.state.counts()).get('failed') ?? 0
    if (failed >= (this.#options.maxFailures ?? 1))
      this.#stopped ??= `${failed} target${failed === 1 ? '' : 's'} failed in the stage ${stage.name}`
  }

  #flush(): Promise<void> {
    const before = this.#flushing
    this.#flushing = (async () => {
      await before
      const results = this.#results.splice(0)
      if (results.length === 0 || this.#lost) return
      try {
        await this.#options.state.record(results.map(({ result }) => result))
        for (const { event } of results) if (event !== undefined) this.#options.onEvent(event)
        const { maxFailures, state } = this.#options
        if (maxFailures === undefined || performance.now() - this.#lastFlush < 500) return
        this.#lastFlush = performance.now()
        if (((await state.counts()).get('failed') ?? 0) >= maxFailures) this.#stop(maxFailures)
      } catch (error) {
        this.#breaks(error)
      }
    })()
    return this.#flushing
  }

  async #end(resumed: boolean): Promise<FleetSummary> {
    const { state, key, stages, signal } = this.#options
    const counts = await state.counts()
    const count = (status: string): number => counts.get(status) ?? 0
    const whole = stages.some((stage) => stage.all) && this.#stopped === undefined && signal?.aborted !== true
    await state.end(whole && count('failed') === 0 && count('running') === 0)
    if (signal?.aborted === true)
      throw new AmbixError('RUN.INTERRUPTED', 'The run of the fleet was interrupted', {
        why: `${count('done')} targets are done${count('failed') === 0 ? '' : `, ${count('failed')} failed`}; those at work were rolled back.`,
        next: ['Run the same command again: it goes on where it was'],
        data: { run: state.run, done: count('done'), failed: count('failed') },
      })
    return {
      run: state.run,
      ...key,
      resumed,
      done: count('done'),
      failed: count('failed'),
      left: count('pending') + count('running'),
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
      ms: Math.round(performance.now() - this.#began),
    }
  }
}

/** Misspelled, it would let the next stage begin with nothing tried. */
const noneHas = ({ name }: Stage): AmbixError =>
  new AmbixError('FLEET.TARGETS', `No target has the tag ${name}, which --stages names`, {
    next: ['Look at the `tags` of the targets, or leave the stage out'],
  })

/** The run stopped before this target was begun. */
export class NotBegun extends Error {}

const redactedAction = ({ text, command }: NextAction): NextAction => ({
  text: redact(text),
  ...(command === undefined ? {} : { command: redact(command) }),
})

/** The error as plain text, without passwords. */
export function toldOf(error: unknown): TargetError {
  if (!isAmbixError(error)) return { code: 'INTERNAL', message: messageOf(error) }
  return {
    code: error.code,
    message: redact(error.message),
    ...(error.why === undefined ? {} : { why: redact(error.why) }),
    ...(error.next.length === 0 ? {} : { next: error.next.map(redactedAction) }),
  }
}
