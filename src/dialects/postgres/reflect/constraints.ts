/** Reads constraints and indexes, from the catalogs' own columns and not from their printed statements. */
import { constraintKey, indexKey } from '../../../schema/keys.ts'
import type { Constraint, ForeignKey, Index, IndexElement, Ref, ReferentialAction } from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
  columnAt,
  inScope,
  isTrue,
  numbers,
  only,
  options,
  refIn,
  unbracketed,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { factsOf } from './columns.ts'
import { quoteIdent, quoteRef } from '../spell/quote.ts'
import { constraintIndex, indexStatistics, partOptions } from './settings.ts'
import { columnNames } from './relations.ts'
import { type DomainCheck, collationRef } from './types.ts'

/** Of tables and domains; the not-null constraints that PostgreSQL 18 lists are the columns' own affair. */
export function constraintsSql(catalog: CatalogQuery): string {
  const { version } = catalog
  return `
SELECT k.oid, k.conname, k.contype, k.conrelid, k.contypid, k.conindid, k.condeferrable, k.condeferred, k.convalidated,
       k.conislocal, k.connoinherit, k.conkey, k.confrelid, k.confkey, k.confupdtype, k.confdeltype, k.confmatchtype,
       ${version >= 150000 ? 'k.confdelsetcols' : 'NULL'}, k.conparentid,
       CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END,
       CASE WHEN k.contype = 'x' THEN
         (SELECT pg_catalog.json_agg(CASE WHEN opn.nspname = 'pg_catalog' THEN op.oprname
                   ELSE 'OPERATOR(' || pg_catalog.quote_ident(opn.nspname) || '.' || op.oprname || ')' END ORDER BY x.position)
            FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY AS x (operator, position)
            JOIN pg_catalog.pg_operator op ON op.oid = x.operator JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace) END,
       d.description, ${version >= 180000 ? 'k.conperiod, NOT k.conenforced' : 'NULL, NULL'},
       CASE WHEN k.conparentid <> 0 THEN (SELECT p.conrelid = k.conrelid FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid) END
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.constraint} AND d.objoid = k.oid AND d.objsubid = 0
 WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND ${userSchema('n')} AND ${inScope(catalog, 'n')}
 ORDER BY k.conname, k.oid`
}

/** All indexes of tables and materialized views, those behind constraints too. */
export function indexesSql(catalog: CatalogQuery): string {
  const { version } = catalog
  return `
SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, am.amname, i.indnkeyatts, i.indkey, i.indoption,
       ${version >= 150000 ? 'i.indnullsnotdistinct' : 'NULL'}, i.indisvalid, i.indisclustered, i.indisreplident,
       c.reloptions, ts.spcname, c.relkind, n.nspname, h.inhparent, d.description,
       CASE WHEN i.indpred IS NOT NULL THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         (SELECT pg_catalog.json_agg(CASE WHEN k.attnum = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.position::integer, false) END
                   ORDER BY k.position)
            FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, position)) END,
       CASE WHEN i.indclass::pg_catalog.oid[] && ARRAY(SELECT o.oid FROM pg_catalog.pg_opclass o WHERE NOT o.opcdefault)
              ${version >= 130000 ? 'OR i.indexrelid IN (SELECT a.attrelid FROM pg_catalog.pg_attribute a WHERE a.attrelid >= 16384 AND a.attoptions IS NOT NULL)' : ''} THEN
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(o.opcname, opn.nspname, o.opcdefault, a.attoptions) ORDER BY k.position)
            FROM pg_catalog.unnest(i.indclass::pg_catalog.oid[]) WITH ORDINALITY AS k (opclass, position)
            JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass JOIN pg_catalog.pg_namespace opn ON opn.oid = o.opcnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k.position) END,
       i.indcollation,
       CASE WHEN NOT i.indcollation::pg_catalog.oid[] <@ '{0,100}'::pg_catalog.oid[] THEN
         (SELECT pg_catalog.json_agg(CASE WHEN l.oid IS NOT NULL THEN pg_catalog.json_build_array(ln.nspname, l.collname) END ORDER BY k.position)
            FROM pg_catalog.unnest(i.indcollation::pg_catalog.oid[]) WITH ORDINALITY AS k (oid, position)
            LEFT JOIN pg_catalog.pg_collation l ON l.oid = k.oid LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace) END,
       CASE WHEN i.indexprs IS NOT NULL
             AND NOT i.indcollation::pg_catalog.oid[] <@ '{0,100}'::pg_catalog.oid[]
            THEN pg_catalog.pg_get_indexdef(i.indexrelid) END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) END
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am am ON am.oid = c.relam
  LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.relation} AND d.objoid = i.indexrelid AND d.objsubid = 0
 WHERE ${userSchema('n')} AND ${inScope(catalog, 'n')}
 ORDER BY c.relname, i.indexrelid`
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'setNull',
  d: 'setDefault',
}
const order: Readonly<Record<string, number>> = { p: 0, u: 1, x: 2, c: 3, f: 4 }

