/** Options, progress events and results of upgrade and downgrade. */
import type { Statement } from '../../dialects/dialect.ts'
import type { AppliedStep, StepEvent } from '../../runtime/types.ts'
import type { CommonOptions } from '../project/project.ts'

export interface MoveOptions extends CommonOptions {
  /** Give the SQL instead of running it; nothing is connected to. */
  readonly sql?: boolean
  readonly tag?: string
  /** Tell what would run, with locks and hazards; reads the database, changes nothing. */
  readonly dryRun?: boolean
  /** Hazards to accept where the configuration refuses them: `DATA_LOSS:posts.body`. */
  readonly allow?: readonly string[]
  readonly onStep?: (event: StepEvent) => void
}

export interface PlannedRevision {
  readonly revision: string
  readonly message: string
  readonly statements: readonly Pick<Statement, 'sql' | 'transaction' | 'hazards'>[]
}

export interface MoveResult {
  /** The URL without its password; empty with `sql`. */
  readonly database: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly applied: readonly AppliedStep[]
  /** With `ifLocked: 'skip'`: another deployer was at work, and what was left was left to it. */
  readonly skipped?: true
  /** With `sql`. */
  readonly script?: string
  /** With `dryRun`. */
  readonly plan?: readonly PlannedRevision[]
}

export type MoveDirection = 'upgrade' | 'downgrade'
