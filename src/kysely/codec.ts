/** How one value of an enum is converted for the database and back: scalars, lists, and rows in JSON. */
import { type EnumData } from '../schema/declare/enum-labels.ts'
import { fromDatabase, toDatabase } from '../schema/declare/enum-type.ts'

/** What is known about a column of a query: nothing, an enum, or rows in JSON. */
export type Codec =
  | { readonly kind: 'enum'; readonly data: EnumData; readonly array: boolean }
  | { readonly kind: 'rows'; readonly shape: Shape }
/** The columns of a table or query, in order. */
export type Shape = readonly { readonly name: string; readonly codec?: Codec | undefined }[]

/** The result for labels without a member: an error, or the label itself. */
export type Unknown = 'error' | 'passthrough'

/** A parameter: a member, or a list of them. */
export function encode(value: unknown, codec: Codec | undefined): unknown {
  if (codec?.kind !== 'enum' || value === null || value === undefined) return value
  if (Array.isArray(value)) return value.map((v) => encode(v, codec))
  return typeof value === 'string' || typeof value === 'number' ? toDatabase(codec.data, value) : value
}

/** A result. Throws ENUM.INVALID for labels that the enum has not, unless they pass through. */
export function decode(value: unknown, codec: Codec | undefined, unknown: Unknown): unknown {
  if (codec === undefined || value === null || value === undefined) return value
  if (codec.kind === 'rows') return decodeRows(value, codec.shape, unknown)
  if (Array.isArray(value)) return value.map((v) => decode(v, codec, unknown))
  if (typeof value !== 'string') return value
  // Drivers that do not know the type's array leave it as text.
  if (codec.array && value.startsWith('{'))
    return parseArray(value).map((v) => decode(v, { ...codec, array: false }, unknown))
  if (unknown === 'passthrough' && !codec.data.labels.includes(value)) return value
  return fromDatabase(codec.data, value)
}

function decodeRows(value: unknown, shape: Shape, unknown: Unknown): unknown {
  if (Array.isArray(value)) return value.map((v) => decodeRows(v, shape, unknown))
  return typeof value === 'object' && value !== null
    ? decodeRow(value as Record<string, unknown>, shape, unknown)
    : value
}

export function decodeRow(
  row: Readonly<Record<string, unknown>>,
  shape: Shape,
  unknown: Unknown,
): Record<string, unknown> {
  const decoded = { ...row }
  for (const { name, codec } of shape) {
    if (codec !== undefined && name in decoded) decoded[name] = decode(decoded[name], codec, unknown)
  }
  return decoded
}

/** `{a,"b, c",NULL}` as PostgreSQL prints arrays of one dimension or more (manual, 8.15.6). */
export function parseArray(text: string): unknown[] {
  let at = 0
  const list = (): unknown[] => {
    const items: unknown[] = []
    at++
    while (at < text.length && text[at] !== '}') {
      if (text[at] === ',') at++
      else if (text[at] === '{') items.push(list())
      else if (text[at] === '"') items.push(quoted())
      else items.push(bare())
    }
    at++
    return items
  }
  const quoted = (): string => {
    let out = ''
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at++
      out += text[at]
    }
    at++
    return out
  }
  const bare = (): string | null => {
    let out = ''
    while (at < text.length && text[at] !== ',' && text[at] !== '}') out += text[at++]
    return out === 'NULL' ? null : out
  }
  return list()
}

/** The inverse of `parseArray`, every element in quotes. */
export function printArray(items: readonly unknown[]): string {
  const item = (v: unknown): string =>
    v === null || v === undefined
      ? 'NULL'
      : Array.isArray(v)
        ? printArray(v)
        : `"${String(v).replaceAll(/["\\]/gu, String.raw`\$&`)}"`
  return `{${items.map(item).join(',')}}`
}
