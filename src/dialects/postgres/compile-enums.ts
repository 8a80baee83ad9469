/** How enum types are made, extended, renamed, swapped and dropped (specs/enums.md, sections 3, 5 and 11). */
import type { CompileContext, Draft, Handlers } from '../dialect.ts'
import { enumKey } from '../../schema/keys.ts'
import { enumBefore } from '../shared/walk.ts'
import { describe, dollarQuoted, name, quote, text } from './compile-words.ts'
import { setSchema } from './compile-tables.ts'
import { createEnumSql, swapEnum } from './enum-swap.ts'
import { otherLabels, typeInUse } from './refusals.ts'
import type { EnumType } from '../../schema/model.ts'

/**
 * Makes the type where it is missing and adds the labels that it lacks, each after its neighbour (S12). Only the
 * server knows what is there, so this is a block; a type with other labels was refused before.
 */
function createIfMissing(type: EnumType): string {
  const adds = type.values.map((value, i) => {
    const previous = type.values[i - 1]
    const next = type.values[i + 1]
    const where =
      previous !== undefined ? ` AFTER ${text(previous)}` : next !== undefined ? ` BEFORE ${text(next)}` : ''
    return `    ALTER TYPE ${name(type)} ADD VALUE IF NOT EXISTS ${text(value)}${where};`
  })
  // A label at the front is placed before the first one that is there, whichever that is.
  adds[0] = [
    `    IF NOT ${text(type.values[0] ?? '')} = ANY (labels) THEN`,
    `      EXECUTE format(${text(`ALTER TYPE ${name(type).replaceAll('%', '%%')} ADD VALUE %L BEFORE %L`)}, ${text(type.values[0] ?? '')}, labels[1]);`,
    '    END IF;',
  ].join('\n')
  const body = [
    'DECLARE',
    `  labels text[] := (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = to_regtype(${text(name(type))}));`,
    'BEGIN',
    `  IF to_regtype(${text(name(type))}) IS NULL THEN`,
    `    ${createEnumSql(type, type.values).replaceAll('\n', '\n    ')};`,
    ...(type.values.length === 0 ? [] : ['  ELSE', ...adds]),
    '  END IF;',
    'END',
  ].join('\n')
  return `DO ${dollarQuoted(body)}`
}

/** Before 12, ADD VALUE runs in no transaction, unless the type was made in it. */
function addValue(
  op: { readonly enum: EnumRef; readonly value: string; readonly before?: string; readonly after?: string },
  context: CompileContext,
): Draft {
  const where =
    op.before !== undefined ? ` BEFORE ${text(op.before)}` : op.after !== undefined ? ` AFTER ${text(op.after)}` : ''
  const sql = `ALTER TYPE ${name(op.enum)} ADD VALUE ${text(op.value)}${where}`
  const old =
    context.serverVersion !== undefined && context.serverVersion < 12 && !context.freshEnums.has(enumKey(op.enum))
  if (!old) return { sql }
  const probe = `SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_enum WHERE enumtypid = to_regtype(${text(name(op.enum))}) AND enumlabel = ${text(op.value)}) THEN 'complete' ELSE 'absent' END`
  return { sql, transaction: 'alone', probe: { sql: probe } }
}
type EnumRef = Pick<EnumType, 'schema' | 'name'>

export const enumHandlers: Pick<
  Handlers,
  | 'createEnum'
  | 'dropEnum'
  | 'renameEnum'
  | 'moveEnum'
  | 'addEnumValue'
  | 'dropEnumValue'
  | 'renameEnumValue'
  | 'alterEnum'
> = {
  createEnum: (op) => {
    const on = { kind: 'type', ...(op.enum.schema === undefined ? {} : { schema: op.enum.schema }), name: op.enum.name }
    const extras = describe(on, op.enum)
    if (op.ifMissing !== true) return [createEnumSql(op.enum, op.enum.values), ...extras]
    return [{ sql: createIfMissing(op.enum), refuseIf: otherLabels(op.enum) }, ...extras]
  },
  dropEnum: (op, context) => {
    const refuseIf = typeInUse(op.enum, context)
    return [{ sql: `DROP TYPE ${name(op.enum)}`, ...(refuseIf === undefined ? {} : { refuseIf }) }]
  },
  renameEnum: (op) => [`ALTER TYPE ${name(op.enum)} RENAME TO ${quote(op.to)}`],
  moveEnum: (op) => [setSchema(`TYPE ${name(op.enum)}`, op.toSchema)],
  addEnumValue: (op, context) => [addValue(op, context)],
  renameEnumValue: (op) => [`ALTER TYPE ${name(op.enum)} RENAME VALUE ${text(op.from)} TO ${text(op.to)}`],
  alterEnum: (op, context) =>
    swapEnum(
      { enum: op.enum, values: op.values, from: op.from, remap: op.remap ?? {}, uses: op.uses, keep: op.keep },
      context,
    ),
  dropEnumValue: (op, context) => {
    const from = enumBefore(context, op.enum)?.values
    const values = op.values ?? from?.filter((value) => value !== op.value)
    if (values === undefined) {
      return {
        unsupported:
          'the labels that stay are not known here: name them with values, or let the revision before it be applied by ambix',
      }
    }
    const remap = op.remap === undefined ? {} : { [op.value]: op.remap }
    return swapEnum(
      { enum: op.enum, values, from: from ?? [...values, op.value], remap, uses: op.uses, keep: undefined },
      context,
    )
  },
}
