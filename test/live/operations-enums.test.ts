/** What PostgreSQL must refuse before anything runs, and what it must commit between (specs/enums.md S5, S12, S13). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { guardBlock } from '../../src/dialects/postgres/compile/refusals.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { fold } from '../../src/operations/operation.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { arrayOf, at, col, enumOf, lit, notNull, status, table, type } from '../golden/data.ts'
import { startServer, type TestDatabase, type TestServer } from '../support/server.ts'
import { run } from './operations-on.ts'

let server: TestServer
let database: TestDatabase
let db: Connection
const setup: readonly Operation[] = [
  { kind: 'createEnum', enum: status },
  {
    kind: 'createTable',
    table: table('posts', [
      col('status', enumOf('status'), { ...notNull, default: lit('draft') }),
      col('seen', arrayOf(enumOf('status'))),
      col('word', 'text'),
    ]),
  },
]
const before = fold(emptySchema, setup).schema
const options = { offline: false, serverVersion: 15 }

beforeAll(async () => {
  server = await startServer()
  database = await server.createDatabase()
  db = await pg.open(database.url, { projectDir: process.cwd() })
}, 120_000)
afterAll(async () => {
  await db?.close()
  await database?.drop()
  await server?.stop()
})
beforeEach(async () => {
  await db.query('DROP SCHEMA public CASCADE')
  await db.query('CREATE SCHEMA public')
  await run(db, postgres.compile(setup, emptySchema, options))
  await db.query(
    "INSERT INTO posts VALUES ('archived', '{archived,draft}', 'draft'), ('draft', '{archived}', 'nonsense')",
  )
})

const reasonOf = async (ops: readonly Operation[]): Promise<string | null | undefined> => {
  const refuse = postgres.compile(ops, before, options).find((s) => s.refuseIf !== undefined)?.refuseIf
  if (refuse === undefined) return undefined
  const said = (await db.values(refuse))[0]?.[0] ?? null
  // Without ambix the same check raises the same words.
  if (said === null) await db.query(guardBlock(refuse))
  else await expect(db.query(guardBlock(refuse))).rejects.toThrow(said)
  return said
}

describe('refusals', () => {
  test('a label that rows hold, in scalars and arrays, with counts', async () => {
    const op: Operation = { kind: 'alterEnum', enum: at('status'), values: ['draft', 'published'], from: status.values }
    expect(await reasonOf([op])).toBe(
      "Enum status cannot lose 'archived': 2 row(s) of posts.seen hold 'archived', 1 row(s) of posts.status hold 'archived'",
    )
    expect(await reasonOf([{ ...op, remap: { archived: 'draft' } }])).toBeUndefined()
  })
  test('the question is asked in the names that hold when the revision begins', async () => {
    const ops: readonly Operation[] = [
      {
        kind: 'renameTable',
        table: at('posts'),
        to: 'articles',
      },
      { kind: 'renameEnum', enum: at('status'), to: 'state' },
      { kind: 'renameEnumValue', enum: at('state'), from: 'archived', to: 'gone' },
      { kind: 'alterEnum', enum: at('state'), values: ['draft', 'published'], from: ['draft', 'published', 'gone'] },
    ]
    expect(await reasonOf(ops)).toContain("1 row(s) of posts.status hold 'archived'")
  })
  test('rows outside the labels of the enum that a column becomes', async () => {
    const op: Operation = {
      kind: 'alterColumn',
      table: at('posts'),
      column: 'word',
      changes: { type: enumOf('status') },
      before: { type: type('text') },
    }
    expect(await reasonOf([op])).toBe(
      "Column posts.word cannot become status (draft, published, archived): 1 row(s) of posts.word hold 'nonsense'",
    )
    expect(await reasonOf([{ ...op, map: { nonsense: 'draft' } }])).toBeNull()
  })
  test('rows are changed by raw SQL first: the question would come too early, and is not asked', async () => {
    const ops: readonly Operation[] = [
      { kind: 'execute', sql: "UPDATE posts SET status = 'draft', seen = '{}'" },
      { kind: 'alterEnum', enum: at('status'), values: ['draft', 'published'], from: status.values },
    ]
    expect(await reasonOf(ops)).toBeUndefined()
    await run(db, postgres.compile(ops, before, options))
    expect(await db.values("SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum")).toEqual([
      ['draft,published'],
    ])
  })
  test('an enum that columns use is not dropped, nor with CASCADE', async () => {
    expect(await reasonOf([{ kind: 'dropEnum', enum: at('status') }])).toBe(
      'Enum status is still used by posts.seen, posts.status',
    )
    const table: Operation = { kind: 'dropTable', table: at('posts') }
    expect(await reasonOf([table, { kind: 'dropEnum', enum: at('status') }])).toBeNull()
  })
  test('a type that is there: the same is adopted, a lacking label added, other labels refused with both lists', async () => {
    const wish = (...values: string[]): Operation => ({
      kind: 'createEnum',
      enum: { ...status, values },
      ifMissing: true,
    })
    const labels = async (): Promise<unknown> =>
      (await db.values("SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum"))[0]?.[0]
    expect(await reasonOf([wish('draft', 'live')])).toBe(
      'Enum status exists with the labels draft, published, archived; wanted are draft, live',
    )
    expect(await reasonOf([wish('published', 'draft', 'archived')])).toContain('wanted are published, draft, archived')
    for (const values of [
      ['draft', 'published', 'archived'],
      ['idea', 'draft', 'review', 'published', 'archived', 'gone'],
    ]) {
      const op = wish(...values)
      expect(await reasonOf([op])).toBeNull()
      await run(db, postgres.compile([op], emptySchema, options))
      expect(await labels()).toBe(values.join(','))
    }
  })
})

describe('a label that is added and used', () => {
  const use: Operation = {
    kind: 'alterColumn',
    table: at('posts'),
    column: 'status',
    changes: { default: lit('live') },
    before: { default: lit('draft') },
  }
  const add = (value: string): Operation => ({ kind: 'addEnumValue', enum: at('status'), value })
  test('is committed once, before its first use', async () => {
    const statements = postgres.compile([add('idea'), add('live'), use], before, options)
    expect(statements.map((s) => s.transaction)).toEqual(['inside', 'commit-after', 'inside'])
    await run(db, statements)
  })
  test('is committed also where the type is of the same transaction, before PostgreSQL 18', async () => {
    const made: readonly Operation[] = [
      { kind: 'createEnum', enum: { ...status, name: 'other' } },
      { kind: 'addEnumValue', enum: at('other'), value: 'live' },
      { kind: 'addColumn', table: at('posts'), column: col('other', enumOf('other'), { default: lit('live') }) },
    ]
    await run(db, postgres.compile(made, before, options))
    expect(postgres.compile(made, before, options).map((s) => s.transaction)).toEqual([
      'inside',
      'commit-after',
      'inside',
    ])
    expect(
      postgres.compile(made, before, { ...options, serverVersion: 18 }).every((s) => s.transaction === 'inside'),
    ).toBe(true)
  })
  test('is not committed for what does not use it', () => {
    const statements = postgres.compile(
      [add('live'), { kind: 'addColumn', table: at('posts'), column: col('alive', 'boolean') }],
      before,
      options,
    )
    expect(statements.every((s) => s.transaction === 'inside')).toBe(true)
  })
})
