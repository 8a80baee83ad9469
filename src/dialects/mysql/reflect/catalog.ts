/** Reads information_schema for one database: a fixed number of queries, whatever the database contains. */
import type { Connection } from '../../../drivers/driver.ts'
import type { Column } from '../../../schema/model.ts'
import { backtickText } from '../../../util/sql-text.ts'
import { lexSql } from '../../../util/split-sql.ts'
import type { Server } from '../spell/server.ts'
import { quote } from '../spell/quote.ts'
import { asWritten } from './bodies.ts'

type Row = readonly (string | null)[]

export interface Catalog {
  readonly server: Server
  /** The database that is read, its default character set and collation, and the account of the session. */
  readonly database: string
  readonly charset: string
  readonly collation: string
  readonly user: string
  readonly tables: readonly Row[]
  /** Without the name of the table: rows that say the same are one object. */
  readonly columns: ReadonlyMap<string, readonly Row[]>
  /** What was read of such a row, by whether the column holds JSON and whether the table has a collation of its own. */
  readonly equal: Map<string, Map<Row, Column>>
  readonly indexes: ReadonlyMap<string, readonly Row[]>
  readonly checks: ReadonlyMap<string, readonly Row[]>
  readonly foreign: ReadonlyMap<string, readonly Row[]>
  readonly rules: ReadonlyMap<string, Row>
  readonly partitions: ReadonlyMap<string, readonly Row[]>
  /** The output of SHOW CREATE TABLE, for tables that information_schema does not fully describe (MariaDB). */
  readonly shown: ReadonlyMap<string, string>
  readonly views: readonly Row[]
  readonly triggers: readonly Row[]
  readonly routines: readonly Row[]
  readonly parameters: ReadonlyMap<string, readonly Row[]>
  readonly events: readonly Row[]
  readonly sequences: readonly Row[]
}

const here = 'DATABASE()'

