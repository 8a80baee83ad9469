/** Type changes that MODIFY alone would convert wrongly: by a map, by an expression, between numbers and labels. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { Column, ColumnType, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Unsupported } from '../../dialect.ts'
import { literal, quote, text } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { modify } from './modify.ts'
import { columnProbe } from './probes.ts'
import { updateRows } from './rows.ts'
import { cannot, columnClause } from './writer.ts'

const numbers = /^(smallint|integer|bigint|numeric|real|doublePrecision|boolean|bit)$/u

const isNumber = (type: ColumnType): boolean =>
  numbers.test(type.kind) ||
  (type.kind === 'custom' &&
    /^(tinyint|smallint|mediumint|int|bigint|decimal|float|double|year)\b/u.test(type.sql ?? ''))
const isLabel = (type: ColumnType): boolean =>
  type.kind === 'enum' || (type.kind === 'custom' && /^(enum|set)\(/u.test(type.sql ?? ''))

/** Long enough for every label and number during the conversion. */
const between: ColumnType = { kind: 'varchar', length: 255 }

/**
 * The steps of a type change where MODIFY alone would be wrong: a number becomes the label of that position and the
 * other way round (manual, The ENUM Type), or a map or an expression is given. Undefined where MODIFY is right.
 */
export function converted(
  op: OperationOf<'alterColumn'>,
  before: Column,
  after: Column,
  context: CompileContext,
  table: Ref,
): readonly Draft[] | Unsupported | undefined {
  if (op.using !== undefined) return byExpression(op.using, before, after, context, table)
  const [long, short] = [bytesOf(before.type), bytesOf(after.type)]
  if (op.map === undefined && long !== undefined && short !== undefined && short < long)
    return withoutPadding(before, after, long - short, context, table)
  const crosses = (isNumber(before.type) && isLabel(after.type)) || (isLabel(before.type) && isNumber(after.type))
  if (op.map === undefined && !crosses) return undefined
  const { default: _, identity: __, collation: ___, ...bare } = before
  const steps = [
    modify(table, { ...bare, type: between }, context),
    ...(op.map === undefined ? [] : [mapped(table, after.name, op.map, before.type, context)]),
    modify(table, after, context),
  ]
  const refused = steps.find(cannot)
  return refused ?? (steps as Draft[])
}

/** The length of `binary(n)`. */
function bytesOf(type: ColumnType): number | undefined {
  const found = type.kind === 'custom' ? /^binary\((\d+)\)$/u.exec(type.sql ?? '') : null
  return found === null ? undefined : Number(found[1])
}

/** Zero bytes that the wider column was filled up with go first: MODIFY would call them lost. Other bytes are, and it refuses. */
function withoutPadding(
  before: Column,
  after: Column,
  spare: number,
  context: CompileContext,
  table: Ref,
): readonly Draft[] | Unsupported {
  const { default: _, ...bare } = before
  const long = bytesOf(before.type)!
  const c = quote(after.name)
  const left = long - spare
  const steps = [
    modify(table, { ...bare, type: { kind: 'custom', sql: `varbinary(${long})` } }, context),
    updateRows(
      table,
      after.name,
      `CASE WHEN SUBSTRING(${c}, ${left + 1}) = REPEAT(X'00', ${spare}) THEN LEFT(${c}, ${left}) ELSE ${c} END`,
      context,
    ),
    modify(table, after, context),
  ]
  const refused = steps.find(cannot)
  return refused ?? (steps as Draft[])
}

function mapped(
  table: Ref,
  column: string,
  map: Readonly<Record<string, string | null>>,
  from: ColumnType,
  context: CompileContext,
): Draft {
  // A boolean is 0 or 1 here, whatever the map calls it.
  const spelled = (key: string): string =>
    from.kind === 'boolean' ? (key === 'true' ? '1' : key === 'false' ? '0' : key) : key
  const c = quote(column)
  const whens = Object.entries(map).map(
    ([key, value]) => `WHEN ${text(spelled(key))} THEN ${value === null ? 'NULL' : text(value)}`,
  )
  return updateRows(table, column, `CASE BINARY ${c} ${whens.join(' ')} ELSE ${c} END`, context)
}

/** Into a second column, and back into the first: its position, keys and indexes are kept. */
function byExpression(
  using: string,
  before: Column,
  after: Column,
  context: CompileContext,
  table: Ref,
): readonly Draft[] | Unsupported {
  const { default: _, identity: __, generated: ___, comment: ____, ...bare } = after
  const beside: Column = { ...bare, name: `ambix_${after.name}`.slice(0, 64), nullable: true }
  const clause = columnClause(beside, context)
  if (cannot(clause)) return clause
  const { default: _____, identity: ______, ...old } = before
  const to = quote(beside.name)
  const steps = [
    alterTable(table, [`ADD COLUMN ${clause}`], columnProbe(table, beside.name, true)),
    updateRows(table, beside.name, using, context),
    modify(table, { ...old, nullable: true }, context),
    updateRows(table, after.name, literal(null), context),
    modify(table, { ...bare, nullable: true }, context),
    updateRows(table, after.name, to, context),
    modify(table, after, context),
    alterTable(table, [`DROP COLUMN ${to}`], columnProbe(table, beside.name, false)),
  ]
  const refused = steps.find(cannot)
  return refused ?? (steps as Draft[])
}
