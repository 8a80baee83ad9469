/** The journal of revisions that take several transactions: its rows, and its columns. */
import type { SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { Bookkeeping } from '../bookkeeping.ts'
import { isMissingColumn, statementError } from '../history.ts'
import { asOwn, ownRows, together } from '../together.ts'

export interface JournalRow {
  readonly revision: string
  readonly pos: number
  readonly direction: string
  readonly state: string
  readonly checksum: string
  readonly pid: number | undefined
  readonly since: string
  readonly plan: string | undefined
}

/** All rows of the journal, in the order of the parts; one that an earlier build made gets the columns that it lacks. */
export async function readJournalRows(
  connection: Connection,
  dialect: SessionDialect,
  book: Bookkeeping,
): Promise<readonly JournalRow[]> {
  const query = `SELECT ${book.journalColumns} FROM ${book.journal} ORDER BY revision, pos`
  const rows = await ownRows(connection, dialect, query).catch(async (error: unknown) => {
    if (!isMissingColumn(connection, error)) throw error
    await widenJournal(connection, dialect, book)
    return ownRows(connection, dialect, query)
  })
  return rows.map((r) => ({
    revision: r[0] ?? '',
    pos: Number(r[1]),
    direction: r[2] ?? '',
    state: r[3] ?? '',
    checksum: r[4] ?? '',
    pid: r[5] === null ? undefined : Number(r[5]),
    since: r[6] ?? '',
    plan: r[7] ?? undefined,
  }))
}

async function widenJournal(connection: Connection, dialect: SessionDialect, book: Bookkeeping): Promise<void> {
  for (const statement of dialect.session.bookkeeping.widenJournal(book.journal)) {
    try {
      await together(connection, dialect, asOwn(dialect, [statement]))
    } catch (error) {
      // It has this one, or another deployer was faster.
      if (!/already exists|duplicate column/i.test(connection.describeError(error)?.message ?? ''))
        throw statementError(
          connection,
          error,
          'The journal of an earlier ambix cannot be given the columns that it lacks',
        )
    }
  }
}
