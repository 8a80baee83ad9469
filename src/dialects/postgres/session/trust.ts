/** How ambix's own statements avoid running the database owner's code: their own search path, and tables inspected before they are read. */
import { type Held, noSchemaMark, type OwnSql } from '../../dialect.ts'
import { quoteIdent as quote, quoteLiteral as literal } from '../spell/quote.ts'

const kept = (name: string): string => (name === 'DateStyle' ? 'ambix.dates' : 'ambix.path')
const setLocal = (name: string, value: string): string => `pg_catalog.set_config('${name}', ${value}, true)`
const keep = ['search_path', 'DateStyle']
  .map((name) => setLocal(kept(name), `pg_catalog.current_setting('${name}')`))
  .join(', ')
/** Temporary objects last: they would be found first where the path does not name them. */
const strict = setLocal('search_path', `'pg_catalog, pg_temp'`)
/** In another style a time would be read with day and month exchanged, or not at all. */
const times = setLocal('DateStyle', `'ISO'`)
const leave = `SELECT ${['search_path', 'DateStyle'].map((name) => setLocal(name, `pg_catalog.current_setting('${kept(name)}')`)).join(', ')}`

/**
 * The schema of the bookkeeping tables: the one that is named, else the one in which the version table is found, else the
 * one in which it would be created. Runs with the user's path, so every operator in it is qualified.
 */
const homeOf = (schema: string | undefined, version: string): string =>
  schema === undefined
    ? `COALESCE((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${literal(quote(version))})), pg_catalog.current_schema(), '')`
    : literal(schema)

/** Fails where there is none. It is no constant, which would be converted before it is known whether it is needed. */
const ownHome = `CASE pg_catalog.current_setting('ambix.home') WHEN '' THEN (${literal(noSchemaMark)} || pg_catalog.current_setting('ambix.home'))::pg_catalog.int4::text ELSE pg_catalog.quote_ident(pg_catalog.current_setting('ambix.home')) END`

const enterAt = (schema: string | undefined, version: string): string =>
  `SELECT ${keep}, ${setLocal('ambix.home', homeOf(schema, version))}, ${strict}, ${times}`

const name = (text: string): string => `${literal(text)}::pg_catalog.name`
/** A role whose code may run with the privileges of the connected role: that role itself, and superusers. */
const trusted = (owner: string): string =>
  `(${owner} = me.oid OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = ${owner} AND r.rolsuper))`
const databaseOwner = '(SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())'
/** The owner of a schema may drop what others have in it. `public` belongs to `pg_database_owner`, of which the database's owner is the member (15+). */
const schemaOwner = `(CASE WHEN pg_catalog.pg_get_userbyid(n.nspowner) = 'pg_database_owner' THEN ${databaseOwner} ELSE n.nspowner END)`

/** By the index of what depends on the table: pg_constraint has none by the table that is referred to, and would be read whole for each. */
const foreignKeysTo = (table: string): string =>
  `SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_constraint k ON k.oid = d.objid WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = ${table} AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.confrelid = ${table}`

/**
 * A role whose rights are of no use to the owner of a table that it reads, even where that owner has them for a moment: it owns
 * nothing, and neither it nor a role that it is a member of may do more than read and write what it was granted.
 */
const readsOnly = `NOT EXISTS (SELECT FROM pg_catalog.pg_roles g WHERE pg_catalog.pg_has_role(me.oid, g.oid, 'MEMBER') AND (
        g.rolsuper OR g.rolcreaterole OR g.rolcreatedb OR g.rolreplication OR g.rolbypassrls
        OR g.rolname IN ('pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain', 'pg_signal_backend', 'pg_create_subscription')
        OR EXISTS (SELECT FROM pg_catalog.pg_shdepend d WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = g.oid AND d.deptype = 'o')))`

/** The types of ambix's own columns (int8, int4, text, varchar, timestamptz), which every release has under these numbers. */
const known = '20, 23, 25, 1043, 1184'

/** Every key that refers to a table has triggers on it; CockroachDB, which says that there are none, is asked for the keys themselves. */
const mayBeReferredTo = (table: string): string =>
  `(${table}.relhastriggers OR pg_catalog.strpos(pg_catalog.version(), 'PostgreSQL') <> 1)`

