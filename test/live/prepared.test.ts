/** Statements that a run prepares for its many revisions: none is left behind, and a revision that takes them away is run all the same. */
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { Prepared } from '../../src/runtime/transaction/prepared.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'
import { revisionLine } from '../support/revision-line.ts'
import { countingProxy } from '../support/wire.ts'

const n = 40
const id = (i: number): string => `r${String(i).padStart(2, '0')}`
/** Revision 36 is another one; the first 33 are on their way before it. */
const files = (odd = '', count = n): Record<string, string> =>
  revisionLine(count, id, (i) => [`op.execute('CREATE TABLE t${i} (id integer)')`, ...(i === 36 ? [odd] : [])])

describeLive('what is prepared', (server) => {
  let database: TestDatabase
  let client: pg.Client
  beforeEach(async () => {
    database = await server.createDatabase()
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
  })
  afterEach(async () => {
    await client.end()
    await database.drop()
  })
  const values = async (sql: string): Promise<unknown[]> =>
    (await client.query({ text: sql, rowMode: 'array' })).rows.map((r: unknown[]) => r[0])
  const left = 'SELECT name FROM pg_prepared_statements'
  const recorded = "SELECT revision FROM ambix_history WHERE status = 'done' ORDER BY id"
  const each = [true, false]

  test.each(each)('each text is sent once, and values from then on (a transaction each: %s)', async (own) => {
    const wire = await countingProxy(database.url)
    try {
      await upgrade({ root: folderOf(files()), url: wire.url, transactionPerMigration: own })
      const { texts } = wire.counted()
      expect(texts.join('\n').match(/^PREPARE /gm)).toHaveLength(own ? 3 : 2)
      expect(texts.join('\n').match(/^EXECUTE /gm)).toHaveLength(own ? 3 * (n - 1) : n)
      expect(texts.join('\n').match(/^DEALLOCATE /gm)).toHaveLength(own ? 3 : 2)
      expect(await values(recorded)).toEqual(Array.from({ length: n }, (_, i) => id(i)))
    } finally {
      await wire.close()
    }
  })

  test.each(each)('a session that was lent has none afterwards (a transaction each: %s)', async (own) => {
    const project = (odd?: string): Config => ({ root: folderOf(files(odd)), transactionPerMigration: own })
    await upgrade(project(), 'head', { connection: client })
    expect(await values(left)).toEqual([])
    await downgrade(project(), 'base', { connection: client })
    expect(await values(left)).toEqual([])
    await expect(upgrade(project(`op.execute('SELECT 1/0')`), 'head', { connection: client })).rejects.toThrow(
      'division by zero',
    )
    expect(await values(left)).toEqual([])
  })

  describe.each([
    ['a revision of many', `op.execute('DEALLOCATE ALL')`],
    ['a routine that nobody reads', `op.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")`],
  ])('they are taken away by %s', (_, odd) => {
    test.each(each)('all are applied once (a transaction each: %s)', async (own) => {
      const [up] = await upgrade({ root: folderOf(files(odd)), url: database.url, transactionPerMigration: own })
      expect(up!.applied.map((a) => a.revision)).toEqual(Array.from({ length: n }, (_x, i) => id(i)))
      expect(await values(recorded)).toEqual(Array.from({ length: n }, (_x, i) => id(i)))
      expect(await values("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'")).toEqual([String(n)])
    })
  })

  test.each(each)(
    'a batch that was put into words behind one that had to wait is not sent as it was (a transaction each: %s)',
    async (own) => {
      const many = 80
      await client.query('CREATE TABLE held (id integer)')
      await client.query('BEGIN; LOCK TABLE held')
      const wire = await countingProxy(database.url)
      const root = folderOf(
        revisionLine(many, id, (i) => [
          `op.execute('${i === 5 ? 'ALTER TABLE held ADD COLUMN more integer' : `CREATE TABLE t${i} (id integer)`}')`,
        ]),
      )
      const blocked: string[] = []
      let released: Promise<unknown> | undefined
      try {
        const [up] = await upgrade({ root, url: wire.url, transactionPerMigration: own, lockTimeout: 100 }, 'head', {
          onStep: ({ phase, revision }) => {
            if (phase !== 'blocked') return
            blocked.push(revision)
            released ??= client.query('COMMIT')
          },
        })
        expect(up!.applied.map((a) => a.revision)).toEqual(Array.from({ length: many }, (_, i) => id(i)))
        expect(blocked[0]).toBe(id(own ? 5 : 0))
        const text = wire.counted().texts.join('\n')
        // Those of the batch that failed went with it: they are made once more, and nothing is executed that was not made.
        expect(text.match(/^PREPARE /gm)).toHaveLength(own ? 6 : 4)
        expect(text.match(/^DEALLOCATE /gm)!.length).toBeGreaterThanOrEqual(own ? 3 : 2)
        const at = (word: string): string[] =>
          [...text.matchAll(new RegExp(`^${word} (ambix_\\w+)`, 'gm'))].map((m) => m[1]!)
        expect(new Set(at('EXECUTE'))).toEqual(new Set(at('PREPARE')))
        expect(await values(recorded)).toEqual(Array.from({ length: many }, (_, i) => id(i)))
      } finally {
        await released
        await wire.close()
      }
    },
  )

  test('a few revisions prepare nothing', async () => {
    const wire = await countingProxy(database.url)
    try {
      await upgrade({ root: folderOf(files('', 7)), url: wire.url })
      expect(wire.counted().texts.filter((text) => text.includes('PREPARE'))).toEqual([])
    } finally {
      await wire.close()
    }
  })
})

test('texts that differ are not prepared without end', () => {
  const all = new Prepared(postgres.session.prepared!, (value) => `'${value}'`)
  const sent = Array.from({ length: 20 }, (_, i) => all.statements((value) => `SELECT ${i}, ${value('x')}`))
  expect(sent.filter((s) => s.make !== undefined)).toHaveLength(16)
  expect(sent[19]).toEqual({ run: `SELECT 19, 'x'` })
  // Whatever is in a value is never read as a place for another.
  expect(all.statements((value) => `SELECT ${value('$1')}, ${value("'")}`).run).toBe(`SELECT '$1', '''`)
  expect(all.dropAll()).toHaveLength(16)
  expect(all.statements((value) => `SELECT ${value('y')}`).make).toMatch(/^PREPARE ambix_\w+_17 AS SELECT \$1$/)
})
