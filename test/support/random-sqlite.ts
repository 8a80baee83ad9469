/** Random SQLite schemas with rows, and edits of them: led there, back and there again by reflect, diff and compile (laws 3, 5 and 6). */
import { DatabaseSync } from 'node:sqlite'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import { diff } from '../../src/diff/diff.ts'
import type { Decision, Difference, Hint } from '../../src/diff/model/types.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { nodeSqlite } from '../../src/drivers/node-sqlite.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import type { Schema } from '../../src/schema/model.ts'
import { answerQuestions } from '../../src/sources/answers.ts'
import { runPlan } from './sqlite-plan.ts'
import { differenceOf, lostRows, rowsOf, schemaLines } from './sqlite-cases.ts'

interface ColumnSpec {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly default?: string
  readonly collate?: string
  readonly check?: boolean
  readonly unique?: boolean
  readonly generated?: string
  readonly references?: string
}
interface TableSpec {
  readonly name: string
  readonly key: 'rowid' | 'auto' | 'text' | 'none' | 'pair'
  readonly columns: readonly ColumnSpec[]
  readonly strict: boolean
  readonly withoutRowid: boolean
  readonly indexes: readonly string[]
  readonly trigger?: string
  readonly named?: string
}
interface World {
  readonly tables: readonly TableSpec[]
  readonly views: readonly (readonly [string, string])[]
}

/** Numbers below one, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const quote = (name: string): string =>
  /^[a-z_]+\d*$/.test(name) && !['order', 'select'].includes(name) ? name : `"${name.replaceAll('"', '""')}"`

/** What a STRICT table takes for each type. */
const fitting: Readonly<Record<string, string>> = {
  INTEGER: '1 + 1',
  REAL: '0.5 + 1',
  TEXT: "'x' || 1",
  BLOB: "X'00'",
  ANY: 'id',
}

class Maker {
  readonly random: () => number
  #names = 0
  constructor(seed: number) {
    this.random = randomOf(seed)
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!
  }
  chance(p: number): boolean {
    return this.random() < p
  }
  name(): string {
    return `${this.pick(['a', 'b', 'order', 'Some Name', 'x"y', 'éa'])}${++this.#names}`
  }

  column(strict: boolean, tables: readonly TableSpec[]): ColumnSpec {
    const type = this.pick(
      strict
        ? ['INTEGER', 'TEXT', 'REAL', 'BLOB', 'ANY']
        : ['INTEGER', 'int', 'TEXT', 'varchar(20)', 'DATETIME', 'REAL', 'numeric(10, 2)', 'BLOB', 'boolean', ''],
    )
    const target = tables.filter((t) => t.key === 'rowid' || t.key === 'auto')
    if (/^int/i.test(type) && target.length > 0 && this.chance(0.4))
      return {
        name: this.name(),
        type,
        notNull: false,
        references: `${quote(this.pick(target).name)}${this.pick(['', ' (id)'])}${this.pick(['', ' ON DELETE CASCADE', ' ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED'])}`,
      }
    if (this.chance(0.1))
      return {
        name: this.name(),
        type,
        notNull: false,
        generated: `(${this.pick(strict ? [fitting[type]!] : ['1 + 1', 'id', "'x' || 1"])})${this.pick([' STORED', ''])}`,
      }
    const text = !/int|real|num|bool/i.test(type)
    const given = this.chance(0.4)
      ? text
        ? type === 'BLOB'
          ? "X'00'"
          : this.pick(["'it''s'", "(lower('Q'))", "'1'"])
        : this.pick(['0', '-5', '(1 + 1)', '1'])
      : undefined
    const notNull = given !== undefined && this.chance(0.5)
    return {
      name: this.name(),
      type,
      notNull,
      ...(given === undefined ? {} : { default: given }),
      ...(this.chance(0.15) ? { collate: this.pick(['NOCASE', 'RTRIM']) } : {}),
      ...(this.chance(0.2) ? { check: true } : {}),
      ...(given === undefined && this.chance(0.15) ? { unique: true } : {}),
    }
  }

