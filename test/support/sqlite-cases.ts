/** Leads a SQLite file from one schema to another through the command line: up, compare, nothing left, down, compare, up again; rows are kept. */
import { DatabaseSync } from 'node:sqlite'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from './acceptance.ts'

export interface SqliteCase {
  readonly id: string
  readonly old: string
  readonly new: string
  readonly hints?: readonly unknown[]
  /** Statements that fill the old schema; absent, rows are made up. */
  readonly rows?: string
  /** Queries after the upgrade, with the text that they give. */
  readonly up?: readonly (readonly [string, string])[]
  readonly down?: readonly (readonly [string, string])[]
  readonly empty?: boolean
  /** What a refusal must say. */
  readonly refused?: RegExp
  /** Columns whose values cannot come back. */
  readonly lossy?: boolean
}

type Row = Readonly<Record<string, unknown>>

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
const own = /^(ambix|alembic|sqlite)_/

function all(db: DatabaseSync, sql: string): readonly Row[] {
  const statement = db.prepare(sql)
  statement.setReadBigInts(true)
  return statement.all() as Row[]
}

const word = (v: unknown): string => String(v as string)
const plain = (sql: unknown): string => word(sql).replaceAll(/\s+/g, ' ').trim()

/** The conditions of CHECK in a stored text, as they stand between their brackets. */
function checksOf(sql: string): readonly string[] {
  const out: string[] = []
  for (const m of sql.matchAll(/\bCHECK\s*\(/gi)) {
    let depth = 1
    let at = m.index + m[0].length
    for (; depth > 0 && at < sql.length; at++) depth += sql[at] === '(' ? 1 : sql[at] === ')' ? -1 : 0
    out.push(
      sql
        .slice(m.index + m[0].length, at - 1)
        // A check names columns of its own table only, with it or without.
        .replaceAll(/\b[a-z_]\w*\s*\.\s*(?=[a-z_"`[])/gi, '')
        .replaceAll(/[\s"`[\]()]/g, '')
        .toLowerCase(),
    )
  }
  return out.sort()
}

/** Everything that SQLite itself says of a schema, a line each; types and names in lower case, constraints without their names. */
export function schemaLines(db: DatabaseSync): readonly string[] {
  const lines: string[] = []
  for (const t of all(db, "SELECT * FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow'")) {
    const name = String(t['name'])
    if (own.test(name)) continue
    if (t['type'] === 'view') continue
    const sql = String(
      all(db, `SELECT sql FROM sqlite_schema WHERE name = '${name.replaceAll("'", "''")}'`)[0]?.['sql'],
    )
    const at = `table ${name.toLowerCase()}`
    lines.push(
      `${at} ${word(t['type'])} without rowid ${word(t['wr'])} strict ${word(t['strict'])} autoincrement ${/\bautoincrement\b/i.test(sql)}`,
    )
    if (t['type'] === 'virtual') {
      lines.push(`${at} ${plain(sql)}`)
      continue
    }
    for (const c of checksOf(sql)) lines.push(`${at} check ${c}`)
    for (const c of all(db, `PRAGMA table_xinfo(${quote(name)})`))
      lines.push(
        `${at} column ${String(c['name']).toLowerCase()} ${plain(c['type'])
          .toLowerCase()
          .replaceAll(
            /\s*([(),])\s*/g,
            '$1',
          )} ${word(c['notnull'])} ${plain(c['dflt_value']).toLowerCase()} ${word(c['pk'])} ${word(c['hidden'])}`,
      )
    for (const i of all(db, `PRAGMA index_list(${quote(name)})`)) {
      const columns = all(db, `PRAGMA index_xinfo(${quote(String(i['name']))})`)
        .filter((c) => c['key'] === 1n)
        .map((c) => `${String(c['name']).toLowerCase()} ${word(c['desc'])} ${String(c['coll']).toLowerCase()}`)
      const text = all(
        db,
        `SELECT sql FROM sqlite_schema WHERE name = '${String(i['name']).replaceAll("'", "''")}'`,
      )[0]?.['sql']
      const tail =
        typeof text === 'string'
          ? text
              .slice(text.indexOf('('))
              .replaceAll(/[\s"`()[\]]/g, '')
              .toLowerCase()
          : ''
      lines.push(
        `${at} index ${i['origin'] === 'c' ? String(i['name']).toLowerCase() : word(i['origin'])} unique ${word(i['unique'])} partial ${word(i['partial'])} (${columns.join(', ')}) ${tail}`,
      )
    }
    const keys = new Map<string, string[]>()
    for (const k of all(db, `PRAGMA foreign_key_list(${quote(name)})`)) {
      const id = String(k['id'])
      keys.set(id, [
        ...(keys.get(id) ?? []),
        `${String(k['table']).toLowerCase()} ${String(k['from']).toLowerCase()}->${String(k['to']).toLowerCase()} ${word(k['on_update'])} ${word(k['on_delete'])}`,
      ])
    }
    for (const k of keys.values()) lines.push(`${at} foreign key ${k.join(', ')} ${/\bdeferred\b/i.test(sql)}`)
  }
  for (const o of all(db, "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger')")) {
    const sql = plain(o['sql'])
      .replace(/^(CREATE (?:VIEW|TRIGGER)) (?:IF NOT EXISTS )?("[^"]*"|\S+)/i, '$1 $2')
      .replaceAll('"', '')
      .toLowerCase()
    lines.push(`${word(o['type'])} ${sql}`)
  }
  return lines.sort()
}

/** Two rows or so for every table, whatever its columns are; a table that takes none stays empty. */
function fill(db: DatabaseSync): void {
  db.exec('PRAGMA foreign_keys = OFF')
  const tables = all(db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'").map((t) =>
    String(t['name']),
  )
  for (const table of tables.filter((t) => !own.test(t))) {
    const columns = all(db, `PRAGMA table_xinfo(${quote(table)})`).filter((c) => c['hidden'] === 0n)
    for (let n = 1; n <= 3; n++) {
      const values = columns.map((c) => {
        const type = String(c['type']).toLowerCase()
        if (n === 3 && c['notnull'] === 0n && c['pk'] === 0n) return 'NULL'
        if (/int|num|dec|real|doub|float|bool/.test(type) || type === '') return String(n)
        if (/blob/.test(type)) return `X'0${n}'`
        if (/date|time/.test(type)) return `'2026-01-0${n} 10:00:00'`
        return `'v${n}'`
      })
      try {
        db.exec(
          `INSERT INTO ${quote(table)} (${columns.map((c) => quote(String(c['name']))).join(', ')}) VALUES (${values.join(', ')})`,
        )
      } catch {
        // A check or a type refuses made-up values: the table stays as it is.
      }
    }
  }
}

export type Rows = ReadonlyMap<string, readonly Row[]>

export function rowsOf(db: DatabaseSync): Rows {
  const out = new Map<string, readonly Row[]>()
  for (const t of all(db, "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")) {
    const name = String(t['name'])
    if (own.test(name)) continue
    const columns = all(db, `PRAGMA table_xinfo(${quote(name)})`).map((c) => String(c['name']))
    const rowid = t['wr'] === 0n && !columns.some((c) => c.toLowerCase() === 'rowid') ? 'rowid AS "#", ' : ''
    out.set(
      name.toLowerCase(),
      all(
        db,
        `SELECT ${rowid}${columns.map((c) => `${quote(c)} AS ${quote(c.toLowerCase())}`).join(', ')} FROM ${quote(name)} ORDER BY ${rowid === '' ? '1, 2' : '1'}`,
      ),
    )
  }
  return out
}

/** As text; a number that became text in a column of that affinity is the same number. */
const shown = (v: unknown): string =>
  v instanceof Uint8Array ? Buffer.from(v).toString('hex') : String(v as string).replace(/^(-?\d+)\.0$/, '$1')

/** What of the rows that were there is there no more; only columns of both sides are looked at. `filled`: nothing may have become something. */
export function lostRows(
  before: Rows,
  after: Rows,
  renamed: ReadonlyMap<string, string>,
  filled = false,
): readonly string[] {
  const problems: string[] = []
  for (const [name, rows] of before) {
    const now = after.get(renamed.get(name) ?? name)
    if (now === undefined) continue
    if (now.length !== rows.length) problems.push(`${name} had ${rows.length} rows and has ${now.length}`)
    const common = Object.keys(rows[0] ?? {}).filter((c) => c in (now[0] ?? {}))
    const blank = (c: string, at: number): boolean => filled && rows[at]?.[c] === null
    const text = (list: readonly Row[]): string =>
      list.map((r, at) => common.map((c) => (blank(c, at) ? '?' : shown(r[c]))).join('|')).join('\n')
    if (text(rows) !== text(now)) problems.push(`rows of ${name} changed:\n${text(rows)}\n--\n${text(now)}`)
  }
  return problems
}

export const differenceOf = (got: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((l) => !got.includes(l)).map((l) => `missing ${l}`),
  ...got.filter((l) => !wanted.includes(l)).map((l) => `extra   ${l}`),
]

/** Runs a case; what went wrong, in words. */
export async function runSqliteCase(c: SqliteCase): Promise<readonly string[]> {
  const problems: string[] = []
  const cli = project('sqlite:./app.db', c.new)
  const open = (): DatabaseSync => new DatabaseSync(join(cli.dir, 'app.db'))
  const look = <T>(use: (db: DatabaseSync) => T): T => {
    const db = open()
    try {
      return use(db)
    } finally {
      db.close()
    }
  }
  const step = async (what: string, ...args: string[]): Promise<boolean> => {
    const done = await cli.run(...args)
    if (done.code !== 0) problems.push(`${what} (exit ${done.code}): ${done.stdout}${done.stderr}`)
    return done.code === 0
  }
  const compareTo = (wanted: readonly string[], what: string): void => {
    const lines = differenceOf(look(schemaLines), wanted)
    if (lines.length > 0) problems.push(`${what}:\n${lines.join('\n')}`)
  }
  const ask = (queries: SqliteCase['up'], what: string): void => {
    for (const [sql, wanted] of queries ?? []) {
      const got = look((db) => shown(Object.values(all(db, sql)[0] ?? {})[0]))
      if (got !== wanted) problems.push(`${what}: ${sql} gives ${got} and not ${wanted}`)
    }
  }
  try {
    const start = look((db) => {
      db.exec(c.old)
      if (c.rows === undefined) fill(db)
      else db.exec(c.rows)
      return { lines: schemaLines(db), rows: rowsOf(db) }
    })
    const target = new DatabaseSync(':memory:')
    target.exec(c.new)
    const wanted = schemaLines(target)
    target.close()
    writeFileSync(join(cli.dir, 'hints.json'), JSON.stringify(c.hints ?? []))
    const revise = (): ReturnType<typeof cli.run> =>
      cli.run('revision', '--autogenerate', '-m', 'change', '--rev-id', 'c1', '--hints', join(cli.dir, 'hints.json'))
    let made = await revise()
    // Made-up rows bring questions of their own: answered as one would who has no plan for them.
    let hints = c.hints ?? []
    for (let turn = 0; made.code === 2 && c.rows === undefined && turn < 8; turn++) {
      const options = [...made.stderr.matchAll(/^ {4}(\{.*\})$/gm)].map((m): unknown => JSON.parse(m[1]!))
      const chosen = options.filter((o) => typeof o === 'object' && o !== null && ('distinct' in o || 'backfill' in o))
      hints = [...hints, ...chosen.slice(0, 1)]
      writeFileSync(join(cli.dir, 'hints.json'), JSON.stringify(hints))
      made = await revise()
    }
    if (c.refused !== undefined) {
      if (made.code === 0) problems.push(`not refused: ${made.stdout}`)
      else if (!c.refused.test(made.stderr)) problems.push(`refused in other words: ${made.stderr}`)
      return problems
    }
    if (made.code !== 0) return [`revision (exit ${made.code}): ${made.stdout}${made.stderr}`]
    if (c.empty === true) {
      const lines = differenceOf(look(schemaLines), start.lines)
      if (lines.length > 0) problems.push(lines.join('\n'))
      if (!/nothing|no change/i.test(`${made.stdout}${made.stderr}`))
        problems.push(`a revision was written: ${made.stdout}${made.stderr}`)
      return problems
    }
    const renamed = new Map(
      (c.hints ?? []).flatMap((h) => {
        const hint = h as Readonly<Record<string, string>>
        return hint['rename'] === 'table' ? [[hint['from']!, hint['to']!] as const] : []
      }),
    )
    if (start.lines.join('\n') !== wanted.join('\n')) {
      if (!(await step('upgrade', 'upgrade', 'head'))) return problems
      compareTo(wanted, 'after the upgrade')
      const up = look(rowsOf)
      problems.push(...lostRows(start.rows, up, renamed))
      ask(c.up, 'after the upgrade')
      await step('check', 'check')
      if (!(await step('downgrade', 'downgrade', 'base'))) return problems
      compareTo(start.lines, 'after the downgrade')
      if (c.lossy !== true) problems.push(...lostRows(up, look(rowsOf), new Map([...renamed].map(([a, b]) => [b, a]))))
      ask(c.down, 'after the downgrade')
      if (!(await step('upgrade again', 'upgrade', 'head'))) return problems
      compareTo(wanted, 'after the second upgrade')
    }
    return problems
  } finally {
    cli.close()
  }
}
