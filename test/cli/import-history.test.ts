/** Issue 13, item 3: folders of other tools, in their documented formats, become revisions; their tables say what is applied. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandSpecs } from '../../src/cli/specs.ts'
import { findFormat, importableTools } from '../../src/revisions/import/formats.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'
import { sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const users = 'CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);\n'
const posts =
  'CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users);\nCREATE INDEX posts_user ON posts (user_id);\n'
const role = "CREATE TYPE role AS ENUM ('a', 'b');\nALTER TABLE users ADD COLUMN role role NOT NULL DEFAULT 'a';\n"

const drizzlePosts = posts.replace(';\nCREATE', ';--> statement-breakpoint\nCREATE')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

interface Case {
  readonly tool: string
  readonly folder: string
  readonly files: Readonly<Record<string, string>>
  /** What the tool has left in the database after its first two migrations. */
  readonly state: string
  readonly messages: readonly string[]
  /** The tool has ways back of its own. */
  readonly downs?: boolean
}

const cases: readonly Case[] = [
  {
    tool: 'drizzle',
    folder: 'drizzle',
    files: {
      'drizzle/meta/_journal.json': JSON.stringify({
        version: '7',
        dialect: 'postgresql',
        entries: ['0000_init', '0001_posts', '0002_role'].map((tag, idx) => ({
          idx,
          version: '7',
          when: 1_700_000_000_000 + idx * 1000,
          tag,
          breakpoints: true,
        })),
      }),
      'drizzle/0000_init.sql': users,
      'drizzle/0001_posts.sql': drizzlePosts,
      'drizzle/0002_role.sql': role.replace(';\nALTER', ';\n--> statement-breakpoint\nALTER'),
    },
    state: `CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
      INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('${sha256(users)}', 1700000000000), ('${sha256(drizzlePosts)}', 1700000001000)`,
    messages: ['init', 'posts', 'role'],
  },
  {
    tool: 'prisma',
    folder: 'prisma/migrations',
    files: {
      'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
      'prisma/migrations/20240101100000_init/migration.sql': users,
      'prisma/migrations/20240102100000_add_posts/migration.sql': posts,
      'prisma/migrations/20240103100000_role/migration.sql': role,
    },
    state: `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
      INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) SELECT n, encode(sha256(t::bytea), 'hex'), now(), n FROM (VALUES ('20240101100000_init', '${users}'), ('20240102100000_add_posts', '${posts}')) v (n, t)`,
    messages: ['init', 'add posts', 'role'],
  },
  {
    tool: 'dbmate',
    folder: 'db/migrations',
    files: {
      'db/migrations/20240101100000_init.sql': `-- migrate:up\n${users}\n-- migrate:down\nDROP TABLE users;\n`,
      'db/migrations/20240102100000_posts.sql': `-- migrate:up\n${posts}\n-- migrate:down\nDROP TABLE posts;\n`,
      'db/migrations/20240103100000_role.sql': `-- migrate:up\n${role}\n-- migrate:down\nALTER TABLE users DROP COLUMN role;\nDROP TYPE role;\n`,
    },
    state: `CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20240101100000'), ('20240102100000')`,
    messages: ['init', 'posts', 'role'],
    downs: true,
  },
  {
    tool: 'flyway',
    folder: 'sql',
    files: {
      'sql/V1__init.sql': users,
      'sql/V1.1__add_posts.sql': posts,
      'sql/V2__role.sql': role,
      'sql/U2__role.sql': 'ALTER TABLE users DROP COLUMN role;\nDROP TYPE role;\n',
    },
    state: `CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL);
      INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success) VALUES (1, '1', 'init', 'SQL', 'V1__init.sql', 'me', 1, true), (2, '1.1', 'add posts', 'SQL', 'V1.1__add_posts.sql', 'me', 1, true)`,
    messages: ['init', 'add posts', 'role'],
  },
  {
    tool: 'golang-migrate',
    folder: 'migrations_go',
    files: {
      'migrations_go/000001_init.up.sql': users,
      'migrations_go/000001_init.down.sql': 'DROP TABLE users;\n',
      'migrations_go/000002_posts.up.sql': posts,
      'migrations_go/000002_posts.down.sql': 'DROP TABLE posts;\n',
      'migrations_go/000010_role.up.sql': role,
      'migrations_go/000010_role.down.sql': 'ALTER TABLE users DROP COLUMN role;\nDROP TYPE role;\n',
    },
    state: `CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (2, false)`,
    messages: ['init', 'posts', 'role'],
    downs: true,
  },
  {
    tool: 'goose',
    folder: 'goose',
    files: {
      'goose/00001_init.sql': `-- +goose Up\n-- +goose StatementBegin\n${users}-- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE users;\n`,
      'goose/00002_posts.sql': `-- +goose Up\n${posts}\n-- +goose Down\nDROP TABLE posts;\n`,
      'goose/00003_role.sql': `-- +goose Up\n${role}\n-- +goose Down\nALTER TABLE users DROP COLUMN role;\nDROP TYPE role;\n`,
    },
    state: `CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (3, true), (3, false)`,
    messages: ['init', 'posts', 'role'],
    downs: true,
  },
  {
    tool: 'graphile-migrate',
    folder: 'gm',
    files: {
      'gm/committed/000001.sql': `--! Previous: -\n--! Hash: sha1:aaa\n\n${users}`,
      'gm/committed/000002-posts.sql': `--! Previous: sha1:aaa\n--! Hash: sha1:bbb\n--! Message: the posts\n\n${posts}`,
      'gm/committed/000003.sql': `--! Previous: sha1:bbb\n--! Hash: sha1:ccc\n\n${role}`,
      'gm/current.sql': '-- nothing\n',
    },
    state: `CREATE SCHEMA graphile_migrate; CREATE TABLE graphile_migrate.migrations (hash text PRIMARY KEY, previous_hash text, filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());
      INSERT INTO graphile_migrate.migrations VALUES ('sha1:aaa', NULL, '000001.sql'), ('sha1:bbb', 'sha1:aaa', '000002-posts.sql')`,
    messages: ['000001.sql', 'the posts', '000003.sql'],
  },
]

