/** Values that hold labels inside (composites, ranges, domains over them) as the text that the new type reads, with new labels. */
import { arrayRemap } from '../../operations/array-remap.ts'
import { refText, typeKey } from '../../schema/keys.ts'
import type { ColumnType, Composite, RangeType, Ref, Schema } from '../../schema/model.ts'
import { rowTypeOf } from '../graph/dependants.ts'
import { baseOf } from './values-by-name.ts'
import { literal, name, refName } from '../model/quote.ts'

type Labels = Readonly<Record<string, string | null>>

/** The new labels of an enum, by its key; undefined where they are kept. */
export type Remaps = (key: string) => { readonly remap: Labels; readonly labels: readonly string[] } | undefined

/** An expression, `same` where no label inside changes, `closed` where no expression reaches the labels. */
type Found = { readonly sql: string } | 'same' | 'closed'

/** What an expression needs: functions of the session that go through the elements of an array, since USING takes no subquery. */
export interface Helper {
  /** With its argument: `pg_temp.ambix_relabel_1(app.comp[])`. */
  readonly signature: string
  readonly create: string
}

/** `column` as text with the labels changed; `same` and `closed` as above. `helpers` gets the functions that it calls. */
export function relabelled(schema: Schema, type: ColumnType, column: string, remaps: Remaps, helpers: Helper[]): Found {
  const found = value(schema, type, column, { of: remaps, helpers }, 0)
  const text = baseOf(schema, type).kind === 'array' ? 'text[]' : 'text'
  return typeof found === 'string' ? found : { sql: `(${found.sql})::${text}` }
}

interface Known {
  readonly of: Remaps
  readonly helpers: Helper[]
}

