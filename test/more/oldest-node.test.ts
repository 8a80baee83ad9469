/** The package as people get it, on the oldest Node that it names: what no `npm ci` brings, and a hundred megabytes. */
import { execFileSync, spawnSync } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'
import { manifest, pack, type Packed, quiet } from '../support/packed.ts'

let packed: Packed
beforeAll(() => {
  packed = pack()
  return () => packed.remove()
})

test(
  'the main job runs on the oldest Node that the package names, and says nothing beside it',
  { timeout: 180_000 },
  (context) => {
    const oldest = /^>=(\d+\.\d+)$/.exec(manifest.engines.node)![1]!
    const folder = folderOf({ 'package.json': '{"name":"old","private":true,"type":"module"}' })
    const install = (...packages: string[]): void =>
      void execFileSync(
        'npm',
        ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...packages],
        {
          cwd: folder,
          encoding: 'utf8',
          env: quiet,
          stdio: 'pipe',
        },
      )
    try {
      install(`node-${process.platform}-${process.arch}@${oldest}.0`)
    } catch (error) {
      // The only package of these tests that `npm ci` does not bring.
      if (process.env['AMBIX_TEST_OLD_NODE_REQUIRED'] !== undefined) throw error
      context.skip(`Node ${oldest} cannot be installed here`)
    }
    const kept = join(folder, `node-${process.platform}-${process.arch}`)
    renameSync(join(folder, 'node_modules', `node-${process.platform}-${process.arch}`), kept)
    install(packed.file)
    const ambix = (...args: string[]) =>
      spawnSync(join(kept, 'bin/node'), [join(folder, 'node_modules/.bin/ambix'), ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, DATABASE_URL: undefined, NO_COLOR: '1' },
      })
    const done = (...args: string[]): string => {
      const run = ambix(...args)
      expect(run.status, `${args.join(' ')}: ${run.stderr}`).toBe(0)
      return run.stderr
    }
    done('init', '--dialect', 'sqlite')
    // A file that Node must translate, and CommonJS that requires the copy of ambix that runs.
    writeFileSync(
      join(folder, 'src/status.cts'),
      `const { enumType } = require('ambix/schema')\nenum Word { Live = 'live' }\nexports.status = enumType('status', [Word.Live, 'gone'])\n`,
    )
    writeFileSync(
      join(folder, 'src/schema.ts'),
      `import { integer, table } from 'ambix/schema'\nimport { status } from './status.cts'\nexport { status }\nexport const posts = table('posts', { id: integer().primaryKey(), status: status().notNull() })\n`,
    )
    expect(done('revision', '--autogenerate', '-m', 'posts')).not.toContain('Warning')
    expect(done('upgrade', 'head')).toMatch(/^Database: .*\nRunning upgrade <base> -> \w+, posts\n$/)
    expect(done('check')).toMatch(/^Database: .*\nNo changes: .*\n$/)
    expect(done('downgrade', 'base')).toMatch(/^Database: .*\nRunning downgrade \w+ -> <base>, posts\n$/)
  },
)
