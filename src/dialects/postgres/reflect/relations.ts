/** Reads tables, views and sequences, with their columns, and folds serial columns. */
import { keyOf, refText } from '../../../schema/keys.ts'
import type { ColumnType, Definition, Ref, SchemaObject, Sequence, Table, View } from '../../../schema/model.ts'
import {
  type Catalog,
  type ColumnRow,
  catalogs,
  columnAt,
  inScope,
  isSeenName,
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
import { foreignTable, ownOfInherited } from './foreign.ts'
import { belongings } from './others.ts'
import { noRest, type RelationRest, type RelationRow } from './relation-rows.ts'
import { column, keyDefaults, keyFolded, same } from './columns.ts'
import type { Columns, Folded, Parts } from './columns.ts'

/**
 * Every user relation by name; those in scope with all their pg_class columns: what many have in common as one text (`RelationFacts`), the options
 * of sequences as another, and as JSON what few have (`RelationRest`). Data that few relations have is queried in subqueries and not joined: the
 * planner's work doubles with each join.
 */
export function relationsSql(catalog: CatalogQuery): string {
  return `
SELECT c.oid, n.nspname, c.relname,
       pg_catalog.concat_ws(',', c.relkind, ${inScope(catalog, 'n')} AND ${seenName(catalog, 'c.relname')} AND ${notOfExtension(catalogs.relation, 'c.oid')},
         c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispopulated, pg_catalog.pg_get_userbyid(c.relowner)),
       c.reltype, CASE WHEN c.reltype <> 0 THEN (SELECT rt.typarray FROM pg_catalog.pg_type rt WHERE rt.oid = c.reltype) END,
       CASE WHEN s.seqrelid IS NOT NULL THEN pg_catalog.concat_ws(',', pg_catalog.format_type(s.seqtypid, NULL),
         s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, o.deptype) END,
       o.refobjid, o.refobjsubid,
       CASE WHEN c.relacl IS NOT NULL OR d.description IS NOT NULL OR c.reloptions IS NOT NULL OR c.reltablespace <> 0
              OR c.reltoastrelid <> 0 AND (SELECT toast.reloptions IS NOT NULL FROM pg_catalog.pg_class toast WHERE toast.oid = c.reltoastrelid)
              OR c.relkind IN ('p', 'v', 'm', 'f') OR c.relam <> 0 AND c.relam <> ${heap} OR c.relispartition OR inh.parents IS NOT NULL OR c.reloftype <> 0
       THEN pg_catalog.json_build_array(
         c.relacl::text, d.description, c.reloptions::text,
         (SELECT toast.reloptions::text FROM pg_catalog.pg_class toast WHERE toast.oid = c.reltoastrelid),
         CASE WHEN c.reltablespace <> 0 THEN (SELECT ts.spcname FROM pg_catalog.pg_tablespace ts WHERE ts.oid = c.reltablespace) END,
         CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.relam <> 0 AND c.relam <> ${heap} THEN (SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid = c.relam) END,
         CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
         CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
         inh.parents::text,
         CASE WHEN c.relkind IN ('v', 'm') AND ${inScope(catalog, 'n')} THEN pg_catalog.pg_get_viewdef(c.oid) END,
         CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END, c.reloftype::text,
         CASE WHEN c.relkind = 'f' THEN
           (SELECT fs.srvname FROM pg_catalog.pg_foreign_table ft JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver WHERE ft.ftrelid = c.oid) END,
         CASE WHEN c.relkind = 'f' THEN (SELECT ft.ftoptions::text FROM pg_catalog.pg_foreign_table ft WHERE ft.ftrelid = c.oid) END) END
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

/** The oid of the usual access method of tables. */
const heap = 2

/** Notes the names by oid that other parts refer to; before anything is built. */
export function nameRelations(catalog: Catalog, relations: readonly RelationRow[]): void {
  for (const { oid, schema, name, type, array, facts } of relations) {
    const ref = refIn(catalog, schema, name)
    catalog.relations.set(oid, ref)
    if (type === '0' || facts.kind === 'c') continue
    const own: ColumnType = { kind: 'composite', ...ref }
    catalog.types.set(type, own)
    if (array !== null) catalog.types.set(array, { kind: 'array', element: own })
  }
}

const rowsOf = (columns: Columns, oid: string): readonly ColumnRow[] => columns.rows.get(oid)?.rows ?? []

/** The names of columns by their numbers. */
export function columnNames(catalog: Catalog, table: string, numbers: readonly string[]): readonly string[] {
  return numbers.map((n) => columnAt(catalog, table, n)?.name ?? `column ${n}`)
}

/** Tables, views and sequences in scope as objects. */
export function readRelations(
  catalog: Catalog,
  relations: readonly RelationRow[],
  parts: Parts,
): readonly SchemaObject[] {
  const sequences = new Map<string, Map<string, RelationRow>>()
  for (const row of relations) {
    if (row.facts.kind !== 'S' || row.ownerTable === null) continue
    let of = sequences.get(row.ownerTable)
    if (of === undefined) sequences.set(row.ownerTable, (of = new Map()))
    of.set(row.ownerColumn!, row)
  }
  const columns: Columns = { rows: catalog.columns, sequences }
  const found: SchemaObject[] = []
  const rows: RelationRow[] = []
  const folded: Folded = new Map()
  const add = (row: RelationRow, object: SchemaObject): void => {
    found.push(object)
    rows.push(row)
    noteOwner(catalog, row, object)
  }
  for (const row of relations) {
    if (!row.facts.seen) continue
    const { kind } = row.facts
    if (kind === 'r' || kind === 'p') add(row, table(catalog, row, columns, parts, folded))
    else if (kind === 'f') add(row, foreign(catalog, row, columns, parts))
    else if (kind === 'v' || kind === 'm') add(row, view(catalog, row, columns, parts))
  }
  for (const row of relations) {
    if (row.facts.kind !== 'S' || !row.facts.seen || folded.has(row.oid)) continue
    const owner = row.ownerTable === null ? undefined : catalog.relations.get(row.ownerTable)
    if (owner === undefined || isSeenName(catalog, owner.name)) add(row, sequence(catalog, row))
  }
  catalog.late.push(() => {
    keyFolded(catalog, folded)
    for (const { oid, facts } of relations)
      if (facts.seen && (facts.kind === 'r' || facts.kind === 'p')) keyDefaults(catalog, oid)
    for (const [i, { oid, type, array }] of rows.entries()) {
      const key = keyOf(found[i]!)
      catalog.keys.set(`${catalogs.relation}:${oid}`, key)
      if (type !== '0') catalog.keys.set(`${catalogs.type}:${type}`, key)
      if (array !== null) catalog.keys.set(`${catalogs.type}:${array}`, key)
    }
  })
  return found
}

function noteOwner(catalog: Catalog, { schema, name, facts, rest }: RelationRow, object: SchemaObject): void {
  if (rest.acl === null) return
  const ref = refIn(catalog, schema, name)
  const sequence = facts.kind === 'S'
  ownersLoss(catalog, sequence ? 'SEQUENCE' : 'TABLE', quoteRef(ref), rest.acl, facts.owner, {
    of: keyOf(object),
    ...(sequence ? {} : { table: ref }),
  })
}

/** Comment, owner and grants, which every relation may have. */
function described(
  catalog: Catalog,
  { facts, rest }: RelationRow,
): { comment?: string; owner?: string; grants?: Table['grants'] } {
  const owner = readOwner(catalog, facts.owner)
  if (rest === noRest) return owner === undefined ? {} : { owner }
  return only({ comment: rest.comment ?? undefined, owner, grants: readGrants(rest.acl, facts.owner) })
}

const parentsOf = (catalog: Catalog, rest: RelationRest): readonly Ref[] =>
  numbers(rest.parents).map((p) => catalog.relations.get(p) ?? { name: p })

function table(catalog: Catalog, row: RelationRow, columns: Columns, parts: Parts, folded: Folded): Table {
  const { oid, facts, rest } = row
  const ref = refIn(catalog, row.schema, row.name)
  const plain = {
    kind: 'table' as const,
    ...ref,
    columns: rowsOf(columns, oid).map((_, at) => column(catalog, ref, row, at, columns, parts, folded)),
    constraints: parts.constraints.get(oid) ?? [],
    indexes: parts.indexes.get(oid) ?? [],
  }
  // Nearly all tables.
  if (rest === noRest && facts.usual && facts.owner === catalog.user) return plain
  const parents = parentsOf(catalog, rest)
  if (rest.method !== null) catalog.uncovered.push(`access method ${rest.method} of table ${quoteRef(ref)}`)
  if (rest.ofType !== null) tableType(catalog, ref, rest.ofType, catalog.types.get(rest.ofTypeOid!))
  const withOptions = { ...options(rest.options), ...options(rest.toast, 'toast.') }
  const { replica } = facts
  return only({
    ...plain,
    ...described(catalog, row),
    unlogged: facts.persistence === 'u',
    with: same(withOptions) ? undefined : withOptions,
    tablespace: rest.tablespace ?? undefined,
    inherits: rest.bound === null && parents.length > 0 ? parents : undefined,
    partitionBy: rest.partitionBy ?? undefined,
    partitionOf: rest.bound === null ? undefined : { parent: parents[0]!, bound: rest.bound },
    rowSecurity: facts.rowSecurity,
    forceRowSecurity: facts.forceRowSecurity,
    replicaIdentity:
      replica === 'f' ? 'full' : replica === 'n' ? 'nothing' : replica === 'i' ? replicaIndex(parts, oid) : undefined,
  }) as Table
}

function replicaIndex(parts: Parts, oid: string): { readonly index: string } | 'nothing' {
  const index = parts.replicaIndexes.get(oid)
  return index === undefined ? 'nothing' : { index }
}

function sequence(catalog: Catalog, row: RelationRow): Sequence {
  const owner = row.ownerTable === null ? undefined : catalog.relations.get(row.ownerTable)
  const column = row.ownerTable === null ? undefined : columnAt(catalog, row.ownerTable, row.ownerColumn!)
  const { type, options } = row.sequence!
  return {
    kind: 'sequence',
    ...refIn(catalog, row.schema, row.name),
    ...described(catalog, row),
    ...options,
    ...only({
      type: type === 'smallint' || type === 'integer' ? type : undefined,
      ownedBy: owner === undefined || column === undefined ? undefined : { table: owner, column: column.name },
      unlogged: row.facts.persistence === 'u',
    }),
  } as Sequence
}

function view(catalog: Catalog, row: RelationRow, columns: Columns, parts: Parts): View {
  const { oid, facts, rest } = row
  const ref = refIn(catalog, row.schema, row.name)
  const materialized = facts.kind === 'm'
  const own = rowsOf(columns, oid).map(({ name, defaultOid, default: value, rest: more }) => ({
    name,
    defaultOid,
    default: value,
    ...more,
  }))
  const comments = own.flatMap((c): readonly (readonly [string, string])[] =>
    c.comment === null ? [] : [[c.name, c.comment]],
  )
  const indexes = parts.indexes.get(oid) ?? []
  for (const c of own) {
    const { acl, options: set, storage, compression, statistics } = c
    if ([c.default, acl, set, storage, compression, statistics].some((text) => text !== null))
      viewColumn(catalog, ref, materialized, facts.owner, c)
  }
  return {
    kind: 'view',
    ...ref,
    definition: (rest.definition ?? '').trim().replace(/;$/, ''),
    columns: own.map((c) => ({ name: c.name, type: c.type! })),
    ...described(catalog, row),
    ...only({
      materialized,
      with: options(rest.options),
      indexes: indexes.length === 0 ? undefined : indexes,
      columnComments: comments.length === 0 ? undefined : Object.fromEntries(comments),
      tablespace: rest.tablespace ?? undefined,
      noData: materialized && !facts.populated,
    }),
  } as View
}

/** A foreign table, held by its statements. */
function foreign(catalog: Catalog, row: RelationRow, columns: Columns, parts: Parts): Definition {
  const { oid, rest } = row
  const ref = refIn(catalog, row.schema, row.name)
  const folded: Folded = new Map()
  catalog.late.push(() => keyFolded(catalog, folded))
  const own = rowsOf(columns, oid).map((c, at) => ({
    ...column(catalog, ref, row, at, columns, parts, folded),
    options: c.rest.foreign,
  }))
  const object = foreignTable(ref, own, parts.constraints.get(oid) ?? [], rest.server ?? '', rest.serverOptions, {
    parents: parentsOf(catalog, rest),
    bound: rest.bound,
  })
  const { comment, ...more } = described(catalog, row)
  const inherited = rowsOf(columns, oid).flatMap((c, i) => {
    if (own[i]!.inherited !== true) return []
    const above = numbers(rest.parents).flatMap((p) => rowsOf(columns, p).filter((r) => r.name === c.name))
    return ownOfInherited(ref, own[i]!, {
      value: above.some((r) => r.default !== c.default),
      notNull: above.every((r) => r.facts.nullable),
    })
  })
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
  const key = keyOf(object)
  catalog.foreign.set(refText(ref), key)
  catalog.late.push(() => {
    for (const { defaultOid } of rowsOf(columns, oid))
      if (defaultOid !== null) catalog.keys.set(`${catalogs.default}:${defaultOid}`, key)
  })
  return {
    ...object,
    create: [...object.create, ...inherited, ...belongings(catalog, object.commentOn, more), ...columnGrants],
    ...only({ comment }),
  }
}
