/** Values that hold labels inside (composites, ranges, domains over them) as the text that the new type reads, with new labels. */
import { arrayRemap } from '../../operations/array-remap.ts'
import type { ColumnType, Composite, Ref, Schema } from '../../schema/model.ts'
import { rowTypeOf } from '../graph/dependants.ts'
import { typeKey } from '../graph/needs.ts'
import { literal, name, refName } from '../model/quote.ts'

type Labels = Readonly<Record<string, string | null>>

/** The new labels of an enum, by its key; undefined where they are kept. */
export type Remaps = (key: string) => { readonly remap: Labels; readonly labels: readonly string[] } | undefined

/** An expression, `same` where no label inside changes, `closed` where no expression reaches the labels. */
type Found = { readonly sql: string } | 'same' | 'closed'

/** `column` as text with the labels changed; `same` and `closed` as above. */
export function relabelled(schema: Schema, type: ColumnType, column: string, remaps: Remaps): Found {
  const found = value(schema, type, column, remaps, 0)
  return typeof found === 'string' ? found : { sql: `(${found.sql})::text` }
}

function value(schema: Schema, type: ColumnType, sql: string, remaps: Remaps, depth: number): Found {
  if (depth > 8) return 'same'
  if (type.element !== undefined) return array(schema, type.element, sql, remaps, depth)
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
    const known = remaps(typeKey(type)!)
    if (known === undefined || Object.keys(known.remap).length === 0) return 'same'
    const whens = Object.entries(known.remap).map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`)
    return { sql: `CASE ${cast(sql)}::text ${whens.join(' ')} ELSE ${cast(sql)}::text END` }
  }
  return object?.kind === 'range' ? range(schema, object.subtype, sql, remaps, depth) : 'same'
}

/** Labels of an array of the enum, or of a domain over it; whatever else holds some is beyond one expression. */
function array(schema: Schema, element: ColumnType, sql: string, remaps: Remaps, depth: number): Found {
  const inner = value(schema, element, sql, remaps, depth + 1)
  if (typeof inner === 'string') return inner
  const key = enumUnder(schema, element)
  const known = key === undefined ? undefined : remaps(key)
  if (known === undefined) return 'closed'
  return { sql: arrayRemap(`${cast(sql)}::text[]`, known.remap, known.labels, literal) }
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
  remaps: Remaps,
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
function range(schema: Schema, subtype: ColumnType, sql: string, remaps: Remaps, depth: number): Found {
  const bounds = (['lower', 'upper'] as const).map((of) => value(schema, subtype, `${of}(${sql})`, remaps, depth + 1))
  const [low, high] = bounds
  if (low === undefined || typeof low === 'string') return low ?? 'same'
  if (high === undefined || typeof high === 'string') return high ?? 'same'
  const key = enumUnder(schema, subtype)
  if (Object.values((key === undefined ? undefined : remaps(key)?.remap) ?? {}).includes(null)) return 'closed'
  const quoted = (bound: string): string =>
    `coalesce('"' || replace(replace((${bound})::text, chr(92), repeat(chr(92), 2)), '"', '""') || '"', '')`
  const edge = (of: string, closed: string, open: string): string =>
    `CASE WHEN ${of}_inc(${sql}) THEN '${closed}' ELSE '${open}' END`
  return {
    sql: `CASE WHEN isempty(${sql}) THEN 'empty' WHEN NOT isempty(${sql}) THEN ${edge('lower', '[', '(')} || ${quoted(low.sql)} || ',' || ${quoted(high.sql)} || ${edge('upper', ']', ')')} END`,
  }
}

const cast = (sql: string): string => (/^\w+$|^"[^"]*"$/.test(sql) ? sql : `(${sql})`)

const bare = (type: ColumnType): Ref =>
  type.schema === undefined ? { name: type.name! } : { schema: type.schema, name: type.name! }
