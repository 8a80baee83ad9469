/** Reads indexes, those behind constraints too, from the catalogs' own columns and not from their printed statements. */
import type { Index, IndexElement } from '../../../schema/model.ts'
import {
  type Catalog,
  catalogs,
  columnAt,
  inScope,
  numbers,
  only,
  options,
  refIn,
  unbracketed,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { type IndexRow, noRest, type OpclassFacts, wholeOf } from './index-rows.ts'
import { quoteIdent, quoteRef } from '../spell/quote.ts'
import { columnNames } from './relations.ts'
import { collationRef } from './types.ts'

/**
 * All indexes of tables and materialized views, those behind constraints too: a row for each relation. Most indexes are one text, of the index, its
 * keys, `IndexFacts` and the name; the others are a list of that and `IndexRest`.
 */
export function indexesSql(catalog: CatalogQuery): string {
  const { version } = catalog
  const opclasses = `i.indclass::pg_catalog.oid[] && ARRAY(SELECT o.oid FROM pg_catalog.pg_opclass o WHERE NOT o.opcdefault)
              ${version >= 130000 ? 'OR i.indexrelid IN (SELECT s.attrelid FROM set s)' : ''}`
  const collations = `NOT i.indcollation::pg_catalog.oid[] <@ '{0,100}'::pg_catalog.oid[]`
  const line = `pg_catalog.concat_ws(',', i.indexrelid, i.indkey, i.indisunique, i.indnkeyatts, i.indoption, ${version >= 150000 ? 'i.indnullsnotdistinct' : 'false'},
         i.indisvalid, i.indisclustered, i.indisreplident, c.relkind, c.relname)`
  // All columns are looked through for it: once.
  const set =
    'WITH set AS MATERIALIZED (SELECT a.attrelid FROM pg_catalog.pg_attribute a WHERE a.attrelid >= 16384 AND a.attoptions IS NOT NULL)'
  return `
${version >= 130000 ? set : ''}
SELECT i.indrelid, n.nspname,
       pg_catalog.json_agg(CASE WHEN c.relam <> ${btree} OR c.reloptions IS NOT NULL OR c.reltablespace <> 0 OR h.inhparent IS NOT NULL OR d.description IS NOT NULL
              OR i.indpred IS NOT NULL OR i.indexprs IS NOT NULL OR ${collations} OR ${opclasses}
       THEN pg_catalog.json_build_array(${line},
         CASE WHEN c.relam <> ${btree} THEN (SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid = c.relam) END,
         c.reloptions::text,
         CASE WHEN c.reltablespace <> 0 THEN (SELECT ts.spcname FROM pg_catalog.pg_tablespace ts WHERE ts.oid = c.reltablespace) END,
         h.inhparent::text, d.description,
         CASE WHEN i.indpred IS NOT NULL THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END,
         CASE WHEN i.indexprs IS NOT NULL THEN
           (SELECT pg_catalog.json_agg(CASE WHEN k.attnum = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.position::integer, false) END
                     ORDER BY k.position)
              FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, position)) END,
         CASE WHEN ${opclasses} THEN
           (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(o.opcname, opn.nspname, o.opcdefault, a.attoptions) ORDER BY k.position)
              FROM pg_catalog.unnest(i.indclass::pg_catalog.oid[]) WITH ORDINALITY AS k (opclass, position)
              JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass JOIN pg_catalog.pg_namespace opn ON opn.oid = o.opcnamespace
              JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k.position) END,
         i.indcollation::text,
         CASE WHEN ${collations} THEN
           (SELECT pg_catalog.json_agg(CASE WHEN l.oid IS NOT NULL THEN pg_catalog.json_build_array(ln.nspname, l.collname) END ORDER BY k.position)
              FROM pg_catalog.unnest(i.indcollation::pg_catalog.oid[]) WITH ORDINALITY AS k (oid, position)
              LEFT JOIN pg_catalog.pg_collation l ON l.oid = k.oid LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace) END,
         CASE WHEN i.indexprs IS NOT NULL AND ${collations} THEN pg_catalog.pg_get_indexdef(i.indexrelid) END,
         CASE WHEN i.indexprs IS NOT NULL THEN
           (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) END)
         ELSE pg_catalog.to_json(${line}) END ORDER BY c.relname, i.indexrelid)
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.relation} AND d.objoid = i.indexrelid AND d.objsubid = 0
 WHERE ${userSchema('n')} AND ${inScope(catalog, 'n')}
 GROUP BY i.indrelid, n.nspname`
}

/** The oid of the usual access method. */
const btree = 403

/** Columns that an index only carries; undefined where there are none. */
export function included(catalog: Catalog, { table, keys, facts }: IndexRow): readonly string[] | undefined {
  return keys.length === facts.keys ? undefined : columnNames(catalog, table, keys.slice(facts.keys))
}

function opclassText(catalog: Catalog, facts: OpclassFacts | undefined): string | undefined {
  if (facts === undefined) return undefined
  const [name, schema, isDefault, parameters] = facts
  if (isDefault && parameters === null) return undefined
  const spelled = schema === 'pg_catalog' ? quoteIdent(name) : quoteRef(refIn(catalog, schema, name))
  if (parameters === null) return spelled
  return `${spelled} (${parameters.map((p) => p.replace(/^([^=]*)=(.*)$/s, (_, key: string, value: string) => `${quoteIdent(key)}='${value.replaceAll("'", "''")}'`)).join(', ')})`
}

export function elements(catalog: Catalog, index: IndexRow): readonly IndexElement[] {
  const { table, keys, facts, rest } = index
  const own = keys.length === facts.keys ? keys : keys.slice(0, facts.keys)
  // Columns and nothing more: nearly all indexes.
  if (facts.usual && rest === noRest) return columnNames(catalog, table, own).map((column) => ({ column }))
  const oids = rest.collations === null ? [] : numbers(rest.collationOids)
  return own.map((attnum, i) => {
    const column = attnum === '0' ? undefined : columnAt(catalog, table, attnum)
    const expression = rest.expressions?.[i] ?? ''
    const flag = facts.flags[i] ?? 0
    const desc = (flag & 1) !== 0
    const nullsFirst = (flag & 2) !== 0
    const collation = rest.collations?.[i] ?? null
    const ownCollation =
      column === undefined
        ? rest.definition?.includes(`${expression} COLLATE `) !== true
        : column.facts.collation === oids[i]
    return {
      ...(column === undefined ? { expression: unbracketed(expression) } : { column: column.name }),
      ...only({
        collation: collation === null || ownCollation ? undefined : collationRef(catalog, JSON.stringify(collation)),
        opclass: opclassText(catalog, rest.opclasses?.[i]),
        order: desc ? ('desc' as const) : undefined,
        nulls: nullsFirst === desc ? undefined : nullsFirst ? ('first' as const) : ('last' as const),
      }),
    }
  })
}

export function index(catalog: Catalog, row: IndexRow, all: ReadonlyMap<string, IndexRow>): Index {
  const { name, facts, rest } = row
  const parent = wholeOf(row, all)
  return only({
    name,
    elements: elements(catalog, row),
    unique: facts.unique,
    method: rest.method ?? undefined,
    include: included(catalog, row),
    where: rest.where === null ? undefined : unbracketed(rest.where),
    nullsNotDistinct: facts.nullsNotDistinct,
    with: options((parent ?? row).rest.options),
    tablespace: rest.tablespace ?? undefined,
    comment: rest.comment ?? undefined,
    attachedTo: parent === undefined ? undefined : refIn(catalog, parent.facts.schema, parent.name),
    only: facts.whole && !facts.valid,
    invalid: !facts.whole && !facts.valid,
    clustered: facts.clustered,
  }) as Index
}
