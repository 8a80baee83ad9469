/** Leads pairs of schemas through one database, emptied between them: what a database for each would cost is saved. */
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import type { Hint } from '../../src/diff/model/types.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import type { Schema, SchemaObject } from '../../src/schema/model.ts'
import { lean } from '../../src/revisions/write/render.ts'
import type { OwnPair } from '../fixtures/pairs-own.ts'
import { catalogLines } from '../support/acceptance.ts'
import { linesOf } from './catalog-of.ts'
import { recorded, run } from './cases.ts'
import type { Case, Place } from './cases.ts'
import { EmptyPlace } from './place.ts'

const scope = { schemas: 'all' as const, privileges: true }

/** A pair with rows, answers, and what the rows are to be after each way. */
export type LedPair = OwnPair & Pick<Case, 'rows' | 'hints' | 'verifyUp' | 'verifyDown'>

export class Lane {
  readonly #place: EmptyPlace
  readonly #major: number

  constructor(create: () => Promise<Place>, major: number) {
    this.#place = new EmptyPlace(create)
    this.#major = major
  }

  async close(): Promise<void> {
    await this.#place.drop()
  }

  /** Whether PostgreSQL itself takes one of the schemas as no schema. */
  async refuses(...schemas: readonly string[]): Promise<boolean> {
    for (const schema of schemas) {
      const connection = await this.#place.connection()
      try {
        await connection.script(schema)
      } catch {
        return true
      }
    }
    return false
  }

  /** What went wrong, empty when nothing did: new's catalog up, nothing left to do, old's catalog down. */
  async run(pair: LedPair): Promise<readonly string[]> {
    const reflect = (connection: Connection): Promise<Schema> => postgres.reflect(connection, scope)
    const before = await this.#place.connection()
    await before.script(pair.new)
    await before.query('RESET search_path')
    const catalog = async (of: Connection): Promise<string[]> => catalogLines(await linesOf(of), pair.names ?? true)
    const wanted = await catalog(before)
    const wished = await reflect(before)
    const db = await this.#place.connection()
    await db.script(pair.old)
    await db.query('RESET search_path')
    if (pair.rows !== undefined && pair.rows !== null) await db.script(pair.rows)
    const start = await catalog(db)
    const current = await reflect(db)
    const problems: string[] = []
    const hints: Hint[] = [...(pair.hints ?? [])]
    const compare = (a: Schema, b: Schema): ReturnType<typeof diff> =>
      diff(a, b, { hints, answers: none, serverVersion: this.#major })
    let difference = compare(current, wished)
    // Nothing is a rename in a pair: what looks like one is a drop and a creation.
    for (let turn = 0; difference.decisions.length > 0 && turn < 5; turn++) {
      hints.push(...difference.decisions.flatMap((d) => d.options.filter((o) => 'distinct' in o)))
      difference = compare(current, wished)
    }
    hints.length = 0
    if (difference.decisions.length > 0) return difference.decisions.map((d) => `decision: ${d.question}`)
    if (pair.empty !== true && difference.upgrade.length === 0) {
      // The target may leave an owner open.
      const open = (key: string): boolean => wished.objects.get(key)?.owner === undefined
      const text = (schema: Schema): string =>
        JSON.stringify([...schema.objects].map(([key, o]) => sorted(open(key) ? { ...o, owner: undefined } : o)))
      if (text(current) !== text(wished)) return ['the schemas differ, and nothing is seen']
    }
    if (pair.empty === true) return difference.upgrade.map((op) => `not empty: ${JSON.stringify(op)}`)
    problems.push(...recorded(current, difference, this.#major))
    const lead = async (
      what: string,
      ops: readonly Operation[],
      goal: readonly string[],
      schema: Schema,
    ): Promise<boolean> => {
      const failed = await run(db, ops.map(lean), this.#major)
      if (failed !== undefined) return (problems.push(`${what}: ${failed}`), false)
      const got = await catalog(db)
      problems.push(
        ...goal.filter((l) => !got.includes(l)).map((l) => `${what}, missing: ${l}`),
        ...got.filter((l) => !goal.includes(l)).map((l) => `${what}, extra: ${l}`),
      )
      const left = compare(await reflect(db), schema)
      problems.push(...[...left.upgrade, ...left.decisions].map((l) => `${what}, left to do: ${JSON.stringify(l)}`))
      return true
    }
    const verify = async (what: string, list: Case['verifyUp']): Promise<void> => {
      for (const v of list ?? []) {
        const [row] = await db.values(v.sql)
        if (row?.[0] !== v.equals) problems.push(`${what}, rows: ${v.sql} gives ${row?.[0]}, not ${v.equals}`)
      }
    }
    if (!(await lead('up', difference.upgrade, wanted, wished))) return problems
    await verify('up', pair.verifyUp)
    if (await lead('down', difference.downgrade, start, current)) await verify('down', pair.verifyDown)
    return problems
  }
}

/** An object without what is no difference: the order of columns. */
const sorted = (object: SchemaObject): SchemaObject =>
  object.kind === 'table'
    ? { ...object, columns: object.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
    : object

/** The diff is told of no rows, as on a database that a revision is written against; what rows forbid, the revision guards. */
const none: ReadonlyMap<string, number | readonly (string | null)[]> = new (class extends Map<
  string,
  number | readonly (string | null)[]
> {
  override get(key: string): number | readonly (string | null)[] {
    return key.includes('"ask":"values"') ? [] : 0
  }
})()
