/** What SQLite carries out, it carries out: up, down and up again, compared with the fold; the rest is refused in words. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import { nodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { isAmbixError } from '../../src/errors.ts'
import { fold, reverseAll } from '../../src/operations/operation.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { cases, type Case } from '../golden/cases.ts'
import { moreCases } from '../golden/more-cases.ts'
import { type Ground, operationsOf, roundTrip } from './operations-on.ts'

let ground: Ground

beforeAll(async () => {
  const db = await nodeSqlite.open('sqlite::memory:', { projectDir: process.cwd() })
  ground = {
    dialect: sqlite,
    db,
    version: 3,
    wipe: async () => {
      await db.query('PRAGMA foreign_keys = OFF')
      for (const [type, name] of await db.values(
        "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'",
      )) {
        await db.query(`DROP ${type} IF EXISTS "${name?.replaceAll('"', '""')}"`)
      }
      await db.query('PRAGMA foreign_keys = ON')
    },
  }
})
afterAll(async () => {
  await ground?.db.close()
})

/** Whether SQLite takes the operations and their way back. */
function takes(c: Case): boolean {
  try {
    const before = fold(emptySchema, c.setup ?? []).schema
    sqlite.compile(c.setup ?? [], emptySchema, { offline: false })
    sqlite.compile(operationsOf(c), before, { offline: false, ...c.options })
    sqlite.compile(reverseAll(operationsOf(c)), fold(before, operationsOf(c)).schema, { offline: false, ...c.options })
    return true
  } catch (error) {
    if (isAmbixError(error) && /^(OPERATION|REVISION)\./u.test(error.code)) return false
    throw error
  }
}

const list = Object.entries({ ...cases, ...moreCases }).flatMap(([kind, of]) =>
  of.map((c): readonly [string, Case] => [`${kind}: ${c.title}`, c]),
)
/** Texts of PostgreSQL's own, which only it can run. */
const foreign =
  /^(createFunction|createDefinition|dropDefinition|execute|createTrigger|dropTrigger|alterTrigger|createView|dropView|replaceView)|columns, keys, a foreign key|addColumn: (generated|a default that every row)|alterColumn: collation/u

describe('what SQLite takes', () => {
  const taken = list.filter(([title, c]) => takes(c) && !foreign.test(title))
  test('is not nothing', () => {
    expect(taken.length).toBeGreaterThan(15)
  })
  test.each(taken)('%s', async (_title, c) => {
    await roundTrip(ground, c)
  })
})
