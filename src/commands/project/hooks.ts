/** Post-processes a written file: the project's own formatter, then the configured commands (specs/alembic.md F10). */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AmbixError } from '../../errors.ts'
import type { Project } from './project.ts'

/** Found by its configuration file, run from the project's own node_modules, never downloaded. */
const formatters: readonly {
  readonly bin: string
  readonly files: readonly string[]
  readonly args: (file: string) => string[]
}[] = [
  { bin: 'biome', files: ['biome.json', 'biome.jsonc'], args: (f) => ['format', '--write', f] },
  { bin: 'oxfmt', files: ['.oxfmtrc.json', '.oxfmtrc.jsonc'], args: (f) => [f] },
  { bin: 'dprint', files: ['dprint.json', 'dprint.jsonc', '.dprint.json'], args: (f) => ['fmt', f] },
  {
    bin: 'prettier',
    files: [
      '.prettierrc',
      '.prettierrc.json',
      '.prettierrc.yml',
      '.prettierrc.yaml',
      '.prettierrc.js',
      '.prettierrc.mjs',
      '.prettierrc.cjs',
      '.prettierrc.ts',
      '.prettierrc.toml',
      'prettier.config.js',
      'prettier.config.mjs',
      'prettier.config.cjs',
      'prettier.config.ts',
    ],
    args: (f) => ['--write', '--log-level', 'warn', f],
  },
  {
    bin: 'eslint',
    files: ['eslint.config.js', 'eslint.config.mjs', 'eslint.config.cjs', 'eslint.config.ts'],
    args: (f) => ['--fix', f],
  },
]

/** Runs formatter and hooks on the written files. Throws HOOK.FAILED for a hook that fails; the file is kept. */
export function runHooks(project: Project, files: readonly string[]): void {
  const { format, postWriteHooks, dir } = project.settings
  for (const file of files) {
    if (format === 'auto') autoFormat(project, file)
    else if (format !== false) command(format, file, dir, true)
    for (const hook of postWriteHooks)
      command(hook.command, file, hook.cwd === undefined ? dir : join(dir, hook.cwd), false)
  }
}

function autoFormat(project: Project, file: string): void {
  for (let dir = project.settings.dir; ; dir = dirname(dir)) {
    for (const formatter of formatters) {
      if (
        !formatter.files.some((name) => existsSync(join(dir, name))) &&
        !(formatter.bin === 'prettier' && hasPrettierKey(dir))
      )
        continue
      const bin = findBin(project.settings.dir, formatter.bin)
      if (bin === undefined) continue
      const done = spawnSync(bin, formatter.args(file), { cwd: project.settings.dir, encoding: 'utf8' })
      if (done.status !== 0)
        project.warn(
          `${formatter.bin} could not format ${file}: ${(done.stderr || done.stdout || String(done.error ?? '')).trim().split('\n')[0]}`,
        )
      return
    }
    if (existsSync(join(dir, '.git')) || dirname(dir) === dir) return
  }
}

function hasPrettierKey(dir: string): boolean {
  try {
    return 'prettier' in (JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as object)
  } catch {
    return false
  }
}

function findBin(from: string, name: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    const bin = join(dir, 'node_modules', '.bin', name)
    if (existsSync(bin)) return bin
    if (dirname(dir) === dir) return undefined
  }
}

/** The line is split into words with quotes; no shell is started. */
function command(line: string, file: string, cwd: string, formatter: boolean): void {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!)
  const args = words.slice(1).map((w) => w.replaceAll('{file}', file))
  if (!line.includes('{file}')) args.push(file)
  const bin = findBin(cwd, words[0]!) ?? words[0]!
  const done = spawnSync(bin, args, { cwd, encoding: 'utf8' })
  if (done.status === 0) return
  const said = [done.stderr, done.stdout]
    .map((t) => (t ?? '').trim())
    .filter(Boolean)
    .join('\n')
  throw new AmbixError('HOOK.FAILED', `The ${formatter ? 'formatter' : 'post-write hook'} failed: ${line}`, {
    why: [
      said || done.error?.message || `It ended with ${done.status ?? done.signal}.`,
      `The file stays: ${file}`,
    ].join('\n'),
    next: ['Fix the command in the configuration, or run it by hand on the file'],
    cause: done.error,
  })
}
