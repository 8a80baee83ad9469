/** The table of PostgreSQL's handlers, one for every kind of operation, and compile over it. */
import type { Operation } from '../../../operations/kinds.ts'
import type { Schema } from '../../../schema/model.ts'
import type { CompileOptions, Handlers, Statement } from '../../dialect.ts'
import { compileWith } from '../../shared/compile.ts'
import { columnHandlers } from './columns.ts'
import { constraintHandlers, indexHandlers } from './constraints.ts'
import { dataHandlers } from './data.ts'
import { enumHandlers } from './enums.ts'
import { objectHandlers } from './objects.ts'
import { routineHandlers } from './routines.ts'
import { tableHandlers } from './tables.ts'
import { sequenceHandlers, typeHandlers } from './types.ts'
import { viewHandlers } from './views.ts'
import { hazardsIn } from '../hazards/hazards.ts'
import { lockOf } from '../hazards/locks.ts'
import { withLongLocks } from '../hazards/long-locks.ts'
import { boundProven, retyped } from '../hazards/retyped.ts'

export const handlers: Handlers = {
  ...tableHandlers,
  ...columnHandlers,
  ...constraintHandlers,
  ...indexHandlers,
  ...enumHandlers,
  ...sequenceHandlers,
  ...typeHandlers,
  ...viewHandlers,
  ...routineHandlers,
  ...objectHandlers,
  ...dataHandlers,
}

const raw = { lockOf, retyped, provenBound: boundProven, nameBytes: 63 }

/** The statements of a list of operations. Throws OPERATION.UNSUPPORTED and OPERATION.OFFLINE. */
export function compile(
  ops: readonly Operation[],
  before: Schema | undefined,
  options: CompileOptions,
): readonly Statement[] {
  const statements = compileWith(
    {
      dialect: 'postgres',
      handlers,
      hazards: hazardsIn,
      among: withLongLocks,
      raw,
      // Tested on 15 and 18: the older refuses a label that was added to a type of the same transaction, the newer accepts it.
      freshTypeTakesLabels: ({ serverVersion }) => serverVersion !== undefined && serverVersion >= 18,
    },
    ops,
    before,
    options,
  )
  return withoutBodyChecks(statements)
}

/**
 * Bodies that PostgreSQL has stored may be invalid today: what they name may be dropped, be created later, or
 * be found by a search_path of their own. As in pg_dump, they are not checked while they are created.
 */
function withoutBodyChecks(statements: readonly Statement[]): readonly Statement[] {
  let off = false
  return statements.flatMap((statement): readonly Statement[] => {
    const { source, transaction } = statement
    const makes = source.kind === 'createFunction' || source.kind === 'replaceFunction'
    const set = makes && !off && transaction !== 'alone' && source.routine.routineKind !== 'aggregate'
    off = transaction === 'inside' && (off || set)
    return set
      ? [{ sql: 'SET LOCAL check_function_bodies = off', transaction: 'inside', hazards: [], source }, statement]
      : [statement]
  })
}
