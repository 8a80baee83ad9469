/**
 * Issue 10, path attacks: a path that leads out of the project, in every place where a command takes a name or a text that becomes part of a
 * path. Whatever the command says, nothing is written outside of the project, and a refusal has a code.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { revisionFile, sandbox } from './sandbox.ts'

const long = 'x'.repeat(5000)
/** `%O` is a folder beside the project. */
const attacks: readonly string[] = [
  '../evil',
  '../../evil',
  'a/../../evil',
  './../evil.ts',
  '..',
  '../outside/evil',
  '%O/evil',
  '/proc/self/evil',
  '/dev/full',
  'C:\\evil',
  'C:evil',
  '\\\\server\\share\\evil',
  '..\\..\\evil',
  '..%2f..%2fevil',
  'a\u0000/../../evil',
  '\u2025/\u2215evil',
  '\uFF0E\uFF0E\uFF0F\uFF0E\uFF0E\uFF0Fevil',
  'CON',
  'evil\n../evil',
  '~/evil',
  '$HOME/evil',
  'out-link/evil',
  'out-file',
  long,
  `${'d/'.repeat(40)}${'../'.repeat(45)}evil`,
]

/** Where it is put; the words of the command. */
const places: readonly (readonly [
  string,
  (attack: string) => { readonly config?: object; readonly words: readonly string[] },
])[] = [
  ['an id', (a) => ({ words: ['revision', '-m', 'x', '--rev-id', a] })],
  ['a message', (a) => ({ words: ['revision', `-m${a}`] })],
  ['a message of an SQL file', (a) => ({ words: ['revision', `-m${a}`, '--format', 'sql'] })],
  ['a label', (a) => ({ words: ['revision', '-m', 'x', '--branch-label', a] })],
  ['a version path', (a) => ({ words: ['revision', '-m', 'x', '--version-path', a] })],
  ['a template of names', (a) => ({ config: { fileTemplate: a }, words: ['revision', '-m', 'x'] })],
  ['a template with an id', (a) => ({ config: { fileTemplate: `${a}/{rev}` }, words: ['revision', '-m', 'x'] })],
  ['a message of a merge', (a) => ({ words: ['merge', 'a1', 'b1', `-m${a}`] })],
  ['an id of a merge', (a) => ({ words: ['merge', 'a1', 'b1', '--rev-id', a] })],
  ['a folder of a new project', (a) => ({ words: ['init', a] })],
  [
    'a folder of a project from a database',
    (a) => ({ words: ['init', a, '--from-database', '--url', 'postgres://joe@127.0.0.1:1/app'] }),
  ],
  ['a template of a new project', (a) => ({ words: ['init', 'fresh', '-t', a] })],
]

// All of them are quick enough for every run.
describe('paths that lead out', () => {
  let count = 0
  for (const [place, give] of places)
    test(`in ${place}`, async () => {
      const found: string[] = []
      for (const attack of attacks) {
        const { dir } = sandbox()
        const outside = join(dir, 'outside')
        const s = sandbox({
          files: { 'migrations/a1.ts': revisionFile('a1', null), 'migrations/b1.ts': revisionFile('b1', null) },
        })
        mkdirSync(outside)
        writeFileSync(join(outside, 'kept'), 'kept')
        symlinkSync(outside, join(s.dir, 'migrations/out-link'))
        symlinkSync(outside, join(s.dir, 'out-link'))
        symlinkSync(join(outside, 'kept'), join(s.dir, 'migrations/out-file'))
        symlinkSync(join(outside, 'kept'), join(s.dir, 'out-file'))
        const { config, words } = give(attack.replaceAll('%O', outside))
        const first = words[0] === 'init'
        if (!first) s.write('ambix.config.json', JSON.stringify({ url: 'postgres://joe@127.0.0.1:1/app', ...config }))
        const around = new Set(readdirSync(join(s.dir, '..')))
        const done = await s.run(...words)
        count++
        const name = `${place}, ${JSON.stringify(attack.slice(0, 60))}`
        if (readdirSync(outside).join() !== 'kept' || readFileSync(join(outside, 'kept'), 'utf8') !== 'kept')
          found.push(`${name}: written outside`)
        const evil = readdirSync(join(s.dir, '..')).filter((f) => !around.has(f) && /evil/.test(f))
        if (evil.length > 0) found.push(`${name}: written beside the project: ${evil.join()}`)
        if (done.code !== 0 && !/\[[A-Z]+\.[A-Z_]+\]/.test(done.stderr))
          found.push(`${name}: no code: ${done.stderr.slice(0, 150)}`)
        if (/^\s+at |internal error/m.test(done.stderr)) found.push(`${name}: a stack trace`)
        expect(statSync(s.dir).isDirectory()).toBe(true)
      }
      expect(found.join('\n')).toBe('')
    })
  test('enough of them', () => {
    console.log(`path attacks: ${count}`)
    expect(count).toBeGreaterThanOrEqual(168)
  })
})
