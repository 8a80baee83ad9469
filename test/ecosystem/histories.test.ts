/** Histories that the tools themselves made and applied: imported, their code recorded as SQL, stamped and gone on with. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { installed, runLines } from './project.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

interface History {
  readonly tool: string
  readonly folder: string
  /** Three migrations: users; posts with a key and an index; an enum column. The program applies the first two. */
  readonly files: Readonly<Record<string, string>>
  readonly program: string
  /** What must be true in the end. */
  readonly fact?: string
}

const loader = `const { importModule } = await import(process.env.LOADER)\n`

const histories: readonly History[] = [
  {
    tool: 'drizzle',
    folder: 'drizzle',
    files: {
      'drizzle.config.ts': `export default { dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url: process.env.DB } }\n`,
    },
    program: `import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const kit = (...args) => { const r = spawnSync(process.execPath, ['node_modules/drizzle-kit/bin.cjs', ...args], { encoding: 'utf8' }); if (r.status !== 0) throw new Error(r.stdout + r.stderr) }
const head = "import { pgTable, pgEnum, integer, text, index } from 'drizzle-orm/pg-core'\\n"
const users = (more = '') => "export const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull()" + more + " })\\n"
const posts = "export const posts = pgTable('posts', { id: integer().primaryKey(), userId: integer('user_id').references(() => users.id) }, (t) => [index('posts_user').on(t.userId)])\\n"
writeFileSync('schema.ts', head + users()); kit('generate', '--name', 'users')
writeFileSync('schema.ts', head + users() + posts); kit('generate', '--name', 'posts')
kit('migrate')
writeFileSync('schema.ts', head + "export const role = pgEnum('role', ['a', 'b'])\\n" + users(", role: role().notNull().default('a')") + posts); kit('generate', '--name', 'role')
`,
  },
  {
    tool: 'typeorm',
    folder: 'migration',
    files: {
      'migration/1700000000000-Users.ts': `import { type MigrationInterface, type QueryRunner, Table } from 'typeorm'
export class Users1700000000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> { await q.createTable(new Table({ name: 'users', columns: [{ name: 'id', type: 'integer', isPrimary: true }, { name: 'email', type: 'text' }] })) }
  async down(q: QueryRunner): Promise<void> { await q.dropTable('users') }
}\n`,
      'migration/1700000001000-Posts.ts': `import { type MigrationInterface, type QueryRunner, Table, TableForeignKey, TableIndex } from 'typeorm'
export class Posts1700000001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.createTable(new Table({ name: 'posts', columns: [{ name: 'id', type: 'integer', isPrimary: true }, { name: 'user_id', type: 'integer', isNullable: true }] }))
    await q.createForeignKey('posts', new TableForeignKey({ columnNames: ['user_id'], referencedTableName: 'users', referencedColumnNames: ['id'] }))
    await q.createIndex('posts', new TableIndex({ name: 'posts_user', columnNames: ['user_id'] }))
    await q.createTable(new Table({ name: 'sums', columns: [{ name: 'n', type: 'integer' }, { name: 'twice', type: 'integer', generatedType: 'STORED', asExpression: 'n * 2' }] }))
  }
  async down(q: QueryRunner): Promise<void> { await q.dropTable('sums'); await q.dropTable('posts') }
}\n`,
      'migration/1700000002000-Role.ts': `import type { MigrationInterface, QueryRunner } from 'typeorm'
export class Role1700000002000 implements MigrationInterface {
  name = 'Role1700000002000'
  async up(q: QueryRunner): Promise<void> { await q.query(\`CREATE TYPE "role" AS ENUM ('a', 'b')\`); await q.query(\`ALTER TABLE "users" ADD "role" "role" NOT NULL DEFAULT 'a'\`) }
  async down(q: QueryRunner): Promise<void> { await q.query('ALTER TABLE "users" DROP COLUMN "role"'); await q.query('DROP TYPE "role"') }
}\n`,
    },
    program: `${loader}import { DataSource, EntitySchema } from 'typeorm'
const sums = new EntitySchema({ name: 'sums', columns: { n: { type: 'integer', primary: true }, twice: { type: 'integer', generatedType: 'STORED', asExpression: 'n * 2' } } })
const { Users1700000000000 } = await importModule(process.cwd() + '/migration/1700000000000-Users.ts')
const { Posts1700000001000 } = await importModule(process.cwd() + '/migration/1700000001000-Posts.ts')
const ds = await new DataSource({ type: 'postgres', url: process.env.DB, entities: [sums], migrations: [Users1700000000000, Posts1700000001000] }).initialize()
await ds.runMigrations(); await ds.destroy()
`,
    // What TypeORM keeps of generated columns, made by the recorded revision.
    fact: `SELECT "table" || '.' || "name" || ': ' || "value" AS c FROM typeorm_metadata WHERE "database" = current_database() AND "value" = 'n * 2' AND "table" || '.' || "name" = 'sums.twice'`,
  },
  {
    tool: 'knex',
    folder: 'migrations_knex',
    files: {
      'migrations_knex/20240101100000_users.mjs': `export const up = (knex) => knex.schema.createTable('users', (t) => { t.integer('id').primary(); t.text('email').notNullable() })\nexport const down = (knex) => knex.schema.dropTable('users')\n`,
      'migrations_knex/20240102100000_posts.mjs': `export async function up(knex) { await knex.schema.createTable('posts', (t) => { t.integer('id').primary(); t.integer('user_id').references('users.id').index('posts_user') }) }\nexport async function down(knex) { await knex.schema.dropTable('posts') }\n`,
      'migrations_knex/20240103100000_role.mjs': `export async function up(knex) { await knex.raw("create type role as enum ('a', 'b')"); await knex.schema.alterTable('users', (t) => { t.specificType('role', 'role').notNullable().defaultTo('a') }); await knex('users').insert({ id: 7, email: "it's" }) }\nexport async function down(knex) { await knex('users').where({ id: 7 }).delete(); await knex.schema.alterTable('users', (t) => { t.dropColumn('role') }); await knex.raw('drop type role') }\n`,
    },
    program: `import knex from 'knex'
const k = knex({ client: 'pg', connection: process.env.DB, migrations: { directory: './migrations_knex', loadExtensions: ['.mjs'] } })
await k.migrate.up(); await k.migrate.up(); await k.destroy()
`,
  },
  {
    tool: 'kysely',
    folder: 'migrations_kysely',
    files: {
      'migrations_kysely/001_users.ts': `import type { Kysely } from 'kysely'\nexport const up = (db: Kysely<never>) => db.schema.createTable('users').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('email', 'text', (c) => c.notNull()).execute()\nexport const down = (db: Kysely<never>) => db.schema.dropTable('users').execute()\n`,
      'migrations_kysely/002_posts.ts': `import type { Kysely } from 'kysely'\nexport async function up(db: Kysely<never>) { await db.schema.createTable('posts').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('user_id', 'integer', (c) => c.references('users.id')).execute(); await db.schema.createIndex('posts_user').on('posts').column('user_id').execute() }\nexport async function down(db: Kysely<never>) { await db.schema.dropTable('posts').execute() }\n`,
      'migrations_kysely/003_role.ts': `import { type Kysely, sql } from 'kysely'\nexport async function up(db: Kysely<never>) { await db.schema.createType('role').asEnum(['a', 'b']).execute(); await db.schema.alterTable('users').addColumn('role', sql\`role\`, (c) => c.notNull().defaultTo('a')).execute() }\nexport async function down(db: Kysely<never>) { await db.schema.alterTable('users').dropColumn('role').execute(); await db.schema.dropType('role').execute() }\n`,
    },
    program: `${loader}import { Kysely, PostgresDialect } from 'kysely'\nimport { Migrator } from 'kysely/migration'
import pg from 'pg'
const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DB }) }) })
const migrations = Object.fromEntries(await Promise.all(['001_users', '002_posts', '003_role'].map(async (n) => [n, await importModule(process.cwd() + '/migrations_kysely/' + n + '.ts')])))
const m = new Migrator({ db, provider: { getMigrations: async () => migrations } })
for (let i = 0; i < 2; i++) { const { error } = await m.migrateUp(); if (error) throw error }
await db.destroy()
`,
  },
  {
    tool: 'umzug',
    folder: 'migrations_sequelize',
    files: {
      'migrations_sequelize/20240101100000-users.mjs': `import { DataTypes } from 'sequelize'\nexport const up = ({ context: q }) => q.createTable('users', { id: { type: DataTypes.INTEGER, primaryKey: true }, email: { type: DataTypes.TEXT, allowNull: false } })\nexport const down = ({ context: q }) => q.dropTable('users')\n`,
      'migrations_sequelize/20240102100000-posts.mjs': `import { DataTypes } from 'sequelize'\nexport async function up({ context: q }) { await q.createTable('posts', { id: { type: DataTypes.INTEGER, primaryKey: true }, user_id: { type: DataTypes.INTEGER, references: { model: 'users', key: 'id' } } }); await q.addIndex('posts', ['user_id'], { name: 'posts_user' }) }\nexport const down = ({ context: q }) => q.dropTable('posts')\n`,
      'migrations_sequelize/20240103100000-role.mjs': `export async function up({ context: q }) { await q.sequelize.query("create type role as enum ('a', 'b')"); await q.sequelize.query("alter table users add role role not null default 'a'") }\nexport async function down({ context: q }) { await q.removeColumn('users', 'role'); await q.sequelize.query('drop type if exists role') }\n`,
    },
    program: `import { Sequelize } from 'sequelize'
import { SequelizeStorage, Umzug } from 'umzug'
const sequelize = new Sequelize(process.env.DB, { logging: false })
const umzug = new Umzug({ migrations: { glob: 'migrations_sequelize/*.mjs', resolve: ({ name, path, context }) => ({ name, up: async () => (await import(path)).up({ context }), down: async () => (await import(path)).down({ context }) }) }, context: sequelize.getQueryInterface(), storage: new SequelizeStorage({ sequelize }), logger: undefined })
await umzug.up({ step: 2 }); await sequelize.close()
`,
  },
  {
    tool: 'node-pg-migrate',
    folder: 'migrations_npm',
    files: {
      'migrations_npm/1700000000000_users.mjs': `export const up = (pgm) => pgm.createTable('users', { id: { type: 'integer', primaryKey: true }, email: { type: 'text', notNull: true } })\nexport const down = (pgm) => pgm.dropTable('users')\n`,
      'migrations_npm/1700000001000_posts.mjs': `export const up = (pgm) => { pgm.createTable('posts', { id: { type: 'integer', primaryKey: true }, user_id: { type: 'integer', references: 'users' } }); pgm.createIndex('posts', 'user_id', { name: 'posts_user' }) }\nexport const down = (pgm) => pgm.dropTable('posts')\n`,
      'migrations_npm/1700000002000_role.mjs': `export const up = (pgm) => { pgm.createType('role', ['a', 'b']); pgm.addColumns('users', { role: { type: 'role', notNull: true, default: 'a' } }) }\nexport const down = (pgm) => { pgm.dropColumns('users', 'role'); pgm.dropType('role') }\n`,
    },
    program: `import { runner } from 'node-pg-migrate'
await runner({ databaseUrl: process.env.DB, dir: 'migrations_npm', direction: 'up', count: 2, migrationsTable: 'pgmigrations', log: () => {} })
`,
  },
  {
    tool: 'mikro-orm',
    folder: 'migrations_mikro',
    files: {
      'migrations_mikro/Migration20240101100000.ts': `import { Migration } from '@mikro-orm/migrations'\nexport class Migration20240101100000 extends Migration {\n  override up(): void { this.addSql('create table users (id integer primary key, email text not null)') }\n  override down(): void { this.addSql('drop table users') }\n}\n`,
      'migrations_mikro/Migration20240102100000.ts': `import { Migration } from '@mikro-orm/migrations'\nexport class Migration20240102100000 extends Migration {\n  override async up(): Promise<void> {\n    this.addSql('create table posts (id integer primary key, user_id integer references users)')\n    this.addSql('create index posts_user on posts (user_id)')\n  }\n  override async down(): Promise<void> { this.addSql('drop table posts') }\n}\n`,
      'migrations_mikro/Migration20240103100000.ts': `import { Migration } from '@mikro-orm/migrations'\nexport class Migration20240103100000 extends Migration {\n  override up(): void {\n    this.addSql("create type role as enum ('a', 'b')")\n    this.addSql("alter table users add role role not null default 'a'")\n  }\n}\n`,
    },
    program: `${loader}import { EntitySchema, MikroORM } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import { defineConfig } from '@mikro-orm/postgresql'
const names = ['Migration20240101100000', 'Migration20240102100000', 'Migration20240103100000']
const migrationsList = await Promise.all(names.map(async (name) => ({ name, class: (await importModule(process.cwd() + '/migrations_mikro/' + name + '.ts'))[name] })))
const users = new EntitySchema({ name: 'users', properties: { id: { type: 'integer', primary: true } } })
const orm = await MikroORM.init(defineConfig({ clientUrl: process.env.DB, entities: [users], extensions: [Migrator], migrations: { migrationsList, snapshot: false } }))
await orm.migrator.up({ to: names[1] }); await orm.close()
`,
  },
  {
    tool: 'dbmate',
    folder: 'db/migrations',
    files: {
      'db/migrations/20240101100000_users.sql': `-- migrate:up\nCREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);\n\n-- migrate:down\nDROP TABLE users;\n`,
      'db/migrations/20240102100000_posts.sql': `-- migrate:up\nCREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users);\nCREATE INDEX posts_user ON posts (user_id);\n\n-- migrate:down\nDROP TABLE posts;\n`,
    },
    program: `import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const r = spawnSync(process.execPath, ['node_modules/dbmate/dist/cli.js', '--url', process.env.DB + '?sslmode=disable', '--no-dump-schema', 'up'], { encoding: 'utf8' })
if (r.status !== 0) throw new Error(r.stdout + r.stderr)
writeFileSync('db/migrations/20240103100000_role.sql', "-- migrate:up\\nCREATE TYPE role AS ENUM ('a', 'b');\\nALTER TABLE users ADD COLUMN role role NOT NULL DEFAULT 'a';\\n\\n-- migrate:down\\nALTER TABLE users DROP COLUMN role;\\nDROP TYPE role;\\n")
`,
  },
]

