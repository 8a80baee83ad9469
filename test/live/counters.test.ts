/** M3: a counter that comes to a column goes behind its rows, on its own steps and between its own bounds: kind of counter x options x rows. */
import { expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import { describeLive } from '../support/live.ts'
import { run } from './cases.ts'
import { majorOf, placesOf } from './place.ts'

interface Options {
  readonly start?: number
  readonly increment?: number
  readonly min?: number
  readonly max?: number
}

const options: readonly Options[] = [
  {},
  { start: 100 },
  { start: 10, increment: 5 },
  { start: 20, increment: 3, min: 11, max: 40 },
  { increment: 10, max: 50 },
  { min: -50 },
  { increment: -1 },
  { start: -10, increment: -5 },
  { start: 30, increment: -7, min: -30, max: 40 },
]
const rows: readonly (readonly number[])[] = [
  [],
  [7, 12, 17, 33],
  [-3, -8, -60],
  [40, 50, 99],
  [-2147483648, 2147483647],
]
const counters = ['always', 'byDefault', 'named', 'serial', 'own sequence', 'shared sequence'] as const

/** What a sequence that had counted the rows itself would give next; undefined where it is used up. */
function next(o: Options, values: readonly number[]): number | undefined {
  const by = o.increment ?? 1
  const up = by > 0
  const first = o.start ?? (up ? (o.min ?? 1) : (o.max ?? -1))
  const [low, high] = [o.min ?? -2147483648, o.max ?? 2147483647]
  const inside = values.filter((v) => (up ? v <= high : v >= low))
  for (let at = first; ; at += by) {
    if (at > high || at < low) return undefined
    if (inside.every((v) => (up ? v < at : v > at))) return at
    // No need to walk there step by step.
    const far = up ? Math.max(...inside) : Math.min(...inside)
    at += Math.max(0, Math.floor((far - at) / by) - 1) * by
  }
}

const clauses = (o: Options): string =>
  [
    o.increment === undefined ? '' : `INCREMENT BY ${o.increment}`,
    o.min === undefined ? '' : `MINVALUE ${o.min}`,
    o.max === undefined ? '' : `MAXVALUE ${o.max}`,
    o.start === undefined ? '' : `START WITH ${o.start}`,
  ].join(' ')

describeLive('counters that come to rows', (server) => {
  const major = majorOf(server)
  test.each(counters)('%s', async (counter) => {
    const [target, reference] = [await placesOf(server)(), await placesOf(server)()]
    try {
      const list = options.flatMap((o) => rows.map((values) => ({ o, values })))
      const tables = list
        .map((c, i) => ({
          ...c,
          table: `t${i}`,
          sequence: counter === 'named' || counter.endsWith('sequence') ? `s${i}` : `t${i}_a_seq`,
        }))
        .filter((c) => counter !== 'serial' || Object.keys(c.o).length === 0)
      const before = tables.map((t) => `CREATE TABLE ${t.table} (a int NOT NULL, b int);`)
      const filled = tables.flatMap((t) =>
        t.values.length === 0
          ? []
          : [`INSERT INTO ${t.table} VALUES ${t.values.map((v) => `(${v}, ${v})`).join(', ')};`],
      )
      const after = tables.map((t) => {
        const generated = counter === 'always' ? 'ALWAYS' : 'BY DEFAULT'
        if (counter === 'serial') return `CREATE TABLE ${t.table} (a serial, b int);`
        if (counter === 'own sequence')
          return `CREATE SEQUENCE ${t.sequence} AS int ${clauses(t.o)}; CREATE TABLE ${t.table} (a int NOT NULL DEFAULT nextval('${t.sequence}'), b int); ALTER SEQUENCE ${t.sequence} OWNED BY ${t.table}.a;`
        if (counter === 'shared sequence')
          return `CREATE SEQUENCE ${t.sequence} AS int ${clauses(t.o)}; CREATE TABLE ${t.table} (a int NOT NULL DEFAULT nextval('${t.sequence}'), b int DEFAULT nextval('${t.sequence}'));`
        const named = counter === 'named' ? `SEQUENCE NAME ${t.sequence}` : ''
        return `CREATE TABLE ${t.table} (a int GENERATED ${generated} AS IDENTITY (${named} ${clauses(t.o)}), b int);`.replace(
          /\(\s*\)/,
          '',
        )
      })
      await target.connection.script([...before, ...filled])
      await reference.connection.script(after)
      const scope = { schemas: 'all', privileges: true } as const
      const [from, to] = [
        await postgres.reflect(target.connection, scope),
        await postgres.reflect(reference.connection, scope),
      ]
      const found = diff(from, to, { hints: [], serverVersion: major })
      expect(found.decisions).toEqual([])
      expect(await run(target.connection, found.upgrade, major)).toBeUndefined()
      const got = []
      for (const t of tables) {
        const value = await target.connection.values(`SELECT nextval('${t.sequence}')`).then(
          (r) => Number(r[0]![0]),
          (error: unknown) => {
            expect(String(error)).toMatch(/reached (maximum|minimum) value/)
          },
        )
        got.push([t.o, t.values, value])
      }
      expect(got).toEqual(tables.map((t) => [t.o, t.values, next(t.o, t.values)]))
      expect(await run(target.connection, found.downgrade, major)).toBeUndefined()
    } finally {
      await target.drop()
      await reference.drop()
    }
  })
})