  table(tables: readonly TableSpec[]): TableSpec {
    const strict = this.chance(0.2)
    const key = this.pick(['rowid', 'rowid', 'auto', 'text', 'none', 'pair'] as const)
    const columns = Array.from({ length: 1 + Math.floor(this.random() * 4) }, () => this.column(strict, tables)).map(
      (c) => (key === 'none' && c.generated?.includes('id') === true ? { ...c, generated: '(2)' } : c),
    )
    if (columns.every((c) => c.generated !== undefined))
      columns.push({ name: this.name(), type: 'TEXT', notNull: false })
    const table: TableSpec = {
      name: `${this.pick(['t', 'Table ', 'select'])}${++this.#names}`,
      key,
      columns,
      strict,
      withoutRowid: (key === 'text' || key === 'pair') && this.chance(0.4),
      indexes: [],
    }
    return this.chance(0.5) ? this.indexed(table) : table
  }

  indexed(table: TableSpec): TableSpec {
    const column = quote(this.pick(table.columns).name)
    const part = this.pick([column, `${column} DESC`, `lower(${column})`, `${column} COLLATE NOCASE`])
    const index = `INDEX ${quote(`i ${++this.#names}`)} ON ${quote(table.name)} (${part})${this.pick(['', ` WHERE ${column} IS NOT NULL`])}`
    return { ...table, indexes: [...table.indexes, index] }
  }

  world(): World {
    const tables: TableSpec[] = []
    for (let n = 1 + Math.floor(this.random() * 3); n > 0; n--) tables.push(this.table(tables))
    return this.#viewed({ tables, views: [] })
  }

  #viewed(world: World): World {
    if (!this.chance(0.4)) return world
    const t = this.pick(world.tables)
    const view = `v${++this.#names}`
    return {
      ...world,
      views: [...world.views, [view, `SELECT ${quote(this.pick(t.columns).name)} FROM ${quote(t.name)}`]],
    }
  }

  /** An edit of one table or of the list of tables. */
  edit(world: World): World {
    const at = Math.floor(this.random() * world.tables.length)
    const t = world.tables[at]!
    const put = (next: TableSpec): World => ({ ...world, tables: world.tables.map((x, i) => (i === at ? next : x)) })
    const column = Math.floor(this.random() * t.columns.length)
    const set = (change: (c: ColumnSpec) => ColumnSpec): World =>
      put({ ...t, columns: t.columns.map((c, i) => (i === column ? change(c) : c)) })
    switch (Math.floor(this.random() * 14)) {
      case 0:
        return put({ ...t, columns: [...t.columns, this.column(t.strict, world.tables.slice(0, at))] })
      case 1:
        return t.columns.length === 1
          ? world
          : { ...put({ ...t, columns: t.columns.filter((_, i) => i !== column), indexes: [] }), views: [] }
      case 2:
        return set((c) =>
          c.references !== undefined || t.strict
            ? c
            : { ...c, type: this.pick(['INTEGER', 'TEXT', 'REAL', 'numeric', '']) },
        )
      case 3:
        return set((c) => ({ ...c, notNull: c.default !== undefined && !c.notNull }))
      case 4:
        return set((c) =>
          c.generated !== undefined || c.notNull || c.type === 'BLOB' || c.references !== undefined
            ? c
            : { ...c, default: this.pick(['1', '2', '(3)']) },
        )
      case 5:
        return set((c) => ({ ...c, check: c.check !== true }))
      case 6:
        return set((c) =>
          c.generated !== undefined || c.default !== undefined || c.references !== undefined
            ? c
            : { ...c, unique: c.unique !== true },
        )
      case 7:
        return put(this.indexed(t))
      case 8:
        return put({ ...t, indexes: [] })
      case 9:
        return { ...world, tables: [...world.tables, this.table(world.tables)] }
      case 10:
        return this.#viewed(world)
      case 11:
        return { ...world, views: [] }
      case 12:
        return put({ ...t, trigger: t.trigger === undefined ? 'SELECT 1' : 'SELECT 2; SELECT 3' })
      default:
        return put({
          ...t,
          key: t.key === 'rowid' ? 'auto' : t.key === 'auto' ? 'rowid' : t.key,
          named: this.pick(['c', 'd']),
        })
    }
  }
}

