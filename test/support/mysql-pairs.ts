/** Leads a MySQL or MariaDB database with rows from one schema to another, back, and there again, as a user would. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { isAmbixError } from '../../src/errors.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { Decision, Hint } from '../../src/diff/model/types.ts'
import { splitStatements } from '../../src/util/split-sql.ts'
import { backtickText } from '../../src/util/sql-text.ts'
import { dropMysql, mysqlDatabase, open } from './mysql.ts'

export interface MysqlPair {
  readonly old: string
  readonly new: string
  readonly empty?: boolean
  readonly hints?: readonly unknown[]
  /** Statements that fill the old schema; absent: rows made up from the column types. */
  readonly rows?: readonly string[]
  /** How many rows are made up for a table; default 3. */
  readonly count?: number
  /** Queries of one value, by what they must give after the upgrade and after the downgrade. */
  readonly up?: Readonly<Record<string, string>>
  readonly down?: Readonly<Record<string, string>>
  /** A word that the refusal must hold. */
  readonly refused?: string
}

/** What stands in a database, a line a part, from the server's own SHOW CREATE: nothing of ours takes part. */
export async function catalogOf(db: Connection): Promise<readonly string[]> {
  const [[database]] = (await db.values('SELECT DATABASE()')) as [[string]]
  const lines: string[] = []
  const tables = await db.values(
    "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'ambix%' ORDER BY 1",
  )
  for (const [name, type] of tables) {
    const shown = type === 'VIEW' ? 'VIEW' : type === 'SEQUENCE' ? 'SEQUENCE' : 'TABLE'
    const [row] = await db.values(`SHOW CREATE ${shown} \`${name}\``)
    const text = (row?.[1] ?? '')
      .replaceAll(`\`${database}\`.`, '')
      .replace(/ AUTO_INCREMENT=\d+/u, '')
      .replaceAll(' USING BTREE', '')
    for (const line of text.split('\n')) lines.push(`${name}: ${line.replace(/,$/u, '').trim()}`)
  }
  const others = await db.values(
    `SELECT CONCAT('trigger ', TRIGGER_NAME), CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ', EVENT_OBJECT_TABLE, ' ', ACTION_ORDER, ' ', ACTION_STATEMENT) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
UNION ALL SELECT CONCAT(ROUTINE_TYPE, ' ', ROUTINE_NAME), CONCAT(IFNULL(DTD_IDENTIFIER, ''), ' ', IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE, ROUTINE_COMMENT, ' ', ROUTINE_DEFINITION) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
UNION ALL SELECT CONCAT('event ', EVENT_NAME), CONCAT(EVENT_DEFINITION, ' ', IFNULL(INTERVAL_VALUE, ''), IFNULL(INTERVAL_FIELD, ''), STATUS) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()`,
  )
  for (const [what, text] of others) lines.push(`${what}: ${(text ?? '').replaceAll(`\`${database}\`.`, '')}`)
  return lines.sort()
}

export async function load(db: Connection, sql: string): Promise<void> {
  for (const { text } of splitStatements(sql, backtickText)) await db.script([text])
}

/** A value for a column of a made-up row. */
function made(type: string, n: number): string {
  const length = Number(/\((\d+)/u.exec(type)?.[1] ?? 10)
  if (/^(tiny|small|medium|big)?int|^decimal|^float|^double/u.test(type)) return String(n)
  if (type.startsWith('bit')) return "b'1'"
  if (type.startsWith('year')) return String(2000 + n)
  if (/^date|^timestamp/u.test(type)) return `'2021-02-0${n} 00:00:00'`
  if (type.startsWith('time')) return `'10:00:0${n}'`
  if (/^(enum|set)/u.test(type)) return /'(?:[^'\\]|''|\\.)*'/u.exec(type)![0]
  if (/^(json|longtext)/u.test(type)) return `'{"n":${n}}'`
  if (type.startsWith('uuid')) return `'00000000-0000-0000-0000-00000000000${n}'`
  if (type.startsWith('inet6')) return `'::${n}'`
  if (/^point|^geometry/u.test(type)) return `ST_GeomFromText('POINT(${n} 1)')`
  if (/^(linestring|polygon|multi|geom)/u.test(type)) return 'NULL'
  return `'${`r${n}`.slice(0, length)}'`
}

/** Up to so many rows a table; those that the schema does not take are left out. */
async function fill(db: Connection, rows: number): Promise<void> {
  const columns = await db.values(
    "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME) WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND IFNULL(c.GENERATION_EXPRESSION, '') = '' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
  )
  const tables = Map.groupBy(columns, (row) => row[0]!)
  for (let pass = 0; pass < 2; pass++)
    for (const [table, list] of tables) {
      // The second time for those that wait for rows of others.
      if ((await db.values(`SELECT 1 FROM \`${table}\` LIMIT 1`)).length > 0) continue
      for (let n = 1; n <= rows; n++) {
        const names = list.map((c) => `\`${c[1]!.replaceAll('`', '``')}\``).join(', ')
        const values = list.map((c) => made(c[2]!, n)).join(', ')
        await db.script([`INSERT IGNORE INTO \`${table}\` (${names}) VALUES (${values})`]).catch(() => {})
      }
    }
}

export type Contents = ReadonlyMap<string, readonly string[]>

