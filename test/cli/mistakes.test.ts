/** Issue 9, "Done when" 3: two hundred mistakes on purpose, as a new user makes them, with the message of each in golden/mistakes.txt. */
import { describe, expect, it } from 'vitest'
import { revisionFile, sandbox } from './sandbox.ts'

/** A project, the words typed in it, and what makes it wrong. */
interface Mistake {
  readonly what: string
  readonly files?: Readonly<Record<string, string>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly argv: readonly string[]
}

const url = 'sqlite:app.db'
const revisions = {
  'migrations/a1.ts': revisionFile('aa11', null, { message: 'first', down: '' }),
  'migrations/b2.ts': revisionFile('bb22', 'aa11', { message: 'second', down: '', labels: ['left'] }),
  'migrations/c3.ts': revisionFile('cc33', 'aa11', { message: 'third', down: '' }),
}
const line = { 'migrations/a1.ts': revisionFile('aa11', null, { message: 'first', down: '' }) }
const words = (text: string): string[] => text.split(' ')

const typing: readonly Mistake[] = [
  'upgrad head',
  'upgradehead',
  'up',
  'migrat',
  'downgrde -1',
  'rollback',
  'hstory',
  'genrate',
  'statsu',
  'statu',
  'inti',
  'foo',
  'revison -m x',
  'UPGRADE head',
  'upgrade head head',
  'current extra',
  'heads x',
  'branches x',
  'check x',
  'show',
  'edit',
  'stamp',
  'rebase aa11',
  'rebase',
  'import',
  'import knex x',
  'import alembic',
  'completion',
  'completion powershell',
  'upgrade --dryrun',
  'upgrade --lock-wait',
  'upgrade --lock-wait soon',
  'upgrade --sql=yes',
  'revision --mesage x',
  'revision -m',
  'revision --autogen',
  'revision --format yaml -m x',
  'revision --autogenerate --sql -m x',
  'revision --rev-id',
  'pull --models yaml',
  'init -t nosuch',
  'init --template',
  'init ../outside',
  'init .',
  'current --chek-heads',
  'history -r',
  'history --rev-range a:b:c',
  'history -r zz:',
  'history --graf',
  '-c',
  '-c nowhere.ts current',
  '-c migrations current',
  '-n staging current',
  '-n',
  '--url',
  '-x',
  'current -z',
  'upgrade -q -c x.json -c y.json',
  'stamp head --purge --sql',
  'upgrade --tag',
  'revision -m x --head',
  'revision -m x --version-path ./elsewhere',
  'upgrade --json=1',
  '--colour heads',
  'merge -m',
].map((text) => ({ what: 'typing', files: revisions, config: { url }, argv: words(text) }))

const targets: readonly Mistake[] = [
  'upgrade zz99',
  'upgrade aa',
  'upgrade -1',
  'upgrade +9',
  'upgrade head',
  'upgrade left@zz',
  'upgrade right@head',
  'upgrade aa11:bb22',
  'upgrade head+1',
  'upgrade :',
  'upgrade @',
  'upgrade +',
  'upgrade aa11+',
  'upgrade bb22-9',
  'downgrade +1',
  'downgrade -9',
  'downgrade zz99',
  'downgrade head --sql',
  'downgrade aa11:bb22 --sql',
  'downgrade a:b:c --sql',
  'upgrade a:b:c --sql',
  'stamp zz99',
  'stamp aa11 zz99',
  'stamp a:b:c --sql',
  'show zz99',
  'show left@zz',
  'edit base',
  'edit zz99',
  'rebase bb22 --onto zz99',
  'rebase bb22 --onto bb22',
  'rebase zz99 --onto aa11',
  'merge aa11 bb22',
  'merge zz99',
  'merge bb22 bb22',
  'repair zz99',
  'revision -m x',
  'revision -m x --head zz99',
  'revision -m x --head aa11',
  'revision -m x --head bb22 --rev-id head',
  'revision -m x --head bb22 --rev-id a@b',
  'revision -m x --head bb22 --rev-id aa11',
  'revision -m x --head bb22 --rev-id ../../e',
  'revision -m x --head bb22 --branch-label left',
  'revision -m x --head bb22 --branch-label a@b',
  'revision -m x --head bb22 --depends-on zz99',
  'history -r aa11',
  'migrate -m x --hints nowhere.json',
  'check --hints nowhere.json',
  'upgrade current+1',
  'downgrade base:head --sql',
].map((text) => ({ what: 'targets', files: revisions, config: { url }, argv: words(text) }))

