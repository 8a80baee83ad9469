/** Issue 11, shared: histories of other tools are cut into statements as the project's database reads them; here SQLite's brackets and trigger bodies. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

/** A name with an open quote in brackets, a block comment that only nests elsewhere, a body with semicolons. */
const first =
  'CREATE TABLE [it\'s] (id INTEGER PRIMARY KEY, [a"b;] TEXT); /* /* one level */\nCREATE TABLE log (t TEXT);\n'
const second =
  "CREATE TRIGGER tr AFTER INSERT ON [it's] BEGIN INSERT INTO log VALUES (NEW.[a\"b;]); UPDATE log SET t = CASE WHEN t = ';' THEN t END; END;\n"

const objects = (s: Sandbox): readonly unknown[] => {
  const db = new DatabaseSync(join(s.dir, 'app.db'))
  try {
    return db
      .prepare("SELECT name FROM sqlite_schema WHERE name IN ('it''s', 'log', 'tr') ORDER BY 1")
      .all()
      .map((r) => r['name'])
  } finally {
    db.close()
  }
}

it('plain SQL files become revisions whose way back is worked out in a SQLite scratch database', async () => {
  const s = sandbox({
    config: { url: 'sqlite:app.db', schema: './schema.sql' },
    files: { 'db/1_first.up.sql': first, 'db/2_second.up.sql': second, 'schema.sql': first + second },
  })
  const done = await s.$('import golang-migrate db --with-downgrades')
  expect([done.code, done.stderr]).toEqual([0, expect.not.stringContaining('cannot be run')])
  expect((await s.$('upgrade head')).code).toBe(0)
  expect(objects(s)).toEqual(["it's", 'log', 'tr'])
  expect((await s.$('check')).code).toBe(0)
  expect((await s.$('downgrade -1')).code).toBe(0)
  expect(objects(s)).toEqual(["it's", 'log'])
  expect((await s.$('downgrade base')).code).toBe(0)
  expect(objects(s)).toEqual([])
})

it('a script of Alembic is cut by the same rules', async () => {
  const py = (id: string, down: string): string =>
    `"""m\n\nRevision ID: ${id}\n\n"""\nrevision = '${id}'\ndown_revision = ${down}\nbranch_labels = None\ndepends_on = None\n`
  const s = sandbox({
    config: { url: 'sqlite:app.db', schema: './schema.sql' },
    files: {
      'alembic/a1_x.py': py('a1', 'None'),
      'alembic/b1_x.py': py('b1', "'a1'"),
      'script.sql': `-- Running upgrade  -> a1\n\n${first}\n-- Running upgrade a1 -> b1\n\n${second}`,
      'schema.sql': first + second,
    },
  })
  expect((await s.$('import alembic alembic --script script.sql')).code).toBe(0)
  expect((await s.$('upgrade head')).stderr).toContain('Running upgrade a1 -> b1')
  expect(objects(s)).toEqual(["it's", 'log', 'tr'])
  expect((await s.$('check')).code).toBe(0)
})
