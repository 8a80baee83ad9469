/** Tables with system versioning (MariaDB): what a change does to rows that are history, which no UPDATE reaches. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair, type MysqlPair } from '../support/mysql-pairs.ts'

const t = (columns: string): string => `CREATE TABLE t (id int PRIMARY KEY, ${columns}) WITH SYSTEM VERSIONING;`
/** Two rows, the second of which was something else before. */
const rows = (was: string): readonly string[] => [
  `INSERT INTO t (id, m) VALUES (1, 'a'), (2, ${was})`,
  "UPDATE t SET m = 'b' WHERE id = 2",
]
const all = (column: string): string => `SELECT GROUP_CONCAT(${column} ORDER BY id, ROW_END) FROM t FOR SYSTEM_TIME ALL`
const renamed = { rename: 'value', enum: 't_m', from: 'a' }

const kept: Readonly<Record<string, MysqlPair>> = {
  'a label renamed': {
    old: t("m enum('a','b') DEFAULT 'a' COMMENT 'c', KEY km (m)"),
    new: t("m enum('q','b') DEFAULT 'q' COMMENT 'c', KEY km (m)"),
    hints: [{ ...renamed, to: 'q' }],
    rows: rows("'a'"),
    up: { [all('m')]: 'q,q,b' },
    down: { [all('m')]: 'a,a,b' },
  },
  'a label renamed in case alone, among others in another order': {
    old: t("m enum('a','b') NOT NULL DEFAULT 'a'"),
    new: t("m enum('c','b','A') NOT NULL DEFAULT 'A'"),
    hints: [{ ...renamed, to: 'A' }],
    rows: rows("'a'"),
    up: { [all('BINARY m')]: 'A,A,b' },
    down: { [all('BINARY m')]: 'a,a,b' },
  },
  'labels that change places': {
    old: t("m enum('a','b')"),
    new: t("m enum('b','a','c')"),
    rows: rows("'a'"),
    up: { [all('m')]: 'a,a,b' },
    down: { [all('m')]: 'a,a,b' },
  },
  'a label that became another one, and that no row held': {
    old: t("m enum('a','b','z')"),
    new: t("m enum('a','b')"),
    hints: [{ remap: 'value', enum: 't_m', from: 'z', to: 'b' }],
    rows: rows("'a'"),
    up: { [all('m')]: 'a,a,b' },
  },
  'a new column that is NOT NULL': {
    old: t('m varchar(9)'),
    new: t('m varchar(9), n varchar(9) NOT NULL'),
    hints: [{ backfill: 't.n', value: 'new' }],
    rows: rows('NULL'),
    up: { [all('n')]: 'new,new,new' },
  },
  'a new column that is NOT NULL, filled from another': {
    old: t('m varchar(9)'),
    new: t('m varchar(9), n varchar(9) NOT NULL'),
    hints: [{ backfill: 't.n', expression: "CONCAT('x', id)" }],
    rows: rows('NULL'),
    up: { [all('n')]: 'x1,x2,x2' },
  },
}

const refused: Readonly<Record<string, readonly [MysqlPair, RegExp]>> = {
  'a label removed that a row held': [
    { old: t("m enum('a','b')"), new: t("m enum('b')"), rows: [...rows("'a'"), "UPDATE t SET m = 'b'"] },
    /ENUM.IN_USE.* 2 row\(s\) of t\.m hold "a"/u,
  ],
  'a label that becomes another one, and that a row holds': [
    {
      old: t("m enum('a','b')"),
      new: t("m enum('b')"),
      hints: [{ remap: 'value', enum: 't_m', from: 'a', to: 'b' }],
      rows: rows("'a'"),
    },
    /ENUM.IN_USE.* 2 row\(s\) of t\.m hold "a"/u,
  ],
  'NOT NULL, where only the history has a NULL': [
    { old: t('m varchar(9)'), new: t('m varchar(9) NOT NULL'), rows: rows('NULL') },
    /1 row\(s\), of its history or now, have NULL in t\.m/u,
  ],
  'NOT NULL, where an UPDATE would make NULL history': [
    {
      old: t('m varchar(9)'),
      new: t('m varchar(9) NOT NULL'),
      hints: [{ backfill: 't.m', value: 'new' }],
      rows: ["INSERT INTO t VALUES (1, 'a'), (2, NULL)"],
    },
    /1 row\(s\), of its history or now, have NULL in t\.m/u,
  ],
}

describeMysql('rows of the history', () => {
  for (const [name, pair] of Object.entries(kept))
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
  for (const [name, [pair, says]] of Object.entries(refused))
    test(`refuse, before anything runs: ${name}`, async () => {
      const [said] = await runPair(pair)
      expect(said).toMatch(says)
      expect(said).toMatch(/Nothing of revision \w+ was run/u)
    })
})