function value(schema: Schema, type: ColumnType, sql: string, remaps: Known, depth: number): Found {
  if (depth > 8) return 'same'
  if (type.element !== undefined) return array(schema, type.element, sql, remaps, depth)
  const spans = multirangeOf(schema, type)
  if (spans !== undefined) return multirange(schema, type, spans, sql, remaps, depth)
  const object = schema.objects.get(typeKey(type) ?? '')
  const row = rowTypeOf(schema, type)
  if (row !== undefined) return record(schema, row.columns, sql, remaps, depth)
  if (object?.kind === 'composite') return record(schema, object.attributes, sql, remaps, depth)
  if (object?.kind === 'domain') {
    const base = schema.objects.get(typeKey(object.type) ?? '')
    // An enum and an array are read as text under any domain; attributes and bounds are those of the base type.
    const cast = object.type.kind === 'array' || base?.kind === 'enum' || base?.kind === 'domain'
    const under = cast || object.type.name === undefined ? sql : `(${sql})::${refName(bare(object.type))}`
    return value(schema, object.type, under, remaps, depth + 1)
  }
  if (object?.kind === 'enum') {
    const known = remaps.of(typeKey(type)!)
    if (known === undefined || Object.keys(known.remap).length === 0) return 'same'
    const whens = Object.entries(known.remap).map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`)
    return { sql: `CASE ${cast(sql)}::text ${whens.join(' ')} ELSE ${cast(sql)}::text END` }
  }
  return object?.kind === 'range' ? range(schema, object.subtype, sql, remaps, depth) : 'same'
}

/** Labels of an array of the enum, or of a domain over it; elements that hold them inside are gone through one by one. */
function array(schema: Schema, element: ColumnType, sql: string, remaps: Known, depth: number): Found {
  const key = enumUnder(schema, element)
  const known = key === undefined ? undefined : remaps.of(key)
  if (known !== undefined) {
    if (Object.keys(known.remap).length === 0) return 'same'
    return { sql: arrayRemap(`${cast(sql)}::text[]`, known.remap, known.labels, literal) }
  }
  const inner = value(schema, element, 'v[i]', remaps, depth + 1)
  if (typeof inner === 'string') return inner
  if (element.name === undefined) return 'closed'
  // Of an array of several dimensions nothing is changed: PostgreSQL refuses a label that is gone.
  return helper(
    remaps,
    `${refName(bare(element))}[]`,
    'text[]',
    `SELECT CASE WHEN array_ndims(v) > 1 THEN v::text[] WHEN v IS NOT NULL THEN ` +
      `coalesce((SELECT array_agg((${inner.sql})::text ORDER BY i) FROM generate_subscripts(v, 1) AS i), '{}') END`,
    sql,
  )
}

/** The range whose multirange a type is. */
function multirangeOf(schema: Schema, type: ColumnType): RangeType | undefined {
  if (type.kind !== 'custom' || type.sql === undefined) return undefined
  for (const object of schema.objects.values()) {
    if (object.kind !== 'range') continue
    const of: Ref = { ...bare(object), name: object.multirangeName ?? usualMultirange(object.name) }
    if (refText(of) === type.sql || refName(of) === type.sql) return object
  }
  return undefined
}

/** `spanrange` makes `spanmultirange`, any other name gets the word at its end (CREATE TYPE). */
const usualMultirange = (name: string): string =>
  name.includes('range') ? name.replace('range', 'multirange') : `${name}_multirange`

function multirange(schema: Schema, type: ColumnType, of: RangeType, sql: string, remaps: Known, depth: number): Found {
  const inner = range(schema, of.subtype, 'r', remaps, depth + 1)
  if (typeof inner === 'string') return inner
  return helper(
    remaps,
    type.sql!,
    'text',
    `SELECT CASE WHEN v IS NOT NULL THEN (SELECT '{' || coalesce(string_agg(${inner.sql}, ','), '') || '}' FROM unnest(v) AS r) END`,
    sql,
  )
}

function helper(remaps: Known, argument: string, returns: string, body: string, sql: string): Found {
  const called = `pg_temp.ambix_relabel_${remaps.helpers.length + 1}`
  const create = `CREATE FUNCTION ${called}(v ${argument}) RETURNS ${returns} LANGUAGE sql AS $ambix$ ${body} $ambix$`
  remaps.helpers.push({ signature: `${called}(${argument})`, create })
  return { sql: `${called}(${sql})` }
}

function enumUnder(schema: Schema, type: ColumnType, depth = 0): string | undefined {
  const key = type.kind === 'array' ? undefined : typeKey(type)
  const object = schema.objects.get(key ?? '')
  if (object?.kind === 'domain' && depth < 8) return enumUnder(schema, object.type, depth + 1)
  return object?.kind === 'enum' ? key : undefined
}

/** A record prints as a value of the type does, so its text is what the type reads. */
function record(
  schema: Schema,
  attributes: readonly Pick<Composite['attributes'][number], 'name' | 'type'>[],
  sql: string,
  remaps: Known,
  depth: number,
): Found {
  let changes = false
  const parts: string[] = []
  for (const attribute of attributes) {
    const at = `(${sql}).${name(attribute.name)}`
    const found = value(schema, attribute.type, at, remaps, depth + 1)
    if (found === 'closed') return 'closed'
    changes ||= found !== 'same'
    parts.push(found === 'same' ? at : found.sql)
  }
  // A row of NULLs is not NULL.
  return changes ? { sql: `CASE WHEN ${sql} IS DISTINCT FROM NULL THEN ROW(${parts.join(', ')}) END` } : 'same'
}

/** A bound that is NULL would be one that is open, so a label cannot become nothing there. */
function range(schema: Schema, subtype: ColumnType, sql: string, remaps: Known, depth: number): Found {
  const bounds = (['lower', 'upper'] as const).map((of) => value(schema, subtype, `${of}(${sql})`, remaps, depth + 1))
  const [low, high] = bounds
  if (low === undefined || typeof low === 'string') return low ?? 'same'
  if (high === undefined || typeof high === 'string') return high ?? 'same'
  const key = enumUnder(schema, subtype)
  if (Object.values((key === undefined ? undefined : remaps.of(key)?.remap) ?? {}).includes(null)) return 'closed'
  const quoted = (bound: string): string =>
    `coalesce('"' || replace(replace((${bound})::text, chr(92), repeat(chr(92), 2)), '"', '""') || '"', '')`
  const edge = (of: string, closed: string, open: string): string =>
    `CASE WHEN ${of}_inc(${sql}) THEN '${closed}' ELSE '${open}' END`
  return {
    sql: `CASE WHEN isempty(${sql}) THEN 'empty' WHEN NOT isempty(${sql}) THEN ${edge('lower', '[', '(')} || ${quoted(low.sql)} || ',' || ${quoted(high.sql)} || ${edge('upper', ']', ')')} END`,
  }
}

const cast = (sql: string): string => (/^\w+$|^"[^"]*"$/.test(sql) ? sql : `(${sql})`)

const bare = (type: Pick<ColumnType, 'schema' | 'name'>): Ref =>
  type.schema === undefined ? { name: type.name! } : { schema: type.schema, name: type.name! }
