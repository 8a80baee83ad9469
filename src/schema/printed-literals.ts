/** Which constants a database prints as they were given, so that no query is needed (manual, chapter 8). */
import type { ColumnType, LiteralValue } from './model.ts'

const numbers: ReadonlySet<string> = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'doublePrecision',
  'oid',
])
const texts: ReadonlySet<string> = new Set(['text', 'varchar', 'enum'])

/**
 * Whether the type prints exactly the text that was stored. Times, ranges, addresses, documents, money, geometry and
 * whatever else has an output function of its own way of writing do not: `'1 hour'` comes back as `01:00:00`.
 */
export function printsAsGiven(value: LiteralValue, type: ColumnType): boolean {
  if (value === null) return true
  if (Array.isArray(value)) {
    const element = type.element
    return element !== undefined && value.every((v) => printsAsGiven(v, Array.isArray(v) ? type : element))
  }
  switch (typeof value) {
    case 'boolean':
      return type.kind === 'boolean'
    case 'number':
      return numbers.has(type.kind) && Number.isSafeInteger(value)
    default:
      return texts.has(type.kind)
  }
}
