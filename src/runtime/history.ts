/** The database's own state: its heads, what was run on it, and whether its bookkeeping can be trusted. */
import { type Held, noSchemaMark, type SessionDialect } from '../dialects/dialect.ts'
import type { Connection, Rows } from '../drivers/driver.ts'
import { refuseClosed } from './session-settings.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { Bookkeeping } from './bookkeeping.ts'
import { endsSession } from '../util/ended-session.ts'
import { nameTaken } from './failure.ts'
import { isTrue } from './lock.ts'
import { asOwn, ownRows, rowsOf, together } from './together.ts'
import type { DatabaseState, Direction, HistoryEntry, Inspection, RevisionStep, RuntimeSettings } from './types.ts'

export { bookkeepingTables } from './bookkeeping.ts'
export type { Inspection } from './types.ts'

/** Whether the error is that a table or schema does not exist (PostgreSQL 42P01, 3F000; others by their messages). */
export function isMissingTable(connection: Connection, error: unknown): boolean {
  const said = connection.describeError(error)
  return (
    said !== undefined &&
    (said.code === '42P01' ||
      said.code === '3F000' ||
      said.message.includes(noSchemaMark) ||
      /no such table|^Table '.*' doesn't exist/i.test(said.message))
  )
}

type BookTable = 'version' | 'history' | 'journal'

const named = (book: Bookkeeping, tables: readonly BookTable[]): readonly string[] => tables.map((table) => book[table])

/** Rows of tables that were inspected before they were read. Throws VERSION.TABLE, and the driver's errors. */
export async function readTables(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  tables: readonly BookTable[],
  query: (book: Bookkeeping) => string,
): Promise<Rows> {
  const book = new Bookkeeping(dialect, settings)
  const { own } = dialect.session
  if (own === undefined) {
    await inspect(connection, dialect, settings)
    return connection.values(query(book))
  }
  const read = async (held?: Held): Promise<Rows> => {
    const by = held === undefined ? undefined : { held, waitMs: settings.lockWaitMs }
    const asked = own.read(settings.versionTableSchema, book.all, named(book, tables), query(book), by)
    try {
      return await rowsOf(connection, dialect, asked)
    } catch (error) {
      const said = connection.describeError(error)
      const more = own.distrusted(said?.message ?? '')?.unheld
      if (more !== undefined && held !== 'tables' && more !== held) return read(more)
      // No schema of the path can be used: the table is missing, unless it may be in one that is closed to the role.
      if (said?.message.includes(noSchemaMark) === true) await refuseClosed(connection, dialect, settings)
      if (by !== undefined && said?.code === dialect.session.limits?.notHad) throw tablesLocked(book, by.waitMs, error)
      throw error
    }
  }
  try {
    return await read()
  } catch (error) {
    const told = distrustedIn(connection, dialect, error)
    if (told !== undefined) throw told
    // LOCK TABLE of an object that is not a table.
    if (connection.describeError(error)?.code === '42809')
      throw distrust(book.names.version, 'it is not an ordinary table')
    throw error
  }
}

const tablesLocked = (book: Bookkeeping, waitMs: number, cause: unknown): AmbixError =>
  new AmbixError(
    'DATABASE.LOCKED',
    `Another session keeps ${book.version} locked, and did not let go of it in ${waitMs / 1000} s`,
    {
      why: 'The table or its schema belongs to a role that you do not trust, so that it is read under a lock which keeps that role from changing it.',
      next: ['Wait for the other session to end and run the command again; --lock-wait waits longer'],
      cause,
    },
  )

/** What the error of `OwnSql.guard` and `OwnSql.read` means; undefined for any other. */
export function distrustedIn(connection: Connection, dialect: SessionDialect, error: unknown): AmbixError | undefined {
  const found = dialect.session.own?.distrusted(connection.describeError(error)?.message ?? '')
  return found === undefined ? undefined : distrust(found.table, found.problem)
}

/** One query about tables that `guard` locks and inspects again. Throws VERSION.TABLE. */
export async function guardedRows(
  connection: Connection,
  dialect: SessionDialect,
  guard: readonly string[],
  query: string,
): Promise<Rows> {
  try {
    return await ownRows(connection, dialect, query, guard)
  } catch (error) {
    throw distrustedIn(connection, dialect, error) ?? error
  }
}

/** The heads, in one round trip; creates nothing, and an absent table is an empty state. Throws VERSION.TABLE. */
export async function readState(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<DatabaseState> {
  try {
    const rows = await readTables(connection, dialect, settings, ['version'], headsSql)
    return { exists: true, heads: headsIn(rows) }
  } catch (error) {
    if (isMissingTable(connection, error)) return { exists: false, heads: [] }
    const said = connection.describeError(error)
    if (said?.code !== '42703' && said?.code !== '42501')
      throw statementError(connection, error, 'Reading the version table failed', dialect)
    throw new AmbixError(
      'VERSION.TABLE',
      `${new Bookkeeping(dialect, settings).version} cannot be read as a version table`,
      {
        why: said.message,
        next: [
          'Set `versionTable` to another name in the configuration, or grant SELECT on it',
          ...[dialect.session.advice?.(said, connection)].filter((text) => text !== undefined),
        ],
        cause: error,
      },
    )
  }
}

export const headsSql = (book: Bookkeeping): string => `SELECT version_num FROM ${book.version}`
export const headsIn = (rows: Rows): readonly string[] => rows.map((r) => r[0] ?? '').sort()

/** The rows of the version table, sorted, inside a run: the table was inspected when it began, and is again where it is exposed. */
export async function readHeads(
  connection: Connection,
  dialect: SessionDialect,
  book: Bookkeeping,
  seen: Inspection,
): Promise<readonly string[]> {
  return headsIn(await guardedRows(connection, dialect, guardOf(dialect, book, seen), headsSql(book)))
}

/** Any failure of ambix's own statement, as an AmbixError with the server's own message. */
export function statementError(
  connection: Connection,
  error: unknown,
  message: string,
  dialect?: SessionDialect,
  sql?: string,
): unknown {
  const said = connection.describeError(error)
  if (said === undefined) return error
  if (endsSession(said.code))
    return new AmbixError('DATABASE.CONNECT', 'The connection to the database was lost', {
      why: said.message,
      next: ['Run the same command again: it looks where the database stands, and goes on from there'],
      data: { lost: true, server: said },
      cause: error,
    })
  return new AmbixError('DATABASE.STATEMENT', message, {
    why: [said.message, said.detail, said.hint].filter(Boolean).join('\n'),
    next: [
      dialect?.session.advice?.(said, { sql, role: connection.role, database: connection.database }) ??
        'Remove what the server names, and run the same command again: it looks where the database stands, and goes on from there',
    ],
    data: { server: said },
    cause: error,
  })
}

/** Everything that was run, oldest first; empty where nothing was recorded. */
export async function readHistory(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<readonly HistoryEntry[]> {
  let rows: Rows
  try {
    rows = await readTables(
      connection,
      dialect,
      settings,
      ['history'],
      (book) =>
        `SELECT id, revision, direction, checksum, tool_version, actor, started_at, finished_at, status, error FROM ${book.history} ORDER BY id`,
    )
  } catch (error) {
    if (isMissingTable(connection, error)) return []
    throw statementError(connection, error, 'Reading the history table failed', dialect)
  }
  return rows.map((r) => ({
    id: Number(r[0]),
    revision: r[1] ?? '',
    // Only these three words are ever written there.
    direction: (r[2] ?? 'upgrade') as Direction,
    ...(r[3] === null ? {} : { checksum: r[3] }),
    toolVersion: r[4] ?? '',
    actor: r[5] ?? '',
    startedAt: r[6] ?? '',
    ...(r[7] === null ? {} : { finishedAt: r[7] }),
    status: r[8] === 'failed' ? 'failed' : 'done',
    ...(r[9] === null ? {} : { error: r[9] }),
  }))
}

/** Records other checksums for applied revisions: their files, as they are now, count as what was run. */
export async function acceptChecksums(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  accepted: readonly { readonly revision: string; readonly checksum: string }[],
): Promise<void> {
  const seen = await inspect(connection, dialect, settings)
  const book = new Bookkeeping(dialect, settings, seen.schema)
  const { begin, commit, rollback } = dialect.session
  const rows = accepted.map(({ revision, checksum }) => {
    const step = { revision, checksum, direction: 'stamp' as const, message: '', down: [], edits: [] }
    return book.historyRow(step, { status: 'done' })
  })
  try {
    await connection.script([begin, ...asOwn(dialect, [...guardOf(dialect, book, seen), ...rows]), commit])
  } catch (error) {
    await connection.script(rollback).catch(() => {})
    throw (
      distrustedIn(connection, dialect, error) ??
      statementError(connection, error, 'The history cannot be written', dialect, `INSERT INTO ${book.history}`)
    )
  }
}

/**
 * Inspects the bookkeeping tables before they are written to.
 * Throws VERSION.TABLE where one is of another kind, belongs to another role, or has triggers, rules, policies or
 * expressions: through these its owner could run code with the privileges of the deployer (specs/reliability.md 6.1).
 */
export async function inspect(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<Inspection> {
  const book = new Bookkeeping(dialect, settings)
  const { names } = book
  const { own, bookkeeping } = dialect.session
  let backend: string | null | undefined
  const rows =
    own === undefined
      ? await connection.values(bookkeeping.inspect!(settings.versionTableSchema, book.all))
      : await rowsOf(
          connection,
          dialect,
          own.inspect(settings.versionTableSchema, book.all),
          (last) => (backend = last),
        )
  const home = rows.find((r) => r[0] === null)
  let schema = home?.[1] ?? ''
  const found = new Map(rows.filter((r) => r[0] !== null).map((r) => [r[0]!, r]))
  for (const [name, row] of found) {
    const problem = row[2]
    if (problem !== null && problem !== undefined) throw distrust(name, problem)
  }
  const version = found.get(names.version)
  schema = version?.[1] ?? schema
  if (schema === '') {
    await refuseClosed(connection, dialect, settings)
    throw new AmbixError('VERSION.TABLE', 'There is no schema to put the version table in', {
      why:
        settings.versionTableSchema === undefined
          ? 'The search_path of the connection names no schema that exists.'
          : undefined,
      next: ['Create the schema, or set `versionTableSchema` in the configuration'],
    })
  }
  const width = version?.[3]
  return {
    schema,
    version: version !== undefined,
    history: found.has(names.history),
    journal: found.has(names.journal),
    ...pooledBy(connection, backend),
    ...exposureOf(rows),
    ...(width === null || width === undefined ? {} : { width: Number(width) }),
  }
}

/** By the process that answered. */
export const pooledBy = ({ backend }: Connection, answered: string | null | undefined): Pick<Inspection, 'pooled'> =>
  backend === undefined || answered === undefined || Number(answered) === backend ? {} : { pooled: true }

/** The error that a table is not written to or read, and what to do. */
export function distrust(name: string, problem: string): AmbixError {
  return new AmbixError('VERSION.TABLE', `The table ${name} cannot be trusted: ${problem}`, {
    why: 'ambix reads and writes it with your rights, and what hangs on it would run with them.',
    next: [
      'Find out who made it; if it is yours, take away what was added or change its owner',
      'Or keep the version table in a schema of your own: `versionTableSchema` in the configuration',
    ],
    data: { table: name, problem },
  })
}

/** Of rows of `OwnSql.inspect`. */
export function exposureOf(rows: Rows): Pick<Inspection, 'exposed' | 'held'> {
  const held = (['tables', 'schema'] as const).find((how) => rows.some((r) => r[5] === how))
  return { exposed: rows.some((r) => isTrue(r[4])), ...(held === undefined ? {} : { held }) }
}

/** In a transaction that works on the tables: empty where only trusted roles could have changed the tables meanwhile. */
export function guardOf(dialect: SessionDialect, book: Bookkeeping, seen: Inspection): readonly string[] {
  const { own } = dialect.session
  if (own === undefined || !seen.exposed) return []
  const tables = [
    ...(seen.version ? [book.version] : []),
    ...(seen.history ? [book.history] : []),
    ...(seen.journal ? [book.journal] : []),
  ]
  return tables.length === 0 ? [] : own.guard(seen.schema, book.all, tables, seen.held)
}

/** Creates the version and history tables if missing; true when any was created (C33). Throws VERSION.TABLE. */
export async function ensureVersionTable(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const seen = await inspect(connection, dialect, settings)
    const statements = creations(dialect, new Bookkeeping(dialect, settings, seen.schema), seen)
    if (statements.length === 0) return false
    const { begin, commit, rollback } = dialect.session
    try {
      await connection.script([begin, ...asOwn(dialect, statements), commit])
      return true
    } catch (error) {
      await connection.script(rollback).catch(() => {})
      if (isDuplicate(connection, error)) {
        if (attempt < 3) continue
        throw nameTaken(connection.describeError(error)!.message)
      }
      throw statementError(connection, error, 'The version table cannot be created', dialect, statements.join(';\n'))
    }
  }
}

/** Whether the error is that a table of that name, or its row type, exists already: another process was faster. */
export function isDuplicate(connection: Connection, error: unknown): boolean {
  const said = connection.describeError(error)
  return (
    said !== undefined &&
    (said.code === '42P07' || said.code === '42710' || said.code === '23505' || /already exists/i.test(said.message))
  )
}

export function creations(dialect: SessionDialect, book: Bookkeeping, seen: Inspection): string[] {
  const { createVersion, createHistory } = dialect.session.bookkeeping
  return [
    ...(seen.version ? [] : [...book.schemaFirst, createVersion(book.version)]),
    ...(seen.history ? [] : [createHistory(book.history)]),
  ]
}

/** The rows of the version table once a step is recorded. */
export function headsAfter(heads: readonly string[], step: RevisionStep): readonly string[] {
  const rows = new Set(heads)
  for (const edit of step.edits) {
    if (edit.kind !== 'insert') rows.delete(edit.from)
    if (edit.kind !== 'delete') rows.add(edit.to)
  }
  return [...rows].sort()
}

/** The characters of the longest identifier that the steps write into the version table. */
export function longestVersion(steps: readonly RevisionStep[]): number {
  let longest = 0
  for (const { edits } of steps)
    for (const edit of edits)
      // Characters are counted only where there could be more of them: never more than UTF-16 units.
      if (edit.kind !== 'delete' && edit.to.length > longest) longest = Math.max(longest, [...edit.to].length)
  return longest
}

/** A row for a step that failed; where it cannot be written, the failure itself is what is reported. */
export async function recordFailure(
  connection: Connection,
  dialect: SessionDialect,
  book: Bookkeeping,
  seen: Inspection,
  step: RevisionStep,
  error: unknown,
  ms: number,
): Promise<void> {
  if (!seen.history || connection.closed || !isAmbixError(error)) return
  if (error.code !== 'DATABASE.STATEMENT' && error.code !== 'DATABASE.CONNECT') return
  const row = book.historyRow(step, { status: 'failed', error: error.message, ms })
  await together(connection, dialect, asOwn(dialect, [...guardOf(dialect, book, seen), row])).catch(() => {})
}
