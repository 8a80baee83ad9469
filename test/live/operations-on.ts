/** Runs the cases of the goldens on a database: up, compare with the fold, down, compare with the start, up again (law 5). */
import { describe, expect, test } from 'vitest'
import type { CompileOptions, Dialect, Statement } from '../../src/dialects/dialect.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { fold, reverseAll } from '../../src/operations/operation.ts'
import { emptySchema, type Schema, type SchemaObject } from '../../src/schema/model.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { type Case, cases } from '../golden/cases.ts'
import { moreCases } from '../golden/more-cases.ts'

export interface Ground {
  readonly dialect: Dialect
  readonly db: Connection
  readonly version: number
  /** Takes everything out. */
  wipe(): Promise<void>
}

/** A PostgreSQL whose schemas are those of the cases. */
export const postgresGround = (db: Connection, version: number): Ground => ({
  dialect: postgres,
  db,
  version,
  wipe: async () => {
    for (const schema of ['public', 'app', 'application', '"My App"'])
      await db.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await db.query('CREATE SCHEMA public')
  },
})

/** A test for each case of a kind that `pick` takes; `ground` is asked when they run. */
export function roundTrips(ground: () => Ground, pick = (list: readonly Case[]): readonly Case[] => list): void {
  const picked = Object.entries({ ...cases, ...moreCases }).map(([kind, list]) => [kind, pick(list)] as const)
  describe.each(picked.filter(([, list]) => list.length > 0))('%s', (_kind, list) => {
    for (const c of list) {
      const live = test.skipIf(c.notLive !== undefined)
      live(`${c.title}${c.notLive === undefined ? '' : ` (not live: ${c.notLive})`}`, async (context) => {
        if (c.since !== undefined && ground().version < c.since) context.skip(`needs PostgreSQL ${c.since}`)
        await roundTrip(ground(), c)
      })
    }
  })
}

export const operationsOf = (c: Case): readonly Operation[] =>
  Array.isArray(c.op) ? (c.op as readonly Operation[]) : [c.op as Operation]

/** Runs statements as the runtime would: what belongs together in one transaction, refusals asked first. */
export async function run(db: Connection, statements: readonly Statement[]): Promise<void> {
  for (const s of statements) {
    if (s.refuseIf === undefined || s.refuseHere === true) continue
    const refused = await db.values(s.refuseIf)
    if (refused.length > 0) throw new Error(`refused: ${refused[0]![0]}`)
  }
  const setting = statements.find((s) => s.around !== undefined)?.around
  if (setting !== undefined) await db.query(setting.change)
  let open = false
  const commit = async (): Promise<void> => {
    if (open) await db.query('COMMIT')
    open = false
  }
  try {
    for (const s of statements) {
      if (s.transaction === 'alone') await commit()
      else if (!open) {
        await db.query('BEGIN')
        open = true
      }
      if (s.refuseHere === true && s.refuseIf !== undefined) expect(await db.values(s.refuseIf)).toEqual([])
      if (s.run === undefined) {
        for (const params of s.params ?? [undefined]) await db.query(s.sql, params)
      }
      if (s.probe !== undefined) expect((await db.values(s.probe.sql))[0]?.[0]).toBe('complete')
      if (s.transaction === 'commit-after') await commit()
    }
    await commit()
  } catch (error) {
    if (open) await db.query('ROLLBACK')
    throw error
  } finally {
    if (setting !== undefined) await db.script(setting.restore(setting.usual))
  }
}

type Objects = Record<string, SchemaObject>

/** The objects by key. */
function plain(schema: Schema, dialect: Dialect): Objects {
  return Object.fromEntries(
    [...dialect.normalize(schema).objects]
      .filter(([key]) => key !== 'schema:public')
      .map(([key, object]) => [key, tidy(object)]),
  )
}

/** Without what only the database can spell, and each version spells its own way: the queries of views. */
function said(objects: Objects): Objects {
  return Object.fromEntries(
    Object.entries(objects).map(([key, object]) => {
      if (object.kind !== 'view') return [key, object]
      expect(object.definition).toMatch(/^\s*SELECT /u)
      const { columns: _, definition: __, ...rest } = object
      return [key, rest as SchemaObject]
    }),
  )
}

function tidy(object: SchemaObject): SchemaObject {
  if (object.kind === 'routine') {
    const { signature: _, ...rest } = object
    return { ...rest, definition: rest.definition.trim() }
  }
  if (object.kind !== 'table') return object
  // The order of constraints and indexes has no meaning.
  const byName = <T extends { readonly name: string }>(list: readonly T[]): readonly T[] =>
    list.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { ...object, constraints: byName(object.constraints), indexes: byName(object.indexes) }
}

/** Up, down and up again. */
export async function roundTrip(ground: Ground, c: Case): Promise<void> {
  const { dialect, db } = ground
  const options: CompileOptions = { offline: false, serverVersion: ground.version, ...c.options }
  const look = async (): Promise<Objects> =>
    plain(await dialect.reflect(db, { schemas: dialect.facts.schemas ? 'all' : undefined }), dialect)
  const ops = operationsOf(c)
  await ground.wipe()
  await run(db, dialect.compile(c.setup ?? [], emptySchema, options))
  if (c.rows !== undefined) await db.query(c.rows)
  const before = fold(emptySchema, c.setup ?? []).schema
  const start = await look()
  expect(said(start)).toEqual(said(plain(before, dialect)))

  const up = dialect.compile(ops, before, options)
  const after = fold(before, ops)
  await run(db, up)
  const there = await look()
  if (!after.blind && c.unlike === undefined) expect(said(there)).toEqual(said(plain(after.schema, dialect)))

  let reverse: readonly Operation[]
  try {
    reverse = reverseAll(ops)
  } catch {
    return
  }
  await run(db, dialect.compile(reverse, after.schema, options))
  if (c.lossy === undefined) expect(await look()).toEqual(start)
  if (c.lossy === undefined) await run(db, dialect.compile(ops, before, options))
}
