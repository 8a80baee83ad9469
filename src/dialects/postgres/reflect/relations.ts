/** Reads tables, views and sequences, with their columns, and folds serial columns. */
import { columnKey, keyOf } from '../../../schema/keys.ts'
import { makeObjectName } from '../../../schema/resolve/naming.ts'
import type {
  Column,
  ColumnType,
  Composite,
  Constraint,
  Definition,
  Identity,
  Index,
  Ref,
  SchemaObject,
  Sequence,
  SequenceOptions,
  Table,
  View,
} from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
  inScope,
  isTrue,
  notOfExtension,
  numbers,
  only,
  options,
  readGrants,
  readOwner,
  refIn,
  seenName,
  typeOf,
  unbracketed,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { parseDefault } from '../spell/defaults.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'
import { ownOptions } from '../spell/sequence-options.ts'
import { columnOptions, identityGrants, ownersLoss, viewColumn } from './settings.ts'
import { foreignTable } from './foreign.ts'
import { belongings } from './others.ts'
import { collationRef } from './types.ts'

/**
 * Every relation of the users by name; those in scope with all that pg_class knows of them. What few relations have is asked in
 * place and not joined: the planner's work doubles with each join.
 */
export function relationsSql(catalog: CatalogQuery): string {
  return `
SELECT c.oid, n.nspname, c.relname, c.relkind,
       ${inScope(catalog, 'n')} AND ${seenName(catalog, 'c.relname')} AND ${notOfExtension(catalogs.relation, 'c.oid')},
       c.relpersistence, c.reltype, pg_catalog.pg_get_userbyid(c.relowner), c.relacl, d.description,
       c.reloptions,
       CASE WHEN c.reltoastrelid <> 0 THEN (SELECT toast.reloptions FROM pg_catalog.pg_class toast WHERE toast.oid = c.reltoastrelid) END,
       c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
       CASE WHEN c.reltablespace <> 0 THEN (SELECT ts.spcname FROM pg_catalog.pg_tablespace ts WHERE ts.oid = c.reltablespace) END,
       CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.relam <> 0 THEN
         (SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid = c.relam AND am.amname <> 'heap') END,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
       CASE WHEN inh.inhrelid IS NOT NULL THEN
         (SELECT pg_catalog.array_agg(i.inhparent ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) END,
       CASE WHEN c.relkind IN ('v', 'm') AND ${inScope(catalog, 'n')} THEN pg_catalog.pg_get_viewdef(c.oid) END,
       c.relispopulated,
       CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
       CASE WHEN s.seqrelid IS NOT NULL THEN pg_catalog.format_type(s.seqtypid, NULL) END,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
       o.refobjid, o.refobjsubid, o.deptype,
       CASE WHEN c.relkind = 'f' THEN
         (SELECT fs.srvname FROM pg_catalog.pg_foreign_table ft JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver WHERE ft.ftrelid = c.oid) END,
       CASE WHEN c.relkind = 'f' THEN (SELECT ft.ftoptions FROM pg_catalog.pg_foreign_table ft WHERE ft.ftrelid = c.oid) END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits inh ON inh.inhrelid = c.oid AND inh.inhseqno = 1
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_catalog.pg_depend o ON c.relkind = 'S' AND o.classid = ${catalogs.relation} AND o.objid = c.oid
        AND o.refclassid = ${catalogs.relation} AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.relation} AND d.objoid = c.oid AND d.objsubid = 0
 WHERE ${userSchema('n')} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname`
}

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

/** Notes the names by oid that other parts refer to; before anything is built. */
export function nameRelations(catalog: Catalog, relations: readonly Row[], columns: readonly Row[]): void {
  for (const row of relations) {
    const ref = refIn(catalog, row[1]!, row[2]!)
    catalog.relations.set(row[0]!, ref)
    if (row[6] !== '0' && row[3] !== 'c') catalog.types.set(row[6]!, { kind: 'composite', ...ref })
  }
  for (const row of columns) {
    let of = catalog.columns.get(row[0]!)
    if (of === undefined) catalog.columns.set(row[0]!, (of = new Map()))
    of.set(row[1]!, { number: row[1]!, name: row[2]!, collation: row[11]! })
  }
}

