/** Operations on columns: a change repeats the whole definition of the column from the schema before, so that no property is lost. */
import type { OperationOf } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { Column, ColumnType, Default } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import { literal, quote, quoteRef, text } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { converted } from './conversions.ts'
import { followNames } from './follow.ts'
import { modify } from './modify.ts'
import { columnProbe } from './probes.ts'
import { allRowsOf, keepsHistory, updateRows } from './rows.ts'
import { cannot, columnBefore, columnClause, no, serverIn, tableBefore } from './writer.ts'

type Given = { readonly value?: unknown; readonly expression?: string }

const filling = (given: Given): string =>
  given.expression === undefined ? literal(given.value as Parameters<typeof literal>[0]) : `(${given.expression})`

function addColumn(op: OperationOf<'addColumn'>, context: CompileContext): readonly Draft[] | Unsupported {
  const { table, column, backfill } = op
  const { flavor } = serverIn(context)
  if (op.ifNotExists === true && flavor === 'mysql') return no('MySQL has no ADD COLUMN IF NOT EXISTS')
  const word = op.ifNotExists === true ? 'ADD COLUMN IF NOT EXISTS' : 'ADD COLUMN'
  const later = backfill !== undefined && !column.nullable
  const filled = later && keepsHistory(table, context)
  // Rows of the history get what a default gives them, and nothing else.
  const filler: Default | undefined = filled ? { kind: 'sql', sql: `(${filling(backfill)})` } : undefined
  const first = filler !== undefined ? { ...column, default: filler } : later ? { ...column, nullable: true } : column
  const clause = columnClause(first, context)
  if (cannot(clause)) return clause
  const where = placeText(op, context)
  if (cannot(where)) return where
  const add = alterTable(table, [`${word} ${clause}${where}`], columnProbe(table, column.name, true), [
    `column ${column.name}`,
  ])
  if (backfill === undefined) return [{ ...add, ...refuseEmptyDefault(op, context) }]
  const steps: (Draft | Unsupported)[] = [
    add,
    ...(filled ? [] : [updateRows(table, column.name, filling(backfill), context)]),
  ]
  if (later) steps.push(modify(table, column, context))
  const refused = steps.find(cannot)
  return refused ?? (steps as Draft[])
}

/** FIRST and AFTER: a place before a column is written as AFTER the column that precedes it in the table. */
function placeText(op: OperationOf<'addColumn'>, context: CompileContext): string | Unsupported {
  const { place } = op
  if (place === undefined) return ''
  if ('after' in place) return ` AFTER ${quote(place.after)}`
  const columns = tableBefore(context, op.table)?.columns
  const at = columns?.findIndex((c) => c.name === place.before) ?? -1
  if (columns === undefined || at < 0)
    return no(`what stands before ${place.before} is not known here: say insertAfter instead of insertBefore`)
  return at === 0 ? ' FIRST' : ` AFTER ${quote(columns[at - 1]!.name)}`
}

/** A NOT NULL column without a default would get zeros and empty strings in the existing rows: this is refused. */
function refuseEmptyDefault(op: OperationOf<'addColumn'>, context: CompileContext): Partial<Draft> {
  const c = op.column
  const given = c.nullable || c.default !== undefined || c.identity !== undefined || c.generated !== undefined
  if (given || c.type.kind.endsWith('serial') || context.blind === undefined) return {}
  if (c.type.kind === 'custom' && /\bgenerated always as row\b/iu.test(c.type.sql ?? '')) return {}
  return {
    refuseIf: `SELECT CONCAT('${refText(op.table).replaceAll("'", "''")} has rows, and the new column ${c.name.replaceAll('\\', '\\\\').replaceAll("'", "''")} is NOT NULL without a default') FROM ${quoteRef(op.table)} LIMIT 1`,
  }
}

function dropColumn(op: OperationOf<'dropColumn'>, context: CompileContext): readonly Draft[] | Unsupported {
  if (op.ifExists === true && serverIn(context).flavor === 'mysql') return no('MySQL has no DROP COLUMN IF EXISTS')
  const word = op.ifExists === true ? 'DROP COLUMN IF EXISTS' : 'DROP COLUMN'
  return [
    alterTable(op.table, [`${word} ${quote(op.column)}`], columnProbe(op.table, op.column, false), [
      `column ${op.column}`,
    ]),
  ]
}

