/** The catalog's rows of columns: what nearly all have, and what few have. */
import type { Column } from '../../../schema/model.ts'
import {
  type Catalog,
  type ColumnRest,
  type ColumnRow,
  type ColumnRows,
  type Facts,
  type Row,
  behindCommas,
  catalogs,
  inScope,
  isTrue,
  numbers,
  typeOf,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'

/**
 * The columns of everything in scope, and of what foreign keys refer to elsewhere: a row for each relation, since a schema has ten times as many
 * columns as anything else. Most columns are one text, of `Facts` and the name; the others are a list of that, the default and `ColumnRest`.
 */
export function columnsSql(catalog: CatalogQuery): string {
  const elsewhere =
    catalog.scope.schemas === 'all'
      ? ''
      : ` OR c.oid IN (SELECT k.confrelid FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class kc ON kc.oid = k.conrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = kc.relnamespace WHERE ${inScope(catalog, 'n')})`
  const line = `pg_catalog.concat_ws(',', a.atttypid, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated, a.attcollation, a.attislocal, a.attname)`
  const odd = `(c.relkind IN ('v', 'm') OR a.atttypid >= 16384 AND (a.atttypmod <> -1 OR t.typtype = 'c' OR t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc)
              OR a.attcollation <> t.typcollation OR a.attstorage <> t.typstorage ${catalog.version >= 140000 ? "OR a.attcompression <> ''" : ''}
              OR a.attstattarget >= 0 OR a.attacl IS NOT NULL OR d.description IS NOT NULL OR a.attfdwoptions IS NOT NULL OR a.attoptions::text LIKE '%n_distinct%')`
  return `
SELECT a.attrelid,
       pg_catalog.json_agg(CASE WHEN x.oid IS NOT NULL OR ${odd} THEN pg_catalog.json_build_array(
         ${line}, x.oid::text, CASE WHEN x.adbin IS NOT NULL THEN pg_catalog.pg_get_expr(x.adbin, x.adrelid) END,
         CASE WHEN ${odd} THEN pg_catalog.json_build_array(
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
             (SELECT pg_catalog.array_agg(o ORDER BY o)::text FROM pg_catalog.unnest(a.attoptions) AS o WHERE o ~ '^n_distinct') END) END)
         ELSE pg_catalog.to_json(${line}) END ORDER BY a.attnum),
       CASE WHEN pg_catalog.max(a.attnum) <> pg_catalog.count(*) THEN pg_catalog.array_agg(a.attnum ORDER BY a.attnum)::text END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.relation} AND d.objoid = a.attrelid AND d.objsubid = a.attnum
 WHERE ${userSchema('n')} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't'
   AND (${inScope(catalog, 'n')}${elsewhere}) AND a.attnum > 0 AND NOT a.attisdropped
 GROUP BY a.attrelid`
}

const restOf = (of: readonly (string | null)[]): ColumnRest => {
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
export const noRest = restOf([])

/** The columns of all relations by the oids of these; types and relations must be named. */
export function readColumns(catalog: Catalog, rows: readonly Row[]): ReadonlyMap<string, ColumnRows> {
  const found = new Map<string, ColumnRows>()
  const known = new Map<string, ColumnRow>()
  for (const row of rows) {
    const columns: ColumnRow[] = []
    for (const said of JSON.parse(row[1]!) as readonly (string | More)[]) {
      let column = typeof said === 'string' ? known.get(said) : undefined
      if (column === undefined) {
        column = typeof said === 'string' ? columnRow(catalog, said) : columnRow(catalog, said[0], said)
        if (typeof said === 'string') known.set(said, column)
      }
      columns.push(column)
    }
    found.set(row[0]!, { rows: columns, numbers: row[2] === null ? undefined : numbers(row[2]) })
  }
  return found
}

type More = readonly [
  line: string,
  defaultOid: string | null,
  value: string | null,
  rest: readonly (string | null)[] | null,
]

/** The name is behind the comma of the last fact; it may have some of its own. */
const factCount = 7

function columnRow(catalog: Catalog, line: string, more?: More): ColumnRow {
  const at = behindCommas(line, 0, factCount)
  const facts = factsOf(catalog, line.slice(0, at - 1))
  const name = line.slice(at)
  const said = more?.[3] ?? null
  const rest = said === null ? noRest : restOf(said)
  const usual = facts.identity === '' && facts.generated === '' && !facts.inherited
  const plain: Column | undefined =
    usual && more === undefined ? { name, type: facts.type, nullable: facts.nullable } : undefined
  return { name, facts, plain, defaultOid: more?.[1] ?? null, default: more?.[2] ?? null, rest }
}

function factsOf(catalog: Catalog, text: string): Facts {
  let facts = catalog.facts.get(text)
  if (facts === undefined) {
    const [typeOid = '', typmod = '', notNull, identity = '', generated = '', collation = '', local] = text.split(',')
    facts = {
      typeOid,
      typmod,
      nullable: !isTrue(notNull),
      identity,
      generated,
      collation,
      inherited: !isTrue(local),
      type: typeOf(catalog, typeOid, typmod, null),
      defaults: new Map(),
    }
    catalog.facts.set(text, facts)
  }
  return facts
}
