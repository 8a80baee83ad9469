/** Bodies of routines, triggers and events keep their backslashes and introducers: information_schema shows them without. */
import { expect, test } from 'vitest'
import { bodyIn } from '../../src/dialects/mysql/reflect/bodies.ts'
import { describeMysql } from '../support/mysql.ts'
import { runPair, type MysqlPair } from '../support/mysql-pairs.ts'

const t = 'CREATE TABLE t (id int PRIMARY KEY, a varchar(90));'
const r = String.raw
/** What each of them makes of its texts. */
const texts = r`'a\\b\nd', "x""y\"z", '%\_', _latin1'é', 'it''s', 'ünd' REGEXP '^\\w+$'`
const answer = r`SELECT CONCAT_WS('|', ${texts}) INTO @said`

const pairs: Readonly<Record<string, MysqlPair>> = {
  'a procedure, and the same with another pattern': {
    old: r`${t} CREATE PROCEDURE p(IN a varchar(9), OUT b enum('x)','y')) READS SQL DATA SQL SECURITY INVOKER COMMENT 'it''s \\ a\nb' BEGIN SET b = 'x\\y'; SELECT a REGEXP '\\.'; END;`,
    new: r`${t} CREATE PROCEDURE p(IN a varchar(9), OUT b enum('x)','y')) READS SQL DATA SQL SECURITY INVOKER COMMENT 'it''s \\ a\nb' BEGIN SET b = 'x\\y'; SELECT a REGEXP '[\\.]'; END;`,
  },
  'a function': {
    old: t,
    new: r`${t} CREATE FUNCTION f(a text) RETURNS varchar(20) DETERMINISTIC NO SQL COMMENT 'c' RETURN REGEXP_REPLACE(a, '\\d+', '\\\\');`,
    up: { "SELECT f('a12b')": r`a\b` },
  },
  'triggers in their order': {
    old: t,
    new: r`${t} CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 'a\\b'; CREATE TRIGGER h BEFORE INSERT ON t FOR EACH ROW FOLLOWS g SET NEW.a = CONCAT(NEW.a, '\\c');`,
    rows: [],
  },
  'an event': {
    old: t,
    new: r`${t} CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2031-01-01 00:00:00' DISABLE COMMENT 'do \\ it' DO BEGIN ${answer}; END;`,
  },
  'a procedure with every sort of text': { old: t, new: `${t} CREATE PROCEDURE p() ${answer};` },
  'comments with NUL characters are read without them': {
    old: r`CREATE TABLE t (id int PRIMARY KEY, a int COMMENT 'x\0y', KEY k (a) COMMENT 'k');`,
    new: "CREATE TABLE t (id int PRIMARY KEY, a int COMMENT 'xy', KEY k (a) COMMENT 'k');",
    empty: true,
  },
}

describeMysql('bodies as they were written', () => {
  for (const [name, pair] of Object.entries(pairs))
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
})

test('the body of a CREATE statement is found behind whatever its head says', () => {
  expect(
    bodyIn(
      'ROUTINE',
      "CREATE DEFINER=`a)b`@`%` FUNCTION `f(`(`a` enum('x)','y'), b decimal(5,2)) RETURNS decimal(5,2)\n    DETERMINISTIC\n    COMMENT 'it''s\n \\' x'\nRETURN (1)",
    ),
  ).toBe('RETURN (1)')
  expect(
    bodyIn('TRIGGER', 'CREATE TRIGGER `each row` BEFORE INSERT ON t for  each\nrow precedes `a``b` SET @a = 1'),
  ).toBe('SET @a = 1')
  expect(bodyIn('EVENT', "CREATE EVENT `do` ON SCHEDULE EVERY 1 DAY COMMENT 'do it' DO SELECT 1")).toBe('SELECT 1')
})
