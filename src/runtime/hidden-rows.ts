/** A statement of a revision from which row level security would hide rows that it must see. */
import type { Statement } from '../dialects/dialect.ts'
import { hiddenRows } from '../util/hidden-rows.ts'
import type { ServerError } from '../drivers/driver.ts'
import type { AmbixError } from '../errors.ts'
import { excerpt, whatStays } from './failure.ts'
import type { AppliedStep, RevisionStep } from './types.ts'

interface At {
  readonly step: RevisionStep
  readonly applied: readonly AppliedStep[]
  readonly kept?: readonly string[] | undefined
}

/** DATABASE.ROWS_HIDDEN for a statement of a revision. */
export function rowsHidden(said: ServerError, statement: Statement | undefined, at: At): AmbixError {
  const of = statement === undefined ? '' : `op.${statement.source.kind} of `
  return hiddenRows(`${of}revision ${at.step.revision} must see all rows, and the role may not: ${said.message}`, {
    why: whatStays(at.applied, at.step, at.kept),
    sql: statement === undefined ? '' : excerpt(statement.sql, undefined),
    data: { revision: at.step.revision, direction: at.step.direction, server: said },
  })
}
