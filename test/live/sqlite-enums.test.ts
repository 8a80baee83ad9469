/** The life of an enum on SQLite (specs/enums.md section 10): the models, hints and operations are those of PostgreSQL, the labels stand in CHECKs. */
import { DatabaseSync } from 'node:sqlite'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Cli, project } from '../support/acceptance.ts'

const open: Cli[] = []
afterEach(() => {
  for (const cli of open.splice(0)) cli.close()
})

/** A module of models with one enum and two tables that use it. */
const models = (labels: readonly string[], fallback: string | undefined = labels[0]): string =>
  `import { table, enumType, integer, text } from 'ambix/schema'
export const status = enumType('status', ${JSON.stringify(labels)})
export const posts = table('posts', {
  id: integer().primaryKey(),
  title: text(),
  status: status().notNull()${fallback === undefined ? '' : `.default('${fallback}')`},
})
export const logs = table('logs', { id: integer().primaryKey(), was: status(), postId: integer().references(() => posts.id, { onDelete: 'cascade' }) })
`

class Life {
  readonly cli: Cli
  constructor(schema: string) {
    this.cli = project('sqlite:./app.db', '', JSON.stringify({ schema: './schema.ts' }))
    open.push(this.cli)
    this.declare(schema)
  }
  declare(schema: string): void {
    // Modules are loaded once: each state of the models is a file of its own.
    writeFileSync(join(this.cli.dir, 'schema.ts'), schema)
  }
  async run(...args: string[]): Promise<string> {
    const done = await this.cli.run(...args)
    if (done.code !== 0) throw new Error(`ambix ${args.join(' ')} (exit ${done.code}): ${done.stdout}${done.stderr}`)
    return `${done.stdout}${done.stderr}`
  }
  async revise(id: string, hints: readonly unknown[] = []): Promise<string> {
    writeFileSync(join(this.cli.dir, 'hints.json'), JSON.stringify(hints))
    await this.run('revision', '--autogenerate', '-m', id, '--rev-id', id, '--hints', join(this.cli.dir, 'hints.json'))
    const file = readdirSync(join(this.cli.dir, 'migrations')).find((f) => f.includes(`_${id}.`))!
    return readFileSync(join(this.cli.dir, 'migrations', file), 'utf8')
  }
  write(id: string, down: string | null, upgrade: string, downgrade?: string): void {
    writeFileSync(
      join(this.cli.dir, 'migrations', `20260101_0000_${id}_${id}.ts`),
      `import type { Operations } from 'ambix'
export const revision = '${id}'
export const downRevision = ${JSON.stringify(down)}
export function upgrade(op: Operations): void { ${upgrade} }
${downgrade === undefined ? '' : `export function downgrade(op: Operations): void { ${downgrade} }`}`,
    )
  }
  rows(sql: string): string {
    const db = new DatabaseSync(join(this.cli.dir, 'app.db'))
    try {
      if (/^(insert|update|delete)/i.test(sql)) {
        db.exec(sql)
        return ''
      }
      return db
        .prepare(sql)
        .all()
        .map((r) => Object.values(r).join('|'))
        .join(' ')
    } finally {
      db.close()
    }
  }
  /** There, clean, back, clean, and there again. */
  async clean(): Promise<void> {
    await this.run('upgrade', 'head')
    await this.run('check')
  }
}

async function begun(labels: readonly string[]): Promise<Life> {
  const life = new Life(models(labels))
  await life.revise('a1')
  await life.clean()
  life.rows(`INSERT INTO posts VALUES (1, 'x', '${labels[0]}'), (2, 'y', '${labels[1]}')`)
  life.rows(`INSERT INTO logs VALUES (1, '${labels[1]}', 1), (2, NULL, 2)`)
  return life
}

const posts = 'SELECT status FROM posts ORDER BY id'
const logs = 'SELECT was FROM logs ORDER BY id'

