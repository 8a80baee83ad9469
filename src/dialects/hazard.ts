/** What is said of a statement before it runs. */
import type { Operation } from '../operations/kinds.ts'

/** A danger of a statement, allowed by name (`--allow CODE:object`). */
export interface Hazard {
  /** As docs/safety.md lists them. */
  readonly code: string
  readonly object: string
  readonly message: string
  /** The table lock that the statement takes, by the manual's name (PostgreSQL, 13.3): `ACCESS EXCLUSIVE`. */
  readonly lock?: string
}

/** What is not dangerous to run and often regretted: `ambix lint --style`. */
export interface Advice {
  readonly source: Operation
  readonly hazard: Hazard
}
