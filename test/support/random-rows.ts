/** Random pairs of schemas as statements, with random rows: what both schemas hold keeps its values, up and down, on a live PGlite. */
import fc from 'fast-check'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { lean } from '../../src/revisions/write/render.ts'
import { answered, runOps } from '../live/cases.ts'
import { embeddedPlace, EmptyPlace } from '../live/place.ts'
import { arbDdlPair, ddlOf } from './arbitrary-ddl.ts'
import { randomOf } from './random-sqlite.ts'

/** Values by the name of a type, few of each, so that keys and foreign keys meet. */
const values: Readonly<Record<string, readonly string[]>> = {
  int2: ['1', '2', '3', '0', '-7', '5'],
  int4: ['1', '2', '3', '0', '-7', '42'],
  int8: ['1', '2', '3', '42', '9007199254740993'],
  text: ["'x'", "'abc'", "'it''s'", "''", "'a'", "'1'"],
  varchar: ["'x'", "'abc'", "'a'", "'b'", "'1'"],
  bpchar: ["'abc'", "'x'", "'a'"],
  bool: ['true', 'false'],
  numeric: ['1.50', '0', '2', '7', '3'],
  float8: ['0.5', '1', "'NaN'", '2'],
  date: ["'2026-11-20'", "'2020-01-01'", "'2018-05-05'", "'2010-05-05'"],
  timestamptz: ["'2026-11-20 10:30:00+00'", "'2020-01-01'", "'2018-02-02'"],
  timestamp: ["'2026-11-20 10:30:00'", "'2020-01-01'", "'2018-02-02'"],
  interval: ["'1 day'", "'2 hours'"],
  time: ["'10:00'", "'11:30'"],
  uuid: ["'11111111-1111-1111-1111-111111111111'", "'22222222-1111-1111-1111-111111111111'"],
  json: [`'{"a": 1}'`, "'[]'"],
  jsonb: [`'{"a": 1}'`, "'{}'", "'[1]'"],
  bytea: ["'\\x00ff'", "'\\x01'"],
  inet: ["'127.0.0.1'", "'10.0.0.1'"],
  bit: ["B'0101'", "B'1111'"],
  int4range: ["'[1,5)'", "'[7,9)'", "'empty'"],
  tstzrange: ["'empty'", "'[2020-01-01,2021-01-01)'"],
  int4multirange: ["'{}'", "'{[1,3)}'"],
  tsvector: ["'a b'", "'c'"],
  point: ["'(1,2)'", "'(3,4)'"],
  box: ["'(1,1),(0,0)'", "'(5,5),(3,3)'"],
  money: ["'1.20'", "'2'"],
  xml: ["'<a/>'", "'<b/>'"],
  regclass: ["'pg_class'", "'pg_type'"],
}

interface Type {
  /** pg_type.typtype, and `array`. */
  readonly kind: string
  readonly name: string
  readonly full: string
  readonly element: string
  readonly base: string
  readonly labels: readonly string[]
  readonly attributes: readonly { readonly name: string; readonly type: string }[]
}

const own = `nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_'`
const tables = `SELECT c.oid::regclass::text, c.oid::text, relkind::text, (SELECT coalesce(string_agg(relid::regclass::text, ',' ORDER BY relid::regclass::text), '')
    FROM pg_partition_tree(c.oid))
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p') AND NOT relispartition AND ${own} ORDER BY c.oid`

async function typesOf(connection: Connection): Promise<ReadonlyMap<string, Type>> {
  const rows = await connection.values(
    `SELECT t.oid::text, CASE WHEN typcategory = 'A' AND typelem <> 0 THEN 'array' ELSE typtype::text END, typname::text, format_type(t.oid, NULL),
      typelem::text, typbasetype::text,
      (SELECT json_agg(quote_literal(enumlabel) ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)::text,
      (SELECT json_agg(json_build_object('name', attname, 'type', atttypid::text) ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = t.typrelid AND typtype = 'c' AND attnum > 0 AND NOT attisdropped)::text
    FROM pg_type t`,
  )
  return new Map(
    rows.map((r) => [
      r[0]!,
      {
        kind: r[1]!,
        name: r[2]!,
        full: r[3]!,
        element: r[4]!,
        base: r[5]!,
        labels: JSON.parse(r[6] ?? '[]') as string[],
        attributes: JSON.parse(r[7] ?? '[]') as Type['attributes'],
      },
    ]),
  )
}

