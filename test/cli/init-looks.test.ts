/** Issue 13, item 2: `ambix init` looks at what the project has, says it, and writes a config that fits; --template overrules. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sandbox } from './sandbox.ts'

const withPackages = (...names: readonly string[]): string =>
  JSON.stringify({ type: 'module', dependencies: Object.fromEntries(names.map((n) => [n, '1.0.0'])) })

test.each([
  [
    'Drizzle',
    ['drizzle-orm', 'pg'],
    'src/db/schema.ts',
    `drizzle('./src/db/schema.ts')`,
    `import { drizzle } from 'ambix/drizzle'`,
  ],
  [
    'Prisma',
    ['@prisma/client'],
    'prisma/schema.prisma',
    `prisma('./prisma/schema.prisma')`,
    `import { prisma } from 'ambix/prisma'`,
  ],
  [
    'TypeORM',
    ['typeorm'],
    'src/data-source.ts',
    `typeorm('./src/data-source.ts')`,
    `import { typeorm } from 'ambix/typeorm'`,
  ],
  [
    'Sequelize',
    ['sequelize'],
    'models/index.js',
    `sequelize('./models/index.js')`,
    `import { sequelize } from 'ambix/sequelize'`,
  ],
  [
    'MikroORM',
    ['@mikro-orm/core'],
    'mikro-orm.config.ts',
    `mikroOrm('./mikro-orm.config.ts')`,
    `import { mikroOrm } from 'ambix/mikro-orm'`,
  ],
])('%s is found by its package and its models', async (name, packages, file, call, line) => {
  const p = sandbox({ files: { 'package.json': withPackages(...packages), [file]: '' } })
  const done = await p.run('init')
  expect(done.stderr).toContain(`found ${name}, with its models in ${file}`)
  expect(done.code).toBe(0)
  const config = p.read('ambix.config.ts')
  expect(config).toContain(line)
  expect(config).toContain(`schema: ${call},`)
  // The models are the ORM's: none of ambix's are written.
  expect(p.files('.').filter((f) => f.endsWith('src/schema.ts'))).toEqual([])
})

test.each([
  ['drizzle', { 'drizzle/meta/_journal.json': '{}' }, 'drizzle', []],
  ['prisma', { 'prisma/migrations/migration_lock.toml': '' }, 'prisma/migrations', []],
  ['dbmate', { 'db/migrations/1_a.sql': '-- migrate:up\n' }, 'db/migrations', []],
  ['goose', { 'migrations/00001_a.sql': '-- +goose Up\n' }, 'migrations', []],
  ['flyway', { 'sql/V1__a.sql': 'select 1;' }, 'sql', []],
  ['golang-migrate', { 'migrations/1_a.up.sql': '' }, 'migrations', []],
  ['knex', { 'migrations/20240101_a.js': '' }, 'migrations', ['knex']],
  ['typeorm', { 'src/migration/1700000000000-A.ts': '' }, 'src/migration', ['typeorm']],
] as const)('migrations of %s are found and left where they are', async (tool, files, folder, packages) => {
  const p = sandbox({ files: { 'package.json': withPackages(...packages), ...files } })
  const done = await p.run('init')
  expect(done.stderr).toContain(`found migrations of ${tool} in ${folder}`)
  expect(done.stderr).toContain(`ambix import ${tool} ${folder} --stamp`)
  expect(p.read('ambix.config.ts')).toContain(
    folder === 'migrations' ? `migrations: './ambix'` : `migrations: './migrations'`,
  )
})

test('a template that is named overrules what was found', async () => {
  const p = sandbox({ files: { 'package.json': withPackages('drizzle-orm'), 'src/db/schema.ts': '' } })
  expect((await p.run('init', '-t', 'sql')).code).toBe(0)
  expect(p.read('ambix.config.ts')).toContain(`schema: './schema.sql'`)
})

test.each([
  ['pnpm-lock.yaml', 'postgresql://u@h/d', ['kysely'], 'pnpm add pg'],
  ['yarn.lock', 'mysql://u@h/d', ['kysely'], 'yarn add mysql2'],
  ['package-lock.json', '"postgres://u@h/d"', ['kysely'], 'npm install pg'],
  ['package-lock.json', 'postgres://u@h/d', ['kysely', 'postgres'], undefined],
])(
  '%s, DATABASE_URL=%s in .env, %j: the driver that it has, or the line that adds one',
  async (lock, url, names, line) => {
    const p = sandbox({
      files: { 'package.json': withPackages(...names), [lock]: '', '.env': `A=1\nDATABASE_URL=${url}\n` },
    })
    const done = await p.$('init', { DATABASE_URL: '' })
    expect(done.stderr).toContain('found DATABASE_URL\n')
    if (line === undefined) expect(done.stderr).toContain('found the driver postgres\n')
    else expect(done.stderr).toContain(`\n  ${line}\n`)
    expect(done.stderr.match(/ (?:add|install) /g)?.length ?? 0).toBe(line === undefined ? 0 : 1)
    expect(done.stderr).not.toContain('u@h')
  },
)

test.each([
  ['knex', 'ambix import knex migrations --stamp --record', 'ambix pull --models ts --out src/schema.ts'],
  ['kysely', 'ambix import kysely migrations --stamp --record', 'ambix pull --models ts --out src/schema.ts'],
])('where %s has migrations and no models, the schema begins with what they made', async (tool, first, second) => {
  const p = sandbox({ files: { 'package.json': withPackages(tool), 'migrations/20240101_a.js': '' } })
  expect((await p.run('init')).stderr).toContain(`Next:\n  ${first}\n  ${second}\n  ambix check\n`)
})

test('an empty folder is started as ever', async () => {
  const p = sandbox({})
  const done = await p.run('init')
  expect(done.stderr).not.toContain('found')
  expect(p.read('ambix.config.ts')).toContain(`schema: './src/schema.ts'`)
})

test.each([
  ['npm/11.0.0 node/v24.0.0 linux x64', 'npx ambix'],
  ['pnpm/9.0.0 npm/? node/v24.0.0 linux x64', 'pnpm ambix'],
  ['yarn/4.0.0 npm/? node/v24.0.0 linux x64', 'yarn ambix'],
  ['', 'ambix'],
])('what it advises can be typed as it stands, where %j started it', (agent, typed) => {
  const p = sandbox()
  const env = { npm_config_user_agent: agent }
  expect(p.$$('init', env).stderr).toContain(
    `\n  ${typed} revision --autogenerate -m "first tables"\n  ${typed} upgrade head\n`,
  )
  expect(p.$$('upgrade nosuch --url sqlite::memory:', env).stderr).toMatch(new RegExp(`→ .*: ${typed} history$`, 'm'))
})

test('a folder without packages is told what to install, ambix included: npx runs it in a folder that has none', async () => {
  const p = sandbox()
  rmSync(join(p.dir, 'package.json'))
  expect((await p.run('init')).stderr).toContain('Next:\n  npm i -D ambix @electric-sql/pglite\n  edit src/schema.ts\n')
})

test('a server that DATABASE_URL names needs no embedded database', async () => {
  const p = sandbox()
  rmSync(join(p.dir, 'package.json'))
  const done = await p.$('init', { DATABASE_URL: 'postgres://u@h/d' })
  expect(done.stderr).toContain('Next:\n  npm i -D ambix\n')
})
