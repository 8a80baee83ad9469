/** Reads constraints, from the catalogs' own columns and not from their printed statements, and what tables have of them and of indexes. */
import { constraintKey, indexKey } from '../../../schema/keys.ts'
import type { Constraint, ForeignKey, Index, Ref, ReferentialAction } from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
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
import { elements, included, index } from './indexes.ts'
import { type IndexRow, readIndexes, wholeOf } from './index-rows.ts'
import { quoteIdent, quoteRef } from '../spell/quote.ts'
import { constraintIndex, indexStatistics, partOptions } from './settings.ts'
import { columnNames } from './relations.ts'
import type { DomainCheck } from './types.ts'

/**
 * Of tables and domains; the not-null constraints that PostgreSQL 18 lists are the columns' own affair. What many constraints have in common is one
 * text (`Facts`), and what few have is JSON (`Rest`).
 */
export function constraintsSql(catalog: CatalogQuery): string {
  const { version } = catalog
  return `
SELECT k.oid, k.conname, k.conrelid, k.conindid, k.conkey, k.confrelid, k.confkey,
       pg_catalog.concat_ws(',', k.contype, k.condeferrable, k.condeferred, k.convalidated, k.conislocal AND k.conparentid = 0, k.connoinherit,
         k.confupdtype, k.confdeltype, k.confmatchtype, ${version >= 180000 ? 'k.conperiod, NOT k.conenforced' : 'false, false'},
         CASE WHEN k.conparentid <> 0 THEN (SELECT p.conrelid = k.conrelid FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid) END),
       CASE WHEN k.contypid <> 0 OR k.contype IN ('c', 'x') OR d.description IS NOT NULL ${version >= 150000 ? 'OR k.confdelsetcols IS NOT NULL' : ''}
       THEN pg_catalog.json_build_array(
         k.contypid::text, ${version >= 150000 ? 'k.confdelsetcols::text' : 'NULL'},
         CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END,
         CASE WHEN k.contype = 'x' THEN
           (SELECT pg_catalog.json_agg(CASE WHEN opn.nspname = 'pg_catalog' THEN op.oprname
                     ELSE 'OPERATOR(' || pg_catalog.quote_ident(opn.nspname) || '.' || op.oprname || ')' END ORDER BY x.position)
              FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY AS x (operator, position)
              JOIN pg_catalog.pg_operator op ON op.oid = x.operator JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace) END,
         d.description) END
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.constraint} AND d.objoid = k.oid AND d.objsubid = 0
 WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND ${userSchema('n')} AND ${inScope(catalog, 'n')}
 ORDER BY k.conname, k.oid`
}

/** What many constraints have in common, read once from each text that says the same. */
interface Facts {
  /** `p`, `u`, `x`, `c` or `f`. */
  readonly type: string
  readonly deferrable: boolean
  readonly initiallyDeferred: boolean
  /** Neither declared by the table itself alone, nor a part of another constraint. */
  readonly inherited: boolean
  readonly noInherit: boolean
  readonly onUpdate: ReferentialAction | undefined
  readonly onDelete: ReferentialAction | undefined
  readonly match: 'full' | 'partial' | undefined
  readonly period: boolean
  readonly notEnforced: boolean
  /** A constraint that is not enforced is not validated either. */
  readonly notValid: boolean
  /** A foreign key to a partitioned table has such constraints for each partition. */
  readonly auxiliary: boolean
}

/** What few constraints have. */
interface Rest {
  /** The oid of the domain; `0` for a table's. */
  readonly domain: string
  readonly setColumns: string | null
  readonly sql: string | null
  readonly operators: readonly string[] | null
  readonly comment: string | null
}

const noRest: Rest = { domain: '0', setColumns: null, sql: null, operators: null, comment: null }

function factsIn(text: string): Facts {
  const of = text.split(',')
  const notEnforced = isTrue(of[10])
  return {
    type: of[0]!,
    deferrable: isTrue(of[1]),
    initiallyDeferred: isTrue(of[2]),
    inherited: !isTrue(of[4]),
    noInherit: isTrue(of[5]),
    onUpdate: actions[of[6]!],
    onDelete: actions[of[7]!],
    match: of[8] === 'f' ? 'full' : of[8] === 'p' ? 'partial' : undefined,
    period: isTrue(of[9]),
    notEnforced,
    notValid: !isTrue(of[3]) && !notEnforced,
    auxiliary: isTrue(of[11]),
  }
}

function restOf(row: Row): Rest {
  if (row[8] === null) return noRest
  const [domain, setColumns, sql, operators, comment] = JSON.parse(row[8]!) as readonly unknown[]
  // The types are those of the query.
  return { domain, setColumns, sql, operators, comment } as Rest
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'setNull',
  d: 'setDefault',
}
/** In which order the kinds of a table's constraints stand. */
const kinds = 'puxcf'

