/** How raw SQL, rows and code are compiled. */
import { AmbixError } from '../../../errors.ts'
import type { OperationOf, Rows } from '../../../operations/kinds.ts'
import type { ColumnType, Ref } from '../../../schema/model.ts'
import { splitStatements } from '../../../util/split-sql.ts'
import type { CompileContext, Draft, Handlers } from '../../dialect.ts'
import { fillParameters, parameterNames, parameterValue, readParameters } from '../../shared/parameters.ts'
import { backfill } from './backfill.ts'
import { buildProbe, dropProbe } from './constraints.ts'
import { columns, literal, name, quote, tableBefore } from '../spell/writer.ts'

/** Statements that PostgreSQL refuses inside a transaction block. */
const alone = new RegExp(
  [
    /^(create|drop)\s+(unique\s+)?index\s+concurrently\b/iu,
    /^create\s+unique\s+index\s+concurrently\b/iu,
    /^reindex\b.*\bconcurrently\b/isu,
    /^reindex\s+(\([^)]*\)\s*)?(database|system|schema)\b/iu,
    /^vacuum\b/iu,
    /^(create|drop)\s+(database|tablespace|subscription)\b/iu,
    /^alter\s+database\b.*\bset\s+tablespace\b/isu,
    /^alter\s+system\b/iu,
    /^alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently\b/isu,
    /^cluster\s*$/iu,
  ]
    .map(({ source }) => source)
    .join('|'),
  'isu',
)

/** Whether a statement of the user must run outside of any transaction. */
export const runsAlone = (sql: string): boolean => alone.test(sql.trim())

const word = String.raw`(?:"(?:[^"]|"")+"|[\w$]+)`
const builds = new RegExp(
  String.raw`^create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(${word})\s+on\s+(?:only\s+)?(?:(${word})\s*\.\s*)?${word}`,
  'iu',
)
const drops = new RegExp(
  String.raw`^drop\s+index\s+concurrently\s+(?:if\s+exists\s+)?((?:${word}\.)?${word})\s*(?:restrict|cascade)?\s*$`,
  'iu',
)

/** How to find out whether a statement of the user took effect, where its text shows it. */
function probeOf(sql: string): Pick<Draft, 'probe'> {
  const built = builds.exec(sql)
  if (built !== null) return { probe: buildProbe(built[2] === undefined ? built[1]! : `${built[2]}.${built[1]}`) }
  const dropped = drops.exec(sql)
  return dropped === null ? {} : { probe: dropProbe(dropped[1]!) }
}

/** Statements that may commit by themselves, and must not be tried in a transaction first. */
const commits = /^call\b|^do\b.*\b(?:commit|rollback)\b/isu
/** Running it again has no further effect. */
const repeats = /^(?:vacuum|analyze|reindex|cluster|checkpoint)\b/iu

/** How to find out whether a statement outside of a transaction was done, after a crash between it and its journal row. */
function resumes(text: string, alone: boolean): Pick<Draft, 'own' | 'repeatable'> {
  if (repeats.test(text.trim())) return { repeatable: true }
  return alone || commits.test(text.trim()) ? {} : { own: true }
}

function execute(op: OperationOf<'execute'>, context: CompileContext): readonly Draft[] {
  const common = (text: string): Omit<Draft, 'sql'> => {
    const alone = runsAlone(text)
    const all = op.allRows === true ? { allRows: true } : {}
    return op.autocommit === true || alone
      ? { transaction: 'alone', ...resumes(text, alone), ...all }
      : { transaction: 'inside', ...all }
  }
  const statements = splitStatements(op.sql)
  if (op.rows === undefined) {
    return statements.map(({ text }) => ({
      sql: fillParameters(readParameters(text), (n) => `:${n}`),
      ...common(text),
      ...probeOf(text),
    }))
  }
  const { rows } = op
  return statements.flatMap(({ text }) => {
    const parameters = readParameters(text)
    if (context.offline) {
      return rows.map((row, i) => ({
        sql: fillParameters(parameters, (n) => literal(parameterValue(row, n, i) as Parameters<typeof literal>[0])),
        ...common(text),
      }))
    }
    const names = parameterNames(parameters)
    return [
      {
        sql: fillParameters(parameters, (n) => `$${names.indexOf(n) + 1}`),
        params: rows.map((row, i) => names.map((n) => parameterValue(row, n, i))),
        ...common(text),
      },
    ]
  })
}

