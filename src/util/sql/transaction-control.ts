/** Statements that begin, end or prepare a transaction: ambix's own holds a revision together with its version row. */
import { AmbixError, isAmbixError } from '../../errors.ts'
import { lexSql, statementTexts } from '../split-sql.ts'
import type { SqlTextRules, SqlTokenKind } from '../split-sql.ts'

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
    const found = controlIn(text, rules)
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

/** The words of a statement that begin or end a transaction, also where the statement holds it in a text, a list or a block (MySQL, MariaDB). */
function controlIn(text: string, rules: SqlTextRules | undefined): string | undefined {
  const found = control.exec(firstWords(text, rules).join(' '))?.[0].toUpperCase()
  if (found !== undefined || rules?.executableComments !== true || !suspect.test(text)) return found
  const tokens = tokensOf(text, rules)
  const word = (at: number): string => (tokens[at]?.kind === 'word' ? tokens[at].text.toUpperCase() : '')
  if (word(0) === 'EXECUTE' && word(1) === 'IMMEDIATE') return controlInText(tokens[2], rules)
  if (word(0) === 'PREPARE' && word(2) === 'FROM') return controlInText(tokens[3], rules)
  if (word(0) === 'SET' && word(1) === 'STATEMENT') {
    const then = tokens.find((_, at) => word(at - 1) === 'FOR')
    return then === undefined ? undefined : controlIn(text.slice(then.start), rules)
  }
  if (word(0) === 'SET') return setsAutocommit(tokens) ? 'SET AUTOCOMMIT' : undefined
  if (!tokens.some((_, at) => at < 4 && word(at) === 'BEGIN' && word(at + 1) === 'NOT')) return undefined
  for (const [at, { start }] of tokens.entries()) {
    if (at === 0 || !(tokens[at - 1]!.text === ';' || opens.has(word(at - 1))) || /^(?:BEGIN|END)$/.test(word(at)))
      continue
    const end = tokens.slice(at).find((t) => t.text === ';')?.start ?? text.length
    const inside = controlIn(text.slice(start, end), rules)
    if (inside !== undefined) return inside
  }
  return undefined
}

/** In a block, a statement follows. */
const opens: ReadonlySet<string> = new Set(['ATOMIC', 'BEGIN', 'THEN', 'ELSE', 'DO', 'LOOP', 'REPEAT'])

interface Token {
  readonly kind: SqlTokenKind
  readonly text: string
  readonly start: number
}

/** Without comments, and without the marks of executable ones. */
function tokensOf(sql: string, rules: SqlTextRules): readonly Token[] {
  const tokens: Token[] = []
  lexSql(
    sql,
    (kind, start, end) => {
      const text = sql.slice(start, end)
      if (!kind.endsWith('comment') && (kind !== 'mark' || !/^(?:\/\*M?!|\*\/)/.test(text)))
        tokens.push({ kind, text, start })
    },
    rules,
  )
  return tokens
}

/** Of a statement that a text holds: no other text can be told before it runs. */
function controlInText(token: Token | undefined, rules: SqlTextRules): string | undefined {
  if (token?.kind !== 'string') return undefined
  const text = token.text.slice(1, -1).replace(/\\([\s\S])|(['"])\2/g, '$1$2')
  return controlIn(text, rules)
}

/** One of the variables that it assigns; a variable of the user's has one `@`. */
function setsAutocommit(tokens: readonly Token[]): boolean {
  let depth = 0
  for (const [at, { text }] of tokens.entries()) {
    if (text === '(') depth++
    if (text === ')') depth--
    if (depth > 0 || (at > 0 && text !== ',')) continue
    const rest = tokens.slice(at + 1, at + 7).map((t) => t.text.toUpperCase().replaceAll('`', ''))
    if (/^(?:SESSION |LOCAL |@ @ (?:SESSION \. |LOCAL \. )?)?AUTOCOMMIT (?:=|: =)/.test(rest.join(' '))) return true
  }
  return false
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