const configs: readonly Mistake[] = [
  { shema: './a.ts' },
  { url: 5 },
  { url: null },
  { migrations: [] },
  { migrations: 5 },
  { migrations: '' },
  { migrations: './migraitons' },
  { dialect: 'postgresql' },
  { dialect: 'postgres' },
  { driver: 'mysql' },
  { driver: 'pg' },
  { lockWait: 'long' },
  { lockWait: -1 },
  { slugLength: 0 },
  { slugLength: 'x' },
  { edited: 'no' },
  { schemas: 'public' },
  { environments: [] },
  { format: 5 },
  { postWriteHooks: ['prettier'] },
  { namingConvention: [] },
  { recursive: 'yes' },
  { transactionPerMigration: 'yes' },
  { versionTable: '' },
  { autoMerge: 1 },
  { includeObject: true },
  { manage: ['view'] },
  { commands: { x: {} } },
  { handlers: { postgres: 1 } },
  { comparators: {} },
  { operations: { x: 1 } },
  { url: '' },
  { url: 'app.db' },
  { url: 'mongodb://localhost/x' },
  { url: 'postgres:/u:hunter2@localhost/x' },
  { url: 'sqlite:' },
  { url: 'sqlite:/nowhere/at/all/\u0000x.db' },
  { timezone: 5 },
  { databse: url },
].map((config) => ({
  what: `config ${JSON.stringify(config)}`,
  files: line,
  config: { url, ...config },
  argv: ['upgrade', 'head'],
}))

const module = (text: string): Record<string, string> => ({ ...line, 'ambix.config.ts': text })
const configFiles: readonly Mistake[] = (
  [
    ['throws', `throw new Error('no such setting')`],
    ['does not parse', `export default {\n  url: 'x'\n  schema: 'y'\n}`],
    ['exports nothing', `export const url = 'x'\n`],
    ['exports a text', `export default 'sqlite:app.db'`],
    ['exports an array', `export default []`],
    ['imports what is not there', `import { x } from './nowhere.ts'\nexport default { url: x }`],
    ['imports a package that is not installed', `import { x } from 'no-such-package'\nexport default { url: x }`],
    ['an unset variable', `export default { url: process.env.AMBIX_NOT_SET }`],
    ['a function that throws', `export default { url: () => { throw new Error('no secret') } }`],
    ['throws when it is called', `export default () => { throw new Error('not here') }`],
    ['a promise of nothing', `export default { url: async () => undefined }`],
    ['a number', `export default { url: () => 5 }`],
    ['undefined keys', `export default { url: 'sqlite:a.db', schema: process.env.AMBIX_NOT_SET }`],
  ] as const
).map(([what, text]) => ({ what: `a config that ${what}`, files: module(text), argv: ['upgrade', 'head'] }))

const body = (up: string): Record<string, string> => ({ 'migrations/a1.ts': revisionFile('aa11', null, { up }) })
const bodies: readonly Mistake[] = [
  `op.addColum('t', 'x')`,
  `op.createTabel('t')`,
  `op.createTable('t')`,
  `op.createTable()`,
  `op.createTable('t', [])`,
  `op.createTable('t', { id: 'integer' })`,
  `op.addColumn('t')`,
  `op.addColumn('t', 'x', 'text')`,
  `op.addColumn('t', 'x', null)`,
  `op.dropColumn('t')`,
  `op.dropTable()`,
  `op.dropTable(null)`,
  `op.renameTable('t')`,
  `op.createIndex('i')`,
  `op.createIndex('i', 't')`,
  `op.createIndex('i', 't', [])`,
  `op.createForeignKey('f', 't', 'u')`,
  `op.createForeignKey('f', 't', 'u', ['a'], [])`,
  `op.createEnum('e')`,
  `op.createEnum('e', [])`,
  `op.createEnum('e', ['a', 'a'])`,
  `op.execute()`,
  `op.execute(5)`,
  `op.execute('')`,
  `op.run()`,
  `op.run('select 1')`,
  `op.bulkInsert('t')`,
  `op.bulkInsert('t', {})`,
  `op.alterColumn('t', 'x')`,
  `op.alterColumn('t', 'x', {})`,
  `op.alterColumn('t', 'x', { typ: 'text' })`,
  `op.dropConstraint('c')`,
  `throw new Error('not today')`,
  `throw 'text'`,
  `throw null`,
  `nosuch()`,
  `op.execute('create tabel t (id integer)')`,
  `op.execute("select 'open")`,
  `op.execute('commit')`,
  `setTimeout(() => op.execute('select 1'), 9999)`,
  `op.run(async ({ db }) => { await db.query('select nosuch') })`,
  `op.run(() => { throw new Error('inside') })`,
  `op.run(({ db }) => { db.query('select 1') })`,
  `op.createView('v')`,
  `op.createCheckConstraint('c', 't')`,
  `op.createUniqueConstraint('u', 't', [])`,
  `op.`,
  `await op.execute('select 1')`,
].map((up) => ({ what: `a revision: ${up}`, files: body(up), config: { url }, argv: ['upgrade', 'head'] }))

