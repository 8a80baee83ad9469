/** specs/alembic.md section 3.2, B1 to B9: Alembic's batch block on a real SQLite file, with its parameters and without its traps. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OneRevision } from '../support/sqlite-revision.ts'

const start = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INT, CHECK (age > 0), CONSTRAINT un UNIQUE (name));
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, title TEXT);
CREATE INDEX posts_user ON posts (user_id);
CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE posts SET title = 'touched' WHERE user_id = NEW.id; END;
CREATE VIEW names AS SELECT name FROM users;
INSERT INTO users VALUES (7, 'ann', 3), (9, 'bob', 4); INSERT INTO posts VALUES (1, 7, 'x'), (2, 9, 'y');`

class Batch extends OneRevision {
  constructor(upgrade: string, downgrade = '', sql = start) {
    super(sql, upgrade, downgrade)
  }
}

const rebuilds = (log: string): number => log.match(/ALTER TABLE ambix_new_\w+ RENAME/g)?.length ?? 0

describe('a batch block', () => {
  test('B1 recreate: always rebuilds where in place would do, never refuses where the table must be rebuilt', async () => {
    const always = new Batch("op.batchAlterTable('users', { recreate: 'always' }, (b) => b.addColumn('more', text()))")
    expect(rebuilds(await always.up())).toBe(1)
    expect(always.columns('users')).toBe('id,name,age,more')
    const never = new Batch("op.batchAlterTable('users', { recreate: 'never' }, (b) => b.addColumn('more', text()))")
    expect(rebuilds(await never.up())).toBe(0)
    expect(never.columns('users')).toBe('id,name,age,more')
    const refused = new Batch(
      "op.batchAlterTable('users', { recreate: 'never' }, (b) => { b.addColumn('more', text()); b.alterColumn('age', { nullable: false }) })",
    )
    const before = refused.lines
    expect(await refused.up()).toMatch(
      /table users would have to be rebuilt for alterColumn, and recreate: 'never' forbids it/,
    )
    expect(refused.lines).toEqual(before)
  })

  test('B1 partialReordering puts columns one behind the other, with their values, and back', async () => {
    const b = new Batch(
      "op.batchAlterTable('users', { partialReordering: [['age', 'id']] }, () => {})",
      "op.batchAlterTable('users', { partialReordering: [['id', 'name', 'age']] }, () => {})",
    )
    await b.up()
    expect([b.columns('users'), b.one('SELECT group_concat(id || name || age) FROM users')]).toEqual([
      'name,age,id',
      '7ann3,9bob4',
    ])
    expect((await b.cli.run('downgrade', 'base')).code).toBe(0)
    expect(b.columns('users')).toBe('id,name,age')
  })

  test('B2 what ALTER TABLE does is done in place; an expression as default or a stored value is rebuilt', async () => {
    const inPlace = new Batch(
      "op.batchAlterTable('users', (b) => { b.addColumn('a', text().default('x')); b.createIndex('i', ['a']); b.dropIndex('i') })",
    )
    expect(rebuilds(await inPlace.up())).toBe(0)
    for (const column of ['real().default(sql`1 + 1`)', 'integer().generatedAs(sql`age * 2`)']) {
      const b = new Batch(`op.batchAlterTable('users', (b) => b.addColumn('a', ${column}))`)
      expect(rebuilds(await b.up())).toBe(1)
      expect(b.one('SELECT count(a) FROM users')).toBe(2)
    }
  })

  test('B3 the rows are moved once for all changes; another type keeps the values, and a self-reference stays', async () => {
    const b = new Batch(
      "op.batchAlterTable('t', (b) => { b.alterColumn('v', { type: integer() }); b.alterColumn('n', { nullable: false }); b.createIndex('i', ['v']) })",
      '',
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t (id) ON DELETE CASCADE, v TEXT, n TEXT); INSERT INTO t VALUES (1, NULL, '12', 'a'), (2, 1, 'abc', 'b');",
    )
    expect(rebuilds(await b.up())).toBe(1)
    expect(b.one("SELECT group_concat(id || coalesce(up, '-') || typeof(v) || v) FROM t")).toBe('1-integer12,21textabc')
    expect(b.one('SELECT "table" FROM pragma_foreign_key_list(\'t\')')).toBe('t')
  })

  test('B4 a new column stands where insertBefore and insertAfter say', async () => {
    const b = new Batch(
      "op.batchAlterTable('users', (b) => { b.addColumn('x', text(), { insertAfter: 'id' }); b.addColumn('y', text(), { insertBefore: 'age' }) })",
      "op.dropColumn('users', 'x'); op.dropColumn('users', 'y')",
    )
    const before = b.lines
    expect(rebuilds(await b.up())).toBe(1)
    expect(b.columns('users')).toBe('id,x,name,y,age')
    expect((await b.cli.run('downgrade', 'base')).code).toBe(0)
    expect(b.lines).toEqual(before)
    const unknown = new Batch("op.batchAlterTable('users', (b) => b.addColumn('x', text(), { insertAfter: 'nobody' }))")
    expect(await unknown.up()).toMatch(/there is no column users\.nobody|users\.nobody/)
  })

  test('B5 every directive of the table stands in a block, and another table does not', async () => {
    const b = new Batch(
      `op.batchAlterTable('posts', (b) => {
  b.addColumn('n', integer().notNull().default(1)); b.alterColumn('title', { default: 'none', newColumnName: 'head' })
  b.createUniqueConstraint('u', ['head', 'n']); b.createCheckConstraint('c', sql\`n > 0\`); b.dropConstraint('posts_user_id_fkey')
  b.createForeignKey('f', 'users', ['user_id'], ['id'], { onDelete: 'set null' }); b.dropIndex('posts_user'); b.createIndex('i', ['head'])
  b.execute("UPDATE posts SET n = 2")
})`,
      '',
      start.replace(/CREATE TRIGGER[^]*?END;/, ''),
    )
    expect(await b.up()).not.toContain('exit')
    expect(b.lines).toEqual(
      expect.arrayContaining([
        'table posts check n>0',
        'table posts foreign key users user_id->id NO ACTION SET NULL false',
      ]),
    )
    expect(b.one('SELECT sum(n) FROM posts')).toBe(4)
    const outside = new Batch("op.batchAlterTable('posts', (b) => b.dropTable('posts'))")
    expect(await outside.up()).toMatch(/does not belong into a batch/)
  })

  test('B6 constraints without a name are kept, have a name to be dropped by, and go with their column', async () => {
    const b = new Batch("op.batchAlterTable('users', (b) => b.alterColumn('name', { nullable: false }))")
    await b.up()
    expect(b.lines).toEqual(expect.arrayContaining(['table users check age>0']))
    b.write('b1', "'a1'", "op.batchAlterTable('users', (b) => b.dropConstraint('users_age_check'))")
    await b.up()
    expect(b.lines.filter((l) => l.includes('check'))).toEqual([])
    const gone = new Batch("op.batchAlterTable('users', (b) => b.dropColumn('age'))")
    expect(await gone.up()).not.toContain('exit')
    expect(gone.lines.filter((l) => l.includes('check'))).toEqual([])
  })

  test('B7 an offline script takes the table from the revisions, and says so where they do not tell it', async () => {
    const b = new Batch(
      "op.createTable('t', { id: integer().primaryKey(), a: text() })",
      "op.dropTable('t')",
      'CREATE TABLE other (a)',
    )
    b.write('b1', "'a1'", "op.batchAlterTable('t', (b) => b.alterColumn('a', { nullable: false }))")
    const script = await b.cli.run('upgrade', 'head', '--sql')
    expect(script.code).toBe(0)
    b.look((d) => d.exec(script.stdout))
    expect(b.lines).toEqual(expect.arrayContaining(['table t column a text 1 null 0 0']))
    const blind = new Batch(
      "op.execute('CREATE TABLE t (a)'); op.batchAlterTable('t', (b) => b.alterColumn('a', { nullable: false }))",
    )
    const refused = await blind.cli.run('upgrade', 'head', '--sql')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('may have changed t')])
  })

  test('B8 no trap: child rows stay, triggers and views stay, a failure leaves nothing behind, nothing is skipped silently', async () => {
    const b = new Batch(
      "op.batchAlterTable('users', { recreate: 'always' }, (b) => b.alterColumn('age', { type: real() }))",
    )
    const before = b.lines.filter((l) => /^(trigger|view)/.test(l))
    await b.up()
    expect(b.one('SELECT count(*) FROM posts')).toBe(2)
    expect(b.lines.filter((l) => /^(trigger|view)/.test(l))).toEqual(before)
    for (const [body, words] of [
      ["b.alterColumn('age', { nullable: false }); b.createUniqueConstraint('u', ['nobody'])", /nobody/],
      ["b.alterColumn('name', { newColumnName: 'nick' }); b.createUniqueConstraint('u', ['name'])", /name/],
      ["b.createCheckConstraint('c', sql`age > 3`)", /CHECK constraint failed/],
    ] as const) {
      const failing = new Batch(`op.batchAlterTable('users', (b) => { ${body} })`)
      const was = failing.lines
      expect(await failing.up()).toMatch(words)
      expect(failing.lines).toEqual(was)
      failing.write('a1', 'null', "op.batchAlterTable('users', (b) => b.alterColumn('age', { nullable: false }))")
      expect(await failing.up()).not.toContain('exit')
    }
    // The new name of a renamed column is known to the constraints after it; an index goes with its column.
    const renamed = new Batch(
      "op.batchAlterTable('posts', (b) => { b.alterColumn('title', { newColumnName: 'head' }); b.createUniqueConstraint('u', ['head']); b.dropColumn('user_id') })",
      '',
      start.replace(/CREATE TRIGGER[^]*?END;/, ''),
    )
    expect(await renamed.up()).not.toContain('exit')
    expect(renamed.lines.filter((l) => l.startsWith('table posts index'))).toEqual([
      expect.stringContaining('(head 0 binary)'),
    ])
  })

  test('B9 autogenerate writes plain operations, which need no block', async () => {
    const b = new Batch('')
    await b.up()
    writeFileSync(
      join(b.cli.dir, 'schema.sql'),
      start
        .replace('name TEXT', 'name TEXT NOT NULL')
        .replace('age INT,', 'age INT, more TEXT,')
        .replace(/INSERT[^]*/, ''),
    )
    const made = await b.cli.run('revision', '--autogenerate', '-m', 'x', '--rev-id', 'b1')
    expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining('error')])
    expect(rebuilds(await b.up())).toBe(1)
    expect((await b.cli.run('check')).code).toBe(0)
  })
})
