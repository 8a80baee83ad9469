/** The built command line, whose parts are bundled apart, is one ambix with the models that it loads. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { describeLive, heldDatabase } from '../support/live.ts'
import { folderOf } from '../support/folder.ts'

const root = resolve(import.meta.dirname, '../..')

const built = (dir: string, ...words: readonly string[]): { code: number | null; stdout: string; stderr: string } => {
  const env = { ...process.env, NO_COLOR: '1' }
  const run = spawnSync(process.execPath, [join(root, 'bin/ambix.js'), ...words], { cwd: dir, encoding: 'utf8', env })
  return { code: run.status, stdout: run.stdout, stderr: run.stderr }
}

const project = (url: string, schema: string): string =>
  folderOf({
    'package.json': '{ "type": "module" }',
    'ambix.config.json': JSON.stringify({ url, schema: './schema.ts' }),
    'schema.ts': schema,
  })

const models = (more = ''): string => `import { check, enumType, integer, sql, table, text } from 'ambix/schema'
export const state = enumType('state', ['open', 'closed'])
export const a = table('a', { id: integer().primaryKey(), state: state().notNull() }, (t) => [check('a_id', sql\`\${t.id} > 0\`)])
${more}`

test('check names the declaration that is refused', () => {
  // `npm test` has built dist.
  expect(existsSync(join(root, 'dist/check.cjs'))).toBe(true)
  const dir = project('sqlite:app.db', models("export const b = table('b', { id: integer().references('no', 'id') })"))
  const { code, stderr } = built(dir, 'check')
  expect(stderr).toContain('[SCHEMA.UNKNOWN_REFERENCE]')
  expect(stderr).toContain('At schema.ts:4:18')
  expect(code).toBe(1)
})

test.each([
  ['timestamptz', 'ambix/schema', 'Did you mean timestamp({ withTimeZone: true })?'],
  ['pgTable', 'ambix/schema', 'Did you mean table?'],
  ['intger', 'ambix/schema', 'Did you mean integer?'],
  ['defineConfig', 'ambix/schema', "Import defineConfig from 'ambix'"],
  ['integer', 'ambix', "Import integer from 'ambix/schema'"],
  ['Row', 'ambix/schema', "If Row is a type, write: import type { Row } from 'ambix/schema'"],
  ['xyzzy', 'ambix/schema', 'Fix the file; nothing was changed'],
])('%s is not exported by %s: %s', (name, from, advice) => {
  // What is not used is not imported: TypeScript takes it for a type.
  const lines = `import { ${name} } from '${from}'\nexport const used = [${name}]\n`
  const { code, stderr } = built(project('sqlite:app.db', lines), 'check')
  expect(stderr).toMatch(/does not provide an export named '\w+' \(schema\.ts:1(?::\d+)?\)\n/)
  expect(stderr).toContain(`  → ${advice}\n`)
  expect(code).toBe(1)
})

test('a command on the embedded database has none of its code optimized, which its end would wait for', () => {
  const dir = project('pglite:.ambix/pg', models())
  expect(built(dir, 'revision', '--autogenerate', '-m', 'first').code).toBe(0)
  expect(built(dir, 'upgrade', 'head').code).toBe(0)
  const traced = spawnSync(
    process.execPath,
    ['--trace-wasm-compilation-times', join(root, 'bin/ambix.js'), 'check', '--verbose'],
    { cwd: dir, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  )
  const functions = traced.stdout.split('\n').filter((line) => line.startsWith('Compiled function'))
  expect(traced.status, traced.stderr).toBe(0)
  // The words of V8: the baseline compiler is called Liftoff, the optimizing one TurboFan.
  expect(functions.filter((line) => line.includes('Liftoff')).length).toBeGreaterThan(1000)
  expect(functions.filter((line) => line.includes('TurboFan'))).toEqual([])
})

describeLive('check of a database', (server) => {
  const held = heldDatabase(server)

  test('finds what differs, also what only a scratch database can spell, and nothing where nothing does', async () => {
    await held.admin.query(
      `CREATE TYPE state AS ENUM ('open', 'closed');
       CREATE TABLE a (id integer PRIMARY KEY, state state NOT NULL, CONSTRAINT a_id CHECK (id>0))`,
    )
    const same = built(project(held.url, models()), 'check')
    expect(same.stderr).toContain('No changes')
    expect(same.code).toBe(0)
    const more = built(project(held.url, models("export const b = table('b', { name: text().default('x') })")), 'check')
    expect(more.stdout).toContain("op.createTable('b', {")
    expect(more.code).toBe(2)
  })
})

describeLive('revisions', (server) => {
  const held = heldDatabase(server)

  test('are run and written from one file, which is one ambix with what they import', async () => {
    expect(existsSync(join(root, 'dist/run.cjs'))).toBe(true)
    const dir = folderOf({
      'package.json': '{ "type": "module" }',
      'ambix.config.json': JSON.stringify({ url: held.url, hazards: 'refuse' }),
      'migrations/a.ts': `import { enumType, integer } from 'ambix/schema'
export const revision = 'aaaaaaaaaaaa'
export const downRevision = null
export function upgrade(op) { op.createTable('a', { id: integer().primaryKey(), state: enumType('state', ['open'])().notNull() }) }
export function downgrade(op) { op.dropTable('a') }`,
      'migrations/b.ts': `import { integer } from 'ambix/schema'
export const revision = 'bbbbbbbbbbbb'
export const downRevision = 'aaaaaaaaaaaa'
export function upgrade(op) {
  op.addColumn('a', 'b', integer())
  op.run(async ({ db }) => {
    await db.query('SELECT no FROM a')
  })
}
export function downgrade(op) { op.dropColumn('a', 'b') }`,
    })
    const script = built(dir, 'upgrade', 'aaaaaaaaaaaa', '--sql')
    expect(script.stdout).toContain("CREATE TYPE state AS ENUM ('open')")
    expect(script.code).toBe(0)
    expect(built(dir, 'upgrade', 'head', '--sql').stderr).toContain('[OPERATION.OFFLINE]')
    expect(built(dir, 'upgrade', 'aaaaaaaaaaaa').code).toBe(0)
    const failed = built(dir, 'upgrade', 'head', '--allow', 'BLOCKS_READS')
    expect(failed.stderr).toContain('migrations/b.ts:7:')
    expect(failed.code).toBe(1)
    expect(built(dir, 'upgrade', 'head').stderr).toContain('BLOCKS_READS')
    const { rows } = await held.admin.query(
      "SELECT attname FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0",
    )
    expect(rows).toEqual([{ attname: 'id' }, { attname: 'state' }])
    // The type goes with the table: known from the revision that created it.
    expect(built(dir, 'downgrade', 'base').code).toBe(0)
    expect((await held.admin.query("SELECT to_regtype('state') AS state")).rows).toEqual([{ state: null }])
  })
})

describeLive('a fleet of schemas', (server) => {
  const held = heldDatabase(server)

  test('is run from one file, and looked at from the modules', async () => {
    expect(existsSync(join(root, 'dist/fleet.cjs'))).toBe(true)
    await held.admin.query('CREATE SCHEMA north; CREATE SCHEMA south; CREATE TABLE south.b (id integer)')
    const dir = folderOf({
      'package.json': '{ "type": "module" }',
      'ambix.config.ts': `import { defineConfig } from 'ambix'
export default defineConfig({ url: '${held.url}', schema: './schema.ts', targets: async () => ['north', 'south'].map((id) => ({ id, schema: id })) })`,
      'schema.ts': models(),
      'migrations/a.sql': '-- Revision ID: aaaaaaaaaaaa\n-- Revises: none\n-- upgrade\nCREATE TABLE a (id integer);\n',
      'migrations/b.ts': `import { sql } from 'ambix/schema'
export const revision = 'bbbbbbbbbbbb'
export const downRevision = 'aaaaaaaaaaaa'
export function upgrade(op) { op.execute(sql\`CREATE TABLE b (id integer)\`) }
export function downgrade(op) { op.dropTable('b') }`,
    })
    const up = built(dir, 'upgrade', 'head', '--targets')
    expect(up.stderr).toContain('failed: south: Upgrading to bbbbbbbbbbbb failed')
    expect(up.stderr).toContain('Done before, and kept: aaaaaaaaaaaa.')
    expect(up.stdout).toMatch(/^Run 1: 1 target done, 1 failed, in /)
    expect(up.code).toBe(1)
    const current = built(dir, 'current', '--targets')
    expect(current.stdout.trim().split('\n').toSorted()).toEqual([
      '1 target at aaaaaaaaaaaa',
      '1 target at bbbbbbbbbbbb',
      'south: aaaaaaaaaaaa (behind)',
    ])
    expect(built(dir, 'upgrade', '-1', '--targets').stderr).toContain('[USAGE.INVALID]')
    expect(built(dir, 'check', '--targets').stderr).toContain('2 targets: ')
  })
})
