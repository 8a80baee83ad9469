/** What each part of a script that begins at a revision asks of the database: all of it at the beginning, then what may have changed. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import { writeScript } from '../../src/runtime/script.ts'
import type { RevisionStep, VersionEdit } from '../../src/runtime/types.ts'
import { splitStatements } from '../../src/util/split-sql.ts'
import { line, settings, statement } from '../runtime/steps.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'

const write = async (steps: readonly RevisionStep[], from: readonly string[]): Promise<string> =>
  writeScript({ dialect: postgres, settings, steps, from })
const up = (revision: string, down: readonly string[], edits: readonly VersionEdit[]): RevisionStep => ({
  revision,
  direction: 'upgrade',
  message: '',
  down,
  edits,
  statements: () => [statement(`CREATE TABLE ${revision} (id integer)`)],
})

test.each([
  ['up', 1, 201],
  ['down', 201, 1],
] as const)('a line of revisions names each of them a few times, however long it is: %s', async (_, from, to) => {
  const id = (i: number): string => `r${String(i).padStart(4, '0')}`
  const plan = line(
    to,
    () => [],
    () => [],
  )
  const text = await write(await plan([id(from)]), [id(from)])
  // In the first part as one of many; in its own and the next one's as what is there, is written and is told.
  expect(text.match(/r0100/g)!.length).toBeLessThanOrEqual(12)
  expect(text.match(/r0150/g)!.length).toBe(text.match(/r0100/g)!.length)
})

describeLive('a script that begins at a revision', (server) => {
  let database: TestDatabase
  let connection: Connection
  beforeEach(async () => {
    database = await server.createDatabase()
    connection = await pg.open(database.url, { projectDir: process.cwd() })
    await connection.script('CREATE TABLE ambix_version (version_num varchar(255) PRIMARY KEY)')
  })
  afterEach(async () => {
    await connection.close()
    await database.drop()
  })
  const there = async (...ids: readonly string[]): Promise<void> => {
    await connection.script('DELETE FROM ambix_version')
    for (const id of ids) await connection.script(`INSERT INTO ambix_version VALUES ('${id}')`)
  }
  /** Sends the statements of the part in which the revision is made; gives what stopped it. */
  const part = async (text: string, revision: string): Promise<string | undefined> => {
    const statements = splitStatements(text).map((s) => s.text)
    const at = statements.findIndex((s) => s.startsWith(`CREATE TABLE ${revision} `))
    const begin = statements.lastIndexOf('BEGIN', at)
    try {
      for (const s of statements.slice(begin, at)) await connection.script(s)
      return undefined
    } catch (error) {
      return (error as Error).message
    } finally {
      await connection.script('ROLLBACK')
    }
  }
  const stopped = (where: string): string =>
    `ambix: the database is not where this part of the script begins (${where})`

  // a → x1 → x2, a → y1 → y2, and m of both.
  const forked = [
    up('x1', ['a'], [{ kind: 'update', from: 'a', to: 'x1' }]),
    up('x2', ['x1'], [{ kind: 'update', from: 'x1', to: 'x2' }]),
    up('y1', ['a'], [{ kind: 'insert', to: 'y1' }]),
    up('y2', ['y1'], [{ kind: 'update', from: 'y1', to: 'y2' }]),
    up(
      'm',
      ['x2', 'y2'],
      [
        { kind: 'delete', from: 'y2' },
        { kind: 'update', from: 'x2', to: 'm' },
      ],
    ),
  ]

  test('its first part refuses any other revision of the script, and leaves other branches alone', async () => {
    const text = await write(forked, ['a'])
    await there('a', 'elsewhere')
    expect(await part(text, 'x1')).toBeUndefined()
    for (const other of ['x1', 'x2', 'y1', 'y2', 'm']) {
      await there('a', other)
      expect(await part(text, 'x1')).toBe(stopped('a'))
    }
  })

  test('later ones refuse what is on another way than their heads', async () => {
    const text = await write(forked, ['a'])
    await there('x1')
    expect(await part(text, 'x2')).toBeUndefined()
    await there('x1', 'y2')
    expect(await part(text, 'x2')).toBe(stopped('x1'))
    await there('x2', 'y2')
    expect(await part(text, 'y1')).toBe(stopped('x2'))
    await there('x2', 'y1')
    expect(await part(text, 'y2')).toBeUndefined()
    expect(await part(text, 'x2')).toBe(stopped('x1'))
  })

  test('a root of its own beside a line is another way too', async () => {
    const text = await write(
      [
        up('b', ['a'], [{ kind: 'update', from: 'a', to: 'b' }]),
        up('c', ['b'], [{ kind: 'update', from: 'b', to: 'c' }]),
        up('other', [], [{ kind: 'insert', to: 'other' }]),
      ],
      ['a'],
    )
    await there('b')
    expect(await part(text, 'c')).toBeUndefined()
    await there('b', 'other')
    expect(await part(text, 'c')).toBe(stopped('b'))
  })
})
