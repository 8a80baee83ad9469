/** The state of a database, read in one round trip: its heads, the checksums of what was run, the open parts of the journal. */
import type { SessionDialect } from '../dialects/dialect.ts'
import type { Connection, Rows } from '../drivers/driver.ts'
import { isAmbixError } from '../errors.ts'
import { Bookkeeping } from './bookkeeping.ts'
import { headsIn, isMissingTable, readState, readTables, statementError } from './history.ts'
import type { DatabaseState, Direction, RuntimeSettings } from './types.ts'

/** The checksums that a row of the history has for a revision's file. */
export interface Recorded {
  readonly row: number
  readonly checksum: string
}

/** The heads, and the unfinished revisions of the journal. */
export interface OpenState extends DatabaseState {
  readonly unfinished: readonly UnfinishedRevision[]
}

/** A row that reports that the journal exists, which is then read in a second round trip; empty where the dialect cannot ask within a query. */
function journalRow(book: Bookkeeping, dialect: SessionDialect, columns: readonly string[]): string {
  const missing = dialect.session.bookkeeping.missing?.(book.journal)
  return missing === undefined ? '' : ` UNION ALL SELECT ${columns.join(', ')} WHERE NOT (${missing})`
}

/** The journal's rows, read only where a row reported that it exists, or where the dialect cannot ask within a query. */
async function unfinishedOf(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  told: boolean,
): Promise<readonly UnfinishedRevision[]> {
  if (!told && dialect.session.bookkeeping.missing !== undefined) return []
  // A role that may not read the journal still gets the rest.
  return readUnfinished(connection, dialect, settings).catch(() => [])
}

/** As `readState`, with the journal's rows: in one round trip where there is no journal. */
export async function readOpenState(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<OpenState> {
  const query = (book: Bookkeeping): string =>
    `SELECT version_num, NULL FROM ${book.version}${journalRow(book, dialect, ['NULL', `'${open}'`])}`
  try {
    const rows = await readTables(connection, dialect, settings, ['version'], query)
    const told = rows.some((r) => r[1] === open)
    return {
      exists: true,
      heads: headsIn(rows.filter((r) => r[1] !== open)),
      unfinished: await unfinishedOf(connection, dialect, settings, told),
    }
  } catch (error) {
    if (isAmbixError(error)) throw error
    if (isMissingTable(connection, error)) return { exists: false, heads: [], unfinished: [] }
    // This reports why the version table cannot be read.
    return { ...(await readState(connection, dialect, settings)), unfinished: [] }
  }
}

const open = 'open'

/** The heads, and by revision the checksums of what was run, oldest first. */
export interface CheckedState extends OpenState {
  readonly checksums: ReadonlyMap<string, readonly Recorded[]>
}

/** All rows of what was run: the last one is found here, so that no operator of the database's is looked up. */
const checksumsSql = (book: Bookkeeping): string =>
  `SELECT revision, checksum, status, direction, id FROM ${book.history}`

function checksumsIn(rows: Rows): Map<string, readonly Recorded[]> {
  const found = new Map<string, Recorded[]>()
  for (const [revision, checksum, status, direction, id] of rows.toSorted((a, b) => Number(a[4]) - Number(b[4]))) {
    if (status !== 'done' || direction === 'downgrade' || checksum === null || checksum === undefined) continue
    const recorded = { row: Number(id), checksum }
    const before = found.get(revision ?? '')
    if (before === undefined) found.set(revision ?? '', [recorded])
    else before.push(recorded)
  }
  return found
}

/** As `readState`, with the checksums, still in one round trip; where only a version table exists (Alembic's), in two. */
export async function readCheckedState(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<CheckedState> {
  const both = (book: Bookkeeping): string =>
    `SELECT version_num, NULL, NULL, NULL, NULL FROM ${book.version} UNION ALL ${checksumsSql(book)}`
  let rows: Rows
  try {
    rows = await readTables(
      connection,
      dialect,
      settings,
      ['version', 'history'],
      (book) => both(book) + journalRow(book, dialect, ['NULL', 'NULL', `'${open}'`, 'NULL', 'NULL']),
    )
  } catch (error) {
    if (isAmbixError(error)) throw error
    // The server names the first missing table; without a version table nothing is applied, and nothing more is read.
    const missing = connection.describeError(error)?.message ?? ''
    if (isMissingTable(connection, error) && !missing.includes(new Bookkeeping(dialect, settings).names.history))
      return { exists: false, heads: [], checksums: new Map(), unfinished: [] }
    return { ...(await readOpenState(connection, dialect, settings)), checksums: new Map() }
  }
  const isHead = (row: Rows[number]): boolean => row[2] === null || row[2] === undefined
  return {
    exists: true,
    heads: headsIn(rows.filter(isHead)),
    checksums: checksumsIn(rows.filter((row) => !isHead(row))),
    unfinished: await unfinishedOf(
      connection,
      dialect,
      settings,
      rows.some((row) => row[2] === open),
    ),
  }
}

/** By revision, the checksums of what was run, oldest first; none where nothing was recorded. */
export async function readChecksums(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<ReadonlyMap<string, readonly Recorded[]>> {
  try {
    return checksumsIn(await readTables(connection, dialect, settings, ['history'], checksumsSql))
  } catch (error) {
    if (isMissingTable(connection, error)) return new Map()
    throw statementError(connection, error, 'Reading the history table failed', dialect)
  }
}

/** An unfinished revision: it takes several transactions, and the first of them are done. */
export interface UnfinishedRevision {
  readonly revision: string
  readonly direction: Direction
}

/** The journal's rows; none where there is no journal. */
export async function readUnfinished(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<readonly UnfinishedRevision[]> {
  try {
    const rows = await readTables(
      connection,
      dialect,
      settings,
      ['journal'],
      (book) => `SELECT DISTINCT revision, direction FROM ${book.journal} ORDER BY revision`,
    )
    return rows.map((r) => ({ revision: r[0] ?? '', direction: r[1] === 'downgrade' ? 'downgrade' : 'upgrade' }))
  } catch (error) {
    if (isMissingTable(connection, error)) return []
    throw statementError(connection, error, 'Reading the journal table failed', dialect)
  }
}

/**
 * Does work of this process while the server answers: it begins when the question is on its way. Where both fail, it is the server's
 * error that is thrown.
 */
export async function meanwhile<A, W>(answer: Promise<A>, work: () => W | Promise<W>): Promise<readonly [A, W]> {
  // Handled below.
  answer.catch(() => {})
  // By the next turn of the event loop the question is written to the socket.
  await new Promise((resolve) => void setImmediate(resolve))
  let done: W
  try {
    done = await work()
  } catch (error) {
    await answer
    throw error
  }
  return [await answer, done]
}
