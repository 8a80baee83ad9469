/** Raw SQL, rows and code of the revision. */
import { AmbixError } from '../../../errors.ts'
import type { OperationOf, Rows } from '../../../operations/kinds.ts'
import type { Ref } from '../../../schema/model.ts'
import { lexSql, splitStatements } from '../../../util/split-sql.ts'
import type { CompileContext, Draft, Handlers } from '../../dialect.ts'
import { backtickText } from '../../../util/sql-text.ts'
import { fillParameters, parameterValue, readParameters } from '../../shared/parameters.ts'
import { list, literal, quote, quoteRef } from '../spell/quote.ts'

/** Statements that a transaction can hold; every other one commits by itself (manual, Statements That Cause an Implicit Commit). */
const rows =
  /^\s*(?:insert|update|delete|replace|select|with|set|do|call|values|load\s+data|savepoint|release|rollback)\b/iu

/** What commits, or ends the transaction, within a routine (manual, Statements That Cause an Implicit Commit). */
const commits =
  /\b(?:commit|rollback(?! to)|start transaction|(?:create|drop)(?! temporary)|alter|truncate|rename|lock tables?|analyze|optimize|repair|grant|revoke)\b/u

/** The words of a text in small letters, without strings and comments; names in backticks as they are. */
function wordsOf(sql: string): readonly string[] {
  const out: string[] = []
  lexSql(
    sql,
    (kind, start, end) => {
      if (kind === 'word' || kind === 'name') out.push(sql.slice(start, end).toLowerCase())
    },
    backtickText,
  )
  return out
}

const called = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, i) => (word === 'call' && words[i + 1] !== undefined ? [words[i + 1]!.replaceAll('`', '')] : []))

/** Whether a CALL commits, by the procedures of the schema before. One that is not known here is taken for one that does not. */
function callCommits(sql: string, context: CompileContext): boolean {
  if (!/\bcall\b/iu.test(sql)) return false
  const bodies = new Map<string, readonly string[]>()
  for (const object of context.before.objects.values())
    if (object.kind === 'routine' && object.routineKind === 'procedure')
      bodies.set(object.name.toLowerCase(), wordsOf(object.definition).slice(1))
  const seen = new Set<string>()
  const reaches = (name: string): boolean => {
    const words = bodies.get(name)
    if (words === undefined || seen.has(name)) return false
    seen.add(name)
    return commits.test(words.join(' ')) || called(words).some(reaches)
  }
  return called(wordsOf(sql)).some(reaches)
}

type Written = Parameters<typeof literal>[0]

function execute(op: OperationOf<'execute'>, context: CompileContext): readonly Draft[] {
  const transaction = (sql: string): 'alone' | 'inside' =>
    op.autocommit !== true && rows.test(sql) && !callCommits(sql, context) ? 'inside' : 'alone'
  return splitStatements(op.sql, backtickText).flatMap(({ text }): readonly Draft[] => {
    const parameters = readParameters(text, backtickText)
    if (op.rows === undefined)
      return [{ sql: fillParameters(parameters, (n) => `:${n}`), transaction: transaction(text) }]
    if (context.offline) {
      const value = (row: Rows[number], n: string, i: number): string => literal(parameterValue(row, n, i) as Written)
      return op.rows.map((row, i) => ({
        sql: fillParameters(parameters, (n) => value(row, n, i)),
        transaction: transaction(text),
      }))
    }
    // Placeholders have no numbers here: the value of a name that occurs twice is passed twice.
    const params = op.rows.map((row, i) => parameters.names.map((n) => parameterValue(row, n, i)))
    return [{ sql: fillParameters(parameters, () => '?'), params, transaction: transaction(text) }]
  })
}

const chunk = 1000

function inserted(op: OperationOf<'bulkInsert'>): readonly Draft[] {
  const out: Draft[] = []
  for (let i = 0; i < op.rows.length; i += chunk) {
    const lines = op.rows
      .slice(i, i + chunk)
      .map(
        (row) =>
          `(${op.columns.map((c) => (row[c] === undefined ? 'DEFAULT' : literal(row[c] as Written))).join(', ')})`,
      )
    out.push({
      sql: `INSERT INTO ${quoteRef(op.table)} ${list(op.columns)} VALUES${lines.length === 1 ? ' ' : '\n  '}${lines.join(',\n  ')}`,
      transaction: 'inside',
    })
  }
  return out
}

function deleted(table: Ref, key: readonly string[], row: Rows[number]): Draft {
  const conditions = key.map((k) => `${quote(k)} <=> ${literal(row[k] as Written)}`)
  return { sql: `DELETE FROM ${quoteRef(table)} WHERE ${conditions.join(' AND ')}`, transaction: 'inside' }
}

export const dataHandlers = {
  execute,
  bulkInsert: inserted,
  bulkDelete: (op) => op.rows.map((row) => deleted(op.table, op.key, row)),
  // One statement: the servers have no block that commits outside a routine.
  backfill: (op) => {
    const set = Object.entries(op.set).map(([column, sql]) => `${quote(column)} = ${sql}`)
    return [
      {
        sql: `UPDATE ${quoteRef(op.table)} SET ${set.join(', ')}${op.where === undefined ? '' : ` WHERE ${op.where}`}`,
        transaction: 'inside',
      },
    ]
  },
  run: (op, context) => {
    if (!context.offline)
      return [{ sql: `-- run: ${(op.description ?? 'code of the revision').replaceAll(/\s+/gu, ' ')}`, run: op.run }]
    throw new AmbixError('OPERATION.OFFLINE', 'op.run runs code against a database and cannot be written as SQL', {
      ...(op.description === undefined ? {} : { why: `Its description: ${op.description}` }),
      next: ['Run this revision online, or say the same with op.execute.'],
      data: { operation: 'run' },
    })
  },
  custom: (op) => ({
    unsupported: `nobody has said how the custom operation ${op.name} is carried out here; give the configuration a handler for it`,
  }),
} satisfies Partial<Handlers>
