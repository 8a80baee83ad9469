/** Answers what the diff asks about rows. */
import type { Dialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import type { RowQuestion } from '../operations/row-question.ts'

/** By `JSON.stringify(question)`: a count, or the distinct values. */
export async function answerQuestions(
  connection: Connection,
  dialect: Dialect,
  questions: readonly RowQuestion[],
): Promise<Map<string, number | readonly (string | null)[]>> {
  const answers = new Map<string, number | readonly (string | null)[]>()
  for (const question of questions) {
    const rows = await connection.values(dialect.rowQuery(question))
    answers.set(
      JSON.stringify(question),
      question.ask === 'values' ? rows.map((row) => row[0] ?? null) : Number(rows[0]?.[0] ?? 0),
    )
  }
  return answers
}