const file = (text: string, name = 'a1.ts'): Record<string, string> => ({ [`migrations/${name}`]: text })
const heads: readonly Mistake[] = (
  [
    ['no id', file(`export const downRevision = null\n`)],
    ['no parent', file(`export const revision = 'aa11'\n`)],
    ['an id that is a number', file(`export const revision = 5\nexport const downRevision = null\n`)],
    ['an id that is computed', file(`export const revision = 'a' + 1\nexport const downRevision = null\n`)],
    ['an empty id', file(`export const revision = ''\nexport const downRevision = null\n`)],
    ['a reserved id', file(`export const revision = 'head'\nexport const downRevision = null\n`)],
    ['nothing', file('')],
    ['a binary', file('\u0000\u0001')],
    ['a parent that no file has', file(revisionFile('aa11', 'zz99'))],
    ['itself as parent', file(revisionFile('aa11', 'aa11'))],
    ['a dependency that no file has', file(revisionFile('aa11', null, { needs: ['zz99'] }))],
    ['an SQL file without a header', file('create table t (id integer);', 'a1.sql')],
    ['an SQL file without a parent', file('-- revision: aa11\n\n-- upgrade\nselect 1;', 'a1.sql')],
    [
      'an SQL file with two upgrades',
      file('-- revision: aa11\n-- down_revision: none\n\n-- upgrade\nselect 1;\n-- upgrade\nselect 2;', 'a1.sql'),
    ],
    [
      'an SQL file with an open string',
      file(`-- revision: aa11\n-- down_revision: none\n\n-- upgrade\nselect 'open;`, 'a1.sql'),
    ],
    [
      'an SQL file with a mistake',
      file('-- revision: aa11\n-- down_revision: none\n\n-- upgrade\ncreate tabel t (id integer);', 'a1.sql'),
    ],
    ['no upgrade', file(`export const revision = 'aa11'\nexport const downRevision = null\n`)],
    [
      'an upgrade that is no function',
      file(`export const revision = 'aa11'\nexport const downRevision = null\nexport const upgrade = 5\n`),
    ],
    ['one id twice', { ...file(revisionFile('aa11', null)), ...file(revisionFile('aa11', null), 'b2.ts') }],
  ] as const
).map(([what, files]) => ({ what: `a file with ${what}`, files, config: { url }, argv: ['upgrade', 'head'] }))

const from = `from 'ambix/schema'\n`
const schemas: readonly Mistake[] = [
  `export const nothing = 1`,
  `throw new Error('no models today')`,
  `export const t = = 1`,
  `import { x } from './nowhere.ts'\nexport const t = x`,
  `import { tabel } ${from}export const t = tabel('t', {})`,
  `import { table } ${from}export const t = table('t', {})`,
  `import { table } ${from}export const t = table('', {})`,
  `import { table } ${from}export const t = table()`,
  `import { table } ${from}export const t = table('t', { id: 'integer' })`,
  `import { table, integer } ${from}export const t = table('t', { id: integer() })\nexport const u = table('t', { id: integer() })`,
  `import { table, integer } ${from}export const t = table('t', { id: integer().primarykey() })`,
  `import { table, integer } ${from}export const t = table('t', { id: integer().references(() => 5) })`,
  `import { table, integer, index } ${from}export const t = table('t', { id: integer() }, (t) => [index('i').on(t.nosuch)])`,
  `import { enumType } ${from}export const e = enumType('e', [])`,
  `import { enumType } ${from}export const e = enumType('e', ['a', 'a'])`,
].map((text) => ({
  what: `models: ${text}`,
  files: { ...line, 'src/schema.ts': text },
  config: { url },
  argv: ['check'],
}))

const all = [...typing, ...targets, ...configs, ...configFiles, ...bodies, ...heads, ...schemas]

describe('mistakes on purpose', () => {
  it('are two hundred at least, and none is a bug of ambix', async () => {
    expect(all.length).toBeGreaterThanOrEqual(200)
    const told: string[] = []
    const bad: string[] = []
    for (const { what, files, config, argv } of all) {
      const s = sandbox({ files, ...(config === undefined ? {} : { config }) })
      const { code, stderr, stdout } = await s.run(...argv)
      const shown = s.transcript().trimEnd()
      told.push(`# ${what.replaceAll('\u0000', '\\0')}\n${shown.replaceAll('\u0000', '\\0')}`)
      const wrong = [
        /internal error|bug of ambix|^\s+at |\[object Object\]/m.test(stderr) && 'an internal error',
        stderr.includes('hunter2') && 'a password',
        code === 1 && !/\[[A-Z]+\.[A-Z_]+\]/.test(stderr) && 'no code',
        code === 1 && !stderr.includes('→') && 'nothing to do next',
        code === 0 && stdout === '' && stderr === '' && 'silence',
      ].filter((w) => w !== false)
      if (wrong.length > 0) bad.push(`${wrong.join(', ')}: ${what}\n${shown}`)
    }
    await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('golden/mistakes.txt')
    expect(bad.join('\n\n')).toBe('')
  }, 120_000)
})