/** Tools whose migrations are code: two files, and a table that has both; `hole` takes the first row away. */
const code: readonly (Case & { readonly hole: string })[] = (
  [
    ['typeorm', 'migrations', ['1700000000000-Users.ts', '1700000001000-Posts.ts']],
    ['sequelize', '"SequelizeMeta"', ['20240101100000-users.js', '20240102100000-posts.js']],
    ['knex', 'knex_migrations', ['20240101100000_users.js', '20240102100000_posts.js']],
    ['kysely', 'kysely_migration', ['001_users.ts', '002_posts.ts']],
    ['mikro-orm', 'mikro_orm_migrations', ['Migration20240101100000.ts', 'Migration20240102100000.ts']],
    ['node-pg-migrate', 'pgmigrations', ['1700000000000_users.js', '1700000001000_posts.js']],
  ] as const
).map(([tool, table, names]) => {
  const keys = names.map((name) =>
    tool === 'typeorm'
      ? name.replace(/^(\d+)-(\w+)\.ts$/, '$2$1')
      : ['sequelize', 'knex'].includes(tool)
        ? name
        : name.replace(/\.\w+$/, ''),
  )
  return {
    tool,
    folder: 'code',
    files: Object.fromEntries(
      names.map((name, n) => [`code/${name}`, `export class ${keys[n]!.replaceAll(/\W/g, '')} {}\n`]),
    ),
    state: `CREATE TABLE ${table} (name text, timestamp bigint); INSERT INTO ${table} (name) VALUES ('${keys[0]}'), ('${keys[1]}')`,
    hole: `DELETE FROM ${table} WHERE name = '${keys[0]}'`,
    messages: [],
  }
})

