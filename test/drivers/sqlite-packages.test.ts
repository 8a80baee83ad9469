/** better-sqlite3 and libsql: the packages themselves where they are installed, and always their documented interface over node:sqlite. */
import { DatabaseSync } from 'node:sqlite'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { betterSqlite3, libsql } from '../../src/drivers/better-sqlite3.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { type Cli, project } from '../support/acceptance.ts'

const open: Cli[] = []
const connections: Connection[] = []
afterEach(async () => {
  for (const db of connections.splice(0)) await db.close()
  for (const cli of open.splice(0)) cli.close()
})

/** What their documentation says of `Database`, `Statement` and `SqliteError`, and no more. */
const shape = `const { DatabaseSync } = require('node:sqlite')
const names = { 5: 'SQLITE_BUSY', 1: 'SQLITE_ERROR', 2067: 'SQLITE_CONSTRAINT_UNIQUE', 19: 'SQLITE_CONSTRAINT' }
class SqliteError extends Error {
  constructor(message, code) { super(message); this.code = code }
}
const said = (work) => {
  try { return work() } catch (e) { throw e.errcode === undefined ? e : new SqliteError(e.message, names[e.errcode] ?? names[e.errcode & 255] ?? 'SQLITE_ERROR') }
}
class Statement {
  constructor(inner, reader) { this.inner = inner; this.reader = reader }
  all(...params) {
    if (!this.reader) throw new TypeError('This statement does not return data. Use run() instead')
    return said(() => this.inner.all(...params))
  }
  run(...params) {
    if (this.reader) throw new TypeError('This statement returns data. Use get(), all(), or iterate() instead')
    return said(() => this.inner.run(...params))
  }
  raw(on = true) { this.inner.setReturnArrays(on); return this }
  safeIntegers(on = true) { this.inner.setReadBigInts(on); return this }
}
class Database {
  constructor(path, options) { this.db = said(() => new DatabaseSync(path, { timeout: options?.timeout ?? 5000 })) }
  prepare(sql) { const inner = said(() => this.db.prepare(sql)); return new Statement(inner, inner.columns().length > 0) }
  exec(sql) { said(() => this.db.exec(sql)); return this }
  close() { this.db.close(); return this }
}
module.exports = Database
module.exports.SqliteError = SqliteError
`

const installed = (name: string): string | undefined =>
  [process.env['AMBIX_TEST_SQLITE_PACKAGES'], fileURLToPath(new URL('../ecosystem', import.meta.url))]
    .map((folder) => (folder === undefined ? '' : join(folder, 'node_modules', name)))
    .find((path) => path !== '' && existsSync(path))

/** A project with the package in its node_modules. */
function started(name: string, real: boolean, schema: string): Cli {
  const cli = project('sqlite:./app.db', schema, JSON.stringify({ driver: name }))
  open.push(cli)
  const place = join(cli.dir, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  if (real) symlinkSync(installed(name)!, place)
  else {
    mkdirSync(place)
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '99.0.0', main: './index.js' }))
    writeFileSync(join(place, 'index.js'), shape)
  }
  return cli
}

const drivers = { 'better-sqlite3': betterSqlite3, libsql } as const
type Name = keyof typeof drivers

async function connected(name: Name, real: boolean): Promise<{ readonly db: Connection; readonly place: string }> {
  const cli = started(name, real, '')
  const db = await drivers[name].open('sqlite:./app.db', { projectDir: cli.dir })
  connections.push(db)
  return { db, place: cli.dir }
}

const first = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE);
CREATE TRIGGER tr AFTER DELETE ON users BEGIN SELECT 1; END;`

for (const name of Object.keys(drivers) as Name[])
  for (const real of [false, true])
    describe.skipIf(real && installed(name) === undefined)(
      `${name}, ${real ? 'the package itself' : 'by its shape'}`,
      () => {
        test('leads a project up, through a rebuild that others refer to, and back', async () => {
          const cli = started(name, real, first)
          const run = async (...words: string[]): Promise<string> => {
            const done = await cli.run(...words)
            return done.code === 0 ? done.stderr : `exit ${done.code}: ${done.stderr}${done.stdout}`
          }
          expect(await run('revision', '--autogenerate', '-m', 'one', '--rev-id', 'a1')).not.toContain('exit')
          expect(await run('upgrade', 'head')).not.toContain('exit')
          const db = new DatabaseSync(join(cli.dir, 'app.db'))
          db.exec("INSERT INTO users VALUES (7, 'ann'); INSERT INTO posts VALUES (1, 7)")
          db.close()
          writeFileSync(join(cli.dir, 'schema.sql'), first.replace('name TEXT', "name TEXT NOT NULL DEFAULT ''"))
          expect(await run('revision', '--autogenerate', '-m', 'two', '--rev-id', 'b1')).not.toContain('exit')
          expect(await run('upgrade', 'head')).not.toContain('exit')
          expect(await run('check')).toContain('No changes')
          const after = new DatabaseSync(join(cli.dir, 'app.db'))
          expect(after.prepare('SELECT count(*) AS n FROM posts').get()).toEqual({ n: 1 })
          after.close()
          expect(await run('downgrade', 'base')).not.toContain('exit')
        })

        test('gives big numbers, bytes and text as they are, binds what is given, and counts what a script changed', async () => {
          const { db } = await connected(name, real)
          expect(
            await db.script([
              'CREATE TABLE t (a, b, c)',
              "INSERT INTO t VALUES (9007199254740993, X'00ff', 'x'), (1, NULL, 2)",
            ]),
          ).toEqual([0, 2])
          await db.query('INSERT INTO t VALUES (?, ?, ?)', [true, new Uint8Array([7]), new Date(0)])
          expect(await db.query('SELECT a, c FROM t ORDER BY rowid')).toEqual([
            { a: 9007199254740993n, c: 'x' },
            { a: 1, c: 2 },
            { a: 1, c: '1970-01-01T00:00:00.000Z' },
          ])
          expect(await db.values('SELECT a, b, c FROM t ORDER BY rowid')).toEqual([
            ['9007199254740993', '\\x00ff', 'x'],
            ['1', null, '2'],
            ['1', '\\x07', '1970-01-01T00:00:00.000Z'],
          ])
          expect(await db.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }])
        })

        test('tells which statement of several failed, and that the file is locked', async () => {
          const { db, place } = await connected(name, real)
          const failed = await db
            .script(['CREATE TABLE t (a UNIQUE)', 'INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (1)'])
            .catch((error: unknown) => error)
          expect(db.describeError(failed)).toMatchObject({ message: 'UNIQUE constraint failed: t.a', statement: 2 })
          expect(db.describeError(new Error('another one'))).toBeUndefined()
          // By the same library: two of them in one process do not see each other's locks.
          const other = await drivers[name].open(`sqlite:${(await db.values('PRAGMA database_list'))[0]![2]!}`, {
            projectDir: place,
          })
          connections.push(other)
          await other.script('BEGIN IMMEDIATE')
          const locked = await db.script('BEGIN IMMEDIATE').catch((error: unknown) => error)
          expect(db.describeError(locked)?.code).toBe('5')
        })
      },
    )