/** By `table.column`, the values in the order of the rows. */
export async function contents(db: Connection): Promise<Contents> {
  const columns = await db.values(
    "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME) WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND c.TABLE_NAME NOT LIKE 'ambix%' AND IFNULL(c.GENERATION_EXPRESSION, '') = ''",
  )
  const found = new Map<string, readonly string[]>()
  for (const [table, column, type] of columns) {
    const read = /^(geom|point|line|poly|multi)/u.test(type!) ? 'ST_AsText(' : 'CONCAT('
    const [of, from] = [column!.replaceAll('`', '``'), table!.replaceAll('`', '``')]
    const rows = await db.values(`SELECT ${read}\`${of}\`) FROM \`${from}\``)
    found.set(`${table}.${column} ${type}`, rows.map((r) => String(r[0])).sort())
    found.set(`${table} rows`, [String(rows.length)])
  }
  return found
}

function lost(what: string, before: Contents, after: Contents): readonly string[] {
  return [...before].flatMap(([key, values]) => {
    const now = after.get(key)
    return now === undefined || now.join('\n') === values.join('\n')
      ? []
      : [`${what}: the values of ${key} were ${values.join(', ')} and are ${now.join(', ')}`]
  })
}

/** The answer that keeps things apart, or fills with something. */
function answer(decision: Decision): Hint | undefined {
  const [first] = decision.options
  // No constant is a geometry.
  if (first !== undefined && 'backfill' in first && /geometry|point/i.test(decision.question))
    return { backfill: first.backfill, expression: 'POINT(0, 0)' }
  return decision.options.find((o) => 'distinct' in o) ?? first
}

export const difference = (got: readonly string[], wanted: readonly string[]): readonly string[] => [
  ...wanted.filter((l) => !got.includes(l)).map((l) => `missing ${l}`),
  ...got.filter((l) => !wanted.includes(l)).map((l) => `extra ${l}`),
]

/** What the server itself says against one of the schemas; undefined where it takes both. */
export async function refusal(...schemas: readonly string[]): Promise<string | undefined> {
  for (const schema of schemas) {
    const url = await mysqlDatabase()
    const db = await open(url)
    try {
      await load(db, schema)
    } catch (error) {
      return (error as Error).message
    } finally {
      await db.close()
      await dropMysql(url)
    }
  }
  return undefined
}

/** What went wrong, empty when nothing did. */
export async function runPair(pair: MysqlPair): Promise<readonly string[]> {
  const problems: string[] = []
  let file = ''
  const dir = mkdtempSync(join(tmpdir(), 'ambix-mysql-'))
  mkdirSync(join(dir, 'migrations'))
  const [url, reference] = [await mysqlDatabase(), await mysqlDatabase()]
  const [db, other] = [await open(url), await open(reference)]
  const value = async (sql: string): Promise<string> => String((await db.values(sql))[0]?.[0])
  try {
    await load(db, pair.old)
    await load(other, pair.new)
    if (pair.rows === undefined) await fill(db, pair.count ?? 3)
    else for (const sql of pair.rows) await db.script([sql])
    const [start, goal] = [await catalogOf(db), await catalogOf(other)]
    const before = await contents(db)
    writeFileSync(join(dir, 'schema.sql'), pair.new)
    const config = { schema: './schema.sql', migrations: './migrations', url }
    const options = { cwd: dir }
    try {
      const [made] = await revision(config, {
        ...options,
        autogenerate: true,
        message: 'change',
        // A cast: hints as users write them.
        hints: (pair.hints ?? []) as readonly Hint[],
        ask: async (decision) => answer(decision),
      })
      if (pair.refused !== undefined) return [`it was not refused: ${JSON.stringify(made?.upgrade)}`]
      if (made?.file === undefined)
        return pair.empty === true || difference(start, goal).length === 0
          ? []
          : ['no revision was written', ...difference(start, goal)]
      if (pair.empty === true) return [`not empty: ${JSON.stringify(made.upgrade)}`]
      file = readFileSync(made.file, 'utf8')
    } catch (error) {
      if (pair.refused !== undefined && isAmbixError(error) && `${error.message} ${error.why}`.includes(pair.refused))
        return difference(await catalogOf(db), start)
      throw error
    }
    await upgrade(config, 'head', options)
    problems.push(...difference(await catalogOf(db), goal).map((l) => `up: ${l}`))
    const up = await contents(db)
    problems.push(...lost('up', before, up))
    for (const [sql, wanted] of Object.entries(pair.up ?? {})) {
      const got = await value(sql)
      if (got !== wanted) problems.push(`up: ${sql} gives ${got}, not ${wanted}`)
    }
    for (const found of await check(config, options))
      problems.push(...found.differences.map((op) => `left to do: ${JSON.stringify(op)}`))
    await downgrade(config, 'base', options)
    problems.push(...difference(await catalogOf(db), start).map((l) => `down: ${l}`))
    problems.push(...lost('down', before, await contents(db)).filter((l) => !isGone(l, up)))
    for (const [sql, wanted] of Object.entries(pair.down ?? {})) {
      const got = await value(sql)
      if (got !== wanted) problems.push(`down: ${sql} gives ${got}, not ${wanted}`)
    }
    await upgrade(config, 'head', options)
    problems.push(...difference(await catalogOf(db), goal).map((l) => `up again: ${l}`))
  } catch (error) {
    problems.push(
      isAmbixError(error) ? `${error.code} ${error.message}\n${error.why ?? ''}` : String((error as Error).stack),
    )
  } finally {
    await db.close()
    await other.close()
    await dropMysql(url)
    await dropMysql(reference)
    rmSync(dir, { recursive: true, force: true })
  }
  return problems.length > 0 && file !== '' ? [...problems, file] : problems
}

/** The upgrade dropped the column, its table, or changed its type: nothing can bring the values back. */
function isGone(line: string, up: Contents): boolean {
  const key = /the values of (.*?) were /u.exec(line)?.[1] ?? ''
  return !up.has(key)
}
