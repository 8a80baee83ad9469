/** Answers what the diff asks about rows. */
import type { Dialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import type { RowQuestion } from '../operations/row-question.ts'

/** By `JSON.stringify(question)`: a count, or the distinct values. */
export async function answerQuestions(
  connection: Connection,
  dialect: Dialect,
  questions: readonly RowQuestion[],
  serverVersion?: number,
): Promise<Map<string, number | readonly (string | null)[]>> {
  const answers = new Map<string, number | readonly (string | null)[]>()
  for (const question of questions) {
    const sql = dialect.rowQuery(question, serverVersion)
    if (question.ask === 'cast') {
      answers.set(JSON.stringify(question), await tried(connection, dialect, sql))
      continue
    }
    const rows = await connection.values(sql)
    answers.set(
      JSON.stringify(question),
      question.ask === 'values' ? rows.map((row) => row[0] ?? null) : Number(rows[0]?.[0] ?? 0),
    )
  }
  return answers
}

/**
 * Works out what a change of type would, in a transaction that is rolled back. Only errors about values count (SQLSTATE
 * class 22): names that the revision is still to make are no reason.
 */
async function tried(connection: Connection, dialect: Dialect, sql: string): Promise<readonly (string | null)[]> {
  await connection.script(dialect.session.begin)
  try {
    return (await connection.values(sql))[0] ?? []
  } catch (error) {
    const said = connection.describeError(error)
    if (said === undefined) throw error
    return said.code?.startsWith('22') === true ? [null, null, said.message] : []
  } finally {
    await connection.script(dialect.session.rollback)
  }
}
