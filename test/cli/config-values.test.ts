/** What stands inside the keys of a configuration is refused where it is wrong: by its place, and never as a bug of ambix. */
import { describe, expect, it } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { findDriver } from '../../src/config/registry.ts'
import { integer, table } from '../../src/schema.ts'
import { revisionFile, sandbox } from './sandbox.ts'

const models = `import { table, integer } from 'ambix/schema'\nexport const t = table('t', { id: integer().primaryKey() })\n`

/** A project on SQLite whose configuration says this besides. */
function project(says: string): ReturnType<typeof sandbox> {
  const rest = Object.entries({ schema: './models.ts', migrations: './m', url: 'sqlite:./db.sqlite' })
    .filter(([key]) => !says.startsWith(`${key}:`))
    .map(([key, value]) => `${key}: '${value}'`)
  return sandbox({
    files: {
      'models.ts': models,
      'm/a1.ts': revisionFile('a1', null, { message: 'first' }),
      'ambix.config.mjs': `export default { ${[...rest, says].join(', ')} }\n`,
    },
  })
}

describe('is named, with what is wanted', () => {
  it.each([
    ['manage: { views: true }', 'manage has an unknown kind: views', 'Did you mean view?'],
    ['manage: { functions: false }', 'manage has an unknown kind: functions', 'Did you mean routine?'],
    ["manage: { view: 'yes' }", 'manage.view must be true or false', '"yes" was given'],
    [
      'capabilities: { advisoryLocks: false }',
      'capabilities has an unknown key: advisoryLocks',
      'Did you mean advisoryLock?',
    ],
    ["capabilities: { advisoryLock: 'no' }", 'capabilities.advisoryLock must be true or false', '"no" was given'],
    ["namingConvention: { idx: 'x' }", 'namingConvention has an unknown key: idx', 'Did you mean ix?'],
    ['namingConvention: { ix: 42 }', 'namingConvention.ix must be a template or a function', '42 was given'],
    ['environments: { dev: null }', 'environments.dev must be an object', 'null was given'],
    [
      "postWriteHooks: [{ command: 'true', dir: '.' }]",
      'postWriteHooks[0] has an unknown key: dir',
      'It takes command, cwd',
    ],
    ['operations: { refresh: { reverse: true } }', 'operations.refresh.reverse must be a function', 'true was given'],
    ["handlers: { sqlite: { createTable: 'x' } }", 'handlers.sqlite.createTable must be a function', '"x" was given'],
    ['schema: { exec: [] }', 'schema.exec must be a string that is not empty', 'A list was given'],
    ["schema: { url: '' }", 'schema.url must be a string that is not empty', '"" was given'],
    ["schema: ['./models.ts', '']", 'schema[1] must be a string that is not empty', '"" was given'],
    ["schema: ['./models.ts', { exec: '' }]", 'schema[1].exec must be a string that is not empty', '"" was given'],
    ["schema: ['./models.ts', { url: [] }]", 'schema[1].url must be a string that is not empty', 'A list was given'],
    ['schema: [undefined]', 'schema[0] must be a string that is not empty', 'undefined was given'],
    ['driver: {}', 'driver.open must be a function', 'undefined was given'],
    ['targets: { sql: null }', 'targets.sql must be a string that is not empty', 'null was given'],
    [
      'commands: { hey: { run() {}, options: [1] } }',
      'commands.hey.options must be a list of objects',
      'A list was given',
    ],
    ['comparators: [() => 1]', 'A comparator of the configuration gives no operations', 'It gives 1'],
    ['processRevisionDirectives: () => 1', '`processRevisionDirectives` gives no list of directives', 'It gives 1'],
  ])('%s', async (says, message, hint) => {
    const s = project(says)
    await s.$('upgrade')
    const { code, stderr } = await s.$('revision --autogenerate -m x')
    expect(stderr).toContain(message)
    expect(stderr).toContain(hint)
    expect(stderr).toContain('[CONFIG.INVALID]')
    expect(code).toBe(1)
  })

  it('a handler that gives no statements', async () => {
    const s = project('handlers: { sqlite: { createTable: () => 1 } }')
    await s.$('upgrade')
    const { code, stderr } = await s.$('revision --autogenerate -m x')
    expect(stderr).toContain('The handler of op.createTable for sqlite gives no statements [CONFIG.INVALID]')
    expect(code).toBe(1)
  })

  it('a command of the project whose configuration cannot be read', async () => {
    const s = project('commands: { hey: { run: 1 } }')
    const { code, stderr } = await s.$('hey')
    expect(stderr).toContain('There is no command hey [USAGE.UNKNOWN_COMMAND]')
    expect(stderr).toContain("The project's own commands are not known, as its configuration cannot be read: ")
    expect(stderr).toContain('must be an object of { summary, run } by name')
    expect(code).toBe(1)
  })
})

