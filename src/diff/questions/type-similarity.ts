/** Which types are near each other: a column of the one may well have become a column of the other with its values. */
import type { ColumnType } from '../../schema/model.ts'

const families: readonly ReadonlySet<string>[] = [
  new Set([
    'smallint',
    'integer',
    'bigint',
    'smallserial',
    'serial',
    'bigserial',
    'numeric',
    'real',
    'doublePrecision',
    'money',
  ]),
  new Set(['text', 'varchar', 'char', 'citext', 'name', 'enum']),
  new Set(['timestamp', 'date']),
  new Set(['json', 'jsonb']),
  new Set(['inet', 'cidr']),
  new Set(['bit', 'varbit']),
]

/** One type with other arguments, or two of one family: texts and enums, numbers, times of day apart from dates. */
export function kin(a: ColumnType, b: ColumnType): boolean {
  if (a.kind === 'array' || b.kind === 'array')
    return a.element !== undefined && b.element !== undefined && kin(a.element, b.element)
  if (families.some((f) => f.has(a.kind) && f.has(b.kind))) return true
  if (a.kind !== b.kind || a.name !== b.name || a.schema !== b.schema) return false
  return base(a) === base(b)
}

/** `vector` of `vector(3)`. */
function base(type: ColumnType): string {
  return (type.sql ?? '').replace(/\(.*$/su, '').trim()
}