function ddl(world: World): string {
  const out: string[] = []
  for (const t of world.tables) {
    const items = t.columns.map((c) => {
      const generated = c.generated === undefined ? '' : ` AS ${c.generated}`
      return [
        quote(c.name),
        c.type,
        c.notNull ? 'NOT NULL' : '',
        c.default === undefined ? '' : `DEFAULT ${c.default}`,
        c.collate === undefined ? '' : `COLLATE ${c.collate}`,
        c.unique === true ? 'UNIQUE' : '',
        c.check === true ? `CHECK (length(${quote(c.name)}) < 1000)` : '',
        c.references === undefined ? '' : `REFERENCES ${c.references}`,
        generated,
      ]
        .filter((x) => x !== '')
        .join(' ')
    })
    if (t.key === 'rowid' || t.key === 'auto')
      items.unshift(`id INTEGER PRIMARY KEY${t.key === 'auto' ? ' AUTOINCREMENT' : ''}`)
    if (t.key === 'text') items.unshift('id TEXT NOT NULL PRIMARY KEY')
    if (t.key === 'pair') items.unshift('id INTEGER NOT NULL', 'no INTEGER NOT NULL')
    if (t.key === 'pair') items.push('PRIMARY KEY (id, no)')
    if (t.named !== undefined) items.push(`CONSTRAINT ${t.named} CHECK ('${t.named}' <> '')`)
    const options = [t.strict ? 'STRICT' : '', t.withoutRowid ? 'WITHOUT ROWID' : ''].filter((o) => o !== '').join(', ')
    out.push(`CREATE TABLE ${quote(t.name)} (${items.join(', ')}) ${options}`)
    for (const i of t.indexes) out.push(`CREATE ${i}`)
    if (t.trigger !== undefined)
      out.push(`CREATE TRIGGER ${quote(`on ${t.name}`)} AFTER INSERT ON ${quote(t.name)} BEGIN ${t.trigger}; END`)
  }
  for (const [name, query] of world.views) out.push(`CREATE VIEW ${name} AS ${query}`)
  return `${out.join(';\n')};`
}

function fill(db: DatabaseSync, world: World): void {
  for (const t of world.tables) {
    for (let n = 1; n <= 3; n++) {
      const values = new Map<string, string>()
      if (t.key !== 'none') values.set('id', t.key === 'text' ? `'k${n}'` : String(n * 7))
      if (t.key === 'pair') values.set('no', String(n))
      for (const c of t.columns) {
        if (c.generated !== undefined) continue
        if (c.references !== undefined) values.set(c.name, n === 3 ? 'NULL' : '7')
        else if (n === 3 && !c.notNull) values.set(c.name, 'NULL')
        else
          values.set(c.name, /int|real|num|bool/i.test(c.type) ? String(n) : c.type === 'BLOB' ? `X'0${n}'` : `'v${n}'`)
      }
      db.exec(
        `INSERT INTO ${quote(t.name)} (${[...values.keys()].map(quote).join(', ')}) VALUES (${[...values.values()].join(', ')})`,
      )
    }
  }
}

/** A column without a type has no suggested value. */
function answer(decision: Decision): Hint {
  return (
    decision.options.find((o) => 'distinct' in o) ??
    decision.options[0] ?? { backfill: decision.object.replace(/^column /, ''), expression: '0' }
  )
}

