/** Issue 3, item 11, and E11-E19, P8: what a project adds in its own code. */
import { describe, expect, it } from 'vitest'
import { describeLive, freshDatabase } from '../support/live.ts'
import { sandbox } from './sandbox.ts'

const config = (url: string, rest: string, imports = ''): string =>
  `import { defineConfig, defineOperation, rewriter } from 'ambix'\n${imports}\nexport default defineConfig({\n  url: ${JSON.stringify(url)},\n  schema: './schema.sql',\n${rest}\n})\n`

describe('own commands', () => {
  const own = `commands: { seed: { summary: 'Fill in rows', positionals: [{ name: 'FILE', optional: true }], options: [{ name: 'count', short: 'k', value: 'N', help: 'How many' }], run: async (c) => { c.say('seeding'); c.print([...c.words, c.value('count'), c.config === undefined, Object.keys(c.options).includes('cwd')].join(' ')); return c.flag('quiet') ? 0 : 2 } } }`
  it('C11 K18: a command of the config stands in help, takes words and flags, gives its exit code', async () => {
    const s = sandbox({ files: { 'ambix.config.ts': config('sqlite:a.db', own) } })
    expect(await s.$('seed rows.json -k 7')).toEqual({
      code: 2,
      stdout: 'rows.json 7 false true\n',
      stderr: 'seeding\n',
    })
    expect(await s.$('seed --quiet')).toEqual({ code: 0, stdout: ' false true\n', stderr: '' })
    expect((await s.$('--help')).stdout).toMatch(/^ {2}seed +Fill in rows$/m)
    expect((await s.$('seed --help')).stdout).toContain('-k, --count N')
    expect((await s.$('seed --cuont 1')).stderr).toContain('--count')
    expect((await s.$('sead')).stderr).toContain('Did you mean')
    const script = (await s.$('completion bash')).stdout
    expect(script).toContain(' seed"')
    expect(script).toMatch(/ seed\) flags="--count -k /)
    for (const shell of ['zsh', 'fish']) expect((await s.$(`completion ${shell}`)).stdout).toContain('Fill in rows')
  })
})

describe('own operations', () => {
  const files = (url: string): Record<string, string> => ({
    'schema.sql': '',
    'ambix.config.ts': config(
      url,
      `operations: {
    addTimestamps: defineOperation<[string]>({
      create: (table) => { if (typeof table !== 'string') throw new Error('addTimestamps takes a table'); return [table] },
      reverse: (table) => ({ kind: 'dropColumn', table: { name: table }, column: 'made' }),
      footprint: (table) => ({ reads: [], writes: [\`column:\${table}.made\`] }),
      compile: { sqlite: ([table]) => \`alter table \${table} add column made text\`, postgres: ([table]) => [\`alter table \${table} add column made timestamptz\`] },
    }),
    ids: defineOperation<[string, string]>({ expand: (a, b) => [a, b].map((name) => ({ kind: 'execute', sql: \`create table \${name} (id integer)\`, down: \`drop table \${name}\` })) }),
    mystery: {},
  },`,
    ),
    'migrations/a1.js': `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.ids('x', 'y')\n  op.addTimestamps('x')\n}\n`,
  })
  it('X4: one with SQL by dialect, reverse and footprint; one that stands for others', async () => {
    const s = sandbox({ files: files('sqlite:a.db') })
    expect((await s.$('upgrade head --sql')).stdout).toMatch(
      /create table x[^]*create table y[^]*alter table x add column made text;/,
    )
    expect((await s.$('upgrade head')).code).toBe(0)
    expect((await s.$('downgrade base')).stderr).toBe('Database: sqlite:a.db\nRunning downgrade a1 -> <base>\n')
    expect((await s.$('upgrade head --sql --url postgres://nobody@127.0.0.1:1/x')).stdout).toContain(
      'add column made timestamptz;',
    )
  })

  it('X4: footprints tell whether branches clash; what has no SQL is refused by name', async () => {
    const s = sandbox({ files: files('sqlite:a.db') })
    const branch = (id: string, call: string): string =>
      `export const revision = '${id}'\nexport const downRevision = 'a1'\nexport function upgrade(op) {\n  ${call}\n}\n`
    s.write('migrations/b2.js', branch('b2', `op.addTimestamps('y')`))
    s.write('migrations/c3.js', branch('c3', `op.addTimestamps('y')`))
    expect((await s.$('upgrade head')).stderr).toContain('column:y.made: b2 and c3')
    s.write('migrations/c3.js', branch('c3', `op.mystery()`))
    expect((await s.$('upgrade heads --sql')).stderr).toContain('[OPERATION.UNSUPPORTED]')
    s.write('migrations/c3.js', branch('c3', `op.addTimestamps(7)`))
    expect((await s.$('upgrade heads --sql')).stderr).toContain('addTimestamps takes a table')
  })

  it('replaced handlers: the dialect’s own is given', async () => {
    const s = sandbox({
      files: {
        ...files('sqlite:a.db'),
        'ambix.config.ts': config(
          'sqlite:a.db',
          `handlers: { sqlite: { execute: (op, context, usual) => ['-- ours', ...usual(op, context)] } }`,
        ),
        'migrations/a1.js': `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.execute('select 1')\n}\n`,
      },
    })
    expect((await s.$('upgrade head --sql')).stdout).toMatch(/-- ours\b[^]*select 1;/)
  })
})

