/** The differences that `check` finds, as operations and as SQL, both ways; nothing is written. */
import type { ConfigInput } from '../config/load.ts'
import type { Hazard, SessionSql, Statement } from '../dialects/dialect.ts'
import type { Hint } from '../diff/model/types.ts'
import type { Operation } from '../operations/kinds.ts'
import { plainStrings } from '../runtime/session-settings.ts'
import { compare } from './autogenerate/compare.ts'
import { remarksOf } from './autogenerate/remarks.ts'
import { inEnvironment } from './project/environment.ts'
import { withProject } from './project/project.ts'
import type { Project } from './project/project.ts'
import type { CommonOptions } from './project/project.ts'
import { checkKnown, readRows } from './project/state.ts'
import { readHints } from './autogenerate/read-hints.ts'
import { decisionNeeded } from './revision.ts'

export interface DiffOptions extends CommonOptions {
  readonly hints?: readonly Hint[] | string
}

export interface DiffDirection {
  readonly operations: readonly Operation[]
  /** One statement each, without its semicolon; a comment line `--` comes before the statement that it is about. */
  readonly sql: readonly string[]
  readonly hazards: readonly Hazard[]
}

export interface DiffResult {
  readonly database: string
  /** From the database to the schema, and back. */
  readonly upgrade: DiffDirection
  readonly downgrade: DiffDirection
  readonly notes: readonly string[]
}

/** Throws DIFF.DECISION_NEEDED with the decisions (exit 2), DIFF.REFUSED, SCHEMA.*, DATABASE.*, VERSION.UNKNOWN_REVISION. */
export async function diffDatabase(config?: ConfigInput, options: DiffOptions = {}): Promise<DiffResult[]> {
  const compared = async (project: Project): Promise<DiffResult[]> =>
    inEnvironment(project, {}, async ({ project: run, configured }) => {
      await checkKnown(run, await readRows(run))
      const comparison = await compare(run, { hints: readHints(options.hints), askRows: true, configured })
      try {
        const { difference, dialect, current, wished, serverVersion } = comparison
        if (difference.decisions.length > 0) throw decisionNeeded(difference.decisions)
        const compiled = { offline: true, serverVersion, handlers: run.settings.handlers?.[dialect.name] }
        return {
          database: (await run.session()).shownUrl,
          upgrade: directionOf(
            dialect.session,
            difference.upgrade,
            dialect.compile(difference.upgrade, current, compiled),
          ),
          downgrade: directionOf(
            dialect.session,
            difference.downgrade,
            dialect.compile(difference.downgrade, wished, compiled),
          ),
          notes: difference.notes,
        }
      } finally {
        await comparison.close()
      }
    })
  // A schema can be compared before there is a revision.
  return withProject(config, options, compared, { newFolders: 'default' })
}

function directionOf(
  session: SessionSql,
  operations: readonly Operation[],
  statements: readonly Statement[],
): DiffDirection {
  const remarks = remarksOf(operations, statements)
  const told = new Set<Operation>()
  const sql = statements.map(({ source, sql: text }) => {
    const above = told.has(source) ? [] : (remarks[operations.indexOf(source)] ?? [])
    told.add(source)
    return [...above.map((line) => `-- ${line.replaceAll(/\s+/g, ' ')}`), text].join('\n')
  })
  const texts = statements.map((s) => s.sql)
  return { operations, sql: [...plainStrings(session, texts), ...sql], hazards: statements.flatMap((s) => s.hazards) }
}
