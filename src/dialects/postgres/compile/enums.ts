/** How enum types are created, extended, renamed, swapped and dropped (specs/enums.md, sections 3, 5 and 11). */
import type { CompileContext, Draft, Handlers } from '../../dialect.ts'
import { enumKey, refText } from '../../../schema/keys.ts'
import { checkLabelSizes, usualNames } from '../../../schema/name-limit.ts'
import { enumBefore } from '../../shared/walk.ts'
import { describe, dollarQuoted, name, quote, text } from '../spell/writer.ts'
import { setSchema } from './tables.ts'
import { createEnumSql, swapEnum } from './enum-swap.ts'
import { otherLabels, typeInUse, usedAfter } from './refusals.ts'
import type { EnumType } from '../../../schema/model.ts'

/**
 * Makes the type where it is missing. One that lacks labels is recreated when nothing uses it, so that the labels can be
 * used at once; else it gets them, each after its neighbour (S12). Only the server knows what is there, so this is a
 * block; a type with other labels was refused before.
 */
function createIfMissing(type: EnumType): string {
  const adds = type.values.map((value, i) => {
    const previous = type.values[i - 1]
    const where = previous === undefined ? '' : ` AFTER ${text(previous)}`
    return `ALTER TYPE ${name(type)} ADD VALUE IF NOT EXISTS ${text(value)}${where};`
  })
  const first = text(type.values[0] ?? '')
  // A label at the front is added before the first existing one, whichever that is.
  adds[0] = [
    `IF NOT ${first} = ANY (labels) THEN`,
    `  EXECUTE format(${text(`ALTER TYPE ${name(type).replaceAll('%', '%%')} ADD VALUE %L BEFORE %L`)}, ${first}, labels[1]);`,
    'END IF;',
  ].join('\n')
  const create = createEnumSql(type, type.values)
  const indented = (sql: string, by: number): string => ' '.repeat(by) + sql.replaceAll('\n', `\n${' '.repeat(by)}`)
  const extend = [
    `  ELSIF labels <> ARRAY[${type.values.map(text).join(', ')}]::text[] THEN`,
    '    BEGIN',
    `      DROP TYPE ${name(type)};`,
    indented(`${create};`, 6),
    '    EXCEPTION WHEN dependent_objects_still_exist THEN',
    ...adds.map((add) => indented(add, 6)),
    '    END;',
  ]
  const body = [
    'DECLARE',
    `  labels text[] := (SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = to_regtype(${text(name(type))}));`,
    'BEGIN',
    `  IF to_regtype(${text(name(type))}) IS NULL THEN`,
    indented(`${create};`, 4),
    ...(type.values.length === 0 ? [] : extend),
    '  END IF;',
    'END',
  ].join('\n')
  return `DO ${dollarQuoted(body)}`
}

/** Drops the type when nothing uses it: a DROP TYPE without CASCADE fails where something does. */
function dropIfUnused(type: EnumRef): string {
  return `DO ${dollarQuoted(`BEGIN\n  DROP TYPE IF EXISTS ${name(type)};\nEXCEPTION WHEN dependent_objects_still_exist THEN\n  NULL;\nEND`)}`
}

/** Before 12, ADD VALUE runs in no transaction, unless the type was created in it. */
function addValue(
  op: { readonly enum: EnumRef; readonly value: string; readonly before?: string; readonly after?: string },
  context: CompileContext,
): Draft {
  checkLabelSizes(refText(op.enum), [op.value], usualNames)
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

export const enumHandlers = {
  createEnum: (op, context) => {
    const on = { kind: 'type', ...(op.enum.schema === undefined ? {} : { schema: op.enum.schema }), name: op.enum.name }
    const extras = describe(on, op.enum)
    if (op.ifMissing !== true) return [createEnumSql(op.enum, op.enum.values), ...extras]
    return [{ sql: createIfMissing(op.enum), refuseIf: otherLabels(op.enum, usedAfter(op.enum, context)) }, ...extras]
  },
  dropEnum: (op, context) => {
    if (op.ifUnused === true) return [dropIfUnused(op.enum)]
    const refuseIf = typeInUse(op.enum, context)
    return [{ sql: `DROP TYPE ${name(op.enum)}`, ...(refuseIf === undefined ? {} : { refuseIf }) }]
  },
  renameEnum: (op) => [`ALTER TYPE ${name(op.enum)} RENAME TO ${quote(op.to)}`],
  moveEnum: (op) => [setSchema(`TYPE ${name(op.enum)}`, op.toSchema)],
  addEnumValue: (op, context) => [addValue(op, context)],
  renameEnumValue: (op) => {
    checkLabelSizes(refText(op.enum), [op.to], usualNames)
    return [`ALTER TYPE ${name(op.enum)} RENAME VALUE ${text(op.from)} TO ${text(op.to)}`]
  },
  alterEnum: (op, context) =>
    swapEnum(
      {
        enum: op.enum,
        values: op.values,
        from: op.from,
        remap: op.remap ?? {},
        uses: op.uses,
        keep: op.keep,
        aside: op.aside,
      },
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
} satisfies Partial<Handlers>
