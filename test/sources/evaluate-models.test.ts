/** Models that are evaluated without a loader: they declare what the module would, and everything else is left to it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import * as schema from '../../src/schema.ts'
import { importModule } from '../../src/util/import-module.ts'
import { evaluateModels } from '../../src/sources/evaluate-models.ts'
import { placeOfError } from '../../src/util/written-at.ts'

const builtins = { 'ambix/schema': schema }
const folder = mkdtempSync(join(tmpdir(), 'ambix-models-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function written(text: string, extension = 'ts'): string {
  const file = join(folder, `models${++count}.${extension}`)
  writeFileSync(file, text)
  return file
}

const names = { most: 63, unit: 'bytes' } as const
const evaluated = (text: string, extension?: string): readonly Record<string, unknown>[] | undefined =>
  evaluateModels([written(text, extension)], builtins)

const usual = `// it's "odd" \`here\`, and < there
/* import { no } from 'nowhere' */
import type { TableLike } from 'ambix/schema'
import {
  enumType,
  index as ix,
  integer,
  sql,
  table,
} from 'ambix/schema'
import * as all from "ambix/schema"

export const state = enumType('state', ['draft', 'live'])
const shared = { id: integer().primaryKey() } // export const hidden = 1
export const users = table('users', { ...shared, postId: integer().references(() => posts.id) })
export const posts: TableLike = table('posts', {
  ...shared,
  state: state().notNull().default('draft'),
  said: all.text().default(sql\`'
export const x: string = 1
'\`),
}, (t) => [ix().on(t.said)])
export async function later(): void {}
export const about = 'a \\'module\\''
`

test('what a module declares, in the order of its exports', async () => {
  const file = written(usual)
  const [own] = evaluateModels([file], builtins)!
  const loaded = await importModule(file)
  expect(Object.keys(own!)).toEqual(Object.keys(loaded))
  expect(Object.getPrototypeOf(own)).toBe(null)
  expect(own!['about']).toBe("a 'module'")
  expect(collectSchema([own!], { names }).schema.objects).toEqual(collectSchema([loaded], { names }).schema.objects)
})

test('several files that do not know each other are evaluated in turn; one that is not plain leaves all to the loader', () => {
  const one = written(`import { table, text } from 'ambix/schema'\nexport const a = table('a', { x: text() })\n`)
  const two = written(`import { table, text } from 'ambix/schema'\nexport const b = table('b', { x: text() })\n`)
  expect(evaluateModels([one, two], builtins)?.map((m) => Object.keys(m))).toEqual([['a'], ['b']])
  const three = written(`import { a } from './models2.ts'\nexport const c = a\n`)
  expect(evaluateModels([one, two, three], builtins)).toBe(undefined)
})

test.each([
  ['another module', `import { a } from './a.ts'\nexport const b = a`],
  ['a name that the builders do not have', `import { nothing } from 'ambix/schema'\nexport const b = nothing()`],
  ['an import for its effects', `import 'ambix/schema'\nexport const b = 1`],
  ['an import behind code', `export const b = () => text()\nimport { text } from 'ambix/schema'`],
  [
    'an import behind code that exports nothing',
    `const b = 1\nimport { text } from 'ambix/schema'\nexport const c = b`,
  ],
  ['an import behind a directive', `'use strict'\nimport { text } from 'ambix/schema'\nexport const c = text()`],
  ['an import that is called', `export const b = import('./a.ts')`],
  ['what the module is', `export const b = import.meta.url`],
  ['await', `export const b = await 1`],
  ['more of TypeScript', `export const b = 1 as const`],
  ['an annotation elsewhere', `const a: number = 1\nexport const b = a`],
  ['a type argument', `export const b = new Set<string>()`],
  ['an enum', `export enum A { a }\nexport const b = 1`],
  ['a class', `class A { a = 1 }\nexport const b = new A()`],
  ['a default export', `export default 1`],
  ['a list of exports', `const a = 1\nexport { a }`],
  ['all of another module', `export * from './a.ts'`],
  ['one name twice', `export const a = 1\nexport const a = 2`],
  ['one function twice', `function a() {}\nfunction a() {}\nexport const b = a`],
  ['CommonJS', `module.exports = 1`],
  ['nothing', `const a = 1`],
  ['what does not parse', `export const a = `],
  ['several constants in one declaration', `export const a = f(1, 2), b = 2`],
  ['the same, over lines', `export const a = [1, 2]\n  , b = 2`],
  ['the same, behind a function', `export const a = (x, y) => {\n  return_(x, y)\n},\n  { b } = a`],
  ['a name of the function around it', `const __import = 1\nexport const a = __import`],
  ['a sign that ends a comment', `// \u2028 still\nexport const a = 1`],
  ['a catch of the block', `export const a = 1\n} catch {`],
  ['an escape in a word', `export const a = \\u0061wait`],
  ['an end of the block', `export const a = 1 } { `],
  ['an end of the function', `export const a = 1 }}) ;(function () {{ `],
])('%s is left to the loader', (_, text) => {
  expect(evaluated(`${text}\n`)).toBe(undefined)
})

test('JavaScript is left to Node, which knows what the file is', () => {
  expect(evaluated('export const a = 1\n', 'js')).toBe(undefined)
  expect(evaluated('export const a = 1\n', 'cts')).toBe(undefined)
  expect(evaluated('export const a = 1\n', 'mts')).toBeDefined()
})

test('an error has its place, on the first line too', () => {
  const thrown = (text: string): unknown => {
    try {
      return evaluated(text)
    } catch (error) {
      return error
    }
  }
  const first = thrown('export const a = null.x\n')
  expect(first).toMatchObject({ code: 'MODULE.LOAD', data: { line: 1, column: 23 } })
  expect(thrown('\n\n  export\nconst a = 1')).toBe(undefined)
  expect(thrown('const b = undefined\n\nexport const a = b.x\n')).toMatchObject({
    code: 'MODULE.LOAD',
    data: { line: 3, column: 20 },
  })
  expect(thrown(`import { text } from 'ambix/schema'\nexport const a = text().notNul()\n`)).toMatchObject({
    next: [{ text: 'Did you mean .notNull?' }],
  })
  const builder = thrown(`import { table } from 'ambix/schema'\nexport const a =\n  table('', {})\n`)
  expect(builder).toMatchObject({ code: 'SCHEMA.INVALID' })
  expect(placeOfError(builder as Error)).toMatchObject({ line: 3, column: 3 })
})

test('nothing runs before all of them are known to be plain', () => {
  const noisy = written(`globalThis.ambixNoise = true\nexport const a = 1\n`)
  const other = written(`import { a } from './a.ts'\nexport const b = a\n`)
  expect(evaluateModels([noisy, other], builtins)).toBe(undefined)
  expect('ambixNoise' in globalThis).toBe(false)
})

test('a second run compiles none of their functions', () => {
  const file = written(`import { text } from 'ambix/schema'\nexport const a = text({ ofModels: () => 'called' })\n`)
  const own = new URL('../../src/sources/evaluate-models.ts', import.meta.url).href
  const script = `import { evaluateModels } from '${own}'
const [{ a }] = evaluateModels(['${file}'], { 'ambix/schema': { text: (given) => given } })
function ofScript() {
  return a.ofModels()
}
console.log(ofScript())`
  const compiled = (): readonly string[] => {
    const log = join(folder, 'v8.log')
    const flags = ['--log-function-events', `--logfile=${log}`, '--no-logfile-per-isolate']
    const run = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
    })
    expect([run.stderr, run.stdout]).toEqual(['', 'called\n'])
    const events = readFileSync(log, 'utf8').matchAll(/^function,interpreter,.*,(of(?:Models|Script))$/gm)
    return Array.from(events, ([, name]) => name!)
  }
  expect(compiled()).toEqual(['ofModels', 'ofScript'])
  // Functions of other code are compiled when they are called, as ever.
  expect(compiled()).toEqual(['ofScript'])
})
