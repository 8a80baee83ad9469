/** What steps remember of the schema that they met, where a revision that fails leaves something behind. */
import type { RevisionStep, StepMemory } from '../types.ts'
import type { Run } from './journal.ts'

export class Memories {
  readonly #run: Run
  readonly #kept = new Map<RevisionStep, string>()

  constructor(run: Run) {
    this.#run = run
  }

  /** Absent where a revision that fails leaves nothing behind. */
  of(step: RevisionStep): StepMemory | undefined {
    const { connection, dialect } = this.#run.options
    if (dialect.session.bookkeeping.remembers !== true) return undefined
    return {
      recall: async () => {
        if (!this.#run.seen.journal) return undefined
        const [row] = await connection.values(this.#run.session.book.recallMemory(step.revision, step.direction))
        return row?.[0] ?? undefined
      },
      keep: (text) => void this.#kept.set(step, text),
    }
  }

  kept(step: RevisionStep): string | undefined {
    return this.#kept.get(step)
  }
}
