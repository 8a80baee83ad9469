/** Reads constraints, from the catalogs' own columns and not from their printed statements, and what tables have of them and of indexes. */
import { constraintKey, indexKey } from '../../../schema/keys.ts'
import type { Constraint, ForeignKey, Index, Ref, ReferentialAction } from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  behindCommas,
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
 * Of tables and domains, a row for each table and one for all domains; the not-null constraints that PostgreSQL 18 lists are the columns' own affair.
 * Most constraints are one text, of oids, keys, `Facts` and the name; the others are a list of that and `Rest`.
 */
export function constraintsSql(catalog: CatalogQuery): string {
  const { version } = catalog
  const line = `pg_catalog.concat_ws(',', k.oid, k.conindid, COALESCE(pg_catalog.array_to_string(k.conkey, ' '), ''), k.confrelid,
         COALESCE(pg_catalog.array_to_string(k.confkey, ' '), ''),
         k.contype, k.condeferrable, k.condeferred, k.convalidated, k.conislocal AND k.conparentid = 0, k.connoinherit,
         k.confupdtype, k.confdeltype, k.confmatchtype, ${version >= 180000 ? 'k.conperiod, NOT k.conenforced' : 'false, false'},
         CASE WHEN k.conparentid <> 0 THEN COALESCE((SELECT p.conrelid = k.conrelid FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid), false) ELSE false END,
         k.conname)`
  return `
SELECT k.conrelid,
       pg_catalog.json_agg(CASE WHEN k.contypid <> 0 OR k.contype IN ('c', 'x') OR d.description IS NOT NULL ${version >= 150000 ? 'OR k.confdelsetcols IS NOT NULL' : ''}
       THEN pg_catalog.json_build_array(${line},
         k.contypid::text, ${version >= 150000 ? 'k.confdelsetcols::text' : 'NULL'},
         CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END,
         CASE WHEN k.contype = 'x' THEN
           (SELECT pg_catalog.json_agg(CASE WHEN opn.nspname = 'pg_catalog' THEN op.oprname
                     ELSE 'OPERATOR(' || pg_catalog.quote_ident(opn.nspname) || '.' || op.oprname || ')' END ORDER BY x.position)
              FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY AS x (operator, position)
              JOIN pg_catalog.pg_operator op ON op.oid = x.operator JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace) END,
         d.description)
         ELSE pg_catalog.to_json(${line}) END ORDER BY pg_catalog.strpos('puxcf', k.contype::text), k.conname, k.oid)
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.constraint} AND d.objoid = k.oid AND d.objsubid = 0
 WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND ${userSchema('n')} AND ${inScope(catalog, 'n')}
 GROUP BY k.conrelid`
}

