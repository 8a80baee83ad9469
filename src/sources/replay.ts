/** The schema that results from the revisions: folded from their operations, or run in a scratch database after raw SQL. */
import type { Statement } from '../dialects/dialect.ts'
import { AmbixError } from '../errors.ts'
import type { Operation } from '../operations/kinds.ts'
import { fold } from '../operations/operation.ts'
import { emptySchema } from '../schema/model.ts'
import { runStatements, StatementFailure } from '../util/run-statements.ts'
import type { SchemaSource } from './source.ts'
import { inScratch } from './target-name.ts'

export interface ReplayStep {
  readonly revision: string
  readonly operations: readonly Operation[]
}

/**
 * From recorded revisions, oldest first. Folding needs no database; where raw SQL or code is among the operations, the
 * whole is run in the scratch database and read back; with `run` always. Throws DATABASE.STATEMENT naming the revision, OPERATION.*.
 */
export function replaySource(
  load: () => Promise<readonly ReplayStep[]>,
  options: { readonly run?: boolean } = {},
): SchemaSource {
  let spelled = false
  return {
    name: 'the revisions',
    get spelled() {
      return spelled
    },
    unmanaged: [],
    read: async (context) => {
      const steps = await load()
      const folded =
        options.run === true
          ? undefined
          : fold(
              emptySchema,
              steps.flatMap((s) => s.operations),
            )
      if (folded?.blind === false) return folded.schema
      spelled = true
      const { dialect } = context
      const scratch = await context.scratch()
      const db = scratch.connection
      // Not in a transaction: what the statements set locally ends with each of them.
      const { bodiesLater } = dialect.session
      if (bodiesLater !== undefined) await db.script(bodiesLater)
      const database = await context.database?.()
      const there = (statement: Statement, revision: string): Statement => {
        const { sql, refused } = inScratch(statement.sql, context, database)
        if (refused === undefined) return sql === statement.sql ? statement : { ...statement, sql }
        throw new AmbixError('DATABASE.STATEMENT', `Revision ${revision} cannot be replayed in a scratch database`, {
          why: `${statement.sql}\n${refused}`,
          next: ['Leave out the name of the database in the revision: it is the one of `url`'],
          data: { revision },
        })
      }
      for (const step of steps) {
        const before = await dialect.reflect(db, context.scope)
        const statements = dialect.compile(step.operations, before, {
          offline: false,
          serverVersion: scratch.serverVersion,
        })
        try {
          for (const compiled of statements) {
            const statement = compiled.source.kind === 'execute' ? there(compiled, step.revision) : compiled
            // A user's function; statements of the dialect itself run under its settings.
            if (statement.run !== undefined && statement.around === undefined) await statement.run({ db })
            else await runStatements(db, dialect.session, [statement])
          }
        } catch (error) {
          if (!(error instanceof StatementFailure)) throw error
          const said = db.describeError(error.cause)
          throw new AmbixError(
            'DATABASE.STATEMENT',
            `Revision ${step.revision} cannot be replayed: ${said?.message ?? error.message}`,
            {
              why: error.statement.sql,
              next: ['Fix the revision: it must run from zero'],
              data: { revision: step.revision },
              cause: error,
            },
          )
        }
      }
      return dialect.reflect(db, context.scope)
    },
  }
}
