/** Issue 11, figures: a process that is killed at every statement of a SQLite rebuild, up and down; one plain run finishes it. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { OneRevision } from '../support/sqlite-revision.ts'

const start = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, title TEXT);
CREATE INDEX posts_user ON posts (user_id);
CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE posts SET title = 'touched' WHERE user_id = NEW.id; END;
CREATE VIEW names AS SELECT name FROM users;
INSERT INTO users VALUES (7, 'ann'), (9, 'bob'); INSERT INTO posts VALUES (1, 7, 'x'), (2, 9, 'y');`

test('killed at every statement', { timeout: 900_000 }, async () => {
  const r = new OneRevision(
    start,
    "op.alterColumn('users', 'name', { nullable: false }); op.alterColumn('posts', 'title', { default: 'none' })",
    "op.alterColumn('posts', 'title', { default: null }); op.alterColumn('users', 'name', { nullable: true })",
  )
  const { dir } = r.cli
  const old = r.lines
  copyFileSync(join(dir, 'app.db'), join(dir, 'base.kept'))
  const driver = JSON.stringify(new URL('../../src/drivers/node-sqlite.ts', import.meta.url).href)
  const config = join(dir, 'kill.config.mjs')
  writeFileSync(
    config,
    `import { nodeSqlite } from ${driver}
import { writeFileSync } from 'node:fs'
let n = 0
const onSql = () => {
  writeFileSync('${dir}/reached', String(++n))
  if (n === Number(process.env.KILL_AT)) process.kill(process.pid, 'SIGKILL')
}
const driver = { ...nodeSqlite, open: (url, options) => nodeSqlite.open(url, { ...options, onSql }) }
export default { driver, url: 'sqlite:./app.db', schema: './schema.sql', migrations: './migrations' }
`,
  )
  const program = fileURLToPath(new URL('../cli/program.mjs', import.meta.url))
  const put = (kept: string): void => {
    for (const file of readdirSync(dir)) if (file.startsWith('app.db')) rmSync(join(dir, file))
    copyFileSync(join(dir, kept), join(dir, 'app.db'))
  }
  let kills = 0
  const allOf = async (from: string, words: readonly string[], before: readonly string[]): Promise<void> => {
    put(from)
    expect((await r.cli.run(...words)).code).toBe(0)
    const after = r.lines
    expect(after).not.toEqual(before)
    for (let at = 1; ; at++) {
      put(from)
      const run = spawnSync(process.execPath, [program, ...words, '--config', config], {
        cwd: dir,
        env: { ...process.env, KILL_AT: String(at) },
      })
      if (run.signal !== 'SIGKILL') {
        // There is no such statement any more.
        expect([run.status, existsSync(join(dir, 'reached'))]).toEqual([0, true])
        return
      }
      kills++
      // The old tables are whole, or the new ones are.
      expect([before, after]).toContainEqual(r.lines)
      expect((await r.cli.run(...words)).code).toBe(0)
      expect([at, r.lines]).toEqual([at, after])
      expect(r.one('SELECT (SELECT group_concat(id || name) FROM users) || (SELECT group_concat(id) FROM posts)')).toBe(
        '7ann,9bob1,2',
      )
    }
  }
  await allOf('base.kept', ['upgrade', 'head'], old)
  copyFileSync(join(dir, 'app.db'), join(dir, 'head.kept'))
  await allOf('head.kept', ['downgrade', 'base'], r.lines)
  expect(kills).toBeGreaterThan(40)
})
