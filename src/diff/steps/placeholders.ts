/** Values for rows of a column whose values were lost, so that the downgrade can run. */
import type { Backfill } from '../../operations/kinds.ts'
import { enumKey } from '../../schema/keys.ts'
import type { ColumnType, Schema } from '../../schema/model.ts'

/** A value for rows whose own were lost with the column: the type's nothing. */
export function placeholderOf(type: ColumnType, schema: Schema): Backfill | undefined {
  if (type.kind === 'array') return { expression: "'{}'" }
  if (type.kind === 'enum') {
    const object = schema.objects.get(
      enumKey({ ...(type.schema === undefined ? {} : { schema: type.schema }), name: type.name! }),
    )
    return object?.kind === 'enum' && object.values[0] !== undefined ? { value: object.values[0] } : undefined
  }
  if (type.kind === 'custom') return ofText(type.sql ?? '')
  return placeholders[type.kind]
}

/** A type that is known by its text alone: a number, a text or bytes, a point. */
export function ofText(sql: string): { readonly value: string | number } | { readonly expression: string } | undefined {
  if (/^(tiny|small|medium|big)?int\b|^(decimal|float|double|year)\b/i.test(sql)) return { value: 0 }
  if (/^(tiny|medium|long)?(text|blob)\b|^(var)?(char|binary)\b|^set\b/i.test(sql)) return { value: '' }
  return /^geometry$/i.test(sql) ? { expression: 'POINT(0, 0)' } : undefined
}

const placeholders: Readonly<Record<string, Backfill>> = {
  text: { value: '' },
  varchar: { value: '' },
  char: { value: '' },
  citext: { value: '' },
  smallint: { value: 0 },
  integer: { value: 0 },
  bigint: { value: 0 },
  numeric: { value: 0 },
  real: { value: 0 },
  doublePrecision: { value: 0 },
  boolean: { value: false },
  json: { value: '{}' },
  jsonb: { value: '{}' },
  date: { expression: 'CURRENT_DATE' },
  timestamp: { expression: 'CURRENT_TIMESTAMP' },
  time: { expression: 'CURRENT_TIME' },
  bytea: { value: '' },
  point: { expression: 'POINT(0, 0)' },
  uuid: { value: '00000000-0000-0000-0000-000000000000' },
}
