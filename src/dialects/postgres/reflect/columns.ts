/** Columns of relations, read from the catalog: types, defaults, identity, the sequences behind them. */
import { columnKey } from '../../../schema/keys.ts'
import { makeObjectName } from '../../../schema/resolve/naming.ts'
import type {
  Column,
  ColumnType,
  Composite,
  Constraint,
  Identity,
  Index,
  Ref,
  SequenceOptions,
} from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
  inScope,
  isTrue,
  only,
  readGrants,
  refIn,
  typeOf,
  unbracketed,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { parseDefault } from '../spell/defaults.ts'
import { quoteLiteral, quoteRef } from '../spell/quote.ts'
import { ownOptions } from '../spell/sequence-options.ts'
import { columnOptions, identityGrants } from './settings.ts'
import { collationRef } from './types.ts'

/** The columns of everything in scope, and of what foreign keys refer to elsewhere. */
export function columnsSql(catalog: CatalogQuery): string {
  const elsewhere =
    catalog.scope.schemas === 'all'
      ? ''
      : ` OR c.oid IN (SELECT k.confrelid FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class kc ON kc.oid = k.conrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = kc.relnamespace WHERE ${inScope(catalog, 'n')})`
  return `
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod,
       CASE WHEN a.atttypid >= 16384 AND (a.atttypmod <> -1 OR t.typtype = 'c' OR t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc)
              OR c.relkind IN ('v', 'm') THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END,
       a.attnotnull, a.attidentity, a.attgenerated,
       x.oid, CASE WHEN x.adbin IS NOT NULL THEN pg_catalog.pg_get_expr(x.adbin, x.adrelid) END,
       a.attcollation,
       CASE WHEN a.attcollation <> t.typcollation THEN
         (SELECT pg_catalog.json_build_array(ln.nspname, l.collname) FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
       CASE WHEN a.attstorage <> t.typstorage AND c.relkind <> 'v' THEN a.attstorage::text || t.typstorage::text END,
       ${catalog.version >= 140000 ? "NULLIF(a.attcompression, '')" : 'NULL'},
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
       a.attislocal, a.attacl, d.description, a.attfdwoptions,
       -- The two that the manual knows (ALTER TABLE); a server of another make may keep notes of its own there.
       CASE WHEN c.relkind <> 'c' AND a.attoptions IS NOT NULL THEN
         (SELECT pg_catalog.array_agg(o ORDER BY o) FROM pg_catalog.unnest(a.attoptions) AS o WHERE o ~ '^n_distinct') END
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.relation} AND d.objoid = a.attrelid AND d.objsubid = a.attnum
 WHERE ${userSchema('n')} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't'
   AND (${inScope(catalog, 'n')}${elsewhere}) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum`
}

/** The options that differ from the defaults of CREATE SEQUENCE for the type. */
export function sequenceOptions(row: Row): SequenceOptions {
  const [start, increment, min, max, cache] = row.slice(24, 29) as readonly string[]
  return ownOptions({ start, increment, min, max, cache, cycle: isTrue(row[29]) }, row[23]!)
}

export function same(options: object): boolean {
  return Object.keys(options).length === 0
}

const storages: Readonly<Record<string, Column['storage']>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' }

const serials: Readonly<Record<string, string>> = { integer: 'serial', bigint: 'bigserial', smallint: 'smallserial' }

export interface Columns {
  readonly rows: ReadonlyMap<string, readonly Row[]>
  /** Sequences by table and number of the column that own or are owned. */
  readonly sequences: ReadonlyMap<string, ReadonlyMap<string, Row>>
}

/** Attributes of the composite types: they are needed before the types are built. */
export function readAttributes(
  catalog: Catalog,
  relations: readonly Row[],
): ReadonlyMap<string, Composite['attributes']> {
  return new Map(
    relations
      .filter((row) => row[3] === 'c')
      .map((row) => [
        row[0]!,
        (catalog.columns.get(row[0]!) ?? []).map((c) =>
          only({
            name: c[2]!,
            type: typeOf(catalog, c[3]!, c[4]!, c[5]!),
            collation: c[12] === null ? undefined : collationRef(catalog, c[12]!),
            comment: c[18] ?? undefined,
          }),
        ),
      ]),
  )
}

/** Most columns have nothing but a name, a type and perhaps a default. */
function plainColumn(row: Row): boolean {
  return (
    row[12] === null &&
    row[13] === null &&
    row[14] === null &&
    row[15] === null &&
    row[17] === null &&
    row[18] === null &&
    row[16] !== 'f'
  )
}

