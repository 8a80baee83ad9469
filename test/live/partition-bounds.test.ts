/** M14: rows outside of the bounds of a partition that is attached, or in the default partition of one that comes: a coded error, and nothing done. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase } from './pulled.ts'

interface Bounds {
  readonly by: string
  readonly bound: string
  readonly inside: string
  readonly outside: string
}

const kinds: Readonly<Record<string, Bounds>> = {
  list: { by: 'LIST (k)', bound: 'FOR VALUES IN (1, 2)', inside: '(1)', outside: '(3)' },
  range: { by: 'RANGE (k)', bound: 'FOR VALUES FROM (0) TO (50)', inside: '(49)', outside: '(50)' },
  'range and NULL': { by: 'RANGE (k)', bound: 'FOR VALUES FROM (0) TO (50)', inside: '(0)', outside: '(NULL)' },
  hash: {
    by: 'HASH (k)',
    bound: 'FOR VALUES WITH (MODULUS 2, REMAINDER 0)',
    inside: '(1)',
    outside: '(2), (3), (4), (5), (6)',
  },
}

describeLive('rows that a partition cannot have', (server) => {
  const led = async (
    before: string,
    operations: string,
    then: (run: Promise<unknown>, values: (sql: string) => Promise<unknown>) => Promise<void>,
  ): Promise<void> => {
    const root = mkdtempSync(join(tmpdir(), 'ambix-bounds-'))
    try {
      writeFileSync(
        join(root, 'r1.ts'),
        `export const revision = 'r1'\nexport const downRevision = null\nexport function upgrade(op) { op.execute('CREATE TABLE early (a integer)'); ${operations} }\n`,
      )
      await inDatabase(server, async (connection, url) => {
        await connection.script(before)
        const run = upgrade({ root, url, migrations: '.' }, 'head', { connection })
        await then(run, (sql) => connection.values(sql))
      })
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  }
  const attach = (bound: string): string => `op.attachPartition('p', 'p1', '${bound}')`

  test.each(Object.entries(kinds))('%s', async (_, { by, bound, inside, outside }) => {
    const tables = `CREATE TABLE p (k integer) PARTITION BY ${by}; CREATE TABLE p1 (k integer);`
    await led(`${tables} INSERT INTO p1 VALUES ${outside}`, attach(bound), async (run, values) => {
      await expect(run).rejects.toMatchObject({
        code: 'DATABASE.STATEMENT',
        message: expect.stringContaining('partition constraint of relation "p1" is violated by some row'),
        next: [
          { text: `Rows of p1 lie outside of its bounds (${bound}): move or delete them, or let the bounds hold them` },
          { text: 'Or change the rows first, and run the command again' },
        ],
      })
      expect(await values(`SELECT to_regclass('early')::text, (SELECT count(*) FROM pg_inherits)::text`)).toEqual([
        [null, '0'],
      ])
    })
    if (by.startsWith('HASH')) return
    await led(`${tables} INSERT INTO p1 VALUES ${inside}`, attach(bound), async (run, values) => {
      await run
      expect(await values('SELECT count(*)::text FROM p')).toEqual([['1']])
    })
  })

  test('rows of the default partition', async () => {
    const before = `CREATE TABLE p (k integer) PARTITION BY RANGE (k); CREATE TABLE pd PARTITION OF p DEFAULT; INSERT INTO p VALUES (5)`
    const create = `op.createTable('p1', [], { partitionOf: { parent: 'p', bound: 'FOR VALUES FROM (0) TO (10)' } })`
    await led(before, create, async (run, values) => {
      await expect(run).rejects.toMatchObject({
        code: 'DATABASE.STATEMENT',
        next: [
          {
            text: 'Rows of the default partition belong to p1: detach that partition first, move them, and attach it again',
          },
          { text: 'Or change the rows first, and run the command again' },
        ],
      })
      expect(await values(`SELECT to_regclass('early')::text, to_regclass('p1')::text`)).toEqual([[null, null]])
    })
  })
})
