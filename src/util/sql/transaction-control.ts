/** Statements that begin, end or prepare a transaction: ambix's own holds a revision together with its version row. */
import { AmbixError, isAmbixError } from '../../errors.ts'
import { lexSql, statementTexts } from '../split-sql.ts'
import type { SqlTextRules } from '../split-sql.ts'

const suspect = /\b(?:begin|start|commit|end|rollback|abort|prepare|xa|autocommit)\b/i

/** Of a statement's first words; a word more each way than any of them needs. What an END of a block is followed by is none of these words. */
const control =
  /^(?:begin(?! not\b)|start transaction|commit(?: prepared)?|end(?=$| work\b| transaction\b| and\b)|abort|rollback(?: prepared)?(?!(?: work| transaction)? to\b)|prepare transaction|xa (?:start|begin|end|prepare|commit|rollback)|set (?:session |local )?autocommit)\b/i

/**
 * Throws OPERATION.INVALID where a statement of the text begins or ends a transaction. Savepoints are no such statement, nor are words in
 * texts, comments, bodies of routines and blocks.
 */
export function refuseTransactionControl(sql: string, rules?: SqlTextRules): void {
  if (!suspect.test(sql)) return
  for (const text of statementTexts(sql, rules)) {
    const found = control.exec(firstWords(text, rules).join(' '))?.[0].toUpperCase()
    if (found === undefined) continue
    throw new AmbixError(
      'OPERATION.INVALID',
      `A revision cannot ${found}: its transaction is ambix's, so that its version row and its effects stay together`,
      {
        why: `The statement is: ${text.trim().slice(0, 200)}`,
        next: [
          'Leave it out: ambix begins and commits',
          'For a statement that cannot run in a transaction, write op.execute(sql, { autocommit: true }), or `-- ambix:no-transaction` in an .sql revision',
          'Where a part must be committed before the rest, make it a revision of its own',
        ],
        data: { control: found },
      },
    )
  }
}

/** What stands beside the words: the marks of an executable comment, and those of `@@session.autocommit`. */
const beside = /^(?:\/\*M?!\d*|\*\/|[@.])$/

class Enough extends Error {}

/** Up to five; none after the first token that is no word. */
function firstWords(text: string, rules: SqlTextRules | undefined): readonly string[] {
  const words: string[] = []
  try {
    lexSql(
      text,
      (kind, start, end) => {
        if (kind === 'line-comment' || kind === 'block-comment') return
        const raw = text.slice(start, end)
        if (kind === 'word') words.push(raw)
        else if (kind !== 'mark' || !beside.test(raw) || (raw === '@' && !/@@/.test(text.slice(start - 1, end + 1))))
          throw new Enough()
        if (words.length === 5) throw new Enough()
      },
      rules,
    )
  } catch (error) {
    if (!(error instanceof Enough) && !isAmbixError(error, 'SQL.INVALID')) throw error
  }
  return words
}
