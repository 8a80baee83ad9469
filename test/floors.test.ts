/** The house: every import of the source looks down, and the rule itself catches what breaks it. */
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importsOf, named, readSource, violations } from '../scripts/floors.mjs'
import { listOwnFiles, listSharedFiles, touchesProcess } from './support/own-process.ts'

test('the source keeps to the table of floors', () => {
  const files = readSource()
  expect(files.size).toBeGreaterThan(50)
  expect(violations(files)).toEqual([])
})

test('each file that may name a dialect does, and has a reason', () => {
  const files = readSource()
  const needless = Object.entries(named).filter(
    ([file, why]) => why.length < 20 || !/postgres|sqlite|mysql|mariadb/i.test(files.get(file) ?? ''),
  )
  expect(needless).toEqual([])
})

const house = {
  'errors.ts': '',
  'schema/model.ts': '',
  'drivers/driver.ts': '',
  'drivers/pg.ts': `import type { Driver } from './driver.ts'`,
  'dialects/dialect.ts': `import '../schema/model.ts'`,
  'dialects/shared/list.ts': '',
  'dialects/postgres/index.ts': `import { x } from '../shared/list.ts'\nimport type { Dialect } from '../dialect.ts'`,
  'dialects/sqlite/index.ts': '',
  'config/registry.ts': `const f = async () => (await import('../dialects/postgres/index.ts')).x`,
  'commands/upgrade.ts': `import { load } from '../config/registry.ts'`,
  'schema.ts': `export { x } from './schema/model.ts'`,
  'index.ts': `export { upgrade } from './commands/upgrade.ts'`,
  'cli/main.ts': `import { upgrade } from '../commands/upgrade.ts'`,
}

test('a house in order has nothing to say', () => {
  expect(violations(new Map(Object.entries(house)))).toEqual([])
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'an import upward',
    { 'schema/up.ts': `import { x } from '../operations/op.ts'`, 'operations/op.ts': '' },
    /schema \(floor 2\) imports operations \(floor 3\)/,
  ],
  [
    'a type-only import upward',
    { 'schema/up.ts': `import type { X } from '../dialects/dialect.ts'` },
    /schema\/up\.ts:1: schema \(floor 2\) imports dialects/,
  ],
  ['an import type in place', { 'schema/up.ts': `\nlet x: import('../dialects/dialect.ts').X` }, /schema\/up\.ts:2/],
  [
    'a lazy import upward',
    { 'diff/up.ts': `const x = () => import('../commands/upgrade.ts')` },
    /diff \(floor 4\) imports commands/,
  ],
  [
    'a neighbour on the same floor',
    { 'diff/d.ts': `import { x } from '../revisions/r.ts'`, 'revisions/r.ts': '' },
    /diff \(floor 4\) imports revisions \(floor 4\)/,
  ],
  [
    'an import over several lines',
    { 'errors.ts': `import {\n  a,\n  b,\n} from './schema/model.ts'` },
    /errors \(floor 1\) imports schema/,
  ],
  [
    'a re-export upward',
    { 'util/x.ts': `export * from '../operations/op.ts'`, 'operations/op.ts': '' },
    /util \(floor 1\.5\) imports operations/,
  ],
  [
    'a dialect from outside',
    { 'runtime/r.ts': `import { p } from '../dialects/postgres/index.ts'` },
    /of dialects, others see only/,
  ],
  [
    'a registry that does not wait',
    { 'config/registry.ts': `import { p } from '../dialects/postgres/index.ts'` },
    /of dialects, others see only/,
  ],
  [
    'a dialect that looks at its neighbour',
    { 'dialects/sqlite/x.ts': `import { p } from '../postgres/index.ts'` },
    /the dialect sqlite looks into postgres/,
  ],
  ['a driver from outside', { 'runtime/r.ts': `import { p } from '../drivers/pg.ts'` }, /of drivers, others see only/],
  ['an entry in the source', { 'cli/x.ts': `import { x } from 'ambix/schema'` }, /by its public name/],
  ['a file that is not there', { 'cli/x.ts': `import { x } from './gone.ts'` }, /is not there/],
  ['a room that nobody planned', { 'helpers/x.ts': '' }, /not in the table/],
  [
    'a loop of types',
    {
      'diff/a.ts': `import type { B } from './b.ts'`,
      'diff/b.ts': `import type { C } from './c.ts'`,
      'diff/c.ts': `import type { A } from './a.ts'`,
    },
    /import loop: diff\/\w\.ts -> diff/,
  ],
  [
    'a file that imports itself',
    { 'diff/a.ts': `import type { B } from './a.ts'` },
    /import loop: diff\/a\.ts -> diff\/a\.ts/,
  ],
  [
    'a loop of folders in a room, without a loop of files',
    {
      'diff/plan/a.ts': `import { x } from '../graph/b.ts'`,
      'diff/graph/b.ts': '',
      'diff/graph/c.ts': `import type { Y } from '../plan/d.ts'`,
      'diff/plan/d.ts': '',
    },
    /folder loop: diff\/\w+ -> diff\/\w+ -> diff\/\w+$/,
  ],
  [
    'a folder of too many files',
    Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`diff/plan/f${n}.ts`, ''])),
    /diff\/plan: 21 files beside each other, more than 20/,
  ],
  ['a file that is too long', { 'diff/a.ts': '\n'.repeat(400) + 'x()\n' }, /diff\/a\.ts: 401 lines, more than 400/],
  [
    'a dialect asked its name',
    { 'diff/a.ts': `if (dialect.name === 'sqlite') x()` },
    /diff\/a\.ts:1: a dialect is asked its name/,
  ],
  [
    'the same the other way round',
    { 'diff/a.ts': `\nif ('mysql' !== d) x()` },
    /diff\/a\.ts:2: a dialect is asked its name/,
  ],
  ['the same in a switch', { 'diff/a.ts': `switch (d) { case "postgres": x() }` }, /asked its name/],
  [
    'a dialect named in a table',
    { 'diff/a.ts': `const quotes = {\n  mysql: '\x60',\n}` },
    /diff\/a\.ts:2: a dialect is named/,
  ],
  ['process.exit', { 'cli/a.ts': `process.exit(1)` }, /process\.exit/],
  ['any', { 'cli/a.ts': `const x = y as any` }, /any without a reason/],
  ['any in a list', { 'cli/a.ts': `const x: Map<string, any> = y` }, /any without a reason/],
])('%s is found', (_, change, wanted) => {
  const wrong = violations(new Map(Object.entries({ ...house, ...change })))
  expect(wrong).toHaveLength(1)
  expect(wrong[0]).toMatch(wanted)
})

