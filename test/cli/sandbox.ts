/** A project folder and the command line in it, with every run kept as a transcript that reads like a terminal. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import type { ConfigInput } from '../../src/config/load.ts'
import { folderOf } from '../support/folder.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Sandbox {
  readonly dir: string
  /** Runs one command line, split at blanks (quotes hold words together), and adds it to the transcript. */
  $(line: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
  /** The same in a process of its own. */
  $$(line: string, env?: Readonly<Record<string, string>>): Outcome
  /** The same with words as they are. */
  run(...argv: readonly string[]): Promise<Outcome>
  /** A remark in the transcript. */
  note(text: string): void
  write(path: string, text: string): void
  read(path: string): string
  /** Paths under a folder, sorted. */
  files(folder?: string): string[]
  transcript(): string
}

export interface SandboxOptions {
  readonly url?: string
  readonly files?: Readonly<Record<string, string>>
  /** Keys of the configuration beside the URL; written to ambix.config.json. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Given to main instead of a file. */
  readonly embed?: ConfigInput
}

export function sandbox(options: SandboxOptions = {}): Sandbox {
  const dir = folderOf({ 'package.json': '{ "type": "module" }', ...options.files })
  if (
    options.config !== undefined ||
    (options.url !== undefined && options.embed === undefined && !hasConfig(options.files))
  ) {
    writeFileSync(
      join(dir, 'ambix.config.json'),
      JSON.stringify({ ...(options.url === undefined ? {} : { url: options.url }), ...options.config }),
    )
  }
  const lines: string[] = []
  const clean = (text: string): string => normal(text, dir, options.url)
  const run = async (argv: readonly string[], shown: string): Promise<Outcome> => {
    const out: string[] = []
    const err: string[] = []
    const both: [string, string][] = []
    const sink = (name: string, list: string[]): Writable =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => (
          list.push(chunk.toString()),
          both.push([name, chunk.toString()]),
          done()
        ),
      })
    const code = await main(argv, {
      cwd: dir,
      streams: { stdout: sink('out', out), stderr: sink('err', err) },
      config: options.embed,
    })
    lines.push(`$ ambix ${shown}`)
    for (const [name, text] of both)
      for (const line of clean(text).trimEnd().split('\n'))
        lines.push(`${name === 'err' ? '2| ' : ''}${line}`.trimEnd())
    if (code !== 0) lines.push(`[exit ${code}]`)
    lines.push('')
    return { code, stdout: out.join(''), stderr: err.join('') }
  }
  return {
    dir,
    $: async (line, env = {}) => {
      const before = Object.fromEntries(Object.keys(env).map((k) => [k, process.env[k]]))
      Object.assign(process.env, env)
      try {
        return await run(words(line), line)
      } finally {
        for (const [key, value] of Object.entries(before)) {
          if (value === undefined) delete process.env[key]
          else process.env[key] = value
        }
      }
    },
    $$: (line, env = {}) => {
      const done = bin(dir, words(line), { env })
      lines.push(`$ ambix ${line}`)
      for (const [name, text] of [
        ['err', done.stderr],
        ['out', done.stdout],
      ] as const) {
        if (text !== '')
          for (const l of clean(text).trimEnd().split('\n')) lines.push(`${name === 'err' ? '2| ' : ''}${l}`.trimEnd())
      }
      if (done.code !== 0) lines.push(`[exit ${done.code}]`)
      lines.push('')
      return done
    },
    run: (...argv) => run(argv, argv.join(' ')),
    note: (text) => void lines.push(`# ${text}`, ''),
    write: (path, text) => {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    },
    read: (path) => readFileSync(join(dir, path), 'utf8'),
    files: (folder = 'migrations') =>
      existsSync(join(dir, folder))
        ? readdirSync(join(dir, folder), { recursive: true, encoding: 'utf8' }).toSorted()
        : [],
    transcript: () => `${lines.join('\n').trimEnd()}\n`,
  }
}

const hasConfig = (files: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(files ?? {}).some((path) => /^ambix\.config\.\w+$/.test(path))

/** Splits as a shell does, as far as tests need it. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map((m) =>
    m[0].replaceAll(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ''),
  )
}

/** What differs from run to run becomes a word. */
export function normal(text: string, dir: string, url?: string): string {
  return text
    .replaceAll(`/private${dir}`, '.')
    .replaceAll(dir, '.')
    .replaceAll(url ?? '\u0000', '<url>')
    .replaceAll(/postgres:\/\/postgres@127\.0\.0\.1:\d+\/ambix_test_\w+/g, '<url>')
    .replaceAll(/@127\.0\.0\.1:\d{3,}/g, '@127.0.0.1:<port>')
    .replaceAll(/\b\d{8}_\d{4}_/g, '<date>_')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/g, '<date>')
    .replaceAll(/ambix_locked_\d+/g, '<role>')
    .replaceAll(/in \d+ ms/g, 'in <n> ms')
    .replaceAll(/\(\d+ ms\)/g, '(<n> ms)')
    .replaceAll(/ambix \d+\.\d+\.\d+(?:-[\w.]+)?/g, 'ambix <version>')
}

/** The program in a process of its own, from the source, as bin/ambix.js starts it from dist. */
export function bin(
  dir: string,
  argv: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Outcome {
  const program = new URL('./program.mjs', import.meta.url).pathname
  const done = spawnSync(process.execPath, [program, ...argv], {
    cwd: dir,
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  })
  return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr }
}

/** A revision file by hand. */
export function revisionFile(
  id: string,
  down: string | readonly string[] | null,
  options: {
    readonly message?: string
    readonly up?: string
    readonly down?: string
    readonly labels?: readonly string[]
    readonly needs?: readonly string[]
    readonly head?: string
  } = {},
): string {
  return `/** ${options.message ?? `the revision ${id}`} */
import type { Operations } from 'ambix'
${options.head ?? ''}
export const revision = '${id}'
export const downRevision = ${JSON.stringify(down)}
export const branchLabels = ${JSON.stringify(options.labels ?? [])}
export const dependsOn = ${JSON.stringify(options.needs ?? [])}

export function upgrade(op: Operations): void {
  ${options.up ?? ''}
}
${options.down === undefined ? '' : `\nexport function downgrade(op: Operations): void {\n  ${options.down}\n}\n`}`
}
