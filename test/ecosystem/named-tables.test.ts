/** Each tool's table of what it applied, under a name that its own settings give: imported by that name, and left alone by comparisons. */
import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { installed } from './project.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

interface Named {
  readonly tool: string
  readonly folder: string
  /** As ambix.config.ts has it: what to import, and `schema`. */
  readonly schema: readonly [line: string, value: string]
  readonly table: string
  readonly files: Readonly<Record<string, string>>
  /** Makes table `users`, and notes it in `table`. */
  readonly program: string
}

const loader = `const { importModule } = await import(process.env.LOADER)\n`
const own = [
  '',
  "'./schema.ts'",
  `import { integer, table } from 'ambix/schema'\nexport const users = table('users', { id: integer().primaryKey() })\n`,
] as const

const all: readonly Named[] = [
  {
    tool: 'drizzle',
    folder: 'drizzle',
    schema: [
      "import { drizzle } from 'ambix/drizzle'",
      "drizzle('./schema.ts', { migrations: { table: 'my_migrations', schema: 'public' } })",
    ],
    table: 'public.my_migrations',
    files: {
      'schema.ts': `import { integer, pgTable } from 'drizzle-orm/pg-core'\nexport const users = pgTable('users', { id: integer().primaryKey() })\n`,
      'drizzle/0000_users.sql': 'CREATE TABLE "users" ("id" integer PRIMARY KEY NOT NULL);\n',
      'drizzle/meta/_journal.json': JSON.stringify({
        version: '7',
        dialect: 'postgresql',
        entries: [{ idx: 0, version: '7', when: 1_700_000_000_000, tag: '0000_users', breakpoints: true }],
      }),
    },
    program: `import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
const pool = new pg.Pool({ connectionString: process.env.DB })
await migrate(drizzle(pool), { migrationsFolder: 'drizzle', migrationsTable: 'my_migrations', migrationsSchema: 'public' })
await pool.end()
`,
  },
  {
    tool: 'typeorm',
    folder: 'migration',
    schema: ["import { typeorm } from 'ambix/typeorm'", "typeorm('./source.ts')"],
    table: 'my_migrations',
    files: {
      'source.ts': `import { DataSource, EntitySchema } from 'typeorm'
import { Users1700000000000 } from './migration/1700000000000-Users.ts'
const users = new EntitySchema({ name: 'users', columns: { id: { type: Number, primary: true }, twice: { type: Number, nullable: true, generatedType: 'STORED', asExpression: '"id" * 2' } } })
export const source = new DataSource({ type: 'postgres', url: process.env['DB'], entities: [users], migrations: [Users1700000000000], migrationsTableName: 'my_migrations', metadataTableName: 'my_metadata' })
`,
      'migration/1700000000000-Users.ts': `import { Table, type MigrationInterface, type QueryRunner } from 'typeorm'
export class Users1700000000000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.createTable(new Table({ name: 'users', columns: [{ name: 'id', type: 'integer', isPrimary: true, primaryKeyConstraintName: 'PK_a3ffb1c0c8416b9fc6f907b7433' }, { name: 'twice', type: 'integer', isNullable: true, generatedType: 'STORED', asExpression: '"id" * 2' }] }))
  }
  async down(q: QueryRunner): Promise<void> { await q.dropTable('users') }
}\n`,
    },
    program: `${loader}const { source } = await importModule(process.cwd() + '/source.ts')
await source.initialize(); await source.runMigrations(); await source.destroy()
`,
  },
  {
    tool: 'mikro-orm',
    folder: 'migrations',
    schema: ["import { mikroOrm } from 'ambix/mikro-orm'", "mikroOrm('./mikro-orm.config.ts')"],
    table: 'my_migrations',
    files: {
      'mikro-orm.config.ts': `import { EntitySchema } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import { defineConfig } from '@mikro-orm/postgresql'
import { Migration20240101100000 } from './migrations/Migration20240101100000.ts'
const users = new EntitySchema({ name: 'users', properties: { id: { type: 'integer', primary: true, autoincrement: false } } })
export default defineConfig({ clientUrl: process.env['DB'], entities: [users], extensions: [Migrator], migrations: { tableName: 'my_migrations', snapshot: false, migrationsList: [{ name: 'Migration20240101100000', class: Migration20240101100000 }] } })
`,
      'migrations/Migration20240101100000.ts': `import { Migration } from '@mikro-orm/migrations'
export class Migration20240101100000 extends Migration {
  override up(): void { this.addSql('create table "users" ("id" int not null, primary key ("id"))') }
  override down(): void { this.addSql('drop table "users"') }
}\n`,
    },
    program: `${loader}import { MikroORM } from '@mikro-orm/core'
const orm = await MikroORM.init((await importModule(process.cwd() + '/mikro-orm.config.ts')).default)
await orm.migrator.up(); await orm.close()
`,
  },
  {
    tool: 'sequelize',
    folder: 'migrations',
    schema: ["import { sequelize } from 'ambix/sequelize'", "sequelize('./models.ts')"],
    table: 'my_migrations',
    files: {
      // As sequelize-cli hands its config to the models that it writes.
      'models.ts': `import { DataTypes, Sequelize } from 'sequelize'
const config = { dialect: 'postgres', logging: false, migrationStorageTableName: 'my_migrations' } as const
export const sequelize = new Sequelize(process.env['DB']!, config)
sequelize.define('users', { id: { type: DataTypes.INTEGER, primaryKey: true } }, { timestamps: false })
`,
      'config.cjs': `module.exports = { test: { use_env_variable: 'DB', dialect: 'postgres', migrationStorageTableName: 'my_migrations' } }\n`,
      'migrations/20240101100000-users.cjs': `module.exports = { up: (q, { INTEGER }) => q.createTable('users', { id: { type: INTEGER, primaryKey: true } }), down: (q) => q.dropTable('users') }\n`,
    },
    program: `import { spawnSync } from 'node:child_process'
const r = spawnSync(process.execPath, ['node_modules/.bin/sequelize-cli', 'db:migrate', '--config', 'config.cjs', '--env', 'test'], { encoding: 'utf8' })
if (r.status !== 0) throw new Error(r.stdout + r.stderr)
`,
  },
  {
    tool: 'knex',
    folder: 'migrations',
    schema: [own[0], own[1]],
    table: 'my_migrations',
    files: {
      'schema.ts': own[2],
      'migrations/20240101100000_users.mjs': `export const up = (knex) => knex.schema.createTable('users', (t) => { t.integer('id').primary() })\nexport const down = (knex) => knex.schema.dropTable('users')\n`,
    },
    program: `import knex from 'knex'
const k = knex({ client: 'pg', connection: process.env.DB, migrations: { directory: './migrations', loadExtensions: ['.mjs'], tableName: 'my_migrations' } })
await k.migrate.latest(); await k.destroy()
`,
  },
  {
    tool: 'kysely',
    folder: 'migrations',
    schema: [own[0], own[1]],
    table: 'my_migrations',
    files: {
      'schema.ts': own[2],
      'migrations/001_users.ts': `import type { Kysely } from 'kysely'\nexport const up = (db: Kysely<never>) => db.schema.createTable('users').addColumn('id', 'integer', (c) => c.primaryKey()).execute()\nexport const down = (db: Kysely<never>) => db.schema.dropTable('users').execute()\n`,
    },
    program: `${loader}import { Kysely, PostgresDialect } from 'kysely'\nimport { Migrator } from 'kysely/migration'
import pg from 'pg'
const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DB }) }) })
const provider = { getMigrations: async () => ({ '001_users': await importModule(process.cwd() + '/migrations/001_users.ts') }) }
const { error } = await new Migrator({ db, provider, migrationTableName: 'my_migrations', migrationLockTableName: 'my_lock' }).migrateToLatest()
await db.destroy(); if (error) throw error
`,
  },
  {
    tool: 'node-pg-migrate',
    folder: 'migrations',
    schema: [own[0], own[1]],
    table: 'my_migrations',
    files: {
      'schema.ts': own[2],
      'migrations/1700000000000_users.js': `export const up = (pgm) => pgm.createTable('users', { id: { type: 'integer', primaryKey: true } })\nexport const down = (pgm) => pgm.dropTable('users')\n`,
    },
    program: `import { runner } from 'node-pg-migrate'
await runner({ databaseUrl: process.env.DB, dir: 'migrations', direction: 'up', migrationsTable: 'my_migrations', log: () => {} })
`,
  },
]