/** The names of columns by their numbers. */
export function columnNames(catalog: Catalog, table: string | null, attnums: string | null): readonly string[] {
  const columns = catalog.columns.get(table ?? '')
  return numbers(attnums).map((n) => columns?.get(n)?.name ?? `column ${n}`)
}

/** What differs from the defaults of CREATE SEQUENCE for the type. */
function sequenceOptions(row: Row): SequenceOptions {
  const [start, increment, min, max, cache] = row.slice(24, 29) as readonly string[]
  return ownOptions({ start, increment, min, max, cache, cycle: isTrue(row[29]) }, row[23]!)
}

function same(options: object): boolean {
  return Object.keys(options).length === 0
}

const storages: Readonly<Record<string, Column['storage']>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' }
const serials: Readonly<Record<string, string>> = { integer: 'serial', bigint: 'bigserial', smallint: 'smallserial' }

/** What the other parts know of a relation: its constraints and indexes, by its oid. */
export interface Parts {
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>
  readonly indexes: ReadonlyMap<string, readonly Index[]>
  /** The name of an index, by oid of its table, that is the replica identity. */
  readonly replicaIndexes: ReadonlyMap<string, string>
  readonly baseType: (oid: string | null) => ColumnType | undefined
}

interface Columns {
  readonly rows: ReadonlyMap<string, readonly Row[]>
  /** Sequences by `table.column number` that own or are owned. */
  readonly sequences: ReadonlyMap<string, Row>
}

function group(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>()
  for (const row of rows) {
    const list = found.get(row[0]!)
    if (list === undefined) found.set(row[0]!, [row])
    else list.push(row)
  }
  return found
}