/** Rows a statement: enough to be quick, few enough to read and to stay far from every limit. */
const chunk = 1000

type Types = Readonly<Record<string, ColumnType>> | undefined

/** The types of the columns, as given or as the table has them. */
function typeOf(types: Types, table: Ref, context: CompileContext): (column: string) => ColumnType | undefined {
  const known = types === undefined ? tableBefore(context, table) : undefined
  return (column) => types?.[column] ?? known?.columns.find((c) => c.name === column)?.type
}

function chunks(rows: Rows): readonly Rows[] {
  return Array.from({ length: Math.ceil(rows.length / chunk) }, (_, i) => rows.slice(i * chunk, (i + 1) * chunk))
}

function valueText(value: unknown, type: ColumnType | undefined): string {
  // A user's value: literal() writes any value in the form that the type needs.
  return literal(value as Parameters<typeof literal>[0], type)
}

export const dataHandlers = {
  execute,
  backfill,
  bulkInsert: (op, context) => {
    const type = typeOf(op.types, op.table, context)
    const head = `INSERT INTO ${name(op.table)} ${columns(op.columns)} VALUES`
    return chunks(op.rows).map((rows) => {
      const lines = rows.map(
        (row) =>
          `(${op.columns.map((c) => (row[c] === undefined ? 'DEFAULT' : valueText(row[c], type(c)))).join(', ')})`,
      )
      return lines.length === 1 ? `${head} ${lines[0]}` : `${head}\n  ${lines.join(',\n  ')}`
    })
  },
  bulkDelete: (op, context) => {
    const type = typeOf(op.types, op.table, context)
    return chunks(op.rows).flatMap((rows) => deleteRows(op.table, op.key, rows, type))
  },
  run: (op, context) => {
    if (context.offline) {
      throw new AmbixError('OPERATION.OFFLINE', 'op.run runs code against a database and cannot be written as SQL', {
        ...(op.description === undefined ? {} : { why: `Its description: ${op.description}` }),
        next: ['Run this revision online, or say the same with op.execute.'],
        data: { operation: 'run' },
      })
    }
    return [{ sql: `-- run: ${(op.description ?? 'code of the revision').replaceAll(/\s+/gu, ' ')}`, run: op.run }]
  },
  custom: (op) => ({
    unsupported: `nobody has said how the custom operation ${op.name} is carried out here; give the configuration a handler for it`,
  }),
} satisfies Partial<Handlers>

/** One DELETE for the rows with whole keys, and one each for those with a NULL in it, which no IN list finds. */
function deleteRows(
  table: Ref,
  key: readonly string[],
  rows: Rows,
  type: (column: string) => ColumnType | undefined,
): readonly string[] {
  const whole = rows.filter((row) => key.every((k) => row[k] !== null && row[k] !== undefined))
  const rest = rows.filter((row) => !whole.includes(row))
  const tuple = (row: Rows[number]): string => key.map((k) => valueText(row[k], type(k))).join(', ')
  const head = `DELETE FROM ${name(table)} WHERE`
  const out: string[] = []
  if (whole.length > 0) {
    const subject = key.length === 1 ? quote(key[0]!) : columns(key)
    const list = whole.map((row) => (key.length === 1 ? tuple(row) : `(${tuple(row)})`)).join(', ')
    out.push(
      whole.length === 1 && key.length === 1 ? `${head} ${subject} = ${list}` : `${head} ${subject} IN (${list})`,
    )
  }
  for (const row of rest) {
    const conditions = key.map((k) =>
      row[k] === null || row[k] === undefined ? `${quote(k)} IS NULL` : `${quote(k)} = ${valueText(row[k], type(k))}`,
    )
    out.push(`${head} ${conditions.join(' AND ')}`)
  }
  return out
}