describeLive('a history is taken over', (server) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await server.createDatabase()
  })
  afterAll(() => database.drop())

  const project = (files: Readonly<Record<string, string>>): Sandbox =>
    sandbox({
      url: database.url,
      files: { ...files, 'ambix/.keep': '' },
      config: { migrations: './ambix', schema: './schema.sql', schemas: ['public'] },
    })
  const sql = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const { default: pg } = await import('pg')
    const client = new pg.Client(database.url)
    await client.connect()
    try {
      const done = await client.query(text)
      return (Array.isArray(done) ? done.at(-1) : done).rows as Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }
  const clean = (): Promise<unknown> =>
    sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS drizzle, graphile_migrate CASCADE')

  test.each(cases)('$tool: imported with ways back, stamped, and gone on with', async (c) => {
    await clean()
    await sql(`${users}${posts}${c.state}`)
    const p = project(c.files)
    const done = await p.run('import', c.tool, c.folder, '--stamp', '--with-downgrades')
    expect(done.stderr).toMatch(/The database is marked as being at/)
    expect(done.code).toBe(0)
    const { stdout } = await p.run('history')
    for (const message of c.messages) expect(stdout).toContain(message)
    // The third revision is what is left; all the way down, and up again.
    for (const words of [
      ['upgrade', 'head'],
      ['downgrade', 'base'],
      ['upgrade', 'head'],
      ['current', '--check-heads'],
    ]) {
      const step = await p.run(...words)
      expect(`${words.join(' ')}: ${step.code} ${step.code === 0 ? '' : step.stderr}`).toBe(`${words.join(' ')}: 0 `)
    }
    expect(
      await sql(
        `SELECT count(*)::int n FROM information_schema.columns WHERE table_name IN ('users', 'posts') AND table_schema = 'public'`,
      ),
    ).toEqual([{ n: 5 }])
    // A second import finds nothing new.
    expect((await p.run('import', c.tool, c.folder)).stderr).toContain('Everything in the folder was imported before.')
  })

  test.each([
    ['knex', 'app.my_migrations', 'app.my_migrations', code.find((c) => c.tool === 'knex')!],
    // Without a schema: in the tool's own.
    ['drizzle', 'my_migrations', 'drizzle.my_migrations', cases[0]!],
    ['drizzle', 'app.my_migrations', 'app.my_migrations', cases[0]!],
  ] as const)('%s: its table has another name, %s', async (tool, given, table, c) => {
    await clean()
    const usual = tool === 'knex' ? 'knex_migrations' : 'drizzle.__drizzle_migrations'
    const [schema, name] = table.split('.')
    await sql(
      `DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; ${users}${posts}${c.state}; ALTER TABLE ${usual} RENAME TO ${name}`,
    )
    if (schema === 'app')
      await sql(`ALTER TABLE ${usual.replace(/\w+$/, '').replace(/^$/, 'public.')}${name} SET SCHEMA app`)
    const p = project(c.files)
    const without = await p.run('import', c.tool, c.folder, '--stamp')
    expect(without.stderr).toContain('[IMPORT.MISMATCH]')
    expect(without.stderr).toContain('name it with --table')
    const done = await p.run('import', c.tool, c.folder, '--stamp', '--table', given)
    expect(done.stderr).toContain('The database is marked as being at')
    expect(done.code).toBe(0)
    expect(await sql(`SELECT count(*)::int AS n FROM ${table}`)).toEqual([{ n: 2 }])
  })

  const mistakes: readonly (readonly [string, Case, (files: Record<string, string>) => void, string, RegExp])[] = [
    [
      'a file that was edited',
      cases[1]!,
      (f) => (f['prisma/migrations/20240101100000_init/migration.sql'] += '-- more\n'),
      '',
      /was edited after prisma applied it/,
    ],
    [
      'a migration that failed',
      cases[1]!,
      () => {},
      `UPDATE _prisma_migrations SET finished_at = NULL`,
      /failed and was not resolved/,
    ],
    [
      'a file that is gone',
      cases[2]!,
      (f) => delete f['db/migrations/20240101100000_init.sql'],
      '',
      /the folder does not have/,
    ],
    [
      'a hole',
      cases[2]!,
      () => {},
      `DELETE FROM schema_migrations WHERE version = '20240101100000'`,
      /is not applied, and .* which comes after it, is/,
    ],
    ['a dirty version', cases[4]!, () => {}, `UPDATE schema_migrations SET dirty = true`, /is dirty/],
    [
      'a journal without its file',
      cases[0]!,
      (f) => delete f['drizzle/0001_posts.sql'],
      '',
      /names it, and it is not there/,
    ],
    [
      'a repeatable migration',
      cases[3]!,
      (f) => (f['sql/R__views.sql'] = 'SELECT 1;'),
      '',
      /a repeatable migration has no place/,
    ],
    ['no table', cases[2]!, () => {}, `DROP TABLE schema_migrations`, /cannot be read/],
    [
      'a file that was edited (drizzle)',
      cases[0]!,
      (f) => (f['drizzle/0001_posts.sql'] += '-- more\n'),
      '',
      /0001_posts\.sql was edited after drizzle applied it/,
    ],
    [
      'a migration of another branch that drizzle passed over',
      cases[0]!,
      () => {},
      'DELETE FROM drizzle.__drizzle_migrations WHERE created_at = 1700000000000',
      /0000_init is not applied, and 0001_posts, which comes after it, is/,
    ],
    [
      'a table that is newer than the files (drizzle)',
      cases[0]!,
      () => {},
      "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('z', 1800000000000)",
      /without a file: the row of created_at 1800000000000/,
    ],
    [
      'a file that was edited (flyway)',
      cases[3]!,
      () => {},
      `UPDATE flyway_schema_history SET checksum = 7 WHERE version = '1.1'`,
      /V1\.1__add_posts\.sql was edited after flyway applied it/,
    ],
    [
      'a migration that failed (flyway)',
      cases[3]!,
      () => {},
      `UPDATE flyway_schema_history SET success = false WHERE version = '1.1'`,
      /version 1\.1 failed/,
    ],
    [
      'a file that was edited (graphile-migrate)',
      cases[6]!,
      (f) => (f['gm/committed/000001.sql'] = f['gm/committed/000001.sql']!.replace('aaa', 'aab')),
      '',
      /000001\.sql was edited after graphile-migrate applied it/,
    ],
    ...code.flatMap((c): readonly (typeof mistakes)[number][] => [
      [`a hole (${c.tool})`, c, () => {}, c.hole, / is not applied, and .* which comes after it, is/],
      [`a file that is gone (${c.tool})`, c, (f) => delete f[Object.keys(f)[1]!], '', /the folder does not have/],
    ]),
  ]
  test.each(mistakes)('%s is refused, and nothing is written', async (_, c, edit, change, words) => {
    await clean()
    await sql(`${users}${posts}${c.state}; ${change}`)
    const files = { ...c.files }
    edit(files)
    const p = project(files)
    const done = await p.run('import', c.tool, c.folder, '--stamp')
    expect(done.stderr).toMatch(words)
    expect(done.stderr).toMatch(/\[IMPORT\.\w+\]/)
    expect(done.code).toBe(1)
    expect(done.stderr).toMatch(/^ *(?:→|->) /m)
    expect(p.files('ambix').filter((f) => f.endsWith('.sql'))).toEqual([])
    expect(await sql(`SELECT to_regclass('ambix_version')::text AS own`)).toEqual([{ own: null }])
  })
})