/** Attributes of the composite types: they are needed before the types are built. */
export function readAttributes(
  catalog: Catalog,
  relations: readonly Row[],
  columns: readonly Row[],
): ReadonlyMap<string, Composite['attributes']> {
  const byRelation = group(columns)
  return new Map(
    relations
      .filter((row) => row[3] === 'c')
      .map((row) => [
        row[0]!,
        (byRelation.get(row[0]!) ?? []).map((c) =>
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

/** Tables, views and sequences in scope as objects. */
export function readRelations(
  catalog: Catalog,
  relations: readonly Row[],
  columnRows: readonly Row[],
  parts: Parts,
): readonly SchemaObject[] {
  const sequences = new Map(
    relations.filter((r) => r[3] === 'S' && r[30] !== null).map((r) => [`${r[30]}.${r[31]}`, r]),
  )
  const columns: Columns = { rows: group(columnRows), sequences }
  const found: SchemaObject[] = []
  const folded = new Set<string>()
  for (const row of relations) {
    if (!isTrue(row[4])) continue
    if (row[3] === 'r' || row[3] === 'p') found.push(table(catalog, row, columns, parts, folded))
    else if (row[3] === 'f') found.push(foreign(catalog, row, columns, parts))
    else if (row[3] === 'v' || row[3] === 'm') found.push(view(catalog, row, columns, parts))
  }
  for (const row of relations) {
    if (row[3] === 'S' && isTrue(row[4]) && !folded.has(row[0]!)) found.push(sequence(catalog, row))
  }
  return found
}

function note<T extends SchemaObject>(catalog: Catalog, row: Row, object: T): T {
  const key = keyOf(object)
  catalog.keys.set(`${catalogs.relation}:${row[0]}`, key)
  if (row[6] !== null && row[6] !== '0') catalog.keys.set(`${catalogs.type}:${row[6]}`, key)
  if (row[8] !== null) {
    const ref = refIn(catalog, row[1]!, row[2]!)
    const sequence = row[3] === 'S'
    ownersLoss(catalog, sequence ? 'SEQUENCE' : 'TABLE', quoteRef(ref), row[8]!, row[7]!, {
      of: key,
      ...(sequence ? {} : { table: ref }),
    })
  }
  return object
}

/** Comment, owner and grants, which every relation may have. */
function described(catalog: Catalog, row: Row): { comment?: string; owner?: string; grants?: Table['grants'] } {
  return only({ comment: row[9] ?? undefined, owner: readOwner(catalog, row[7]!), grants: readGrants(row[8], row[7]!) })
}

function table(catalog: Catalog, row: Row, columns: Columns, parts: Parts, folded: Set<string>): Table {
  const [oid, schema, name] = row
  const ref = refIn(catalog, schema!, name!)
  const parents = numbers(row[19]).map((p) => catalog.relations.get(p) ?? { name: p })
  if (row[16] !== null) catalog.uncovered.push(`access method ${row[16]} of table ${quoteRef(ref)}`)
  if (row[22] !== null) catalog.uncovered.push(`table ${quoteRef(ref)} is typed: OF ${row[22]}`)
  const withOptions = { ...options(row[10]), ...options(row[11], 'toast.') }
  const replica = row[14]
  return note(catalog, row, {
    kind: 'table',
    ...ref,
    columns: (columns.rows.get(oid!) ?? []).map((c) => column(catalog, ref, row, c, columns, parts, folded)),
    constraints: parts.constraints.get(oid!) ?? [],
    indexes: parts.indexes.get(oid!) ?? [],
    ...described(catalog, row),
    ...only({
      unlogged: row[5] === 'u',
      with: same(withOptions) ? undefined : withOptions,
      tablespace: row[15] ?? undefined,
      inherits: row[18] === null && parents.length > 0 ? parents : undefined,
      partitionBy: row[17] ?? undefined,
      partitionOf: row[18] === null ? undefined : { parent: parents[0]!, bound: row[18]! },
      rowSecurity: isTrue(row[12]),
      forceRowSecurity: isTrue(row[13]),
      replicaIdentity:
        replica === 'f'
          ? 'full'
          : replica === 'n'
            ? 'nothing'
            : replica === 'i'
              ? replicaIndex(parts, oid!)
              : undefined,
    }),
  } as Table)
}

function replicaIndex(parts: Parts, oid: string): { readonly index: string } | 'nothing' {
  const index = parts.replicaIndexes.get(oid)
  return index === undefined ? 'nothing' : { index }
}

const nothing: {
  readonly [K in 'collation' | 'comment' | 'storage' | 'compression' | 'statistics' | 'grants' | 'inherited']?: never
} = {}

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

function column(
  catalog: Catalog,
  of: Ref,
  tableRow: Row,
  row: Row,
  columns: Columns,
  parts: Parts,
  folded: Set<string>,
): Column {
  const [table, number, name] = row
  if (row[9] !== null) catalog.keys.set(`${catalogs.default}:${row[9]}`, columnKey(of, name!))
  if (row[20] !== null) {
    const foreign = tableRow[3] === 'f'
    const on = foreign ? `definition:foreign table ${quoteRef(of)}` : columnKey(of, name!)
    columnOptions(catalog, foreign ? 'FOREIGN TABLE' : 'TABLE', of, row, on)
  }
  const type = typeOf(catalog, row[3]!, row[4]!, row[5]!)
  const sequence = columns.sequences.get(`${table}.${number}`)
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
      catalog.keys.set(`${catalogs.relation}:${sequence[0]}`, columnKey(of, name!))
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
    catalog.keys.set(`${catalogs.relation}:${sequence[0]}`, columnKey(of, name!))
    return { name: name!, type: { kind: serials[type.kind]! }, nullable, ...shared }
  }
  const constantType = type.kind === 'domain' ? (parts.baseType(row[3]!) ?? type) : type
  return { name: name!, type, nullable, default: parseDefault(row[10]!, constantType), ...shared }
}

function identity(table: Row, column: string, generation: string, sequence: Row | undefined): Identity {
  const usual =
    sequence === undefined || (sequence[2] === makeObjectName(table[2]!, column, 'seq', 63) && sequence[1] === table[1])
  return {
    generation: generation === 'a' ? 'always' : 'byDefault',
    ...(sequence === undefined ? {} : sequenceOptions(sequence)),
    ...(usual ? {} : { sequenceName: sequence[2]! }),
  }
}

/** Whether the column is what `serial` makes, and nothing about its sequence would be lost by saying so. */
function isSerial(
  catalog: Catalog,
  table: Row,
  column: string,
  type: ColumnType,
  expression: string,
  sequence: Row,
): boolean {
  if (serials[type.kind] === undefined || sequence[32] !== 'a' || sequence[23] !== type.kind) return false
  if (sequence[1] !== table[1] || sequence[2] !== makeObjectName(table[2]!, column, 'seq', 63)) return false
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

function sequence(catalog: Catalog, row: Row): Sequence {
  const owner = row[30] === null ? undefined : catalog.relations.get(row[30]!)
  const column = row[30] === null ? undefined : catalog.columns.get(row[30]!)?.get(row[31]!)
  return note(catalog, row, {
    kind: 'sequence',
    ...refIn(catalog, row[1]!, row[2]!),
    ...described(catalog, row),
    ...sequenceOptions(row),
    ...only({
      type: row[23] === 'smallint' || row[23] === 'integer' ? row[23] : undefined,
      ownedBy: owner === undefined || column === undefined ? undefined : { table: owner, column: column.name },
      unlogged: row[5] === 'u',
    }),
  } as Sequence)
}

function view(catalog: Catalog, row: Row, columns: Columns, parts: Parts): View {
  const [oid, schema, name] = row
  const ref = refIn(catalog, schema!, name!)
  const own = columns.rows.get(oid!) ?? []
  const comments = own.filter((c) => c[18] !== null).map((c): readonly [string, string] => [c[2]!, c[18]!])
  const indexes = parts.indexes.get(oid!) ?? []
  for (const c of own) {
    if (c[10] !== null || c[17] !== null || c[20] !== null || c[13] !== null || c[14] !== null || c[15] !== null)
      viewColumn(catalog, ref, row[3] === 'm', row[7]!, c)
  }
  return note(catalog, row, {
    kind: 'view',
    ...ref,
    definition: (row[20] ?? '').trim().replace(/;$/, ''),
    columns: own.map((c) => ({ name: c[2]!, type: c[5]! })),
    ...described(catalog, row),
    ...only({
      materialized: row[3] === 'm',
      with: options(row[10]),
      indexes: indexes.length === 0 ? undefined : indexes,
      columnComments: comments.length === 0 ? undefined : Object.fromEntries(comments),
      tablespace: row[15] ?? undefined,
      noData: row[3] === 'm' && !isTrue(row[21]),
    }),
  } as View)
}

/** A foreign table, held by its statements. */
function foreign(catalog: Catalog, row: Row, columns: Columns, parts: Parts): Definition {
  const ref = refIn(catalog, row[1]!, row[2]!)
  const folded = new Set<string>()
  const own = (columns.rows.get(row[0]!) ?? []).map((c) => ({
    ...column(catalog, ref, row, c, columns, parts, folded),
    options: c[19],
  }))
  const object = foreignTable(ref, own, parts.constraints.get(row[0]!) ?? [], row[33] ?? '', row[34], {
    parents: numbers(row[19]).map((p) => catalog.relations.get(p) ?? { name: p }),
    bound: row[18],
  })
  const { comment, ...rest } = described(catalog, row)
  const columnGrants = own.flatMap((c) =>
    belongings(catalog, object.commentOn, c.grants === undefined ? {} : { grants: c.grants }).map((sql) =>
      sql.replace(
        /^GRANT (.*?) ON /,
        (_, list: string) =>
          `GRANT ${list
            .split(', ')
            .map((p) => `${p} (${quoteIdent(c.name)})`)
            .join(', ')} ON `,
      ),
    ),
  )
  // Its columns are not parts that others could name.
  return note(catalog, row, {
    ...object,
    create: [...object.create, ...belongings(catalog, object.commentOn, rest), ...columnGrants],
    ...only({ comment }),
  })
}
