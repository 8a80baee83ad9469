/** The fast path for revision files: what it evaluates is what a module would be; what it cannot, it leaves. */
import { expect, test } from 'vitest'
import * as schema from '../../src/schema.ts'
import { evaluateModule } from '../../src/util/evaluate.ts'

const builtins = { 'ambix/schema': schema }
const file = '/app/migrations/0001_x.ts'
const run = (source: string, name = file) => evaluateModule(name, source, builtins)

const revision = `/**
 * add status
 */
import type { Operations } from 'ambix'
import { enumRef, type Column } from 'ambix/schema'
import * as all from 'ambix/schema'

export const revision = '3f2a9c81d04e'
export const downRevision = null
export const branchLabels: string[] = []
interface Nothing { here: 1 }
enum Status { Draft = 'draft', Done = 'done' }

export function upgrade(op: Operations): void {
  op.createEnum('post_status', ['draft', 'approve'], {
    schema: 'blog', // where
  })
  op.execute(\`
export const x = 1
  \`)
  op.addColumn('posts', 'status', enumRef('post_status')
    .notNull())
  if (all.enumRef !== enumRef) throw new Error('two copies')
  op.done(Status.Done)

  throw new Error('here') // line 26
}

export async function later(): Promise<void> {
  await 1
  // a comment

  throw new Error('there') // line 33
}
export { Status as Kind }
export default function () { return 7 }
`

test('exports, builtins, enums and templates are as in a module', () => {
  const module = run(revision)
  expect(Object.keys(module ?? {}).toSorted()).toEqual([
    'Kind',
    'branchLabels',
    'default',
    'downRevision',
    'later',
    'revision',
    'upgrade',
  ])
  expect(module).toMatchObject({
    revision: '3f2a9c81d04e',
    downRevision: null,
    branchLabels: [],
    Kind: { Draft: 'draft', Done: 'done' },
  })
  expect((module?.['default'] as () => number)()).toBe(7)
  const calls: unknown[][] = []
  const op = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          calls.push([name, ...args]),
    },
  )
  expect(() => (module?.['upgrade'] as (op: unknown) => void)(op)).toThrow('here')
  expect(calls.map((c) => c[0])).toEqual(['createEnum', 'execute', 'addColumn', 'done'])
  expect(calls[0]).toEqual(['createEnum', 'post_status', ['draft', 'approve'], { schema: 'blog' }])
  expect(calls[1]).toEqual(['execute', '\nexport const x = 1\n  '])
  expect(calls[2]?.[3]).toEqual(schema.enumRef('post_status').notNull())
})

test('a stack names the file and the line as written, also later and in asynchronous code', async () => {
  const module = run(revision)
  const op = new Proxy({}, { get: () => () => {} })
  let stack = ''
  try {
    ;(module?.['upgrade'] as (op: unknown) => void)(op)
  } catch (error) {
    stack = (error as Error).stack ?? ''
  }
  expect(stack).toContain(`${file}:26:`)
  const error = await (module?.['later'] as () => Promise<void>)().catch((e: unknown) => e as Error)
  expect((error as Error).stack).toContain(`${file}:33:`)
})

test('what the module throws while it is evaluated comes through as it is, with its line', () => {
  expect(() => run(`export const a = 1\n\n;(() => { throw new RangeError('mine') })()\n`)).toThrow(RangeError)
  try {
    run(`export const a: number = 1\n\nJSON.parse('{')\n`)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError)
    expect((error as Error).stack).toContain(`${file}:3:`)
  }
})

test.each([
  ['another import', `import { x } from './other.ts'\nexport const a = x`],
  ['a package', `import fs from 'node:fs'\nexport const a = fs`],
  ['an import for its effect', `import './effect.ts'\nexport const a = 1`],
  ['a name that the builtin does not have', `import { noSuchThing } from 'ambix/schema'\nexport const a = noSuchThing`],
  ['a re-export of everything', `export * from './other.ts'\nexport const a = 1`],
  ['top-level await', `export const a = await Promise.resolve(1)`],
  ['top-level await with parentheses', `export const a = await (async () => 1)()`],
  ['for await', `for await (const x of []) console.log(x)\nexport const a = 1`],
  ['import.meta', `export const a = import.meta.url`],
  ['a dynamic import', `export const a = () => import('./x.ts')`],
  ['CommonJS', `module.exports = { a: 1 }`],
  ['require', `const a = require('node:fs')\nexport { a }`],
  ['__dirname', `export const a = __dirname`],
  ['text that does not parse', `export const a = = 1`],
  ['no export at all', `const a = 1`],
  ['a comment in the way', `/* block\nof two */ export const a = 1`],
  ['a decorator', `const d = (c: unknown) => {}\n@d\nclass A {}\nexport { A }`],
])('%s is left to the module loader', (_, source) => {
  expect(run(source)).toBeUndefined()
})

test('JavaScript files and comments at odd places keep their meaning', () => {
  const source = `// first\nexport const a = 1 // trailing\n/* block\nof two */\nexport const b = [1, // one\n  2,\n]\nexport const c = \`x\n\t\${a} // not a comment\n}\`\nexport let d = 1\nd = 2\n`
  expect(run(source, '/app/x.mjs')).toEqual({ a: 1, b: [1, 2], c: 'x\n\t1 // not a comment\n}', d: 2 })
})

test('a module is strict and has no `this`', () => {
  expect(() => run(`export const a = 1\nundeclared = 2`)).toThrow(ReferenceError)
})

test('an array that the transform spreads over lines does not push what follows', () => {
  const source = `export const list = ['a', 'b', 'c', 'd']\nexport function f(): never {\n  throw new Error('x')\n}\n`
  try {
    ;(run(source)?.['f'] as () => never)()
  } catch (error) {
    expect((error as Error).stack).toContain(`${file}:3:`)
  }
})
