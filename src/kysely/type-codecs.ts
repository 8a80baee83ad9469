/** Codecs by type for PostgreSQL drivers: whatever the query, a value of the enum's type is a member in the program. */
import { ambix } from '../schema/declared.ts'
import type { EnumData } from '../schema/declare/enum-labels.ts'
import { columnData } from '../schema/declare/column.ts'
import { dataOf } from '../schema/declared.ts'
import { gather } from '../schema/declare/gather.ts'
import type { TableData } from '../schema/declare/table.ts'
import { type Codec, decode, encode, type Unknown } from './codec.ts'
import { parseArray, printArray } from './parse-array.ts'

/** As PGlite's options `parsers` and `serializers` are; `pg` takes the parsers by `types.setTypeParser`. */
export interface EnumCodecs {
  readonly parsers: Record<number, (text: string) => unknown>
  readonly serializers: Record<number, (value: unknown) => string>
}

type Query = (
  sql: string,
  params: readonly unknown[],
) => Promise<{ readonly rows: readonly unknown[] } | readonly unknown[]>

/**
 * Asks the database for the ids of the declared enum types, once after connecting and again after migrations
 * (a type that is recreated has a new OID).
 *
 * @example const { parsers, serializers } = await enumCodecs(schema, (sql) => db.query(sql))
 */
export async function enumCodecs(
  schema: object,
  query: Query,
  options: { readonly unknown?: Unknown } = {},
): Promise<EnumCodecs> {
  const unknown = options.unknown ?? 'error'
  const answer = await query(
    `SELECT n.nspname AS schema, n.nspname = current_schema() AS here, t.typname AS name, t.oid::int8::text AS oid, t.typarray::int8::text AS array_oid
       FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype = 'e'`,
    [],
  )
  // The query above gives the type of its rows.
  const rows = ('rows' in answer ? answer.rows : answer) as readonly {
    schema: string
    here: boolean
    name: string
    oid: string
    array_oid: string
  }[]
  const codecs: EnumCodecs = { parsers: {}, serializers: {} }
  for (const data of enumsOf(schema)) {
    const row = rows.find(
      (r) => r.name === data.name && (data.schema === undefined ? r.here : r.schema === data.schema),
    )
    if (row === undefined) continue
    const codec: Codec = { kind: 'enum', data, array: false }
    codecs.parsers[Number(row.oid)] = (text) => decode(text, codec, unknown)
    codecs.serializers[Number(row.oid)] = (value) => String(encode(value, codec))
    codecs.parsers[Number(row.array_oid)] = (text) => decode(parseArray(text), codec, unknown)
    codecs.serializers[Number(row.array_oid)] = (value) => {
      const labels = encode(value, codec)
      return Array.isArray(labels) ? printArray(labels) : String(labels)
    }
  }
  return codecs
}

function enumsOf(schema: object): ReadonlySet<EnumData> {
  const found = new Set<EnumData>()
  const add = (data: { readonly kind: string } | undefined): void => {
    if (data?.kind === 'enum' && (data as EnumData).native) found.add(data as EnumData)
  }
  for (const declaration of gather([schema]).keys()) {
    const data = declaration[ambix]
    add(data)
    if (data.kind === 'table' || data.kind === 'view') {
      for (const column of Object.values((data as TableData).columns)) add(dataOf(columnData(column).declaration))
    }
  }
  return found
}
