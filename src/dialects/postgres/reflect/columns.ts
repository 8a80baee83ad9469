/** Columns of relations, read from the catalog: types, defaults, identity, the sequences behind them. */
import { columnKey } from '../../../schema/keys.ts'
import { makeObjectName } from '../../../schema/resolve/naming.ts'
import type { Column, ColumnType, Composite, Constraint, Identity, Index, Ref } from '../../../schema/model.ts'
import {
  type Catalog,
  type Facts,
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
import type { RelationRow } from './relation-rows.ts'
import { columnOptions, identityGrants } from './settings.ts'
import { collationRef } from './types.ts'

/**
 * The columns of everything in scope, and of what foreign keys refer to elsewhere: the relation, number and name of each, what nearly all columns
 * have as one text (`factsOf`), the default, and as JSON what few have (`rest`). A schema has ten times as many columns as anything else.
 */
export function columnsSql(catalog: CatalogQuery): string {
  const elsewhere =
    catalog.scope.schemas === 'all'
      ? ''
      : ` OR c.oid IN (SELECT k.confrelid FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class kc ON kc.oid = k.conrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = kc.relnamespace WHERE ${inScope(catalog, 'n')})`
  return `
SELECT a.attrelid, a.attnum, a.attname,
       pg_catalog.concat_ws(',', a.atttypid, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated, a.attcollation, a.attislocal),
       x.oid, CASE WHEN x.adbin IS NOT NULL THEN pg_catalog.pg_get_expr(x.adbin, x.adrelid) END,
       CASE WHEN c.relkind IN ('v', 'm') OR a.atttypid >= 16384 AND (a.atttypmod <> -1 OR t.typtype = 'c' OR t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc)
              OR a.attcollation <> t.typcollation OR a.attstorage <> t.typstorage ${catalog.version >= 140000 ? "OR a.attcompression <> ''" : ''}
              OR a.attstattarget >= 0 OR a.attacl IS NOT NULL OR d.description IS NOT NULL OR a.attfdwoptions IS NOT NULL OR a.attoptions::text LIKE '%n_distinct%'
       THEN pg_catalog.json_build_array(
         CASE WHEN a.atttypid >= 16384 AND (a.atttypmod <> -1 OR t.typtype = 'c' OR t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc)
                OR c.relkind IN ('v', 'm') THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END,
         CASE WHEN a.attcollation <> t.typcollation THEN
           (SELECT pg_catalog.json_build_array(ln.nspname, l.collname)::text FROM pg_catalog.pg_collation l
              JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
         CASE WHEN a.attstorage <> t.typstorage AND c.relkind <> 'v' THEN a.attstorage::text || t.typstorage::text END,
         ${catalog.version >= 140000 ? "NULLIF(a.attcompression, '')::text" : 'NULL'},
         CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END,
         a.attacl::text, d.description, a.attfdwoptions::text,
         -- The two that the manual knows (ALTER TABLE); a server of another make may keep notes of its own there.
         CASE WHEN c.relkind <> 'c' AND a.attoptions IS NOT NULL THEN
           (SELECT pg_catalog.array_agg(o ORDER BY o)::text FROM pg_catalog.unnest(a.attoptions) AS o WHERE o ~ '^n_distinct') END) END
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

export function factsOf(catalog: Catalog, row: Row): Facts {
  let facts = catalog.facts.get(row[3]!)
  if (facts === undefined) {
    const [typeOid = '', typmod = '', notNull, identity = '', generated = '', collation = '', local] =
      row[3]!.split(',')
    facts = {
      typeOid,
      typmod,
      nullable: !isTrue(notNull),
      identity,
      generated,
      collation,
      inherited: !isTrue(local),
      type: typeOf(catalog, typeOid, typmod, null),
      plain: new Map(),
      defaults: new Map(),
    }
    catalog.facts.set(row[3]!, facts)
  }
  return facts
}

/** What few columns have, as texts of the catalog. */
interface Rest {
  /** The output of `format_type`, where the type's OID does not tell it. */
  readonly type: string | null
  /** `["pg_catalog","C"]`, where it is not the type's own. */
  readonly collation: string | null
  /** The letter of its own and that of the type. */
  readonly storage: string | null
  readonly compression: string | null
  readonly statistics: string | null
  readonly acl: string | null
  readonly comment: string | null
  /** Of a foreign table's column. */
  readonly foreign: string | null
  readonly options: string | null
}

const texts = (of: readonly (string | null)[]): Rest => {
  const at = (i: number): string | null => of[i] ?? null
  return {
    type: at(0),
    collation: at(1),
    storage: at(2),
    compression: at(3),
    statistics: at(4),
    acl: at(5),
    comment: at(6),
    foreign: at(7),
    options: at(8),
  }
}
const noRest = texts([])

export const restOf = (row: Row): Rest =>
  row[6] === null ? noRest : texts(JSON.parse(row[6]!) as readonly (string | null)[])

/** The type of a column, with the text where its OID does not tell it. */
function typeIn(catalog: Catalog, facts: Facts, rest: Rest): ColumnType {
  return rest.type === null ? facts.type : typeOf(catalog, facts.typeOid, facts.typmod, rest.type)
}

export function same(options: object): boolean {
  return Object.keys(options).length === 0
}

const storages: Readonly<Record<string, Column['storage']>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' }

const serials: Readonly<Record<string, string>> = { integer: 'serial', bigint: 'bigserial', smallint: 'smallserial' }

export interface Columns {
  readonly rows: ReadonlyMap<string, readonly Row[]>
  /** Sequences by table and number of the column that own or are owned. */
  readonly sequences: ReadonlyMap<string, ReadonlyMap<string, RelationRow>>
}

/** Attributes of the composite types: they are needed before the types are built. */
export function readAttributes(
  catalog: Catalog,
  relations: readonly RelationRow[],
): ReadonlyMap<string, Composite['attributes']> {
  return new Map(
    relations
      .filter(({ facts }) => facts.kind === 'c')
      .map(({ oid }) => [
        oid,
        (catalog.columns.get(oid) ?? []).map((c) => {
          const rest = restOf(c)
          return only({
            name: c[2]!,
            type: typeIn(catalog, factsOf(catalog, c), rest),
            collation: rest.collation === null ? undefined : collationRef(catalog, rest.collation),
            comment: rest.comment ?? undefined,
          })
        }),
      ]),
  )
}

export function column(
  catalog: Catalog,
  of: Ref,
  table: RelationRow,
  row: Row,
  columns: Columns,
  parts: Parts,
  folded: Folded,
): Column {
  const name = row[2]!
  const facts = factsOf(catalog, row)
  const usual = row[6] === null && facts.generated === '' && !facts.inherited
  // Equal columns are one object: most tables have the same few.
  if (usual && facts.identity === '' && row[5] === null) {
    let column = facts.plain.get(name)
    if (column === undefined) facts.plain.set(name, (column = { name, type: facts.type, nullable: facts.nullable }))
    return column
  }
  const sequence = columns.sequences.get(table.oid)?.get(row[1]!)
  const own = facts.identity === '' ? undefined : sequence?.sequence
  const alike =
    own === undefined ? facts.identity === '' && sequence === undefined : isUsualIdentity(sequence!, table, name)
  if (!usual || !alike) return oddColumn(catalog, of, table, row, sequence, parts, folded)
  const text = own?.text ?? row[5]!
  let same = facts.defaults.get(text)
  if (same === undefined) facts.defaults.set(text, (same = new Map()))
  let column = same.get(name)
  if (column === undefined) {
    const { type, nullable } = facts
    column =
      own === undefined
        ? withDefault(type, row, facts, parts)
        : { name, type, nullable, identity: identity(table, name, facts.identity, sequence) }
    same.set(name, column)
  }
  if (own !== undefined) folded.set(sequence!.oid, { of, name })
  return column
}

/** Whether nothing of it is the table's own but its name, which is as usual. */
const isUsualIdentity = (sequence: RelationRow, table: RelationRow, column: string): boolean =>
  sequence.rest.acl === null && namedFor(sequence, table, column)

function withDefault(type: ColumnType, row: Row, facts: Facts, parts: Parts): Column {
  const constantType = type.kind === 'domain' ? (parts.baseType(facts.typeOid) ?? type) : type
  return { name: row[2]!, type, nullable: facts.nullable, default: parseDefault(row[5]!, constantType) }
}

function oddColumn(
  catalog: Catalog,
  of: Ref,
  table: RelationRow,
  row: Row,
  sequence: RelationRow | undefined,
  parts: Parts,
  folded: Folded,
): Column {
  const name = row[2]!
  const facts = factsOf(catalog, row)
  const rest = restOf(row)
  if (rest.options !== null) {
    const foreign = table.facts.kind === 'f'
    const on = foreign ? `definition:foreign table ${quoteRef(of)}` : columnKey(of, name)
    columnOptions(catalog, foreign ? 'FOREIGN TABLE' : 'TABLE', of, { name, options: rest.options }, on)
  }
  const type = typeIn(catalog, facts, rest)
  const { nullable } = facts
  const shared =
    row[6] === null && !facts.inherited
      ? nothing
      : only({
          collation: rest.collation === null ? undefined : collationRef(catalog, rest.collation),
          comment: rest.comment ?? undefined,
          storage: rest.storage === null ? undefined : storages[rest.storage[0]!],
          compression:
            rest.compression === null ? undefined : rest.compression === 'l' ? ('lz4' as const) : ('pglz' as const),
          statistics: rest.statistics === null ? undefined : Number(rest.statistics),
          grants: rest.acl === null ? undefined : readGrants(rest.acl, table.facts.owner),
          inherited: facts.inherited,
        })
  if (facts.identity !== '') {
    if (sequence !== undefined) {
      folded.set(sequence.oid, { of, name })
      const { acl } = sequence.rest
      if (acl !== null)
        identityGrants(catalog, of, name, refIn(catalog, sequence.schema, sequence.name), acl, sequence.facts.owner)
    }
    return { name, type, nullable, identity: identity(table, name, facts.identity, sequence), ...shared }
  }
  if (facts.generated !== '')
    return {
      name,
      type,
      nullable,
      generated: { sql: unbracketed(row[5] ?? ''), stored: facts.generated === 's' },
      ...shared,
    }
  if (row[5] === null) return { name, type, nullable, ...shared }
  if (sequence !== undefined && !nullable && isSerial(catalog, table, name, type, row[5]!, sequence)) {
    folded.set(sequence.oid, { of, name })
    return { name, type: { kind: serials[type.kind]! }, nullable, ...shared }
  }
  return { ...withDefault(type, row, facts, parts), ...shared }
}

/** Sequences that are part of a column, by OID, with that. */
export type Folded = Map<string, { readonly of: Ref; readonly name: string }>

/** The keys of the sequences that are part of columns, and of the defaults of a relation's columns. */
export function keyFolded(catalog: Catalog, folded: Folded): void {
  for (const [sequence, { of, name }] of folded)
    catalog.keys.set(`${catalogs.relation}:${sequence}`, columnKey(of, name))
}
export function keyDefaults(catalog: Catalog, relation: string): void {
  const of = catalog.relations.get(relation)!
  for (const row of catalog.columns.get(relation) ?? [])
    if (row[4] !== null) catalog.keys.set(`${catalogs.default}:${row[4]}`, columnKey(of, row[2]!))
}

/** Whether a sequence has the name that PostgreSQL gives to a column's. */
const namedFor = (sequence: RelationRow, table: RelationRow, column: string): boolean =>
  sequence.schema === table.schema &&
  (sequence.name === `${table.name}_${column}_seq` || sequence.name === makeObjectName(table.name, column, 'seq'))

function identity(table: RelationRow, column: string, generation: string, sequence: RelationRow | undefined): Identity {
  const usual = sequence === undefined || namedFor(sequence, table, column)
  return {
    generation: generation === 'a' ? 'always' : 'byDefault',
    ...sequence?.sequence?.options,
    ...(usual ? {} : { sequenceName: sequence.name }),
  }
}

/** Whether the column is equal to a `serial`, and no property of its sequence would be lost by declaring it so. */
function isSerial(
  catalog: Catalog,
  table: RelationRow,
  column: string,
  type: ColumnType,
  expression: string,
  row: RelationRow,
): boolean {
  const { sequence, facts, rest } = row
  if (serials[type.kind] === undefined || sequence?.owned !== true || sequence.type !== type.kind) return false
  if (!namedFor(row, table, column)) return false
  if (
    !same(sequence.options) ||
    readGrants(rest.acl, facts.owner) !== undefined ||
    rest.comment !== null ||
    facts.persistence !== table.facts.persistence ||
    facts.owner !== table.facts.owner
  )
    return false
  return expression === `nextval(${quoteLiteral(quoteRef(refIn(catalog, row.schema, row.name)))}::regclass)`
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
  let of: string | null | undefined
  let list: Row[] = []
  for (const row of rows) {
    // They come in the order of their relations.
    if (row[0] !== of) {
      of = row[0]
      list = found.get(of!) ?? []
      found.set(of!, list)
    }
    list.push(row)
  }
  return found
}

export const nothing: {
  readonly [K in 'collation' | 'comment' | 'storage' | 'compression' | 'statistics' | 'grants' | 'inherited']?: never
} = {}