test.each([
  [['knex', 'm', '--table', 'x'], 'ambix import knex m --stamp --table x'],
  [['knex', 'm', '--stamp', '--table', 'a.b.c'], 'no name of a table'],
  [['knex', 'm', '--script', 'x.sql'], 'An import from knex has no --script'],
  [['alembic', 'm', '--stamp'], 'An import from alembic has no --stamp'],
  [['alembic', 'm', '--table', 'x'], 'An import from alembic has no --table'],
])('%j: an option that has no meaning is refused', async (words, says) => {
  const p = sandbox({ files: { 'm/x.sql': '' } })
  const done = await p.run('import', ...words)
  expect(done.code).toBe(1)
  expect(done.stderr).toContain('[USAGE.INVALID]')
  expect(done.stderr).toContain(says)
})

/** Printed by Flyway itself: 4.1.2 in flyway/flyway issue 1560, 6.0.0 in issue 2474 ("Resolved locally"). */
test.each([
  [
    'DROP TABLE IF EXISTS settings;\nCREATE TABLE IF NOT EXISTS settings (\n    id INTEGER PRIMARY KEY\n);\n',
    '-723451720',
  ],
  ['alter table location_history add column valid_until timestamp with time zone;\n', '-1039259818'],
])("Flyway's checksum of %j", (text, checksum) => {
  const of = (written: string): unknown =>
    findFormat('flyway')!.read([{ path: 'V1__a.sql', text: written }])[0]!.checksum
  expect(of(text)).toBe(checksum)
  // Line ends, and whether the last line has one, are nothing to it.
  expect(of(text.replaceAll('\n', '\r\n'))).toBe(checksum)
  expect(of(text.trimEnd())).toBe(checksum)
})

test('an unknown tool is named with the nearest one', async () => {
  const p = sandbox({ files: { 'm/x.sql': '' } })
  const done = await p.run('import', 'drizle', 'm')
  expect(done.code).toBe(1)
  expect(done.stderr).toContain('ambix import drizzle <folder>')
})

test('the command line knows every tool that can be imported', () => {
  const spec = commandSpecs.find((c) => c.name === 'import')
  expect(spec?.positionals[0]?.name.split('|')).toEqual(['alembic', ...importableTools])
})