/** What a table is inspected for, and what is kept from changing meanwhile; absent: nothing but what every reader may lock. */
interface Purpose {
  readonly write: boolean
  readonly held?: Held
}
const look: Purpose = { write: true, held: 'tables' }
/** The problems of a table that a superuser reads again, with more of it held. */
const unheld: Readonly<Record<Held, string>> = {
  tables: 'its owner can change it meanwhile',
  schema: 'the owner of its schema can put another one in its place meanwhile',
}
/** What a superuser has a right to hold; on a standby nothing can be. */
const canHold = 'me.rolsuper AND NOT pg_catalog.pg_is_in_recovery()'
/** `table` and `schema`: answers where the owner of that is not trusted. */
const heldIf = (table: string, schema: string): string =>
  `WHEN ${canHold} AND NOT ${trusted('c.relowner')} THEN ${table}\n    WHEN ${canHold} AND NOT ${trusted(schemaOwner)} THEN ${schema}`

interface Homes {
  /** Rows of one column `nspname`. */
  readonly rows: string
  /** A condition on `n`, the schema, and on `c` or `y`, the rows of the catalog that have one of the names. */
  holds(names: readonly string[], row: CatalogRow): string
}
interface CatalogRow {
  readonly alias: string
  readonly catalog: string
  readonly named: string
  readonly home: string
}
const tableRow: CatalogRow = { alias: 'c', catalog: 'pg_class', named: 'relname', home: 'relnamespace' }
const typeRow: CatalogRow = { alias: 'y', catalog: 'pg_type', named: 'typname', home: 'typnamespace' }
const home: Homes = {
  rows: `SELECT NULLIF(pg_catalog.current_setting('ambix.home'), '')::pg_catalog.name AS nspname`,
  holds: (names, { alias, named }) =>
    `n.nspname = pg_catalog.current_setting('ambix.home')::name AND ${alias}.${named} IN (${names.map(name).join(', ')})`,
}

/**
 * Of schemas that are named, instead of `ambix.home`. Each name is found in each schema by the index of both: joined otherwise, the planner
 * reads what has one of the names in all schemas of the database.
 */
export const homesOf = (schemas: readonly string[]): Homes => {
  const those = `s.nspname IN (${schemas.map(name).join(', ')})`
  return {
    rows: `SELECT s.nspname FROM pg_catalog.pg_namespace s WHERE ${those}`,
    holds: (names, { alias, catalog, named, home: schema }) =>
      `${alias}.oid = ANY (ARRAY(SELECT k.oid FROM pg_catalog.pg_namespace s CROSS JOIN pg_catalog.unnest(ARRAY[${names.map(name).join(', ')}]) r (name), LATERAL (SELECT t.oid FROM pg_catalog.${catalog} t WHERE t.${named} = r.name AND t.${schema} = s.oid OFFSET 0) k WHERE ${those}))`,
  }
}

/** Runs between `enterAt` and `leave`: rows of (name, schema, problem, width, exposed, held). */
export const inspection = (
  names: readonly string[],
  homes = home,
  { write, held }: Purpose = look,
): string => `SELECT NULL::text AS name, h.nspname::text AS schema, NULL::text AS problem, NULL::text AS width,
  (COALESCE(NOT ${trusted(schemaOwner)}, false))::text AS exposed,
  CASE WHEN ${canHold} AND NOT ${trusted(schemaOwner)} THEN 'schema' END AS held
FROM (${homes.rows}) h
JOIN pg_catalog.pg_roles me ON me.rolname = current_user
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = h.nspname
UNION ALL
SELECT c.relname::text, n.nspname::text,
  CASE
    WHEN c.relkind <> 'r' THEN 'it is not an ordinary table'
    WHEN NOT (
      c.relowner = me.oid OR o.rolsuper
      OR EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = c.relowner AND m.member = me.oid)
      OR (NOT me.rolsuper AND pg_catalog.pg_has_role(c.relowner, 'MEMBER'))
      OR ((me.rolsuper${write ? '' : ` OR ${readsOnly}`}) AND (c.relowner = ${schemaOwner} OR c.relowner = ${databaseOwner}))
    ) THEN 'it belongs to ' || o.rolname || ', not to ' || me.rolname || ' or a role that ' || me.rolname || ' is a member of'
    WHEN c.relispartition OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) THEN 'it inherits from a table, or a table inherits from it'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) THEN 'it has triggers'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid) THEN 'it has rules'
    WHEN c.relrowsecurity OR EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid) THEN 'it has row security policies'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_attrdef d WHERE d.adrelid = c.oid) THEN 'it has column defaults or generated columns'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'x', 'f', 't')) THEN 'it has constraints of its own'
    WHEN ${mayBeReferredTo('c')} AND EXISTS (${foreignKeysTo('c.oid')}) THEN 'a foreign key of another table refers to it'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)) THEN 'it has an index on an expression'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid) THEN 'it has extended statistics'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid NOT IN (${known}) AND (y.typtype <> 'b' OR y.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace)) THEN 'it has a column of a type that is not PostgreSQL''s own'${held === 'tables' ? '' : `\n    ${heldIf(`'${unheld.tables}'`, held === 'schema' ? 'NULL' : `'${unheld.schema}'`)}`}
  END,
  (SELECT CASE WHEN a.atttypmod > 4 THEN (a.atttypmod - 4)::text END
   FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND NOT a.attisdropped),
  (NOT (${trusted('c.relowner')} AND ${trusted(schemaOwner)}))::text,
  CASE ${heldIf("'tables'", "'schema'")} END
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
JOIN pg_catalog.pg_roles me ON me.rolname = current_user
WHERE ${homes.holds(names, tableRow)}
UNION ALL
SELECT y.typname::text, n.nspname::text, 'a type has its name', NULL, 'true', NULL
FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
WHERE ${homes.holds(names, typeRow)} AND y.typrelid = 0 AND y.typelem = 0`