export interface TableParts {
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>
  readonly indexes: ReadonlyMap<string, readonly Index[]>
  readonly replicaIndexes: ReadonlyMap<string, string>
  readonly domainChecks: ReadonlyMap<string, readonly DomainCheck[]>
  /** Constraint oid -> domain oid: the domain's key is not known yet. */
  readonly domainOf: ReadonlyMap<string, string>
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [item])
  else list.push(item)
}

/** Constraints and indexes by the oid of their table; those behind constraints are not indexes of their own. */
export function readTableParts(
  catalog: Catalog,
  constraintRows: readonly Row[],
  indexRows: readonly Row[],
): TableParts {
  const constraints = new Map<string, Constraint[]>()
  const indexes = new Map<string, Index[]>()
  const domainChecks = new Map<string, DomainCheck[]>()
  const domainOf = new Map<string, string>()
  const replicaIndexes = new Map<string, string>()
  const byOid = new Map(indexRows.map((row) => [row[0]!, row]))
  const behind = new Set<string>()
  const sorted = constraintRows.toSorted((a, b) => order[a[2]!]! - order[b[2]!]!)
  for (const row of sorted) {
    const [oid, name, type, table, domain, index] = row
    if (domain !== '0') {
      push(
        domainChecks,
        domain!,
        only({ name: name!, sql: row[19] ?? '', notValid: row[8] === 'f', comment: row[21] ?? undefined }),
      )
      domainOf.set(oid!, domain!)
      continue
    }
    const of = catalog.relations.get(table!)
    // A foreign key to a partitioned table has auxiliary constraints for each partition.
    if (of === undefined || isTrue(row[24])) continue
    const backed = type !== 'f' && index !== '0'
    if (backed) behind.add(index!)
    catalog.late.push(() => {
      const key = constraintKey(of, name!)
      catalog.keys.set(`${catalogs.constraint}:${oid}`, key)
      if (backed) catalog.keys.set(`${catalogs.relation}:${index}`, key)
    })
    if (isTrue(row[22]))
      catalog.uncovered.push(
        `${type === 'f' ? 'PERIOD' : 'WITHOUT OVERLAPS'} of constraint ${quoteIdent(name!)} on ${quoteRef(of)}`,
      )
    const own = byOid.get(index!)
    const whole = own === undefined || own[16] === null ? undefined : byOid.get(own[16]!)
    if (own !== undefined && whole !== undefined)
      partOptions(catalog, of, refIn(catalog, own[15]!, own[2]!), own, whole, constraintKey(of, name!))
    push(constraints, table!, constraint(catalog, row, own, whole))
  }
  for (const row of indexRows) {
    if (isTrue(row[11])) replicaIndexes.set(row[1]!, row[2]!)
    if (behind.has(row[0]!)) {
      const of = catalog.relations.get(row[1]!)
      const ref = refIn(catalog, row[15]!, row[2]!)
      if (of !== undefined && (row[17] !== null || isTrue(row[10]))) constraintIndex(catalog, of, ref, row)
      if (of !== undefined && row[24] !== null) indexStatistics(catalog, of, ref, row, true)
      continue
    }
    catalog.late.push(() =>
      catalog.keys.set(`${catalogs.relation}:${row[0]}`, indexKey(refIn(catalog, row[15]!, row[2]!))),
    )
    push(indexes, row[1]!, index(catalog, row, byOid))
    const of = catalog.relations.get(row[1]!)
    const whole = row[16] === null ? undefined : byOid.get(row[16]!)
    if (of !== undefined && whole !== undefined) {
      const ref = refIn(catalog, row[15]!, row[2]!)
      partOptions(catalog, of, ref, row, whole, indexKey(ref))
    }
    if (of !== undefined && row[24] !== null)
      indexStatistics(catalog, of, refIn(catalog, row[15]!, row[2]!), row, false)
  }
  return { constraints, indexes, replicaIndexes, domainChecks, domainOf }
}

