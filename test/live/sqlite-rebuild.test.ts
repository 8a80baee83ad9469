/** What a rebuild must not do (specs/alembic.md B8, issue 11): lose rows of others, triggers, raw changes, or leave anything half done. */
import { spawnSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { type Cli, project } from '../support/acceptance.ts'
import { schemaLines } from '../support/sqlite-cases.ts'

const open: Cli[] = []
afterEach(() => {
  for (const cli of open.splice(0)) cli.close()
})

const old = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, title TEXT);
CREATE INDEX posts_user ON posts (user_id);
CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE posts SET title = 'touched' WHERE user_id = NEW.id; END;
CREATE VIEW names AS SELECT name FROM users;
INSERT INTO users VALUES (7, 'ann'), (9, 'bob');
INSERT INTO posts VALUES (1, 7, 'x'), (2, 9, 'y');`

interface Started {
  readonly cli: Cli
  db<T>(use: (db: DatabaseSync) => T): T
  revision(id: string, down: string | null, upgrade: string, downgrade?: string): void
}

function started(sql = old, config = '{}'): Started {
  const cli = project('sqlite:./app.db', '', config)
  open.push(cli)
  const db = <T>(use: (db: DatabaseSync) => T): T => {
    const opened = new DatabaseSync(join(cli.dir, 'app.db'))
    try {
      return use(opened)
    } finally {
      opened.close()
    }
  }
  db((d) => d.exec(sql))
  mkdirSync(join(cli.dir, 'migrations'), { recursive: true })
  return {
    cli,
    db,
    revision: (id, down, upgrade, downgrade = '') =>
      writeFileSync(
        join(cli.dir, 'migrations', `${id}.ts`),
        `import type { Operations } from 'ambix'
import { text, integer } from 'ambix/schema'
export const revision = '${id}'
export const downRevision = ${JSON.stringify(down)}
export function upgrade(op: Operations): void { ${upgrade} }
export function downgrade(op: Operations): void { ${downgrade}; text; integer }`,
      ),
  }
}

const count = (db: DatabaseSync, table: string): unknown =>
  (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: unknown }).n

describe('a rebuild', () => {
  test('of a table that others refer to deletes none of their rows, in one transaction over all revisions neither', async () => {
    for (const config of ['{}', '{"transactionPerMigration":false}']) {
      const s = started(old, config)
      s.revision('a1', null, "op.addColumn('posts', 'more', text())")
      s.revision('b1', 'a1', "op.alterColumn('users', 'name', { nullable: false })")
      const done = await s.cli.run('upgrade', 'head')
      expect(done.stderr).not.toContain('error')
      expect(done.code).toBe(0)
      expect(
        s.db((d) => [count(d, 'posts'), count(d, 'users'), count(d, "sqlite_schema WHERE type = 'trigger'")]),
      ).toEqual([2, 2, 1])
      expect(s.db((d) => d.prepare('PRAGMA foreign_key_check').all())).toEqual([])
    }
  })

  test('is one for all changes of a table in a revision, whatever stands between them', async () => {
    const s = started()
    s.revision(
      'a1',
      null,
      `op.alterColumn('users', 'name', { nullable: false })
op.createTable('other', { id: integer().primaryKey() })
op.addColumn('users', 'age', integer().notNull(), { backfill: { value: 1 } })
op.createUniqueConstraint('u', 'users', ['age', 'name'])
op.alterColumn('users', 'name', { newColumnName: 'nick' })
op.alterColumn('users', 'nick', { default: 'x' })`,
    )
    const script = await s.cli.run('upgrade', 'head', '--sql')
    expect(script.stderr).toContain('users')
    expect(script.code).toBe(1)
    const done = await s.cli.run('upgrade', 'head', '--log-sql')
    expect(done.code).toBe(0)
    expect(done.stderr.match(/ALTER TABLE ambix_new_\w+ RENAME/g)).toHaveLength(1)
    expect(s.db((d) => d.prepare('SELECT nick, age FROM users').all())).toEqual([
      { nick: 'ann', age: 1 },
      { nick: 'bob', age: 1 },
    ])
    expect(s.db((d) => count(d, 'names'))).toBe(2)
  })

  test('sees what raw SQL before it did to the table, and keeps it', async () => {
    const s = started()
    s.revision(
      'a1',
      null,
      `op.execute("ALTER TABLE users ADD COLUMN extra TEXT DEFAULT 'kept'")
