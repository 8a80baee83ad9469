/** An app in one file, with its revisions inside: built by esbuild, run in a folder that has nothing else. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { current } from '../../src/index.ts'
import { revisionFile, sandbox } from '../cli/sandbox.ts'
import type { Sandbox } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const root = resolve(import.meta.dirname, '../..')

const app = `import pg from 'pg'
import { current, isAmbixError, upgrade } from 'ambix'
import { leavesNoTrace, singleHead, upDownConsistency } from 'ambix/testing'
import bundle from './migrations/_bundle.ts'

async function main(): Promise<void> {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
  const applied = async (): Promise<unknown> => (await upgrade(bundle, 'head', { connection: pool })).map((r) => r.applied.map((s) => s.revision))
  const first = await applied()
  const second = await applied()
  const [state] = await current(bundle, { connection: pool })
  const { rows } = await pool.query('select note from one')
  await pool.end()
  await singleHead(bundle)
  const url = process.env.EMPTY_URL
  await upDownConsistency(bundle, { url })
  await leavesNoTrace(bundle, { url })
  const gone = await upgrade(bundle, 'nope', { url }).catch((e: unknown) => isAmbixError(e) && e.code)
  console.log(JSON.stringify({ first, second, atHeads: state?.atHeads, rows, gone }))
}
void main()
`

function project(): Sandbox {
  const at = sandbox({
    files: {
      'ambix.config.ts': `import pg from 'pg'
import { defineConfig } from 'ambix'
import { pgWith } from 'ambix/drivers/pg'
export default defineConfig({ driver: pgWith(pg), url: () => process.env.DATABASE_URL ?? '', onVersionApply: ({ revision }) => void process.stderr.write(\`told of \${String(revision)}\\n\`) })
`,
      'migrations/env.ts': `import type { EnvironmentContext } from 'ambix'
export default async function env(context: EnvironmentContext): Promise<void> { context.configure(); await context.runMigrations({ note: 'from env' }) }
`,
      'migrations/a1.ts': revisionFile('a1', null, {
        up: `op.execute('create table one (id int primary key)')`,
        down: `op.execute('drop table one')`,
      }),
      'migrations/b2.sql':
        "-- revision: b2\n-- down_revision: a1\n\n-- upgrade\nalter table one add note text default '`${x}\\n`';\n\n-- downgrade\nalter table one drop note;\n",
      'migrations/c3.ts': `import type { Operations } from 'ambix'
import { text } from 'ambix/schema'
export const revision = 'c3'
export const downRevision = 'b2'
export function upgrade(op: Operations, args: { note?: string }): void {
  op.addColumn('one', 'more', text())
  op.run(async ({ db }) => { await db.query('insert into one (id, more) values ($1, $2)', [1, args.note]) })
}
export function downgrade(op: Operations): void {
  op.run(async ({ db }) => { await db.query('delete from one') })
  op.dropColumn('one', 'more')
}
`,
      'app.ts': app,
    },
  })
  // The config imports `pg`.
  symlinkSync(join(root, 'node_modules'), join(at.dir, 'node_modules'))
  return at
}

/** Built into one file of a folder of its own, and run there. */
async function run(
  at: Sandbox,
  format: 'cjs' | 'esm',
  env: Readonly<Record<string, string>>,
): Promise<{ out: string; err: string }> {
  const built = await build({
    entryPoints: [join(at.dir, 'app.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format,
    alias: {
      ambix: join(root, 'src/index.ts'),
      'ambix/schema': join(root, 'src/schema.ts'),
      'ambix/testing': join(root, 'src/testing.ts'),
      'ambix/drivers/pg': join(root, 'src/drivers/pg.ts'),
    },
    nodePaths: [join(root, 'node_modules')],
    external: ['pg-native'],
    ...(format === 'esm'
      ? {
          banner: {
            js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
          },
        }
      : {}),
    logLevel: 'silent',
  })
  const alone = folderOf({ 'package.json': '{}' })
  mkdirSync(join(alone, 'app'))
  const file = join(alone, 'app', format === 'cjs' ? 'app.cjs' : 'app.mjs')
  writeFileSync(file, built.outputFiles[0]!.text)
  const done = spawnSync(process.execPath, [file], {
    cwd: join(alone, 'app'),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  })
  return { out: done.stdout, err: done.stderr }
}

describeLive('a bundled app', () => {
  it.each(['cjs', 'esm'] as const)('upgrades at its start as %s, its revisions tested from inside', async (format) => {
    const at = project()
    expect(await at.$('bundle')).toMatchObject({ code: 0 })
    const url = (await freshDatabase()).url
    const { out, err } = await run(at, format, { DATABASE_URL: url, EMPTY_URL: (await freshDatabase()).url })
    expect(
      err
        .split('\n')
        .filter((l) => l !== '')
        .slice(0, 3),
      err,
    ).toEqual(['told of a1', 'told of b2', 'told of c3'])
    expect(JSON.parse(out)).toEqual({
      first: [['a1', 'b2', 'c3']],
      second: [[]],
      atHeads: true,
      rows: [{ note: '`${x}\\n`' }],
      gone: 'REVISION.UNKNOWN',
    })
    // The checksums are those of the files: nothing was edited.
    const warned: string[] = []
    const [state] = await current({ root: at.dir, url }, { warn: (text) => warned.push(text) })
    expect([state!.atHeads, warned]).toEqual([true, []])
  })
})

describe('ambix bundle', () => {
  it('--check finds what is out of date, however the file is formatted', async () => {
    const at = project()
    expect(await at.$('bundle --check')).toMatchObject({ code: 2 })
    expect(await at.$('bundle')).toMatchObject({ code: 0, stderr: 'wrote migrations/_bundle.ts with 3 revisions\n' })
    const text = at.read('migrations/_bundle.ts')
    at.write('migrations/_bundle.ts', text.replaceAll("'", '"').replaceAll('\n    ', '\n\t'))
    expect(await at.$('bundle --check')).toMatchObject({ code: 0, stderr: 'migrations/_bundle.ts is up to date\n' })
    at.write('migrations/a1.ts', `${at.read('migrations/a1.ts')}// edited\n`)
    const stale = await at.$('bundle --check')
    expect(stale).toMatchObject({ code: 2 })
    expect(stale.stderr).toBe('migrations/_bundle.ts is out of date: write it anew with `ambix bundle`\n')
    expect(await at.$('bundle --out plain.json')).toMatchObject({ code: 1 })
    expect((await at.$('heads')).stdout).toContain('c3')
  })
})
