/** What the database says of itself: its heads, what was run on it, and whether its bookkeeping may be trusted. */
import type { SessionDialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import { Bookkeeping } from './bookkeeping.ts'
import type { DatabaseState, Direction, HistoryEntry, RuntimeSettings } from './types.ts'

export { bookkeepingTables } from './bookkeeping.ts'

/** Whether the server says that a table or schema is not there (PostgreSQL 42P01, 3F000; others by their words). */
function isMissingTable(connection: Connection, error: unknown): boolean {
  const said = connection.describeError(error)
  return said !== undefined && (said.code === '42P01' || said.code === '3F000' || /no such table|^Table '.*' doesn't exist/i.test(said.message))
}

/** The heads, in one statement; creates nothing, and an absent table is an empty state. Not for use inside a transaction. */
export async function readState(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<DatabaseState> {
  const book = new Bookkeeping(dialect, settings)
  try {
    return { exists: true, heads: await readHeads(connection, book) }
  } catch (error) {
    if (isMissingTable(connection, error)) return { exists: false, heads: [] }
    const said = connection.describeError(error)
    if (said?.code !== '42703' && said?.code !== '42501')
      throw statementError(connection, error, 'Reading the version table failed')
    throw new AmbixError('VERSION.TABLE', `${book.version} cannot be read as a version table`, {
      why: said.message,
      next: ['Set `versionTable` to another name in the configuration, or grant SELECT on it'],
      cause: error,
    })
  }
}

/** The heads, and by revision the checksum of what was run last. */
export interface CheckedState extends DatabaseState {
  readonly checksums: ReadonlyMap<string, string>
}

const lastChecksums = (book: Bookkeeping): string =>
  `SELECT revision, checksum FROM ${book.history} WHERE id IN (SELECT max(id) FROM ${book.history} WHERE status = 'done' AND direction <> 'downgrade' AND checksum IS NOT NULL GROUP BY revision)`

/** As `readState`, with the checksums, still in one statement; where there is a version table only (Alembic's), in two. */
export async function readCheckedState(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<CheckedState> {
  const book = new Bookkeeping(dialect, settings)
  let rows: readonly (readonly (string | null)[])[]
  try {
    rows = await connection.values(`SELECT version_num, NULL FROM ${book.version} UNION ALL ${lastChecksums(book)}`)
  } catch (error) {
    // The server names the first table that it misses; without a version table nothing is applied, and there is no more to ask.
    const named = connection.describeError(error)?.message.includes(book.names.history) === true
    if (isMissingTable(connection, error) && !named) return { exists: false, heads: [], checksums: new Map() }
    return { ...(await readState(connection, dialect, settings)), checksums: new Map() }
  }
  const heads: string[] = []
  const checksums = new Map<string, string>()
  for (const [id, checksum] of rows) {
    if (checksum === null || checksum === undefined) heads.push(id ?? '')
    else checksums.set(id ?? '', checksum)
  }
  return { exists: true, heads: heads.sort(), checksums }
}

/** By revision, the checksum of what was run last; none where nothing was recorded. */
export async function readChecksums(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = await connection.values(lastChecksums(new Bookkeeping(dialect, settings)))
    return new Map(rows.map((r) => [r[0] ?? '', r[1] ?? '']))
  } catch (error) {
    if (isMissingTable(connection, error)) return new Map()
    throw statementError(connection, error, 'Reading the history table failed')
  }
}

/** The rows of the version table, sorted. */
export async function readHeads(connection: Connection, book: Bookkeeping): Promise<readonly string[]> {
  const rows = await connection.values(`SELECT version_num FROM ${book.version}`)
  return rows.map((r) => r[0] ?? '').sort()
}

/** Any failure of a statement of ours, as an AmbixError with the server's own words. */
export function statementError(connection: Connection, error: unknown, message: string): unknown {
  const said = connection.describeError(error)
  if (said === undefined) return error
  return new AmbixError('DATABASE.STATEMENT', message, {
    why: [said.message, said.detail, said.hint].filter(Boolean).join('\n'),
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
  const book = new Bookkeeping(dialect, settings)
  let rows: readonly (readonly (string | null)[])[]
  try {
    rows = await connection.values(
      `SELECT id, revision, direction, checksum, tool_version, actor, started_at, finished_at, status, error FROM ${book.history} ORDER BY id`,
    )
  } catch (error) {
    if (isMissingTable(connection, error)) return []
    throw statementError(connection, error, 'Reading the history table failed')
  }
  return rows.map((r) => ({
    id: Number(r[0]),
    revision: r[1] ?? '',
    // The three words are all that we ever write there.
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

/** Notes other checksums for revisions that were applied: their files, as they are now, count as what was run. */
export async function acceptChecksums(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  accepted: readonly { readonly revision: string; readonly checksum: string }[],
): Promise<void> {
  await inspect(connection, dialect, settings)
  const book = new Bookkeeping(dialect, settings)
  const { begin, commit, rollback } = dialect.session
  const rows = accepted.map(({ revision, checksum }) => {
    const step = { revision, checksum, direction: 'stamp' as const, message: '', down: [], edits: [] }
    return book.historyRow(step, { status: 'done' })
  })
  try {
    await connection.script([begin, ...rows, commit])
  } catch (error) {
    await connection.script(rollback).catch(() => {})
    throw statementError(connection, error, 'The history cannot be written')
  }
}

/** What `inspect` found before the first write. */
export interface Inspection {
  /** The schema where the tables are or would be made. */
  readonly schema: string
  readonly version: boolean
  readonly history: boolean
  readonly journal: boolean
  /** Of `version_num`; absent where it has no limit or there is no table. */
  readonly width?: number
}

/**
 * Looks at the bookkeeping tables before they are written to.
 * Throws VERSION.TABLE where one is of another kind, belongs to somebody else, or carries triggers, rules, policies or
 * expressions: with those, whoever made it would run code with the rights of whoever migrates (specs/reliability.md 6.1).
 */
export async function inspect(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<Inspection> {
  const book = new Bookkeeping(dialect, settings)
  const { names } = book
  const rows = await connection.values(
    dialect.session.bookkeeping.inspect(settings.versionTableSchema, [names.version, names.history, names.journal]),
  )
  let schema = rows.find((r) => r[0] === null)?.[1] ?? ''
  const found = new Map(rows.filter((r) => r[0] !== null).map((r) => [r[0]!, r]))
  for (const [name, row] of found) {
    const problem = row[2]
    if (problem === null || problem === undefined) continue
    throw new AmbixError('VERSION.TABLE', `The table ${name} cannot be trusted: ${problem}`, {
      why: 'ambix writes to it with your rights, and what hangs on it would run with them.',
      next: [
        'Find out who made it; if it is yours, take away what was added or change its owner',
        'Or keep the version table in a schema of your own: `versionTableSchema` in the configuration',
      ],
      data: { table: name, problem },
    })
  }
  const version = found.get(names.version)
  schema = version?.[1] ?? schema
  if (schema === '') {
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
    ...(width === null || width === undefined ? {} : { width: Number(width) }),
  }
}

/** Creates the version and history tables where they are missing; true when something was made (C33). Throws VERSION.TABLE. */
export async function ensureVersionTable(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const seen = await inspect(connection, dialect, settings)
    const statements = creations(dialect, settings, seen)
    if (statements.length === 0) return false
    const { begin, commit, rollback } = dialect.session
    try {
      await connection.script([begin, ...statements, commit])
      return true
    } catch (error) {
      await connection.script(rollback).catch(() => {})
      if (attempt < 3 && isDuplicate(connection, error)) continue
      throw statementError(connection, error, 'The version table cannot be created')
    }
  }
}

/** The server says that a table of that name, or its row type, is there already: another process was faster. */
export function isDuplicate(connection: Connection, error: unknown): boolean {
  const said = connection.describeError(error)
  return (
    said !== undefined &&
    (said.code === '42P07' || said.code === '42710' || said.code === '23505' || /already exists/i.test(said.message))
  )
}

export function creations(dialect: SessionDialect, settings: RuntimeSettings, seen: Inspection): string[] {
  const book = new Bookkeeping(dialect, settings)
  const { createVersion, createHistory } = dialect.session.bookkeeping
  return [
    ...(seen.version ? [] : [createVersion(book.version)]),
    ...(seen.history ? [] : [createHistory(book.history)]),
  ]
}
