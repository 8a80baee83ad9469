/** Reads tables, views and sequences, with their columns, and folds serial columns. */
import { keyOf } from '../../../schema/keys.ts'
import type { ColumnType, Definition, SchemaObject, Sequence, Table, View } from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
  columnAt,
  inScope,
  isSeenName,
  isTrue,
  notOfExtension,
  numbers,
  only,
  options,
  readGrants,
  readOwner,
  refIn,
  seenName,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { quoteIdent, quoteRef } from '../spell/quote.ts'
import { ownersLoss, tableType, viewColumn } from './settings.ts'
import { foreignTable } from './foreign.ts'
import { belongings } from './others.ts'
import { column, keyDefaults, keyFolded, restOf, same, sequenceOptions } from './columns.ts'
import type { Columns, Folded, Parts } from './columns.ts'

/**
 * Every user relation by name; those in scope with all their pg_class columns. Data that few relations have is queried in
 * subqueries and not joined: the planner's work doubles with each join.
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
       inh.parents,
       CASE WHEN c.relkind IN ('v', 'm') AND ${inScope(catalog, 'n')} THEN pg_catalog.pg_get_viewdef(c.oid) END,
       c.relispopulated,
       CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
       CASE WHEN s.seqrelid IS NOT NULL THEN pg_catalog.format_type(s.seqtypid, NULL) END,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
       o.refobjid, o.refobjsubid, o.deptype,
       CASE WHEN c.relkind = 'f' THEN
         (SELECT fs.srvname FROM pg_catalog.pg_foreign_table ft JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver WHERE ft.ftrelid = c.oid) END,
       CASE WHEN c.relkind = 'f' THEN (SELECT ft.ftoptions FROM pg_catalog.pg_foreign_table ft WHERE ft.ftrelid = c.oid) END,
       c.reloftype,
       CASE WHEN c.reltype <> 0 THEN (SELECT rt.typarray FROM pg_catalog.pg_type rt WHERE rt.oid = c.reltype) END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT i.inhrelid, pg_catalog.array_agg(i.inhparent ORDER BY i.inhseqno) AS parents
               FROM pg_catalog.pg_inherits i GROUP BY i.inhrelid) inh ON inh.inhrelid = c.oid
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_catalog.pg_depend o ON c.relkind = 'S' AND o.classid = ${catalogs.relation} AND o.objid = c.oid
        AND o.refclassid = ${catalogs.relation} AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.relation} AND d.objoid = c.oid AND d.objsubid = 0
 WHERE ${userSchema('n')} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname`
}

/** Notes the names by oid that other parts refer to; before anything is built. */
export function nameRelations(catalog: Catalog, relations: readonly Row[]): void {
  for (const row of relations) {
    const ref = refIn(catalog, row[1]!, row[2]!)
    catalog.relations.set(row[0]!, ref)
    if (row[6] === '0' || row[3] === 'c') continue
    const own: ColumnType = { kind: 'composite', ...ref }
    catalog.types.set(row[6]!, own)
    if (row[36] !== null) catalog.types.set(row[36]!, { kind: 'array', element: own })
  }
}

/** The names of columns by their numbers. */
export function columnNames(catalog: Catalog, table: string, numbers: readonly string[]): readonly string[] {
  return numbers.map((n) => columnAt(catalog, table, n)?.[2] ?? `column ${n}`)
}

/** Tables, views and sequences in scope as objects. */
export function readRelations(catalog: Catalog, relations: readonly Row[], parts: Parts): readonly SchemaObject[] {
  const sequences = new Map<string, Map<string, Row>>()
  for (const row of relations) {
    if (row[3] !== 'S' || row[30] === null) continue
    const of = sequences.get(row[30]!) ?? new Map<string, Row>()
    sequences.set(row[30]!, of.set(row[31]!, row))
  }
  const columns: Columns = { rows: catalog.columns, sequences }
  const found: SchemaObject[] = []
  const folded: Folded = new Map()
  catalog.late.push(() => {
    keyFolded(catalog, folded)
    for (const row of relations)
      if (isTrue(row[4]) && (row[3] === 'r' || row[3] === 'p' || row[3] === 'f')) keyDefaults(catalog, row[0]!)
  })
  for (const row of relations) {
    if (!isTrue(row[4])) continue
    if (row[3] === 'r' || row[3] === 'p') found.push(table(catalog, row, columns, parts, folded))
    else if (row[3] === 'f') found.push(foreign(catalog, row, columns, parts))
    else if (row[3] === 'v' || row[3] === 'm') found.push(view(catalog, row, columns, parts))
  }
  for (const row of relations) {
    const owner = row[30] === null ? undefined : catalog.relations.get(row[30]!)
    const seen = isTrue(row[4]) && (owner === undefined || isSeenName(catalog, owner.name))
    if (row[3] === 'S' && seen && !folded.has(row[0]!)) found.push(sequence(catalog, row))
  }
  return found
}

