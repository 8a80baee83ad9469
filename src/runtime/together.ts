/** Statements of ambix's own in one transaction, in one round trip where the driver can, and safe from objects of the same names in other schemas. */
import type { SessionDialect, Together } from '../dialects/dialect.ts'
import type { Connection, Rows } from '../drivers/driver.ts'

/** The rows of each statement. Statements sent as one message are one transaction without BEGIN. */
export async function together(
  connection: Connection,
  dialect: SessionDialect,
  statements: readonly string[],
): Promise<readonly Rows[]> {
  if (connection.valuesOfAll !== undefined) return connection.valuesOfAll(statements)
  const { begin, commit, rollback } = await frame(connection, dialect)
  await connection.values(begin)
  try {
    const rows: Rows[] = []
    for (const statement of statements) rows.push(await connection.values(statement))
    await connection.values(commit)
    return rows
  } catch (error) {
    if (!connection.closed) await connection.values(rollback).catch(() => {})
    throw error
  }
}

/**
 * The statements around them: a transaction, or a savepoint inside an open one, which our COMMIT would end
 * for its owner.
 */
async function frame(
  connection: Connection,
  { session }: SessionDialect,
): Promise<{ readonly begin: string; readonly commit: string; readonly rollback: string }> {
  try {
    // Outside a transaction this is refused (SQLSTATE 25P01).
    await connection.values('SAVEPOINT ambix_probe')
  } catch (error) {
    if (connection.describeError(error) === undefined) throw error
    return session
  }
  await connection.values('RELEASE SAVEPOINT ambix_probe')
  return {
    begin: 'SAVEPOINT ambix_own',
    commit: 'RELEASE SAVEPOINT ambix_own',
    rollback: 'ROLLBACK TO SAVEPOINT ambix_own',
  }
}

/** `tellProcess` is called with the number of the server's process, in the same round trip. */
export async function rowsOf(
  connection: Connection,
  dialect: SessionDialect,
  asked: Together,
  tellProcess?: (number: string | null | undefined) => void,
): Promise<Rows> {
  const { sessionId } = dialect.session.bookkeeping
  if (tellProcess === undefined || sessionId === undefined)
    return (await together(connection, dialect, asked.statements))[asked.at] ?? []
  const rows = await together(connection, dialect, [...asked.statements, `SELECT ${sessionId}`])
  tellProcess(rows.at(-1)?.[0]?.[0])
  return rows[asked.at] ?? []
}

/** One query of ambix's own about the catalog, or about tables that `guard` has locked and inspected before it. */
export async function ownRows(
  connection: Connection,
  dialect: SessionDialect,
  query: string,
  guard: readonly string[] = [],
): Promise<Rows> {
  const { own } = dialect.session
  if (own === undefined) return connection.values(query)
  return rowsOf(connection, dialect, { statements: [own.enter, ...guard, query, own.leave], at: 1 + guard.length })
}

/** Statements of ambix's own, between entering and leaving its search path. */
export function asOwn(dialect: SessionDialect, statements: readonly string[]): readonly string[] {
  const { own } = dialect.session
  return own === undefined || statements.length === 0 ? statements : [own.enter, ...statements, own.leave]
}