describeLive('autogenerate', () => {
  const start = 'CREATE TABLE keep (id integer PRIMARY KEY, n integer DEFAULT 1, t text);\n'
  const run = async (
    rest: string,
    schema: string,
    first = start,
  ): Promise<{ s: ReturnType<typeof sandbox>; text: string; stderr: string; code: number }> => {
    const { url } = await freshDatabase()
    const s = sandbox({
      files: {
        'schema.sql': schema,
        'ambix.config.ts': config(url, rest),
        'migrations/a1.sql': `-- revision: a1\n-- down_revision: none\n\n-- upgrade\n${first}\n-- downgrade\nDROP TABLE keep;\n`,
      },
    })
    expect((await s.$('upgrade head')).code).toBe(0)
    const { code, stderr } = await s.$('revision --autogenerate -m change --rev-id b2')
    const text = s
      .files()
      .filter((f) => !f.endsWith('a1.sql'))
      .map((f) => s.read(`migrations/${f}`))
      .join('\n')
    return { s, text, stderr, code }
  }

  it('E11 E12: compareType and compareServerDefault leave alone what they are told to, and check agrees', async () => {
    const changed = "CREATE TABLE keep (id integer PRIMARY KEY, n bigint DEFAULT 2, t varchar(9) DEFAULT 'x');\n"
    const none = await run('compareType: false, compareServerDefault: false', changed)
    expect(none.stderr).toContain('No changes')
    expect((await none.s.$('check')).code).toBe(0)
    const some = await run(
      `compareType: (c) => c.column !== 'n', compareServerDefault: (c) => c.column === 'n' ? undefined : false`,
      changed,
    )
    expect(some.text).toContain("alterColumn('keep', 't', { type: varchar(9)")
    expect(some.text).toContain("alterColumn('keep', 'n', { default: 2")
    expect(some.text).not.toContain('bigint')
    expect(some.text).not.toContain("'x'")
  })

  it('E13 E14 E15 K8 K11: includeName and includeObject', async () => {
    const { text, stderr } = await run(
      `includeName: (name) => name !== 'keep', includeObject: (o) => !o.name.startsWith('tmp_')`,
      'CREATE TABLE tmp_x (id integer);\nCREATE TABLE wanted (id integer);\n',
    )
    expect(stderr).not.toContain('error')
    expect(text).toContain("createTable('wanted'")
    expect(text).not.toContain('tmp_x')
    expect(text).not.toContain("dropTable('keep'")
  })

  it('E16 K6 P8: processors edit, empty and add; rewriters make a chain', async () => {
    const more = `${start}CREATE TABLE more (id integer PRIMARY KEY);\nCREATE INDEX keep_n ON keep (n);\n`
    const emptied = await run('processRevisionDirectives: (list) => { list.length = 0 }', more)
    expect(emptied.stderr).toContain('No file was written')
    const chained = await run(
      `processRevisionDirectives: [rewriter({ createIndex: (op) => ({ ...op, concurrently: true }) }), rewriter({ createIndex: (op) => op.concurrently ? [op, { kind: 'execute', sql: 'select 1', down: 'select 2' }] : undefined, dropTable: () => null })]`,
      more,
    )
    expect(chained.text).toContain('concurrently: true')
    expect(chained.text).toContain('op.execute(sql`select 1`, { down: sql`select 2` })')
    expect(chained.text).not.toContain("op.dropTable('more')")
    const without = await run(
      `processRevisionDirectives: rewriter({ createTable: () => null, addColumn: (op) => op.column.name === 'skipped' ? null : undefined })`,
      more.replace('t text)', 't text, skipped text, added text)'),
    )
    expect(without.text).toContain("op.addColumn('keep', 'added', text())")
    expect(without.text).toContain("op.createIndex('keep_n'")
    expect(without.text).toContain("op.dropColumn('keep', 'added')")
    expect(without.text).toContain("op.dropIndex('keep_n'")
    expect(without.text).not.toMatch(/dropTable|createTable|skipped/)
    const split = await run(
      `processRevisionDirectives: (list) => { const [d] = list; const index = d.upgrade.filter((o) => o.kind === 'createIndex'); list.push({ message: 'indexes', revision: 'c3', upgrade: index, downgrade: d.downgrade.filter((o) => o.kind === 'dropIndex') }); d.upgrade = d.upgrade.filter((o) => o.kind !== 'createIndex'); d.downgrade = d.downgrade.filter((o) => o.kind !== 'dropIndex') }`,
      more,
    )
    expect((await split.s.$('history')).stdout).toBe(
      'b2 -> c3 (head), indexes\na1 -> b2, change\n<base> -> a1, (no message)\n'.replace(', (no message)', ''),
    )
    expect((await split.s.$('upgrade head')).code).toBe(0)
    expect((await split.s.$('check')).code).toBe(0)
    expect((await split.s.$('downgrade a1')).code).toBe(0)
  })

  it('E18 K10: renderItem writes, leaves out, or passes', async () => {
    const { text } = await run(
      `renderItem: (op) => op.kind === 'createTable' ? \`op.execute('create table if not exists \${op.table.name} ()')\` : op.kind === 'createIndex' ? null : undefined`,
      `${start}CREATE TABLE more (id integer PRIMARY KEY);\nCREATE INDEX keep_n ON keep (n);\n`,
    )
    expect(text).toContain("  op.execute('create table if not exists more ()')")
    expect(text).not.toContain('createIndex')
    expect(text).toContain("op.dropTable('more')")
  })

  it('K20 P7: a comparator with an operation of its own, written, run up and down', async () => {
    const { s, text } = await run(
      `operations: { setTitle: defineOperation<[string | null, string | null]>({ reverse: (to, from) => ({ kind: 'custom', name: 'setTitle', args: [from, to], definition: { compile: { postgres: ([text]) => \`comment on schema public is \${text === null ? 'null' : \`'\${text}'\`}\` } } }), compile: { postgres: ([text]) => \`comment on schema public is \${text === null ? 'null' : \`'\${text}'\`}\` } }) },
  comparators: [async ({ connection, operation }) => {
    const [row] = await connection.query("select obj_description('public'::regnamespace) as title")
    return row.title === 'ours' ? undefined : { upgrade: [operation('setTitle', 'ours', row.title)].flat() }
  }],
  manage: { schema: false },`,
      start,
    )
    expect(text).toContain("op.setTitle('ours', ")
    expect((await s.$('check')).code).toBe(2)
    expect((await s.$('upgrade head')).code).toBe(0)
    expect((await s.$('check')).code).toBe(0)
    expect((await s.$('downgrade a1')).code).toBe(0)
    expect((await s.$('check')).code).toBe(2)
  })
})
