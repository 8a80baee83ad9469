/** From a revision to statements: recorded, completed with what only the schema before can tell, compiled. */
import { append } from '../../util/append.ts'
import type { Capabilities, Dialect, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { Operation } from '../../operations/kinds.ts'
import { passWritten } from '../../util/written-at.ts'
import { namedAsIn } from '../../operations/default-schema.ts'
import { needsSchemaBefore } from '../../operations/needs-before.ts'
import { fold } from '../../operations/operation.ts'
import { emptySchema } from '../../schema/model.ts'
import type { Schema } from '../../schema/model.ts'
import type { Project } from '../project/project.ts'

export interface CompileRequest {
  readonly project: Project
  readonly dialect: Dialect
  readonly offline: boolean
  readonly serverVersion?: number
  /** Absent: all that the dialect's own server can do. */
  readonly capabilities?: Capabilities
  readonly timeZone?: string
}

/** The operations of all revisions up to this one, oldest first: read only where a table or column is dropped by hand. */
export type History = () => Promise<readonly Operation[]>

/** The schema before a revision, read only when an operation needs it: live, or folded offline. */
export type SchemaBefore = () => Promise<Schema>

/**
 * Statements of recorded operations, for one revision in one direction. `known` is the schema before, for hazards: it shows the
 * cost of a statement even where the statement is compiled without it. Throws OPERATION.UNSUPPORTED, and
 * the errors of reading the schema.
 */
export async function compileOperations(
  request: CompileRequest,
  recorded: readonly Operation[],
  before: SchemaBefore,
  history?: History,
  known?: Schema,
): Promise<readonly Statement[]> {
  const { dialect } = request
  const { settings } = request.project
  const { capabilities = settings.raw.capabilities } = request
  const plain = capabilities?.concurrentIndex === false ? recorded.map(withoutConcurrently) : recorded
  const own = besideTheVersionTable(plain, settings.versionTableSchema)
  const all = await withLeftovers(own, history)
  const { operations, schema } =
    dialect.needsBefore === undefined
      ? await complete(all, before)
      : { operations: all, schema: dialect.needsBefore(all) ? await named(dialect, before, history) : undefined }
  const options = {
    offline: request.offline,
    serverVersion: request.serverVersion,
    timeZone: request.timeZone,
    handlers: settings.handlers?.[dialect.name],
  }
  const blind = dialect.compile(operations, schema, options)
  const statements =
    known === undefined || schema !== undefined
      ? blind
      : withHazards(blind, dialect.compile(operations, known, options))
  if (capabilities?.transactionalDdl === false) return statements.map(byItself)
  return settings.transactionalDdl === false
    ? statements.map((s) => (s.transaction === 'alone' ? s : { ...s, transaction: 'alone', own: true }))
    : statements
}

const rows = /^\s*(?:insert|update|delete|merge|with|select)\b/i

/** DDL commits by itself there, whatever transaction it is in: its journal row cannot be in the same one. */
function byItself(statement: Statement): Statement {
  if (statement.transaction === 'alone') return statement
  const own = statement.run !== undefined || rows.test(statement.sql)
  return { ...statement, transaction: 'alone', ...(own ? { own } : {}) }
}

/** The server builds indexes online by default, or cannot. */
function withoutConcurrently(op: Operation): Operation {
  if ((op.kind !== 'createIndex' && op.kind !== 'dropIndex') || op.concurrently !== true) return op
  return passWritten(op, [{ ...op, concurrently: false }])[0]!
}

/** The statements as they will run, with the hazards of the same statements compiled with the schema. */
function withHazards(statements: readonly Statement[], informed: readonly Statement[]): readonly Statement[] {
  const same = statements.length === informed.length && statements.every((s, i) => s.sql === informed[i]!.sql)
  return same ? statements.map((s, i) => ({ ...s, hazards: informed[i]!.hazards })) : statements
}

/**
 * The version table is created before the first revision and remains after the last: the schema that contains it exists when a
 * revision creates it, and is kept when a revision drops it.
 */
function besideTheVersionTable(recorded: readonly Operation[], schema: string | undefined): readonly Operation[] {
  if (schema === undefined) return recorded
  return recorded.flatMap((op): readonly Operation[] => {
    if (op.kind === 'createSchema' && op.schema.name === schema) return passWritten(op, [{ ...op, ifNotExists: true }])
    return op.kind === 'dropSchema' && op.name === schema ? [] : [op]
  })
}

/** Adds drops for the enums that were declared with a table or column that a hand-written operation drops. */
async function withLeftovers(
  recorded: readonly Operation[],
  history: History | undefined,
): Promise<readonly Operation[]> {
  if (
    history === undefined ||
    !recorded.some((op) => (op.kind === 'dropTable' || op.kind === 'dropColumn') && op.definition === undefined)
  )
    return recorded
  const { leftoverEnums } = await import('./leftover-enums.ts')
  return [...recorded, ...leftoverEnums(recorded, await history())]
}

/** The schema before, with what the revisions alone know: which columns are of which enum, where the database keeps no types. */
async function named(dialect: Dialect, before: SchemaBefore, history: History | undefined): Promise<Schema> {
  const found = await before()
  if (history === undefined || dialect.adopt === undefined) return found
  const told = fold(emptySchema, await history(), { blind: true }).schema
  const adopted = dialect.adopt(found, told)
  const objects = new Map(adopted.objects)
  // A type that no column has yet is nowhere in the database.
  for (const [key, object] of told.objects) if (object.kind === 'enum' && !objects.has(key)) objects.set(key, object)
  return { ...adopted, objects }
}

/** Fills in uses and dependants where the author left them to the tool (DESIGN law 5). */
async function complete(
  recorded: readonly Operation[],
  before: SchemaBefore,
): Promise<{ readonly operations: readonly Operation[]; readonly schema: Schema | undefined }> {
  if (!recorded.some(needsSchemaBefore)) return { operations: recorded, schema: undefined }
  const { expandOperation } = await import('../../diff/complete.ts')
  const start = await before()
  const operations: Operation[] = []
  let now = start
  let folded = 0
  for (const op of namedAsIn(start, recorded)) {
    if (needsSchemaBefore(op)) {
      now = fold(now, operations.slice(folded), { blind: true }).schema
      folded = operations.length
      append(operations, passWritten(op, expandOperation(op, now)))
    } else operations.push(op)
  }
  return { operations, schema: start }
}

/** Reads the live schema, for revisions that need to know what they meet. */
export function liveSchema(
  dialect: Dialect,
  connection: Connection,
  scope: Parameters<Dialect['reflect']>[1],
): SchemaBefore {
  return async () => dialect.reflect(connection, scope)
}