op.execute("CREATE TRIGGER own AFTER DELETE ON users BEGIN SELECT 1; END")
op.execute("UPDATE users SET name = 'ann' WHERE name IS NULL")
op.alterColumn('users', 'name', { nullable: false })`,
    )
    const offline = await s.cli.run('upgrade', 'head', '--sql')
    expect(offline.code).toBe(1)
    expect(offline.stderr).toContain('op.execute before it may have changed users')
    const done = await s.cli.run('upgrade', 'head')
    expect(done.stderr).not.toContain('error')
    expect(s.db((d) => d.prepare('SELECT extra FROM users WHERE id = 7').get())).toEqual({ extra: 'kept' })
    expect(s.db((d) => count(d, "sqlite_schema WHERE type = 'trigger'"))).toBe(2)
  })

  test('refuses a new foreign key that rows do not fit, and leaves all as it was', async () => {
    const s = started(`${old} INSERT INTO posts VALUES (3, NULL, '99');`)
    const before = s.db(schemaLines)
    s.revision(
      'a1',
      null,
      "op.alterColumn('posts', 'title', { type: integer() }); op.createForeignKey('f', 'posts', 'users', ['title'], ['id'])",
    )
    const done = await s.cli.run('upgrade', 'head')
    expect(done.code).not.toBe(0)
    expect(done.stderr).toContain('refers to a row of users that is not there')
    expect(s.db(schemaLines)).toEqual(before)
  })

  test('does not hide what deletes of the same revision leave dangling', async () => {
    const s = started()
    s.revision(
      'a1',
      null,
      "op.execute('DELETE FROM users WHERE id = 7'); op.alterColumn('users', 'name', { nullable: false })",
    )
    const done = await s.cli.run('upgrade', 'head')
    // Either the rows went along, or nothing was done: never a row without its parent.
    expect(s.db((d) => d.prepare('PRAGMA foreign_key_check').all())).toEqual([])
    expect(done.code === 0 ? s.db((d) => count(d, 'posts')) : s.db((d) => count(d, 'users'))).toBe(
      done.code === 0 ? 1 : 2,
    )
  })

  test('of a table that nobody refers to lets the deletes of its revision go on to other rows', async () => {
    const s = started()
    s.revision(
      'a1',
      null,
      "op.execute('DELETE FROM users WHERE id = 7'); op.alterColumn('posts', 'title', { nullable: false })",
    )
    expect((await s.cli.run('upgrade', 'head')).code).toBe(0)
    expect(s.db((d) => count(d, 'posts'))).toBe(1)
  })

  test('fails where a view or a trigger names a column that goes, as SQLite does in place', async () => {
    for (const sql of ["op.dropColumn('users', 'name')", "op.dropColumn('posts', 'title')"]) {
      const s = started()
      const before = s.db(schemaLines)
      s.revision('a1', null, sql)
      const done = await s.cli.run('upgrade', 'head')
      expect(done.stderr).toMatch(/no such column: (name|title)/)
      expect(s.db(schemaLines)).toEqual(before)
    }
  })

  test('that is killed at any statement leaves the old table whole, and one plain run finishes it', async () => {
    const s = started()
    s.revision(
      'a1',
      null,
      "op.alterColumn('users', 'name', { nullable: false }); op.alterColumn('posts', 'title', { default: 'none' })",
      "op.alterColumn('posts', 'title', { default: null }); op.alterColumn('users', 'name', { nullable: true })",
    )
    const before = s.db(schemaLines)
    copyFileSync(join(s.cli.dir, 'app.db'), join(s.cli.dir, 'start.db'))
    // Before each statement the files are copied as a process that is killed there would leave them; three are killed indeed.
    const config = join(s.cli.dir, 'kill.config.mjs')
    const driver = JSON.stringify(new URL('../../src/drivers/node-sqlite.ts', import.meta.url).href)
    writeFileSync(
      config,
      `import { nodeSqlite } from ${driver}
import { copyFileSync, existsSync } from 'node:fs'
let n = 0
const onSql = (sql) => {
  if (process.env.KILL_AT !== undefined && sql.startsWith(process.env.KILL_AT)) process.kill(process.pid, 'SIGKILL')
  for (const end of ['', '-journal'])
    if (process.env.KILL_AT === undefined && existsSync('${s.cli.dir}/app.db' + end)) copyFileSync('${s.cli.dir}/app.db' + end, '${s.cli.dir}/at' + n + '.db' + end)
  n++
}
const driver = { ...nodeSqlite, open: (url, options) => nodeSqlite.open(url, { ...options, onSql }) }
export default { driver, url: 'sqlite:./app.db', schema: './schema.sql', migrations: './migrations' }
`,
    )
    const put = (name: string): void => {
      for (const end of ['', '-journal']) {
        rmSync(join(s.cli.dir, `app.db${end}`), { force: true })
        if (existsSync(join(s.cli.dir, `${name}${end}`)))
          copyFileSync(join(s.cli.dir, `${name}${end}`), join(s.cli.dir, `app.db${end}`))
      }
    }
    const finish = async (): Promise<void> => {
      const applied = s.db(
        (d) =>
          count(d, "sqlite_schema WHERE name = 'ambix_version'") === 1 &&
          (d.prepare('SELECT version_num FROM ambix_version').get() as { version_num?: string } | undefined)
            ?.version_num === 'a1',
      )
      expect(s.db((d) => [count(d, 'users'), count(d, 'posts')])).toEqual([2, 2])
      if (!applied) expect(s.db(schemaLines)).toEqual(before)
      expect((await s.cli.run('upgrade', 'head')).code).toBe(0)
      expect(
        s.db((d) => [count(d, 'users'), count(d, 'posts'), count(d, "sqlite_schema WHERE name LIKE 'ambix_new%'")]),
      ).toEqual([2, 2, 0])
      expect(s.db(schemaLines)).not.toEqual(before)
    }
    expect((await s.cli.run('upgrade', 'head', '--config', config)).code).toBe(0)
    let statements = 0
    for (; existsSync(join(s.cli.dir, `at${statements}.db`)); statements++) {
      put(`at${statements}.db`)
      await finish()
    }
    const program = fileURLToPath(new URL('../cli/program.mjs', import.meta.url))
    for (const at of ['DROP TABLE users', 'ALTER TABLE ambix_new_posts', 'COMMIT']) {
      put('start.db')
      const run = spawnSync(process.execPath, [program, 'upgrade', 'head', '--config', config], {
        cwd: s.cli.dir,
        env: { ...process.env, KILL_AT: at },
      })
      expect(run.signal).toBe('SIGKILL')
      await finish()
    }
    // Two rebuilds with all around them.
    expect(statements).toBeGreaterThan(15)
    expect(statements).toBeLessThan(100)
  })
})
