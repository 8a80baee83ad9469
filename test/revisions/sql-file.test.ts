/** The two parts of an SQL revision. */
import { expect, it } from 'vitest'
import { parseSqlRevision } from '../../src/revisions/files/sql-file.ts'
import { codeOf } from './graphs.ts'

const header = '-- add t\n-- revision: a\n-- down_revision: none\n'
const texts = (part: { readonly statements: readonly { readonly text: string }[] } | undefined): string[] | undefined =>
  part?.statements.map((s) => s.text)

it('cuts at the markers, with the lines of the file', () => {
  const body = parseSqlRevision(
    `${header}-- upgrade\ncreate table t (a text default '\n-- downgrade\n');\nselect 1\n-- downgrade\ndrop table t;\n`,
    'x.sql',
  )
  expect(body.upgrade.statements.map((s) => [s.text, s.line])).toEqual([
    ["create table t (a text default '\n-- downgrade\n')", 5],
    ['select 1', 8],
  ])
  expect(body.downgrade!.statements.map((s) => [s.text, s.line])).toEqual([['drop table t', 10]])
  expect(body.upgrade.transaction).toBe(true)
})

it('takes the whole file for the upgrade where there is no marker', () => {
  const body = parseSqlRevision(`${header}create table t ();`, 'x.sql')
  expect(texts(body.upgrade)).toEqual(['create table t ()'])
  expect(body.downgrade).toBeUndefined()
})

it("understands dbmate's markers, and either order", () => {
  const body = parseSqlRevision(
    `${header}-- migrate:down\ndrop table t;\n-- migrate:up transaction:false\ncreate table t ();`,
    'x.sql',
  )
  expect(texts(body.downgrade)).toEqual(['drop table t'])
  expect(texts(body.upgrade)).toEqual(['create table t ()'])
  expect([body.upgrade.transaction, body.downgrade!.transaction]).toEqual([false, true])
})

it('knows a part that runs outside a transaction', () => {
  const body = parseSqlRevision(
    `${header}-- upgrade\n-- ambix:no-transaction\ncreate index concurrently i on t (a);\n-- downgrade\ndrop index i;`,
    'x.sql',
  )
  expect([body.upgrade.transaction, body.downgrade!.transaction]).toEqual([false, true])
  expect(parseSqlRevision(`${header}-- ambix:no-transaction\nvacuum;`, 'x.sql').upgrade.transaction).toBe(false)
})

it('has an empty part where nothing stands in it', () => {
  expect(texts(parseSqlRevision(`${header}-- upgrade\n-- downgrade\n`, 'x.sql').downgrade)).toEqual([])
})

it('refuses a repeated marker, SQL that belongs to no part, and broken SQL, naming file and line', () => {
  expect(() => parseSqlRevision(`${header}-- upgrade\n-- upgrade\n`, 'x.sql')).toThrow('x.sql:5')
  expect(() => parseSqlRevision(`${header}select 1;\n-- upgrade\n`, 'x.sql')).toThrow('x.sql:4')
  expect(() => parseSqlRevision(`${header}-- upgrade\n\\connect x\n`, 'x.sql')).toThrow(
    'x.sql: The SQL cannot be read at line 5',
  )
  expect(codeOf(() => parseSqlRevision(`${header}-- upgrade\nselect 'a`, 'x.sql'))).toBe('SQL.INVALID')
})

it('refuses the marks of a merge conflict, before anything is run', () => {
  const conflict = '<<<<<<< HEAD\ncreate table b ();\n=======\ncreate table c ();\n>>>>>>> other\n'
  const at = (body: string) => {
    try {
      parseSqlRevision(`${header}${body}`, 'x.sql')
    } catch (error) {
      return error
    }
    return undefined
  }
  const refused = (line: number) =>
    expect.objectContaining({
      code: 'SQL.INVALID',
      why: `Git left the marks of a merge conflict in it (x.sql:${line})`,
      data: { file: 'x.sql', line },
    })
  expect(at(`-- upgrade\ncreate table a ();\n${conflict}`)).toEqual(refused(6))
  // In the way down, which the way up does not run; where one side is gone already; and with both sides' quotes open.
  expect(at(`-- upgrade\ncreate table a ();\n-- downgrade\n${conflict}`)).toEqual(refused(7))
  expect(at(`-- upgrade\ncreate table a ();\n-- downgrade\ndrop table a;\n>>>>>>> other\r\n`)).toEqual(refused(8))
  expect(at(`-- upgrade\n<<<<<<< HEAD\nselect 'a\n=======\nselect 'b'\n>>>>>>> x\n;`)).toEqual(refused(5))
  // In a string or a comment they are text.
  expect(at(`-- upgrade\nselect '\n${conflict}';\n/*\n${conflict}*/\n-- >>>>>>> x\nselect $$\n${conflict}$$`)).toBe(
    undefined,
  )
})
