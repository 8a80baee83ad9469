/** The package as `npm publish` would send it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'

export const root: string = join(import.meta.dirname, '../..')
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  engines: { node: string }
  exports: Record<string, string | { default: string }>
  bin: { ambix: string }
}
export const quiet: NodeJS.ProcessEnv = { ...process.env, npm_config_loglevel: 'error' }

export interface Packed {
  readonly file: string
  readonly files: readonly { readonly path: string }[]
  remove(): void
}

export function pack(): Packed {
  // `npm test` has built dist; without scripts npm does not build it a second time.
  expect(existsSync(join(root, 'dist/cli.js'))).toBe(true)
  const folder = mkdtempSync(join(tmpdir(), 'ambix-pack-'))
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    env: quiet,
  })
  const [{ filename, files }] = JSON.parse(said) as [{ filename: string; files: Packed['files'] }]
  return { file: join(folder, filename), files, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