test.each<[string, Record<string, string>]>([
  ['a file of 400 lines', { 'diff/a.ts': '\n'.repeat(399) + 'x()\n' }],
  ['the name in a comment', { 'diff/a.ts': `// if (d.name === 'sqlite')\n/* process.exit(1) */` }],
  ['any with its reason', { 'cli/a.ts': `const x = y as any // the library types it so\n// any: because\nlet z: any` }],
  ['any as a word', { 'cli/a.ts': `const any = 1\nconst s = ': any'` }],
  [
    'an import in a comment or a string',
    { 'errors.ts': `// import x from './schema/model.ts'\nconst s = "import x from './schema/model.ts'"` },
  ],
  ['the product in a message', { 'diff/a.ts': `throw new Error('PostgreSQL cannot')` }],
  ['a dialect that asks its own name', { 'dialects/sqlite/a.ts': `if (name === 'sqlite') x()` }],
])('%s is no offence', (_, change) => {
  expect(violations(new Map(Object.entries({ ...house, ...change })))).toEqual([])
})

test('imports are read whatever their form', () => {
  const text = `import a from './a.ts'\nimport type { b } from './b.ts'\nimport './c.ts'\nexport { d } from './d.ts'\nexport * as e from './e.ts'\nimport f, { type g } from "./f.ts"\nconst h = await import('./h.ts')\ntype I = typeof import('./i.ts')`
  expect(importsOf(text).map((i) => i.specifier)).toEqual([
    './a.ts',
    './b.ts',
    './c.ts',
    './d.ts',
    './e.ts',
    './f.ts',
    './h.ts',
    './i.ts',
  ])
})

test('files that share a worker leave their process as it was', () => {
  const files = listSharedFiles()
  expect(files.length).toBeGreaterThan(200)
  const touched = files
    // Which names them as texts.
    .filter((file) => file !== 'test/floors.test.ts')
    .flatMap((file) => touchesProcess(file).map((line) => `${file}: ${line}`))
  expect(touched).toEqual([])
})

test('each file with a worker of its own is there', () => {
  expect(listOwnFiles().filter((file) => !existsSync(file))).toEqual([])
})

test.each([
  `process.env['PGHOST'] = 'nowhere'`,
  `  delete process.env['PGHOST']`,
  `process.chdir('/')`,
  `vi.useFakeTimers()`,
  `globalThis.fetch = undefined`,
  // By way of another module of the tests, whose hooks are those of the first file that loads it.
  `import './cli/leaks-on.ts'`,
])('a file with %s shares none', (line) => {
  expect(touchesProcess('test/one.test.ts', line)).not.toEqual([])
})
