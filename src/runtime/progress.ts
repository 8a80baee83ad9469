/** How far a run has got: its plan, the steps that are done, the heads after them; and what is told of it. */
import { headsAfter } from './history.ts'
import type { AppliedStep, EventMore, RevisionStep, RunOptions, RunResult, StepEvent } from './types.ts'

export class Progress {
  readonly applied: AppliedStep[]
  heads: readonly string[]
  steps: readonly RevisionStep[]
  /** The next step's place in the plan. */
  at = 0
  readonly #onStep: RunOptions['onStep']
  readonly #from: readonly string[]
  #replanned = false
  /** Steps that were done before the run was planned again. */
  #before = 0
  #places: ReadonlyMap<RevisionStep, number>

  constructor(
    { onStep, applied }: Pick<RunOptions, 'onStep' | 'applied'>,
    heads: readonly string[],
    steps: readonly RevisionStep[],
  ) {
    this.#onStep = onStep
    this.applied = [...(applied ?? [])]
    this.#from = heads
    this.heads = heads
    this.steps = steps
    this.#places = placesOf(steps)
  }

  get result(): RunResult {
    return { applied: this.applied, from: this.#from, heads: this.heads, replanned: this.#replanned }
  }

  replan(heads: readonly string[], steps: readonly RevisionStep[]): void {
    this.#replanned = true
    this.#before = this.applied.length
    this.heads = heads
    this.steps = steps
    this.#places = placesOf(steps)
    this.at = 0
  }

  /** The next step is committed. */
  done(step: RevisionStep, ms: number): void {
    this.heads = headsAfter(this.heads, step)
    this.applied.push({ revision: step.revision, direction: step.direction, message: step.message, ms })
    this.at++
    this.emit(step, 'done', ms)
  }

  /** Steps that were committed together: each is told, also after a listener has thrown. */
  settle(steps: readonly { readonly step: RevisionStep; readonly ms: number }[]): void {
    let thrown: { readonly error: unknown } | undefined
    for (const { step, ms } of steps)
      try {
        this.done(step, ms)
      } catch (error) {
        thrown ??= { error }
      }
    if (thrown !== undefined) throw thrown.error
  }

  /** What a listener throws then is not told: the failure is. */
  failed(step: RevisionStep, ms: number): void {
    try {
      this.emit(step, 'failed', ms)
    } catch {}
  }

  emit(step: RevisionStep, phase: StepEvent['phase'], ms: number, more: EventMore = {}): void {
    this.#onStep?.({
      revision: step.revision,
      direction: step.direction,
      message: step.message,
      down: step.down,
      phase,
      index: this.#before + this.#places.get(step)!,
      total: this.#before + this.steps.length,
      ms,
      ...more,
    })
  }
}

const placesOf = (steps: readonly RevisionStep[]): ReadonlyMap<RevisionStep, number> =>
  new Map(steps.map((step, at) => [step, at]))
