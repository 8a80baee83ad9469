/** Histories of knex, Kysely and Sequelize on SQLite and MariaDB: their code is run as on the project's database, and recorded as its SQL. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { installed, runLines } from './project.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

interface History {
  readonly tool: string
  readonly files: Readonly<Record<string, string>>
}

/** Users; posts with a key, an index and rows; a column more, and one that changes. */
const histories: readonly History[] = [
  {
    tool: 'knex',
    files: {
      'm/20240101100000_users.mjs': `export const up = (knex) => knex.schema.createTable('users', (t) => { t.increments('id'); t.string('email', 80).notNullable().unique('users_email'); t.enu('role', ['a', 'b']).notNullable().defaultTo('a') })
export const down = (knex) => knex.schema.dropTable('users')
`,
      'm/20240102100000_posts.mjs': `export async function up(knex) {
  await knex('users').insert({ id: 1, email: "it's? \\\\ $1" })
  const [other] = await knex('users').insert({ email: 'other' })
  if (!(other > 1)) throw new Error('no id: ' + other)
  if (!(await knex.schema.hasTable('posts'))) await knex.schema.createTable('posts', (t) => { t.integer('id').primary(); t.integer('user_id').unsigned().references('users.id').onDelete('CASCADE'); t.index(['user_id'], 'posts_user') })
  await knex('posts').insert({ id: 1, user_id: 1 })
}
export const down = async (knex) => { await knex.schema.dropTable('posts'); await knex('users').delete() }
`,
      'm/20240103100000_more.mjs': `export async function up(knex) {
  const rows = await knex('users').where({ email: "it's? \\\\ $1" }).select('id')
  await knex.schema.alterTable('users', (t) => { t.string('name', 20) })
  await knex('users').where({ id: rows[0].id }).update({ name: 'Zoë' })
  await knex.schema.alterTable('posts', (t) => { t.renameColumn('user_id', 'author_id') })
}
export async function down(knex) {
  await knex.schema.alterTable('posts', (t) => { t.renameColumn('author_id', 'user_id') })
  await knex.schema.alterTable('users', (t) => { t.dropColumn('name') })
}
`,
    },
  },
  {
    tool: 'kysely',
    files: {
      'm/001_users.ts': `import { type Kysely, sql } from 'kysely'
export const up = (db: Kysely<never>) => db.schema.createTable('users').addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement()).addColumn('email', 'varchar(80)', (c) => c.notNull().unique()).addColumn('role', 'varchar(9)', (c) => c.notNull().defaultTo('a').check(sql\`role in ('a', 'b')\`)).execute()
export const down = (db: Kysely<never>) => db.schema.dropTable('users').execute()
`,
      'm/002_posts.ts': `import type { Kysely } from 'kysely'
export async function up(db: Kysely<any>) {
  await db.insertInto('users').values({ id: 1, email: "it's? \\\\ $1" }).execute()
  const { id } = await db.selectFrom('users').select('id').where('email', '=', "it's? \\\\ $1").executeTakeFirstOrThrow()
  await db.schema.createTable('posts').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('user_id', 'integer').addForeignKeyConstraint('posts_users', ['user_id'], 'users', ['id']).execute()
  await db.schema.createIndex('posts_user').on('posts').column('user_id').execute()
  await db.insertInto('posts').values({ id: 1, user_id: id }).execute()
}
export async function down(db: Kysely<any>) { await db.schema.dropTable('posts').execute(); await db.deleteFrom('users').execute() }
`,
      'm/003_more.ts': `import type { Kysely } from 'kysely'
export async function up(db: Kysely<any>) { await db.schema.alterTable('users').addColumn('name', 'varchar(20)').execute(); await db.updateTable('users').set({ name: 'Zoë' }).execute(); await db.schema.alterTable('posts').renameColumn('user_id', 'author_id').execute() }
export async function down(db: Kysely<any>) { await db.schema.alterTable('posts').renameColumn('author_id', 'user_id').execute(); await db.schema.alterTable('users').dropColumn('name').execute() }
`,
    },
  },
  {
    tool: 'sequelize',
    files: {
      'm/20240101100000-users.mjs': `import { DataTypes } from 'sequelize'
export const up = ({ context: q }) => q.createTable('users', { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, email: { type: DataTypes.STRING(80), allowNull: false, unique: true }, role: { type: DataTypes.ENUM('a', 'b'), allowNull: false, defaultValue: 'a' } })
export const down = ({ context: q }) => q.dropTable('users')
`,
      'm/20240102100000-posts.mjs': `import { DataTypes } from 'sequelize'
export async function up({ context: q }) {
  await q.bulkInsert('users', [{ id: 1, email: "it's? \\\\ $1" }])
  const [rows] = await q.sequelize.query('SELECT id FROM users WHERE email = ?', { replacements: ["it's? \\\\ $1"] })
  await q.createTable('posts', { id: { type: DataTypes.INTEGER, primaryKey: true }, user_id: { type: DataTypes.INTEGER, references: { model: 'users', key: 'id' }, onDelete: 'CASCADE' } })
  await q.addIndex('posts', ['user_id'], { name: 'posts_user' })
  await q.bulkInsert('posts', [{ id: 1, user_id: rows[0].id }])
}
export const down = async ({ context: q }) => { await q.dropTable('posts'); await q.bulkDelete('users', {}) }
`,
      'm/20240103100000-more.mjs': `import { DataTypes } from 'sequelize'
export async function up({ context: q }) {
  const there = await q.describeTable('users')
  if (!('name' in there)) await q.addColumn('users', 'name', { type: DataTypes.STRING(20) })
  await q.bulkUpdate('users', { name: 'Zoë' }, { id: 1 })
  await q.renameColumn('posts', 'user_id', 'author_id')
}
export async function down({ context: q }) { await q.renameColumn('posts', 'author_id', 'user_id'); await q.sequelize.query('ALTER TABLE users DROP COLUMN name') }
`,
    },
  },
]

/** Imported and recorded, up, down and up by ambix alone. */
function recorded(history: History, url: string): void {
  expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
  const dir = folderOf({ 'package.json': '{ "type": "module" }', ...history.files })
  symlinkSync(here('./node_modules'), join(dir, 'node_modules'))
  mkdirSync(join(dir, 'ambix'))
  writeFileSync(join(dir, 'ambix.config.json'), JSON.stringify({ url, migrations: './ambix', schema: './none.sql' }))
  const said = runLines(dir, [
    ['import', history.tool, 'm', '--record'],
    ['upgrade', 'head'],
    ['downgrade', 'base'],
    ['upgrade', 'head'],
  ])
  expect(said.match(/^Running upgrade/gm)).toHaveLength(6)
  expect(said.match(/^Running downgrade/gm)).toHaveLength(3)
}

const query = 'SELECT u.email, u.role, u.name, p.author_id FROM users u JOIN posts p ON p.author_id = u.id'
const row = ["it's? \\ $1", 'a', 'Zoë', '1']

describe('histories on SQLite', () => {
  test.each(histories)('$tool', (history) => {
    const file = join(folderOf({}), 'a.db')
    recorded(history, `sqlite:${file}`)
    const db = new DatabaseSync(file)
    expect(
      db
        .prepare(query)
        .all()
        .map((r) => Object.values(r).map(String)),
    ).toEqual([row])
    db.close()
  })
})

describeMysql('histories on MariaDB', () => {
  test.each(histories)('$tool', async (history) => {
    const url = await mysqlDatabase()
    recorded(history, url)
    const db = await open(url)
    expect(await db.values(query)).toEqual([row])
    await db.close()
  })
})