class Rows {
  readonly random: () => number
  constructor(seed: number) {
    this.random = randomOf(seed)
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!
  }

  /** An expression of the type; undefined where none is known. */
  value(types: ReadonlyMap<string, Type>, oid: string, depth = 0): string | undefined {
    const type = types.get(oid)
    if (type === undefined || depth > 3) return undefined
    const inner = (of: string): string | undefined => this.value(types, of, depth + 1)
    switch (type.kind) {
      case 'array': {
        const one = inner(type.element)
        return one === undefined ? `'{}'` : this.pick([`ARRAY[${one}]::${type.full}`, `'{}'`])
      }
      case 'e':
        return type.labels.length === 0 ? undefined : `${this.pick(type.labels)}::${type.full}`
      case 'd': {
        const one = inner(type.base)
        return one === undefined ? undefined : `(${one})::${type.full}`
      }
      case 'c':
        return `ROW(${type.attributes.map((a) => inner(a.type) ?? 'NULL').join(', ')})::${type.full}`
      default: {
        const known = values[type.name]
        if (known !== undefined) return this.pick(known)
        if (type.kind === 'r') return `'empty'::${type.full}`
        return type.kind === 'm' ? `'{}'::${type.full}` : undefined
      }
    }
  }

  /** Up to two rows a turn for every table; what a constraint or trigger refuses is tried with others. */
  async fill(connection: Connection): Promise<readonly string[]> {
    const types = await typesOf(connection)
    const done: string[] = []
    const found = await connection.values(tables)
    for (let turn = 0; turn < 2; turn++)
      for (const [name, oid] of found) {
        const columns = await connection.values(
          `SELECT quote_ident(attname), atttypid::text, attnotnull::text, atthasdef::text FROM pg_attribute
            WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = '' ORDER BY attnum`,
        )
        for (let tries = 0, put = 0; tries < 8 && put < 2; tries++) {
          const row = columns.flatMap(([column, type, notNull, hasDefault]) => {
            if (hasDefault === 'true' && this.random() < 0.3) return []
            const value = this.value(types, type!)
            return [[column!, notNull !== 'true' && this.random() < 0.15 ? 'NULL' : (value ?? 'NULL')] as const]
          })
          const sql =
            row.length === 0
              ? `INSERT INTO ${name} DEFAULT VALUES`
              : `INSERT INTO ${name} (${row.map(([c]) => c).join(', ')}) VALUES (${row.map(([, v]) => v).join(', ')})`
          try {
            await connection.script(sql)
            done.push(sql)
            put++
          } catch {
            // Refused by the schema that was drawn: other values are tried.
          }
        }
      }
    return done
  }
}

interface Held {
  /** Name and type, composites by their attributes. */
  readonly columns: ReadonlyMap<string, string>
  readonly partitions: string
  readonly rows: readonly Readonly<Record<string, string | null>>[]
}

/** The rows of every table, those of its children aside; of a partitioned table those of its partitions. */
async function held(connection: Connection): Promise<ReadonlyMap<string, Held>> {
  const types = await typesOf(connection)
  const typeText = (oid: string): string => {
    const type = types.get(oid)
    if (type === undefined) return oid
    if (type.kind === 'c')
      return `${type.full}(${type.attributes.map((a) => `${a.name} ${typeText(a.type)}`).join(', ')})`
    if (type.kind === 'array') return `${typeText(type.element)}[]`
    return type.kind === 'd' ? `${type.full} of ${typeText(type.base)}` : type.full
  }
  const out = new Map<string, Held>()
  for (const [name, oid, kind, partitions] of await connection.values(tables)) {
    const columns = await connection.values(
      `SELECT quote_ident(attname), atttypid::text, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attname`,
    )
    const rows = await connection.values(
      `SELECT ${columns.map(([c]) => `${c}::text`).join(', ') || '1'} FROM ${kind === 'p' ? '' : 'ONLY '}${name}`,
    )
    out.set(name!, {
      columns: new Map(columns.map(([c, type, full]) => [c!, `${full} ${typeText(type!)}`])),
      partitions: partitions!,
      rows: rows.map((row) => Object.fromEntries(columns.map(([c], i) => [c!, row[i] ?? null]))),
    })
  }
  return out
}

