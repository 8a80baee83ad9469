/** Every failure of a revision or a schema names file, line and column: the call, the statement, the query, the declaration (issue 9, H2). */
import { describe, expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { sandbox } from './sandbox.ts'

const head = `export const revision = 'aa11'
export const downRevision = null
export const message = 'one'
`
/** Types and a condition that is laid out anew stand between, so that what runs has other columns, and other lines. */
const typed = (body: string, more = ''): string => `import { integer, text, type Operations } from 'ambix/schema'
${more}${head}
interface Named { readonly name: string }
export function upgrade(op: Operations): void {
  const named: Named = { name: 't' }
  if (named.name !== '')
    op.createTable(named.name, { id: integer().primaryKey(), body: text() })
  for (const name of ['b', 'c'] as const) { op.addColumn('t' as string, name, text()); ${body} }
}
`
/** Where `mark` stands in a text, as `line:column`. */
const at = (text: string, mark: string): string => {
  const before = text.slice(0, text.indexOf(mark)).split('\n')
  return `${before.length}:${before.at(-1)!.length + 1}`
}

async function failure(files: Record<string, string>, url = 'sqlite:app.db', args = 'upgrade head'): Promise<string> {
  const s = sandbox({ url, files, config: { schema: './schema.ts' } })
  const { code, stderr } = await s.$(args)
  expect(code).toBe(1)
  expect(stderr).not.toContain('internal error')
  return stderr
}

const revision = 'migrations/1.ts'

describe('a call of a revision', () => {
  test.each([
    ['what the recorder refuses', "op.addColumn('t', 5 as never, text())", "addColumn('t', 5"],
    ['an operation that is not there', "op.adColumn('t')", 'adColumn'],
    ['what its arguments throw', "op.addColumn('t', 'x', text(5 as never))", 'text(5'],
    [
      'what the revisions before it rule out',
      "op.addColumn('t', 'body' as string, integer())",
      "addColumn('t', 'body'",
    ],
    ['what the database refuses', "op.execute('create nonsense')", 'execute('],
    ['what the code throws', "JSON.parse('{')", "parse('{')"],
    ['a batch', "op.batchAlterTable('t', (batch) => { batch.addColumn(5 as never, text()) })", 'addColumn(5'],
  ])('%s', async (_, body, mark) => {
    const text = typed(body)
    expect(await failure({ [revision]: text })).toContain(`${revision}:${at(text, mark)}`)
  })

  test('in a module that is no simple one, and in one that is built', async () => {
    const text = typed("op.execute('create nonsense')", "import { sep } from 'node:path'\nvoid sep\n")
    expect(await failure({ [revision]: text })).toContain(`${revision}:${at(text, 'execute(')}`)
    const built = `${head}export function upgrade(op){op.execute("create nonsense")}`
    const minified = built.replaceAll('\n', ';')
    expect(await failure({ 'migrations/1.js': minified })).toContain(`migrations/1.js:${at(minified, 'execute(')}`)
  })

  test('of a way back that is read backwards', async () => {
    const text = typed("op.execute('create table u (id int)')")
    expect(await failure({ [revision]: text }, 'sqlite:app.db', 'downgrade aa11:base --sql')).toContain(
      `${revision}:${at(text, 'execute(')}`,
    )
  })

  test('of op.run: the query, and what its function throws', async () => {
    const run = (line: string): string =>
      typed(`op.run(async ({ db }) => {
      await db.query('select 1')
      ${line}
    }, { down: async () => {} })`)
    for (const line of ["await db.query('select nosuch')", "JSON.parse('{')"]) {
      const text = run(line)
      const said = await failure({ [revision]: text })
      expect(said).toContain(`${revision}:${at(text, 'run(async')}`)
      expect(said).toContain(`${revision}:${at(text, line.includes('query') ? "query('select nosuch" : 'parse(')}`)
    }
  })

  test('as data', async () => {
    const text = typed("op.execute('create nonsense')")
    const s = sandbox({ url: 'sqlite:app.db', files: { [revision]: text } })
    const { error } = JSON.parse((await s.$('upgrade head --json')).stdout) as { error: { data: object } }
    const [line, column] = at(text, 'execute(').split(':').map(Number)
    expect(error.data).toMatchObject({ file: `${s.dir}/${revision}`, line, column })
  })
})

describe('a declaration of a schema', () => {
  const imports = "import { enumType, index, integer, table, text, varchar } from 'ambix/schema'\n\n"
  test.each([
    ['a column', "export const a = table('a', {\n  id: integer(),\n  b: varchar(0),\n})", 'varchar(0)'],
    ['an enum', "export const e = enumType('e', ['x', 'x'])", "enumType('e'"],
    [
      'a table that is there twice',
      "export const a = table('a', { id: integer() })\nexport const b = table('a', {})",
      "table('a', {})",
    ],
    ['a reference to nothing', "export const a = table('a', { id: integer().references('no', 'id') })", "table('a'"],
    [
      'a reference that cannot be evaluated',
      "export const a = table('a', { id: integer().references(() => (a as any).b) })",
      "table('a'",
    ],
    [
      'two indexes of one name',
      "export const a = table('a', { id: integer() }, (t) => [index('i').on(t.id)])\nexport const b = table('b', { id: integer() }, (t) => [index('i').on(t.id)])",
      "table('b'",
    ],
    ['code', "export const a = table('a', { id: integer().nosuch() })", 'nosuch'],
  ])('%s', async (_, declaration, mark) => {
    const text = imports + declaration
    const s = sandbox({ files: { 'schema.ts': text }, config: { schema: './schema.ts', url: 'sqlite:app.db' } })
    const { stderr } = await s.$('revision --autogenerate -m one')
    expect(stderr).toContain(`schema.ts:${at(text, mark)}`)
  })
})

describeLive('a statement of an SQL revision', (server) => {
  test('by itself, and by the position in it that the server names', async () => {
    const { url } = await server.createDatabase()
    const text = `-- revision: aa11
-- down-revision: none
-- upgrade
create table t (id int primary key); insert into t values (1); create table u (
  id int,
  n nosuch
);
insert into t values (2); insert into t values (2);
`
    const file = 'migrations/1.sql'
    const first = await failure({ [file]: text }, url)
    expect(first).toContain(`(${file}:${at(text, 'create table u')}), at ${file}:${at(text, 'nosuch')}`)
    const mended = text.replace('nosuch', 'int')
    const second = mended.lastIndexOf('insert')
    const line = mended.slice(0, second).split('\n')
    expect(await failure({ [file]: mended }, url)).toContain(`(${file}:${line.length}:${line.at(-1)!.length + 1})`)
  })
})
