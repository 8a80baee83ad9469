/** What is a statement that begins, ends or prepares a transaction, by the rules of each dialect's texts, and what only looks like one. */
import { describe, expect, it } from 'vitest'
import { backtickText, bracketText } from '../../src/util/sql-text.ts'
import type { SqlTextRules } from '../../src/util/split-sql.ts'
import { refuseTransactionControl } from '../../src/util/sql/transaction-control.ts'

const control = (sql: string, rules?: SqlTextRules): unknown => {
  try {
    refuseTransactionControl(sql, rules)
    return undefined
  } catch (error) {
    // A cast: what it throws.
    return (error as { data: { control: string } }).data.control
  }
}

const everywhere: readonly (readonly [string, string])[] = [
  ['COMMIT', 'COMMIT'],
  ['commit work and chain', 'COMMIT'],
  ['select 1; /* now */ -- really\n end', 'END'],
  ['BEGIN', 'BEGIN'],
  ['begin isolation level serializable', 'BEGIN'],
  ['BEGIN IMMEDIATE', 'BEGIN'],
  ['START /* a */ TRANSACTION read only', 'START TRANSACTION'],
  ['ROLLBACK', 'ROLLBACK'],
  ['rollback and no chain', 'ROLLBACK'],
  ['ABORT', 'ABORT'],
  ["PREPARE TRANSACTION 'a'", 'PREPARE TRANSACTION'],
  ["COMMIT PREPARED 'a'", 'COMMIT PREPARED'],
  ["ROLLBACK PREPARED 'a'", 'ROLLBACK PREPARED'],
]
const backtick: readonly (readonly [string, string])[] = [
  ['# a\ncommit', 'COMMIT'],
  ['/*!50003 COMMIT */', 'COMMIT'],
  ["XA START 'a'", 'XA START'],
  ["xa commit 'a' one phase", 'XA COMMIT'],
  ['SET autocommit = 1', 'SET AUTOCOMMIT'],
  ['set session autocommit=0', 'SET SESSION AUTOCOMMIT'],
  ['SET @@session.autocommit = 1', 'SET SESSION AUTOCOMMIT'],
  ['SET sql_mode = 1, autocommit = 0', 'SET AUTOCOMMIT'],
  ['SET @a = (SELECT 1, 2), SESSION autocommit := 0', 'SET AUTOCOMMIT'],
  ['SET @a = 1, @@session.autocommit = 0', 'SET AUTOCOMMIT'],
  ['SET @a = 1, `autocommit` = 0', 'SET AUTOCOMMIT'],
  ["EXECUTE IMMEDIATE 'COMMIT'", 'COMMIT'],
  ['execute immediate "start transaction"', 'START TRANSACTION'],
  ["EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE ''rollback'''", 'ROLLBACK'],
  ["/*!100200 EXECUTE IMMEDIATE 'COMMIT' */", 'COMMIT'],
  ["PREPARE p FROM 'COMMIT'", 'COMMIT'],
  ["PREPARE p FROM '/* a */ commit'", 'COMMIT'],
  ['SET STATEMENT max_statement_time = 1 FOR COMMIT', 'COMMIT'],
  ['BEGIN NOT ATOMIC INSERT INTO t VALUES (1); COMMIT; END', 'COMMIT'],
  ['BEGIN NOT ATOMIC COMMIT; END', 'COMMIT'],
  ['BEGIN NOT ATOMIC IF 1 THEN ROLLBACK; END IF; END', 'ROLLBACK'],
  ['BEGIN NOT ATOMIC WHILE 1 DO START TRANSACTION; END WHILE; END', 'START TRANSACTION'],
  ['BEGIN NOT ATOMIC BEGIN SELECT 1; SET @a = 1, autocommit = 1; END; END', 'SET AUTOCOMMIT'],
  ["BEGIN NOT ATOMIC EXECUTE IMMEDIATE 'COMMIT'; END", 'COMMIT'],
]
const innocent: readonly string[] = [
  'SAVEPOINT a; RELEASE SAVEPOINT a',
  'ROLLBACK TO a',
  'rollback work to savepoint a',
  'rollback transaction to a',
  "PREPARE p AS SELECT 'commit'",
  "SELECT 'x'; -- commit\nSELECT '; COMMIT; '",
  '/* COMMIT; */ SELECT 1',
  "CREATE TABLE t (a int); COMMENT ON TABLE t IS 'begin; commit; end'",
  'SELECT 1 AS "a; commit"',
  'SELECT CASE WHEN true THEN 1 END',
]

describe('transaction control in a text', () => {
  for (const [name, rules] of [
    ['PostgreSQL', undefined],
    ['MySQL', backtickText],
    ['SQLite', bracketText],
  ] as const) {
    it.each(everywhere)(`${name}: %s`, (sql, words) => {
      expect(control(sql, rules)).toBe(words)
    })
    it.each(innocent)(`${name}, not: %s`, (sql) => {
      expect(control(sql, rules)).toBeUndefined()
    })
  }
  it.each(backtick)('MySQL only: %s', (sql, words) => {
    expect(control(sql, backtickText)).toBe(words)
  })
  it.each([
    "SELECT 'it\\'s; commit; '",
    'SELECT "; commit; "',
    'SELECT `; commit; `',
    'XA RECOVER',
    'SET @autocommit = 1',
    'CREATE PROCEDURE p() BEGIN START TRANSACTION; COMMIT; END',
    'BEGIN NOT ATOMIC SELECT 1; END',
    "BEGIN NOT ATOMIC SELECT 'x; COMMIT; ', 1; SAVEPOINT a; ROLLBACK TO a; END",
    "EXECUTE IMMEDIATE 'SELECT ''commit'''",
    'EXECUTE IMMEDIATE @commit',
    'PREPARE autocommit FROM @commit',
    "PREPARE p FROM 'SELECT 1; -- commit'",
    'SET @autocommit = 1, @b = 2',
    'SET @a = 1, @autocommit = 1',
    'SET @a = @@autocommit',
    'SET @a = CONCAT(1, @@autocommit = 1)',
    "SET STATEMENT max_statement_time = 1 FOR SELECT 'commit'",
  ])('MySQL, not: %s', (sql) => {
    expect(control(sql, backtickText)).toBeUndefined()
  })
  it.each([
    'DO $$ BEGIN COMMIT; END $$',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END',
    'CREATE PROCEDURE p() LANGUAGE plpgsql AS $f$ BEGIN COMMIT; END $f$; SELECT 1',
    "SELECT e'\\'; commit; '",
    '/* /* ; */ ; commit; */ SELECT 1',
  ])('PostgreSQL, not: %s', (sql) => {
    expect(control(sql)).toBeUndefined()
  })
  it('SQLite, not: the body of a trigger', () => {
    const body =
      'CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; END; SELECT [; commit; ] FROM t'
    expect(control(body, bracketText)).toBeUndefined()
  })
})
