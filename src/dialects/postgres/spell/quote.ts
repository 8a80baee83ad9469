/** How PostgreSQL's names and constants are written (manual, 4.1). */
import type { ColumnType, LiteralValue, Ref } from '../../../schema/model.ts'
import { keywords } from '../../../util/keywords.ts'

const plain = /^[a-z_][a-z0-9_]*$/

/** A name, in double quotes only where PostgreSQL needs them. */
export function quoteIdent(name: string): string {
  return plain.test(name) && !keywords.has(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** `posts` or `app.posts`. */
export function quoteRef(ref: Ref): string {
  return ref.schema === undefined ? quoteIdent(ref.name) : `${quoteIdent(ref.schema)}.${quoteIdent(ref.name)}`
}

/** A string constant that means the same under either setting of `standard_conforming_strings`. */
export function quoteLiteral(text: string): string {
  const quoted = text.replaceAll("'", "''")
  return quoted.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
}

/** One element of an array literal, in double quotes only where the array parser needs them (manual, 8.15.6). */
function arrayElement(text: string): string {
  if (text !== '' && !/[\s{},"\\]/.test(text) && text.toUpperCase() !== 'NULL') return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** The text of an array, `{a,"b c",NULL}`, as the server prints it. */
export function arrayText(values: readonly unknown[], element?: ColumnType): string {
  const items = values.map((value) => {
    if (value === null || value === undefined) return 'NULL'
    if (Array.isArray(value) && !isJson(element)) return arrayText(value, element)
    return arrayElement(valueText(value, element))
  })
  return `{${items.join(',')}}`
}

function isJson(type: ColumnType | undefined): boolean {
  return type?.kind === 'json' || type?.kind === 'jsonb'
}

function isArray(type: ColumnType | undefined): type is ColumnType & { readonly element: ColumnType } {
  return type?.kind === 'array' && type.element !== undefined
}

/** The text that the type's input function reads. */
function valueText(value: unknown, type: ColumnType | undefined): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Date) return dateText(value, type)
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  if (Array.isArray(value) && !isJson(type)) return arrayText(value, isArray(type) ? type.element : undefined)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Plain `date` and `timestamp` have no zone: the instant is written in UTC, which such columns keep unchanged. */
function dateText(value: Date, type: ColumnType | undefined): string {
  const iso = value.toISOString()
  if (type?.kind === 'date') return iso.slice(0, 10)
  return type?.kind === 'timestamp' && type.withTimeZone !== true ? iso.slice(0, -1) : iso
}

/** A value as a constant of the given type, for use in a statement. */
export function literal(
  value: LiteralValue | Date | Uint8Array | bigint | object | undefined,
  type?: ColumnType,
): string {
  if (value === null || value === undefined) return 'NULL'
  if (isJson(type) && typeof value !== 'string') {
    return quoteLiteral(JSON.stringify(typeof value === 'bigint' ? Number(value) : value))
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) {
    return String(Object.is(value, -0) ? 0 : value)
  }
  return quoteLiteral(valueText(value, type))
}