/** A constraint of the catalog; keys are numbers of columns. */
interface ConstraintRow {
  readonly oid: string
  readonly name: string
  readonly table: string
  readonly index: string
  readonly keys: string
  readonly target: string
  readonly targetKeys: string
  readonly facts: Facts
  readonly rest: Rest
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

type More = readonly [line: string, ...rest: readonly unknown[]]

function restOf([, domain, setColumns, sql, operators, comment]: More): Rest {
  // The types are those of the query.
  return { domain, setColumns, sql, operators, comment } as Rest
}

/** The facts are between the keys and the name, which may have commas of its own. */
const factCount = 12

/** The constraints of a relation in the order in which they stand there: by kind, then by name. */
function readConstraints(row: Row, known: Map<string, Facts>): readonly ConstraintRow[] {
  const table = row[0]!
  return (JSON.parse(row[1]!) as readonly (string | More)[]).map((said) => {
    const line = typeof said === 'string' ? said : said[0]
    const factsAt = behindCommas(line, 0, 5)
    const nameAt = behindCommas(line, factsAt, factCount)
    const text = line.slice(factsAt, nameAt - 1)
    let facts = known.get(text)
    if (facts === undefined) known.set(text, (facts = factsIn(text)))
    const [oid = '', index = '', keys = '', target = '', targetKeys = ''] = line.slice(0, factsAt - 1).split(',')
    const name = line.slice(nameAt)
    const rest = typeof said === 'string' ? noRest : restOf(said)
    return { oid, name, table, index, keys, target, targetKeys, facts, rest }
  })
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'setNull',
  d: 'setDefault',
}

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
  const ofTables: ConstraintRow[] = []
  for (const row of constraintRows.flatMap((of) => readConstraints(of, known))) {
    const { facts, rest, name, table } = row
    if (rest.domain !== '0') {
      const check = { name, sql: rest.sql ?? '', notValid: facts.notValid, comment: rest.comment ?? undefined }
      push(domainChecks, rest.domain, only(check))
      domainOf.set(row.oid, rest.domain)
      continue
    }
    const of = catalog.relations.get(table)
    if (of === undefined || facts.auxiliary) continue
    ofTables.push(row)
    // A foreign key names the index of the table that it refers to.
    const backing = facts.type === 'f' || row.index === '0' ? undefined : row.index
    if (backing !== undefined) behind.set(backing, name)
    const own = backing === undefined ? undefined : byOid.get(backing)
    if (facts.period)
      catalog.uncovered.push(
        `${facts.type === 'f' ? 'PERIOD' : 'WITHOUT OVERLAPS'} of constraint ${quoteIdent(name)} on ${quoteRef(of)}`,
      )
    const whole = wholeOf(own, byOid)
    if (own !== undefined && whole !== undefined)
      partOptions(catalog, of, refIn(catalog, own.facts.schema, own.name), own, whole, constraintKey(of, name))
    push(constraints, table, constraint(catalog, row, own, whole))
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
      catalog.keys.set(`${catalogs.constraint}:${row.oid}`, constraintKey(catalog.relations.get(row.table)!, row.name))
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
  row: ConstraintRow,
  own: IndexRow | undefined,
  whole: IndexRow | undefined,
): Constraint {
  const { facts, rest } = row
  const { type } = facts
  if (type === 'f') return foreignKey(catalog, row)
  const base = only(common(row))
  if (type === 'c') {
    const { noInherit, notEnforced, notValid } = facts
    return { kind: 'check', ...base, sql: unbracketed(rest.sql ?? ''), ...only({ noInherit, notEnforced, notValid }) }
  }
  const include = own && included(catalog, own)
  const made = {
    with: own && options((whole ?? own).rest.options),
    tablespace: own?.rest.tablespace ?? undefined,
  }
  const columns = columnNames(catalog, row.table, numbers(row.keys))
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

function foreignKey(catalog: Catalog, row: ConstraintRow): ForeignKey {
  const { facts, rest, table, target } = row
  const { onDelete, onUpdate, match, notEnforced, notValid } = facts
  const set = numbers(rest.setColumns)
  return only({
    kind: 'foreignKey' as const,
    ...common(row),
    columns: columnNames(catalog, table, numbers(row.keys)),
    references: catalog.relations.get(target) ?? ({ name: target } satisfies Ref),
    referencedColumns: columnNames(catalog, target, numbers(row.targetKeys)),
    onDelete,
    onUpdate,
    onDeleteColumns: set.length === 0 ? undefined : columnNames(catalog, table, set),
    match,
    notEnforced,
    notValid,
  }) as ForeignKey
}

/** What constraints of every kind have; a property that says nothing is false or undefined. */
function common({ name, facts, rest }: ConstraintRow): {
  readonly name: string
  readonly deferrable: boolean
  readonly initiallyDeferred: boolean
  readonly comment: string | undefined
  readonly inherited: boolean
} {
  const { deferrable, initiallyDeferred, inherited } = facts
  return { name, deferrable, initiallyDeferred, comment: rest.comment ?? undefined, inherited }
}
