/** How one value is converted for the database and back: scalars, lists, and rows in JSON. */
import { type EnumData } from '../schema/declare/enum-labels.ts'
import { fromDatabase, toDatabase } from '../schema/declare/enum-type.ts'
import { parseArray } from './parse-array.ts'
import { readValue, type ValueCodec, writeValue } from './values.ts'

/** What is known about a column of a query: nothing, an enum, a built-in type, or rows in JSON. */
export type Codec =
  | { readonly kind: 'enum'; readonly data: EnumData; readonly array: boolean }
  | ValueCodec
  | { readonly kind: 'rows'; readonly shape: Shape }
/** The columns of a table or query, in order. */
export type Shape = readonly { readonly name: string; readonly codec?: Codec | undefined }[]

/** The result for labels without a member: an error, or the label itself. */
export type Unknown = 'error' | 'passthrough'

/** A parameter: a member, or a list of them. */
export function encode(value: unknown, codec: Codec | undefined): unknown {
  if (codec?.kind === 'value') return writeValue(value, codec)
  if (codec?.kind !== 'enum' || value === null || value === undefined) return value
  if (Array.isArray(value)) return value.map((v) => encode(v, codec))
  return typeof value === 'string' || typeof value === 'number' ? toDatabase(codec.data, value) : value
}

/** A result. Throws ENUM.INVALID for labels that the enum has not, unless they pass through. */
export function decode(value: unknown, codec: Codec | undefined, unknown: Unknown, inJson = false): unknown {
  if (codec === undefined || value === null || value === undefined) return value
  if (codec.kind === 'rows') return decodeRows(value, codec.shape, unknown)
  if (codec.kind === 'value') return readValue(value, codec, inJson)
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
    ? decodeRow(value as Record<string, unknown>, shape, unknown, true)
    : value
}

export function decodeRow(
  row: Readonly<Record<string, unknown>>,
  shape: Shape,
  unknown: Unknown,
  inJson = false,
): Record<string, unknown> {
  const decoded = { ...row }
  for (const { name, codec } of shape) {
    if (codec !== undefined && name in decoded) decoded[name] = decode(decoded[name], codec, unknown, inJson)
  }
  return decoded
}