it.each([
  ['a command that prints DDL', '{ exec: `node -p "\'CREATE TABLE more (id integer);\'"` }'],
  ['a file of DDL', "'./more.sql'"],
  ['a database', "'sqlite:./other.sqlite'"],
  ['the tables themselves', '{ more }'],
])('%s is one source beside a module', async (_, source) => {
  const s = sandbox({
    files: {
      'models.ts': models,
      'more.sql': 'CREATE TABLE more (id integer);',
      'more.ts': `import { table, integer } from 'ambix/schema'\nexport const more = table('more', { id: integer() })\n`,
      'ambix.config.mjs': `import { more } from './more.ts'\nexport default { schema: ['./models.ts', ${source}], url: 'sqlite:./db.sqlite' }\nvoid more\n`,
    },
  })
  const other = await findDriver('sqlite:./other.sqlite').then((driver) =>
    driver.open('sqlite:./other.sqlite', { projectDir: s.dir }),
  )
  await other.script('CREATE TABLE more (id integer)')
  await other.close()
  const { stdout, stderr } = await s.$('check')
  expect(stderr).toContain('2 differences')
  expect([...stdout.matchAll(/createTable\('(\w+)'/g)].map((m) => m[1])).toEqual(expect.arrayContaining(['more', 't']))
})

it.each(['exec', 'url'])('a collection whose only table is called %s is no command and no database', async (name) => {
  const root = sandbox({ files: { 'm/a1.ts': revisionFile('a1', null, { message: 'first' }) } }).dir
  const schema = { [name]: table(name, { id: integer().primaryKey() }) }
  const [found] = await check({ root, schema, migrations: './m', url: 'sqlite:./db.sqlite' })
  expect(found!.differences.map((op) => op.kind)).toEqual(['createTable'])
})

it.each(['exec', 'url'])('models that export a text called %s are no command and no database', async (name) => {
  const root = sandbox({ files: { 'm/a1.ts': revisionFile('a1', null, { message: 'first' }) } }).dir
  const models = { [name]: 'none:/no-such-command', t: table('t', { id: integer().primaryKey() }) }
  for (const schema of [models, [models]]) {
    const [found] = await check({ root, schema, migrations: './m', url: 'sqlite:./db.sqlite' })
    expect(found!.differences.map((op) => op.kind)).toEqual(['createTable'])
  }
})

const values = [
  'null',
  '42',
  "'name'",
  "''",
  '[]',
  '[null]',
  '{ zzz: 1 }',
  '() => 1',
  "Symbol('s')",
  '10n',
  'new Map()',
]
const spots = [
  'schema: X',
  'schema: [X]',
  'schema: { exec: X }',
  'schema: { url: X }',
  'namingConvention: { ix: X }',
  'manage: { view: X }',
  'capabilities: { transactionalDdl: X }',
  'environments: { dev: X }',
  'postWriteHooks: [X]',
  'postWriteHooks: [{ command: X }]',
  'operations: { foo: X }',
  'operations: { foo: { expand: X } }',
  'handlers: { sqlite: X }',
  'handlers: { sqlite: { createTable: X } }',
  'comparators: [X]',
  'commands: { hey: X }',
  'commands: { hey: { run() {}, summary: X } }',
  'commands: { hey: { run() {}, options: X } }',
  'driver: X',
  'includeObject: X',
  'includeName: X',
  'compareType: X',
  'renderItem: X',
  'processRevisionDirectives: X',
  'url: X',
  'template: X',
  'format: X',
  'fileTemplate: X',
  'versionTable: X',
  'schemas: X',
  'safe: X',
]

it.each(spots)('no value of %s is told as a bug', { timeout: 60_000 }, async (spot) => {
  const said: string[] = []
  for (const value of values) {
    const s = project(spot.replace('X', value))
    const commands = spot.startsWith('commands') ? ['hey', '--help'] : ['revision --autogenerate -m x', '-n dev heads']
    for (const command of commands) {
      const { stderr } = await s.$(command)
      if (/internal error|TypeError| at .*\.ts:\d/.test(stderr)) said.push(`${value}: ${command}: ${stderr}`)
    }
  }
  expect(said).toEqual([])
})