describeLive('a table of a name of its own', (server) => {
  test.each(all)(
    '$tool: $table',
    async ({ tool, folder, schema: [line, value], table, files, program }) => {
      expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
      const database = await server.createDatabase()
      try {
        const config = `${line}\nexport default { url: process.env['DB'], migrations: './ambix', schema: ${value} }\n`
        const dir = folderOf({
          'package.json': '{ "type": "module" }',
          'ambix.config.ts': config,
          'ambix/.keep': '',
          'program.mjs': program,
          ...files,
        })
        symlinkSync(here('./node_modules'), join(dir, 'node_modules'))
        const run = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
          spawnSync(process.execPath, words, {
            cwd: dir,
            encoding: 'utf8',
            env: {
              ...process.env,
              DB: database.url,
              LOADER: new URL('../../src/util/import-module.ts', import.meta.url).href,
              NO_COLOR: '1',
              NODE_NO_WARNINGS: '1',
            },
          })
        const made = run('program.mjs')
        expect(`${made.status} ${made.status === 0 ? '' : String(made.stderr)}`).toBe('0 ')
        const rows = async (): Promise<unknown> => {
          const { default: pg } = await import('pg')
          const client = new pg.Client(database.url)
          await client.connect()
          const found = await client.query(`SELECT t::text FROM ${table} t`)
          await client.end()
          return found.rows
        }
        const before = await rows()
        expect(before).toHaveLength(1)
        const lines = [['import', tool, folder, '--stamp', '--record', '--table', table], ['check']]
        const done = run(here('./run.mts'), 'ambix', JSON.stringify(lines))
        const said = `${String(done.stderr)}${String(done.stdout)}`
        expect(said).toContain('The database is marked as being at')
        expect(said.trim().split('\n').at(-1)).toBe(JSON.stringify(lines.map((words) => `${words.join(' ')}: 0`)))
        expect(await rows()).toEqual(before)
      } finally {
        await database.drop()
      }
    },
    300_000,
  )
})