const mark = 'ambix does not trust: '

/** Fails where a table cannot be trusted; the error names it, with the reason. */
export const refuse = (names: readonly string[], homes = home, purpose: Purpose = look): string =>
  `SELECT (${literal(mark)} || q.name || ': ' || q.problem)::int4 FROM (\n${inspection(names, homes, purpose)}\n) q WHERE q.problem IS NOT NULL ORDER BY CASE q.problem WHEN '${unheld.tables}' THEN 1 WHEN '${unheld.schema}' THEN 2 ELSE 0 END LIMIT 1`

/**
 * No schema is renamed until the transaction ends: PostgreSQL takes no lock on a schema for that, but it changes the key of its row, which
 * waits for this. Fails where one was renamed already. A superuser's right.
 */
export const holdNames = (condition: string, count: string, table: string): string =>
  `SELECT (CASE WHEN pg_catalog.count(*) = ${count} THEN '1' ELSE ${literal(`${mark}${table}: its schema was renamed meanwhile`)} END)::int4 FROM (SELECT FROM pg_catalog.pg_namespace s WHERE ${condition} ORDER BY s.oid FOR KEY SHARE) h`

/** An index, statistics and a child table, whose expressions run while a query is planned, are kept off by the strongest of these alone. */
export const lockTables = (tables: readonly string[], mode: 'ACCESS SHARE' | 'ROW EXCLUSIVE', held?: Held): string =>
  `LOCK TABLE ${tables.join(', ')} IN ${held === 'tables' ? 'SHARE UPDATE EXCLUSIVE' : mode} MODE`

const holdHome = (names: readonly string[]): string =>
  holdNames(`s.nspname = pg_catalog.current_setting('ambix.home')::name`, '1', names[0]!)

export const own: OwnSql = {
  enter: `SELECT ${keep}, ${strict}, ${times}`,
  leave,
  inspect: (schema, names) => ({
    statements: [enterAt(schema, names[0]!), inspection(names), leave],
    at: 1,
  }),
  read: (schema, names, tables, query, by) => {
    // With only that schema in the path, a name cannot mean another object than the checked one.
    const there = `SELECT ${setLocal('search_path', `pg_catalog.concat_ws(', ', 'pg_catalog', ${ownHome}, 'pg_temp')`)}`
    const before = [
      enterAt(schema, names[0]!),
      ...(by === undefined
        ? []
        : [
            `SELECT ${setLocal('lock_timeout', literal(String(Math.round(Math.min(Math.max(by.waitMs, 1), 2_000_000_000)))))}`,
            holdHome(names),
          ]),
      there,
      // A locked table can be neither dropped nor given rules until it was read.
      lockTables(tables, 'ACCESS SHARE', by?.held),
      `SELECT ${strict}`,
      refuse(names, home, { write: false, ...(by === undefined ? {} : { held: by.held }) }),
      there,
    ]
    return { statements: [...before, query, leave], at: before.length }
  },
  guard: (schema, names, tables, held) => [
    `SELECT ${setLocal('ambix.home', literal(schema))}`,
    ...(held === undefined ? [] : [holdHome(names)]),
    lockTables(tables, 'ROW EXCLUSIVE', held),
    refuse(names, home, { write: true, ...(held === undefined ? {} : { held }) }),
  ],
  distrusted: (message) => {
    const at = message.indexOf(mark)
    if (at < 0) return undefined
    const text = message.slice(at + mark.length).replace(/"$/, '')
    const colon = text.indexOf(': ')
    const problem = text.slice(colon + 2)
    const how = (['tables', 'schema'] as const).find((h) => unheld[h] === problem)
    return { table: text.slice(0, colon), problem, ...(how === undefined ? {} : { unheld: how }) }
  },
}
