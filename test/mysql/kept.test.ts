/** Parts of a table that a change could lose without a word: each comes, and goes again, as SHOW CREATE prints it, with rows. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair } from '../support/mysql-pairs.ts'
import type { MysqlPair } from '../support/mysql-pairs.ts'

const t = (columns: string, options = ''): string => `CREATE TABLE t (id int PRIMARY KEY, ${columns}) ${options};`
const counter =
  "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't'"

const pairs: Readonly<Record<string, MysqlPair>> = {
  'escapes in a comment, in the DDL and in the database': {
    old: t('a int'),
    new: t(String.raw`a int COMMENT 'q\'\"\\%_;-- x 🎉'`, String.raw`COMMENT 'a''b\\c; d'`),
  },
  'invisible columns, plain and generated': {
    old: t(
      "a int INVISIBLE COMMENT 'c', b int, g int AS (b + 1) VIRTUAL INVISIBLE COMMENT 'd', e enum('a','invisible') INVISIBLE, j json INVISIBLE",
    ),
    new: t(
      "a bigint INVISIBLE COMMENT 'c', b int, g int AS (b + 1) VIRTUAL COMMENT 'd', e enum('a','invisible'), j json",
    ),
  },
  'ON UPDATE beside a comment that changes': {
    old: t(
      "u datetime(3) DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'a', w datetime NOT NULL DEFAULT '2020-01-01 00:00:00'",
    ),
    new: t(
      "u datetime(3) DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'b', w datetime NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP",
    ),
  },
  'when a row was changed, while its values are led elsewhere': {
    old: t("u datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, e enum('x','y') NOT NULL"),
    new: t(
      "u datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, e enum('z','y') NOT NULL, m varchar(9) NOT NULL",
    ),
    rows: ["INSERT INTO t VALUES (1, '2020-01-01 00:00:00', 'x'), (2, '2021-01-01 00:00:00', 'y')"],
    hints: [
      { backfill: 't.m', value: 'new' },
      { rename: 'value', enum: 't_e', from: 'x', to: 'z' },
    ],
    up: { 'SELECT GROUP_CONCAT(CONCAT(YEAR(u), e, m) ORDER BY id) FROM t': '2020znew,2021ynew' },
    down: { 'SELECT GROUP_CONCAT(CONCAT(YEAR(u), e) ORDER BY id) FROM t': '2020x,2021y' },
  },
  'defaults that are expressions, words in quotes, bits': {
    old: t(
      "a varchar(40) DEFAULT (uuid()), b varchar(30) DEFAULT 'x', c varchar(30), d bit(8), e varbinary(4), f json",
    ),
    new: t(
      "a varchar(40) DEFAULT (concat('x', uuid())), b varchar(30) DEFAULT 'current_timestamp()', c varchar(30) DEFAULT 'NULL', d bit(8) DEFAULT b'1010', e varbinary(4) DEFAULT 0x6162, f json DEFAULT (json_array())",
    ),
  },
  'a generated column becomes a plain one with its values': {
    old: t('a int, g int AS (a + 1) VIRTUAL'),
    new: t('a int, g int'),
    rows: ['INSERT INTO t (id, a) VALUES (1, 10), (2, 20)'],
    up: { 'SELECT GROUP_CONCAT(g ORDER BY id) FROM t': '11,21' },
    down: { 'SELECT GROUP_CONCAT(g ORDER BY id) FROM t': '11,21' },
  },
  'the number that the next row gets': {
    old: "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'k', b int) AUTO_INCREMENT = 500;",
    new: "CREATE TABLE t (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'k', b int) AUTO_INCREMENT = 500;",
    up: { [counter]: '500' },
    down: { [counter]: '500' },
  },
  'primary keys with a part of a text': {
    old: 'CREATE TABLE t (a varchar(50), PRIMARY KEY (a)); CREATE TABLE u (a varchar(50), PRIMARY KEY (a(10)));',
    new: 'CREATE TABLE t (a varchar(50), PRIMARY KEY (a(10))); CREATE TABLE u (a varchar(50), PRIMARY KEY (a));',
  },
  'members of a set, in another order and fewer': {
    old: "CREATE TABLE t (id int PRIMARY KEY, s set('a','b'), r set('a','b','c'));",
    new: "CREATE TABLE t (id int PRIMARY KEY, s set('b','a'), r set('a','b'));",
    rows: ["INSERT INTO t VALUES (1, 'a', 'a,b'), (2, 'b', 'a')"],
    up: { 'SELECT GROUP_CONCAT(s ORDER BY id) FROM t': 'a,b' },
    down: { 'SELECT GROUP_CONCAT(s ORDER BY id) FROM t': 'a,b' },
  },
  'options of tables': {
    old: t('a int'),
    new: t(
      'a int',
      'AVG_ROW_LENGTH=100 MAX_ROWS=1000 MIN_ROWS=10 STATS_PERSISTENT=1 STATS_SAMPLE_PAGES=12 PACK_KEYS=1',
    ),
  },
  'a name of 64 letters': {
    old: t('a int'),
    new: t(`a int, ${'n'.repeat(64)} int`),
  },
  'geometry kinds': {
    old: t('p point'),
    new: t('p geometry, l linestring, m multipolygon, q geometrycollection'),
  },
}

const mariadb: Readonly<Record<string, MysqlPair>> = {
  'descending keys': {
    old: 'CREATE TABLE t (a int, b int, PRIMARY KEY (a, b), KEY k (a, b));',
    new: 'CREATE TABLE t (a int, b int, PRIMARY KEY (a DESC, b), KEY k (a DESC, b));',
  },
  'a unique index that is ignored': {
    old: t('a int, b int, UNIQUE KEY k (a), UNIQUE KEY l (b) IGNORED'),
    new: t('a int, b int, UNIQUE KEY k (a) IGNORED, UNIQUE KEY l (b)'),
  },
  'longtext with a check is not json': {
    old: t('a longtext, b json'),
    new: t('a longtext CHECK (json_valid(a)), b json COMMENT "j"'),
  },
  'indexes of MEMORY': {
    old: t('a int, KEY k USING HASH (a)', 'ENGINE=MEMORY'),
    new: t('a int, KEY k USING HASH (a), KEY b USING BTREE (a)', 'ENGINE=MEMORY'),
  },
  'compression of pages': { old: t('a int'), new: t('a int', 'PAGE_COMPRESSED=1 PAGE_COMPRESSION_LEVEL=5') },
  'a partition for all other values': {
    old: 'CREATE TABLE t (id int, r varchar(10), PRIMARY KEY (id, r)); CREATE TABLE u (id int) PARTITION BY LIST (id) (PARTITION a VALUES IN (1, 2), PARTITION z VALUES IN (0));',
    new: "CREATE TABLE t (id int, r varchar(10), PRIMARY KEY (id, r)) PARTITION BY LIST COLUMNS (r) (PARTITION a VALUES IN ('r1', 'x'), PARTITION d DEFAULT); CREATE TABLE u (id int) PARTITION BY LIST (id) (PARTITION a VALUES IN (1, 2), PARTITION z DEFAULT);",
  },
  'partitions with options and names of their own': {
    old: 'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int, d date, PRIMARY KEY (id, d));',
    new: "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10) MAX_ROWS=5, PARTITION p1 VALUES LESS THAN MAXVALUE); CREATE TABLE u (id int, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (to_days(d)) (PARTITION a VALUES LESS THAN (1990) (SUBPARTITION s0, SUBPARTITION s1 COMMENT 'x, y'), PARTITION b VALUES LESS THAN MAXVALUE (SUBPARTITION s2, SUBPARTITION s3));",
  },
  'partitions of the history': {
    old: 'CREATE TABLE t (id int PRIMARY KEY) WITH SYSTEM VERSIONING;',
    new: 'CREATE TABLE t (id int PRIMARY KEY) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME LIMIT 100 (PARTITION p0 HISTORY, PARTITION pc CURRENT);',
  },
  'a period of the application, and of the system': {
    old: t('a int'),
    new: "CREATE TABLE t (id int PRIMARY KEY, a int, s date NOT NULL DEFAULT '2020-01-01', e date NOT NULL DEFAULT '2021-01-01', PERIOD FOR app (s, e)); CREATE TABLE v (id int PRIMARY KEY, rs timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE, re timestamp(6) GENERATED ALWAYS AS ROW END INVISIBLE, PERIOD FOR SYSTEM_TIME (rs, re)) WITH SYSTEM VERSIONING;",
  },
  'an aggregate function': {
    old: t('a int'),
    new: `${t('a int')} CREATE AGGREGATE FUNCTION total(x int) RETURNS int BEGIN DECLARE c int DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN c; LOOP FETCH GROUP NEXT ROW; SET c = c + x; END LOOP; END;`,
  },
  'types of MariaDB': { old: t('b int'), new: t('b int, u uuid, i inet6, j inet4, c text COMPRESSED') },
}

describeMysql('what a change of a table keeps', () => {
  for (const [name, pair] of Object.entries({ ...pairs, ...mariadb })) {
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
  }
})
