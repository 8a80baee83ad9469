/** How values of a composite type outlast the type: by the names of its attributes, not by their places. */
import type { ColumnType, Ref, Schema } from '../../schema/model.ts'
import { refText, typeKey } from '../../schema/keys.ts'
import { rowTypeOf } from '../graph/dependants.ts'
import { refName } from '../model/quote.ts'

/** The type under domains. */
export function baseOf(schema: Schema, type: ColumnType, depth = 0): ColumnType {
  const domain = type.kind === 'domain' ? schema.objects.get(typeKey(type) ?? '') : undefined
  return domain?.kind === 'domain' && depth < 8 ? baseOf(schema, domain.type, depth + 1) : type
}

/**
 * Whether the text of a value means the same after the change as before: PostgreSQL reads it by the places of the
 * attributes, here and in every composite inside.
 */
function samePlaces(from: Schema, to: Schema, had: ColumnType, has: ColumnType, depth = 0): boolean {
  if (depth > 8) return true
  const [a, b] = [baseOf(from, had), baseOf(to, has)]
  if (a.element !== undefined && b.element !== undefined) return samePlaces(from, to, a.element, b.element, depth + 1)
  const [left, right] = [attributesOf(from, a), attributesOf(to, b)]
  if (left === undefined || right === undefined) return true
  return (
    left.length === right.length &&
    left.every((x, i) => x.name === right[i]!.name && samePlaces(from, to, x.type, right[i]!.type, depth + 1))
  )
}

/**
 * Whether values are converted by the names of their attributes: those of one type whose attributes move, and of two types
 * that share names at other places. Two types without a name in common are read place by place.
 */
export function goByName(from: Schema, to: Schema, had: ColumnType, has: ColumnType): boolean {
  if (samePlaces(from, to, had, has)) return false
  if (typeKey(had) === typeKey(has)) return true
  const attributes = (schema: Schema, type: ColumnType): readonly Attribute[] => {
    const base = baseOf(schema, type)
    return attributesOf(schema, base.element ?? base) ?? []
  }
  const names = new Set(attributes(from, had).map((a) => a.name))
  return attributes(to, has).some((a) => names.has(a.name))
}

type Attribute = { readonly name: string; readonly type: ColumnType }

function attributesOf(schema: Schema, type: ColumnType): readonly Attribute[] | undefined {
  const object = schema.objects.get(typeKey(type) ?? '')
  return object?.kind === 'composite' ? object.attributes : rowTypeOf(schema, type)?.columns
}

/** The composite type that `type` is or is a domain over; undefined for arrays and all else. */
export function compositeUnder(schema: Schema, type: ColumnType): Ref | undefined {
  const base = baseOf(schema, type)
  if (base.kind === 'array' || attributesOf(schema, base) === undefined || base.name === undefined) return undefined
  return base.schema === undefined ? { name: base.name } : { schema: base.schema, name: base.name }
}

/** JSON keeps the names, and PostgreSQL fills a value from it by name. */
export const asJson = (column: string): string => `to_json(${column})`

export function fromJson(column: string, composite: Ref, type: ColumnType): string {
  const value = `json_populate_record(NULL::${refName(composite)}, ${column})`
  return type.kind === 'domain' && type.name !== undefined
    ? `${value}::${refName(type.schema === undefined ? { name: type.name } : { schema: type.schema, name: type.name })}`
    : value
}

/** Refuses, when the revision runs, what no expression can carry over: arrays of values whose attributes change places. */
export function refuseArrays(table: Ref, column: string, quoted: string): string {
  const reason = `${refText(table)}.${column} holds arrays of a composite type whose attributes change: change these rows first`
  return [
    'DO $ambix$',
    'BEGIN',
    `  IF EXISTS (SELECT FROM ${refName(table)} WHERE cardinality(${quoted}) > 0) THEN`,
    `    RAISE EXCEPTION '${`ambix refuses: ${reason}`.replaceAll("'", "''").replaceAll('%', '%%')}';`,
    '  END IF;',
    'END',
    '$ambix$',
  ].join('\n')
}
