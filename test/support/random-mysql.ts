/** Random MariaDB schemas with rows, and edits of them: led there, back and there again by reflect, diff and compile (laws 3, 5 and 6). */
import { mariadb } from '../../src/dialects/mysql/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import type { Schema } from '../../src/schema/model.ts'
import { catalogOf, contents, difference, load, type Contents } from './mysql-pairs.ts'
import { mysqlDatabase, open } from './mysql.ts'
import { decide, randomOf } from './random-sqlite.ts'

interface ColumnSpec {
  readonly name: string
  readonly type: string
  readonly notNull?: boolean
  readonly default?: string
  readonly comment?: string
  readonly generated?: string
  readonly check?: boolean
  readonly unique?: boolean
  readonly hidden?: boolean
  readonly references?: string
}
interface TableSpec {
  readonly name: string
  readonly counts: boolean
  readonly columns: readonly ColumnSpec[]
  readonly indexes: readonly string[]
  readonly options: string
  readonly trigger?: string
}
interface World {
  readonly tables: readonly TableSpec[]
  readonly views: readonly string[]
}

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** By type: a value of row n, and constants that may be a default. */
const kinds: Readonly<Record<string, readonly [(n: number) => string, ...string[]]>> = {
  int: [String, '0', '-5'],
  'int unsigned': [String, '7'],
  'bigint(20) unsigned zerofill': [String, '7'],
  'tinyint(1)': [(n) => String(n % 2), '1'],
  'decimal(10,2)': [(n) => `${n}.25`, '1.50'],
  double: [(n) => `${n}.5`, '1e10'],
  'varchar(20)': [(n) => `'v${n}'`, "''", "'it''s'", "'NULL'", 'left(uuid(), 20)'],
  'varchar(40) CHARACTER SET latin1': [(n) => `'v${n}'`, "'a\\\\b'"],
  'varchar(20) COLLATE utf8mb4_bin': [(n) => `'v${n}'`, "'x'"],
  text: [(n) => `'t${n}'`, "'long'"],
  "enum('a','b','it''s')": [() => "'a'", "'b'"],
  "set('a','b')": [() => "'a,b'", "'a'"],
  date: [(n) => `'2020-01-0${n}'`, "'2021-01-01'"],
  'datetime(3)': [
    (n) => `'2020-01-0${n} 01:02:03.004'`,
    'current_timestamp(3)',
    'current_timestamp(3) ON UPDATE current_timestamp(3)',
  ],
  timestamp: [(n) => `'2020-01-0${n} 01:02:03'`, "'2021-01-01 00:00:00'"],
  year: [(n) => String(2000 + n), '2020'],
  'varbinary(20)': [(n) => `'b${n}'`, "'x'"],
  'bit(4)': [() => "b'101'", "b'11'"],
  json: [(n) => `'{"n":${n}}'`, 'json_array()'],
  uuid: [(n) => `'00000000-0000-0000-0000-00000000000${n}'`, 'uuid()'],
}
const wider: Readonly<Record<string, readonly string[]>> = {
  int: ['bigint(20)', 'varchar(20)'],
  'int unsigned': ['bigint(20) unsigned zerofill', 'int'],
  'varchar(20)': ['text', 'varchar(40)', 'varchar(40) CHARACTER SET latin1', 'varchar(20) COLLATE utf8mb4_bin'],
  "enum('a','b','it''s')": ["enum('a','b','it''s','c')", "enum('it''s','a','b')", 'varchar(20)'],
  "set('a','b')": ["set('a','b','c')"],
  date: ['datetime(3)'],
  'decimal(10,2)': ['decimal(12,4)'],
}
const valueOf = (type: string, n: number): string => (kinds[type]?.[0] ?? ((x: number): string => `'${x}'`))(n)
const isText = (c: ColumnSpec): boolean => /^(varchar|text)/u.test(c.type)

class Maker {
  readonly #random: () => number
  #names = 0
  constructor(seed: number) {
    this.#random = randomOf(seed)
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!
  }
  chance(p: number): boolean {
    return this.#random() < p
  }
  name(): string {
    return `${this.pick(['a', 'b', 'order', 'Some Name', 'x`y', 'éa'])}${++this.#names}`
  }

