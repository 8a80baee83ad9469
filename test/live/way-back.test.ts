/** Ways back that rows forbid: said when the revision is made, or refused with the reason when it runs (issue 9, M4, M11, E2). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { conversion } from '../../src/dialects/postgres/casts/casts.ts'
import { neverFits } from '../../src/diff/questions/cast-safety.ts'
import { backfillOptions } from '../../src/diff/questions/backfills.ts'
import { writeType } from '../../src/dialects/postgres/spell/writer.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { ColumnType } from '../../src/schema/model.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { execute, project, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

/** Values of each type, the oddest among them. */
const samples: Readonly<Record<string, readonly string[]>> = {
  integer: ['0', '1', '20200101', '-5'],
  bigint: ['0', '9223372036854775807'],
  numeric: ['0', '1.5', '20200101'],
  doublePrecision: ['0', '1e10'],
  boolean: ['true', 'false'],
  uuid: ['00000000-0000-0000-0000-000000000000', '12345678-1234-1234-1234-123456789012'],
  date: ['2020-01-01', '0001-01-01'],
  timestamp: ['2020-01-01 00:00:00', '2020-01-01 12:34:56'],
  time: ['00:00:00', '12:34:56'],
  interval: ['1 day', '01:00:00', '00:00:00'],
  inet: ['10.0.0.1', '::1'],
  macaddr: ['08:00:2b:01:02:03'],
  json: ['0', '{}', 'true'],
  int4range: ['empty', '[1,2)'],
}
const types = Object.keys(samples).map((kind): ColumnType => ({ kind }))

describeLive('ways back', (server) => {
  test('what is said to fit never is refused by the server, whatever the value', async () => {
    const { url } = await server.createDatabase()
    const db = await pg.open(url, { projectDir: process.cwd() })
    const wrong: string[] = []
    let tried = 0
    try {
      for (const from of types)
        for (const to of types) {
          if (!neverFits(from, to)) continue
          const using = conversion('c', from, to)
          if (using === undefined) wrong.push(`${from.kind} becomes ${to.kind} by itself`)
          for (const sample of samples[from.kind]!) {
            tried++
            const fits = await db
              .values(`SELECT ${using} FROM (SELECT '${sample}'::${writeType(from)} AS c) AS t`)
              .then(
                () => true,
                () => false,
              )
            if (fits) wrong.push(`${from.kind} ${sample} becomes ${to.kind}`)
          }
        }
    } finally {
      await db.close()
    }
    expect(wrong).toEqual([])
    expect(tried).toBeGreaterThan(100)
  })

  test('a suggested backfill is a value of its type (E2)', async () => {
    const { url } = await server.createDatabase()
    const db = await pg.open(url, { projectDir: process.cwd() })
    const kinds = [
      ...Object.keys(samples),
      'jsonb',
      'text',
      'varchar',
      'char',
      'bytea',
      'tsvector',
      'money',
      'real',
      'smallint',
      'xml',
      'point',
      'cidr',
      'bit',
      'tstzrange',
      'daterange',
      'numrange',
    ]
    const wrong: string[] = []
    let found = 0
    try {
      for (const type of [...kinds.map((kind) => ({ kind })), { kind: 'array', element: { kind: 'uuid' } }])
        for (const hint of backfillOptions(emptySchema, 't.c', type)) {
          if (!('backfill' in hint)) continue
          found++
          const given = hint.expression ?? (typeof hint.value === 'string' ? `'${hint.value}'` : String(hint.value))
          const sql = `BEGIN; CREATE TABLE t (c ${writeType(type)}); INSERT INTO t DEFAULT VALUES; UPDATE t SET c = ${given}; ALTER TABLE t ALTER c SET NOT NULL; ROLLBACK`
          await db.script(sql.split('; ')).catch(async (error: Error) => {
            await db.script(['ROLLBACK'])
            wrong.push(`${type.kind} ${given}: ${error.message}`)
          })
        }
    } finally {
      await db.close()
    }
    expect(wrong).toEqual([])
    expect(found).toBeGreaterThan(20)
  })

  test('made on an empty database: a dropped key comes back by no made-up value; a cast back is said (M4, M11)', async () => {
    const { url } = await server.createDatabase()
    const base = 'CREATE TABLE p (id integer PRIMARY KEY, n integer);'
    const cli = project(
      url,
      `${base} CREATE TABLE t (id integer PRIMARY KEY, email text NOT NULL UNIQUE, p integer NOT NULL REFERENCES p, note text NOT NULL);`,
    )
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await cli.run(...args)
      expect([code, stderr]).toEqual([0, stderr])
      return stdout + stderr
    }
    try {
      await run('revision', '--autogenerate', '-m', 'one')
      await run('upgrade', 'head')
      writeFileSync(
        join(cli.dir, 'schema.sql'),
        `${base.replace('n integer', 'n uuid')} CREATE TABLE t (id integer PRIMARY KEY);`,
      )
      const told = await run('revision', '--autogenerate', '-m', 'two')
      expect(told).toContain('column p.n: the downgrade is refused while there are rows, since no uuid is a integer')
      await run('upgrade', 'head')
      await execute(url, 'INSERT INTO t VALUES (1), (2)')
      const refused = await cli.run('downgrade', '-1')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(/\[DIFF.REFUSED\]/)
      expect(refused.stderr).toMatch(/Column t\.(email|p) may not be null and has no default, and t has rows/)
      expect(await value(url, 'SELECT count(*) FROM t')).toBe('2')
      await execute(url, 'DELETE FROM t')
      await run('downgrade', '-1')
    } finally {
      cli.close()
    }
  })
})