/** The difference, with every decision answered so that nothing is thrown away. */
export async function decide(dialect: Dialect, db: Connection, current: Schema, target: Schema): Promise<Difference> {
  let hints: readonly Hint[] = []
  let answers = new Map<string, number | readonly (string | null)[]>()
  const wanted = dialect.align?.(current, target, { models: false }) ?? target
  const uuid = dialect.facts.newUuid === undefined ? {} : { newUuid: dialect.facts.newUuid }
  for (let turn = 0; turn < 30; turn++) {
    const found = diff(current, wanted, { hints, answers, compareNames: 'indexes', ...uuid })
    if (found.questions.length > 0)
      answers = new Map([...answers, ...(await answerQuestions(db, dialect, found.questions, db.serverVersion))])
    else if (found.decisions.length > 0) hints = [...hints, ...found.decisions.map(answer)]
    else return found
  }
  throw new Error('the questions never end')
}

/** One pair; what went wrong, or undefined. `skipped`: SQLite itself does not take the edited schema, or its rows. */
async function tryPair(seed: number): Promise<string | 'skipped' | undefined> {
  const maker = new Maker(seed)
  const from = maker.world()
  let to = maker.edit(from)
  for (let more = Math.floor(maker.random() * 3); more > 0; more--) to = maker.edit(to)
  const reference = new DatabaseSync(':memory:')
  const db = await nodeSqlite.open('sqlite::memory:', { projectDir: '.' })
  const other = await nodeSqlite.open('sqlite::memory:', { projectDir: '.' })
  const native = db.native as DatabaseSync
  try {
    try {
      reference.exec(ddl(from))
      fill(reference, from)
      await other.script(ddl(to))
      native.exec(ddl(from))
      fill(native, from)
    } catch {
      return 'skipped'
    }
    const [start, wanted, rows] = [schemaLines(native), schemaLines(other.native as DatabaseSync), rowsOf(native)]
    const target = await sqlite.reflect(other, {})
    const before = await sqlite.reflect(db, {})
    const { upgrade, downgrade } = await decide(sqlite, db, before, target)
    const refused = await runPlan(db, upgrade, before)
    // Made-up rows may break a new key: then nothing has changed.
    if (refused !== undefined) {
      if (
        !/UNIQUE constraint failed|CHECK constraint failed|NOT NULL constraint failed|cannot store|have no value|FOREIGN KEY/i.test(
          refused,
        )
      )
        return refused
      const left = differenceOf(schemaLines(native), start)
      return left.length === 0 ? 'skipped' : left.join('\n')
    }
    const problems = [...differenceOf(schemaLines(native), wanted), ...lostRows(rows, rowsOf(native), new Map(), true)]
    const after = await sqlite.reflect(db, {})
    const left = (await decide(sqlite, db, after, target)).upgrade
    problems.push(...left.map((op: Operation) => `left ${JSON.stringify(op)}`))
    const up = rowsOf(native)
    const back = await runPlan(db, downgrade, after)
    if (back !== undefined) problems.push(`back: ${back}`)
    else
      problems.push(
        ...differenceOf(schemaLines(native), start).map((l) => `back ${l}`),
        ...lostRows(up, rowsOf(native), new Map(), true),
      )
    return problems.length === 0 ? undefined : problems.join('\n')
  } finally {
    reference.close()
    await db.close()
    await other.close()
  }
}

/** Many pairs; failures with their seeds and schemas, so that one can be run alone. */
export async function tryRandomSqlite(
  seed: number,
  count: number,
): Promise<{ readonly tried: number; readonly failures: readonly string[] }> {
  const failures: string[] = []
  let tried = 0
  for (let i = 0; i < count && failures.length < 5; i++) {
    const outcome = await tryPair(seed + i).catch((error: unknown) => `${(error as Error).stack}`)
    if (outcome === 'skipped') continue
    tried++
    if (outcome === undefined) continue
    const maker = new Maker(seed + i)
    const from = maker.world()
    let to = maker.edit(from)
    for (let more = Math.floor(maker.random() * 3); more > 0; more--) to = maker.edit(to)
    failures.push(`seed ${seed + i}\n${outcome}\n--- from\n${ddl(from)}\n--- to\n${ddl(to)}`)
  }
  return { tried, failures }
}

/** A random schema as SQL. */
export function randomDdl(seed: number): string {
  return ddl(new Maker(seed).world())
}
