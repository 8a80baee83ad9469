/** Labels of ENUM columns (specs/enums.md, section 10): appended, renamed, removed with what rows become, reordered, refused. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair } from '../support/mysql-pairs.ts'
import type { MysqlPair } from '../support/mysql-pairs.ts'

const table = (labels: string, rest = "NOT NULL DEFAULT 'a'"): string =>
  `CREATE TABLE t (id int PRIMARY KEY, s enum(${labels}) ${rest} COMMENT 'state', KEY k (s));`
const rows = ["INSERT INTO t (id, s) VALUES (1, 'a'), (2, 'b'), (3, 'c')"]
const held = 'SELECT GROUP_CONCAT(s ORDER BY id) FROM t'

const cases: Readonly<Record<string, MysqlPair>> = {
  'a label at the end': { old: table("'a','b','c'"), new: table("'a','b','c','d'"), rows, up: { [held]: 'a,b,c' } },
  'a label in the middle': { old: table("'a','b','c'"), new: table("'a','x','b','c'"), rows, up: { [held]: 'a,b,c' } },
  'another order': {
    old: table("'a','b','c'"),
    new: table("'c','a','b'"),
    rows,
    up: { [held]: 'a,b,c' },
    down: { [held]: 'a,b,c' },
  },
  'a label renamed': {
    old: table("'a','b','c'"),
    new: table("'a','bee','c'"),
    rows,
    hints: [{ rename: 'value', enum: 't_s', from: 'b', to: 'bee' }],
    up: { [held]: 'a,bee,c' },
    down: { [held]: 'a,b,c' },
  },
  'a label renamed that is the default': {
    old: table("'a','b','c'"),
    new: table("'first','b','c'", "NOT NULL DEFAULT 'first'"),
    rows,
    hints: [{ rename: 'value', enum: 't_s', from: 'a', to: 'first' }],
    up: { [held]: 'first,b,c' },
    down: { [held]: 'a,b,c' },
  },
  'a label removed, its rows remapped': {
    old: table("'a','b','c'"),
    new: table("'a','b'"),
    rows,
    hints: [{ remap: 'value', enum: 't_s', from: 'c', to: 'b' }],
    up: { [held]: 'a,b,b' },
  },
  'a label removed that no row holds': {
    old: table("'a','b','c','d'"),
    new: table("'a','b','c'"),
    rows,
    up: { [held]: 'a,b,c' },
  },
  'odd labels': {
    old: table("'a','it''s','back\\\\slash','1'"),
    new: table("'a','it''s','back\\\\slash','1','2'"),
    rows: ["INSERT INTO t (id, s) VALUES (1, 'it''s'), (2, 'back\\\\slash'), (3, '1')"],
    up: { [held]: "it's,back\\slash,1" },
  },
  'a label in the middle, of columns under a foreign key': {
    old: "CREATE TABLE a (s enum('a','b') NOT NULL PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, s enum('a','b'), n int AS (s + 0) VIRTUAL, KEY k (s, id), CONSTRAINT f FOREIGN KEY (s) REFERENCES a (s));",
    new: "CREATE TABLE a (s enum('a','x','b') NOT NULL PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, s enum('a','x','b'), n int AS (s + 0) VIRTUAL, KEY k (s, id), CONSTRAINT f FOREIGN KEY (s) REFERENCES a (s));",
    rows: ["INSERT INTO a VALUES ('a'), ('b')", "INSERT INTO t (id, s) VALUES (1, 'a'), (2, 'b')"],
    up: { [held]: 'a,b', 'SELECT GROUP_CONCAT(n ORDER BY id) FROM t': '1,3' },
    down: { [held]: 'a,b', 'SELECT GROUP_CONCAT(n ORDER BY id) FROM t': '1,2' },
  },
  'labels renamed on both sides of a foreign key': {
    old: "CREATE TABLE a (s enum('a','b') NOT NULL PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, s enum('a','b'), CONSTRAINT f FOREIGN KEY (s) REFERENCES a (s));",
    new: "CREATE TABLE a (s enum('q','b') NOT NULL PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, s enum('q','b'), CONSTRAINT f FOREIGN KEY (s) REFERENCES a (s));",
    rows: ["INSERT INTO a VALUES ('a'), ('b')", "INSERT INTO t (id, s) VALUES (1, 'a'), (2, 'b')"],
    hints: [
      { rename: 'value', enum: 'a_s', from: 'a', to: 'q' },
      { rename: 'value', enum: 't_s', from: 'a', to: 'q' },
    ],
    up: { [held]: 'q,b' },
    down: { [held]: 'a,b' },
  },
}

describeMysql('labels of ENUM columns', () => {
  for (const [name, pair] of Object.entries(cases)) {
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
  }
})
