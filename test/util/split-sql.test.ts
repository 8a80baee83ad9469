/** SQL text is cut where statements end, and nowhere else. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAmbixError } from '../../src/errors.ts'
import { backtickText } from '../../src/util/sql-text.ts'
import { lineComments, splitStatements } from '../../src/util/split-sql.ts'

const texts = (sql: string): string[] => splitStatements(sql).map((s) => s.text)

describe('one statement, though it has semicolons', () => {
  it.each([
    `select ';', 'it''s;', '\\'`,
    String.raw`select E'\';', e'a''b;'`,
    `select $$ a; 'b $$, $x$ $$ ; $y$ $x$`,
    `select "a;""b"`,
    'select 1 /* ; /* ; */ ; */ + 2',
    'select 1 -- ;\n + 2',
    'create rule r as on insert to t do also (insert into l values (1); insert into l values (2))',
    'create function f() returns int begin atomic select 1; select case when true then 2 else 3 end; end',
    'CREATE OR REPLACE PROCEDURE p() LANGUAGE SQL BEGIN ATOMIC INSERT INTO t VALUES (1); END',
    'create trigger t after insert on x begin update y set a = case when 1 then 2 end; delete from z; end',
    `create function f() returns text language plpgsql as $f$ begin return 'x;'; end; $f$`,
    `do $$ begin execute 'select 1;'; end $$`,
    'select a$1$b, c$x$ from t',
    "select U&'d\\0061t\\+000061;'",
    'select $1, $2',
  ])('%s', (sql) => {
    expect(texts(`${sql};`)).toEqual([sql])
    expect(texts(`${sql};\n${sql}\n`)).toEqual([sql, sql])
  })
})

it('does not take a transaction or a plain function for a body', () => {
  expect(texts('begin; create table a (); commit; end;')).toEqual(['begin', 'create table a ()', 'commit', 'end'])
  expect(texts(`create trigger t before insert on x for each row execute function f(); select 1`)).toHaveLength(2)
  expect(texts(`create function f() returns int return 1; select 1`)).toHaveLength(2)
})

it('reads a text that has nothing to look at as any other: a comment at its end changes nothing', () => {
  const parts = [
    'select',
    ' 1',
    '\n',
    '\t ',
    "'it''s'",
    "'-'",
    '"a b"',
    '""',
    '-',
    '/',
    '(',
    ')',
    'copy',
    ' from stdin',
    ' x',
    '\u00a0',
    'é',
  ]
  const odd = [';', "'", '"', '$$', '`', '\\', '--', '/*', '*/', ':a']
  const text = fc.array(fc.constantFrom(...parts, ...parts, ...odd), { maxLength: 12 }).map((all) => all.join(''))
  const outcome = (sql: string): unknown => {
    try {
      return splitStatements(sql)
    } catch (error) {
      if (isAmbixError(error)) return [error.code, error.message]
      throw error
    }
  }
  fc.assert(
    fc.property(text, (sql) => {
      expect(outcome(sql)).toEqual(outcome(`${sql}\n--`))
    }),
    { numRuns: 3000 },
  )
})

it('keeps the text, says line and offset, and drops what is only comment', () => {
  const sql = `-- one\n/* two */ select 1 -- in it\n  , 2 ;\n\n;;  -- nothing\n; drop table "ü"`
  expect(splitStatements(sql)).toEqual([
    { text: 'select 1 -- in it\n  , 2', offset: 17, line: 2 },
    { text: 'drop table "ü"', offset: sql.indexOf('drop'), line: 6 },
  ])
  for (const s of splitStatements(sql)) expect(sql.startsWith(s.text, s.offset)).toBe(true)
})

it('gives the comments that stand on their own lines', () => {
  expect(lineComments(`-- a\nselect 1 -- b\n  -- c\n'\n-- d\n' /*\n-- e\n*/`).map((c) => [c.text, c.line])).toEqual([
    ['-- a', 1],
    ['-- c', 3],
  ])
})

describe('MySQL text', () => {
  it('escapes with backslashes and comments with #', () => {
    const rules = { backslashEscapes: true, hashComments: true, flatComments: true }
    expect(splitStatements("select 'a\\';', `b;` # ;\n; select 2 /* /* */", rules).map((s) => s.text)).toEqual([
      "select 'a\\';', `b;`",
      'select 2',
    ])
  })
})

describe('what is not SQL', () => {
  it.each([
    [`select 1;\nselect 'a`, 2, 'never closed'],
    ['select $x$ $$', 1, 'the $x$ string'],
    ['/* /* */', 1, 'the comment'],
    ['select "a', 1, 'the quoted name'],
    ['create table t ();\n\\connect other', 2, String.raw`\connect other is a command of psql`],
    ['select 1 \\gexec', 1, 'psql'],
    ['copy t (a) from stdin;\n1\t2\n\\.\n', 1, 'COPY … FROM STDIN'],
  ])('%j', (sql, line, text) => {
    expect(() => splitStatements(sql)).toThrow(
      expect.objectContaining({ code: 'SQL.INVALID', data: expect.objectContaining({ line }) }),
    )
    expect(() => splitStatements(sql)).toThrow(text)
  })

  it('but the restrict lines of pg_dump are passed over', () => {
    expect(texts('\\restrict abc\nselect 1;\n\\unrestrict abc\n')).toEqual(['select 1'])
  })

  it('throws nothing but coded errors, and loses nothing but blanks, comments and semicolons', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      ';',
      '\n',
      ' ',
      '(',
      ')',
      '\\',
      'E',
      'begin',
      'atomic',
      'end',
      'case',
      'create function',
      'a1',
      '1.5',
      '$1',
      '`',
      'é',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const sql = pieces.join('')
        try {
          let last = 0
          for (const { text, offset } of splitStatements(sql)) {
            expect(sql.startsWith(text, offset)).toBe(true)
            expect(offset).toBeGreaterThanOrEqual(last)
            last = offset + text.length
          }
        } catch (e) {
          expect(isAmbixError(e, 'SQL.INVALID')).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  // In steps that grow with the square of the text it would end after hours, not seconds: the limit is no measurement.
  it('ends on a long text of any piece', { timeout: 600_000 }, () => {
    for (const part of [
      '/*',
      "''",
      "'",
      '$$',
      '$a$',
      '(',
      ';',
      'begin atomic ',
      "E'",
      '--\n',
      '\n',
      '$a',
      '"',
      'create trigger begin ',
    ]) {
      try {
        splitStatements(part.repeat(1_000_000 / part.length))
      } catch (e) {
        expect(isAmbixError(e, 'SQL.INVALID')).toBe(true)
      }
    }
  })
})

it('comments for no version at all are comments, those for some are SQL (MySQL, MariaDB)', () => {
  const cut = (sql: string): readonly string[] => splitStatements(sql, backtickText).map((s) => s.text)
  expect(cut('/*M!999999\\- enable the sandbox mode */ \nSELECT 1;')).toEqual(['SELECT 1'])
  expect(cut('/*!99999 it is no SQL; */ SELECT 1;')).toEqual(['SELECT 1'])
  expect(cut('/*!40101 SET NAMES utf8mb4 */; SELECT 1 /*M!100100 + 1 */;')).toEqual([
    '/*!40101 SET NAMES utf8mb4 */',
    'SELECT 1 /*M!100100 + 1 */',
  ])
})
