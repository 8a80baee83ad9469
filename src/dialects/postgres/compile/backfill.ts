/** How a backfill is carried out: by the order of a key, each batch committed together with where it ended. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { CompileContext, Draft, Unsupported } from '../../dialect.ts'
import { dollarQuoted, name, quote, tableBefore, text } from '../spell/writer.ts'

/** Default number of rows in a transaction: some tens of milliseconds of row locks. */
const usual = 5000

export function backfill(op: OperationOf<'backfill'>, context: CompileContext): readonly Draft[] | Unsupported {
  const key = op.key ?? primaryKey(op, context)
  if (key === undefined)
    return {
      unsupported: `${op.table.name} has no primary key that is known here, by which it could be walked; name unique columns in \`key\``,
    }
  const inKey = key.find((column) => Object.hasOwn(op.set, column))
  if (inKey !== undefined) return { unsupported: `it would change ${inKey}, which is of the key by which it walks` }
  return context.offline ? [block(op, key)] : [walked(op, key)]
}

function primaryKey(op: OperationOf<'backfill'>, context: CompileContext): readonly string[] | undefined {
  const found = tableBefore(context, op.table)?.constraints.find((c) => c.kind === 'primaryKey')
  return found?.kind === 'primaryKey' ? found.columns : undefined
}

const assignments = (op: OperationOf<'backfill'>): string =>
  Object.entries(op.set)
    .map(([column, sql]) => `${quote(column)} = ${sql}`)
    .join(', ')

/** Names that no column of the table has. */
const keyName = (i: number): string => `ambix_key_${i + 1}`

/** Online: a statement a batch, which ambix runs again and again, and which writes where it ended into the journal. */
function walked(op: OperationOf<'backfill'>, key: readonly string[]): Draft {
  const table = name(op.table)
  const size = op.batchSize ?? usual
  const columns = key.map((column) => quote(column)).join(', ')
  const rows = (after: string | undefined): string => {
    const conditions = [...(after === undefined ? [] : [after]), ...(op.where === undefined ? [] : [`(${op.where})`])]
    return [
      `WITH ambix_batch AS (SELECT ${key.map((c, i) => `${quote(c)} AS ${keyName(i)}`).join(', ')} FROM ${table}`,
      ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
      `ORDER BY ${columns} LIMIT ${size})`,
    ].join(' ')
  }
  const mark = '\0'
  const after = rows(`(${columns}) > (${key.map(() => mark).join(', ')})`).split(mark)
  const same = key.map((column, i) => `${table}.${quote(column)} = ambix_batch.${keyName(i)}`)
  const update = [
    `UPDATE ${table} SET ${assignments(op)} FROM ambix_batch WHERE ${same.join(' AND ')}`,
    ...(op.where === undefined ? [] : [`AND (${op.where})`]),
  ].join(' ')
  const texts = key.map((_, i) => `${keyName(i)}::pg_catalog.text`).join(', ')
  const order = key.map((_, i) => `${keyName(i)} DESC`).join(', ')
  return {
    sql: `-- in batches of ${size}\nUPDATE ${table} SET ${assignments(op)}${op.where === undefined ? '' : ` WHERE ${op.where}`}`,
    transaction: 'alone',
    allRows: true,
    batches: {
      start: rows(undefined),
      after,
      update: `, ambix_rows AS (${update} RETURNING 1)`,
      last: `(SELECT pg_catalog.json_build_array(${texts}) FROM ambix_batch ORDER BY ${order} LIMIT 1)`,
      about: `SELECT c.reltuples::pg_catalog.int8::pg_catalog.text FROM pg_catalog.pg_class c WHERE c.oid = ${text(table)}::pg_catalog.regclass`,
      throttleMs: op.throttle ?? 0,
    },
  }
}

/** In a script: a block that commits after each batch. It cannot note where it is. */
function block(op: OperationOf<'backfill'>, key: readonly string[]): Draft {
  const table = name(op.table)
  const columns = key.map((column) => quote(column))
  const at = (prefix: string): string => key.map((_, i) => `ambix_${prefix}_${i + 1}`).join(', ')
  const where = op.where === undefined ? '' : ` AND (${op.where})`
  const begun = `(ambix_first OR (${columns.join(', ')}) > (${at('at')}))`
  const last = columns.map((c) => `${c} DESC`).join(', ')
  const body = [
    'DECLARE',
    ...key.flatMap((column, i) => [
      `  ambix_at_${i + 1} ${table}.${quote(column)}%TYPE;`,
      `  ambix_to_${i + 1} ${table}.${quote(column)}%TYPE;`,
    ]),
    '  ambix_first boolean := true;',
    'BEGIN',
    '  LOOP',
    `    SELECT ${columns.join(', ')} INTO ${at('to')} FROM (`,
    `      SELECT ${columns.join(', ')} FROM ${table} WHERE ${begun}${where}`,
    `      ORDER BY ${columns.join(', ')} LIMIT ${op.batchSize ?? usual}`,
    `    ) AS ambix_batch ORDER BY ${last} LIMIT 1;`,
    '    EXIT WHEN NOT FOUND;',
    `    UPDATE ${table} SET ${assignments(op)}`,
    `    WHERE ${begun} AND (${columns.join(', ')}) <= (${at('to')})${where};`,
    '    COMMIT;',
    ...key.map((_, i) => `    ambix_at_${i + 1} := ambix_to_${i + 1};`),
    '    ambix_first := false;',
    ...(op.throttle === undefined || op.throttle === 0 ? [] : [`    PERFORM pg_sleep(${op.throttle / 1000});`]),
    '  END LOOP;',
    'END',
  ].join('\n')
  return { sql: `DO ${dollarQuoted(body)}`, transaction: 'alone', allRows: true }
}