/** The condition of a period, as the server writes it. */
const isPeriod = /^`(?:[^`]|``)+` < `(?:[^`]|``)+`$/u

/** The rows of each statement, none for a statement that is left out. */
async function all<const T extends readonly (string | false)[]>(
  db: Connection,
  statements: T,
): Promise<{ readonly [K in keyof T]: readonly Row[] }> {
  const sent = statements.filter((sql) => sql !== false)
  const rows = db.valuesOfAll === undefined ? [] : [...(await db.valuesOfAll(sent))]
  if (db.valuesOfAll === undefined) for (const sql of sent) rows.push(await db.values(sql))
  let at = 0
  // A cast: one list of rows for each statement.
  return statements.map((sql) => (sql === false ? [] : rows[at++]!)) as { [K in keyof T]: readonly Row[] }
}

/** By the first column. */
function grouped(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const map = new Map<string, Row[]>()
  for (const row of rows) {
    const key = row[0] ?? ''
    const found = map.get(key)
    if (found === undefined) map.set(key, [row])
    else found.push(row)
  }
  return map
}

/**
 * As `grouped`, of a row for each table: its parts, each a list of JSON within a text of JSON. The client takes an object for each value of a row,
 * and most parts are the same in many tables.
 */
function listed(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const known = new Map<string, Row>()
  const part = (text: string): Row => {
    let row = known.get(text)
    // A cast: lists of texts, as the query makes them.
    if (row === undefined) known.set(text, (row = JSON.parse(text) as Row))
    return row
  }
  return new Map(rows.map(([table, parts]) => [table ?? '', (JSON.parse(`[${parts}]`) as string[]).map(part)]))
}

/** The same of a row for each part. */
function shared(parts: ReadonlyMap<string, readonly Row[]>): ReadonlyMap<string, readonly Row[]> {
  const known = new Map<string, Row>()
  const part = (row: Row): Row => {
    const text = JSON.stringify(row.slice(1))
    const found = known.get(text)
    if (found === undefined) known.set(text, row)
    return found ?? row
  }
  return new Map(Array.from(parts, ([table, rows]) => [table, rows.map(part)]))
}

/** Names of tables may differ in their letters' case alone. MySQL's JSON is of another make, and not tried. */
const perTable = (maria: boolean, parts: string, from: string, order: string): string =>
  maria
    ? `SELECT TABLE_NAME, GROUP_CONCAT(JSON_QUOTE(CONCAT(JSON_ARRAY(NULL, ${parts}))) ORDER BY ${order} SEPARATOR ',') FROM information_schema.${from} WHERE TABLE_SCHEMA = ${here} GROUP BY BINARY TABLE_NAME`
    : `SELECT TABLE_NAME, ${parts} FROM information_schema.${from} WHERE TABLE_SCHEMA = ${here} ORDER BY TABLE_NAME, ${order}`

/**
 * The server prints expressions by the session's sql_mode: with ANSI_QUOTES a name is "a", which is a string in every
 * other session. So they are read without it; and lists of a table's parts may be as long as they are.
 */
export async function readCatalog(db: Connection, server: Server): Promise<Catalog> {
  await db.script(
    `SET @ambix_mode = @@SESSION.sql_mode, @ambix_length = @@SESSION.group_concat_max_len, SESSION sql_mode = '', SESSION group_concat_max_len = 1073741824`,
  )
  try {
    return await readTexts(db, server)
  } finally {
    if (!db.closed)
      await db
        .script('SET SESSION sql_mode = @ambix_mode, SESSION group_concat_max_len = @ambix_length')
        .catch(() => {})
  }
}

async function readTexts(db: Connection, server: Server): Promise<Catalog> {
  const maria = server.flavor === 'mariadb'
  const [context, tables, columns, indexes, checks, foreign, triggers, routines, events] = await all(db, [
    `SELECT ${here}, @@character_set_database, @@collation_database, CURRENT_USER()`,
    `SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${here} ORDER BY TABLE_NAME`,
    perTable(
      maria,
      `COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, COLUMN_TYPE, COLLATION_NAME, EXTRA, COLUMN_COMMENT, GENERATION_EXPRESSION${maria ? '' : ', SRS_ID'}`,
      'COLUMNS',
      'ORDINAL_POSITION',
    ),
    perTable(
      maria,
      `INDEX_NAME, CONCAT(NON_UNIQUE), COLUMN_NAME, COLLATION, CONCAT(SUB_PART), INDEX_TYPE, INDEX_COMMENT, ${
        maria
          ? `CONCAT(${server.version >= 1006 ? "IGNORED = 'YES'" : '0'}), NULL`
          : "CONCAT(IS_VISIBLE = 'NO'), EXPRESSION"
      }`,
      'STATISTICS',
      'INDEX_NAME, SEQ_IN_INDEX',
    ),
    maria
      ? `SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, 'YES', LEVEL FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ${here} ORDER BY TABLE_NAME, CONSTRAINT_NAME`
      : `SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, t.ENFORCED, 'Table' FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK' WHERE c.CONSTRAINT_SCHEMA = ${here} ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME`,
    `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE CONSTRAINT_SCHEMA = ${here} AND TABLE_SCHEMA = ${here} AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
    `SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT, DEFINER, ACTION_ORDER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${here} ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, TRIGGER_NAME`,
    `SELECT ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, ROUTINE_DEFINITION, IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE, ROUTINE_COMMENT, DEFINER, CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${here} AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE') ORDER BY ROUTINE_NAME, ROUTINE_TYPE`,
    `SELECT EVENT_NAME, DEFINER, EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, STARTS, ENDS, STATUS, ON_COMPLETION, CREATED, EVENT_COMMENT, LAST_ALTERED FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${here} ORDER BY EVENT_NAME`,
  ])
  const facts = context[0]
  const partitioned = (t: Row): boolean => / ?partitioned/u.test(t[4] ?? '')
  const names = tables.filter((t) => t[1] === 'SEQUENCE').map((t) => t[0]!)
  // What few databases have is asked for only where the first turn found some.
  const [rules, partitions, views, parameters, sequences] = await all(db, [
    foreign.length > 0 &&
      `SELECT TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ${here}`,
    tables.some(partitioned) &&
      `SELECT TABLE_NAME, PARTITION_NAME, SUBPARTITION_NAME, PARTITION_METHOD, SUBPARTITION_METHOD, PARTITION_EXPRESSION, SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION, PARTITION_COMMENT FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = ${here} AND PARTITION_NAME IS NOT NULL ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION`,
    tables.some((t) => t[1] === 'VIEW') &&
      `SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE, ${maria ? 'ALGORITHM' : "'UNDEFINED'"} FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ${here} ORDER BY TABLE_NAME`,
    routines.length > 0 &&
      `SELECT CONCAT(ROUTINE_TYPE, ' ', SPECIFIC_NAME), PARAMETER_MODE, PARAMETER_NAME, DTD_IDENTIFIER, CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = ${here} AND ORDINAL_POSITION > 0 ORDER BY SPECIFIC_NAME, ROUTINE_TYPE, ORDINAL_POSITION`,
    names.length > 0 &&
      names
        .map(
          (name) =>
            `SELECT '${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}', start_value, minimum_value, maximum_value, increment, cache_size, cycle_option FROM ${quote(name)}`,
        )
        .join(' UNION ALL '),
  ])
  const shown = new Map<string, string>()
  if (maria) {
    // A period looks like a check there, and a DEFAULT list partition looks like one of the value 0.
    const periods = new Set(checks.filter((c) => isPeriod.test(c[2] ?? '') && c[4] === 'Table').map((c) => c[0]))
    const asked = tables.filter((t) => partitioned(t) || periods.has(t[0]!)).map((t) => t[0]!)
    const found = await all(
      db,
      asked.map((name) => `SHOW CREATE TABLE ${quote(name)}`),
    )
    for (const [i, name] of asked.entries()) shown.set(name, found[i]?.[0]?.[1] ?? '')
  }
  return {
    server,
    database: facts?.[0] ?? '',
    charset: facts?.[1] ?? '',
    collation: facts?.[2] ?? '',
    user: facts?.[3] ?? '',
    tables,
    columns: maria ? listed(columns) : shared(grouped(columns)),
    equal: new Map(),
    indexes: maria ? listed(indexes) : grouped(indexes),
    checks: grouped(checks),
    foreign: grouped(foreign),
    rules: new Map(rules.map((r) => [`${r[0]}\0${r[1]}`, r])),
    partitions: grouped(partitions),
    shown,
    views,
    triggers: await asWritten(db, triggers, 4, (r) => ({ kind: 'TRIGGER', word: 'TRIGGER', name: r[1]! })),
    routines: await asWritten(db, routines, 3, (r) => ({ kind: 'ROUTINE', word: r[1]!, name: r[0]! })),
    parameters: grouped(parameters),
    events: await asWritten(db, events, 2, (r) => ({ kind: 'EVENT', word: 'EVENT', name: r[0]! })),
    sequences,
  }
}

/** A text of the server without the name of the database that is read, so that the same schema elsewhere has the same text. */
export function withoutDatabase(sql: string, database: string): string {
  const name = `\`${database.replaceAll('`', '``')}\``
  if (!sql.includes(`${name}.`)) return sql
  let out = ''
  let from = 0
  let last = ''
  lexSql(
    sql,
    (kind, start, end) => {
      const token = sql.slice(start, end)
      if (kind === 'name' && token === name && sql[end] === '.' && last !== '.') {
        out += sql.slice(from, start)
        from = end + 1
      }
      last = token
    },
    { ...backtickText, doubleQuotedStrings: true },
  )
  return out + sql.slice(from)
}

/** The objects among `names` that a text refers to in backticks. */
export function namedIn(sql: string, names: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>()
  lexSql(
    sql,
    (kind, start, end) => {
      const name =
        kind === 'name'
          ? sql.slice(start + 1, end - 1).replaceAll('``', '`')
          : kind === 'word'
            ? sql.slice(start, end)
            : undefined
      if (name !== undefined && names.has(name)) found.add(name)
    },
    backtickText,
  )
  return [...found].sort()
}