function note<T extends SchemaObject>(catalog: Catalog, row: Row, object: T): T {
  catalog.late.push(() => {
    const key = keyOf(object)
    catalog.keys.set(`${catalogs.relation}:${row[0]}`, key)
    if (row[6] !== null && row[6] !== '0') catalog.keys.set(`${catalogs.type}:${row[6]}`, key)
    if (row[36] !== null) catalog.keys.set(`${catalogs.type}:${row[36]}`, key)
  })
  if (row[8] !== null) {
    const ref = refIn(catalog, row[1]!, row[2]!)
    const sequence = row[3] === 'S'
    ownersLoss(catalog, sequence ? 'SEQUENCE' : 'TABLE', quoteRef(ref), row[8]!, row[7]!, {
      of: keyOf(object),
      ...(sequence ? {} : { table: ref }),
    })
  }
  return object
}

/** Comment, owner and grants, which every relation may have. */
function described(catalog: Catalog, row: Row): { comment?: string; owner?: string; grants?: Table['grants'] } {
  return only({ comment: row[9] ?? undefined, owner: readOwner(catalog, row[7]!), grants: readGrants(row[8], row[7]!) })
}

export function table(catalog: Catalog, row: Row, columns: Columns, parts: Parts, folded: Folded): Table {
  const [oid, schema, name] = row
  const ref = refIn(catalog, schema!, name!)
  const parents = numbers(row[19]).map((p) => catalog.relations.get(p) ?? { name: p })
  if (row[16] !== null) catalog.uncovered.push(`access method ${row[16]} of table ${quoteRef(ref)}`)
  if (row[22] !== null) tableType(catalog, ref, row[22]!, catalog.types.get(row[35]!))
  const withOptions = { ...options(row[10]), ...options(row[11], 'toast.') }
  const replica = row[14]
  const object = only({
    kind: 'table' as const,
    ...ref,
    columns: (columns.rows.get(oid!) ?? []).map((c) => column(catalog, ref, row, c, columns, parts, folded)),
    constraints: parts.constraints.get(oid!) ?? [],
    indexes: parts.indexes.get(oid!) ?? [],
    comment: row[9] ?? undefined,
    owner: readOwner(catalog, row[7]!),
    grants: readGrants(row[8], row[7]!),
    unlogged: row[5] === 'u',
    with: same(withOptions) ? undefined : withOptions,
    tablespace: row[15] ?? undefined,
    inherits: row[18] === null && parents.length > 0 ? parents : undefined,
    partitionBy: row[17] ?? undefined,
    partitionOf: row[18] === null ? undefined : { parent: parents[0]!, bound: row[18]! },
    rowSecurity: isTrue(row[12]),
    forceRowSecurity: isTrue(row[13]),
    replicaIdentity:
      replica === 'f' ? 'full' : replica === 'n' ? 'nothing' : replica === 'i' ? replicaIndex(parts, oid!) : undefined,
  })
  return note(catalog, row, object as Table)
}

function replicaIndex(parts: Parts, oid: string): { readonly index: string } | 'nothing' {
  const index = parts.replicaIndexes.get(oid)
  return index === undefined ? 'nothing' : { index }
}

export function sequence(catalog: Catalog, row: Row): Sequence {
  const owner = row[30] === null ? undefined : catalog.relations.get(row[30]!)
  const column = row[30] === null ? undefined : columnAt(catalog, row[30]!, row[31]!)
  return note(catalog, row, {
    kind: 'sequence',
    ...refIn(catalog, row[1]!, row[2]!),
    ...described(catalog, row),
    ...sequenceOptions(row),
    ...only({
      type: row[23] === 'smallint' || row[23] === 'integer' ? row[23] : undefined,
      ownedBy: owner === undefined || column === undefined ? undefined : { table: owner, column: column[2]! },
      unlogged: row[5] === 'u',
    }),
  } as Sequence)
}

function view(catalog: Catalog, row: Row, columns: Columns, parts: Parts): View {
  const [oid, schema, name] = row
  const ref = refIn(catalog, schema!, name!)
  const own = (columns.rows.get(oid!) ?? []).map((c) => ({
    name: c[2]!,
    defaultOid: c[4]!,
    default: c[5]!,
    ...restOf(c),
  }))
  const comments = own.flatMap((c): readonly (readonly [string, string])[] =>
    c.comment === null ? [] : [[c.name, c.comment]],
  )
  const indexes = parts.indexes.get(oid!) ?? []
  for (const c of own) {
    const { acl, options: set, storage, compression, statistics } = c
    if ([c.default, acl, set, storage, compression, statistics].some((text) => text !== null))
      viewColumn(catalog, ref, row[3] === 'm', row[7]!, c)
  }
  return note(catalog, row, {
    kind: 'view',
    ...ref,
    definition: (row[20] ?? '').trim().replace(/;$/, ''),
    columns: own.map((c) => ({ name: c.name, type: c.type! })),
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
export function foreign(catalog: Catalog, row: Row, columns: Columns, parts: Parts): Definition {
  const ref = refIn(catalog, row[1]!, row[2]!)
  const folded: Folded = new Map()
  catalog.late.push(() => keyFolded(catalog, folded))
  const own = (columns.rows.get(row[0]!) ?? []).map((c) => ({
    ...column(catalog, ref, row, c, columns, parts, folded),
    options: restOf(c).foreign,
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
  // Its columns are not parts that other objects could name.
  return note(catalog, row, {
    ...object,
    create: [...object.create, ...belongings(catalog, object.commentOn, rest), ...columnGrants],
    ...only({ comment }),
  })
}