function constraint(catalog: Catalog, row: Row, index: Row | undefined, whole: Row | undefined): Constraint {
  const type = row[2]
  const table = row[3]
  if (type === 'f') return foreignKey(catalog, row)
  const base = only(common(row))
  if (type === 'c') {
    return {
      kind: 'check',
      ...base,
      sql: unbracketed(row[19] ?? ''),
      ...only({ noInherit: isTrue(row[10]), ...validity(row) }),
    }
  }
  const columns = columnNames(catalog, table!, row[11]!)
  const include = index === undefined ? [] : included(catalog, index)
  const made = {
    with: index === undefined ? undefined : options((whole ?? index)[12]),
    tablespace: index?.[13] ?? undefined,
  }
  const extra = only({ include: include.length === 0 ? undefined : include, ...made })
  if (type === 'p') return { kind: 'primaryKey', ...base, columns, ...extra }
  if (type === 'u')
    return { kind: 'unique', ...base, columns, ...extra, ...only({ nullsNotDistinct: isTrue(index?.[8]) }) }
  const operators = JSON.parse(row[20] ?? '[]') as string[]
  return {
    kind: 'exclude',
    ...base,
    elements:
      index === undefined ? [] : elements(catalog, index).map((e, i) => ({ ...e, operator: operators[i] ?? '=' })),
    ...only({
      using: index === undefined || index[4] === 'gist' ? undefined : index[4]!,
      include: include.length === 0 ? undefined : include,
      where: index === undefined || index[18] === null ? undefined : unbracketed(index[18]!),
      ...made,
    }),
  }
}

function foreignKey(catalog: Catalog, row: Row): ForeignKey {
  const setColumns = columnNames(catalog, row[3]!, row[17]!)
  return only({
    kind: 'foreignKey' as const,
    ...common(row),
    columns: columnNames(catalog, row[3]!, row[11]!),
    references: catalog.relations.get(row[12]!) ?? ({ name: row[12]! } satisfies Ref),
    referencedColumns: columnNames(catalog, row[12]!, row[13]!),
    onDelete: actions[row[15]!],
    onUpdate: actions[row[14]!],
    onDeleteColumns: setColumns.length === 0 ? undefined : setColumns,
    match: row[16] === 'f' ? ('full' as const) : row[16] === 'p' ? ('partial' as const) : undefined,
    ...validity(row),
  }) as ForeignKey
}

/** What constraints of every kind have; a property that says nothing is false or undefined. */
function common(row: Row): {
  readonly name: string
  readonly deferrable: boolean
  readonly initiallyDeferred: boolean
  readonly comment: string | undefined
  readonly inherited: boolean
} {
  return {
    name: row[1]!,
    deferrable: isTrue(row[6]),
    initiallyDeferred: isTrue(row[7]),
    comment: row[21] ?? undefined,
    inherited: row[9] === 'f' || row[18] !== '0',
  }
}