export interface TableParts {
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>
  readonly indexes: ReadonlyMap<string, readonly Index[]>
  readonly replicaIndexes: ReadonlyMap<string, string>
  readonly domainChecks: ReadonlyMap<string, readonly DomainCheck[]>
  /** Constraint oid -> domain oid: the domain's key is not known yet. */
  readonly domainOf: ReadonlyMap<string, string>
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
  const byOid = readIndexes(indexRows)
  const behind = new Map<string, string>()
  const known = new Map<string, Facts>()
  const byKind: Row[][] = Array.from(kinds, () => [])
  for (const row of constraintRows) byKind[kinds.indexOf(row[7]![0]!)]!.push(row)
  const ofTables: Row[] = []
  for (const row of byKind.flat()) {
    let facts = known.get(row[7]!)
    if (facts === undefined) known.set(row[7]!, (facts = factsIn(row[7]!)))
    const rest = restOf(row)
    const name = row[1]!
    const table = row[2]!
    if (rest.domain !== '0') {
      const check = { name, sql: rest.sql ?? '', notValid: facts.notValid, comment: rest.comment ?? undefined }
      push(domainChecks, rest.domain, only(check))
      domainOf.set(row[0]!, rest.domain)
      continue
    }
    const of = catalog.relations.get(table)
    if (of === undefined || facts.auxiliary) continue
    ofTables.push(row)
    // A foreign key names the index of the table that it refers to.
    const backing = facts.type === 'f' || row[3] === '0' ? undefined : row[3]!
    if (backing !== undefined) behind.set(backing, name)
    const own = backing === undefined ? undefined : byOid.get(backing)
    if (facts.period)
      catalog.uncovered.push(
        `${facts.type === 'f' ? 'PERIOD' : 'WITHOUT OVERLAPS'} of constraint ${quoteIdent(name)} on ${quoteRef(of)}`,
      )
    const whole = wholeOf(own, byOid)
    if (own !== undefined && whole !== undefined)
      partOptions(catalog, of, refIn(catalog, own.facts.schema, own.name), own, whole, constraintKey(of, name))
    push(constraints, table, constraint(catalog, row, facts, rest, own, whole))
  }
  for (const row of byOid.values()) {
    const { facts, rest } = row
    if (facts.replicaIdentity) replicaIndexes.set(row.table, row.name)
    const isBehind = behind.has(row.oid)
    if (!isBehind) push(indexes, row.table, index(catalog, row, byOid))
    const of = catalog.relations.get(row.table)
    if (of === undefined) continue
    const ref = refIn(catalog, facts.schema, row.name)
    if (isBehind && (rest.comment !== null || facts.clustered)) constraintIndex(catalog, of, ref, row)
    const whole = isBehind ? undefined : wholeOf(row, byOid)
    if (whole !== undefined) partOptions(catalog, of, ref, row, whole, indexKey(ref))
    if (rest.statistics !== null) indexStatistics(catalog, of, ref, row, isBehind)
  }
  catalog.late.push(() => {
    for (const row of ofTables)
      catalog.keys.set(`${catalogs.constraint}:${row[0]}`, constraintKey(catalog.relations.get(row[2]!)!, row[1]!))
    for (const row of byOid.values()) {
      const of = catalog.relations.get(row.table)
      const name = behind.get(row.oid)
      const key =
        name === undefined || of === undefined
          ? indexKey(refIn(catalog, row.facts.schema, row.name))
          : constraintKey(of, name)
      catalog.keys.set(`${catalogs.relation}:${row.oid}`, key)
    }
  })
  return { constraints, indexes, replicaIndexes, domainChecks, domainOf }
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [item])
  else list.push(item)
}

function constraint(
  catalog: Catalog,
  row: Row,
  facts: Facts,
  rest: Rest,
  own: IndexRow | undefined,
  whole: IndexRow | undefined,
): Constraint {
  const { type } = facts
  if (type === 'f') return foreignKey(catalog, row, facts, rest)
  const base = only(common(row, facts, rest))
  if (type === 'c') {
    const { noInherit, notEnforced, notValid } = facts
    return { kind: 'check', ...base, sql: unbracketed(rest.sql ?? ''), ...only({ noInherit, notEnforced, notValid }) }
  }
  const include = own && included(catalog, own)
  const made = {
    with: own && options((whole ?? own).rest.options),
    tablespace: own?.rest.tablespace ?? undefined,
  }
  const columns = columnNames(catalog, row[2]!, numbers(row[4]))
  const extra = only({ include, ...made })
  if (type === 'p') return { kind: 'primaryKey', ...base, columns, ...extra }
  if (type === 'u')
    return {
      kind: 'unique',
      ...base,
      columns,
      ...extra,
      ...only({ nullsNotDistinct: own?.facts.nullsNotDistinct === true }),
    }
  return {
    kind: 'exclude',
    ...base,
    elements:
      own === undefined ? [] : elements(catalog, own).map((e, i) => ({ ...e, operator: rest.operators?.[i] ?? '=' })),
    ...only({
      using: own === undefined || own.rest.method === 'gist' ? undefined : (own.rest.method ?? 'btree'),
      include,
      where: own === undefined || own.rest.where === null ? undefined : unbracketed(own.rest.where),
      ...made,
    }),
  }
}

function foreignKey(catalog: Catalog, row: Row, facts: Facts, rest: Rest): ForeignKey {
  const { onDelete, onUpdate, match, notEnforced, notValid } = facts
  const set = numbers(rest.setColumns)
  return only({
    kind: 'foreignKey' as const,
    ...common(row, facts, rest),
    columns: columnNames(catalog, row[2]!, numbers(row[4])),
    references: catalog.relations.get(row[5]!) ?? ({ name: row[5]! } satisfies Ref),
    referencedColumns: columnNames(catalog, row[5]!, numbers(row[6])),
    onDelete,
    onUpdate,
    onDeleteColumns: set.length === 0 ? undefined : columnNames(catalog, row[2]!, set),
    match,
    notEnforced,
    notValid,
  }) as ForeignKey
}

/** What constraints of every kind have; a property that says nothing is false or undefined. */
function common(
  row: Row,
  { deferrable, initiallyDeferred, inherited }: Facts,
  { comment }: Rest,
): {
  readonly name: string
  readonly deferrable: boolean
  readonly initiallyDeferred: boolean
  readonly comment: string | undefined
  readonly inherited: boolean
} {
  return { name: row[1]!, deferrable, initiallyDeferred, comment: comment ?? undefined, inherited }
}
