/** The user's modules load as they stand: every shape of TypeScript project, one copy of ambix, errors with file and line. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import * as ambixSchema from '../../src/schema.ts'
import { importModule, importModuleSync } from '../../src/util/import-module.ts'
import { folderOf } from '../support/folder.ts'

const esm = '{"type":"module"}'
const cjs = '{"type":"commonjs"}'

describe.each([
  ['ES module', esm],
  ['CommonJS', cjs],
  ['untyped', '{}'],
])('in a package that is %s', (_, manifest) => {
  const load = (files: Record<string, string>, entry = 'main.ts') =>
    importModule(join(folderOf({ 'package.json': manifest, ...files }), entry))

  test('enums, const enums, namespaces and parameter properties', async () => {
    const m = await load({
      'main.ts': `export enum Status { A = 'a', B = 'b' }
const enum N { One = 1 }
namespace Space { export const x = 2 }
class P { constructor(readonly name: string, private n = N.One) {} get both() { return this.name + this.n } }
export const value = Space.x + N.One
export const both = new P('p').both`,
    })
    expect(m).toMatchObject({ Status: { A: 'a', B: 'b' }, value: 3, both: 'p1' })
  })

  test('imports as TypeScript lets them be written', async () => {
    const m = await load({
      'main.ts': `import { a } from './a.js'
import { b } from './b'
import { c } from './folder'
import { d } from './d.mjs'
import type { T } from './types'
import { type U, e } from './e.ts'
import data from './data.json'
export const all: (T | U)[] = [a, b, c, d, e, data.f]`,
      'a.ts': `export const a = 1`,
      'b.tsx': `export const b = 2`,
      'folder/index.ts': `export const c = 3`,
      'd.mts': `export const d = 4`,
      'types.ts': `export type T = number`,
      'e.ts': `export type U = number; export const e = 5`,
      'data.json': `{"f":6}`,
    })
    expect(m['all']).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('paths of tsconfig, with extends and comments, and #imports', async () => {
    const m = await load(
      {
        'package.json':
          manifest === '{}'
            ? '{"imports":{"#x":"./src/x.ts"}}'
            : manifest.replace('}', ',"imports":{"#x":"./src/x.ts"}}'),
        'tsconfig.base.json': `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } } // base`,
        'tsconfig.json': `{ // mine\n "extends": "./tsconfig.base.json", }`,
        'src/x.ts': `export const x = 1`,
        'src/deep/y.ts': `export const y = 2`,
        'src/main.ts': `import { x } from '#x'\nimport { y } from '@/deep/y'\nexport const sum = x + y`,
      },
      'src/main.ts',
    )
    expect(m['sum']).toBe(3)
  })

  test('top-level await, its own and of what it imports', async () => {
    const m = await load({
      'main.ts': `import { a } from './a'\nexport const b = a + (await Promise.resolve(1))`,
      'a.ts': `export const a = await Promise.resolve(1)`,
    })
    expect(m['b']).toBe(2)
  })

  test('__dirname, __filename, require and import.meta side by side', async () => {
    const folder = folderOf({
      'package.json': manifest,
      'main.ts': `export const here = [__dirname, __filename, import.meta.dirname]\nexport const sep = require('node:path').posix.sep`,
    })
    const m = await importModule(join(folder, 'main.ts'))
    expect(m).toMatchObject({ here: [folder, join(folder, 'main.ts'), folder], sep: '/' })
  })

  test('ambix in the file is the ambix that loads it', async () => {
    const m = await load({
      'main.ts': `import { table, integer, enumRef } from 'ambix/schema'\nimport { again } from './again'\nexport const t = table('t', { id: integer() })\nexport const same = again === table\nexport { table, enumRef }`,
      'again.cts': `const { table } = require('ambix/schema')\nexports.again = table`,
    })
    expect(m['table']).toBe(ambixSchema.table)
    expect(m['same']).toBe(true)
  })

  test('modules that import one another', async () => {
    const m = await load({
      'main.ts': `import { b } from './b'\nexport const a = 1\nexport const both = () => [a, b()]`,
      'b.ts': `import { a } from './main'\nexport const b = () => a + 1`,
    })
    expect((m['both'] as () => number[])()).toEqual([1, 2])
  })

  test('using, satisfies, abstract classes and generics', async () => {
    const m = await load({
      'main.ts': `const seen: string[] = []
abstract class A<T> { abstract v(): T; declare ghost: string }
class B extends A<number> { v() { return 1 satisfies number } [Symbol.dispose]() { seen.push('disposed') } }
export function f(): string[] { { using b = new B(); seen.push(String(b.v())) } return seen }`,
    })
    expect((m['f'] as () => string[])()).toEqual(['1', 'disposed'])
  })

  test('decorators of TC39 and accessor', async () => {
    const m = await load({
      'main.ts': `const log: string[] = []
function note(_: unknown, context: { kind: string; name: string | symbol | undefined }) { log.push(context.kind + ':' + String(context.name)) }
@note class A { @note x = 1; @note accessor y = 2; @note m() {} }
export const r = [new A().y, ...log]`,
    })
    expect(m['r']).toEqual([2, 'accessor:y', 'method:m', 'field:x', 'class:A'])
  })

  test('legacy decorators with metadata, on fields without initializer, of entities that name one another', async () => {
    const entity = (name: string, other: string) => `import { column } from './reflect'
import { ${other} } from './${other.toLowerCase()}'
export class ${name} { @column() id!: number; @column() other!: ${other}; @column() note: string | undefined }`
    const m = await load({
      'tsconfig.json': `{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, "useDefineForClassFields": false } }`,
      'reflect.ts': `export const seen: string[] = []
;(Reflect as any).metadata = (key: string, value: { name?: string }) => (target: object, name: string) => { seen.push(name + ' ' + key + ' ' + (value?.name ?? value)) }
export const column = () => (target: object, name: string) => { seen.push(name) }`,
      'user.ts': entity('User', 'Post'),
      'post.ts': entity('Post', 'User'),
      'main.ts': `import './reflect'\nimport { User } from './user'\nimport { Post } from './post'\nimport { seen } from './reflect'\nexport const fields = Object.keys(new User()).concat(Object.keys(new Post()))\nexport { seen }`,
    })
    expect(m['fields']).toEqual([])
    expect(m['seen']).toContain('id design:type Number')
    expect((m['seen'] as string[]).filter((s) => s.startsWith('other design:type')).toSorted()).toEqual([
      'other design:type Object',
      'other design:type Post',
    ])
  })

  test('a workspace package with TypeScript sources', async () => {
    const folder = folderOf({
      'package.json': manifest,
      'packages/db/package.json': '{"name":"@me/db","type":"module","exports":"./src/index.ts"}',
      'packages/db/src/index.ts': `import { table } from 'ambix/schema'\nexport enum E { X = 'x' }\nexport { table }`,
      'app/main.ts': `import { E, table } from '@me/db'\nexport const x = E.X\nexport { table }`,
    })
    mkdirSync(join(folder, 'node_modules/@me'), { recursive: true })
    symlinkSync(join(folder, 'packages/db'), join(folder, 'node_modules/@me/db'))
    const m = await importModule(join(folder, 'app/main.ts'))
    expect(m['x']).toBe('x')
    expect(m['table']).toBe(ambixSchema.table)
  })

  test('synchronously too, except with top-level await', () => {
    const folder = folderOf({
      'package.json': manifest,
      'main.ts': `export enum A { B = 1 }`,
      'late.ts': `export const a = await 1`,
    })
    expect(importModuleSync(join(folder, 'main.ts'))).toMatchObject({ A: { B: 1 } })
    expect(() => importModuleSync(join(folder, 'late.ts'))).toThrow(expect.objectContaining({ code: 'MODULE.LOAD' }))
  })
})

test('.cts files, import = require, and plain JavaScript', async () => {
  const folder = folderOf({
    'package.json': esm,
    'a.cts': `import path = require('node:path')\nconst x: number = 1\nexport = { x, sep: path.posix.sep }`,
    'main.mjs': `import a from './a.cts'\nexport const x = a.x\nexport const sep = a.sep`,
  })
  expect(await importModule(join(folder, 'main.mjs'))).toMatchObject({ x: 1, sep: '/' })
})

describe('what cannot be loaded is a MODULE.LOAD that says where', () => {
  const refused = (files: Record<string, string>, entry = 'main.ts') => {
    const folder = folderOf({ 'package.json': esm, ...files })
    const failed = importModule(join(folder, entry)).then(
      () => expect.unreachable(),
      (e: unknown) => e,
    )
    return {
      folder,
      failed: failed as Promise<{
        code: string
        why: string
        data: { file: string; line: number }
        next: { text: string; command?: string }[]
        cause?: unknown
      }>,
    }
  }

  test('text that does not parse', async () => {
    const { folder, failed } = refused({
      'main.ts': `import './bad.ts'`,
      'bad.ts': `const ok = 1\nconst ünï = 'ü'\nexport const x = = 1\n`,
    })
    expect(await failed).toMatchObject({ code: 'MODULE.LOAD', data: { file: join(folder, 'bad.ts'), line: 3 } })
    expect((await failed).why).toContain(`${join(folder, 'bad.ts')}:3:`)
  })

  describe('decorators that a build left', () => {
    const source = `/* @no decorator */ const text: string = '; @none'\nconst d = () => {}\nexport const x = [text, /a@b/]\n@d\nexport class A {}\n`
    const options = { loader: 'ts', target: 'esnext' } as const
    const built: Record<string, string> = {
      'esbuild, ES module': transformSync(source, { ...options, format: 'esm' }).code,
      'esbuild, CommonJS': transformSync(source, { ...options, format: 'cjs' }).code,
      'esbuild, minified': transformSync(source, { ...options, format: 'esm', minify: true }).code,
      'esbuild, CommonJS, minified': transformSync(source, { ...options, format: 'cjs', minify: true }).code,
      // As tsc and swc print them.
      'tsc, CommonJS': `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.A = exports.x = void 0;\n/* @no decorator */ const text = '; @none';\nconst d = () => { };\nexports.x = [text, /a@b/];\nlet A = (() => { const _ = 1; return 1 })();\n@d\nclass B {\n}\nexports.A = B;\n`,
      'swc, CommonJS, minified': `"use strict";Object.defineProperty(exports,"__esModule",{value:true});Object.defineProperty(exports,"A",{enumerable:true,get:function(){return A}});const d=()=>{};@d class A{}`,
    }
    test.each(Object.keys(built))('%s', async (how) => {
      const code = built[how]!
      const name = how.includes('CommonJS') ? 'built.cjs' : 'built.mjs'
      const line = code.slice(0, code.search(/@d\b(?!ecorator| )|@d\s+(?:export )?class/)).split('\n').length
      const files = { 'later.mjs': 'export const later = 1', [name]: code }
      for (const entry of [name, 'imports.mjs', 'main.ts']) {
        const of = `import { A } from './${name}'\nimport { later } from './later.mjs'\nexport const all = [A, later]`
        const { folder, failed } = refused({ ...files, 'imports.mjs': of, 'main.ts': of }, entry)
        expect(await failed).toMatchObject({ code: 'MODULE.LOAD', data: { file: join(folder, name), line } })
        expect((await failed).why).toContain(`${join(folder, name)}:${line}:`)
        expect((await failed).next[0]!.text).toContain('decorators')
      }
    })
  })

  test('a module that throws', async () => {
    const { folder, failed } = refused({
      'main.ts': `import { f } from './deep'\n\nf()`,
      'deep.ts': `type Lines = {\n  a: 1\n}\n\nexport function f(): never {\n  throw new TypeError('no table here')\n}`,
    })
    expect(await failed).toMatchObject({
      code: 'MODULE.LOAD',
      data: { file: join(folder, 'deep.ts'), line: 6 },
      cause: expect.any(TypeError),
    })
    expect((await failed).why).toContain('no table here')
  })

  test('a module that throws what is no error', async () => {
    expect(await refused({ 'main.ts': `throw 'just text'` }).failed).toMatchObject({
      code: 'MODULE.LOAD',
      why: 'just text',
    })
  })

  test('an import that is not there, with the line to install it', async () => {
    const { failed } = refused({ 'main.ts': `import x from '@not/there/sub'\nexport { x }` })
    expect(await failed).toMatchObject({ code: 'MODULE.LOAD', next: [{ command: 'npm i @not/there' }] })
  })

  test('an export that is not there', async () => {
    const { failed } = refused({
      'main.ts': `import { nope } from './a.ts'\nexport const x = nope`,
      'a.ts': `export const a = 1`,
    })
    expect((await failed).why).toContain("'nope'")
  })

  test('a file that is not there', async () => {
    expect(await refused({}, 'gone.ts').failed).toMatchObject({ code: 'MODULE.LOAD' })
  })

  test('a tsconfig.json that does not parse', async () => {
    expect(
      await refused({ 'main.ts': 'export const a = 1', 'tsconfig.json': '{ "extends": "./gone.json" }' }).failed,
    ).toMatchObject({ code: 'MODULE.LOAD' })
  })

  test('a failing AmbixError comes through as it is', async () => {
    const { failed } = refused({
      'main.ts': `import { AmbixError } from '${join(import.meta.dirname, '../../src/errors.ts')}'\nthrow new AmbixError('SCHEMA.INVALID', 'mine')`,
    })
    expect(await failed).toMatchObject({ code: 'SCHEMA.INVALID' })
  })
})

test.each(['main.ts', 'main.mts', 'main.js', 'main.mjs', 'main.cjs'])(
  'a merge conflict left in %s is called one',
  async (entry) => {
    const text = 'const a = 1\n<<<<<<< HEAD\nconst b = 1\n=======\nconst b = 2\n>>>>>>> other\n'
    for (const loaded of [entry, 'outer.mjs']) {
      const dir = folderOf({ 'package.json': esm, [entry]: text, 'outer.mjs': `import './${entry}'` })
      const file = join(dir, entry)
      await expect(importModule(join(dir, loaded))).rejects.toMatchObject({
        code: 'MODULE.LOAD',
        why: `Git left the marks of a merge conflict in it (${file}:2)`,
        next: [{ text: 'Choose what stays, and take the lines with <<<<<<<, ======= and >>>>>>> out' }],
        data: { file, line: 2 },
      })
    }
  },
)