/** A constraint that is not enforced is not validated either. */
function validity(row: Row): { readonly notValid: boolean; readonly notEnforced: boolean } {
  const notEnforced = isTrue(row[23])
  return { notEnforced, notValid: row[8] === 'f' && !notEnforced }
}

/** Columns that an index only carries. */
function included(catalog: Catalog, row: Row): readonly string[] {
  const keys = numbers(row[6])
  return keys.length === Number(row[5]) ? [] : columnNames(catalog, row[1]!, keys.slice(Number(row[5])).join(' '))
}

type OpclassFacts = readonly [name: string, schema: string, isDefault: boolean, parameters: readonly string[] | null]

function opclassText(catalog: Catalog, facts: OpclassFacts | undefined): string | undefined {
  if (facts === undefined) return undefined
  const [name, schema, isDefault, parameters] = facts
  if (isDefault && parameters === null) return undefined
  const spelled = schema === 'pg_catalog' ? quoteIdent(name) : quoteRef(refIn(catalog, schema, name))
  if (parameters === null) return spelled
  return `${spelled} (${parameters.map((p) => p.replace(/^([^=]*)=(.*)$/s, (_, key: string, value: string) => `${quoteIdent(key)}='${value.replaceAll("'", "''")}'`)).join(', ')})`
}

function elements(catalog: Catalog, row: Row): readonly IndexElement[] {
  const flags = numbers(row[7])
  const expressions = row[19] === null ? [] : (JSON.parse(row[19]!) as (string | null)[])
  const opclasses = row[20] === null ? [] : (JSON.parse(row[20]!) as OpclassFacts[])
  const collations = row[22] === null ? [] : (JSON.parse(row[22]!) as ([string, string] | null)[])
  const oids = row[22] === null ? [] : numbers(row[21])
  return numbers(row[6])
    .slice(0, Number(row[5]))
    .map((attnum, i) => {
      const column = attnum === '0' ? undefined : columnAt(catalog, row[1]!, attnum)
      const flag = Number(flags[i] ?? 0)
      const desc = (flag & 1) !== 0
      const nullsFirst = (flag & 2) !== 0
      // A column and nothing more: nearly every key.
      if (column !== undefined && flag === 0 && row[20] === null && row[22] === null) return { column: column[2]! }
      const collation = collations[i] ?? null
      const ownCollation =
        column === undefined
          ? row[23]?.includes(`${expressions[i]} COLLATE `) !== true
          : factsOf(catalog, column).collation === oids[i]
      return {
        ...(column === undefined ? { expression: unbracketed(expressions[i] ?? '') } : { column: column[2]! }),
        ...only({
          collation: collation === null || ownCollation ? undefined : collationRef(catalog, JSON.stringify(collation)),
          opclass: opclassText(catalog, opclasses[i]),
          order: desc ? ('desc' as const) : undefined,
          nulls: nullsFirst === desc ? undefined : nullsFirst ? ('first' as const) : ('last' as const),
        }),
      }
    })
}

function index(catalog: Catalog, row: Row, all: ReadonlyMap<string, Row>): Index {
  const parent = row[16] === null ? undefined : all.get(row[16]!)
  const include = included(catalog, row)
  const valid = isTrue(row[9])
  return only({
    name: row[2]!,
    elements: elements(catalog, row),
    unique: isTrue(row[3]),
    method: row[4] === 'btree' ? undefined : row[4]!,
    include: include.length === 0 ? undefined : include,
    where: row[18] === null ? undefined : unbracketed(row[18]!),
    nullsNotDistinct: isTrue(row[8]),
    with: options((parent ?? row)[12]),
    tablespace: row[13] ?? undefined,
    comment: row[17] ?? undefined,
    attachedTo: parent === undefined ? undefined : refIn(catalog, parent[15]!, parent[2]!),
    only: row[14] === 'I' && !valid,
    invalid: row[14] === 'i' && !valid,
    clustered: isTrue(row[10]),
  }) as Index
}
