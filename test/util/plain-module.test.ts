/** Revisions that are run without a transformer: what is taken means the same as in a module, and everything else is left. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import * as schema from '../../src/schema.ts'
import { evaluateModule, reachesTimers, startsNothing } from '../../src/util/evaluate.ts'
import { importModule } from '../../src/util/import-module.ts'
import { plainBody, plainText } from '../../src/util/modules/plain-module.ts'

const builtins = { 'ambix/schema': schema }
const folder = mkdtempSync(join(tmpdir(), 'ambix-plain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const head = `/**
 * it's "odd" \`here\`
 */
import type { Operations } from 'ambix'
import {
  enumRef as ref,
  varchar,
} from 'ambix/schema'

export const revision = '3f2a9c81d04e'
export const downRevision: string | null = null
export const branchLabels: string[] = []
export const dependsOn: string[] = []
`
const usual = `${head}
export function upgrade(op: Operations, args: Args): void {
  op.addColumn('posts', 'title', varchar(120)) // export const y = 1
  op.execute(\`
export const x: string = 1
export function upgrade(op: Operations): void {
  \`)
  op.execute('it\\'s', "a < b", ref('x'))
}

export function downgrade(): void {}
`

interface Call {
  readonly name: string
  readonly args: readonly unknown[]
}

function calls(module: Record<string, unknown> | undefined): readonly Call[] {
  const made: Call[] = []
  const get =
    (_: object, name: string) =>
    (...args: unknown[]) =>
      void made.push({ name, args })
  ;(module!['upgrade'] as (op: object) => void)(new Proxy({}, { get }))
  return made
}

test('the usual revision is taken as it is: same positions, same texts', () => {
  const body = plainBody(usual, builtins)
  expect(body).toBeDefined()
  const lines = body!.split('\n')
  for (const [i, line] of usual.split('\n').entries())
    if (line.includes('op.')) expect(lines[i]).toBe(line)
    else if (line.startsWith('export') && !line.startsWith('export const x'))
      expect(lines[i]!.indexOf('=')).toBe(line.indexOf('='))
  const module = evaluateModule('/m/1.ts', usual, builtins)
  expect(Object.keys(module ?? {})).toEqual([
    'revision',
    'downRevision',
    'branchLabels',
    'dependsOn',
    'upgrade',
    'downgrade',
  ])
  expect(calls(module)).toEqual([
    { name: 'addColumn', args: ['posts', 'title', schema.varchar(120)] },
    { name: 'execute', args: ['\nexport const x: string = 1\nexport function upgrade(op: Operations): void {\n  '] },
    { name: 'execute', args: ["it's", 'a < b', schema.enumRef('x')] },
  ])
})

test('an error is at its line and column, in the first line too', () => {
  for (const [source, place] of [
    [`export const a = nothing`, '1:18'],
    [`${head}\nexport const list: string[] = [nothing]`, '15:32'],
  ] as const) {
    expect(plainBody(source, builtins)).toBeDefined()
    let stack = ''
    try {
      evaluateModule('/m/1.ts', source, builtins)
    } catch (error) {
      stack = (error as Error).stack ?? ''
    }
    expect(stack).toContain(`/m/1.ts:${place}`)
  }
})

test.each([
  ['type arguments of a call', `const f = (x) => x\nexport const a = f<string>(1)`],
  ['a comparison', `export const a = 1 < 2`],
  ['a regular expression', `export const a = /'/.test("'")`],
  ['a division', `export const a = 1 / 2 / 1`],
  ['a template with expressions', 'export const a = `${1}`'],
  ['a return at the top', `export const a = 1\nif (a) return 5`],
  ['await', `export async function upgrade(op) { await op.x() }`],
  ['an export in a block', `{\n  export const a = 1\n}`],
  ['exports by name', `const a = 1\nexport { a }\nexport const b = 1`],
  ['a default export', `export default 1\nexport const b = 1`],
  ['a class', `export class A {}\nexport const b = 1`],
  ['an enum', `export enum A { x }\nexport const b = 1`],
  ['the same name twice', `export const a = 1\nexport const a = 2`],
  ['an import after code', `export const a = varchar(1)\nimport { varchar } from 'ambix/schema'`],
  ['an import of a name that is not there', `import { nothing } from 'ambix/schema'\nexport const a = 1`],
  ['an import of a file', `import { x } from './x.ts'\nexport const a = x`],
  ['a decorator', `const d = () => {}\nexport const a = 1\n@d class A {}`],
  ['a comment of HTML', `export const a = 1\n--> a comment in a script, not in a module`],
  ['new.target', `export const a = new.target`],
  ['arguments', `export const a = arguments`],
  ['a dynamic import', `export const a = () => import('./x.ts')`],
  ['CommonJS', `exports.a = 1\nexport const b = 1`],
  // Read in as many steps as it has letters: a pattern that tries every way to cut the name would never end.
  ['a parameter of a long name and a type of its own', `export function f(${'parameter'.repeat(9)}: Readonly<X>) {}`],
  ['several constants in one declaration', `export const a = f(1, 2), b = 2`],
  ['the same, over lines', `export const a = [1, 2]\n  , b = 2`],
  ['the same, behind a function', `export const a = (x, y) => {\n  g(x, y)\n},\n  { b } = a`],
  ['a name of the function around it', `const __import = 1\nexport const a = __import`],
  ['a sign that ends a comment', `// \u2028 still\nexport const a = 1`],
  ['an open string', `export const a = 'x\n'`],
])('%s is left to the transformer', (_, source) => {
  expect(plainBody(source, builtins)).toBeUndefined()
})

test.each([
  ['a type assertion', `export const a = 1 as number`],
  ['a non-null assertion', `export const a = [1]\nexport const b = a!.length`],
  ['an annotation in the body', `export function upgrade(op: Operations): void {\n  const x: number = 1\n  op.x(x)\n}`],
  ['an interface', `interface A { x: 1 }\nexport const a = 1`],
  ['a type', `type A = string\nexport const a = 1`],
  ['satisfies', `export const a = 1 satisfies number`],
  ['an overload', `function f(x: string): void\nfunction f() {}\nexport const a = f`],
])('%s is no JavaScript, and is evaluated all the same', (_, source) => {
  const file = join(folder, 'typed.ts')
  const module = evaluateModule(file, source, builtins)
  expect(Object.keys(module ?? {})).not.toEqual([])
})

test.each([
  `export const a: string[] = ['x', 'y']\nexport const b = f(1, 2); g(1), h(2)`,
  `export const a = (x, y) =>\n  f(x, y)\n// a comment, with commas\nexport const b = 1`,
  `export const a = {\n  x: 1,\n  y: [2, 3],\n}\n\nexport function upgrade(op) {\n  op.f(a, 1)\n}`,
])('commas inside of a value are none of the declaration: %s', (source) => {
  expect(plainBody(`${source}\n`, builtins)).toBeDefined()
})

test.each([
  ['nothing odd', `${head}\nexport function upgrade(op: Operations): void {}\n`, true],
  ['an export of that name before', `export const revision = 'a'\n${usual}`, false],
  ['a second one in the declaration', usual.replace("= '3f2a9c81d04e'", "= 'a', other = 'b'"), false],
  ['the same, a line later', usual.replace('= null', '= null\n  , other = 1'), false],
  ['an import behind it', usual.replace('/**\n', 'const a = 1\n/**\n'), false],
  ['an import behind a text', `'use strict'\n${usual}`, false],
  ['an import behind an export', `${usual}import type { Operations } from 'ambix'\n`, false],
  ['two exports on a line', usual.replace("c81d04e'\n", "c81d04e'; "), false],
])('a file whose lines were seen in others is taken by itself: %s', (_, source, taken) => {
  plainBody(usual, builtins)
  expect(plainBody(source, builtins) !== undefined).toBe(taken)
})

test('a function that is declared twice is refused as in a module', () => {
  expect(evaluateModule('/m/1.ts', `export const a = 1\nfunction f() {}\nfunction f() {}`, builtins)).toBeUndefined()
})

test('what names nothing that runs later is known to start nothing', () => {
  expect(startsNothing(evaluateModule('/m/1.ts', usual, builtins)!)).toBe(true)
  for (const way of [
    'setTimeout(() => {}, 1)',
    'setImmediate(() => {})',
    'Promise.resolve()',
    'globalThis.x',
    'process.x',
    '[].constructor',
  ])
    expect(startsNothing(evaluateModule('/m/1.ts', `export const a = () => ${way}`, builtins)!)).toBe(false)
})

/** These do all that they do before they return. */
const immediate = new Set(
  'Object Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError DisposableStack JSON Math Intl ArrayBuffer SharedArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray Float16Array Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN console Buffer clearImmediate clearInterval URL URLSearchParams URLPattern DOMException AbortController Event EventTarget CustomEvent MessageEvent CloseEvent ErrorEvent TextEncoder TextDecoder ByteLengthQueuingStrategy CountQueuingStrategy ReadableByteStreamController structuredClone atob btoa Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceResourceTiming performance FormData Headers Storage localStorage sessionStorage Temporal'.split(
    ' ',
  ),
)

test('each global of this Node is known: it starts nothing, or its name is looked for', () => {
  const script = join(folder, 'globals.cjs')
  writeFileSync(script, 'console.log(JSON.stringify(Object.getOwnPropertyNames(globalThis)))')
  const names = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as string[]
  expect(names.filter((name) => !immediate.has(name) && !reachesTimers.test(name))).toEqual([])
})

const models = `import type { Thing } from './nowhere.ts'
import { sql, table, text } from 'ambix/schema'
import other from './other.ts'
import { b as c } from './other.ts'
import * as all from './other.ts'

export const list: string[] = [other, c, all.b]
export const users = table('users', { name: text().notNull().default(sql\`now()\`) }, (t) => [])
export default list
`

test('models without types of their own are loaded as they stand, each position where it was', async () => {
  const made = plainText('/m/schema.ts', models)
  expect(made).toBeDefined()
  const lines = models.split('\n')
  for (const [i, line] of made!.split('\n').entries()) {
    if (i > 0 && i !== 6) expect(line).toBe(lines[i])
    else expect(line.length).toBe(lines[i]!.length)
  }
  const dir = mkdtempSync(join(folder, 'models-'))
  writeFileSync(join(dir, 'other.ts'), `export const b = 'b'\nexport default 'a'\n`)
  writeFileSync(join(dir, 'schema.ts'), models)
  expect(await importModule(join(dir, 'schema.ts'))).toMatchObject({ list: ['a', 'b', 'b'], default: ['a', 'b', 'b'] })
  writeFileSync(join(dir, 'wrong.ts'), `export const list: string[] = [nothing]\n`)
  await expect(importModule(join(dir, 'wrong.ts'))).rejects.toMatchObject({ data: { line: 1, column: 32 } })
})

test.each([
  ['an import that only types use', `import { Thing } from './nowhere.ts'\nexport const a = 'Thing' // Thing\n`],
  ['an import that only types use, among others', `import { a, Thing } from './x.ts'\nexport const b = a\n`],
  ['fields of a class', `class A { x = 1 }\nexport const a = new A()\n`],
  ['types in the code', `export const f = (x: string) => x\n`],
  ['an enum', `enum A { x }\nexport const a = A.x\n`],
  ['decorators', `const d = () => {}\n@d class A {}\nexport { A }\n`],
  ['exports by name', `const a = 1\nexport { a }\n`],
  ['a default function', `export default function () {}\n`],
  ['top-level await', `export const a = await 1\n`],
])('%s is left to the transformer', (_, source) => {
  expect(plainText('/m/schema.ts', source)).toBeUndefined()
})

test('what only types use is not imported, and is needed nowhere', async () => {
  const dir = mkdtempSync(join(folder, 'elided-'))
  writeFileSync(join(dir, 'schema.ts'), `import { Thing } from './nowhere.ts'\nexport const a = 'Thing' // Thing\n`)
  expect(await importModule(join(dir, 'schema.ts'))).toMatchObject({ a: 'Thing' })
})