describe('an enum on SQLite', () => {
  test('is created once, as a CHECK of every column, and goes with them', async () => {
    const life = await begun(['draft', 'done'])
    expect(life.rows("SELECT sql FROM sqlite_schema WHERE name = 'posts'")).toContain(
      "CONSTRAINT enum_status CHECK (status IN ('draft', 'done'))",
    )
    expect(() => life.rows("INSERT INTO posts VALUES (3, 'z', 'other')")).toThrow(/enum_status/)
    expect((await life.cli.run('revision', '--autogenerate', '-m', 'none')).stderr).toMatch(/nothing|no change/i)
    await life.run('downgrade', 'base')
    expect(life.rows("SELECT count(*) FROM sqlite_schema WHERE name IN ('posts', 'logs')")).toBe('0')
  })

  test('takes a label at the end and in the middle; on the way back rows become what was said', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['draft', 'review', 'done', 'gone']))
    const file = await life.revise('b1', [
      { remap: 'value', enum: 'status', from: 'gone', to: 'done', direction: 'down' },
    ])
    expect(file).toContain("op.addEnumValue('status', 'review', { after: 'draft' })")
    await life.clean()
    expect(life.rows('SELECT count(*) FROM logs')).toBe('2')
    life.rows("UPDATE posts SET status = 'gone' WHERE id = 2")
    await life.run('downgrade', 'a1')
    expect(life.rows(posts)).toBe('draft done')
    expect(life.rows('SELECT count(*) FROM logs')).toBe('2')
    await life.clean()
  })

  test('a label that rows use is not removed without being told what they become', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['draft', 'new']))
    const refused = await life.cli.run('revision', '--autogenerate', '-m', 'b', '--rev-id', 'b1')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('done')
  })

  test('a label is renamed with its rows, and back', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['draft', 'finished']))
    const file = await life.revise('b1', [{ rename: 'value', enum: 'status', from: 'done', to: 'finished' }])
    expect(file).toContain("op.renameEnumValue('status', 'done', 'finished')")
    await life.clean()
    expect([life.rows(posts), life.rows(logs)]).toEqual(['draft finished', 'finished '])
    await life.run('downgrade', 'a1')
    expect([life.rows(posts), life.rows(logs)]).toEqual(['draft done', 'done '])
    await life.clean()
  })

  test('a label that is a default is renamed, default and all', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['new', 'done']))
    await life.revise('b1', [{ rename: 'value', enum: 'status', from: 'draft', to: 'new' }])
    await life.clean()
    life.rows('INSERT INTO posts (id) VALUES (9)')
    expect(life.rows(posts)).toBe('new done new')
    await life.run('downgrade', 'a1')
    expect(life.rows(posts)).toBe('draft done draft')
  })

  test('labels are removed with a remap, both ways', async () => {
    const life = await begun(['draft', 'done', 'gone'])
    life.declare(models(['draft', 'gone']))
    await life.revise('b1', [{ remap: 'value', enum: 'status', from: 'done', to: 'gone' }])
    await life.clean()
    expect([life.rows(posts), life.rows(logs)]).toEqual(['draft gone', 'gone '])
    await life.run('downgrade', 'a1')
    expect(life.rows('SELECT count(*) FROM posts')).toBe('2')
    await life.clean()
  })

  test('labels are put in another order', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['done', 'draft'], 'draft'))
    await life.revise('b1')
    await life.clean()
    expect(life.rows("SELECT sql FROM sqlite_schema WHERE name = 'logs'")).toContain("('done', 'draft')")
    await life.run('downgrade', 'a1')
    await life.clean()
  })

  test('a text column becomes an enum by a map, and text again', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['draft', 'done']).replace('title: text()', 'title: status()'))
    await life.revise('b1', [{ map: 'posts.title', values: { x: 'draft', y: 'done' } }])
    await life.clean()
    expect(life.rows('SELECT title FROM posts')).toBe('draft done')
    await life.run('downgrade', 'a1')
    expect(life.rows('SELECT count(*) FROM posts')).toBe('2')
  })

  test('hand-written operations need no uses: the tables are found', async () => {
    const life = await begun(['draft', 'done'])
    life.write(
      'b1',
      'a1',
      "op.addEnumValue('status', 'x', { before: 'done' }); op.renameEnumValue('status', 'done', 'end'); op.alterColumn('posts', 'title', { nullable: false })",
    )
    life.write(
      'c1',
      'b1',
      "op.alterEnum('status', { from: ['draft', 'x', 'end'], to: ['end', 'draft'], remap: { x: 'draft' } })",
    )
    await life.run('upgrade', 'b1')
    life.rows("UPDATE posts SET status = 'x' WHERE id = 1")
    await life.run('upgrade', 'head')
    expect([life.rows(posts), life.rows(logs)]).toEqual(['draft end', 'end '])
    life.declare(models(['end', 'draft'], 'draft').replace('title: text()', 'title: text().notNull()'))
    await life.run('check')
    await life.run('downgrade', 'a1')
    expect([life.rows(posts), life.rows(logs)]).toEqual(['draft done', 'done '])
  })

  test('a label that rows use is not dropped by hand without a remap: nothing is done, and the rows are counted', async () => {
    const life = await begun(['draft', 'done'])
    life.write('b1', 'a1', "op.dropEnumValue('status', 'done')", '')
    const done = await life.cli.run('upgrade', 'head')
    expect(done.code).not.toBe(0)
    expect(done.stderr).toMatch(/1 rows? of (posts|logs) hold the label 'done'/)
    expect(life.rows(posts)).toBe('draft done')
  })

  test('an enum without labels holds NULL alone, takes labels later and gives them back', async () => {
    const life = new Life(models([], undefined).replace('status().notNull()', 'status()'))
    await life.revise('a1')
    await life.clean()
    life.rows("INSERT INTO posts VALUES (1, 'x', NULL)")
    expect(() => life.rows("INSERT INTO posts VALUES (2, 'y', '')")).toThrow(/enum_status/)
    life.declare(models(['draft', 'done'], undefined).replace('status().notNull()', 'status()'))
    await life.revise('b1', [
      { remap: 'value', enum: 'status', from: 'draft', to: null, direction: 'down' },
      { remap: 'value', enum: 'status', from: 'done', to: null, direction: 'down' },
    ])
    await life.clean()
    life.rows("INSERT INTO posts VALUES (2, 'y', 'done')")
    await life.run('downgrade', 'a1')
    expect(life.rows(posts)).toBe(' ')
    await life.clean()
    life.write('c1', 'b1', "op.createEnum('none', []); op.addEnumValue('none', 'a'); op.dropEnum('none')", '')
    await life.clean()
  })

  test('the enum is renamed, and dropped when nobody uses it', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['draft', 'done']).replace("enumType('status'", "enumType('state'"))
    await life.revise('b1', [{ rename: 'enum', from: 'status', to: 'state' }])
    await life.clean()
    expect(life.rows("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%enum_state%'")).toBe('2')
    await life.run('downgrade', 'a1')
    await life.clean()
    rmSync(join(life.cli.dir, 'hints.json'))
  })

  test('offline scripts change the labels too, both ways', async () => {
    const life = await begun(['draft', 'done'])
    life.declare(models(['draft', 'finished']))
    await life.revise('b1', [{ rename: 'value', enum: 'status', from: 'done', to: 'finished' }])
    const up = (await life.cli.run('upgrade', 'a1:b1', '--sql')).stdout
    const down = (await life.cli.run('downgrade', 'b1:a1', '--sql')).stdout
    const db = new DatabaseSync(join(life.cli.dir, 'app.db'))
    db.exec(up)
    expect(life.rows(posts)).toBe('draft finished')
    expect(life.rows('SELECT count(*) FROM logs')).toBe('2')
    db.exec(down)
    db.close()
    expect(life.rows(posts)).toBe('draft done')
    expect(life.rows('SELECT version_num FROM ambix_version')).toBe('a1')
  })
})
