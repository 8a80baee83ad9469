/** Answers what the diff asks about rows. */
import type { Dialect } from '../dialects/dialect.ts'
import type { Connection, Rows } from '../drivers/driver.ts'
import type { RowQuestion } from '../operations/row-question.ts'
import { isHidden, questionHidden, withRole } from '../util/hidden-rows.ts'

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
    const rows = await asked(connection, dialect, sql, question.ask === 'cast')
    answers.set(
      JSON.stringify(question),
      question.ask === 'cast'
        ? (rows[0] ?? [])
        : question.ask === 'values'
          ? rows.map((row) => row[0] ?? null)
          : Number(rows[0]?.[0] ?? 0),
    )
  }
  return answers
}

/**
 * In a transaction that is rolled back, in which the server refuses to hide rows: a question that counts only what the
 * role may see would be answered wrongly. Of what a change of type would do, only errors about values count (SQLSTATE
 * class 22): names that the revision has yet to create are not an error. Throws DATABASE.ROWS_HIDDEN.
 */
async function asked(connection: Connection, dialect: Dialect, sql: string, cast: boolean): Promise<Rows> {
  const { begin, rollback, allRows } = dialect.session
  await connection.script(allRows === undefined ? [begin] : [begin, allRows.on])
  let hidden: unknown
  try {
    return await connection.values(sql)
  } catch (error) {
    const said = connection.describeError(error)
    if (said !== undefined && isHidden(dialect, said)) hidden = questionHidden(said, sql)
    else if (said === undefined || !cast) throw error
    else return said.code?.startsWith('22') === true ? [[null, null, said.message]] : []
  } finally {
    await connection.script(rollback)
  }
  throw await withRole(connection, dialect, hidden)
}
