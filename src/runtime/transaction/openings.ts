/** What the transactions of a run begin with, and the tables of ambix's own that the first of them makes or widens. */
import { creations, guardOf, longestVersion } from '../history.ts'
import type { Inspection, RevisionStep, RunOptions } from '../types.ts'
import type { Opening, Session } from './parts.ts'

interface Run {
  readonly options: Pick<RunOptions, 'dialect'>
  readonly session: Session
  readonly heads: readonly string[]
  seen: Inspection
}

export class Openings {
  readonly #run: Run
  /** Whether the last prepared statements widen the version column. */
  #widening = false

  constructor(run: Run) {
    this.#run = run
  }

  /** Statements that create or widen tables before these steps can be recorded; `made` once they are committed. */
  make(steps: readonly RevisionStep[]): readonly string[] {
    const { session, seen, options } = this.#run
    const made = creations(options.dialect, session.book, seen)
    const widen =
      seen.width !== undefined && longestVersion(steps) > seen.width
        ? options.dialect.session.bookkeeping.widenVersion(session.book.version)
        : undefined
    this.#widening = widen !== undefined
    return widen === undefined ? made : [...made, widen]
  }

  of(steps: readonly RevisionStep[]): Opening {
    const { session, seen, options, heads } = this.#run
    return {
      lock: true,
      heads,
      prepare: this.make(steps),
      guard: guardOf(options.dialect, session.book, seen),
      ...(seen.held === 'tables' ? { brief: true } : {}),
      begun: session.book.begun(0, seen.journal),
    }
  }

  made(): void {
    const { seen } = this.#run
    this.#run.seen = {
      ...seen,
      version: true,
      history: true,
      // A column that was not widened is as narrow as before.
      ...(seen.width === undefined || !this.#widening ? {} : { width: Math.max(seen.width, 255) }),
    }
    this.#widening = false
  }
}