/** Tables that stay with other values in columns that stay, of the same type on both sides. */
function changedRows(before: ReadonlyMap<string, Held>, after: ReadonlyMap<string, Held>): readonly string[] {
  return [...before].flatMap(([name, a]) => {
    const b = after.get(name)
    if (b === undefined || a.partitions !== b.partitions) return []
    const common = [...a.columns].flatMap(([c, type]) => (b.columns.get(c) === type ? [c] : []))
    const text = (of: Held): string[] => of.rows.map((row) => JSON.stringify(common.map((c) => [c, row[c]]))).toSorted()
    const [had, has] = [text(a), text(b)]
    if (JSON.stringify(had) === JSON.stringify(has)) return []
    return [
      `${name}: ${had.filter((r) => !has.includes(r)).join(' ')} are now ${has.filter((r) => !had.includes(r)).join(' ')} (${had.length} rows, ${has.length} rows)`,
    ]
  })
}

/** Whether the rows forbid what was tried: data exceptions, violated constraints, texts that are no value of the new type. */
const forbidden = ({ code, sql }: { readonly code: string; readonly sql: string }): boolean =>
  /^2[23]/.test(code) || code === 'refused' || (code.startsWith('42') && sql.includes(' USING '))

export interface RowFailure {
  readonly index: number
  readonly problem: string
  readonly old: string
  readonly rows: readonly string[]
  readonly new: string
}

/**
 * `tried` pairs of `count` went up: of the others PostgreSQL takes a schema not, a question has no answer without the user, or
 * the rows forbid the change. `open` makes an empty PGlite, which is used for many pairs.
 */
export async function tryRows(
  open: () => Promise<Connection>,
  options: { readonly seed: number; readonly count: number; readonly major: number; readonly only?: number },
): Promise<{ readonly tried: number; readonly put: number; readonly failures: readonly RowFailure[] }> {
  const { major } = options
  const failures: RowFailure[] = []
  let tried = 0
  let put = 0
  const place = new EmptyPlace(embeddedPlace(open))
  const scope = { schemas: 'all' as const, privileges: true }
  const build = async (sql: string): Promise<Connection | undefined> => {
    const connection = await place.connection()
    try {
      await connection.script(sql)
    } catch {
      return undefined
    }
    await connection.query('RESET search_path')
    return connection
  }
  const pairs = fc.sample(arbDdlPair(major), { seed: options.seed, numRuns: options.count })
  try {
    for (const [index, pair] of pairs.entries()) {
      if (options.only !== undefined && options.only !== index) continue
      const [old, to] = [ddlOf(pair.from), ddlOf(pair.to)]
      const target = await build(to)
      if (target === undefined) continue
      const wished = await postgres.reflect(target, scope)
      const db = await build(old)
      if (db === undefined) continue
      const rows = await new Rows(options.seed + index).fill(db)
      const difference = await answered(db, await postgres.reflect(db, scope), wished, [], major)
      if (difference.decisions.length > 0) continue
      const fail = (problem: string): void => void failures.push({ index, problem, old, rows, new: to })
      let before = await held(db)
      for (const [way, ops] of [
        ['up', difference.upgrade],
        ['down', difference.downgrade],
      ] as const) {
        const failed = await runOps(db, ops.map(lean), major)
        if (failed !== undefined) {
          if (!forbidden(failed)) fail(`${way}: ${failed.text}`)
          break
        }
        const after = await held(db)
        for (const problem of changedRows(before, after)) fail(`${way}: ${problem}`)
        before = after
        if (way === 'up') {
          tried++
          put += rows.length
        }
      }
    }
  } finally {
    await place.drop()
  }
  return { tried, put, failures }
}