describeLive('histories made by the tools themselves', (server) => {
  test.each(histories)(
    '$tool',
    async (history) => {
      expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
      const database = await server.createDatabase()
      try {
        const dir = folderOf({
          'package.json': '{ "type": "module" }',
          ...history.files,
          'program.mjs': history.program,
        })
        symlinkSync(here('./node_modules'), join(dir, 'node_modules'))
        mkdirSync(join(dir, 'ambix'))
        writeFileSync(
          join(dir, 'ambix.config.json'),
          JSON.stringify({ url: database.url, migrations: './ambix', schema: './none.sql', schemas: ['public'] }),
        )
        const loader = new URL('../../src/util/import-module.ts', import.meta.url).href
        const made = spawnSync(process.execPath, ['program.mjs'], {
          cwd: dir,
          encoding: 'utf8',
          env: { ...process.env, DB: database.url, LOADER: loader },
        })
        expect(`${made.status} ${made.status === 0 ? '' : made.stderr}`).toBe('0 ')
        const said = runLines(dir, [
          ['import', history.tool, history.folder, '--stamp', '--record', '--with-downgrades'],
          ['upgrade', 'head'],
          ['downgrade', 'base'],
          ['upgrade', 'head'],
        ])
        expect(said).toContain('The database is marked as being at')
        expect(said.match(/^Running upgrade/gm)).toHaveLength(4)
        expect(said.match(/^Running downgrade/gm)).toHaveLength(3)
        const columns = await rowsOf(
          database.url,
          `SELECT table_name || '.' || column_name AS c FROM information_schema.columns WHERE table_schema = 'public' AND table_name IN ('users', 'posts') ORDER BY 1`,
        )
        if (history.fact !== undefined) expect(await rowsOf(database.url, history.fact)).toHaveLength(1)
        expect(columns).toEqual(['posts.id', 'posts.user_id', 'users.email', 'users.id', 'users.role'])
      } finally {
        await database.drop()
      }
    },
    300_000,
  )
})

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const { default: pg } = await import('pg')
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<{ c: unknown }>(sql)).rows.map((r) => r.c)
  } finally {
    await client.end()
  }
}