export function column(
  catalog: Catalog,
  of: Ref,
  tableRow: Row,
  row: Row,
  columns: Columns,
  parts: Parts,
  folded: Set<string>,
): Column {
  const name = row[2]
  const keyed = (classId: string, oid: string): unknown =>
    catalog.late.push(() => catalog.keys.set(`${classId}:${oid}`, columnKey(of, name!)))
  if (row[9] !== null) keyed(catalogs.default, row[9]!)
  if (row[20] !== null) {
    const foreign = tableRow[3] === 'f'
    const on = foreign ? `definition:foreign table ${quoteRef(of)}` : columnKey(of, name!)
    columnOptions(catalog, foreign ? 'FOREIGN TABLE' : 'TABLE', of, row, on)
  }
  const type = typeOf(catalog, row[3]!, row[4]!, row[5]!)
  const sequence = columns.sequences.get(tableRow[0]!)?.get(row[1]!)
  const nullable = !isTrue(row[6])
  const shared = plainColumn(row)
    ? nothing
    : only({
        collation: row[12] === null ? undefined : collationRef(catalog, row[12]!),
        comment: row[18] ?? undefined,
        storage: row[13] === null ? undefined : storages[row[13]![0]!],
        compression: row[14] === null ? undefined : row[14] === 'l' ? ('lz4' as const) : ('pglz' as const),
        statistics: row[15] === null ? undefined : Number(row[15]),
        grants: row[17] === null ? undefined : readGrants(row[17], tableRow[7]!),
        inherited: row[16] === 'f',
      })
  if (row[7] !== '') {
    if (sequence !== undefined) {
      folded.add(sequence[0]!)
      keyed(catalogs.relation, sequence[0]!)
      if (sequence[8] !== null)
        identityGrants(catalog, of, name!, refIn(catalog, sequence[1]!, sequence[2]!), sequence[8]!, sequence[7]!)
    }
    return { name: name!, type, nullable, identity: identity(tableRow, name!, row[7]!, sequence), ...shared }
  }
  if (row[8] !== '')
    return {
      name: name!,
      type,
      nullable,
      generated: { sql: unbracketed(row[10] ?? ''), stored: row[8] === 's' },
      ...shared,
    }
  if (row[10] === null) return { name: name!, type, nullable, ...shared }
  if (sequence !== undefined && !nullable && isSerial(catalog, tableRow, name!, type, row[10]!, sequence)) {
    folded.add(sequence[0]!)
    keyed(catalogs.relation, sequence[0]!)
    return { name: name!, type: { kind: serials[type.kind]! }, nullable, ...shared }
  }
  const constantType = type.kind === 'domain' ? (parts.baseType(row[3]!) ?? type) : type
  return { name: name!, type, nullable, default: parseDefault(row[10]!, constantType), ...shared }
}

function identity(table: Row, column: string, generation: string, sequence: Row | undefined): Identity {
  const usual =
    sequence === undefined || (sequence[2] === makeObjectName(table[2]!, column, 'seq') && sequence[1] === table[1])
  return {
    generation: generation === 'a' ? 'always' : 'byDefault',
    ...(sequence === undefined ? {} : sequenceOptions(sequence)),
    ...(usual ? {} : { sequenceName: sequence[2]! }),
  }
}

/** Whether the column is equal to a `serial`, and no property of its sequence would be lost by declaring it so. */
function isSerial(
  catalog: Catalog,
  table: Row,
  column: string,
  type: ColumnType,
  expression: string,
  sequence: Row,
): boolean {
  if (serials[type.kind] === undefined || sequence[32] !== 'a' || sequence[23] !== type.kind) return false
  if (sequence[1] !== table[1] || sequence[2] !== makeObjectName(table[2]!, column, 'seq')) return false
  if (
    !same(sequenceOptions(sequence)) ||
    readGrants(sequence[8], sequence[7]!) !== undefined ||
    sequence[9] !== null ||
    sequence[5] !== table[5] ||
    sequence[7] !== table[7]
  )
    return false
  return expression === `nextval(${quoteLiteral(quoteRef(refIn(catalog, sequence[1]!, sequence[2]!)))}::regclass)`
}

/** The other parts' data about a relation: its constraints and indexes, by its OID. */
export interface Parts {
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>
  readonly indexes: ReadonlyMap<string, readonly Index[]>
  /** The name of an index, by oid of its table, that is the replica identity. */
  readonly replicaIndexes: ReadonlyMap<string, string>
  readonly baseType: (oid: string | null) => ColumnType | undefined
}

export function group(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>()
  for (const row of rows) {
    const list = found.get(row[0]!)
    if (list === undefined) found.set(row[0]!, [row])
    else list.push(row)
  }
  return found
}

export const nothing: {
  readonly [K in 'collation' | 'comment' | 'storage' | 'compression' | 'statistics' | 'grants' | 'inherited']?: never
} = {}