  column(tables: readonly TableSpec[]): ColumnSpec {
    const name = this.name()
    const comment = this.chance(0.2) ? { comment: this.pick(['plain', "it''s", 'back\\\\slash;']) } : {}
    if (tables.length > 0 && this.chance(0.15))
      return {
        name,
        type: 'int',
        references: `${quote(this.pick(tables).name)} (id)${this.pick(['', ' ON DELETE CASCADE', ' ON DELETE SET NULL ON UPDATE CASCADE'])}`,
      }
    if (this.chance(0.1))
      return {
        name,
        type: 'int',
        generated: `(id + ${this.pick([1, 2])}) ${this.pick(['VIRTUAL', 'STORED'])}`,
        ...comment,
      }
    const type = this.pick(Object.keys(kinds))
    const [, ...constants] = kinds[type]!
    const given = this.chance(0.4) ? { default: this.pick(constants) } : {}
    return {
      name,
      type,
      ...given,
      ...comment,
      notNull: 'default' in given && this.chance(0.5),
      check: this.chance(0.15),
      unique: !('default' in given) && /^(int|varchar)/u.test(type) && this.chance(0.2),
      hidden: this.chance(0.08) && !('default' in given),
    }
  }

  table(tables: readonly TableSpec[]): TableSpec {
    const table: TableSpec = {
      name: `${this.pick(['t', 'Table ', 'select'])}${++this.#names}`,
      counts: this.chance(0.5),
      columns: Array.from({ length: 1 + Math.floor(this.#random() * 5) }, () => this.column(tables)),
      indexes: [],
      options: this.options(),
    }
    return this.chance(0.5) ? this.indexed(table) : table
  }

  options(): string {
    return this.pick([
      '',
      '',
      "COMMENT='c''d'",
      'ROW_FORMAT=COMPRESSED',
      'DEFAULT CHARSET=latin1',
      'STATS_PERSISTENT=1',
    ])
  }

  indexed(table: TableSpec): TableSpec {
    const column = this.pick(table.columns)
    if (column.type === 'json') return table
    const part = isText(column) ? `${quote(column.name)}(5)` : quote(column.name)
    const special = isText(column) && this.chance(0.3)
    const index = special
      ? `FULLTEXT KEY f${++this.#names} (${quote(column.name)})`
      : `KEY ${quote(`i ${++this.#names}`)} (${part}${this.pick(['', ' DESC'])}${this.pick(['', ', id'])})${this.pick(['', " COMMENT 'k'", ' IGNORED'])}`
    return { ...table, indexes: [...table.indexes, index] }
  }

  world(): World {
    const tables: TableSpec[] = []
    for (let n = 1 + Math.floor(this.#random() * 3); n > 0; n--) tables.push(this.table(tables))
    return { tables, views: this.chance(0.3) ? [this.view(tables)] : [] }
  }

  view(tables: readonly TableSpec[]): string {
    const t = this.pick(tables)
    return `CREATE VIEW v${++this.#names} AS SELECT id, ${quote(this.pick(t.columns).name)} FROM ${quote(t.name)}`
  }

  edit(world: World): World {
    const at = Math.floor(this.#random() * world.tables.length)
    const t = world.tables[at]!
    const put = (next: TableSpec): World => ({ ...world, tables: world.tables.map((x, i) => (i === at ? next : x)) })
    const column = Math.floor(this.#random() * t.columns.length)
    const set = (change: (c: ColumnSpec) => ColumnSpec): World =>
      put({ ...t, columns: t.columns.map((c, i) => (i === column ? change(c) : c)) })
    const plain = (c: ColumnSpec): boolean => c.generated === undefined && c.references === undefined
    switch (Math.floor(this.#random() * 14)) {
      case 0:
        return put({ ...t, columns: [...t.columns, this.column(world.tables.slice(0, at))] })
      case 1:
        return t.columns.length === 1
          ? world
          : { ...put({ ...t, columns: t.columns.filter((_, i) => i !== column), indexes: [] }), views: [] }
      case 2:
        return set((c) => {
          const to = wider[c.type]
          return to === undefined || !plain(c) || c.unique === true
            ? c
            : { name: c.name, type: this.pick(to), ...(c.comment === undefined ? {} : { comment: c.comment }) }
        })
      case 3:
        return set((c) => ({ ...c, notNull: c.default !== undefined && c.notNull !== true }))
      case 4:
        return set((c) =>
          plain(c) && kinds[c.type] !== undefined && c.unique !== true && c.hidden !== true
            ? { ...c, default: this.pick(kinds[c.type]!.slice(1) as string[]) }
            : c,
        )
      case 5:
        return set((c) => (plain(c) ? { ...c, check: c.check !== true } : c))
      case 6:
        return set((c) => (plain(c) && isText(c) && c.type !== 'text' ? { ...c, unique: c.unique !== true } : c))
      case 7:
        return put(this.indexed(t))
      case 8:
        return put({ ...t, indexes: [] })
      case 9:
        return { ...world, tables: [...world.tables, this.table(world.tables)] }
      case 10:
        return { ...world, views: this.chance(0.5) ? [] : [...world.views, this.view(world.tables)] }
      case 11:
        return set((c) => ({ ...c, comment: this.pick(['other', "q''q", '%_']) }))
      case 12:
        return put({ ...t, trigger: t.trigger === undefined ? 'SET @a = 1' : 'BEGIN SET @a = 2; SET @b = 3; END' })
      default:
        return put({ ...t, counts: !t.counts, options: this.options() })
    }
  }
}

function ddl(world: World): string {
  const out: string[] = []
  for (const t of world.tables) {
    const items = [`id int NOT NULL ${t.counts ? 'AUTO_INCREMENT ' : ''}PRIMARY KEY`]
    for (const c of t.columns) {
      const parts = [quote(c.name), c.type]
      if (c.generated === undefined) parts.push(c.notNull === true ? 'NOT NULL' : 'NULL')
      else parts.push(`AS ${c.generated}`)
      if (c.default !== undefined) parts.push(`DEFAULT ${c.default}`)
      if (c.hidden === true) parts.push('INVISIBLE')
      if (c.comment !== undefined) parts.push(`COMMENT '${c.comment}'`)
      if (c.check === true) parts.push(`CHECK (length(${quote(c.name)}) < 1000)`)
      items.push(parts.join(' '))
      if (c.unique === true) items.push(`UNIQUE KEY ${quote(`u ${c.name}`)} (${quote(c.name)})`)
      if (c.references !== undefined)
        items.push(`CONSTRAINT ${quote(`f ${c.name}`)} FOREIGN KEY (${quote(c.name)}) REFERENCES ${c.references}`)
    }
    out.push(`CREATE TABLE ${quote(t.name)} (${[...items, ...t.indexes].join(', ')}) ${t.options}`)
    if (t.trigger !== undefined)
      out.push(`CREATE TRIGGER ${quote(`on ${t.name}`)} BEFORE INSERT ON ${quote(t.name)} FOR EACH ROW ${t.trigger}`)
  }
  return `${[...out, ...world.views].join(';\n')};`
}

async function fill(db: Connection, world: World): Promise<void> {
  for (const t of world.tables)
    for (let n = 1; n <= 3; n++) {
      const given = t.columns.filter((c) => c.generated === undefined)
      const values = given.map((c) =>
        n === 3 && c.notNull !== true ? 'NULL' : c.references === undefined ? valueOf(c.type, n) : '1',
      )
      await db.script([
        `INSERT INTO ${quote(t.name)} (${['id', ...given.map((c) => quote(c.name))].join(', ')}) VALUES (${[String(n), ...values].join(', ')})`,
      ])
    }
}

async function clear(db: Connection): Promise<void> {
  const found = await db.values(
    'SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  )
  await db.script(['SET foreign_key_checks = 0'])
  for (const [type, name] of found)
    await db.script([`DROP ${type === 'VIEW' ? 'VIEW' : 'TABLE'} IF EXISTS ${quote(name!)}`])
  await db.script(['SET foreign_key_checks = 1'])
}

/** What made-up rows cannot be. */
const ofRows =
  /has rows|Duplicate entry|Data truncated|Incorrect .* value|CONSTRAINT .* failed|foreign key constraint fails/u

async function runPlan(db: Connection, ops: readonly Operation[], before: Schema): Promise<string | undefined> {
  const statements = mariadb.compile(ops, before, { offline: false, serverVersion: db.serverVersion })
  let at = ''
  try {
    for (const s of statements) {
      at = s.sql
      const rows = s.refuseIf === undefined ? [] : await db.values(s.refuseIf)
      if (rows.length > 0) throw new Error(String(rows[0]![0]))
      await db.script([s.sql])
    }
    return undefined
  } catch (error) {
    return `${(error as Error).message}\nin ${at}\nof ${statements.map((s) => s.sql).join(';\n')}`
  }
}

/** Values that are no longer there; a NULL may have got the value that fills a column which is NOT NULL now. */
function gone(before: Contents, after: Contents): readonly string[] {
  const problems: string[] = []
  for (const [key, values] of before) {
    const now = [...(after.get(key) ?? values)]
    for (const value of values) {
      const at = now.indexOf(value)
      if (at >= 0) now.splice(at, 1)
      else if (value !== 'null') problems.push(`${key} held ${value}, and holds ${after.get(key)!.join(', ')}`)
    }
  }
  return problems
}

interface Places {
  readonly db: Connection
  readonly other: Connection
}

function worldsOf(seed: number): { readonly from: World; readonly to: World } {
  const maker = new Maker(seed)
  const from = maker.world()
  let to = maker.edit(from)
  for (let more = maker.pick([0, 1, 2]); more > 0; more--) to = maker.edit(to)
  return { from, to }
}

/** One pair; what went wrong, or undefined. `skipped`: the server itself does not take the schemas, or their rows. */
async function tryPair(seed: number, { db, other }: Places): Promise<string | 'skipped' | undefined> {
  const { from, to } = worldsOf(seed)
  await clear(db)
  await clear(other)
  try {
    await load(db, ddl(from))
    await fill(db, from)
    await load(other, ddl(to))
  } catch {
    return 'skipped'
  }
  const [start, wanted, rows] = [await catalogOf(db), await catalogOf(other), await contents(db)]
  const [before, target] = [await mariadb.reflect(db, {}), await mariadb.reflect(other, {})]
  const { upgrade, downgrade } = await decide(mariadb, db, before, target)
  const refused = await runPlan(db, upgrade, before)
  if (refused !== undefined) return ofRows.test(refused) ? 'skipped' : refused
  const problems = [...difference(await catalogOf(db), wanted)]
  const up = await contents(db)
  problems.push(...gone(rows, up))
  const after = await mariadb.reflect(db, {})
  const left = (await decide(mariadb, db, after, target)).upgrade
  problems.push(...left.map((op) => `left ${JSON.stringify(op)}`))
  const back = await runPlan(db, downgrade, after)
  if (back !== undefined) {
    if (!ofRows.test(back)) problems.push(`back: ${back}`)
  } else
    problems.push(
      ...difference(await catalogOf(db), start).map((l) => `back ${l}`),
      ...gone(up, await contents(db)).map((l) => `back ${l}`),
    )
  return problems.length === 0 ? undefined : problems.join('\n')
}

/** Many pairs; failures with their seeds and schemas, so that one can be run alone. */
export async function tryRandomMysql(
  seed: number,
  count: number,
): Promise<{ readonly tried: number; readonly failures: readonly string[] }> {
  const failures: string[] = []
  let tried = 0
  const places = { db: await open(await mysqlDatabase()), other: await open(await mysqlDatabase()) }
  try {
    for (let i = 0; i < count && failures.length < 5; i++) {
      const outcome = await tryPair(seed + i, places).catch((error: unknown) => `${(error as Error).stack}`)
      if (outcome === 'skipped') continue
      tried++
      if (outcome === undefined) continue
      const { from, to } = worldsOf(seed + i)
      failures.push(`seed ${seed + i}\n${outcome}\n--- from\n${ddl(from)}\n--- to\n${ddl(to)}`)
    }
  } finally {
    await places.db.close()
    await places.other.close()
  }
  return { tried, failures }
}