/** The column after the operation; undefined where its current definition is not known. */
export function changed(before: Column, op: OperationOf<'alterColumn'>): Column {
  const { newColumnName, ...changes } = op.changes
  // A cast: null removes a property, as in `changes`.
  const next: Record<string, unknown> = { ...before, ...changes }
  for (const [key, value] of Object.entries(changes)) if (value === null) delete next[key]
  if (newColumnName !== undefined) next['name'] = newColumnName
  return next as unknown as Column
}

const unsupportedChanges = ['storage', 'compression', 'statistics'] as const

function alterColumn(op: OperationOf<'alterColumn'>, context: CompileContext): readonly Draft[] | Unsupported {
  const { newColumnName, ...changes } = op.changes
  for (const key of unsupportedChanges) {
    if (changes[key] !== undefined && changes[key] !== null) return no(`MySQL and MariaDB have no ${key} of a column`)
  }
  const renamed = newColumnName === undefined ? [] : renameColumn(op, newColumnName, context)
  if (Object.keys(changes).length === 0) return renamed
  const before = columnBefore(context, op.table, op.column) ?? fromWords(op)
  if (before === undefined) {
    return no(
      `column ${refText(op.table)}.${op.column} is not known here, and MySQL wants the whole column again; say what it was in before`,
    )
  }
  const after = { ...changed(before, op), name: newColumnName ?? op.column }
  const named = { ...before, name: after.name }
  const fill: Draft[] =
    op.backfill === undefined || after.nullable
      ? []
      : [updateRows(op.table, after.name, filling(op.backfill), context, ` WHERE ${quote(after.name)} IS NULL`)]
  const conversion = op.changes.type === undefined ? undefined : converted(op, named, after, context, op.table)
  if (conversion !== undefined) return cannot(conversion) ? conversion : [...renamed, ...conversion, ...fill]
  const step = modify(op.table, after, context)
  if (cannot(step)) return step
  const steps = [...renamed, ...fill, step]
  const refuse = before.nullable && !after.nullable ? refuseNullInHistory(op, context) : undefined
  return refuse === undefined ? steps : steps.map((d, i) => (i === 0 ? { ...d, refuseIf: refuse } : d))
}

/** History keeps its NULLs, and gets those that an UPDATE replaces: with any, the column cannot become NOT NULL. */
function refuseNullInHistory(op: OperationOf<'alterColumn'>, context: CompileContext): string | undefined {
  if (!keepsHistory(op.table, context)) return undefined
  const place = text(`${refText(op.table)}.${op.column}`)
  return `SELECT CONCAT(COUNT(*), ' row(s), of its history or now, have NULL in ', ${place}, ', and history cannot be changed') AS reason FROM ${allRowsOf(op.table, context)} WHERE ${quote(op.column)} IS NULL HAVING COUNT(*) > 0`
}

/** A column built from the operation alone, where it says type and nullability: enough where the schema before is not known. */
function fromWords(op: OperationOf<'alterColumn'>): Column | undefined {
  const type: ColumnType | undefined = op.changes.type ?? op.before?.type
  const nullable = op.changes.nullable ?? op.before?.nullable
  if (type === undefined || nullable === undefined) return undefined
  const { newColumnName: _, ...was } = op.before ?? {}
  const known: Record<string, unknown> = { ...was }
  for (const [key, value] of Object.entries(known)) if (value === null) delete known[key]
  // A cast: type, nullable and name are there, and the other properties are those of a column.
  return { ...known, name: op.column, type: op.before?.type ?? type, nullable } as unknown as Column
}

function renameColumn(op: OperationOf<'alterColumn'>, to: string, context: CompileContext): readonly Draft[] {
  return [
    alterTable(
      op.table,
      [`RENAME COLUMN ${quote(op.column)} TO ${quote(to)}`],
      columnProbe(op.table, op.column, false),
    ),
    ...followNames(
      { kind: 'alterColumn', table: op.table, column: op.column, changes: { newColumnName: to } },
      context,
    ),
  ]
}

export const columnHandlers = {
  addColumn,
  dropColumn,
  alterColumn,
} satisfies Partial<Handlers>
